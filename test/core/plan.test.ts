import { describe, expect, test } from 'vitest';
import { approvalVoid, lossBound_s, type Plan, planHash, planPromote } from '../../core/plan.ts';
import { type ClusterObserved, judgeHome, known, type Probe, unknown } from '../../core/topology.ts';
import {
  config,
  database,
  digest,
  HOME,
  HOME_CLUSTER,
  members,
  planned,
  STANDBY,
  STANDBY_CLUSTER,
  service,
  shop,
  topology,
} from './fixture.ts';

const instances = (...statuses: string[]) =>
  statuses.map((status, index) => ({ id: `shop-usw2-${index + 1}`, status }));
const cluster = (change: Partial<ClusterObserved>) =>
  known({
    arn: STANDBY_CLUSTER,
    status: 'available',
    engineVersion: '16.4',
    instances: instances('available'),
    memberOf: 'shop',
    ...change,
  });
const homeAlone = members('home').slice(0, 1);
const detached = cluster({ memberOf: undefined });
const seeing = (change: Parameters<typeof database>[0]) => ({ database: known(database(change)) });
const refusal = (verdict: 'lost' | 'healthy', change: Parameters<typeof topology>[1], choice?: 'switchover') => {
  const result = planPromote('shop', shop(), topology(verdict, change), choice);
  return result.ok ? undefined : result.refusal;
};

describe('home is judged', () => {
  const probe = (result: Probe['result']): Probe => ({ what: 'x', result, detail: '' });
  test.each([
    [[], 'lost'],
    [['silent', 'silent'], 'lost'],
    [['ok', 'ok'], 'healthy'],
    [['ok', 'throttled'], 'healthy'],
    [['throttled'], 'healthy'],
    [['ok', 'silent'], 'impaired'],
    [['failing', 'silent'], 'impaired'],
    [['refused'], 'impaired'],
  ] as const)('%j is %s', (results, verdict) => {
    expect(judgeHome(results.map(probe))).toBe(verdict);
  });
});

describe('the method', () => {
  test('a healthy home is left by switchover, asked of home, with a failover declared as its fallback', () => {
    const { plan } = planned('healthy');
    expect(plan).toMatchObject({ forced: false, maxLoss_s: 0, from: HOME, to: STANDBY });
    expect(plan.database).toMatchObject({ method: 'switchover', fallback: 'failover', callRegion: HOME });
  });
  test.each(['impaired', 'lost'] as const)('a home that is %s is left by failover, asked of the standby', (verdict) => {
    const { plan } = planned(verdict);
    expect(plan).toMatchObject({ forced: true, maxLoss_s: 60 });
    expect(plan.database).toMatchObject({ method: 'failover', fallback: 'detach', callRegion: STANDBY });
    expect(plan.database).toMatchObject({ targetArn: STANDBY_CLUSTER, writerArn: HOME_CLUSTER });
  });
  test('a person may choose a failover of a home that looks healthy', () => {
    expect(planned('healthy', { choice: 'failover' }).plan).toMatchObject({
      forced: true,
      database: { method: 'failover', callRegion: STANDBY },
    });
  });
  test('nobody may choose a switchover of a home that is lost', () => {
    expect(refusal('lost', {}, 'switchover')?.code).toBe('method-not-possible');
  });
  test('engine versions that differ leave only the detachment, and it says that the endpoint changes', () => {
    const { plan, facts } = planned('lost', { topology: seeing({ homeVersion: known('16.3') }) });
    expect(plan).toMatchObject({ forced: true, database: { method: 'detach', callRegion: STANDBY } });
    expect(facts.notices.join()).toMatch(/endpoint changes/);
    expect(refusal('lost', seeing({ homeVersion: known('16.3') }), 'switchover')?.code).toBe('method-not-possible');
  });
  test('a version of home that nobody could read stops nothing', () => {
    const unread = seeing({ homeVersion: unknown('silent') });
    expect(planned('lost', { topology: unread }).plan.database.method).toBe('failover');
  });
  test.each(['failing-over', 'switching-over'])('a database that is %s already is adopted', (status) => {
    expect(planned('lost', { topology: seeing({ status }) }).plan.database.method).toBe('adopt');
  });
  test('a writer that is already in the standby is adopted', () => {
    expect(planned('lost', { topology: seeing({ members: members('standby') }) }).plan.database.method).toBe('adopt');
  });
  test('an application without a database has none to move, and is forced only when home is not healthy', () => {
    const app = shop(
      config((raw) => {
        raw.applications.shop['database'] = { kind: 'none' };
      }),
    );
    const none = { app, topology: { database: undefined } };
    expect(planned('lost', none).plan).toMatchObject({ forced: true, maxLoss_s: 0, database: { method: 'none' } });
    expect(planned('healthy', none).plan.forced).toBe(false);
  });
});

