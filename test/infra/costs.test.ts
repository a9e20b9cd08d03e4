import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadArtifacts, loadConfig } from '../../cli/artifacts.ts';
import { ROOT } from '../contract/sources.ts';
import { type Bill, billOf, sumOf } from './bill.ts';
import { synthesize } from './template.ts';

let bill: Bill;
let idle: readonly string[];
let page: string;

beforeAll(async () => {
  const config = await loadConfig();
  await loadArtifacts(config);
  bill = billOf(await synthesize(config), config);
  page = await readFile(`${ROOT}docs/costs.md`, 'utf8');
  idle = (/^## Idle, a month\n([\s\S]*?)^## /m.exec(page)?.[1] ?? '').split('\n').filter((line) => /^\| /.test(line));
});

/** The rows of the page between the one that begins so and the one before it that is a heading or a sum. */
function rowsUpTo(sum: string): { readonly above: readonly string[]; readonly sum: string } {
  const end = idle.findIndex((line) => line.startsWith(`| **${sum}`));
  const start = idle.findLastIndex((line, index) => index < end && /^\| (\*\*|what )/.test(line));
  return { above: idle.slice(start + 1, end), sum: idle[end] ?? '' };
}

const MUSTER = 'Muster itself';
const STOP = 'One application with `stop`';

describe('docs/costs.md', () => {
  test('has the rows that the templates make, word for word', () => {
    expect(bill.muster.length).toBeGreaterThan(5);
    expect(bill.stop.length).toBeGreaterThan(2);
    const missing = [...bill.muster, ...bill.stop].filter((row) => !idle.includes(row));
    expect(missing, `write into docs/costs.md instead of the rows of the same name:\n${missing.join('\n')}`).toEqual(
      [],
    );
  });

  test('has no row twice: what was written again replaces what was there', () => {
    const names = idle.map((row) => row.split('|')[1]?.trim());
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('begins with what both sums come to', () => {
    const ends = sumOf([MUSTER, STOP].map((what) => rowsUpTo(what).sum)).split(' to ');
    const [low, high] = ends.map((end) => Math.round(Number(end)));
    expect(page).toContain(`**Idle: ${low} to ${high} a month.`);
  });

  test.each([MUSTER, STOP])('the sum of %s is that of the rows above it', (what) => {
    const { above, sum } = rowsUpTo(what);
    const right = `| **${what}** | | | **${sumOf(above)}** |`;
    expect(above.length).toBeGreaterThan(2);
    expect(sum, `write into docs/costs.md:\n${right}`).toBe(right);
  });
});

test('a sum takes single prices, ranges and "under"', () => {
  expect(sumOf(['| a | 1 | 0.10 | 1.50 |', '| b | | | 0.25 to 2.00 |', '| c | | | under 0.10 |'])).toBe('1.75 to 3.60');
  expect(sumOf(['| a | | | 1.50 |'])).toBe('1.50');
});
