import { describe, expect, it } from 'vitest';
import { ACCOUNT, execute, failed, INVOKE, type Lambda, ok, only, outputOf, REGION, types, world } from './world.ts';

const invoke = (fields: object = {}) => ({
  Type: 'Task',
  Resource: INVOKE,
  Parameters: { FunctionName: 'muster-step-verify', 'Payload.$': '$' },
  End: true,
  ...fields,
});

/** A task that is caught: its output says what was caught. */
const caughtBy = (names: readonly string[], fields: object = {}) => ({
  StartAt: 'S',
  States: {
    S: invoke({ ...fields, Catch: [{ ErrorEquals: names, ResultPath: '$.error', Next: 'Caught' }] }),
    Caught: { Type: 'Succeed' },
  },
});

describe('lambda:invoke', () => {
  it('answers the payload with the metadata of the call', async () => {
    const output = await outputOf(only(invoke()), { a: 1 }, ({ payload }) => ok({ got: payload }));
    expect(output).toMatchObject({
      ExecutedVersion: '$LATEST',
      Payload: { got: { a: 1 } },
      StatusCode: 200,
      SdkHttpMetadata: { HttpStatusCode: 200 },
    });
  });

  it('finds the function by name and by ARN in its own region', async () => {
    const made = world();
    const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:muster-command`;
    await made.settle(made.start(only(invoke({ Parameters: { FunctionName: arn, Payload: {} } }))));
    expect(made.invocations).toMatchObject([{ region: REGION, functionName: 'muster-command', payload: {} }]);
  });

  it('a function of another region that only the run knows cannot be reached', async () => {
    const state = invoke({ Parameters: { 'FunctionName.$': '$.f' } });
    const f = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:muster-command`;
    expect(await execute(only(state), { f })).toMatchObject({ error: 'Lambda.ResourceNotFoundException' });
  });

  it('a plain function ARN gets the input and answers the bare payload', async () => {
    const Resource = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:muster-command`;
    const report = await execute(only({ Type: 'Task', Resource, End: true }), { a: 1 }, ({ payload }) => ok([payload]));
    expect(report.output).toBe('[{"a":1}]');
    expect(types(report.events)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 TaskStateEntered',
      '3 2 LambdaFunctionScheduled',
      '4 3 LambdaFunctionStarted',
      '5 4 LambdaFunctionSucceeded',
      '6 5 TaskStateExited',
      '7 6 ExecutionSucceeded',
    ]);
  });

  it('what the function keeps cannot change the execution later', async () => {
    const kept = { n: 1 };
    const made = world(() => ok(kept));
    const arn = made.start(only({ ...invoke({ ResultSelector: { 'n.$': '$.Payload.n' } }) }));
    await made.clock.run({ until: () => made.invocations.length > 0, limit_ms: Number.MAX_SAFE_INTEGER });
    await made.clock.run({ until: () => true, limit_ms: 0 });
    kept.n = 2;
    expect((await made.settle(arn)).output).toBe('{"n":1}');
  });
});

describe('errors of a function', () => {
  it.each([
    ['QuorumMissing', 'QuorumMissing'],
    ['Sandbox.Timedout', 'Sandbox.Timedout'],
    ['Runtime.ExitError', 'Runtime.ExitError'],
    ['', 'Lambda.Unknown'],
    ['TooManyRequestsException', 'Lambda.TooManyRequestsException'],
    ['ServiceException', 'Lambda.ServiceException'],
    ['ResourceNotFoundException', 'Lambda.ResourceNotFoundException'],
  ])('%j is reported as %s', async (error, name) => {
    const report = await execute(only(invoke()), {}, () => failed(error, 'why'));
    expect(report).toMatchObject({ status: 'FAILED', error: name, cause: 'why' });
  });

  it('Catch puts Error and Cause into the raw input', async () => {
    const output = await outputOf(caughtBy(['States.ALL']), { keep: 1 }, () => failed('Boom', '{"errorMessage":"x"}'));
    expect(output).toEqual({ keep: 1, error: { Error: 'Boom', Cause: '{"errorMessage":"x"}' } });
  });

  it('States.TaskFailed catches every error but a timeout', async () => {
    expect((await execute(caughtBy(['States.TaskFailed']), {}, () => failed('Boom'))).status).toBe('SUCCEEDED');
    const slow = caughtBy(['States.TaskFailed'], { TimeoutSeconds: 5 });
    expect(await execute(slow, {}, () => new Promise(() => undefined))).toMatchObject({ error: 'States.Timeout' });
  });

  it('the first catcher that matches counts, and names are case-sensitive', async () => {
    const definition = {
      StartAt: 'S',
      States: {
        S: invoke({
          Catch: [
            { ErrorEquals: ['boom'], Next: 'A' },
            { ErrorEquals: ['Boom', 'Other'], Next: 'B' },
            { ErrorEquals: ['States.ALL'], Next: 'A' },
          ],
        }),
        A: { Type: 'Pass', Result: 'a', End: true },
        B: { Type: 'Pass', Result: 'b', End: true },
      },
    };
    expect(await outputOf(definition, {}, () => failed('Boom'))).toBe('b');
  });

  it('States.Runtime is neither retried nor caught', async () => {
    const definition = caughtBy(['States.ALL'], {
      ResultSelector: { 'x.$': '$.Payload.missing' },
      Retry: [{ ErrorEquals: ['States.ALL'] }],
    });
    const made = world(() => ok({}));
    const report = await made.settle(made.start(definition));
    expect(report).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(made.invocations).toHaveLength(1);
  });

  it('an error of the simulator is not taken for a failure of the function', async () => {
    const broken: Lambda = () => Promise.reject(new TypeError('the world is broken'));
    const made = world(broken);
    const seen: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (error) => seen.push(error));
    const arn = made.start(caughtBy(['States.ALL']));
    await made.clock.run({ until: () => seen.length > 0, limit_ms: made.clock.now_ms() + 10_000 });
    await new Promise((resolve) => setImmediate(resolve));
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
    expect(seen).toMatchObject([{ message: 'the world is broken' }]);
    expect(made.report(arn).status).toBe('RUNNING');
  });
});

describe('Retry', () => {
  const gaps_s = async (retry: object, lambda: Lambda) => {
    const made = world(lambda);
    const report = await made.settle(made.start(only(invoke({ Retry: [retry] }))));
    const times = made.invocations.map((invocation) => invocation.at_ms);
    return { report, gaps: times.slice(1).map((time, i) => (time - (times[i] ?? 0)) / 1_000) };
  };

  it('waits 1, 2 and 4 seconds by default, then fails', async () => {
    const { report, gaps } = await gaps_s({ ErrorEquals: ['States.ALL'] }, () => failed('Boom'));
    expect(report).toMatchObject({ status: 'FAILED', error: 'Boom' });
    expect(gaps).toHaveLength(3);
    for (const [i, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual(2 ** i);
      expect(gap).toBeLessThan(2 ** i + 0.2);
    }
  });

  it('MaxDelaySeconds caps what backoff makes of the interval', async () => {
    const retry = { ErrorEquals: ['Boom'], IntervalSeconds: 3, BackoffRate: 3, MaxAttempts: 4, MaxDelaySeconds: 10 };
    const { gaps } = await gaps_s(retry, () => failed('Boom'));
    expect(gaps.map(Math.floor)).toEqual([3, 9, 10, 10]);
  });

  it('full jitter draws between nothing and the interval', async () => {
    const retry = {
      ErrorEquals: ['Boom'],
      IntervalSeconds: 100,
      BackoffRate: 1,
      MaxAttempts: 20,
      JitterStrategy: 'FULL',
    };
    const { gaps } = await gaps_s(retry, () => failed('Boom'));
    expect(Math.max(...gaps)).toBeLessThan(100.2);
    expect(Math.min(...gaps)).toBeLessThan(30);
    expect(new Set(gaps.map(Math.round)).size).toBeGreaterThan(5);
  });

  it('MaxAttempts 0 never retries, and goes to Catch', async () => {
    const definition = caughtBy(['States.ALL'], {
      Retry: [{ ErrorEquals: ['Boom'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }],
    });
    const made = world(() => failed('Boom'));
    expect((await made.settle(made.start(definition))).status).toBe('SUCCEEDED');
    expect(made.invocations).toHaveLength(1);
  });

  it('each retrier counts its own attempts', async () => {
    const errors = ['A', 'B', 'A', 'B', 'A'];
    const made = world(() => failed(errors.shift() ?? 'none'));
    const Retry = ['A', 'B'].map((name) => ({ ErrorEquals: [name], MaxAttempts: 2 }));
    const report = await made.settle(made.start(only(invoke({ Retry }))));
    expect(report.error).toBe('A');
    expect(made.invocations).toHaveLength(5);
  });

  it('every attempt evaluates its parameters again and sees $$.State.RetryCount', async () => {
    let left = 2;
    const made = world(() => (left-- > 0 ? failed('Boom') : ok(null)));
    const Parameters = { FunctionName: 'f', Payload: { 'n.$': '$$.State.RetryCount' } };
    const arn = made.start(only(invoke({ Parameters, Retry: [{ ErrorEquals: ['Boom'] }] })));
    expect(types((await made.settle(arn)).events).slice(1, 11)).toEqual([
      '2 0 TaskStateEntered',
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskFailed',
      '6 5 TaskScheduled',
      '7 6 TaskStarted',
      '8 7 TaskFailed',
      '9 8 TaskScheduled',
      '10 9 TaskStarted',
      '11 10 TaskSucceeded',
    ]);
    expect(made.invocations.map((invocation) => invocation.payload)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
  });
});

describe('TimeoutSeconds', () => {
  it('ends a task that takes longer, counted from its start', async () => {
    const report = await execute(only(invoke({ TimeoutSeconds: 5 })), {}, () => new Promise(() => undefined));
    expect(report).toMatchObject({ status: 'FAILED', error: 'States.Timeout', cause: undefined });
    const [started, timedOut] = ['TaskStarted', 'TaskTimedOut'].map((type) =>
      report.events.find((event) => event.type === type),
    );
    const took_ms = Number(timedOut?.timestamp) - Number(started?.timestamp);
    expect(took_ms).toBeGreaterThanOrEqual(5_000);
    expect(took_ms).toBeLessThan(5_100);
    expect(timedOut?.taskTimedOutEventDetails).toEqual({
      resourceType: 'lambda',
      resource: 'invoke',
      error: 'States.Timeout',
    });
    expect(
      report.events.find((event) => event.type === 'TaskScheduled')?.taskScheduledEventDetails?.timeoutInSeconds,
    ).toBe(5);
  });

  it('an answer after the time limit changes nothing', async () => {
    const made = world(async () => {
      await made.clock.sleep(6_000);
      return ok('late');
    });
    const arn = made.start(caughtBy(['States.Timeout'], { TimeoutSeconds: 5 }));
    const report = await made.settle(arn);
    expect(JSON.parse(report.output ?? '')).toEqual({ error: { Error: 'States.Timeout', Cause: null } });
    const count = report.events.length;
    await made.at(20_000);
    expect(made.report(arn).events).toHaveLength(count);
  });

  it('TimeoutSecondsPath reads the limit from the input and refuses what is no positive integer', async () => {
    const state = only(invoke({ TimeoutSecondsPath: '$.t' }));
    const report = await execute(state, { t: 7 }, () => new Promise(() => undefined));
    expect(report.error).toBe('States.Timeout');
    expect((report.stopped_ms ?? 0) - report.started_ms).toBeGreaterThan(7_000);
    for (const t of [0, -1, 1.5, '5']) expect(await execute(state, { t })).toMatchObject({ error: 'States.Runtime' });
  });
});
