import { expect, test } from 'vitest';
import { coldStart } from '../../bench/cold-start.ts';
import { quartiles } from '../../bench/quartiles.ts';

/** Its figures belong to whoever's machine it is; here only that all three do the work, which `coldStart` demands. */
test('all three contenders answer after two secrets read and one invocation', async () => {
  const { ours, stock, minimal } = await coldStart(1);
  for (const { spread_ms } of [ours, stock, minimal]) expect(spread_ms.median).toBeGreaterThan(0);
  expect(ours.bytes).toBeLessThan(320_000);
  expect(stock.bytes).toBeGreaterThan(ours.bytes);
  expect(minimal.bytes).toBeLessThan(ours.bytes);
});

test('quartiles do not depend on the order of the values', () => {
  expect(quartiles([5, 1, 4, 2, 3])).toEqual({ low: 2, median: 3, high: 4 });
  expect(quartiles([4, 1, 3, 2])).toEqual({ low: 1.8, median: 2.5, high: 3.3 });
  expect(quartiles([7])).toEqual({ low: 7, median: 7, high: 7 });
});

test('no values have no quartiles', () => {
  expect(() => quartiles([])).toThrow('no values');
});
