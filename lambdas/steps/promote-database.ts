import { movementOf, sayDatabase, serves, writerRegion, writesBy } from '../../core/database-state.ts';
import type { NewEvent } from '../../core/ledger.ts';
import { copiedUntil, latestCopy } from '../../core/loss.ts';
import type { Acted, Operation } from '../../core/operation.ts';
import type { DatabasePlan } from '../../core/plan.ts';
import { promoteDatabase as definition, type PromotedData } from '../../core/steps/promote-database.ts';
import { type DatabaseObserved, type Observed, writerOf } from '../../core/topology.ts';
import { NEEDED } from '../adapters/clients.ts';
import { databaseClient, mayPass, observeDatabase } from '../adapters/database.ts';
import type { Failure } from '../adapters/errors.ts';
import { inAccountOf } from '../adapters/reach.ts';
import type { Decision, Refused, Step, StepContext } from '../runner/step.ts';
import { askFallback, isAsked, secondsSince, stuck, stuckAfter_s } from './promotion-stuck.ts';

export interface PromoteAction {
  readonly plan: DatabasePlan;
}

type Seen = Observed<DatabaseObserved> | undefined;
type Context = Pick<StepContext, 'app' | 'operation' | 'state' | 'now_ms'>;
type Promotion = Decision<PromoteAction, PromotedData>;

/** The one call that everything waits for: throttled, it is worth some more tries within the function's own limit. */
const INSISTENT = { timeout_ms: 8_000, attempts: 6, bestEffort: false };
/** A call that was accepted shows in what RDS describes within this long. */
const SHOWS_WITHIN_S = 30;
const CANCELLED_FOR_S = 5;
/** A refusal that may pass by itself is tried again for so long; then people are asked. */
const REFUSED_FOR_S = 180;

/**
 * The standby cluster becomes the writer, as the plan says: switchover (called in the primary's region, loses nothing), managed
 * failover or detach (called in the standby region). Done when the target is the writer and its instances serve, in a switchover
 * also when the global cluster is available again (AWS facts, "Aurora Global Database"). Once the target is the writer,
 * nothing is called any more, whatever else RDS says of it.
 */
export const promoteDatabase: Step<Seen, PromoteAction, PromotedData> = {
  definition,
  // A fallback that people approved late gets time of its own.
  limit_s: (_, operation) => (operation.rounds.length > 1 ? 3 : 1) * 3600,
  atLimit: 'pause',
  looksWhilePaused: true,
  observe: async (context) => {
    const { database } = context.app;
    if (database.kind === 'none') return undefined;
    const client = databaseClient(context.operation.plan.to, inAccountOf(context.app, NEEDED));
    return observeDatabase(client, undefined, database, mayCall(context) ? context.now_ms : undefined);
  },
  news: databaseNews,
  decide: decidePromotion,
  refused: refusedPromotion,
  perform: async ({ plan }, { app }) => databaseClient(plan.callRegion, inAccountOf(app, INSISTENT)).promote(plan),
};

/** Where AWS says the writer is, whenever that changes: what can be rolled back, and what people are told, follow it. */
export function databaseNews(seen: Seen, { operation }: Pick<StepContext, 'operation'>): readonly NewEvent[] {
  if (seen?.known !== true) return [];
  const writer = writerRegion(seen.value, operation.plan.to);
  const movement = movementOf(seen.value);
  const last = operation.database;
  if (last?.writer === writer && last.movement === movement) return [];
  const data = { step: 'promote-database', writer, movement, says: sayDatabase(seen.value) } as const;
  return [{ type: 'database-observed', by: 'step:promote-database', data }];
}

export function decidePromotion(seen: Seen, context: Context): Promotion {
  const { plan } = context.operation;
  const { database } = plan;
  if (database.method === 'none' || seen === undefined) throw new Error('there is no database to promote');
  if (!seen.known) return { do: 'wait', why: seen.why, blind: true };
  const ended = atTarget(seen.value, database, context);
  if (ended !== undefined) return ended;
  const says = sayDatabase(seen.value);
  const called = newestCall(context, database.method);
  const movement = movementOf(seen.value);
  if (movement !== 'settled' && !overtakes(database, seen.value, called, context)) {
    return stuck(context, called, says) ?? { do: 'wait', why: says };
  }
  if (isAsked(context)) return { do: 'wait', why: says };
  if (movement === 'settled') {
    const cancelled = cancellation(database, seen.value, called, context);
    if (cancelled !== undefined) return cancelled;
  }
  // Called, and nothing moves yet: the control plane may lag behind its own answer, and a second call would be refused.
  if (called !== undefined && mayNotShowYet(called, context)) return { do: 'wait', why: says };
  if (database.method === 'adopt')
    return {
      do: 'pause',
      why: `the move that was begun before has ended and the writer is not in ${plan.to}: ${says}. Abort gives back what was changed; then /dr promote ${context.operation.application} makes a new plan`,
    };
  const waitFor = notYet(context, database);
  if (waitFor !== undefined) return { do: 'wait', why: waitFor };
  return call(database, seen.value, context);
}

