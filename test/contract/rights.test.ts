import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RIGHTS_PAGE, rightsPage } from '../../scripts/rights.ts';

test('docs/rights.md is what the definitions and the grants say (npm run rights)', () => {
  expect(readFileSync(RIGHTS_PAGE, 'utf8')).toBe(rightsPage());
});
