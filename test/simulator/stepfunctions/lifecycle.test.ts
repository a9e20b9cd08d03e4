import { describe, expect, it } from 'vitest';
import { ACCOUNT, codeOf, execute, INVOKE, ok, only, REGION, START_MS, types, world } from './world.ts';

const wait = (Seconds: number) => only({ Type: 'Wait', Seconds, End: true });
const pass = only({ Type: 'Pass', Result: { done: true }, End: true });
const took_ms = (report: { started_ms: number; stopped_ms: number | undefined }) =>
  (report.stopped_ms ?? 0) - report.started_ms;

describe('Wait', () => {
  it('takes its seconds and a little for the transition', async () => {
    const report = await execute(wait(300));
    expect(took_ms(report)).toBeGreaterThan(300_000);
    expect(took_ms(report)).toBeLessThan(300_500);
  });

  it('SecondsPath and TimestampPath read the input, Timestamp is fixed', async () => {
    expect(took_ms(await execute(only({ Type: 'Wait', SecondsPath: '$.s', End: true }), { s: 7 }))).toBeGreaterThan(
      7_000,
    );
    const until = only({ Type: 'Wait', TimestampPath: '$.t', End: true });
    expect(took_ms(await execute(until, { t: new Date(START_MS + 60_000).toISOString() }))).toBeGreaterThanOrEqual(
      60_000,
    );
    expect(took_ms(await execute(until, { t: '2020-01-01T00:00:00Z' }))).toBeLessThan(500);
    const fixed = only({ Type: 'Wait', Timestamp: new Date(START_MS + 5_000).toISOString(), End: true });
    expect(took_ms(await execute(fixed))).toBeGreaterThanOrEqual(5_000);
  });

  it.each([
    ['SecondsPath', -1, 'The SecondsPath parameter references a negative value: $.v == -1'],
    ['SecondsPath', 1.5, 'The SecondsPath parameter cannot be parsed as a long value: $.v == 1.5'],
    [
      'TimestampPath',
      '2016-13-05T21:29:29Z',
      'The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.v == 2016-13-05T21:29:29Z',
    ],
    [
      'TimestampPath',
      '2016-12-05T21:29:29',
      'The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.v == 2016-12-05T21:29:29',
    ],
    ['TimestampPath', '2126-12-05T21:29:29Z', 'Wait state delay is too long.'],
  ])('%s %j ends the execution', async (field, v, sentence) => {
    const report = await execute(only({ Type: 'Wait', [field]: '$.v', End: true }), { v });
    expect(report).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(report.cause).toBe(
      `An error occurred while executing the state 'S' (entered at the event id #2). ${sentence}`,
    );
  });
});

describe('Fail and Succeed', () => {
  it('Fail names its error and cause, from paths and intrinsic functions too', async () => {
    expect(await execute(only({ Type: 'Fail', Error: 'E', Cause: 'C' }))).toMatchObject({
      status: 'FAILED',
      error: 'E',
      cause: 'C',
    });
    const state = { Type: 'Fail', ErrorPath: '$.e', CausePath: "States.Format('because of {}', $.c)" };
    const report = await execute(only(state), { e: 'E2', c: 'C2' });
    expect(report).toMatchObject({ error: 'E2', cause: 'because of C2' });
    expect(types(report.events)).toEqual(['1 0 ExecutionStarted', '2 0 FailStateEntered', '3 2 ExecutionFailed']);
    expect((await execute(only({ Type: 'Fail' }))).events.at(-1)?.executionFailedEventDetails).toEqual({});
  });

  it('Succeed ends the machine with its output', async () => {
    expect((await execute(only({ Type: 'Succeed', OutputPath: '$.a' }), { a: 5 })).output).toBe('5');
  });
});