/** The lag is the loss as it is before the call; afterwards it says nothing, and costs time where calls are throttled. */
function mayCall(context: StepContext): boolean {
  const called = newestCall(context, context.operation.plan.database.method);
  if (called?.acceptedAt !== undefined) return false;
  return called === undefined || called.refusedAt !== undefined || context.operation.database?.movement === 'settled';
}

const callOf = (plan: DatabasePlan): string => `${plan.method} of ${plan.globalCluster} to ${plan.targetArn}`;

/** The newest call of a method that was not refused for good. */
const newestCall = ({ state }: Pick<StepContext, 'state'>, method: string): Acted | undefined =>
  state?.acted.findLast((act) => act.action.startsWith(`${method} of `));

const hasSwitchedOver = (context: Pick<StepContext, 'state'>): boolean =>
  newestCall(context, 'switchover') !== undefined;

function call(plan: DatabasePlan, seen: DatabaseObserved, context: Context): Promotion {
  return {
    do: 'change',
    changes: [
      {
        action: { plan },
        says: callOf(plan),
        change: {
          resource: `global cluster ${plan.globalCluster}`,
          region: plan.callRegion,
          before: { writer: writerOf(seen)?.clusterArn ?? null, ...copied(plan, seen, context) },
          after: { writer: plan.targetArn },
        },
        noReturn: true,
      },
    ],
  };
}

/**
 * The target is the writer. Its instances are looked at, and in a switchover the global cluster; should either never
 * come right, the verification tells whether it takes writes, not the status.
 */
function atTarget(seen: DatabaseObserved, plan: DatabasePlan, context: Context): Promotion | undefined {
  const by = writesBy(seen, plan.targetArn);
  if (by === undefined) return undefined;
  const { operation, app } = context;
  const cluster = seen.standbyCluster;
  const isServing = cluster.known && cluster.value.instances.some(serves);
  const isSettled = plan.method !== 'switchover' || by === 'standalone' || seen.status === 'available';
  if (isServing && isSettled) return promoted(by, seen, context);
  const there = operation.database?.writer === operation.plan.to ? operation.database.at : undefined;
  if (there === undefined || secondsSince(there, context) < stuckAfter_s(app)) {
    return { do: 'wait', why: `the writer is in ${operation.plan.to} and settles: ${sayDatabase(seen)}` };
  }
  const end = promoted(by, seen, context);
  if (end.do !== 'done') return end;
  return { ...end, outcome: 'unconfirmed', detail: `${end.detail}. RDS still says: ${sayDatabase(seen)}` };
}

/**
 * AWS took the call, and the old writer is the writer again: AWS gave it up (FailoverState `cancelling`), or somebody did.
 * People are asked; it is not called a second time by itself.
 */
function cancellation(
  plan: DatabasePlan,
  seen: DatabaseObserved,
  called: Acted | undefined,
  context: Context,
): Promotion | undefined {
  const { state, operation } = context;
  const before = state?.cancelled;
  const again = `Retry calls the ${plan.method} again. Abort ends the operation and gives back what was changed`;
  const why = `AWS gave up the ${plan.method}: ${sayDatabase(seen)}. The writer is as it was before. ${again}`;
  if (called === undefined) {
    // The pause may not have been written before the function died.
    const isOpen = before?.action.startsWith(callOf(plan)) === true && !((state?.resumedAt ?? '') > before.at);
    return isOpen ? { do: 'pause', why } : undefined;
  }
  return wasGivenUp(called, operation, context) ? { do: 'pause', why, cancelled: called.action } : undefined;
}

/** Told from two looks that lie apart, since one alone may show an old state; close together where AWS was seen to cancel. */
function wasGivenUp(called: Acted, { database }: Operation, context: Pick<StepContext, 'now_ms'>): boolean {
  const took = called.acceptedAt ?? called.at;
  const settledAt = database?.movement === 'settled' ? database.at : undefined;
  if (settledAt !== undefined && settledAt > took) {
    return secondsSince(settledAt, context) >= (database?.before === 'cancelling' ? CANCELLED_FOR_S : SHOWS_WITHIN_S);
  }
  return called.acceptedAt !== undefined && secondsSince(called.acceptedAt, context) >= 2 * SHOWS_WITHIN_S;
}

/** Whether what was called may still become visible: not where AWS has said no. */
function mayNotShowYet(called: Acted, context: Pick<StepContext, 'now_ms'>): boolean {
  if (called.acceptedAt !== undefined) return true;
  return called.refusedAt === undefined && secondsSince(called.at, context) < SHOWS_WITHIN_S;
}

/**
 * What people have approved instead of a move that hangs is called while that still hangs, again and again, since nobody
 * documents from when on AWS takes it: a failover over a switchover, a detach over a failover.
 */
function overtakes(plan: DatabasePlan, seen: DatabaseObserved, called: Acted | undefined, context: Context): boolean {
  if (called !== undefined && (called.acceptedAt !== undefined || mayNotShowYet(called, context))) return false;
  if (plan.method === 'failover') return hasSwitchedOver(context) && seen.status === 'switching-over';
  return plan.method === 'detach' && newestCall(context, 'failover') !== undefined;
}

