import { expect, test, vi } from 'vitest';
import { DATABASE_RUNS } from './expected-runs.ts';
import { calls, capacity, expectRun, play, type Run } from './runs.ts';

vi.setConfig({ testTimeout: 240_000 });

const operationOf = ({ world, result }: Run) => world.operation(result.operation ?? '');

/** What a run shows beyond its row. */
const MORE: Readonly<Record<string, (run: Run) => void>> = {
  'status-of-instances': (run) => {
    expect(operationOf(run)?.facts.notices.join()).toMatch(
      /standby cluster: backing-up; .*storage-optimization.*configuring-log-exports.* That stops nothing/,
    );
  },
  'failover-cancelled': (run) => {
    expect(calls(run, 'FailoverGlobalCluster', 'ok')).toBe(2);
    const step = operationOf(run)?.steps.get('promote-database');
    // The second call is a person's decision, not Muster's own.
    expect(step?.cancelled?.why).toMatch(/AWS gave up the failover.*writer in us-east-1/);
    expect(step?.resumedAt ?? '').toMatch(/^20/);
  },
  'failover-hangs': (run) => {
    expect(calls(run, 'FailoverGlobalCluster', 'ok')).toBe(1);
    expect(calls(run, 'RemoveFromGlobalCluster', 'ok')).toBe(1);
    const rounds = operationOf(run)?.rounds ?? [];
    expect(rounds.map((round) => round.plan.database.method)).toEqual(['failover', 'detach']);
    expect(rounds[1]?.why).toMatch(/stuck for 10 minutes .*failing-over.*Decline: Muster keeps waiting/);
  },
  'failover-hangs-then-ends': (run) => {
    expect(calls(run, 'FailoverGlobalCluster', 'ok')).toBe(1);
    expect(calls(run, 'RemoveFromGlobalCluster', 'ok')).toBe(0);
    expect(operationOf(run)?.rounds[1]?.decision?.what).not.toBe('approved');
  },
  'detached-by-hand': (run) => {
    const operation = operationOf(run);
    const endpoint = run.world.services.rds.endpointOf('us-west-2', 'shop-usw2') ?? 'none';
    expect(operation?.plan).toMatchObject({ forced: true, database: { method: 'adopt' } });
    expect(operation?.ended?.report?.notes.join()).toContain(endpoint);
  },
  'target-not-a-member': (run) => {
    expect(calls(run, 'UpdateService', 'ok')).toBe(0);
    expect(capacity(run, 'us-east-1')).toEqual({ web: 6, orders: 3 });
  },
  'hidden-patches': (run) => {
    expect(calls(run, 'FailoverGlobalCluster', 'InvalidGlobalClusterStateFault')).toBeGreaterThan(1);
    expect(operationOf(run)?.rounds[1]?.why).toMatch(/AWS refused the failover: .*same engine version/);
  },
  'adopt-then-abort': (run) => {
    expect(capacity(run, 'us-west-2')).toEqual({ web: 6, orders: 3 });
    const events = [...run.world.ledger().values()].flat().map(({ event }) => event);
    const votes = events.flatMap((event) => (event.type === 'vote' ? [event.data] : []));
    const refused = { choice: 'abort', accepted: false, refusal: 'past-no-return' };
    expect(votes).toContainEqual(expect.objectContaining(refused));
  },
};

test.each(DATABASE_RUNS)('$scenario: $outcome, database by $database, traffic $traffic', async (row) => {
  const run = await play(row.scenario);
  expectRun(row, run);
  MORE[row.scenario]?.(run);
});
