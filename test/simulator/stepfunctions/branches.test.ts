import { describe, expect, it } from 'vitest';
import { CALLBACK, codeOf, execute, failed, INVOKE, ok, only, outputOf, types, world } from './world.ts';

const machine = (name: string, state: object, rest: object = {}) => ({
  StartAt: name,
  States: { [name]: state, ...rest },
});
const task = (name: string) => ({
  Type: 'Task',
  Resource: INVOKE,
  Parameters: { FunctionName: name, 'Payload.$': '$' },
  End: true,
});
const waiting = (Seconds: number) => ({ Type: 'Wait', Seconds, End: true });

describe('Parallel', () => {
  it('gives every branch the input and answers their outputs in order, whatever ends first', async () => {
    const definition = only({
      Type: 'Parallel',
      Branches: [
        machine(
          'Slow',
          { Type: 'Wait', Seconds: 60, Next: 'SlowDone' },
          { SlowDone: { Type: 'Pass', Result: 'slow', End: true } },
        ),
        machine('Fast', { Type: 'Pass', Parameters: { 'got.$': '$.in' }, End: true }),
      ],
      End: true,
    });
    const report = await execute(definition, { in: 1 });
    expect(report.output).toBe('["slow",{"got":1}]');
    const took_ms = (report.stopped_ms ?? 0) - report.started_ms;
    expect(took_ms).toBeGreaterThan(60_000);
    expect(took_ms).toBeLessThan(61_000);
  });

  it('writes the history that AWS writes: branches follow their start, the exit follows the last branch', async () => {
    const definition = only({
      Type: 'Parallel',
      Branches: [machine('A', waiting(1)), machine('B', waiting(2))],
      End: true,
    });
    const report = await execute(definition);
    expect(types(report.events)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 ParallelStateEntered',
      '3 2 ParallelStateStarted',
      expect.stringMatching(/^4 3 WaitStateEntered/),
      expect.stringMatching(/^5 3 WaitStateEntered/),
      expect.stringMatching(/^6 [45] WaitStateExited/),
      expect.stringMatching(/^7 [45] WaitStateExited/),
      '8 7 ParallelStateSucceeded',
      '9 7 ParallelStateExited',
      '10 9 ExecutionSucceeded',
    ]);
  });

  it('one branch that fails stops the others: nothing of them runs on', async () => {
    const made = world(({ functionName }) => (functionName === 'bad' ? failed('Boom', 'why') : ok(null)));
    const definition = only({
      Type: 'Parallel',
      Branches: [
        machine('Wait', { Type: 'Wait', Seconds: 30, Next: 'Late' }, { Late: task('late') }),
        machine('Bad', task('bad')),
        machine('Quick', { Type: 'Pass', End: true }),
      ],
      End: true,
    });
    const arn = made.start(definition);
    const report = await made.settle(arn);
    expect(report).toMatchObject({ status: 'FAILED', error: 'Boom', cause: 'why' });
    const failure = report.events.find((event) => event.type === 'TaskFailed')?.id ?? 0;
    expect(types(report.events).slice(failure)).toEqual([
      `${failure + 1} ${failure} WaitStateAborted`,
      `${failure + 2} ${failure} TaskStateAborted`,
      `${failure + 3} ${failure} ParallelStateFailed`,
      `${failure + 4} ${failure + 3} ExecutionFailed`,
    ]);
    await made.at(120_000);
    expect(made.invocations.map((invocation) => invocation.functionName)).toEqual(['bad']);
  });

  it('a task whose branch was stopped loses its token', async () => {
    const made = world(({ functionName }) => (functionName === 'ask' ? ok(null) : failed('Boom')));
    const ask = {
      Type: 'Task',
      Resource: CALLBACK,
      Parameters: { FunctionName: 'ask', Payload: { 't.$': '$$.Task.Token' } },
      End: true,
    };
    const bad = machine('Pause', { Type: 'Wait', Seconds: 5, Next: 'Bad' }, { Bad: task('bad') });
    const definition = {
      StartAt: 'P',
      States: {
        P: {
          Type: 'Parallel',
          Branches: [machine('Ask', ask), bad],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Stay' }],
          End: true,
        },
        Stay: { Type: 'Wait', Seconds: 600, End: true },
      },
    };
    const arn = made.start(definition);
    await made.at(60_000);
    expect(made.report(arn).states).toEqual(['Stay']);
    const taskToken = made.invocations.find((invocation) => invocation.functionName === 'ask')?.payload.t;
    expect(codeOf(() => made.call('SendTaskSuccess', { taskToken, output: '{}' }))).toBe('TaskTimedOut');
  });

  it('retries as a whole, with every branch again', async () => {
    let left = 1;
    const made = world(({ functionName }) => (functionName === 'flaky' && left-- > 0 ? failed('Boom') : ok(null)));
    const definition = only({
      Type: 'Parallel',
      Branches: [machine('A', task('flaky')), machine('B', task('steady'))],
      Retry: [{ ErrorEquals: ['Boom'], IntervalSeconds: 10 }],
      ResultPath: null,
      End: true,
    });
    const report = await made.settle(made.start(definition));
    expect(report.status).toBe('SUCCEEDED');
    expect(report.events.filter((event) => event.type === 'ParallelStateStarted')).toHaveLength(2);
    expect(report.events.filter((event) => event.type === 'ParallelStateFailed')).toHaveLength(0);
    expect(made.invocations.filter((invocation) => invocation.functionName === 'flaky')).toHaveLength(2);
  });

  it('a Fail state in a branch can be caught outside, with its own names', async () => {
    const fail = machine('F', { Type: 'Fail', Error: 'Named', Cause: 'said' });
    const definition = {
      StartAt: 'P',
      States: {
        P: { Type: 'Parallel', Branches: [fail], Catch: [{ ErrorEquals: ['Named'], Next: 'Caught' }], End: true },
        Caught: { Type: 'Succeed' },
      },
    };
    const report = await execute(definition);
    expect(report.output).toBe('{"Error":"Named","Cause":"said"}');
    expect(types(report.events).slice(3, 7)).toEqual([
      '4 3 FailStateEntered',
      '5 4 ParallelStateFailed',
      '6 5 ParallelStateExited',
      '7 6 SucceedStateEntered',
    ]);
  });

  it('States.Runtime in a branch ends the execution past every Catch', async () => {
    const bad = machine('Bad', { Type: 'Pass', InputPath: '$.no', End: true });
    const definition = {
      StartAt: 'P',
      States: {
        P: { Type: 'Parallel', Branches: [bad], Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }], End: true },
        C: { Type: 'Succeed' },
      },
    };
    expect(await execute(definition)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('nested branches stop with their parents', async () => {
    const made = world(({ functionName }) => (functionName === 'bad' ? failed('Boom') : ok(null)));
    const inner = machine('Inner', {
      Type: 'Parallel',
      Branches: [machine('W', { Type: 'Wait', Seconds: 9, Next: 'L' }, { L: task('late') })],
      End: true,
    });
    const bad = machine('Pause', { Type: 'Wait', Seconds: 5, Next: 'Bad' }, { Bad: task('bad') });
    const report = await made.settle(made.start(only({ Type: 'Parallel', Branches: [inner, bad], End: true })));
    await made.at(60_000);
    expect(made.invocations.map((invocation) => invocation.functionName)).toEqual(['bad']);
    const aborted = report.events.map((event) => event.type).filter((type) => type?.endsWith('Aborted'));
    expect(aborted).toEqual(['WaitStateAborted', 'ParallelStateAborted', 'TaskStateAborted']);
  });
});

