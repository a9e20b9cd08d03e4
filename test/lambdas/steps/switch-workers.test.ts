import { describe, expect, test } from 'vitest';
import type { WorkerConfig } from '../../../core/config/schema.ts';
import { known, unknown } from '../../../core/topology.ts';
import { rewritten, seen } from '../../../lambdas/adapters/workers.ts';
import {
  decideWorkers,
  type HomeSeen,
  homePatience_ms,
  switchWorkers,
  type WorkerSeen,
} from '../../../lambdas/steps/switch-workers.ts';
import { planned, shop } from '../../core/fixture.ts';
import { changesOf, contextOf, remembered, says, silent, throttled } from './fixture.ts';

const rule: WorkerConfig = {
  kind: 'eventbridge-rule',
  name: 'nightly',
  home: { name: 'nightly-use1', bus: 'default' },
  standby: { name: 'nightly-usw2', bus: 'default' },
};
const queue: WorkerConfig = {
  kind: 'event-source-mapping',
  name: 'orders',
  home: { uuid: '0d2f6a3e-6f0e-4d0b-9f57-0a1b2c3d4e5f' },
  standby: { uuid: '1d2f6a3e-6f0e-4d0b-9f57-0a1b2c3d4e5f' },
};
const home = (raw: string): HomeSeen => ({ kind: 'seen', value: seen(raw) });
const one = (standby: string, of: HomeSeen, worker: WorkerConfig = rule): WorkerSeen => ({
  worker,
  standby: known(seen(standby)),
  home: of,
});
const at = (seconds: number, events = {}) => contextOf('switch-workers', seconds, events);
const ENABLE = 'enable eventbridge-rule nightly (default/nightly-usw2) in us-west-2';
const DISABLE = 'disable eventbridge-rule nightly (default/nightly-use1) in us-east-1';

describe('a state', () => {
  test.each([
    ['ENABLED', 'enabled'],
    ['ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS', 'enabled'],
    ['DISABLED', 'disabled'],
    ['Enabled', 'enabled'],
    ['Disabled', 'disabled'],
    ['Enabling', 'changing'],
    ['Disabling', 'changing'],
    ['Updating', 'changing'],
    [undefined, 'changing'],
  ])('%s is %s', (raw, state) => expect(seen(raw).state).toBe(state));
});

test('an application without workers needs nothing', () => {
  expect(switchWorkers.definition.describe(planned().plan, { ...shop(), workers: [] })).toEqual({
    applies: false,
    why: 'the application has no workers',
  });
});

describe('home answers', () => {
  const first = decideWorkers([one('DISABLED', home('ENABLED'))], at(100));
  test("home's is disabled before the standby's is enabled", () => {
    expect(says(first)).toEqual([DISABLE]);
    const events = remembered('switch-workers', first, 100);
    const second = decideWorkers([one('DISABLED', home('DISABLED'))], at(101, { events }));
    expect(says(second)).toEqual([ENABLE]);
    expect(changesOf(second)[0]?.change).toEqual({
      resource: 'eventbridge-rule nightly',
      region: 'us-west-2',
      before: 'DISABLED',
      after: 'enabled',
    });
  });
  test('a home whose worker stays enabled holds nothing up: both are set the next time', () => {
    const events = remembered('switch-workers', first, 100);
    expect(says(decideWorkers([one('DISABLED', home('ENABLED'))], at(101, { events })))).toEqual([ENABLE, DISABLE]);
  });
  test('after its bound home is not changed any more', () => {
    const events = remembered('switch-workers', first, 100);
    expect(says(decideWorkers([one('DISABLED', home('ENABLED'))], at(103, { events })))).toEqual([ENABLE]);
    expect(says(decideWorkers([one('DISABLED', home('ENABLED'))], at(103)))).toEqual([ENABLE]);
  });
  test("it is done when the standby's is enabled and home's is not", () => {
    const events = remembered('switch-workers', first, 100);
    const decision = decideWorkers([one('ENABLED', home('DISABLED'))], at(102, { events }));
    expect(decision).toMatchObject({ do: 'done', outcome: 'done', data: { stranded: [] } });
  });
  test('what was so before it came is adopted', () => {
    expect(decideWorkers([one('ENABLED', home('DISABLED'))], at(100))).toMatchObject({ outcome: 'adopted' });
  });
  test('a worker of home that is being disabled counts as off, and one in another transition does not', () => {
    const decided = (raw: string) => decideWorkers([one('Enabled', home(raw), queue)], at(100));
    expect(decided('Disabling')).toMatchObject({ outcome: 'adopted' });
    expect(decided('Updating')).toMatchObject({ outcome: 'unconfirmed' });
  });
});

