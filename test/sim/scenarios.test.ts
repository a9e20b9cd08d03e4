import { describe, expect, test, vi } from 'vitest';
import { PROMOTE_SCENARIOS } from '../../sandbox/rehearsal/scenarios.ts';
import { AWS_RUNS, ELSEWHERE, MUSTER_RUNS, WORKER_RUNS } from './expected-runs.ts';
import { calls, capacity, type ExpectedRun, expectRun, overlaps, play, type Run } from './runs.ts';

// A machine that does other things meanwhile may take its time.
vi.setConfig({ testTimeout: 240_000 });

test('every scenario has an expected run, or a test file of its own', () => {
  const rows = [...AWS_RUNS, ...MUSTER_RUNS, ...WORKER_RUNS].map((row) => row.scenario);
  expect([...rows, ...ELSEWHERE].sort()).toEqual(PROMOTE_SCENARIOS.map((scenario) => scenario.name).sort());
});

/** What a run must show beyond its row. */
const MORE: Readonly<Record<string, (run: Run) => void>> = {
  'home-control-plane-lost': (run) => {
    expect(run.result.world.fence).not.toBe('fenced');
    // Two clusters take writes, and yet no user's write reaches the old one once the traffic has moved.
    const { application } = run.world.applications.find(({ name }) => name === 'shop') ?? {};
    const moved_s = run.result.steps.find((step) => step.id === 'switch-traffic')?.endedAt_s ?? 0;
    const zero_ms = Math.min(...overlaps(run).map((span) => span.from_ms)) - moved_s * 1000;
    const late = application?.servedBy('us-east-1').filter((span) => span.to_ms > zero_ms + 2 * moved_s * 1000);
    expect(late).toEqual([]);
  },
  'replication-lag-high': ({ result }) => {
    expect(result.trueLoss_s).toBeGreaterThan(90);
    expect(result.rpo_s).toBeGreaterThan(95);
  },
  'tasks-wont-start': ({ world, result }) => {
    const operation = world.operation(result.operation ?? '');
    expect(operation?.steps.get('scale-out')?.resumedAt).toBeDefined();
    const counted = world.lambda.logs.filter(({ message }) => message.includes('"OperationStuck":1'));
    expect(counted.length).toBeGreaterThan(1);
    expect(counted[0]?.message).toContain('scale-out is paused, and nobody has decided');
  },
  'switchover-stuck': (run) => {
    const operation = run.world.operation(run.result.operation ?? '');
    expect(operation?.rounds.map((round) => round.decision?.what)).toEqual(['approved', 'approved']);
    expect(calls(run, 'FailoverGlobalCluster', 'InvalidGlobalClusterStateFault')).toBeGreaterThan(0);
    expect(calls(run, 'FailoverGlobalCluster', 'ok')).toBe(1);
    expect(operation?.notes.map((note) => note.note).join()).toMatch(/tried again until the switchover has ended/);
    // Scaled in by the operation, or already set to 0 by the reconciler, which fences a forced move later.
    expect(capacity(run, 'us-east-1')['web']).toBeLessThanOrEqual(1);
  },
  detach: ({ world, result }) => {
    const endpoint = world.services.rds.endpointOf('us-west-2', 'shop-usw2') ?? 'none';
    const report = world.operation(result.operation ?? '')?.ended?.report;
    expect(report?.notes.join('\n')).toContain(endpoint);
    expect(result.channel.map((message) => message.text).join('\n')).toContain(endpoint);
  },
  record: (run) => {
    expect(calls(run, 'ChangeResourceRecordSets', 'ok')).toBe(1);
    const operation = run.world.operation(run.result.operation ?? '');
    expect(operation?.facts.notices.join()).toMatch(/Route 53 record change: that control plane is in us-east-1/);
  },
  'flag-endpoint-lost-after-promote': ({ world }) => {
    expect(world.network.faults.host(world.flag.host)).toBe('hang');
    expect(world.environment.regionServes('us-east-1')).toBe(true);
  },
  'plan-changed-after-approval': ({ world, result }) => {
    const rounds = world.operation(result.operation ?? '')?.rounds ?? [];
    expect(rounds.map((round) => round.decision?.what)).toEqual(['approved', 'approved']);
    expect(rounds[1]?.why).toMatch(/replication lag is 140 s now, more than the \d+ s/);
    expect(rounds[1]?.plan.maxLoss_s).toBeGreaterThan(140);
  },
  'abort-before-no-return': (run) => {
    expect(calls(run, 'UpdateService', 'ok')).toBeGreaterThan(4);
    expect(capacity(run, 'us-east-1')).toEqual({ web: 6, orders: 3 });
    expect(capacity(run, 'us-west-2')).toEqual({ web: 1, orders: 0 });
  },
};

const runs = (rows: readonly ExpectedRun[]): void => {
  test.each(rows)('$scenario: $outcome, database by $database, traffic $traffic', async (row) => {
    const run = await play(row.scenario);
    expectRun(row, run);
    MORE[row.scenario]?.(run);
  });
};

describe('when AWS breaks', () => runs(AWS_RUNS));
