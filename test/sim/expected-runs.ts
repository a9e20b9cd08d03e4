import type { ExpectedRun } from './runs.ts';

const moved = { outcome: 'succeeded', database: 'failover', writer: 'standby', traffic: 'standby' } as const;
const stays = { database: 'none', writer: 'home', traffic: 'home' } as const;

/** AWS breaks, or is slow, or somebody has already moved the application. */
export const AWS_RUNS: readonly ExpectedRun[] = [
  { scenario: 'home-control-plane-lost', ...moved, mayOverlap: true },
  { scenario: 'replication-lag-high', ...moved },
  { scenario: 'slow-database', ...moved },
  { scenario: 'throttled', ...moved },
  { scenario: 'tasks-wont-start', ...moved },
  { scenario: 'switchover-stuck', ...moved, asksHome: true },
  { scenario: 'detach', ...moved, database: 'detach' },
  { scenario: 'no-database', ...moved, database: 'none', writer: null },
  { scenario: 'record', ...moved },
  { scenario: 'ec2', ...moved },
  { scenario: 'another-account', ...moved },
  { scenario: 'half-done-in-console', ...moved, database: 'adopted' },
  { scenario: 'already-promoted', outcome: 'refused', database: 'none', writer: 'standby', traffic: 'standby' },
  { scenario: 'flag-endpoint-lost-after-promote', ...moved, mayOverlap: true },
  { scenario: 'plan-changed-after-approval', ...moved },
  { scenario: 'abort-before-no-return', outcome: 'aborted', ...stays },
];

/** AWS says something else of the database than expected: `database-grey.test.ts`. */
export const DATABASE_RUNS: readonly ExpectedRun[] = [
  { scenario: 'status-of-instances', ...moved },
  { scenario: 'failover-cancelled', ...moved },
  { scenario: 'failover-hangs', ...moved, database: 'detach' },
  { scenario: 'failover-hangs-then-ends', ...moved },
  { scenario: 'detached-by-hand', ...moved, database: 'adopted' },
  // Both take writes; the newer writer is the one that was detached.
  { scenario: 'target-not-a-member', outcome: 'refused', ...stays, writer: 'standby', mayOverlap: true },
  { scenario: 'patch-level-differs', outcome: 'refused', ...stays },
  { scenario: 'hidden-patches', ...moved, database: 'detach' },
  { scenario: 'adopt-then-abort', outcome: 'declined', database: 'none', writer: 'standby', traffic: 'home' },
];

/** Muster's own parts break, or people press everything at once. */
export const MUSTER_RUNS: readonly ExpectedRun[] = [
  { scenario: 'planned', ...moved, database: 'switchover', asksHome: true },
  { scenario: 'home-region-lost', ...moved },
  { scenario: 'declined', outcome: 'declined', ...stays },
  { scenario: 'slack-down-mid-run', ...moved },
  { scenario: 'step-lambda-dies', ...moved, ownFault: true },
  { scenario: 'two-engineers-at-once', ...moved },
];

/** Workers move too: `workers.test.ts`. */
export const WORKER_RUNS: readonly ExpectedRun[] = [
  { scenario: 'workers', ...moved, mayOverlap: true },
  { scenario: 'workers-planned', ...moved, database: 'switchover', asksHome: true },
];

/** What is reported of the loss: `loss.test.ts`. */
export const LOSS_RUNS: readonly ExpectedRun[] = [
  { scenario: 'slow-approval', ...moved },
  { scenario: 'home-flickers', ...moved },
  { scenario: 'home-fenced', ...moved },
  { scenario: 'global-writer-endpoint', ...moved },
  { scenario: 'write-forwarding', ...moved },
  { scenario: 'home-wakes-mid-move', ...moved, mayOverlap: true },
];

/** Approvals that do not come, and what the reconciler does later: `reconciler.test.ts`; fifty clicks: `first-slice.test.ts`. */
export const ELSEWHERE: readonly string[] = [
  'fifty-clicks',
  'expired',
  'one-approver-only',
  'requester-approves-self',
  'two-accounts-one-person',
  'home-wakes-up-later',
  'execution-dies',
];
