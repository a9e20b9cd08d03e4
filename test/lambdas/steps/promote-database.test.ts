import { describe, expect, test } from 'vitest';
import type { NewEvent } from '../../../core/ledger.ts';
import { known, unknown } from '../../../core/topology.ts';
import { decidePromotion, promoteDatabase } from '../../../lambdas/steps/promote-database.ts';
import {
  config,
  database,
  HOME,
  later,
  members,
  planned,
  STANDBY,
  STANDBY_CLUSTER,
  shop,
  timed,
} from '../../core/fixture.ts';
import { changesOf, contextOf, ended, remembered, says } from './fixture.ts';

const lost = planned('lost');
const healthy = planned('healthy');
type Events = NonNullable<Parameters<typeof contextOf>[2]>['events'];
const at = (seconds: number, events: Events = [], from = lost) =>
  contextOf('promote-database', seconds, { events, from });
const cluster = (status: string) => known({ arn: STANDBY_CLUSTER, status, engineVersion: '16.4', instances: 1 });
const before = known(database());
const moved = known(database({ members: members('standby') }));
const FAILOVER = `failover of shop to ${STANDBY_CLUSTER}`;
const SWITCHOVER = `switchover of shop to ${STANDBY_CLUSTER}`;

test('an application without a database needs nothing', () => {
  const app = shop(
    config((raw) => {
      raw.applications.shop['database'] = { kind: 'none' };
    }),
  );
  const none = planned('lost', { app, topology: { database: undefined } });
  expect(promoteDatabase.definition.describe(none.plan, app)).toEqual({
    applies: false,
    why: 'the application has no database',
  });
});

describe('a failover', () => {
  const first = decidePromotion(before, at(100));
  const events = remembered('promote-database', first, 100);
  test('is called at once, asked of the standby, and is the point of no return', () => {
    expect(changesOf(first)).toMatchObject([
      { says: FAILOVER, noReturn: true, change: { region: STANDBY, before: { loss_s: 10.2 } } },
    ]);
  });
  test('is not called a second time while the first may not show yet', () => {
    expect(decidePromotion(before, at(101, events)).do).toBe('wait');
    expect(decidePromotion(before, at(129, events)).do).toBe('wait');
    expect(says(decidePromotion(before, at(130, events)))).toEqual([FAILOVER]);
  });
  test('that was called late is not called twice either', () => {
    const late = remembered('promote-database', first, 400);
    expect(decidePromotion(before, at(401, late)).do).toBe('wait');
  });
  test.each(['failing-over', 'switching-over'])('is waited for while the global cluster is %s', (status) => {
    expect(decidePromotion(known(database({ status })), at(160, events)).do).toBe('wait');
  });
  test.each([
    ['the writer is still the old one', database()],
    ['the global cluster is not available', database({ members: members('standby'), status: 'modifying' })],
    ['the target still promotes', database({ members: members('standby'), standbyCluster: cluster('promoting') })],
    ['the target cannot be seen', database({ members: members('standby'), standbyCluster: unknown('silent') })],
  ])('is not done while %s', (_, seen) => {
    expect(decidePromotion(known(seen), at(101, events)).do).not.toBe('done');
  });
  test('is done when all three agree, and its loss is what was measured before the call', () => {
    expect(decidePromotion(moved, at(200, events))).toMatchObject({
      do: 'done',
      outcome: 'done',
      detail: 'the writer is in us-west-2, by failover',
      data: { rpo_s: 10.2, how: expect.stringMatching(/upper bound/) },
    });
  });
  test('of an unmeasured lag has an unknown loss, never zero', () => {
    const blind = decidePromotion(known(database({ lag: unknown('silent') })), at(100));
    const done = decidePromotion(moved, at(200, remembered('promote-database', blind, 100)));
    expect(done).toMatchObject({ data: { rpo_s: null } });
  });
  test('that somebody else made is adopted, and its loss is not claimed', () => {
    expect(decidePromotion(moved, at(100))).toMatchObject({ outcome: 'adopted', data: { rpo_s: null } });
  });
  test('waits while the database cannot be seen', () => {
    expect(decidePromotion(unknown('silent'), at(100))).toMatchObject({ do: 'wait', why: 'silent' });
  });
});

