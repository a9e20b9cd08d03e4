import { expect, test } from 'vitest';
import { createEventBridge } from '../../../simulator/aws/services/eventbridge/eventbridge.ts';
import { matches, parsePattern } from '../../../simulator/aws/services/eventbridge/patterns.ts';
import { createSns } from '../../../simulator/aws/services/sns/sns.ts';
import { advance, fakeCall, refusal, START_MS, testWorld } from './helpers.ts';

const LAMBDA = 'arn:aws:lambda:us-west-2:111122223333:function:muster-reconcile';

const EVENT = {
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  resources: ['arn:one', 'arn:two'],
  detail: { status: 'FAILED', name: 'promote-shop-1', output: null },
};

test.each([
  [true, { source: ['aws.states', 'aws.ecs'] }],
  [false, { source: ['aws.ecs'] }],
  [true, { resources: ['arn:two'] }],
  [true, { detail: { status: ['FAILED', 'ABORTED'], name: [{ prefix: 'promote-' }] } }],
  [false, { detail: { status: ['FAILED'], name: [{ prefix: 'failback-' }] } }],
  [true, { detail: { name: [{ suffix: '-1' }] } }],
  [true, { detail: { status: [{ 'anything-but': ['SUCCEEDED', 'RUNNING'] }] } }],
  [false, { detail: { status: [{ 'anything-but': 'FAILED' }] } }],
  [false, { detail: { name: [{ 'anything-but': { prefix: 'promote-' } }] } }],
  [false, { detail: { missing: [{ 'anything-but': 'x' }] } }],
  [true, { detail: { output: [{ exists: true }], missing: [{ exists: false }] } }],
  [false, { detail: { missing: [{ exists: true }] } }],
  [true, { detail: { output: [null] } }],
  [true, { detail: { status: [{ 'equals-ignore-case': 'failed' }] } }],
])('%s: %j', (expected, pattern) => {
  expect(matches(parsePattern(JSON.stringify(pattern)), EVENT)).toBe(expected);
});

test.each([
  ['{', 'InvalidEventPatternException'],
  ['{"source":"aws.states"}', 'InvalidEventPatternException'],
  ['{"source":[]}', 'InvalidEventPatternException'],
  ['{"detail":{"n":[{"numeric":[">",1]}]}}', 'NotImplemented'],
  ['{"$or":[{"source":["a"]}]}', 'NotImplemented'],
])('the pattern %s is refused: %s', async (text, code) => {
  expect(await refusal(() => parsePattern(text))).toBe(code);
});

function bridgeWorld() {
  const world = testWorld('traffic', { 'eventbridge.delivery': 500, 'eventbridge.schedule-delay': 20_000 });
  const delivered: { at_ms: number; arn: string; event: unknown }[] = [];
  const deliver = (arn: string, event: unknown): void => {
    delivered.push({ at_ms: world.clock.now_ms() - START_MS, arn, event });
  };
  const bridge = createEventBridge({ ...world, deliver });
  const sns = createSns({ ...world, deliver });
  const operations = { ...bridge.service.operations, ...sns.service.operations };
  const invoke = async (action: string, input: object, region = 'us-west-2'): Promise<Record<string, unknown>> => {
    const operation = operations[action];
    if (operation === undefined) throw new Error(`no operation ${action}`);
    return { ...(await operation(input, fakeCall(world.clock, region))) };
  };
  const rule = async (given: object, Targets: object[] = [{ Id: 'one', Arn: LAMBDA }]) => {
    await invoke('PutRule', { Name: 'r', ...given });
    await invoke('PutTargets', { Rule: 'r', Targets });
  };
  return { ...world, bridge, sns, delivered, invoke, rule };
}

test('an event reaches the targets of the rules that match it, in its own region', async () => {
  const { clock, bridge, delivered, rule } = bridgeWorld();
  await rule({ EventPattern: '{"source":["aws.states"],"detail":{"status":["FAILED"]}}' });
  const emit = (region: string, status: string) =>
    bridge.emit(region, { source: 'aws.states', detailType: 'Change', detail: { status }, resources: ['arn:x'] });
  emit('us-west-2', 'FAILED');
  emit('us-west-2', 'SUCCEEDED');
  emit('us-east-1', 'FAILED');
  await advance(clock, 1_000);
  expect(delivered).toMatchObject([
    {
      at_ms: 500,
      arn: LAMBDA,
      event: {
        version: '0',
        source: 'aws.states',
        'detail-type': 'Change',
        account: '111122223333',
        time: '2026-11-20T23:14:00Z',
        region: 'us-west-2',
        resources: ['arn:x'],
        detail: { status: 'FAILED' },
      },
    },
  ]);
});

test('a disabled rule hands on nothing, an enabled one again', async () => {
  const { clock, bridge, delivered, rule, invoke } = bridgeWorld();
  await rule({ EventPattern: '{"source":["x"]}' }, [{ Id: 'one', Arn: LAMBDA, Input: '{"constant":true}' }]);
  await invoke('DisableRule', { Name: 'r' });
  bridge.emit('us-west-2', { source: 'x', detailType: 'd', detail: {} });
  await advance(clock, 1_000);
  expect(delivered).toEqual([]);
  await invoke('EnableRule', { Name: 'r' });
  bridge.emit('us-west-2', { source: 'x', detailType: 'd', detail: {} });
  await advance(clock, 1_000);
  expect(delivered).toMatchObject([{ event: { constant: true } }]);
});