describe('the end of an execution', () => {
  it('machine-level TimeoutSeconds ends it on the second, with the error in the history only', async () => {
    const report = await execute({ ...wait(25), TimeoutSeconds: 3 });
    expect(report).toMatchObject({ status: 'TIMED_OUT', error: undefined, cause: undefined });
    expect(took_ms(report)).toBe(3_000);
    expect(report.events.at(-1)).toMatchObject({
      type: 'ExecutionTimedOut',
      executionTimedOutEventDetails: { error: 'States.Timeout' },
    });
  });

  it('a year is the most that an execution may last', async () => {
    const loop = {
      StartAt: 'A',
      States: { A: { Type: 'Wait', Seconds: 90_000_000, Next: 'A' }, B: { Type: 'Succeed' } },
    };
    const made = world();
    expect(codeOf(() => made.create(loop))).toBe('InvalidDefinition');
    const report = await execute(wait(90_000_000));
    expect(report.status).toBe('TIMED_OUT');
    expect(took_ms(report)).toBe(365 * 86_400_000);
  });

  it('StopExecution aborts with what it was told, and nothing runs on', async () => {
    const made = world();
    const definition = {
      StartAt: 'W',
      States: {
        W: { Type: 'Wait', Seconds: 60, Next: 'T' },
        T: { Type: 'Task', Resource: INVOKE, Parameters: { FunctionName: 'f' }, End: true },
      },
    };
    const arn = made.start(definition);
    await made.at(10_000);
    expect(made.call('StopExecution', { executionArn: arn, error: 'Abort', cause: 'by ana' }).stopDate).toEqual(
      new Date(START_MS + 10_000),
    );
    await made.at(120_000);
    const report = made.report(arn);
    expect(report).toMatchObject({ status: 'ABORTED', error: 'Abort', cause: 'by ana' });
    expect(types(report.events)).toEqual(['1 0 ExecutionStarted', '2 0 WaitStateEntered', '3 0 ExecutionAborted']);
    expect(made.invocations).toEqual([]);
    expect(made.call('StopExecution', { executionArn: arn }).stopDate).toEqual(new Date(START_MS + 10_000));
  });
});

describe('a region that is lost', () => {
  it('pauses its executions, and they go on when it serves again', async () => {
    const made = world(() => ok(null));
    const definition = {
      StartAt: 'W',
      States: {
        W: { Type: 'Wait', Seconds: 10, Next: 'T' },
        T: { Type: 'Task', Resource: INVOKE, Parameters: { FunctionName: 'f' }, End: true },
      },
    };
    const arn = made.start(definition);
    await made.at(5_000);
    made.down.add(REGION);
    await made.at(3_600_000);
    expect(made.invocations).toEqual([]);
    expect(made.report(arn).events.at(-1)?.type).toBe('WaitStateEntered');
    made.down.delete(REGION);
    expect((await made.settle(arn)).status).toBe('SUCCEEDED');
    expect(made.invocations[0]?.at_ms).toBeLessThan(START_MS + 3_602_000);
  });

  it('does not even time out while it is lost', async () => {
    const made = world();
    const arn = made.start({ ...wait(100), TimeoutSeconds: 30 });
    await made.at(1_000);
    made.down.add(REGION);
    await made.at(90_000);
    expect(made.report(arn).status).toBe('RUNNING');
    made.down.delete(REGION);
    expect((await made.settle(arn)).status).toBe('TIMED_OUT');
  });
});

describe('status-change events', () => {
  it('have the shape of EventBridge, at the start and at the end', async () => {
    const made = world();
    const arn = made.start(pass, { in: 1 });
    await made.settle(arn);
    expect(made.events.map((event) => event.detail.status)).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(made.events[1]).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      account: ACCOUNT,
      time: expect.stringMatching(/^2026-11-20T23:14:0\dZ$/),
      region: REGION,
      resources: [arn],
      detail: {
        executionArn: arn,
        stateMachineArn: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:machine`,
        name: 'run',
        status: 'SUCCEEDED',
        startDate: START_MS,
        stopDate: expect.any(Number),
        input: '{"in":1}',
        output: '{"done":true}',
        inputDetails: { included: true },
        outputDetails: { included: true },
        error: null,
        cause: null,
        stateMachineVersionArn: null,
        stateMachineAliasArn: null,
        redriveCount: 0,
        redriveDate: null,
        redriveStatus: 'NOT_REDRIVABLE',
        redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
      },
    });
  });
});

describe('a seed', () => {
  it('replays an execution to the millisecond', async () => {
    const run = async (seed: string) => {
      const made = world(() => ok(null), seed);
      const branch = (name: string) => ({
        StartAt: name,
        States: { [name]: { Type: 'Task', Resource: INVOKE, Parameters: { FunctionName: name }, End: true } },
      });
      const arn = made.start(only({ Type: 'Parallel', Branches: [branch('A'), branch('B'), branch('C')], End: true }));
      return JSON.stringify((await made.settle(arn)).events);
    };
    expect(await run('one')).toBe(await run('one'));
    expect(await run('one')).not.toBe(await run('two'));
  });
});