/** A switchover waits until the standby can carry the load: nothing is down before it. */
function notYet({ operation }: Pick<StepContext, 'operation'>, plan: DatabasePlan): string | undefined {
  return plan.method === 'switchover' && operation.steps.get('scale-out')?.status !== 'done'
    ? 'the standby is still scaling out'
    : undefined;
}

/**
 * AWS's no. One that may pass is tried again for some minutes, a failover over a hanging switchover until that has ended;
 * any other stands. Where home is not well, a failover that is refused leads on to the detach, by a vote.
 */
export function refusedPromotion({ plan }: PromoteAction, failure: Failure, context: Context): Refused | undefined {
  if (!mayPass(failure)) return asksForDetach(failure) ? refusedForGood(plan, failure, context, false) : undefined;
  const { state } = context;
  if (plan.method === 'failover' && hasSwitchedOver(context)) {
    const why =
      'Aurora takes no failover while its switchover is under way: Muster tries again until it has ended or been given up';
    return { do: 'retry', why };
  }
  const firstAt = newestCall(context, plan.method)?.at;
  const since = [firstAt, state?.resumedAt]
    .filter((at) => at !== undefined)
    .toSorted()
    .at(-1);
  if (firstAt === undefined || since === undefined || secondsSince(since, context) < REFUSED_FOR_S) {
    const minutes = REFUSED_FOR_S / 60;
    return {
      do: 'retry',
      why: `AWS refuses the ${plan.method} (${failure.text}): Muster tries again for ${minutes} minutes`,
    };
  }
  return refusedForGood(plan, failure, context, true);
}

/** Refusals of the failover itself, not of who asks or of a name that is wrong. */
const asksForDetach = (failure: Failure): boolean =>
  failure.kind === 'refused' && ['InvalidParameterCombination', 'InvalidParameterValue'].includes(failure.code);

function refusedForGood(plan: DatabasePlan, failure: Failure, context: Context, certain: boolean): Refused {
  const { operation, app } = context;
  const why = `AWS refused the ${plan.method}: ${failure.text}`;
  const isLeft = plan.method === 'failover' && operation.facts.verdict !== 'healthy';
  const ask = isLeft ? askFallback(context, why, Math.round(stuckAfter_s(app) / 60)) : undefined;
  if (ask !== undefined) return { ...ask, certain };
  const patch =
    plan.method === 'detach' ? '' : ' If it speaks of engine versions, patch both clusters to the same version first.';
  return { do: 'pause', why: `${why}.${patch} Retry calls it again`, certain };
}

interface Copied {
  /** Until when the target certainly has everything, UTC, ISO 8601; null: not measured. */
  readonly copiedUntil: string | null;
}

/** What the plan saw counts too: the last data point may be too old to be read again. A switchover copies everything. */
function copied(plan: DatabasePlan, seen: DatabaseObserved, { operation, now_ms }: Context): Copied | undefined {
  if (plan.method === 'switchover') return undefined;
  const { facts } = operation;
  const now = new Date(now_ms).toISOString();
  const until = latestCopy(copiedUntil(facts.lag, facts.observedAt), copiedUntil(seen.lag, now));
  return { copiedUntil: until.known ? until.value : null };
}

/** By whose call the writer came there: one that AWS took comes before one that it did not. */
function moverOf(by: 'global-writer' | 'standalone', { state }: Pick<StepContext, 'state'>): Acted | undefined {
  const methods = by === 'standalone' ? /^detach of / : /^(switchover|failover) of /;
  const calls = state?.acted.filter((act) => methods.test(act.action)) ?? [];
  return calls.findLast((act) => act.acceptedAt !== undefined) ?? calls.at(-1);
}

const METHODS = ['switchover', 'failover', 'detach'] as const;

function promoted(by: 'global-writer' | 'standalone', seen: DatabaseObserved, context: Context): Promotion {
  const { plan } = context.operation;
  const mover = moverOf(by, context);
  const [method = null] = METHODS.filter((method) => mover?.action.startsWith(`${method} of `));
  const { standbyCluster } = seen;
  const endpoint = standbyCluster.known ? standbyCluster.value.endpoint : undefined;
  const address = endpoint ?? 'the standby cluster’s own endpoint';
  const tell = by === 'standalone' ? `. Give the application its new database address now: ${address}` : '';
  const where =
    mover === undefined ? `the writer was already in ${plan.to}` : `the writer is in ${plan.to}, by ${method}`;
  const before = mover?.change?.before as Partial<Copied> | undefined;
  return {
    do: 'done',
    outcome: mover === undefined ? 'adopted' : 'done',
    detail: `${where}${tell}`,
    data: {
      by: method,
      // What is copied stays copied: the first try's figure holds for every later one.
      copiedUntil: before?.copiedUntil ?? null,
      why:
        mover === undefined
          ? 'the database was moved before this operation'
          : 'there was no data point of the replication lag',
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(by === 'standalone' ? { standalone: true } : {}),
    },
  };
}