describe('a schedule that has another role than muster.yaml says', () => {
  const WHY = 'the schedule default/hourly has the role a, and muster.yaml says b';
  const hourly: WorkerConfig = {
    kind: 'schedule',
    name: 'hourly',
    home: { name: 'hourly', group: 'default', roleName: 'b' },
    standby: { name: 'hourly', group: 'default', roleName: 'b' },
  };
  const barred = (raw: string) => ({ ...seen(raw), barred: WHY });
  const inStandby: WorkerSeen = { worker: hourly, standby: known(barred('DISABLED')), home: home('DISABLED') };

  test('is not changed, and keeps no users waiting: it is named once every other worker was set', () => {
    const both = [inStandby, one('DISABLED', home('DISABLED'))];
    expect(says(decideWorkers(both, at(100)))).toEqual([ENABLE]);
    const later = [inStandby, one('ENABLED', home('DISABLED'))];
    expect(decideWorkers(later, at(101))).toMatchObject({
      do: 'done',
      outcome: 'unconfirmed',
      detail: `nightly enabled in us-west-2; NOT WORKING in us-west-2: hourly (${WHY})`,
      data: { stranded: [], idle: [{ worker: 'hourly', why: WHY }] },
    });
  });
  test('holds nothing up once it is enabled, whoever enabled it', () => {
    const works: WorkerSeen = { ...inStandby, standby: known(barred('ENABLED')) };
    expect(decideWorkers([works], at(101))).toMatchObject({ do: 'done', outcome: 'adopted' });
  });
  test('is named with the reason when it stays at work at home', () => {
    const atHome: HomeSeen = { kind: 'seen', value: barred('ENABLED') };
    const stays: WorkerSeen = { worker: hourly, standby: known(seen('ENABLED')), home: atHome };
    expect(decideWorkers([stays], at(101))).toMatchObject({
      outcome: 'unconfirmed',
      data: { stranded: [{ worker: 'hourly', why: `ENABLED: ${WHY}` }] },
    });
  });
});

describe('home does not answer', () => {
  const lost: HomeSeen = { kind: 'failed', failure: silent };
  test("the standby's is enabled at once, and nothing is asked of home", () => {
    expect(says(decideWorkers([one('DISABLED', lost)], at(100)))).toEqual([ENABLE]);
  });
  test.each([
    ['silent', lost, 'home was not reached'],
    ['not asked any more', { kind: 'not-asked' } as const, 'home was not reached'],
    ['throttled', { kind: 'failed', failure: throttled } as const, 'ThrottlingException: Rate exceeded'],
    ['still at work', home('ENABLED'), 'ENABLED'],
  ])('what stays behind is named when home is %s', (_, of, why) => {
    const decision = decideWorkers([one('ENABLED', of), one('ENABLED', home('DISABLED'), queue)], at(104));
    expect(decision).toMatchObject({
      do: 'done',
      outcome: 'unconfirmed',
      data: { stranded: [{ worker: 'nightly', why }] },
      detail: expect.stringContaining(`not known to be disabled in us-east-1: nightly (${why})`),
    });
  });
  test('home has three seconds in all, and a short look more only after it was changed', () => {
    expect(homePatience_ms(at(100))).toBe(3_000);
    expect(homePatience_ms(at(102))).toBe(1_000);
    expect(homePatience_ms(at(104))).toBe(0);
    const events = remembered('switch-workers', decideWorkers([one('DISABLED', home('ENABLED'))], at(100)), 100);
    expect(homePatience_ms(at(104, { events }))).toBe(1_000);
    const there = remembered('switch-workers', decideWorkers([one('DISABLED', lost)], at(100)), 100);
    expect(homePatience_ms(at(104, { events: there }))).toBe(0);
  });
});

describe("the standby's", () => {
  const gone: HomeSeen = { kind: 'not-asked' };
  test('is waited for while AWS is enabling it, and not set a second time', () => {
    expect(decideWorkers([one('Enabling', gone, queue)], at(110))).toEqual({
      do: 'wait',
      why: 'orders in us-west-2 is Enabling',
    });
  });
  test('that cannot be seen is waited for, while another is enabled', () => {
    const unseen: WorkerSeen = { worker: queue, standby: unknown('silent'), home: gone };
    expect(says(decideWorkers([one('DISABLED', gone), unseen], at(110)))).toEqual([ENABLE]);
    expect(decideWorkers([one('ENABLED', gone), unseen], at(110))).toMatchObject({ do: 'wait' });
  });
});

describe('a schedule is written back whole', () => {
  const now_ms = Date.parse('2026-11-20T23:14:00.000Z');
  const found = {
    Arn: 'arn:aws:scheduler:us-west-2:111122223333:schedule/dr/hourly',
    CreationDate: new Date(0),
    LastModificationDate: new Date(0),
    $metadata: {},
    Name: 'hourly',
    GroupName: 'dr',
    Description: 'what it is for',
    ScheduleExpression: 'rate(1 hour)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
    FlexibleTimeWindow: { Mode: 'FLEXIBLE' as const, MaximumWindowInMinutes: 5 },
    KmsKeyArn: 'arn:aws:kms:us-west-2:111122223333:key/k',
    ActionAfterCompletion: 'NONE' as const,
    EndDate: new Date('2027-01-01T00:00:00.000Z'),
    State: 'DISABLED' as const,
    Target: { Arn: 'a', RoleArn: 'r', Input: '{"x":1}', RetryPolicy: { MaximumRetryAttempts: 3 } },
  };
  const { Arn: _a, CreationDate: _c, LastModificationDate: _l, $metadata: _m, ...definition } = found;
  test('with its state changed and nothing lost', () => {
    expect(rewritten(found, true, now_ms)).toEqual({ ...definition, State: 'ENABLED' });
    expect(rewritten(found, false, now_ms)).toEqual({ ...definition, State: 'DISABLED' });
  });
  test('with a start to come, and without one that has passed', () => {
    const StartDate = new Date(now_ms + 1);
    expect(rewritten({ ...found, StartDate }, true, now_ms).StartDate).toEqual(StartDate);
    expect(rewritten({ ...found, StartDate: new Date(now_ms) }, true, now_ms)).not.toHaveProperty('StartDate');
  });
  test('or not at all when the answer is not whole', () => {
    const { Target: _t, ...less } = found;
    expect(() => rewritten(less, true, now_ms)).toThrow(/without the definition of hourly/);
  });
});