describe('Map', () => {
  const double = machine('Double', { Type: 'Pass', Parameters: { 'sum.$': 'States.MathAdd($, $)' }, End: true });

  it('runs the processor over every item and keeps their order', async () => {
    const definition = only({
      Type: 'Map',
      ItemsPath: '$.items',
      ItemProcessor: double,
      ResultPath: '$.out',
      End: true,
    });
    expect(await outputOf(definition, { items: [1, 2, 3] })).toEqual({
      items: [1, 2, 3],
      out: [{ sum: 2 }, { sum: 4 }, { sum: 6 }],
    });
  });

  it('an empty array is done at once', async () => {
    const report = await execute(only({ Type: 'Map', ItemProcessor: double, End: true }), []);
    expect(report.output).toBe('[]');
    expect(types(report.events)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 MapStateEntered',
      '3 2 MapStateStarted',
      '4 3 MapStateSucceeded',
      '5 3 MapStateExited',
      '6 5 ExecutionSucceeded',
    ]);
  });

  it('ItemSelector sees the whole input, the item and its index; so does the iteration', async () => {
    const ItemProcessor = machine('I', {
      Type: 'Pass',
      Parameters: { 'in.$': '$', 'index.$': '$$.Map.Item.Index' },
      End: true,
    });
    const ItemSelector = { 'all.$': '$.common', 'value.$': '$$.Map.Item.Value' };
    const definition = only({ Type: 'Map', ItemsPath: '$.items', ItemSelector, ItemProcessor, End: true });
    expect(await outputOf(definition, { common: 'c', items: ['a', 'b'] })).toEqual([
      { in: { all: 'c', value: 'a' }, index: 0 },
      { in: { all: 'c', value: 'b' }, index: 1 },
    ]);
  });

  it('MaxConcurrency 1 runs one after the other, with the history of AWS', async () => {
    const definition = only({ Type: 'Map', MaxConcurrency: 1, ItemProcessor: machine('W', waiting(10)), End: true });
    const report = await execute(definition, [1, 2]);
    expect(types(report.events)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 MapStateEntered',
      '3 2 MapStateStarted',
      '4 3 MapIterationStarted',
      '5 4 WaitStateEntered',
      '6 5 WaitStateExited',
      '7 6 MapIterationSucceeded',
      '8 6 MapIterationStarted',
      '9 8 WaitStateEntered',
      '10 9 WaitStateExited',
      '11 10 MapIterationSucceeded',
      '12 10 MapStateSucceeded',
      '13 10 MapStateExited',
      '14 13 ExecutionSucceeded',
    ]);
    expect(report.events[6]?.mapIterationSucceededEventDetails).toEqual({ name: 'S', index: 0 });
  });

  it('at most 40 iterations run at once, as inline Map has it', async () => {
    const definition = only({ Type: 'Map', ItemProcessor: machine('W', waiting(10)), ResultPath: null, End: true });
    const report = await execute(
      definition,
      Array.from({ length: 41 }, (_unused, i) => i),
    );
    expect((report.stopped_ms ?? 0) - report.started_ms).toBeGreaterThan(20_000);
  });

  it('one iteration that fails fails the state and stops the others', async () => {
    const made = world(({ payload }) => (payload === 2 ? failed('Boom') : new Promise(() => undefined)));
    const definition = only({ Type: 'Map', ItemProcessor: machine('T', task('f')), End: true });
    const report = await made.settle(made.start(definition, [1, 2]));
    const failure = report.events.find((event) => event.type === 'TaskFailed')?.id ?? 0;
    expect(types(report.events).slice(failure)).toEqual([
      `${failure + 1} ${failure} MapIterationAborted`,
      `${failure + 2} ${failure} TaskStateAborted`,
      `${failure + 3} ${failure} MapIterationFailed`,
      `${failure + 4} ${failure} TaskStateAborted`,
      `${failure + 5} ${failure} MapStateFailed`,
      `${failure + 6} ${failure + 5} ExecutionFailed`,
    ]);
  });

  it('what is no array ends the execution', async () => {
    const report = await execute(only({ Type: 'Map', ItemProcessor: double, End: true }), { a: 1 });
    expect(report).toMatchObject({ error: 'States.Runtime' });
    expect(report.cause).toContain('Reference path "$" must point to array.');
  });
});