test('a scheduled rule calls within its minute, and does not catch up on what its lost region missed', async () => {
  const { clock, delivered, rule, lost } = bridgeWorld();
  await rule({ ScheduleExpression: 'rate(1 minute)' });
  await advance(clock, 150_000);
  lost.add('us-west-2');
  await advance(clock, 600_000);
  lost.delete('us-west-2');
  await advance(clock, 60_000);
  expect(delivered.map(({ at_ms }) => at_ms)).toEqual([80_500, 140_500, 800_500]);
  // Due while the region is lost, back within the half second that a delivery takes: missed all the same.
  lost.add('us-west-2');
  await advance(clock, 50_100);
  lost.delete('us-west-2');
  await advance(clock, 1_000);
  expect(delivered).toHaveLength(3);
  expect(delivered[0]?.event).toMatchObject({ 'detail-type': 'Scheduled Event', time: '2026-11-20T23:15:00Z' });
});

test('PutEvents handles each entry separately', async () => {
  const { clock, delivered, rule, invoke } = bridgeWorld();
  await rule({ EventPattern: '{"source":["muster"]}' });
  const good = { Source: 'muster', DetailType: 'd', Detail: '{"a":1}' };
  const answer = await invoke('PutEvents', {
    Entries: [good, { ...good, Detail: '[1]' }, { ...good, Source: 'aws.ecs' }, { ...good, DetailType: undefined }],
  });
  expect(answer).toMatchObject({
    FailedEntryCount: 3,
    Entries: [
      { EventId: expect.any(String) },
      { ErrorCode: 'MalformedDetail' },
      { ErrorCode: 'NotAuthorizedForSourceException' },
      { ErrorCode: 'InvalidArgument' },
    ],
  });
  await advance(clock, 1_000);
  expect(delivered).toHaveLength(1);
});

test('rules and their targets are listed and described; what is not there or not simulated says so', async () => {
  const { rule, invoke } = bridgeWorld();
  await rule({ ScheduleExpression: 'rate(1 minute)', Description: 'every minute' });
  expect(await invoke('ListRules', { NamePrefix: 'r' })).toMatchObject({ Rules: [{ Name: 'r', State: 'ENABLED' }] });
  expect(await invoke('DescribeRule', { Name: 'r' })).toMatchObject({ Description: 'every minute' });
  expect(await invoke('ListTargetsByRule', { Rule: 'r' })).toEqual({ Targets: [{ Id: 'one', Arn: LAMBDA }] });
  expect(await refusal(() => invoke('DescribeRule', { Name: 'x' }))).toBe('ResourceNotFoundException');
  expect(await refusal(() => invoke('PutRule', { Name: 'x' }))).toBe('ValidationException');
  expect(await refusal(() => invoke('PutRule', { Name: 'x', ScheduleExpression: 'rate(1 minutes)' }))).toBe(
    'ValidationException',
  );
  expect(await refusal(() => invoke('DeleteRule', { Name: 'r' }))).toBe('ValidationException');
  const queue = { Rule: 'r', Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-west-2:111122223333:q' }] };
  expect(await refusal(() => invoke('PutTargets', queue))).toBe('NotImplemented');
});

test('a published message can be inspected and reaches a subscribed function', async () => {
  const { clock, sns, delivered, invoke } = bridgeWorld();
  const TopicArn = sns.seedTopic('us-west-2', 'alarms');
  await invoke('Subscribe', { TopicArn, Protocol: 'lambda', Endpoint: LAMBDA });
  expect(await invoke('Subscribe', { TopicArn, Protocol: 'email', Endpoint: 'a@example.com' })).toEqual({
    SubscriptionArn: 'pending confirmation',
  });
  await invoke('Publish', { TopicArn, Subject: 'hello', Message: 'world' });
  await advance(clock, 1_000);
  expect(sns.published()).toMatchObject([{ topicArn: TopicArn, subject: 'hello', message: 'world', at_ms: START_MS }]);
  expect(delivered).toMatchObject([{ arn: LAMBDA, event: { Records: [{ Sns: { Message: 'world' } }] } }]);
  expect(await invoke('GetTopicAttributes', { TopicArn })).toMatchObject({
    Attributes: { SubscriptionsConfirmed: '1', SubscriptionsPending: '1' },
  });
  expect(await invoke('ListSubscriptionsByTopic', { TopicArn })).toMatchObject({
    Subscriptions: [{ Protocol: 'lambda' }, { SubscriptionArn: 'PendingConfirmation' }],
  });
});

test('a topic answers in its region only, and messages have their limits', async () => {
  const { sns, invoke } = bridgeWorld();
  const TopicArn = sns.seedTopic('us-west-2', 'alarms');
  const publish = (extra: object, region?: string) =>
    refusal(() => invoke('Publish', { TopicArn, Message: 'x', ...extra }, region));
  expect(await publish({}, 'us-east-1')).toBe('InvalidParameterException');
  expect(await publish({ TopicArn: `${TopicArn}-2` })).toBe('NotFoundException');
  expect(await publish({ Message: 'x'.repeat(262_145) })).toBe('InvalidParameterException');
  expect(await publish({ Subject: 'two\nlines' })).toBe('InvalidParameterException');
  expect(await publish({ Message: 'x'.repeat(262_144) })).toBe('accepted');
  expect(await invoke('ListTopics', {}, 'us-east-1')).toEqual({ Topics: [] });
});
