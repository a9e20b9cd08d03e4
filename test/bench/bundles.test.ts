import { readFile, stat } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BundleReport, bundleReport } from '../../bench/bundles.ts';
import { bundlesText, WORTH_A_LOOK_BYTES } from '../../bench/bundles-text.ts';
import { loadConfig } from '../../cli/artifacts.ts';
import { FLAG_ENDPOINT, FUNCTIONS } from '../../core/functions.ts';
import { type Bundle, buildLambdas, bundleNames } from '../../scripts/build.ts';
import { ROOT } from '../contract/sources.ts';

/** Its times belong to whoever's machine it is; here only what is the same everywhere. */
let bundles: readonly Bundle[];
let report: BundleReport;

beforeAll(async () => {
  bundles = await buildLambdas({ config: await loadConfig(), outdir: `${ROOT}dist/lambdas` });
  report = await bundleReport(bundles, 1);
});

const { bundle: STEP } = FUNCTIONS.find(({ name }) => name.startsWith('step-')) ?? { bundle: '' };

test('every deployed bundle has one row, and every function is in one', () => {
  expect(report.rows.map(({ bundle }) => bundle).toSorted()).toEqual(bundleNames().toSorted());
  const names = [...FUNCTIONS, FLAG_ENDPOINT].map(({ name }) => name);
  expect(report.rows.flatMap(({ functions }) => functions).toSorted()).toEqual(names.toSorted());
});

test('sizes are those of the files, the largest first', async () => {
  for (const { bundle, file } of bundles) {
    const row = report.rows.find((each) => each.bundle === bundle);
    expect(row?.bytes, bundle).toBe((await stat(file)).size);
    expect(row?.packed_bytes, bundle).toBe(gzipSync(await readFile(file), { level: 9 }).length);
  }
  const sizes = report.rows.map(({ bytes }) => bytes);
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
});

test('what is in a bundle adds up to nearly all of it', () => {
  for (const { bundle, bytes, packages } of bundles) {
    const inside = Object.values(packages).reduce((sum, each) => sum + each, 0);
    expect(inside / bytes, bundle).toBeGreaterThan(0.9);
    expect(inside, bundle).toBeLessThanOrEqual(bytes);
    expect(packages['muster'], bundle).toBeGreaterThan(0);
  }
  expect(bundles.find(({ bundle }) => bundle === 'relay')?.packages['@aws-sdk/client-sns']).toBeGreaterThan(10_000);
  expect(bundles.find(({ bundle }) => bundle === 'relay')?.packages['@aws-sdk/client-rds']).toBeUndefined();
});

test('a bundle that does not load is an error and no figure', async () => {
  const broken = { bundle: 'broken', file: `${ROOT}bench/quartiles.ts`, bytes: 1, inputs: [], packages: {} };
  await expect(bundleReport([broken], 1)).rejects.toThrow('no handler');
});

describe('the text', () => {
  const made = (bytes: number): BundleReport => ({
    rows: [
      {
        bundle: 'step',
        functions: ['step-one', 'step-two', 'step-three'],
        bytes,
        packed_bytes: 250_400,
        packages: [{ name: '@smithy/core', bytes: 143_713 }],
        load_ms: { low: 100.7, median: 110, high: 115.5 },
      },
    ],
    empty_ms: { low: 21, median: 22, high: 24.3 },
    rounds: 15,
  });

  test('shows a bundle beside the empty module', () => {
    const lines = bundlesText(made(939_000)).split('\n');
    const words = (start: string): readonly string[] =>
      lines.find((one) => one.startsWith(start))?.split(/ {2,}/) ?? [];
    expect(words('step ')).toEqual(['step', '939', '250', '110.0', '101-116', '88.0', '5.00']);
    expect(words('an empty module')).toEqual(['an empty module', '22.0', '21-24']);
    expect(lines).toContain('step           @smithy/core 144; step-one and 2 more');
    expect(lines.at(-1)).toBe('None is larger than 1000 KB.');
  });

  test('names a bundle that is worth a look', () => {
    expect(
      bundlesText(made(WORTH_A_LOOK_BYTES + 1))
        .split('\n')
        .at(-1),
    ).toBe('Larger than 1000 KB, worth a look: step.');
  });

  test('has a line for every row of the real report', () => {
    const text = bundlesText(report);
    for (const { bundle } of report.rows) expect(text).toContain(`\n${bundle.padEnd(15)}`);
    expect(text).toContain(`${STEP.padEnd(15)}@`);
  });
});
