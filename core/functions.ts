import { SELF_TEST } from './kinds.ts';
import { STEPS, type StepId } from './operations/registry.ts';

/**
 * Every Lambda function there is: one table for the build, the sandbox and the deployment.
 * Deployed names are `<prefix>-<name>`.
 */
export interface FunctionSpec {
  readonly name: string;
  /** The bundle in `dist/lambdas/`: `slack` is `dist/lambdas/slack.cjs` with the export `handler`. */
  readonly bundle: string;
  /** Why so much of both: docs/decisions/limits-and-costs.md. */
  readonly timeout_s: number;
  readonly memory_mb: number;
  /** For asynchronous invocations: how often Lambda tries again, and how old an event may become. */
  readonly retries: 0 | 1 | 2;
  readonly maximumAge_s: number;
  /** How many may run at once; undefined: as many as the account allows. */
  readonly reservedConcurrency?: number;
  /** The function that gets the asynchronous events which were given up. */
  readonly onFailure?: string;
  /** Called by EventBridge Scheduler, as its schedule expression says; cron is in UTC. */
  readonly schedule?: string;
  /** Called by EventBridge when an execution of ours ends so. */
  readonly onExecution?: readonly ('FAILED' | 'TIMED_OUT' | 'ABORTED')[];
  /** Environment that differs between functions; the step bundle learns its step from it. */
  readonly environment: Readonly<Record<string, string>>;
}

const step = (id: StepId): FunctionSpec => ({
  name: `step-${id}`,
  bundle: 'step',
  timeout_s: 60,
  memory_mb: 512,
  retries: 0,
  maximumAge_s: 60,
  environment: { MUSTER_STEP: id },
});

export const FUNCTIONS: readonly FunctionSpec[] = [
  // A promote must not start hours later: no retries, an event of more than a minute is dropped and told.
  {
    name: 'slack',
    bundle: 'slack',
    timeout_s: 10,
    memory_mb: 1024,
    retries: 0,
    maximumAge_s: 60,
    // Kept free for it whatever else the account runs, and the most that a flood through its public URL can cost.
    reservedConcurrency: 60,
    environment: {},
  },
  {
    name: 'command',
    bundle: 'command',
    timeout_s: 60,
    memory_mb: 1024,
    retries: 0,
    maximumAge_s: 60,
    onFailure: 'undelivered',
    environment: {},
  },
  {
    name: 'approve',
    bundle: 'approve',
    timeout_s: 60,
    memory_mb: 512,
    retries: 1,
    maximumAge_s: 180,
    onFailure: 'undelivered',
    environment: {},
  },
  // Tells people what was given up; Slack may be down for a while.
  {
    name: 'undelivered',
    bundle: 'undelivered',
    timeout_s: 30,
    memory_mb: 512,
    retries: 2,
    maximumAge_s: 3600,
    environment: {},
  },
  // One at a time, so that no two fence the same home at once; a minute that is missed is not made up for.
  {
    name: 'reconciler',
    bundle: 'reconciler',
    timeout_s: 60,
    memory_mb: 512,
    retries: 0,
    maximumAge_s: 60,
    reservedConcurrency: 1,
    schedule: 'rate(1 minute)',
    environment: {},
  },
  {
    name: 'released',
    bundle: 'released',
    timeout_s: 60,
    memory_mb: 512,
    retries: 2,
    maximumAge_s: 3600,
    onExecution: ['FAILED', 'TIMED_OUT', 'ABORTED'],
    environment: {},
  },
  // One at a time: the table's stream has several shards, and a message must never be redrawn backwards.
  {
    name: 'notify',
    bundle: 'notify',
    timeout_s: 60,
    memory_mb: 512,
    retries: 0,
    maximumAge_s: 60,
    reservedConcurrency: 1,
    environment: {},
  },
  // Keeps every event of the ledger where nobody can change it, and says so when one was changed.
  {
    name: 'archive',
    bundle: 'archive',
    timeout_s: 60,
    memory_mb: 512,
    retries: 2,
    maximumAge_s: 3600,
    environment: {},
  },
  // Aurora's events at home reach the standby's topic through it.
  { name: 'relay', bundle: 'relay', timeout_s: 30, memory_mb: 256, retries: 2, maximumAge_s: 3600, environment: {} },
  // Plays the person of the daily self-test, and waits for its end: most of a quarter of an hour if need be.
  {
    name: SELF_TEST,
    bundle: SELF_TEST,
    timeout_s: 900,
    memory_mb: 256,
    retries: 0,
    maximumAge_s: 3600,
    schedule: 'cron(17 9 * * ? *)',
    environment: {},
  },
  { name: 'crashed', bundle: 'crashed', timeout_s: 30, memory_mb: 512, retries: 0, maximumAge_s: 60, environment: {} },
  ...STEPS.map(({ id }) => step(id)),
];

/**
 * What the health check of the traffic strategy `stop` asks. Deployed beside Muster, in a stack of its own, so that
 * nothing that happens to Muster makes it fail (infra/stacks/stop-stack.ts).
 */
export const FLAG_ENDPOINT: FunctionSpec = {
  name: 'flag-endpoint',
  bundle: 'flag-endpoint',
  timeout_s: 3,
  memory_mb: 256,
  retries: 0,
  maximumAge_s: 60,
  // Sixteen of Route 53's checkers ask every 10 s: about two a second, and each takes some tens of milliseconds.
  reservedConcurrency: 5,
  environment: {},
};

export const DEFAULT_PREFIX = 'muster';
