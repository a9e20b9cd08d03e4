import { describe, expect, it } from 'vitest';
import { ACCOUNT, execute, INVOKE, ok, only, outputOf, REGION, ROLE } from './world.ts';

const pass = (fields: object) => only({ Type: 'Pass', End: true, ...fields });

describe('paths', () => {
  const input = { a: { b: [1, { c: 2 }, 3], 'd e': 'x' }, n: null, list: [{ k: 1 }, { k: 2 }, {}] };
  const at = (path: string) => outputOf(pass({ Parameters: { 'v.$': path } }), input);

  it.each([
    ['$.a.b[0]', 1],
    ['$.a.b[-1]', 3],
    ["$.a['d e']", 'x'],
    ["$['a']['b'][1].c", 2],
    ['$.n', null],
    ['$.list[*].k', [1, 2]],
    ['$..k', [1, 2]],
    ['$.a.b[0:2]', [1, { c: 2 }]],
    ['$.missing[*]', []],
    ['$.a.*', [[1, { c: 2 }, 3], 'x']],
    ['$', input],
  ])('%s is found', async (path, value) => {
    expect(await at(path)).toEqual({ v: value });
  });

  it('a missing path ends the execution with States.Runtime in the words of AWS', async () => {
    const report = await execute(pass({ Parameters: { 'v.$': '$.a.zz' } }), { a: {} });
    expect(report).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause:
        "An error occurred while executing the state 'S' (entered at the event id #2). The JSONPath '$.a.zz' specified for the field 'v.$' could not be found in the input '{\"a\":{}}'",
    });
  });

  it('a missing InputPath ends the execution', async () => {
    const report = await execute(pass({ InputPath: '$.no' }));
    expect(report.cause).toContain("Invalid path '$.no' : No results for path: $['no']");
    const deeper = await execute(pass({ InputPath: '$.no.such' }));
    expect(deeper.cause).toContain("Invalid path '$.no.such' : Missing property in path $['no']");
  });
});

describe('input and output', () => {
  it('InputPath, Parameters, ResultPath and OutputPath apply in this order', async () => {
    const state = {
      InputPath: '$.in',
      Parameters: { 'x.$': '$.v', fixed: [1] },
      ResultPath: '$.out.deep',
      OutputPath: '$.out',
    };
    expect(await outputOf(pass(state), { in: { v: 7 }, out: { old: true } })).toEqual({
      old: true,
      deep: { x: 7, fixed: [1] },
    });
  });

  it('null paths discard: InputPath and OutputPath give {}, ResultPath keeps the input', async () => {
    expect(await outputOf(pass({ InputPath: null }), { a: 1 })).toEqual({});
    expect(await outputOf(pass({ OutputPath: null }), { a: 1 })).toEqual({});
    expect(await outputOf(pass({ Result: 5, ResultPath: null }), { a: 1 })).toEqual({ a: 1 });
  });

  it('a falsy Result is a result', async () => {
    expect(await outputOf(pass({ Result: null }), { a: 1 })).toBeNull();
    expect(await outputOf(pass({ Result: 0 }), { a: 1 })).toBe(0);
  });

  it('a ResultPath into something that is no object fails with States.ResultPathMatchFailure', async () => {
    const report = await execute(pass({ Result: 1, ResultPath: '$.a.b' }), { a: 'text' });
    expect(report).toMatchObject({ status: 'FAILED', error: 'States.ResultPathMatchFailure' });
  });

  it('a Result is literal: its names ending in .$ are left alone', async () => {
    expect(await outputOf(pass({ Result: { 'x.$': '$.a' } }))).toEqual({ 'x.$': '$.a' });
  });

  it('the members of __proto__ are data', async () => {
    const report = await execute(pass({ Parameters: { 'x.$': '$' } }), JSON.parse('{"__proto__": {"a": 1}}'));
    expect(report.output).toBe('{"x":{"__proto__":{"a":1}}}');
  });

  it('ResultSelector sees the result, and ResultPath puts it into the raw input', async () => {
    const definition = only({
      Type: 'Task',
      Resource: INVOKE,
      InputPath: '$.call',
      Parameters: { FunctionName: 'muster-step-verify', 'Payload.$': '$' },
      ResultSelector: { 'status.$': '$.Payload.status', 'code.$': '$.StatusCode' },
      ResultPath: '$.result',
      End: true,
    });
    const lambda = ({ payload }: { payload: { v: number } }) => ok({ status: `v${payload.v}` });
    expect(await outputOf(definition, { call: { v: 3 } }, lambda)).toEqual({
      call: { v: 3 },
      result: { status: 'v3', code: 200 },
    });
  });
});

