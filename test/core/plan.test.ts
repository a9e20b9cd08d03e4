import { describe, expect, test } from 'vitest';
import { type Plan, planHash, planPromote } from '../../core/plan.ts';
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
  test.each([
    ['lost', 60],
    // It may go on writing until the next data point.
    ['impaired', 71],
  ] as const)('a home that is %s is left by failover, asked of the standby', (verdict, maxLoss_s) => {
    const { plan } = planned(verdict);
    expect(plan).toMatchObject({ forced: true, maxLoss_s });
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
  test('of a lost home is at most the last lag, the age of that data point and the look itself', () => {
    const seen = seeing({ lag: known({ lag_ms: 1500, age_s: 40 }) });
    expect(planned('lost', { topology: seen }).facts.expectedLoss_s).toEqual(known(44.5));
  });
  test('is said not to end with the call where the standby may write to the old writer', () => {
    const writing = (writesThrough: string, forwarding?: string, verdict: 'impaired' | 'lost' = 'impaired') => {
      const app = shop(
        config((raw) => {
          raw.applications.shop['database'] = { ...(raw.applications.shop['database'] as object), writesThrough };
        }),
      );
      const seen = seeing({ standbyCluster: cluster({ writeForwarding: forwarding }) });
      const { facts } = planned(verdict, { app, topology: seen });
      return [facts.writesAcross, facts.notices.some((notice) => notice.includes('bounded only until the call'))];
    };
    expect(writing('global')).toEqual([expect.stringContaining('global writer endpoint'), true]);
    expect(writing('global', undefined, 'lost')).toEqual([expect.stringContaining('global writer endpoint'), false]);
    expect(writing('cluster')).toEqual([null, false]);
    expect(writing('cluster', 'disabled')).toEqual([null, false]);
    for (const status of ['enabled', 'enabling', 'disabling', 'unknown'])
      expect(writing('cluster', status)).toEqual([`write forwarding of shop-usw2 is ${status}`, true]);
  });
  test('that nobody could measure is not zero, and people accept just that', () => {
    const { plan, facts } = planned('lost', { topology: seeing({ lag: unknown('no data point') }) });
    expect(plan.maxLoss_s).toBeNull();
    expect(facts.expectedLoss_s).toEqual(unknown('no data point'));
  });
  test('that people accept is never below what is expected', () => {
    const late = seeing({ lag: known({ lag_ms: 90_500, age_s: 30 }) });
    expect(planned('lost', { topology: late }).plan.maxLoss_s).toBe(124);
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
