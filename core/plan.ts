import { accessStack } from './access.ts';
import { canonical, type Digest } from './canonical.ts';
import type { ApplicationConfig, CapacityConfig } from './config/schema.ts';
import type { OperationKind } from './kinds.ts';
import { type Refusal, refuse } from './reasons.ts';
import {
  type DatabaseObserved,
  type HomeVerdict,
  type LagPoint,
  type Observed,
  type Topology,
  writerOf,
} from './topology.ts';

/** How the database changes its writer. `adopt`: it already has; `none`: the application has no database. */
export type DatabaseMethod = 'switchover' | 'failover' | 'detach' | 'adopt' | 'none';

export interface DatabasePlan {
  readonly method: DatabaseMethod;
  /** Asked about again, by name, when the method is stuck; null: there is none. */
  readonly fallback: 'failover' | null;
  readonly globalCluster: string;
  /** The cluster that becomes the writer. */
  readonly targetArn: string;
  /** The writer when the plan was made: another one voids the approval. */
  readonly writerArn: string | null;
  /** The region whose RDS endpoint takes the call: the primary's for a switchover, else the target's. */
  readonly callRegion: string;
}

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
  readonly verdict: HomeVerdict;
  /** Why this method, in words. */
  readonly why: string;
  readonly lag: Observed<LagPoint>;
  /** Upper bound of the loss, or why nobody knows. */
  readonly expectedLoss_s: Observed<number>;
  /** From approval to the first served write: low and high. */
  readonly expectedDowntime_s: readonly [number, number];
  readonly notices: readonly string[];
}

export type PlanResult =
  | { readonly ok: true; readonly plan: Plan; readonly facts: PlanFacts }
  | { readonly ok: false; readonly refusal: Refusal };

export type MethodChoice = 'proposed' | 'switchover' | 'failover' | 'detach';

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
  const database = planDatabase(app, topology, choice);
  if ('code' in database) return no(database);
  if (alreadyPromoted(app, topology, database.plan.method)) {
    return no(refuse('already-promoted', { application: name, region: app.standby }));
  }
  const { method } = database.plan;
  const forced =
    method === 'failover' || method === 'detach' || (method !== 'switchover' && topology.home.verdict !== 'healthy');
  const plan: Plan = {
    version: 1,
    kind: 'promote',
    application: name,
    from: app.home,
    to: app.standby,
    database: database.plan,
    forced,
    capacity: app.services.map((service) => ({ service: service.name, ...service.active })),
    traffic: { strategy: app.traffic.strategy, record: app.traffic.record, target: app.traffic.standby.target },
    maxLoss_s: acceptedLoss_s(app, method, database.expectedLoss_s),
  };
  return {
    ok: true,
    plan,
    facts: {
      verdict: topology.home.verdict,
      why: database.why,
      lag: database.lag,
      expectedLoss_s: database.expectedLoss_s,
      expectedDowntime_s: downtime_s(app, method),
      notices: notices(app, plan),
    },
  };
}

interface DatabaseDecision {
  readonly plan: Plan['database'];
  readonly why: string;
  readonly lag: Observed<LagPoint>;
  readonly expectedLoss_s: Observed<number>;
}

function planDatabase(app: ApplicationConfig, topology: Topology, choice: MethodChoice): DatabaseDecision | Refusal {
  const nothing = { known: true, value: 0 } as const;
  if (app.database.kind === 'none' || topology.database === undefined) {
    const lag = { known: false, why: 'there is no database' } as const;
    return { plan: { method: 'none' }, why: 'The application has no database.', lag, expectedLoss_s: nothing };
  }
  if (!topology.database.known) {
    return refuse('database-unobservable', { region: app.standby, why: topology.database.why });
  }
  const observed = topology.database.value;
  if (!observed.standbyCluster.known) {
    return refuse('database-unobservable', { region: app.standby, why: observed.standbyCluster.why });
  }
  const target = observed.standbyCluster.value;
  const writer = writerOf(observed);
  const base = {
    globalCluster: observed.globalCluster,
    targetArn: target.arn,
    writerArn: writer?.clusterArn ?? null,
  };
  if (writer?.clusterArn === target.arn || observed.status === 'failing-over' || observed.status === 'switching-over') {
    return {
      plan: { ...base, method: 'adopt', fallback: null, callRegion: app.standby },
      why:
        writer?.clusterArn === target.arn
          ? `The database's writer is already in ${app.standby}: only what remains is done.`
          : `The writer is already being moved (${observed.status}): Muster waits for it and does what remains.`,
      lag: observed.lag,
      expectedLoss_s: { known: false, why: 'the database was moved before this operation' },
    };
  }
  if (target.instances === 0) {
    return refuse('no-standby-instance', { cluster: app.database.standby, region: app.standby });
  }
  const chosen = chooseMethod(topology.home.verdict, observed, target.engineVersion, choice);
  if ('code' in chosen) return chosen;
  if (chosen.method === 'switchover' && observed.status !== 'available') {
    return refuse('database-not-ready', { why: `the global cluster is ${observed.status}` });
  }
  if (target.status !== 'available') {
    return refuse('database-not-ready', { why: `the standby cluster is ${target.status}` });
  }
  return {
    plan: {
      ...base,
      method: chosen.method,
      fallback: chosen.method === 'switchover' ? 'failover' : null,
      callRegion: chosen.method === 'switchover' ? app.home : app.standby,
    },
    why: chosen.why,
    lag: observed.lag,
    expectedLoss_s: chosen.method === 'switchover' ? nothing : lossBound_s(observed.lag),
  };
}

