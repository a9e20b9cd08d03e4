/**
 * What was observed of an application, in both regions. A measurement that could not be had is `unknown`, with the
 * reason and, where there was one, the last value and its age: never zero, never a guess.
 */
export type Observed<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export const known = <T>(value: T): Observed<T> => ({ known: true, value });
export const unknown = (why: string): { readonly known: false; readonly why: string } => ({ known: false, why });

/** `lost`: nothing in home answered. `impaired`: some of it did, or answered with failures. Throttled is not lost. */
export type HomeVerdict = 'healthy' | 'impaired' | 'lost';

/** One probe of home, made from the standby region at most 15 s before the verdict. */
export interface Probe {
  readonly what: string;
  /** `throttled` and `refused` are answers: something is alive there. */
  readonly result: 'ok' | 'throttled' | 'failing' | 'refused' | 'silent';
  readonly detail: string;
}

export interface GlobalMember {
  readonly clusterArn: string;
  readonly region: string;
  readonly isWriter: boolean;
  /** As Aurora says: `connected`, `pending-resync`; undefined where it says nothing. */
  readonly synchronization: string | undefined;
}

export interface LagPoint {
  readonly lag_ms: number;
  /** How old the data point was when it was read. */
  readonly age_s: number;
}

export interface InstanceObserved {
  readonly id: string;
  /** As RDS gives it, an open string. */
  readonly status: string;
}

/** A move of the writer that RDS has accepted (RDS API reference, FailoverState). */
export interface FailoverObserved {
  /** An open string: `pending`, `failing-over`, `switching-over`, `cancelling`. */
  readonly status: string;
  /** The cluster that is to become the writer. */
  readonly toArn?: string | undefined;
  /** True in a forced failover, false in a switchover; undefined where RDS does not say. */
  readonly dataLossAllowed?: boolean | undefined;
}

export interface ClusterObserved {
  readonly arn: string;
  /** As RDS gives it, an open string. */
  readonly status: string;
  readonly engineVersion: string;
  /** The cluster's own writer endpoint. */
  readonly endpoint?: string;
  /** All of them, whatever they are at. */
  readonly instances: readonly InstanceObserved[];
  /** The global cluster that it says it is in, and the cluster that it follows; undefined: none. */
  readonly memberOf?: string | undefined;
  readonly source?: string | undefined;
  /** Whether it passes writes on to the primary: GlobalWriteForwardingStatus, an open string; undefined: it cannot. */
  readonly writeForwarding?: string | undefined;
}

export interface DatabaseObserved {
  readonly globalCluster: string;
  /** The global cluster's status as RDS gives it, an open string; `NO_GLOBAL_CLUSTER` where there is none. */
  readonly status: string;
  /** Undefined: no move of the writer is shown. */
  readonly failover?: FailoverObserved | undefined;
  readonly members: readonly GlobalMember[];
  readonly standbyCluster: Observed<ClusterObserved>;
  /** Home's engine version, best effort. */
  readonly homeVersion: Observed<string>;
  /** The global cluster's engine version, as the standby's endpoint gives it: its writer's, as far as anybody says. */
  readonly globalVersion?: string | undefined;
  readonly lag: Observed<LagPoint>;
}

export interface ServiceObserved {
  readonly name: string;
  readonly region: string;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly desired: number;
  readonly running: number;
  /** Healthy targets, where a target group is configured. */
  readonly healthy: number | undefined;
}

export interface TrafficObserved {
  /** Which region's addresses the record's name resolves to from the configured resolvers. */
  readonly answer: 'home' | 'standby' | 'mixed' | 'neither';
  readonly addresses: readonly string[];
}

export interface Topology {
  readonly application: string;
  /** UTC, ISO 8601. */
  readonly at: string;
  /** Why the application's account could not be accessed; absent: it could, or it is Muster's own. */
  readonly noAccess?: string;
  readonly home: { readonly verdict: HomeVerdict; readonly probes: readonly Probe[] };
  /** `undefined`: the application has no database. */
  readonly database: Observed<DatabaseObserved> | undefined;
  readonly standbyServices: readonly Observed<ServiceObserved>[];
  readonly homeServices: readonly Observed<ServiceObserved>[];
  readonly traffic: Observed<TrafficObserved>;
}

/**
 * Home's verdict from probes of its control plane and of the application itself.
 * All silent: lost. All ok or throttled: healthy. Anything between: impaired, and a person decides.
 */
export function judgeHome(probes: readonly Probe[]): HomeVerdict {
  const answers = probes.filter((probe) => probe.result !== 'silent');
  if (answers.length === 0) return 'lost';
  return probes.every((probe) => probe.result === 'ok' || probe.result === 'throttled') ? 'healthy' : 'impaired';
}

/** The region of the cluster that Aurora says is the writer. */
export function writerOf(database: DatabaseObserved): GlobalMember | undefined {
  return database.members.find((member) => member.isWriter);
}
