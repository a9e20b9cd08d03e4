import { accessStack } from './access.ts';
import { canonical, type Digest } from './canonical.ts';
import type { ApplicationConfig, CapacityConfig } from './config/schema.ts';
import { memberOf, movementOf, writesBy } from './database-state.ts';
import type { OperationKind } from './kinds.ts';
import { type HomeLook, lossNow_s, plannedLoss_s } from './loss.ts';
import {
  type DatabaseDecision,
  type DatabaseMethod,
  type DatabasePlan,
  type MethodChoice,
  planDatabase,
} from './plan/database.ts';
import { type Refusal, refuse } from './reasons.ts';
import {
  type DatabaseObserved,
  type HomeVerdict,
  known,
  type LagPoint,
  type Observed,
  type Topology,
  unknown,
  writerOf,
} from './topology.ts';

export type { DatabaseMethod, DatabasePlan, MethodChoice } from './plan/database.ts';

/** What people approve: intent, not measurements. Immutable; its hash is what an approval is bound to. */
export interface Plan {
  readonly version: 1;
  readonly kind: OperationKind;
  readonly application: string;
  /** The region being left. */
  readonly from: string;
  /** The region that takes over. */
  readonly to: string;
  readonly database: DatabasePlan | { readonly method: 'none' };
  /** Forced: home is not asked and may be dead; data may be lost. */
  readonly forced: boolean;
  readonly capacity: readonly ({ readonly service: string } & CapacityConfig)[];
  /** `none`: the operation moves no traffic. */
  readonly traffic: { readonly strategy: 'stop' | 'record' | 'none'; readonly record: string; readonly target: string };
  /** The loss that people accept; null: they accept a loss that nobody could measure. 0 for a switchover. */
  readonly maxLoss_s: number | null;
}

/** Noisy facts, shown beside the plan and never hashed. */
export interface PlanFacts {
  /** When all of it was observed, home first. UTC, ISO 8601. */
  readonly observedAt: string;
  readonly verdict: HomeVerdict;
  /** Why this method, in words. */
  readonly why: string;
  readonly lag: Observed<LagPoint>;
  /** Upper bound of the loss (loss.ts), or why nobody knows. */
  readonly expectedLoss_s: Observed<number>;
  /** Why something in the standby may write to the old writer, in words; null: nothing can. */
  readonly writesAcross: string | null;
  /** From approval to the first served write: low and high. */
  readonly expectedDowntime_s: readonly [number, number];
  readonly notices: readonly string[];
}

export type PlanResult =
  | { readonly ok: true; readonly plan: Plan; readonly facts: PlanFacts }
  | { readonly ok: false; readonly refusal: Refusal };

export const planHash = (plan: Plan, digest: Digest): string => digest(canonical(plan));

/** (configuration, topology, choice) -> plan, or why there is none. Pure. */
export function planPromote(
  name: string,
  app: ApplicationConfig,
  topology: Topology,
  choice: MethodChoice = 'proposed',
): PlanResult {
  const no = (refusal: Refusal): PlanResult => ({ ok: false, refusal });
  if (topology.noAccess !== undefined) {
    const account = app.account?.id ?? '';
    return no(refuse('account-closed', { account, why: topology.noAccess, stack: accessStack(account) }));
  }
  if (alreadyPromoted(app, topology)) {
    return no(refuse('already-promoted', { application: name, region: app.standby }));
  }
  const database = planDatabase(app, topology, choice);
  if ('code' in database) return no(database);
  const { method } = database.plan;
  const lag = lagOf(topology);
  const expectedLoss_s = lossOf(database.loss, lag, topology);
  const across = writesAcross(app, topology);
  const plan: Plan = {
    version: 1,
    kind: 'promote',
    application: name,
    from: app.home,
    to: app.standby,
    database: database.plan,
    forced: database.forced,
    capacity: app.services.map((service) => ({ service: service.name, ...service.active })),
    traffic: { strategy: app.traffic.strategy, record: app.traffic.record, target: app.traffic.standby.target },
    maxLoss_s: acceptedLoss_s(app, method, expectedLoss_s),
  };
  return {
    ok: true,
    plan,
    facts: {
      observedAt: topology.at,
      verdict: topology.home.verdict,
      why: database.why,
      lag,
      expectedLoss_s,
      writesAcross: across,
      expectedDowntime_s: downtime_s(app, method),
      notices: [
        ...database.notices,
        ...unseenServices(app, topology),
        ...notices(plan),
        ...unbounded(plan, topology, across),
      ],
    },
  };
}