describe('the context object', () => {
  it('names the execution, the state and the machine', async () => {
    const { output } = await execute(pass({ Parameters: { 'c.$': '$$' } }), { in: 1 });
    const arn = `arn:aws:states:${REGION}:${ACCOUNT}`;
    expect(JSON.parse(output ?? '')).toEqual({
      c: {
        Execution: {
          Id: `${arn}:execution:machine:run`,
          Input: { in: 1 },
          Name: 'run',
          RoleArn: ROLE,
          StartTime: '2026-11-20T23:14:00.000Z',
          RedriveCount: 0,
        },
        State: { Name: 'S', EnteredTime: expect.stringMatching(/^2026-11-20T23:14:00\.0\d\dZ$/) },
        StateMachine: { Id: `${arn}:stateMachine:machine`, Name: 'machine' },
      },
    });
  });

  it('is the branch’s own inside Parallel', async () => {
    const branch = (name: string) => ({
      StartAt: name,
      States: {
        [name]: { Type: 'Pass', Parameters: { 'state.$': '$$.State.Name', 'run.$': '$$.Execution.Name' }, End: true },
      },
    });
    expect(await outputOf(only({ Type: 'Parallel', Branches: [branch('A'), branch('B')], End: true }))).toEqual([
      { state: 'A', run: 'run' },
      { state: 'B', run: 'run' },
    ]);
  });

  it('is not there for what does not exist: a token outside a waitForTaskToken state', async () => {
    const report = await execute(pass({ Parameters: { 'token.$': '$$.Task.Token' } }));
    expect(report.error).toBe('States.Runtime');
    expect(report.cause).toContain("The JSONPath '$$.Task.Token' specified for the field 'token.$'");
  });
});

describe('limits', () => {
  const half = 'x'.repeat(140_000);

  it('a state whose output is over 256 KiB fails with States.DataLimitExceeded', async () => {
    const report = await execute(pass({ Parameters: { 'a.$': '$.v', 'b.$': '$.v' } }), { v: half });
    expect(report).toMatchObject({
      error: 'States.DataLimitExceeded',
      cause: "The state/task 'S' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });

  it('the limit counts bytes of UTF-8, not characters', async () => {
    const lambda = () => ok('é'.repeat(140_000));
    const report = await execute(
      only({ Type: 'Task', Resource: INVOKE, Parameters: { FunctionName: 'f' }, End: true }),
      {},
      lambda,
    );
    expect(report).toMatchObject({
      error: 'States.DataLimitExceeded',
      cause:
        "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });

  it('States.ALL does not catch States.DataLimitExceeded, its own name does', async () => {
    const task = (name: string) => ({
      StartAt: 'S',
      States: {
        S: {
          Type: 'Task',
          Resource: INVOKE,
          Parameters: { FunctionName: 'f' },
          Catch: [{ ErrorEquals: [name], Next: 'Caught' }],
          End: true,
        },
        Caught: { Type: 'Succeed' },
      },
    });
    const lambda = () => ok('x'.repeat(300_000));
    expect((await execute(task('States.ALL'), {}, lambda)).status).toBe('FAILED');
    expect((await execute(task('States.DataLimitExceeded'), {}, lambda)).status).toBe('SUCCEEDED');
  });

  it('event 25,000 ends an execution that loops for ever', async () => {
    const loop = {
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Next: 'B' },
        B: { Type: 'Choice', Choices: [{ Variable: '$.x', IsPresent: false, Next: 'A' }], Default: 'End' },
        End: { Type: 'Succeed' },
      },
    };
    const report = await execute(loop);
    expect(report.events).toHaveLength(25_000);
    expect(report.events.at(-1)).toMatchObject({
      type: 'ExecutionFailed',
      id: 25_000,
      previousEventId: 24_999,
      executionFailedEventDetails: {
        error: 'States.Runtime',
        cause: 'The execution reached the maximum number of history events (25000).',
      },
    });
  });
});