test('a plan that adopts calls nothing: it waits, and asks people when nothing moves', () => {
  const adopting = planned('lost', { topology: { database: known(database({ status: 'failing-over' })) } });
  expect(decidePromotion(known(database({ status: 'failing-over' })), at(100, [], adopting)).do).toBe('wait');
  expect(decidePromotion(before, at(100, [], adopting)).do).toBe('pause');
  expect(decidePromotion(moved, at(100, [], adopting))).toMatchObject({ outcome: 'adopted' });
});

test('a detachment is done when the standby is a cluster of its own', () => {
  const detaching = planned('lost', { topology: { database: known(database({ homeVersion: known('16.3') })) } });
  const first = decidePromotion(before, at(100, [], detaching));
  expect(says(first)).toEqual([`detach of shop to ${STANDBY_CLUSTER}`]);
  const events = remembered('promote-database', first, 100);
  const alone = known(database({ members: members('home').slice(0, 1) }));
  expect(decidePromotion(alone, at(160, events, detaching))).toMatchObject({
    outcome: 'done',
    detail: expect.stringContaining('by detach'),
    data: { how: expect.stringContaining('when the cluster was detached') },
  });
  expect(decidePromotion(before, at(110, events, detaching)).do).toBe('wait');
});

describe('a switchover', () => {
  const scaled = ended('scale-out', 700);
  const first = decidePromotion(before, at(705, [scaled], healthy));
  const called = [scaled, ...remembered('promote-database', first, 705)];
  const switching = known(database({ status: 'switching-over' }));

  test('waits until the standby can carry the load: nothing is down before it', () => {
    expect(decidePromotion(before, at(100, [], healthy))).toMatchObject({ do: 'wait' });
    expect(changesOf(first)).toMatchObject([{ says: SWITCHOVER, change: { region: HOME, before: { loss_s: 0 } } }]);
  });
  test('is not called twice though it began long after its step did', () => {
    expect(decidePromotion(before, at(706, called, healthy)).do).toBe('wait');
  });
  test('is not stuck for the time that scaling out took', () => {
    expect(decidePromotion(switching, at(720, called, healthy)).do).toBe('wait');
    expect(decidePromotion(switching, at(1304, called, healthy)).do).toBe('wait');
  });
  test('that hangs for ten minutes asks about the declared fallback', () => {
    expect(decidePromotion(switching, at(1305, called, healthy))).toMatchObject({
      do: 'ask',
      plan: { forced: true, maxLoss_s: null, database: { method: 'failover', fallback: null, callRegion: STANDBY } },
    });
  });

  const asks = decidePromotion(switching, at(1305, called, healthy));
  if (asks.do !== 'ask') throw new Error('the fallback was not asked about');
  const asked: NewEvent = {
    type: 'approval-asked',
    by: 'step:promote-database',
    data: { round: 2, planHash: 'h2', deadline: later(2205), why: asks.why, plan: asks.plan, facts: asks.facts },
  };
  const decided = (decision: 'approved' | 'declined'): NewEvent => ({
    type: 'approval-decided',
    by: 'muster',
    data: { round: 2, decision, by: ['bo', 'chen'] },
  });
  const asking = [...called, timed(asked, 1305)];

  test('goes on hanging while people are asked, and nothing is called meanwhile', () => {
    expect(decidePromotion(switching, at(1400, asking, healthy)).do).toBe('wait');
    expect(decidePromotion(before, at(1400, asking, healthy)).do).toBe('wait');
  });
  test('that comes right while people are asked is done', () => {
    expect(decidePromotion(moved, at(1400, asking, healthy))).toMatchObject({ do: 'done', data: { rpo_s: 0 } });
  });
  test('is overtaken by the failover that people approved, once', () => {
    const approved = [...asking, timed(decided('approved'), 1410)];
    const next = decidePromotion(switching, at(1411, approved, healthy));
    expect(says(next)).toEqual([FAILOVER]);
    const forced = [...approved, ...remembered('promote-database', next, 1411)];
    expect(decidePromotion(switching, at(1412, forced, healthy)).do).toBe('wait');
  });
  test('whose fallback people declined has its time again before they are asked again', () => {
    const declined = [...asking, timed(decided('declined'), 1410)];
    expect(decidePromotion(switching, at(1411, declined, healthy)).do).toBe('wait');
    expect(decidePromotion(switching, at(2010, declined, healthy)).do).toBe('ask');
  });
});
