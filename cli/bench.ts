import { fileURLToPath } from 'node:url';
import { bundleReport } from '../bench/bundles.ts';
import { bundlesText } from '../bench/bundles-text.ts';
import { type ColdStart, type Contender, coldStart } from '../bench/cold-start.ts';
import { buildLambdas } from '../scripts/build.ts';
import { loadConfig } from './artifacts.ts';

const USAGE = 'usage: npm run -s bench -- cold-start|bundles [--json]';
const ROUNDS = 45;
/** There are four times as many to load as contenders, and less to tell apart. */
const BUNDLE_ROUNDS = 15;
/** Where the deployment takes them from. */
const BUNDLES = fileURLToPath(new URL('../dist/lambdas', import.meta.url));

/** Milliseconds are medians; `bytes` is the receiver's bundle. */
function figures({ ours, stock, minimal }: ColdStart): object {
  return {
    ours_ms: ours.spread_ms.median,
    stock_ms: stock.spread_ms.median,
    minimal_ms: minimal.spread_ms.median,
    bytes: ours.bytes,
    of_stock: ratio(ours, stock),
    of_minimal: ratio(ours, minimal),
    rounds: ROUNDS,
    quartiles_ms: { ours: ours.spread_ms, stock: stock.spread_ms, minimal: minimal.spread_ms },
    stock_bytes: stock.bytes,
    minimal_bytes: minimal.bytes,
  };
}

function table({ ours, stock, minimal }: ColdStart): string {
  const line = (name: string, ...cells: readonly string[]): string =>
    name.padEnd(30) + cells.map((cell) => cell.padStart(13)).join('');
  const row = (name: string, each: Contender): string => {
    const { low, median, high } = each.spread_ms;
    const size = (each.bytes / 1000).toFixed(0);
    const ratios = [minimal, stock].map((other) => ratio(each, other).toFixed(2));
    return line(name, median.toFixed(1), `${low.toFixed(0)}-${high.toFixed(0)}`, ...ratios, size);
  };
  return [
    'Cold start: from process start to the answer to a signed slash command, with two secrets read and one signed',
    `invocation on loopback (plain HTTP). Medians of ${ROUNDS} rounds, the three in turn, Node ${process.versions.node}.`,
    '',
    line('', 'median ms', 'half within', 'x minimal', 'x stock', 'bundle KB'),
    row('hand-written node:crypto', minimal),
    row('the receiver', ours),
    row('stock Bolt and SDK clients', stock),
    '',
    'Wanted of the receiver: at most 1.6 x minimal, at most 0.5 x stock, at most 320 KB.',
  ].join('\n');
}

function ratio(one: Contender, other: Contender): number {
  return Math.round((one.spread_ms.median / other.spread_ms.median) * 100) / 100;
}

async function measured(what: string | undefined, json: boolean): Promise<string | undefined> {
  if (what === 'cold-start') {
    const result = await coldStart(ROUNDS);
    return json ? JSON.stringify(figures(result)) : table(result);
  }
  if (what === 'bundles') {
    const bundles = await buildLambdas({ config: await loadConfig(), outdir: BUNDLES });
    const report = await bundleReport(bundles, BUNDLE_ROUNDS);
    return json ? JSON.stringify(report) : bundlesText(report);
  }
  return undefined;
}

const [what, ...flags] = process.argv.slice(2);
const text = flags.some((flag) => flag !== '--json') ? undefined : await measured(what, flags.includes('--json'));
if (text === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  console.log(text);
}
