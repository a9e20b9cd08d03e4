import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROOT, type Source, sources } from './sources.ts';

/**
 * Words that this project does not use, each with the word it uses instead: one word for a thing, the field's own.
 * Only those are here that have no other use in it; `door` for a client, or `story` for a summary, has.
 */
const BANNED = [
  { pattern: 'voic(?:es?|ed|ing)', use: 'approval or vote' },
  { pattern: '(?:to)?nights?', use: 'scenario or run' },
  { pattern: 'look[-_]?outs?', use: 'reconciler' },
  { pattern: '(?:un)?latch(?:e[sd]|ing)?', use: 'pin (the Route 53 health check)' },
  { pattern: 'mend(?:s|ed|ing)?', use: 'fix' },
  { pattern: 'whereabouts', use: 'location' },
  { pattern: 'anew', use: 'again' },
] as const;

/** The parts of identifiers stand apart: `castVoice`, `SELF_TEST_NIGHT` and `look-out` have one word each of these. */
const EVERY = BANNED.map(({ pattern, use }) => ({
  use,
  regex: new RegExp(`(?<![A-Za-z])${pattern}(?![A-Za-z])`, 'i'),
}));

const apart = (line: string): string =>
  line.replace(/(?<=[a-z\d])(?=[A-Z])/g, '_').replace(/(?<=[A-Z])(?=[A-Z][a-z])/g, '_');

/** In its name, as line 0, and in its lines. */
function found({ path, text }: Source): string[] {
  return [path, ...text.split('\n')].flatMap((line, index) =>
    EVERY.flatMap(({ use, regex }) => {
      const word = regex.exec(apart(line))?.[0];
      return word === undefined ? [] : [`${path}:${index} "${word}": write ${use}`];
    }),
  );
}

/** This list of them. */
const ALLOWED: readonly string[] = ['test/contract/words.test.ts'];

const texts = (): readonly Source[] => [
  ...sources(),
  ...globSync('{README.md,docs/**/*.md,*.{yaml,json}}', { cwd: ROOT, exclude: ['package-lock.json'] })
    .sort()
    .map((path) => ({ path, text: readFileSync(`${ROOT}${path}`, 'utf8') })),
];

test('code, messages, tests and docs use one word for a thing', () => {
  const all = texts();
  expect(all.map(({ path }) => path)).toEqual(expect.arrayContaining(['README.md', 'docs/runbook.md', 'muster.yaml']));
  expect(all.filter(({ path }) => !ALLOWED.includes(path)).flatMap(found)).toEqual([]);
});

test.each([
  ['two voices are in', 'voices'],
  ['const castVoice = 1;', 'Voice'],
  ['SELF_TEST_NIGHT', 'NIGHT'],
  ['does it work tonight', 'tonight'],
  ['the look-out runs every minute', 'look-out'],
  ['new LookOut()', 'Look_Out'],
  ['lookout.ts', 'lookout'],
  ['healthCheckLatched', 'Latched'],
  ['const MEND = 0', 'MEND'],
  ['fix it, then it is mended', 'mended'],
  ['ask anew', 'anew'],
  ['whereabouts(operation)', 'whereabouts'],
])('finds the word in %j', (line, word) => {
  expect(found({ path: 'a.ts', text: line })).toEqual([expect.stringContaining(`a.ts:1 "${word}"`)]);
});

test('finds it in the name of a file', () => {
  expect(found({ path: 'lambdas/lookout.ts', text: '' })).toEqual([expect.stringContaining('lambdas/lookout.ts:0')]);
});

test.each(['invoices', 'recommended', 'an amendment', "name: 'nightly'", 'janewright', 'choices', 'look out of it'])(
  'does not find one in %j',
  (line) => {
    expect(found({ path: 'a.ts', text: line })).toEqual([]);
  },
);