describe('there is no plan', () => {
  test.each([
    ['a database that cannot be seen', { database: unknown('silent') }, 'database-unobservable'],
    ['a standby cluster that cannot be seen', seeing({ standbyCluster: unknown('silent') }), 'database-unobservable'],
    ['a standby without an instance', seeing({ standbyCluster: cluster({ instances: [] }) }), 'no-standby-instance'],
    [
      'a standby whose instances are being deleted',
      seeing({ standbyCluster: cluster({ instances: instances('deleting') }) }),
      'no-standby-instance',
    ],
    ...['stopped', 'deleting', 'inaccessible-encryption-credentials'].map(
      (status) =>
        [`a standby that is ${status}`, seeing({ standbyCluster: cluster({ status }) }), 'database-not-ready'] as const,
    ),
    [
      'a writer on its way elsewhere',
      seeing({ failover: { status: 'failing-over', toArn: `${HOME_CLUSTER}-3` } }),
      'database-not-ready',
    ],
    [
      'a standby of another global cluster',
      seeing({ members: homeAlone, standbyCluster: cluster({ memberOf: 'other' }) }),
      'standby-not-a-member',
    ],
  ] as const)('for %s', (_, change, code) => {
    expect(refusal('lost', change)?.code).toBe(code);
  });
  test('for what is already where it should be', () => {
    const there = {
      ...seeing({ members: members('standby') }),
      standbyServices: [
        known(service({ desired: 6, running: 6 })),
        known(service({ name: 'orders', desired: 3, running: 3 })),
      ],
      traffic: known({ answer: 'standby', addresses: [] } as const),
    };
    expect(refusal('lost', there)?.code).toBe('already-promoted');
    expect(refusal('lost', { ...there, traffic: known({ answer: 'mixed', addresses: [] } as const) })).toBeUndefined();
    expect(refusal('lost', { ...there, standbyServices: [unknown('silent')] })).toBeUndefined();
  });
});

describe('statuses are open sets: they are shown, and stop nothing', () => {
  test.each(['backing-up', 'modifying', 'upgrading', 'renaming', 'a-status-of-next-year'])('%s', (status) => {
    for (const verdict of ['healthy', 'lost'] as const) {
      const { facts } = planned(verdict, { topology: seeing({ standbyCluster: cluster({ status }) }) });
      expect(facts.notices.join()).toContain(`standby cluster: ${status}`);
      expect(planned(verdict, { topology: seeing({ status }) }).facts.notices.join()).toContain(status);
    }
  });
  test('instances at something else are instances', () => {
    const busy = cluster({ instances: instances('storage-optimization', 'configuring-enhanced-monitoring') });
    const { plan, facts } = planned('lost', { topology: seeing({ standbyCluster: busy }) });
    expect(plan.database.method).toBe('failover');
    expect(facts.notices.join()).toContain('shop-usw2-1 storage-optimization');
  });
  test('but no switchover goes to a standby that is resynchronising, and a failover to it has an unknown loss', () => {
    const behind = members('home').map((one) => (one.isWriter ? one : { ...one, synchronization: 'pending-resync' }));
    expect(refusal('healthy', seeing({ members: behind }))?.sentence).toContain('pending-resync');
    const { plan, facts } = planned('lost', { topology: seeing({ members: behind }) });
    expect([plan.maxLoss_s, facts.expectedLoss_s.known]).toEqual([null, false]);
    expect(facts.notices.join()).toMatch(/pending-resync: it does not have everything/);
  });
});