const lagOf = ({ database }: Topology): Observed<LagPoint> =>
  database === undefined ? unknown('there is no database') : database.known ? database.value.lag : database;

function lossOf(loss: DatabaseDecision['loss'], lag: Observed<LagPoint>, { home, at }: Topology): Observed<number> {
  if (loss === 'none') return known(0);
  return loss === 'lag' ? plannedLoss_s(home.verdict, lag, at) : unknown(loss.unknown);
}

/**
 * Whether the application's tasks in the standby may write to the writer in the region being left: the global writer
 * endpoint leads there until it has followed the new writer, and write forwarding passes on what a secondary is given
 * (Aurora User Guide, "Using write forwarding in an Amazon Aurora global database"). Only `disabled` says that it does not.
 */
function writesAcross(app: ApplicationConfig, { database }: Topology): string | null {
  if (app.database.kind === 'none') return null;
  if (app.database.writesThrough === 'global') return 'the application writes through the global writer endpoint';
  const cluster = database?.known === true ? database.value.standbyCluster : undefined;
  const status = cluster?.known === true ? (cluster.value.writeForwarding ?? 'disabled') : 'unknown';
  if (status === 'disabled') return null;
  return `write forwarding of ${app.database.standby} is ${status}`;
}

function unbounded({ forced, database, from }: Plan, { home }: Topology, across: string | null): string[] {
  const mayLose = forced && (database.method === 'failover' || database.method === 'detach');
  if (!mayLose || across === null || home.verdict === 'lost') return [];
  return [`The loss is bounded only until the call: ${across}, and may go on to reach the old writer in ${from}.`];
}

/** A service that muster.yaml names and that nobody could see in the standby: scaling out would stop at it. */
function unseenServices(app: ApplicationConfig, { standbyServices }: Topology): string[] {
  return app.services.flatMap(({ name }, index) => {
    const seen = standbyServices[index];
    if (seen === undefined || seen.known) return [];
    return [`The service ${name} was not seen in ${app.standby} (${seen.why}): scaling out may stop there.`];
  });
}

function acceptedLoss_s(app: ApplicationConfig, method: DatabaseMethod, expected: Observed<number>): number | null {
  if (method === 'switchover' || method === 'none' || app.database.kind === 'none') return 0;
  if (!expected.known) return null;
  return Math.max(app.database.maxLoss_s, Math.ceil(expected.value));
}

function alreadyPromoted(app: ApplicationConfig, topology: Topology): boolean {
  const capacityThere = app.services.every((service, index) => {
    const observed = topology.standbyServices[index];
    return observed?.known === true && observed.value.running >= service.active.desired;
  });
  const led = topology.traffic.known && topology.traffic.value.answer === 'standby';
  return capacityThere && led && writerMoved(topology);
}

function writerMoved({ database }: Topology): boolean {
  if (database === undefined) return true;
  if (!database.known || !database.value.standbyCluster.known) return false;
  return writesBy(database.value, database.value.standbyCluster.value.arn) !== undefined;
}

/** AWS: "within a few minutes" for a failover, about one for a switchover; then the health check and the TTL. */
function downtime_s(app: ApplicationConfig, method: DatabaseMethod): readonly [number, number] {
  const propagation =
    app.traffic.ttl_s + (app.traffic.strategy === 'stop' ? app.traffic.interval_s * app.traffic.threshold : 60);
  const [low, high] = {
    switchover: [60, 180],
    failover: [120, 600],
    detach: [60, 300],
    adopt: [0, 300],
    none: [0, 60],
  }[method] as [number, number];
  return [low + Math.round(propagation / 2), high + propagation];
}

