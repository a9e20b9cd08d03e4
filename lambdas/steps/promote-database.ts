import type { ApplicationConfig } from '../../core/config/schema.ts';
import { currentRound } from '../../core/operation.ts';
import { type DatabasePlan, lossBound_s, type Plan } from '../../core/plan.ts';
import { promoteDatabase as definition, type PromotedData } from '../../core/steps/promote-database.ts';
import { type DatabaseObserved, type Observed, writerOf } from '../../core/topology.ts';
import { NEEDED } from '../adapters/clients.ts';
import { databaseClient, observeDatabase } from '../adapters/database.ts';
import { inAccountOf } from '../adapters/reach.ts';
import type { Decision, Step, StepContext } from '../runner/step.ts';

export interface PromoteAction {
  readonly plan: DatabasePlan;
}

type Seen = Observed<DatabaseObserved> | undefined;

/** The one call that everything waits for: throttled, it is worth some more tries within the function's own limit. */
const INSISTENT = { timeout_ms: 8_000, attempts: 6, bestEffort: false };

/**
 * The standby cluster becomes the writer, as the plan says: switchover (asked of home, loses nothing), managed failover
 * or detach (asked of the standby). Done only when the global cluster is available, its writer is the target and the
 * target's cluster is available (AWS facts, "Aurora Global Database").
 */
export const promoteDatabase: Step<Seen, PromoteAction, PromotedData> = {
  definition,
  // A fallback that people approved late gets time of its own.
  limit_s: (_, operation) => (operation.rounds.length > 1 ? 3 : 1) * 3600,
  atLimit: 'pause',
  observe: async (context) => {
    const { database } = context.app;
    if (database.kind === 'none') return undefined;
    const client = databaseClient(context.operation.plan.to, inAccountOf(context.app, NEEDED));
    // The lag is the loss as it is before the call; afterwards it says nothing, and costs time where calls are throttled.
    const called = context.state?.acted.some((done) => done.noReturn === true) === true && !hasSwitchedOver(context);
    const { method } = context.operation.plan.database;
    return observeDatabase(
      client,
      undefined,
      database,
      called ? undefined : context.now_ms,
      called && method === 'detach',
    );
  },
  decide: decidePromotion,
  triesAgain: (action, failure, context) =>
    action.plan.method === 'failover' &&
    hasSwitchedOver(context) &&
    failure.kind === 'refused' &&
    failure.code.startsWith('Invalid')
      ? 'Aurora accepts no failover while a switchover is under way: it is tried again until the switchover has ended'
      : undefined,
  perform: async ({ plan }, { app }) => databaseClient(plan.callRegion, inAccountOf(app, INSISTENT)).promote(plan),
};

export function decidePromotion(
  seen: Seen,
  context: Pick<StepContext, 'app' | 'operation' | 'state' | 'now_ms'>,
): Decision<PromoteAction, PromotedData> {
  const { plan } = context.operation;
  const { database } = plan;
  if (database.method === 'none' || seen === undefined) throw new Error('there is no database to promote');
  if (!seen.known) return { do: 'wait', why: seen.why, blind: true };
  const call = `${database.method} of ${database.globalCluster} to ${database.targetArn}`;
  const called = context.state?.acted.findLast((done) => done.action.startsWith(call));
  // Refused while the switchover was under way, it is another call now: home may have written again since.
  const given = called !== undefined && hasSwitchedOver(context) && database.method === 'failover';
  const says = given && seen.known && !moving(seen.value) ? `${call}, after the switchover was given up` : call;
  if (isPromoted(database, seen.value)) return promoted(plan, database, seen.value, called?.change?.before);
  if (moving(seen.value) && !isFallback(database, seen.value, called?.at, context))
    return stuck(context, called?.at) ?? { do: 'wait', why: sayState(seen.value) };
  // Called, and nothing moves yet: the control plane may lag behind its own answer, and a second call would be refused.
  if (called !== undefined && (isAsked(context) || secondsSince(called.at, context) < SHOWS_WITHIN_S)) {
    return { do: 'wait', why: sayState(seen.value) };
  }
  if (database.method === 'adopt')
    return { do: 'pause', why: `the writer was being moved and is not in ${plan.to}: ${sayState(seen.value)}` };
  const waitFor = notYet(context, database, seen.value);
  if (waitFor !== undefined) return { do: 'wait', why: waitFor };
  return {
    do: 'change',
    changes: [
      {
        action: { plan: database },
        says,
        change: {
          resource: `global cluster ${database.globalCluster}`,
          region: database.callRegion,
          before: { writer: writerOf(seen.value)?.clusterArn ?? null, loss_s: loss_s(database, seen.value) },
          after: { writer: database.targetArn },
        },
        noReturn: true,
      },
    ],
  };
}

function isPromoted(plan: DatabasePlan, seen: DatabaseObserved): boolean {
  const cluster = seen.standbyCluster;
  if (!cluster.known || cluster.value.status !== 'available') return false;
  if (plan.method === 'detach') return !seen.members.some((member) => member.clusterArn === plan.targetArn);
  return seen.status === 'available' && writerOf(seen)?.clusterArn === plan.targetArn;
}

/** A call that was accepted shows in what RDS describes within this long. */
const SHOWS_WITHIN_S = 30;