describe('the writer’s region is where the writer is', () => {
  const third = `${HOME_CLUSTER.replace(HOME, 'eu-west-1')}`;
  const elsewhere = [
    { clusterArn: third, region: 'eu-west-1', isWriter: true, synchronization: 'connected' },
    ...members('home').map((one) => ({ ...one, isWriter: false })),
  ];
  test.each(['healthy', 'lost'] as const)('a switchover is called there, though home is %s', (verdict) => {
    const { plan, facts } = planned(verdict, { topology: seeing({ members: elsewhere }) });
    expect(plan.database).toMatchObject({ method: 'switchover', callRegion: 'eu-west-1', writerArn: third });
    expect(facts.notices.join()).toMatch(/The writer is .*eu-west-1.*not shop-use1 in us-east-1 as muster.yaml says/);
  });
  test('a global cluster that names no writer has no switchover', () => {
    const none = members('home').map((one) => ({ ...one, isWriter: false }));
    expect(refusal('healthy', seeing({ members: none }))?.code).toBe('database-not-ready');
    expect(planned('lost', { topology: seeing({ members: none }) }).plan.database.method).toBe('failover');
  });
});

describe('a standby that is in no global cluster', () => {
  const alone = seeing({ members: homeAlone, standbyCluster: detached });
  test('is adopted where home is lost: it was detached by hand', () => {
    const { plan, facts } = planned('lost', { topology: alone });
    expect(plan).toMatchObject({ forced: true, database: { method: 'adopt', writerArn: STANDBY_CLUSTER } });
    expect(facts.notices.join()).toMatch(/in no global cluster: its last replication data point is 10 s old/);
    expect(
      planned('lost', { topology: seeing({ members: [], status: 'not there', standbyCluster: detached }) }).ok,
    ).toBe(true);
  });
  test('is refused where home is well, and where nothing says that it is new', () => {
    expect(refusal('healthy', alone)?.code).toBe('standby-not-a-member');
    const old = seeing({ members: homeAlone, standbyCluster: detached, lag: unknown('no data point') });
    const impaired = planPromote('shop', shop(), topology('impaired', old));
    expect(impaired.ok ? undefined : impaired.refusal.sentence).toMatch(/database of its own, since when is not known/);
    expect(planned('impaired', { topology: alone }).plan.database.method).toBe('adopt');
  });
  test('is what users write to where the traffic is there', () => {
    const led = { ...alone, traffic: known({ answer: 'standby', addresses: [] } as const) };
    expect(planned('healthy', { topology: led }).plan.database.method).toBe('adopt');
  });
  test('is not taken for a writer while it is being promoted', () => {
    const promoting = seeing({
      members: homeAlone,
      standbyCluster: cluster({ memberOf: undefined, status: 'promoting' }),
    });
    expect(planned('lost', { topology: promoting }).facts.why).toMatch(/already being moved/);
  });
});

