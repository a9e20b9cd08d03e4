import type { BundleReport, BundleRow } from './bundles.ts';
import type { Spread } from './quartiles.ts';

/** A bundle above this is listed as worth a look; nothing fails because of it. */
export const WORTH_A_LOOK_BYTES = 1_000_000;

/** The report as people read it: a line a bundle, the largest first, the empty module last. */
export function bundlesText({ rows, empty_ms, rounds }: BundleReport): string {
  const large = rows.filter(({ bytes }) => bytes > WORTH_A_LOOK_BYTES).map(({ bundle }) => bundle);
  return [
    'Bundles as they are deployed: size, size as packed (what Lambda keeps is a zip), and cold load: from process start',
    `until the file is loaded, nothing invoked. Medians of ${rounds} rounds, all in turn, Node ${process.versions.node}.`,
    '',
    line('', 'KB', 'packed KB', 'load ms', 'half within', 'over empty', 'x empty'),
    ...rows.map((each) => row(each, empty_ms)),
    line('an empty module', '', '', ...times(empty_ms)),
    '',
    'What is largest in each, in KB, and who runs it:',
    ...rows.map(({ bundle, packages, functions }) => {
      const inside = packages.map(({ name, bytes }) => `${name} ${kb(bytes)}`).join(', ');
      return `${bundle.padEnd(15)}${inside}; ${who(functions)}`;
    }),
    '',
    large.length === 0
      ? `None is larger than ${kb(WORTH_A_LOOK_BYTES)} KB.`
      : `Larger than ${kb(WORTH_A_LOOK_BYTES)} KB, worth a look: ${large.join(', ')}.`,
  ].join('\n');
}

function row({ bundle, bytes, packed_bytes, load_ms }: BundleRow, empty_ms: Spread): string {
  const over_ms = load_ms.median - empty_ms.median;
  const ratio = load_ms.median / empty_ms.median;
  return line(bundle, kb(bytes), kb(packed_bytes), ...times(load_ms), over_ms.toFixed(1), ratio.toFixed(2));
}

const times = ({ low, median, high }: Spread): string[] => [median.toFixed(1), `${low.toFixed(0)}-${high.toFixed(0)}`];
const kb = (bytes: number): string => (bytes / 1000).toFixed(0);
const line = (name: string, ...cells: readonly string[]): string =>
  name.padEnd(15) + cells.map((cell) => cell.padStart(12)).join('');

function who(functions: readonly string[]): string {
  const [first = 'nobody', second, ...more] = functions;
  if (second === undefined) return first;
  return more.length === 0 ? `${first}, ${second}` : `${first} and ${functions.length - 1} more`;
}
