import { describe, expect, it } from 'vitest';
import { CALLBACK, codeOf, failed, ok, only, types, type World, world } from './world.ts';

const wait = (fields: object = {}) => ({
  Type: 'Task',
  Resource: CALLBACK,
  Parameters: { FunctionName: 'muster-step-request-approval', Payload: { 'token.$': '$$.Task.Token' } },
  End: true,
  ...fields,
});

/** Starts a machine and answers the first token that its function got. */
async function tokenOf(made: World, definition: object): Promise<{ arn: string; token: string }> {
  const arn = made.start(definition);
  await made.clock.run({ until: () => made.invocations.length > 0, limit_ms: Number.MAX_SAFE_INTEGER });
  return { arn, token: made.invocations[0]?.payload.token };
}

describe('waitForTaskToken', () => {
  it('waits until the token comes back, and its output is the result itself', async () => {
    const made = world();
    const { arn, token } = await tokenOf(made, only(wait()));
    await made.at(3_600_000);
    expect(made.report(arn)).toMatchObject({ status: 'RUNNING', states: ['S'] });
    made.call('SendTaskSuccess', { taskToken: token, output: '{"approved":true}' });
    const report = await made.settle(arn);
    expect(report.output).toBe('{"approved":true}');
    expect(types(report.events)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 TaskStateEntered',
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskSubmitted',
      '6 5 TaskSucceeded',
      '7 6 TaskStateExited',
      '8 7 ExecutionSucceeded',
    ]);
    expect(report.events[2]?.taskScheduledEventDetails).toMatchObject({
      resource: 'invoke.waitForTaskToken',
      resourceType: 'lambda',
    });
  });

  it('SendTaskFailure fails the task with the error that it names', async () => {
    const made = world();
    const { arn, token } = await tokenOf(made, only(wait()));
    made.call('SendTaskFailure', { taskToken: token, error: 'Declined', cause: 'by ana' });
    expect(await made.settle(arn)).toMatchObject({ status: 'FAILED', error: 'Declined', cause: 'by ana' });
  });

  it('a function that fails fails the task, whatever its token', async () => {
    const made = world(() => failed('Boom', 'x'));
    const { arn, token } = await tokenOf(made, only(wait()));
    expect(await made.settle(arn)).toMatchObject({ status: 'FAILED', error: 'Boom' });
    expect(codeOf(() => made.call('SendTaskSuccess', { taskToken: token, output: '{}' }))).toBe('TaskTimedOut');
  });

  it('a function may answer its own token before it returns', async () => {
    const made: World = world(({ payload }) => {
      made.call('SendTaskSuccess', { taskToken: payload.token, output: '1' });
      return ok(null);
    });
    const { arn } = await tokenOf(made, only(wait()));
    expect((await made.settle(arn)).output).toBe('1');
  });
});

describe('a token', () => {
  it('is taken once', async () => {
    const made = world();
    const { arn, token } = await tokenOf(made, only(wait()));
    made.call('SendTaskSuccess', { taskToken: token, output: '"first"' });
    expect(codeOf(() => made.call('SendTaskSuccess', { taskToken: token, output: '"second"' }))).toBe('TaskTimedOut');
    expect(codeOf(() => made.call('SendTaskFailure', { taskToken: token }))).toBe('TaskTimedOut');
    expect(codeOf(() => made.call('SendTaskHeartbeat', { taskToken: token }))).toBe('TaskTimedOut');
    expect((await made.settle(arn)).output).toBe('"first"');
  });

  it('is lost when the task times out, and a retry has another', async () => {
    const made = world();
    const definition = only(wait({ TimeoutSeconds: 30, Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }] }));
    const { arn, token } = await tokenOf(made, definition);
    await made.clock.run({ until: () => made.invocations.length > 1, limit_ms: Number.MAX_SAFE_INTEGER });
    expect(codeOf(() => made.call('SendTaskSuccess', { taskToken: token, output: '{}' }))).toBe('TaskTimedOut');
    const second = made.invocations[1]?.payload.token;
    expect(second).not.toBe(token);
    made.call('SendTaskSuccess', { taskToken: second, output: '{}' });
    expect((await made.settle(arn)).status).toBe('SUCCEEDED');
  });

  it('is lost when the execution is stopped', async () => {
    const made = world();
    const { arn, token } = await tokenOf(made, only(wait()));
    made.call('StopExecution', { executionArn: arn });
    expect(codeOf(() => made.call('SendTaskSuccess', { taskToken: token, output: '{}' }))).toBe('TaskTimedOut');
  });

  it('of another region does not exist, and nonsense is InvalidToken', async () => {
    const made = world();
    const { token } = await tokenOf(made, only(wait()));
    const send = (taskToken: string, region?: string) => () =>
      made.call('SendTaskSuccess', { taskToken, output: '{}' }, region);
    expect(codeOf(send(token, 'eu-west-1'))).toBe('TaskDoesNotExist');
    expect(codeOf(send('nonsense'))).toBe('InvalidToken');
  });

  it('survives an output that is not JSON: InvalidOutput, and the task still waits', async () => {
    const made = world();
    const { arn, token } = await tokenOf(made, only(wait()));
    expect(codeOf(() => made.call('SendTaskSuccess', { taskToken: token, output: '{' }))).toBe('InvalidOutput');
    const long = JSON.stringify('x'.repeat(262_144));
    expect(codeOf(() => made.call('SendTaskSuccess', { taskToken: token, output: long }))).toBe('ValidationException');
    made.call('SendTaskSuccess', { taskToken: token, output: '{}' });
    expect((await made.settle(arn)).status).toBe('SUCCEEDED');
  });
});

describe('heartbeats', () => {
  it('keep a task alive that would time out without them', async () => {
    const made = world();
    const { arn, token } = await tokenOf(made, only(wait({ HeartbeatSeconds: 10, TimeoutSeconds: 600 })));
    for (const second of [8, 16, 24]) {
      await made.at(second * 1_000);
      made.call('SendTaskHeartbeat', { taskToken: token });
    }
    await made.at(33_000);
    expect(made.report(arn).status).toBe('RUNNING');
    const report = await made.settle(arn);
    expect(report).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect((report.stopped_ms ?? 0) - report.started_ms).toBeGreaterThan(34_000);
    expect((report.stopped_ms ?? 0) - report.started_ms).toBeLessThan(34_500);
  });

  it('a missed one can be caught by its own name', async () => {
    const made = world();
    const definition = {
      StartAt: 'S',
      States: {
        S: wait({ HeartbeatSeconds: 5, Catch: [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Caught' }] }),
        Caught: { Type: 'Succeed' },
      },
    };
    const { arn } = await tokenOf(made, definition);
    expect(await made.settle(arn)).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"Error":"States.Timeout","Cause":null}',
    });
  });

  it('do not move the end of TimeoutSeconds', async () => {
    const made = world();
    const { arn, token } = await tokenOf(made, only(wait({ HeartbeatSeconds: 10, TimeoutSeconds: 15 })));
    await made.at(9_000);
    made.call('SendTaskHeartbeat', { taskToken: token });
    const report = await made.settle(arn);
    expect((report.stopped_ms ?? 0) - report.started_ms).toBeLessThan(15_500);
  });
});