function notices(plan: Plan): string[] {
  const found: string[] = [];
  if (plan.database.method === 'detach') {
    found.push('The database endpoint changes: the application must be given the standby cluster’s own endpoint.');
  }
  if (plan.traffic.strategy === 'record') {
    const where = plan.from === 'us-east-1' ? 'us-east-1, the region being left' : 'us-east-1';
    found.push(`Traffic moves by a Route 53 record change: that control plane is in ${where}.`);
  }
  if (plan.forced) found.push('Home is fenced best effort only: a home that comes back may still run tasks.');
  return found;
}

/**
 * Does the approval still hold? Void only when the writer or the target changed, the target can no longer be
 * moved to, or a bound is broken; a measurement that is missing breaks nothing.
 */
export function approvalVoid(
  plan: Plan,
  facts: PlanFacts,
  { database, at, home }: { readonly database: Topology['database']; readonly at: string; readonly home: HomeLook },
): string | undefined {
  if (plan.database.method === 'none') return undefined;
  if (database?.known !== true) return undefined;
  const observed = database.value;
  const target = targetVoid(plan.database, observed);
  if (target !== undefined) return target;
  const { method } = plan.database;
  if ((method !== 'failover' && method !== 'detach') || plan.maxLoss_s === null) return undefined;
  const bound = lossNow_s(facts, { at, lag: observed.lag, home });
  return bound.known && bound.value > plan.maxLoss_s
    ? `up to ${Math.ceil(bound.value)} s of writes may be lost now, more than the ${plan.maxLoss_s} s that was approved`
    : undefined;
}

function targetVoid(plan: DatabasePlan, observed: DatabaseObserved): string | undefined {
  const { method, writerArn, targetArn } = plan;
  const cluster = observed.standbyCluster;
  if (cluster.known && cluster.value.arn !== targetArn) {
    return `the target was ${targetArn} and is now ${cluster.value.arn}`;
  }
  const named = writerOf(observed)?.clusterArn ?? null;
  const writer = cluster.known && writesBy(observed, targetArn) !== undefined ? targetArn : named;
  if (method === 'adopt') {
    // It was there, or on its way there: if it is neither now, there is nothing to adopt.
    if (writer === targetArn || movementOf(observed) === 'moving') return undefined;
    return `the writer was ${writerArn === targetArn ? 'there' : 'being moved'} and is now ${writer ?? 'named by nobody'}`;
  }
  if (writer !== writerArn) return `the writer was ${writerArn ?? 'unknown'} and is now ${writer ?? 'unknown'}`;
  const member = memberOf(observed, targetArn);
  if (member === undefined) return `${targetArn} is no longer in the global cluster ${plan.globalCluster}`;
  return method === 'switchover' && member.synchronization === 'pending-resync'
    ? 'the standby is resynchronising now (pending-resync)'
    : undefined;
}

/** Route 53's records are changed here alone (AWS facts, "Traffic"). */
export const ROUTE_53_REGION = 'us-east-1';

/**
 * Which control planes in the region being left this plan cannot do without; undefined: none. Route 53's records are
 * changed in us-east-1, which may be the region that is lost.
 */
export function neededFromLeft(plan: Plan): string | undefined {
  const needs: string[] = [];
  if (plan.database.method === 'switchover' && plan.database.callRegion === plan.from) {
    needs.push("RDS (a switchover is called in the primary's region)");
  }
  if (plan.traffic.strategy === 'record' && plan.from === ROUTE_53_REGION) {
    needs.push('Route 53 (its record changes are served from us-east-1 only)');
  }
  return needs.length === 0 ? undefined : needs.join(' and ');
}