const secondsSince = (at: string, { now_ms }: Pick<StepContext, 'now_ms'>): number => (now_ms - Date.parse(at)) / 1000;

/** Aurora is moving the writer: wait and look again. */
const moving = (seen: DatabaseObserved): boolean =>
  seen.status === 'failing-over' ||
  seen.status === 'switching-over' ||
  (seen.standbyCluster.known && seen.standbyCluster.value.status === 'promoting');

/**
 * A switchover is stuck and people have approved the failover: it is called repeatedly while the other still hangs,
 * since it is not documented from when on Aurora accepts it.
 */
const isFallback = (
  plan: DatabasePlan,
  seen: DatabaseObserved,
  calledAt: string | undefined,
  context: Pick<StepContext, 'now_ms' | 'state'>,
): boolean =>
  plan.method === 'failover' &&
  seen.status === 'switching-over' &&
  (calledAt === undefined || (hasSwitchedOver(context) && secondsSince(calledAt, context) >= SHOWS_WITHIN_S));

const hasSwitchedOver = (context: Pick<StepContext, 'state'>): boolean =>
  context.state?.acted.some((done) => done.action.startsWith('switchover of ')) === true;

/** A switchover waits until the standby can carry the load: nothing is down before it. */
function notYet(
  context: Pick<StepContext, 'operation'>,
  plan: DatabasePlan,
  seen: DatabaseObserved,
): string | undefined {
  if (plan.method !== 'switchover') return undefined;
  if (context.operation.steps.get('scale-out')?.status !== 'done') return 'the standby is still scaling out';
  return seen.status === 'available' ? undefined : sayState(seen);
}

const isAsked = (context: Pick<StepContext, 'operation'>): boolean => {
  const round = currentRound(context.operation);
  return round !== undefined && round.decision === undefined;
};

/** A switchover that takes too long: people are asked about the declared fallback. */
function stuck(
  context: Pick<StepContext, 'app' | 'operation' | 'now_ms'>,
  calledAt: string | undefined,
): Decision<PromoteAction, PromotedData> | undefined {
  const { plan, facts } = context.operation;
  if (plan.database.method !== 'switchover' || plan.database.fallback === null || calledAt === undefined)
    return undefined;
  const limit_s = stuckAfter_s(context.app);
  // From the call, or from when people last said no to the fallback: scaling out before it is not the database's delay.
  const saidNoAt = currentRound(context.operation)?.decision?.at ?? calledAt;
  const since = calledAt > saidNoAt ? calledAt : saidNoAt;
  if (secondsSince(since, context) < limit_s || isAsked(context)) return undefined;
  const database: DatabasePlan = {
    ...plan.database,
    method: plan.database.fallback,
    fallback: null,
    callRegion: plan.to,
  };
  return {
    do: 'ask',
    why: `the switchover has been stuck for ${Math.round(limit_s / 60)} minutes; the declared fallback is a failover, which may lose data`,
    plan: { ...plan, forced: true, database, maxLoss_s: null },
    facts: {
      ...facts,
      why: 'The switchover is stuck, so the standby is promoted by force.',
      expectedLoss_s: lossBound_s(facts.lag),
    },
  };
}

const stuckAfter_s = (app: ApplicationConfig): number =>
  (app.database.kind === 'aurora-global' ? app.database.stuckAfter_minutes : 10) * 60;

function loss_s(plan: DatabasePlan, seen: DatabaseObserved): number | null {
  if (plan.method === 'switchover') return 0;
  const bound = lossBound_s(seen.lag);
  return bound.known ? bound.value : null;
}

function promoted(
  plan: Plan,
  database: DatabasePlan,
  seen: DatabaseObserved,
  before: unknown,
): Decision<PromoteAction, PromotedData> {
  const rpo_s = before === undefined ? null : ((before as { loss_s?: number | null }).loss_s ?? null);
  const how = {
    switchover: 'a switchover waits until everything is copied',
    failover: 'upper bound: the last replication lag plus the age of that data point when the failover was called',
    detach: 'upper bound: the last replication lag plus the age of that data point when the cluster was detached',
    adopt: 'not measured: the database was moved before this operation',
    none: 'no database',
  }[database.method];
  const adopted = before === undefined;
  const { standbyCluster } = seen;
  const endpoint = standbyCluster.known ? standbyCluster.value.endpoint : undefined;
  const address = endpoint ?? 'the standby cluster’s own endpoint';
  const tell = database.method === 'detach' ? `. Give the application its new database address now: ${address}` : '';
  return {
    do: 'done',
    outcome: adopted ? 'adopted' : 'done',
    detail: `${adopted ? `the writer was already in ${plan.to}` : `the writer is in ${plan.to}, by ${database.method}`}${tell}`,
    data: {
      rpo_s: adopted ? null : rpo_s,
      how: adopted ? 'not measured: the database was moved before this operation' : how,
      ...(endpoint === undefined ? {} : { endpoint }),
    },
  };
}

function sayState(seen: DatabaseObserved): string {
  const cluster = seen.standbyCluster.known ? seen.standbyCluster.value.status : `unknown (${seen.standbyCluster.why})`;
  return `global cluster ${seen.status}, writer in ${writerOf(seen)?.region ?? 'no region'}, standby cluster ${cluster}`;
}