describe('a writer that somebody else moved was moved by force', () => {
  const joined = (synchronization: string | undefined) =>
    members('standby').map((one) => (one.isWriter ? one : { ...one, synchronization }));
  test.each([
    ['connected', false],
    ['pending-resync', true],
    [undefined, true],
  ])('unless the old one follows it again (%s): %s', (synchronization, forced) => {
    const there = seeing({ members: joined(synchronization) });
    expect(planned('healthy', { topology: there }).plan.forced).toBe(forced);
  });
  test.each([
    [true, true],
    [false, false],
    [undefined, true],
  ])('while it is under way, as AWS says (IsDataLossAllowed %s): %s', (dataLossAllowed, forced) => {
    const underWay = seeing({ failover: { status: 'pending', toArn: STANDBY_CLUSTER, dataLossAllowed } });
    expect(planned('healthy', { topology: underWay }).plan).toMatchObject({ forced, database: { method: 'adopt' } });
  });
  test('a move that AWS is taking back is no move', () => {
    const cancelling = seeing({ failover: { status: 'cancelling', toArn: STANDBY_CLUSTER } });
    expect(planned('lost', { topology: cancelling }).plan.database.method).toBe('failover');
  });
});

describe('engine versions', () => {
  const of = (home: string, standby: string) =>
    seeing({ homeVersion: known(home), standbyCluster: cluster({ engineVersion: standby }) });
  const mysql = (patch: string) => `8.0.mysql_aurora.${patch}`;
  test.each([
    [mysql('3.04.3'), mysql('3.04.1')],
    ['16.4', '16.3'],
  ])('that AWS refuses (%s, %s): a healthy home is patched first, a lost one is left by detach', (home, standby) => {
    for (const choice of ['proposed', 'switchover', 'failover', 'detach'] as const) {
      const result = planPromote('shop', shop(), topology('healthy', of(home, standby)), choice);
      expect(result.ok ? undefined : result.refusal.code).toBe('patch-first');
    }
    expect(planned('lost', { topology: of(home, standby) }).plan.database.method).toBe('detach');
  });
  test.each([
    ['16.4', '16.4'],
    ['16.4.2', '16.4.1'],
    ['one', 'another'],
  ])('of which the documentation says nothing (%s, %s) rule nothing out', (home, standby) => {
    expect(planned('healthy', { topology: of(home, standby) }).plan.database.method).toBe('switchover');
    expect(planned('lost', { topology: of(home, standby) }).plan.database.method).toBe('failover');
  });
  test('that are guessed propose no detach of a healthy home', () => {
    const guess = seeing({ homeVersion: unknown('silent'), globalVersion: '16.3' });
    expect(planned('healthy', { topology: guess }).plan.database.method).toBe('switchover');
    expect(planned('lost', { topology: guess }).plan.database.method).toBe('detach');
  });
});

test('a service that was not seen in the standby is said beside the plan', () => {
  const { facts } = planned('lost', { topology: { standbyServices: [unknown('ServiceNotFoundException')] } });
  expect(facts.notices.join()).toMatch(/The service web was not seen in us-west-2 \(ServiceNotFoundException\)/);
});

describe('the loss', () => {
  test('is at most the last lag and the age of that data point', () => {
    expect(lossBound_s(known({ lag_ms: 1500, age_s: 40 }))).toEqual(known(41.5));
  });
  test('that nobody could measure is not zero, and people accept just that', () => {
    const { plan, facts } = planned('lost', { topology: seeing({ lag: unknown('no data point') }) });
    expect(plan.maxLoss_s).toBeNull();
    expect(facts.expectedLoss_s).toEqual(unknown('no data point'));
  });
  test('that people accept is never below what is expected', () => {
    const late = seeing({ lag: known({ lag_ms: 90_500, age_s: 30 }) });
    expect(planned('lost', { topology: late }).plan.maxLoss_s).toBe(121);
  });
});

describe('the hash', () => {
  const hash = (plan: Plan): string => planHash(plan, digest);
  test('is the same for the same intent under other measurements', () => {
    const later = planned('lost', {
      topology: { ...seeing({ lag: known({ lag_ms: 900, age_s: 50 }) }), at: '2026-11-21T00:00:00.000Z' },
    });
    expect(hash(later.plan)).toBe(hash(planned('lost').plan));
  });
  test('is another for every other intent', () => {
    const { plan } = planned('lost');
    const others: Plan[] = [
      { ...plan, to: 'eu-west-1' },
      { ...plan, forced: false },
      { ...plan, maxLoss_s: 61 },
      { ...plan, maxLoss_s: null },
      { ...plan, traffic: { ...plan.traffic, target: 'other.example.com' } },
      { ...plan, capacity: plan.capacity.map((c) => ({ ...c, desired: c.desired + 1 })) },
      planned('healthy').plan,
    ];
    expect(new Set([plan, ...others].map(hash)).size).toBe(others.length + 1);
  });
});