/** Managed failover and switchover both need equal engine versions (AWS facts, "Aurora Global Database"). */
function chooseMethod(
  verdict: HomeVerdict,
  observed: DatabaseObserved,
  targetVersion: string,
  choice: MethodChoice,
): { method: 'switchover' | 'failover' | 'detach'; why: string } | Refusal {
  const versionsDiffer = observed.homeVersion.known && observed.homeVersion.value !== targetVersion;
  const versions = observed.homeVersion.known ? `home ${observed.homeVersion.value}, standby ${targetVersion}` : '';
  if (versionsDiffer) {
    if (choice === 'switchover' || choice === 'failover') {
      return refuse('method-not-possible', { method: choice, why: `the engine versions differ (${versions})` });
    }
    return {
      method: 'detach',
      why: `The engine versions differ (${versions}), so Aurora can only detach the standby: the database endpoint changes.`,
    };
  }
  // Home cannot be asked; the global cluster's version is its writer's, most likely. A guess may propose, never forbid.
  const { globalVersion } = observed;
  if (!observed.homeVersion.known && globalVersion !== undefined && globalVersion !== targetVersion) {
    const guess = `the global cluster has ${globalVersion}, the standby ${targetVersion}; home's own version is not known`;
    if (choice === 'proposed') {
      return {
        method: 'detach',
        why: `The engine versions seem to differ (${guess}): Aurora refuses a failover then, and only detaching the standby is left. The database endpoint changes.`,
      };
    }
  }
  if (choice !== 'proposed') {
    if (choice === 'switchover' && verdict === 'lost') {
      return refuse('method-not-possible', {
        method: choice,
        why: 'home does not answer, and a switchover needs it',
      });
    }
    return { method: choice, why: `A person chose ${choice}; home is ${verdict}.` };
  }
  return verdict === 'healthy'
    ? { method: 'switchover', why: 'Home is healthy, so the writer moves by switchover and nothing is lost.' }
    : {
        method: 'failover',
        why:
          verdict === 'lost'
            ? 'Home does not answer, so the standby is promoted by force and what was not yet copied is lost.'
            : 'Home answers only in part, so the standby is promoted by force; what was not yet copied is lost.',
      };
}

/** Last lag plus the age of that data point: an upper bound while home may still have been writing. */
export function lossBound_s(lag: Observed<LagPoint>): Observed<number> {
  if (!lag.known) return { known: false, why: lag.why };
  return { known: true, value: lag.value.lag_ms / 1000 + lag.value.age_s };
}

function acceptedLoss_s(app: ApplicationConfig, method: DatabaseMethod, expected: Observed<number>): number | null {
  if (method === 'switchover' || method === 'none' || app.database.kind === 'none') return 0;
  if (!expected.known) return null;
  return Math.max(app.database.maxLoss_s, Math.ceil(expected.value));
}

function alreadyPromoted(app: ApplicationConfig, topology: Topology, method: DatabaseMethod): boolean {
  if (method !== 'adopt' && method !== 'none') return false;
  const writerMoved = !topology.database?.known || writerOf(topology.database.value)?.region === app.standby;
  const capacityThere = app.services.every((service, index) => {
    const observed = topology.standbyServices[index];
    return observed?.known === true && observed.value.running >= service.active.desired;
  });
  return writerMoved && capacityThere && topology.traffic.known && topology.traffic.value.answer === 'standby';
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

function notices(app: ApplicationConfig, plan: Plan): string[] {
  const found: string[] = [];
  if (plan.database.method === 'switchover')
    found.push(`A switchover is called in ${app.home}: RDS there must answer.`);
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
 * Does the approval still hold? Void only when the writer or the target changed, or a bound is broken;
 * a measurement that is missing breaks nothing.
 */
export function approvalVoid(plan: Plan, database: Topology['database']): string | undefined {
  if (plan.database.method === 'none') return undefined;
  if (database?.known !== true) return undefined;
  const observed = database.value;
  const writer = writerOf(observed)?.clusterArn ?? null;
  if (plan.database.method !== 'adopt' && writer !== plan.database.writerArn) {
    return `the writer was ${plan.database.writerArn ?? 'unknown'} and is now ${writer ?? 'unknown'}`;
  }
  if (observed.standbyCluster.known && observed.standbyCluster.value.arn !== plan.database.targetArn) {
    return `the target was ${plan.database.targetArn} and is now ${observed.standbyCluster.value.arn}`;
  }
  if (plan.database.method === 'switchover' || plan.maxLoss_s === null || !observed.lag.known) return undefined;
  const lag_s = observed.lag.value.lag_ms / 1000;
  return lag_s > plan.maxLoss_s
    ? `the replication lag is ${Math.round(lag_s)} s now, more than the ${plan.maxLoss_s} s that was approved`
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
  if (plan.database.method === 'switchover') needs.push("RDS (a switchover is called in the primary's region)");
  if (plan.traffic.strategy === 'record' && plan.from === ROUTE_53_REGION) {
    needs.push('Route 53 (its record changes are served from us-east-1 only)');
  }
  return needs.length === 0 ? undefined : needs.join(' and ');
}
