import { describe, expect, it } from 'vitest';
import { ACCOUNT, codeOf, only, REGION, ROLE, START_MS, world } from './world.ts';

const pass = only({ Type: 'Pass', End: true });
const wait = only({ Type: 'Wait', Seconds: 60, End: true });
const text = JSON.stringify;

describe('StartExecution', () => {
  it('same name and same input while it runs is the same execution', () => {
    const made = world();
    const stateMachineArn = made.create(wait);
    const request = { stateMachineArn, name: 'op', input: '{"a":1}' };
    const first = made.call('StartExecution', request);
    expect(made.call('StartExecution', request)).toEqual(first);
    expect(made.sfn.executions(REGION)).toHaveLength(1);
  });

  it('same name and another input is ExecutionAlreadyExists', () => {
    const made = world();
    const stateMachineArn = made.create(wait);
    made.call('StartExecution', { stateMachineArn, name: 'op', input: '{"a":1}' });
    const again = () => made.call('StartExecution', { stateMachineArn, name: 'op', input: '{"a":2}' });
    expect(codeOf(again)).toBe('ExecutionAlreadyExists');
    expect(again).toThrow(`Execution Already Exists: 'arn:aws:states:${REGION}:${ACCOUNT}:execution:machine:op'`);
  });

  it('the name of a closed execution is ExecutionAlreadyExists, same input or not', async () => {
    const made = world();
    const stateMachineArn = made.create(pass);
    const request = { stateMachineArn, name: 'op', input: '{}' };
    await made.settle(made.call('StartExecution', request).executionArn);
    expect(codeOf(() => made.call('StartExecution', request))).toBe('ExecutionAlreadyExists');
  });

  it('a name is unique within its machine and its region only', () => {
    const made = world();
    const arns = [made.create(wait, 'one'), made.create(wait, 'two')];
    for (const stateMachineArn of arns) made.call('StartExecution', { stateMachineArn, name: 'op' });
    const elsewhere = made.sfn.seed('eu-west-1', { name: 'one', definition: text(wait), roleArn: ROLE });
    made.call('StartExecution', { stateMachineArn: elsewhere, name: 'op' }, 'eu-west-1');
    expect(made.sfn.executions(REGION)).toHaveLength(2);
    expect(made.sfn.executions('eu-west-1')).toHaveLength(1);
  });

  it('without a name it draws one, without input it is {}', () => {
    const made = world();
    const stateMachineArn = made.create(wait);
    made.call('StartExecution', { stateMachineArn });
    expect(made.sfn.executions(REGION)).toMatchObject([
      { name: expect.stringMatching(/^[0-9a-f-]{36}$/), input: '{}' },
    ]);
  });

  it.each([
    [{ name: 'a b' }, 'InvalidName'],
    [{ name: 'a#b' }, 'InvalidName'],
    [{ name: 'x'.repeat(81) }, 'ValidationException'],
    [{ input: '{' }, 'InvalidExecutionInput'],
    [{ input: text('x'.repeat(262_144)) }, 'ValidationException'],
    [{ stateMachineArn: 'nonsense' }, 'InvalidArn'],
    [{ stateMachineArn: `arn:aws:states:${REGION}:${ACCOUNT}:execution:machine:op` }, 'InvalidArn'],
    [{ stateMachineArn: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:other` }, 'StateMachineDoesNotExist'],
  ])('%j is %s', (fields, code) => {
    const made = world();
    const stateMachineArn = made.create(wait);
    expect(codeOf(() => made.call('StartExecution', { stateMachineArn, ...fields }))).toBe(code);
  });

  it('a machine of another region does not exist here', () => {
    const made = world();
    const stateMachineArn = made.create(wait);
    expect(codeOf(() => made.call('StartExecution', { stateMachineArn }, 'eu-west-1'))).toBe(
      'StateMachineDoesNotExist',
    );
  });
});

describe('reads', () => {
  it('DescribeExecution sees the end a little after it happened', async () => {
    const made = world();
    const arn = made.start(pass, { a: 1 });
    const { stopped_ms } = await made.settle(arn);
    expect(made.call('DescribeExecution', { executionArn: arn })).toMatchObject({ status: 'RUNNING' });
    await made.at(5_000);
    expect(made.call('DescribeExecution', { executionArn: arn })).toEqual({
      executionArn: arn,
      stateMachineArn: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:machine`,
      name: 'run',
      status: 'SUCCEEDED',
      startDate: new Date(START_MS),
      stopDate: new Date(stopped_ms ?? 0),
      input: '{"a":1}',
      inputDetails: { included: true },
      output: '{"a":1}',
      outputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
  });

  it('a failed execution says why and could be redriven', async () => {
    const made = world();
    const arn = made.start(only({ Type: 'Fail', Error: 'E', Cause: 'C' }));
    await made.settle(arn);
    await made.at(5_000);
    expect(made.call('DescribeExecution', { executionArn: arn })).toMatchObject({
      status: 'FAILED',
      error: 'E',
      cause: 'C',
      redriveStatus: 'REDRIVABLE',
    });
  });

  it('ListExecutions lists the newest first, by status, in pages', async () => {
    const made = world();
    const stateMachineArn = made.create(wait);
    for (const name of ['a', 'b', 'c']) made.call('StartExecution', { stateMachineArn, name });
    expect(made.call('ListExecutions', { stateMachineArn }).executions).toEqual([]);
    await made.at(2_000);
    made.call('StopExecution', { executionArn: made.sfn.executions(REGION)[0]?.arn });
    await made.at(5_000);
    const names = (output: { executions: { name: string }[] }) => output.executions.map((execution) => execution.name);
    const first = made.call('ListExecutions', { stateMachineArn, maxResults: 2 });
    expect(names(first)).toEqual(['c', 'b']);
    expect(names(made.call('ListExecutions', { stateMachineArn, maxResults: 2, nextToken: first.nextToken }))).toEqual([
      'a',
    ]);
    expect(names(made.call('ListExecutions', { stateMachineArn, statusFilter: 'ABORTED' }))).toEqual(['a']);
    expect(names(made.call('ListExecutions', { stateMachineArn, statusFilter: 'RUNNING' }))).toEqual(['c', 'b']);
    expect(codeOf(() => made.call('ListExecutions', { stateMachineArn, statusFilter: 'running' }))).toBe(
      'ValidationException',
    );
  });

  it('GetExecutionHistory pages forth and back, and can leave the data out', async () => {
    const made = world();
    const executionArn = made.start(pass, { secret: 1 });
    await made.settle(executionArn);
    const ids = (output: { events: { id: number }[] }) => output.events.map((event) => event.id);
    const first = made.call('GetExecutionHistory', { executionArn, maxResults: 3 });
    expect(ids(first)).toEqual([1, 2, 3]);
    expect(ids(made.call('GetExecutionHistory', { executionArn, maxResults: 3, nextToken: first.nextToken }))).toEqual([
      4,
    ]);
    expect(ids(made.call('GetExecutionHistory', { executionArn, reverseOrder: true }))).toEqual([4, 3, 2, 1]);
    expect(text(made.call('GetExecutionHistory', { executionArn, includeExecutionData: false }))).not.toContain(
      'secret',
    );
    const bad = (fields: object) => codeOf(() => made.call('GetExecutionHistory', { executionArn, ...fields }));
    expect(bad({ nextToken: 'nonsense' })).toBe('InvalidToken');
    expect(bad({ nextToken: first.nextToken, reverseOrder: true })).toBe('InvalidToken');
    expect(bad({ maxResults: 1_001 })).toBe('ValidationException');
  });

  it.each(['DescribeExecution', 'GetExecutionHistory', 'StopExecution', 'DescribeStateMachineForExecution'])(
    '%s of an unknown execution is ExecutionDoesNotExist',
    (operation) => {
      const made = world();
      const executionArn = `arn:aws:states:${REGION}:${ACCOUNT}:execution:machine:none`;
      expect(codeOf(() => made.call(operation, { executionArn }))).toBe('ExecutionDoesNotExist');
      expect(codeOf(() => made.call(operation, { executionArn: 'x' }))).toBe('InvalidArn');
    },
  );
});

describe('state machines', () => {
  const create = (made: ReturnType<typeof world>, fields: object = {}) =>
    made.call('CreateStateMachine', { name: 'm', definition: text(pass), roleArn: ROLE, ...fields });

  it('creating the same again is the same machine, another definition is refused', () => {
    const made = world();
    const first = create(made);
    expect(create(made, { roleArn: `${ROLE}-other` })).toEqual(first);
    expect(codeOf(() => create(made, { definition: text(wait) }))).toBe('StateMachineAlreadyExists');
    expect(made.call('DescribeStateMachine', { stateMachineArn: first.stateMachineArn })).toMatchObject({
      name: 'm',
      definition: text(pass),
      roleArn: ROLE,
      type: 'STANDARD',
      status: 'ACTIVE',
    });
    expect(made.call('ListStateMachines', {}).stateMachines).toMatchObject([{ name: 'm', type: 'STANDARD' }]);
  });

  it('an update reaches new executions only', async () => {
    const made = world();
    const { stateMachineArn } = create(made, { definition: text(wait) });
    const { executionArn } = made.call('StartExecution', { stateMachineArn, name: 'old' });
    expect(codeOf(() => made.call('UpdateStateMachine', { stateMachineArn }))).toBe('MissingRequiredParameter');
    made.call('UpdateStateMachine', { stateMachineArn, definition: text(pass) });
    const report = await made.settle(executionArn);
    expect(report.events[1]?.type).toBe('WaitStateEntered');
    expect(made.call('DescribeStateMachineForExecution', { executionArn }).definition).toBe(text(wait));
    const fresh = await made.settle(made.call('StartExecution', { stateMachineArn, name: 'new' }).executionArn);
    expect(fresh.events[1]?.type).toBe('PassStateEntered');
  });

  it('what is not simulated says so', () => {
    const made = world();
    for (const fields of [{ type: 'EXPRESS' }, { publish: true }, { tracingConfiguration: { enabled: true } }]) {
      expect(codeOf(() => create(made, fields))).toBe('NotImplemented');
    }
    expect(made.sfn.service.operations['RedriveExecution']).toBeUndefined();
  });
});

describe('the errors', () => {
  it.each([
    'ExecutionAlreadyExists',
    'ExecutionDoesNotExist',
    'InvalidArn',
    'InvalidDefinition',
    'InvalidExecutionInput',
    'InvalidName',
    'InvalidOutput',
    'InvalidToken',
    'MissingRequiredParameter',
    'StateMachineAlreadyExists',
    'StateMachineDoesNotExist',
    'TaskDoesNotExist',
    'TaskTimedOut',
    'ValidationException',
  ])('%s is a class of the SDK, so that its schema knows how it is sent', (code) => {
    expect(world().sfn.service.schemas[code]).toBeTypeOf('function');
  });
});