describe('the approval', () => {
  const { plan } = planned('lost');
  const now = (change: Parameters<typeof database>[0] = {}) => known(database(change));
  test('holds while nothing that people approved has changed', () => {
    expect(approvalVoid(plan, now())).toBeUndefined();
    expect(approvalVoid(plan, undefined)).toBeUndefined();
  });
  test('holds when a measurement is missing', () => {
    expect(approvalVoid(plan, unknown('silent'))).toBeUndefined();
    expect(approvalVoid(plan, now({ lag: unknown('silent') }))).toBeUndefined();
  });
  test('is void when the writer is another', () => {
    expect(approvalVoid(plan, now({ members: members('standby') }))).toMatch(/the writer was/);
  });
  test('is void when the target left the global cluster, or can no longer be switched over to', () => {
    const left = now({ members: homeAlone, standbyCluster: cluster({ memberOf: 'other' }) });
    expect(approvalVoid(plan, left)).toMatch(/no longer in the global cluster shop/);
    const behind = members('home').map((one) => (one.isWriter ? one : { ...one, synchronization: 'pending-resync' }));
    expect(approvalVoid(planned('healthy').plan, now({ members: behind }))).toMatch(/resynchronising/);
  });
  test('of an adoption is void when there is nothing to adopt any more', () => {
    const there = planned('lost', { topology: seeing({ members: members('standby') }) }).plan;
    expect(approvalVoid(there, now({ members: members('standby') }))).toBeUndefined();
    expect(approvalVoid(there, now())).toMatch(/the writer was there and is now .*shop-use1/);
    const underWay = planned('lost', { topology: seeing({ status: 'failing-over' }) }).plan;
    expect(approvalVoid(underWay, now({ status: 'failing-over' }))).toBeUndefined();
    expect(approvalVoid(underWay, now({ members: members('standby') }))).toBeUndefined();
    expect(approvalVoid(underWay, now())).toMatch(/being moved/);
  });
  test('is void when the target is another', () => {
    const other = now({ standbyCluster: cluster({ arn: `${STANDBY_CLUSTER}-2` }) });
    expect(approvalVoid(plan, other)).toMatch(/the target was/);
  });
  test('is void when the lag has outgrown the accepted loss, and not before', () => {
    const lagging = (lag_ms: number) => now({ lag: known({ lag_ms, age_s: 0 }) });
    expect(approvalVoid(plan, lagging(60_000))).toBeUndefined();
    expect(approvalVoid(plan, lagging(61_000))).toMatch(/61 s now, more than the 60 s/);
    expect(approvalVoid(planned('healthy').plan, lagging(61_000))).toBeUndefined();
  });
  test('of a loss that nobody could measure has no bound to break', () => {
    const blind = planned('lost', { topology: seeing({ lag: unknown('silent') }) }).plan;
    expect(approvalVoid(blind, now({ lag: known({ lag_ms: 9e9, age_s: 0 }) }))).toBeUndefined();
  });
});

test('a record change is announced as one that needs us-east-1', () => {
  const app = shop(
    config((raw) => {
      const { flag, healthCheckId, interval_s, threshold, ...rest } = raw.applications.shop['traffic'] as Record<
        string,
        unknown
      >;
      raw.applications.shop['traffic'] = { ...rest, strategy: 'record' };
    }),
  );
  expect(planned('lost', { app }).facts.notices.join()).toMatch(/us-east-1/);
});
