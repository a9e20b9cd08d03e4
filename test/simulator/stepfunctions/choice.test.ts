import { describe, expect, it } from 'vitest';
import { seeded } from '../../../simulator/random.ts';
import type { ChoiceState } from '../../../simulator/stepfunctions/asl.ts';
import { choose } from '../../../simulator/stepfunctions/choice.ts';
import type { Json } from '../../../simulator/stepfunctions/json.ts';
import { execute } from './world.ts';

const machine = (rule: object, fallback: string | undefined = 'No') => ({
  StartAt: 'Choose',
  States: {
    Choose: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], ...(fallback ? { Default: fallback } : {}) },
    Yes: { Type: 'Pass', Result: 'yes', End: true },
    ...(fallback ? { No: { Type: 'Pass', Result: 'no', End: true } } : {}),
  },
});

const matches = (rule: object, input: Json): boolean => {
  const state: ChoiceState = { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' };
  const context = { Execution: { Name: 'run' } };
  return choose(state, { input, context, draws: seeded('choice') }) === 'Yes';
};

const early = '2026-11-20T10:00:00Z';
const late = '2026-11-20T12:00:00+01:00';

describe('comparisons', () => {
  it.each<[string, Json, Json, boolean]>([
    ['StringEquals', 'a', 'a', true],
    ['StringEquals', 'a', 1, false],
    ['StringLessThan', 'b', 'a', true],
    ['StringLessThanEquals', 'a', 'a', true],
    ['StringGreaterThan', 'a', 'a', false],
    ['StringGreaterThanEquals', 'a', 'b', true],
    ['StringMatches', 'log-*.txt', 'log-2026.txt', true],
    ['StringMatches', 'log-*.txt', 'log-2026Xtxt', false],
    ['StringMatches', 'a\\*b', 'a*b', true],
    ['StringMatches', 'a\\*b', 'axb', false],
    ['NumericEquals', 1, 1.0, true],
    ['NumericEquals', 1, '1', false],
    ['NumericLessThan', 2, 1, true],
    ['NumericLessThanEquals', 2, 2, true],
    ['NumericGreaterThan', 2, 3, true],
    ['NumericGreaterThanEquals', 2, 1, false],
    ['BooleanEquals', true, true, true],
    ['BooleanEquals', false, null, false],
    ['TimestampEquals', '2026-11-20T11:00:00Z', late, true],
    ['TimestampLessThan', late, early, true],
    ['TimestampLessThanEquals', early, early, true],
    ['TimestampGreaterThan', early, late, true],
    ['TimestampGreaterThanEquals', late, early, false],
    ['TimestampLessThan', late, 'never', false],
    ['IsNull', true, null, true],
    ['IsNull', false, null, false],
    ['IsString', true, 'x', true],
    ['IsNumeric', true, '1', false],
    ['IsBoolean', true, false, true],
    ['IsTimestamp', true, early, true],
    ['IsTimestamp', true, '2026-11-20 10:00:00Z', false],
    ['IsPresent', true, null, true],
  ])('%s %j of %j is %s', async (operator, operand, value, expected) => {
    expect(matches({ Variable: '$.v', [operator]: operand }, { v: value })).toBe(expected);
  });

  it.each([
    ['StringEqualsPath', 'x', 'x'],
    ['NumericLessThanPath', 1, 2],
    ['TimestampGreaterThanPath', late, early],
    ['BooleanEqualsPath', false, false],
  ])('%s compares with another place in the input', async (operator, v, other) => {
    expect(matches({ Variable: '$.v', [operator]: '$.other' }, { v, other })).toBe(true);
  });

  it('a comparison can read the context object', async () => {
    expect(matches({ Variable: '$$.Execution.Name', StringEquals: 'run' }, {})).toBe(true);
  });

  it('IsPresent false is true for what is missing', async () => {
    expect(matches({ Variable: '$.v', IsPresent: false }, {})).toBe(true);
    expect(matches({ Variable: '$.v', IsPresent: false }, { v: null })).toBe(false);
  });
});

describe('rules', () => {
  const a = { Variable: '$.a', NumericEquals: 1 };
  const b = { Variable: '$.b', NumericEquals: 1 };

  it('And, Or and Not combine', async () => {
    expect(matches({ And: [a, { Not: b }] }, { a: 1, b: 2 })).toBe(true);
    expect(matches({ And: [a, b] }, { a: 1, b: 2 })).toBe(false);
    expect(matches({ Or: [a, b] }, { a: 1, b: 2 })).toBe(true);
    expect(matches({ Not: { Or: [a, b] } }, { a: 1, b: 2 })).toBe(false);
  });

  it('And guards: a test for presence keeps a missing variable from being compared', async () => {
    expect(matches({ And: [{ Variable: '$.a', IsPresent: true }, a] }, {})).toBe(false);
  });

  it('the execution goes where the rule says', async () => {
    expect((await execute(machine(a), { a: 1 })).output).toBe('"yes"');
    expect((await execute(machine(a), { a: 2 })).output).toBe('"no"');
  });

  it('a missing variable ends the execution', async () => {
    const report = await execute(machine(a));
    expect(report).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(report.cause).toContain(
      "Invalid path '$.a': The choice state's condition path references an invalid value.",
    );
  });

  it('no match and no Default is States.NoChoiceMatched', async () => {
    expect(await execute(machine(a, ''), { a: 2 })).toMatchObject({
      status: 'FAILED',
      error: 'States.NoChoiceMatched',
    });
  });
});
