import { describe, expect, test } from 'vitest';
import { approvalVoid, type Plan, type PlanFacts } from '../../core/plan.ts';
import { type ClusterObserved, known, unknown } from '../../core/topology.ts';
import { config, database, later, members, planned, STANDBY_CLUSTER, shop, type topology } from './fixture.ts';

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
const seeing = (change: Parameters<typeof database>[0]) => ({ database: known(database(change)) });
describe('the approval', () => {
  const { plan, facts } = planned('lost');
  const voided = (
    seen: ReturnType<typeof topology>['database'],
    { of = plan, from = facts, home = 'silent' }: { of?: Plan; from?: PlanFacts; home?: 'silent' | 'answered' } = {},
  ) => approvalVoid(of, from, { database: seen, at: later(30), home });
  const now = (change: Parameters<typeof database>[0] = {}) => known(database(change));
  test('holds while nothing that people approved has changed', () => {
    expect(voided(now())).toBeUndefined();
    expect(voided(undefined)).toBeUndefined();
  });
  test('holds when a measurement is missing', () => {
    expect(voided(unknown('silent'))).toBeUndefined();
    expect(voided(now({ lag: unknown('silent') }))).toBeUndefined();
  });
  test('is void when the writer is another', () => {
    expect(voided(now({ members: members('standby') }))).toMatch(/the writer was/);
  });
  test('is void when the target left the global cluster, or can no longer be switched over to', () => {
    const left = now({ members: homeAlone, standbyCluster: cluster({ memberOf: 'other' }) });
    expect(voided(left)).toMatch(/no longer in the global cluster shop/);
    const behind = members('home').map((one) => (one.isWriter ? one : { ...one, synchronization: 'pending-resync' }));
    expect(voided(now({ members: behind }), { of: planned('healthy').plan })).toMatch(/resynchronising/);
  });
  test('of an adoption is void when there is nothing to adopt any more', () => {
    const there = planned('lost', { topology: seeing({ members: members('standby') }) }).plan;
    expect(voided(now({ members: members('standby') }), { of: there })).toBeUndefined();
    expect(voided(now(), { of: there })).toMatch(/the writer was there and is now .*shop-use1/);
    const underWay = planned('lost', { topology: seeing({ status: 'failing-over' }) }).plan;
    expect(voided(now({ status: 'failing-over' }), { of: underWay })).toBeUndefined();
    expect(voided(now({ members: members('standby') }), { of: underWay })).toBeUndefined();
    expect(voided(now(), { of: underWay })).toMatch(/being moved/);
  });
  test('is void when the target is another', () => {
    const other = now({ standbyCluster: cluster({ arn: `${STANDBY_CLUSTER}-2` }) });
    expect(voided(other)).toMatch(/the target was/);
  });
  test('is void when the loss has outgrown what was accepted, and not before', () => {
    const lagging = (lag_ms: number) => now({ lag: known({ lag_ms, age_s: 0 }) });
    const answers = { home: 'answered' } as const;
    // The first look proves that all was copied until 10.2 s before the draft, so that 40.2 s may be lost now.
    expect(voided(lagging(95_000), answers)).toBeUndefined();
    const old = planned('lost', { topology: seeing({ lag: known({ lag_ms: 0, age_s: 40 }) }) });
    expect(voided(lagging(60_000), { of: old.plan, from: old.facts, home: 'answered' })).toBeUndefined();
    expect(voided(lagging(60_500), { of: old.plan, from: old.facts, home: 'answered' })).toMatch(
      /up to 61 s of writes may be lost now, more than the 60 s/,
    );
    const blind = now({ lag: unknown('silent') });
    expect(voided(blind, { of: old.plan, from: old.facts, home: 'answered' })).toMatch(/up to 70 s/);
    expect(voided(blind, { of: old.plan, from: old.facts, home: 'silent' })).toBeUndefined();
    const healthy = planned('healthy');
    expect(voided(lagging(61_000), { of: healthy.plan, from: healthy.facts, ...answers })).toBeUndefined();
  });
  test('of a loss that nobody could measure has no bound to break', () => {
    const blind = planned('lost', { topology: seeing({ lag: unknown('silent') }) });
    const late = now({ lag: known({ lag_ms: 9e9, age_s: 0 }) });
    expect(voided(late, { of: blind.plan, from: blind.facts, home: 'answered' })).toBeUndefined();
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
