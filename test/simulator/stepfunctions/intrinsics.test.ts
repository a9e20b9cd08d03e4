import { describe, expect, it } from 'vitest';
import { seeded } from '../../../simulator/random.ts';
import { IntrinsicProblem } from '../../../simulator/stepfunctions/intrinsics.ts';
import type { Json } from '../../../simulator/stepfunctions/json.ts';
import { evaluateText } from '../../../simulator/stepfunctions/template.ts';
import { execute, only } from './world.ts';

const value = (text: string, input: Json = {}) =>
  evaluateText(text, 'v.$', { input, context: { State: { Name: 'S' } }, draws: seeded('intrinsics') });

describe('intrinsic functions', () => {
  it.each<[string, Json, Json]>([
    ["States.Format('op {} of {}', $.a, 3)", { a: 'shop' }, 'op shop of 3'],
    ["States.Format('{} \\{\\} {}', null, true)", {}, 'null {} true'],
    ["States.Format('it\\'s {}', 'fine')", {}, "it's fine"],
    ["States.Format('a\\\\b {}', 1.5)", {}, 'a\\b 1.5'],
    ['States.StringToJson(\'{"a": [1]}\')', {}, { a: [1] }],
    ['States.StringToJson($.t)', { t: '[1, "x"]' }, [1, 'x']],
    ['States.JsonToString($.a)', { a: { b: [1, null] } }, '{"b":[1,null]}'],
    ["States.Array(1, 'a', $.x, null)", { x: [2] }, [1, 'a', [2], null]],
    ['States.Array()', {}, []],
    ['States.ArrayLength($.l)', { l: [1, 2, 3] }, 3],
    ['States.ArrayContains($.l, $.w)', { l: [1, { a: 1 }], w: { a: 1 } }, true],
    ['States.ArrayContains($.l, 2)', { l: ['2'] }, false],
    ['States.ArrayGetItem($.l, 1)', { l: ['a', 'b'] }, 'b'],
    ['States.ArrayRange(1, 9, 2)', {}, [1, 3, 5, 7, 9]],
    ['States.ArrayRange(3, 1, -1)', {}, [3, 2, 1]],
    ['States.ArrayUnique($.l)', { l: [1, '1', 1, { a: 1 }, { a: 1 }] }, [1, '1', { a: 1 }]],
    ['States.ArrayPartition($.l, 2)', { l: [1, 2, 3] }, [[1, 2], [3]]],
    ['States.MathAdd($.n, -1)', { n: 111 }, 110],
    ["States.Hash('input data', 'SHA-1')", {}, 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ["States.Base64Encode('Data to encode')", {}, 'RGF0YSB0byBlbmNvZGU='],
    ["States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", {}, 'Data to encode'],
    ['States.JsonMerge($.a, $.b, false)', { a: { x: { p: 1 }, y: 1 }, b: { x: { q: 2 } } }, { x: { q: 2 }, y: 1 }],
    ["States.StringSplit('This.is+a,test=string', '.+,=')", {}, ['This', 'is', 'a', 'test', 'string']],
    ["States.Format('{}-{}', States.JsonToString(States.Array(1,2)), $$.State.Name)", {}, '[1,2]-S'],
    ["States.ArrayLength($['a b'][*])", { 'a b': [1, 2] }, 2],
  ])('%s', (text, input, result) => {
    expect(value(text, input)).toEqual(result);
  });

  it('States.MathRandom stays within its bounds and repeats itself for a seed', () => {
    const drawn = value('States.MathRandom(5, 7)');
    expect([5, 6]).toContain(drawn);
    const seeds = new Set(Array.from({ length: 20 }, (_unused, i) => value(`States.MathRandom(1, 1000, ${i})`)));
    expect(seeds.size).toBeGreaterThan(10);
    expect(value('States.MathRandom(1, 1000, 42)')).toBe(value('States.MathRandom(1, 1000, 42)'));
  });

  it('States.UUID has the form of a version 4 UUID', () => {
    expect(value('States.UUID()')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it.each([
    "States.Format('{} {}', 1)",
    "States.Format('{}', $.o)",
    "States.StringToJson('{')",
    'States.ArrayGetItem($.l, 5)',
    'States.ArrayLength($.o)',
    'States.ArrayPartition($.l, 0)',
    'States.ArrayRange(0, 100000, 1)',
    'States.JsonMerge($.o, $.o, true)',
    "States.Hash('x', 'CRC')",
    'States.MathAdd(1)',
  ])('%s fails', (text) => {
    expect(() => value(text, { l: [1], o: {} })).toThrow(IntrinsicProblem);
  });

  it('a failed call fails the state with States.IntrinsicFailure', async () => {
    const report = await execute(only({ Type: 'Pass', Parameters: { 'v.$': 'States.ArrayLength($.o)' }, End: true }), {
      o: 1,
    });
    expect(report).toMatchObject({ status: 'FAILED', error: 'States.IntrinsicFailure' });
    expect(report.cause).toContain("the state 'S' (entered at the event id #2)");
  });
});
