import { expect, test } from 'vitest';
import { nextTime, parseSchedule } from '../../../simulator/aws/services/scheduler/expressions.ts';
import { createScheduler } from '../../../simulator/aws/services/scheduler/scheduler.ts';
import { advance, fakeCall, refusal, START_MS, testWorld } from './helpers.ts';

const at = (text: string) => Date.parse(`${text}Z`);

test.each([
  ['cron(0 8 ? * MON-FRI *)', '2026-11-20T23:14:00', '2026-11-23T08:00:00'],
  ['cron(0/15 * * * ? *)', '2026-11-20T23:14:00', '2026-11-20T23:15:00'],
  ['cron(30 6 1 JAN ? *)', '2026-11-20T23:14:00', '2027-01-01T06:30:00'],
  ['cron(0 0 29 2 ? *)', '2026-11-20T23:14:00', '2028-02-29T00:00:00'],
  ['cron(10,20 23 ? * 6 2026)', '2026-11-20T23:14:00', '2026-11-20T23:20:00'],
  ['at(2026-11-20T23:30:00)', '2026-11-20T23:14:00', '2026-11-20T23:30:00'],
  ['rate(5 minutes)', '2026-11-20T23:14:00', '2026-11-20T23:19:00'],
])('%s after %s comes at %s', (expression, after, expected) => {
  const schedule = parseSchedule(expression);
  if (schedule === undefined) throw new Error('not parsed');
  expect(nextTime(schedule, START_MS, at(after))).toBe(at(expected));
});

test.each([
  'rate(1 minutes)',
  'rate(5 minute)',
  'rate(0 minutes)',
  'cron(0 8 * * * *)',
  'cron(0 8 ? * ? *)',
  'cron(60 8 * * ? *)',
  'cron(0 8 L * ? *)',
  'cron(0 8 * * ?)',
  'at(2026-11-20 23:30)',
  'at(2026-13-20T23:30:00)',
  'every day',
])('%s is not an expression', (expression) => {
  expect(parseSchedule(expression)).toBeUndefined();
});

test('a time in the past does not come again', () => {
  const once = parseSchedule('at(2026-11-20T23:14:00)');
  const lastYear = parseSchedule('cron(0 8 * * ? 2025)');
  if (once === undefined || lastYear === undefined) throw new Error('not parsed');
  expect([nextTime(once, START_MS, START_MS), nextTime(lastYear, START_MS, START_MS)]).toEqual([undefined, undefined]);
});

const LAMBDA = 'arn:aws:lambda:us-west-2:111122223333:function:muster-remind';

function schedulerWorld() {
  const world = testWorld('traffic', { 'scheduler.delay': 7_000 });
  const delivered: { at_ms: number; arn: string; event: unknown }[] = [];
  const scheduler = createScheduler({
    ...world,
    deliver: (arn, event) => {
      delivered.push({ at_ms: world.clock.now_ms(), arn, event });
    },
  });
  const invoke = async (action: string, input: object): Promise<Record<string, unknown>> => {
    const operation = scheduler.service.operations[action];
    if (operation === undefined) throw new Error(`no operation ${action}`);
    return { ...(await operation(input, fakeCall(world.clock, 'us-west-2'))) };
  };
  const create = (ScheduleExpression: string, extra: object = {}) =>
    invoke('CreateSchedule', {
      Name: 'undo-prewarm',
      ScheduleExpression,
      Target: { Arn: LAMBDA, RoleArn: 'arn:aws:iam::111122223333:role/r', Input: '{"n":1}' },
      FlexibleTimeWindow: { Mode: 'OFF' },
      ...extra,
    });
  return { ...world, scheduler, delivered, invoke, create };
}

test('a one-time schedule calls once, within its minute, and goes away when it was asked to', async () => {
  const { clock, create, delivered, scheduler } = schedulerWorld();
  await create('at(2026-11-20T23:20:00)', { ActionAfterCompletion: 'DELETE' });
  await advance(clock, 366_999);
  expect([delivered, scheduler.names('us-west-2')]).toEqual([[], ['undo-prewarm']]);
  await advance(clock, 3_600_000);
  expect(delivered).toEqual([{ at_ms: START_MS + 367_000, arn: LAMBDA, event: { n: 1 } }]);
  expect(scheduler.names('us-west-2')).toEqual([]);
});

test('a recurring schedule calls until it is disabled', async () => {
  const { clock, create, delivered, invoke } = schedulerWorld();
  await create('rate(1 minute)');
  await advance(clock, 190_000);
  expect(delivered.map(({ at_ms }) => at_ms - START_MS)).toEqual([67_000, 127_000, 187_000]);
  const { Arn: _arn, ...definition } = await invoke('GetSchedule', { Name: 'undo-prewarm' });
  await invoke('UpdateSchedule', { ...definition, State: 'DISABLED' });
  await advance(clock, 600_000);
  expect(delivered).toHaveLength(3);
  expect(await invoke('ListSchedules', { State: 'DISABLED' })).toMatchObject({ Schedules: [{ Name: 'undo-prewarm' }] });
});

test('a schedule due while its region is lost calls once the region is back', async () => {
  const { clock, create, delivered, lost } = schedulerWorld();
  await create('at(2026-11-20T23:20:00)');
  lost.add('us-west-2');
  await advance(clock, 3_600_000);
  expect(delivered).toEqual([]);
  lost.delete('us-west-2');
  await advance(clock, 60_000);
  expect(delivered).toHaveLength(1);
});

test('a deleted schedule does not call', async () => {
  const { clock, create, delivered, invoke } = schedulerWorld();
  await create('at(2026-11-20T23:20:00)');
  await invoke('DeleteSchedule', { Name: 'undo-prewarm' });
  await advance(clock, 3_600_000);
  expect(delivered).toEqual([]);
  expect(await refusal(() => invoke('GetSchedule', { Name: 'undo-prewarm' }))).toBe('ResourceNotFoundException');
});

test('what Scheduler would refuse is refused by its code', async () => {
  const { create } = schedulerWorld();
  expect(await refusal(() => create('rate(1 minutes)'))).toBe('ValidationException');
  expect(await refusal(() => create('rate(1 minute)', { ScheduleExpressionTimezone: 'Europe/Paris' }))).toBe(
    'NotImplemented',
  );
  expect(await refusal(() => create('rate(1 minute)', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }))).toBe(
    'NotImplemented',
  );
  expect(await refusal(() => create('rate(1 minute)', { ClientToken: 'a' }))).toBe('accepted');
  expect(await refusal(() => create('rate(1 minute)', { ClientToken: 'a' }))).toBe('accepted');
  expect(await refusal(() => create('rate(1 minute)', { ClientToken: 'b' }))).toBe('ConflictException');
});
