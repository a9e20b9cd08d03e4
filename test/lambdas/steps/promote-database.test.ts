import { describe, expect, test } from 'vitest';
import type { Movement } from '../../../core/database-state.ts';
import type { NewEvent } from '../../../core/ledger.ts';
import { known, unknown } from '../../../core/topology.ts';
import {
  databaseNews,
  decidePromotion,
  promoteDatabase,
  refusedPromotion,
} from '../../../lambdas/steps/promote-database.ts';
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
const instances = (status: string) => [{ id: 'shop-usw2-1', status }];
const cluster = (status: string, of = 'available') =>
  known({ arn: STANDBY_CLUSTER, status, engineVersion: '16.4', instances: instances(of), memberOf: 'shop' });
/** What the step wrote down of a look. */
const observed = (writer: string, movement: Movement, seconds: number) =>
  timed(
    {
      type: 'database-observed',
      by: 'step:promote-database',
      data: { step: 'promote-database', writer, movement, says: '' },
    },
    seconds,
  );
const accepted = (action: string, seconds: number, before?: unknown) =>
  timed(
    {
      type: 'step-accepted',
      by: 'step:promote-database',
      data: { step: 'promote-database', action, ...(before === undefined ? {} : { before }) },
    },
    seconds,
  );
const resumed = (seconds: number) =>
  timed({ type: 'step-resumed', by: 'bo', data: { step: 'promote-database', choice: 'retry', by: 'bo' } }, seconds);
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
      { says: FAILOVER, noReturn: true, change: { region: STANDBY, before: { copiedUntil: later(89.8) } } },
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
    ['the target cannot be seen', database({ members: members('standby'), standbyCluster: unknown('silent') })],
    [
      'no instance of the target serves',
      database({ members: members('standby'), standbyCluster: cluster('available', 'rebooting') }),
    ],
  ])('is not done while %s', (_, seen) => {
    expect(decidePromotion(known(seen), at(101, events)).do).not.toBe('done');
  });
  test.each([
    ['the global cluster is at something else', { status: 'modifying' }],
    ['the target still promotes', { standbyCluster: cluster('promoting') }],
    ['the target is in a status that nobody listed', { standbyCluster: cluster('polishing', 'polishing-too') }],
    ['AWS still shows the move', { failover: { status: 'failing-over', toArn: STANDBY_CLUSTER } }],
  ])('is done when the target is the writer, though %s', (_, more) => {
    const seen = known(database({ members: members('standby'), ...more }));
    expect(decidePromotion(seen, at(200, events)).do).toBe('done');
  });
  test.each(['available', 'rebooting'])('is never called again once the target is the writer (instances: %s)', (of) => {
    const seen = known(database({ members: members('standby'), standbyCluster: cluster('available', of) }));
    for (const seconds of [101, 200, 900, 4_000]) {
      expect(changesOf(decidePromotion(seen, at(seconds, events)))).toEqual([]);
    }
  });
  test('whose target never shows an instance that serves is left to the verification in the end', () => {
    const seen = known(database({ members: members('standby'), standbyCluster: cluster('available', 'rebooting') }));
    const there = observed(STANDBY, 'settled', 150);
    expect(decidePromotion(seen, at(700, [...events, there])).do).toBe('wait');
    expect(decidePromotion(seen, at(760, [...events, there]))).toMatchObject({ do: 'done', outcome: 'unconfirmed' });
  });
  test('is done when the target is the writer, and its loss is what was measured before the call', () => {
    expect(decidePromotion(moved, at(200, events))).toMatchObject({
      do: 'done',
      outcome: 'done',
      detail: 'the writer is in us-west-2, by failover',
      data: { by: 'failover', copiedUntil: later(89.8) },
    });
  });
  test('of an unmeasured lag has an unknown loss, never zero', () => {
    const blind = planned('lost', { topology: { database: known(database({ lag: unknown('silent') })) } });
    const call = decidePromotion(known(database({ lag: unknown('silent') })), at(100, [], blind));
    const done = decidePromotion(moved, at(200, remembered('promote-database', call, 100), blind));
    expect(done).toMatchObject({ data: { by: 'failover', copiedUntil: null } });
  });
  test('of a lag that is no longer measured counts with what the plan saw', () => {
    const call = decidePromotion(known(database({ lag: unknown('silent') })), at(100));
    const done = decidePromotion(moved, at(200, remembered('promote-database', call, 100)));
    expect(done).toMatchObject({ data: { copiedUntil: later(-10.2) } });
  });
  test('that somebody else made is adopted, and its loss is not claimed', () => {
    expect(decidePromotion(moved, at(100))).toMatchObject({
      outcome: 'adopted',
      data: { by: null, copiedUntil: null },
    });
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
    data: { by: 'detach', copiedUntil: later(89.8), standalone: true },
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
    expect(changesOf(first)).toMatchObject([{ says: SWITCHOVER, change: { region: HOME } }]);
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
      plan: {
        forced: true,
        maxLoss_s: null,
        database: { method: 'failover', fallback: 'detach', callRegion: STANDBY },
      },
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
    expect(decidePromotion(moved, at(1400, asking, healthy))).toMatchObject({ do: 'done', data: { by: 'switchover' } });
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

describe('a failover that AWS took', () => {
  const first = decidePromotion(before, at(100));
  const events = [...remembered('promote-database', first, 100), accepted(FAILOVER, 101, { copiedUntil: later(90) })];
  const moving = known(database({ status: 'available', failover: { status: 'pending', toArn: STANDBY_CLUSTER } }));
  const cancelling = known(database({ failover: { status: 'cancelling' } }));

  test('is under way while it is pending, though the status says available', () => {
    expect(decidePromotion(moving, at(130, events)).do).toBe('wait');
    expect(decidePromotion(moving, at(600, events)).do).toBe('wait');
  });
  test('and that shows nothing is never called a second time by itself', () => {
    expect(decidePromotion(before, at(140, events)).do).toBe('wait');
    expect(decidePromotion(before, at(165, events))).toMatchObject({ do: 'pause', cancelled: FAILOVER });
  });
  test('and gave up is said, and people decide whether it is called again', () => {
    const until = [...events, observed(HOME, 'moving', 105), observed(HOME, 'cancelling', 130)];
    expect(decidePromotion(cancelling, at(140, until)).do).toBe('wait');
    const back = [...until, observed(HOME, 'settled', 150)];
    expect(decidePromotion(before, at(151, back)).do).toBe('wait');
    const said = decidePromotion(before, at(156, back));
    expect(said).toMatchObject({
      do: 'pause',
      cancelled: FAILOVER,
      why: expect.stringMatching(/gave up the failover: .*writer in us-east-1.*Retry calls the failover again.*Abort/),
    });
  });
  test('and gave up is a failover that can be aborted again, and that is called again only after a Retry', () => {
    const given: NewEvent = {
      type: 'step-cancelled',
      by: 'step:promote-database',
      data: { step: 'promote-database', action: FAILOVER, why: 'AWS gave it up' },
    };
    const called = timed(
      {
        type: 'step-acting',
        by: 'step:promote-database',
        data: { step: 'promote-database', action: FAILOVER, noReturn: true },
      },
      100,
    );
    const open = [called, accepted(FAILOVER, 101), timed(given, 160)];
    expect(at(160, [called]).operation.noReturn).toMatchObject({ how: 'called', action: FAILOVER });
    expect(at(160, open).operation.noReturn).toBeUndefined();
    expect(decidePromotion(before, at(161, open)).do).toBe('pause');
    expect(says(decidePromotion(before, at(200, [...open, resumed(190)])))).toEqual([FAILOVER]);
  });
  test('and that hangs for ten minutes asks about the detach, with what AWS says', () => {
    const hanging = known(database({ status: 'failing-over', failover: { status: 'failing-over' } }));
    expect(decidePromotion(hanging, at(700, events)).do).toBe('wait');
    expect(decidePromotion(hanging, at(701, events))).toMatchObject({
      do: 'ask',
      why: expect.stringMatching(
        /stuck for 10 minutes \(global cluster failing-over.*database endpoint.*keeps waiting/,
      ),
      plan: { forced: true, database: { method: 'detach', fallback: null, callRegion: STANDBY } },
    });
  });
  test('and that hangs on when people were asked often enough asks whether to wait', () => {
    const hanging = known(database({ status: 'failing-over' }));
    const ask = decidePromotion(hanging, at(701, events));
    if (ask.do !== 'ask') throw new Error('nobody was asked');
    const round = (number: number, seconds: number) => [
      timed(
        {
          type: 'approval-asked',
          by: 'step:promote-database',
          data: {
            round: number,
            planHash: 'h',
            deadline: later(seconds + 900),
            why: '',
            plan: ask.plan,
            facts: ask.facts,
          },
        },
        seconds,
      ),
      timed(
        { type: 'approval-decided', by: 'muster', data: { round: number, decision: 'declined', by: ['bo'] } },
        seconds + 10,
      ),
    ];
    const asked = [...events, ...round(2, 701), ...round(3, 1_400)];
    expect(decidePromotion(hanging, at(1_600, asked)).do).toBe('wait');
    expect(decidePromotion(hanging, at(2_011, asked))).toMatchObject({
      do: 'pause',
      why: expect.stringMatching(/not ended after 10 minutes.*Retry waits 10 minutes more.*by hand/),
    });
    expect(decidePromotion(hanging, at(2_100, [...asked, resumed(2_050)])).do).toBe('wait');
  });
  test('has the loss of the try that AWS took, not of the first one', () => {
    expect(decidePromotion(moved, at(200, events))).toMatchObject({ data: { copiedUntil: later(90) } });
  });
});

describe('AWS says no', () => {
  const refused = (code: string) => ({ kind: 'refused', code, text: `${code}: no` }) as const;
  const first = decidePromotion(before, at(100));
  const tried = remembered('promote-database', first, 100);
  const [change] = changesOf(first);
  const action = change?.action ?? { plan: {} as never };
  const answer = (code: string, seconds: number, events: Events = tried, from = lost) =>
    refusedPromotion(action, refused(code), at(seconds, events, from));

  test.each(['InvalidGlobalClusterStateFault', 'InvalidDBClusterStateFault'])(
    '%s is tried again for minutes',
    (code) => {
      expect(answer(code, 101, [])?.do).toBe('retry');
      expect(answer(code, 279)?.do).toBe('retry');
      expect(answer(code, 281)).toMatchObject({ do: 'ask', certain: true, plan: { database: { method: 'detach' } } });
      expect(answer(code, 400, [...tried, resumed(300)])?.do).toBe('retry');
    },
  );
  test.each(['InvalidGlobalClusterSomethingElse', 'InvalidClientTokenId', 'AccessDenied', 'DBClusterNotFoundFault'])(
    '%s is not: people are asked at once, with AWS’s answer',
    (code) => {
      expect(answer(code, 101)).toBeUndefined();
    },
  );
  test('to a failover of a healthy home never leads to a detach', () => {
    const chosen = planned('healthy', { choice: 'failover' });
    expect(answer('InvalidGlobalClusterStateFault', 281, tried, chosen)).toMatchObject({
      do: 'pause',
      why: expect.stringMatching(/patch both clusters to the same version first/),
    });
  });
  test('and nothing is under way: it is called again without waiting', () => {
    const note = (refusedAct: string) =>
      timed(
        { type: 'step-noted', by: 'x', data: { step: 'promote-database', note: 'again', refused: refusedAct } },
        101,
      );
    expect(decidePromotion(before, at(103, tried)).do).toBe('wait');
    expect(says(decidePromotion(before, at(103, [...tried, note(FAILOVER)])))).toEqual([FAILOVER]);
  });
});

describe('where AWS says the writer is', () => {
  test('is written down when it is news, and only then', () => {
    expect(databaseNews(before, at(100))).toMatchObject([{ data: { writer: HOME, movement: 'settled' } }]);
    expect(databaseNews(before, at(100, [observed(HOME, 'settled', 99)]))).toEqual([]);
    expect(databaseNews(moved, at(100, [observed(HOME, 'settled', 99)]))).toMatchObject([
      { data: { writer: STANDBY } },
    ]);
    expect(databaseNews(unknown('silent'), at(100))).toEqual([]);
  });
  test('is the point of no return when it is the target, whoever moved it', () => {
    expect(at(100, [observed(HOME, 'moving', 90)]).operation.noReturn).toBeUndefined();
    expect(at(100, [observed(STANDBY, 'settled', 90)]).operation.noReturn).toMatchObject({ how: 'seen' });
  });
});
