import type { ApplicationConfig } from '../config/schema.ts';
import {
  isHeadless,
  isHopeless,
  isStandalone,
  memberOf,
  movementOf,
  NO_GLOBAL_CLUSTER,
  sayInstances,
  writesBy,
} from '../database-state.ts';
import { type Refusal, refuse } from '../reasons.ts';
import { type ClusterObserved, type DatabaseObserved, type Topology, writerOf } from '../topology.ts';
import { chooseMethod } from './method.ts';

/** How the database changes its writer. `adopt`: it already has; `none`: the application has no database. */
export type DatabaseMethod = 'switchover' | 'failover' | 'detach' | 'adopt' | 'none';

export type MethodChoice = 'proposed' | 'switchover' | 'failover' | 'detach';

export interface DatabasePlan {
  readonly method: DatabaseMethod;
  /** Asked about again, by name, when the method is stuck; null: there is none. */
  readonly fallback: 'failover' | 'detach' | null;
  readonly globalCluster: string;
  /** The cluster that becomes the writer. */
  readonly targetArn: string;
  /** The writer when the plan was made: another one voids the approval. */
  readonly writerArn: string | null;
  /** The region whose RDS endpoint takes the call: the primary's for a switchover, else the target's. */
  readonly callRegion: string;
}

export interface DatabaseDecision {
  readonly plan: DatabasePlan | { readonly method: 'none' };
  readonly why: string;
  /** Data may be lost, or already is. */
  readonly forced: boolean;
  /** Nothing, what the replication lag says, or why nobody can say. */
  readonly loss: 'none' | 'lag' | { readonly unknown: string };
  readonly notices: readonly string[];
}

type Aurora = Extract<ApplicationConfig['database'], { kind: 'aurora-global' }>;

/** What a plan for this database rests on: what muster.yaml says, checked against what was observed. */
interface Case {
  readonly app: ApplicationConfig;
  readonly database: Aurora;
  readonly topology: Topology;
  readonly seen: DatabaseObserved;
  readonly target: ClusterObserved;
  readonly base: Pick<DatabasePlan, 'globalCluster' | 'targetArn' | 'writerArn'>;
}

export function planDatabase(
  app: ApplicationConfig,
  topology: Topology,
  choice: MethodChoice,
): DatabaseDecision | Refusal {
  if (app.database.kind === 'none' || topology.database === undefined) {
    const forced = topology.home.verdict !== 'healthy';
    return { plan: { method: 'none' }, why: 'The application has no database.', forced, loss: 'none', notices: [] };
  }
  const unobservable = (why: string): Refusal => refuse('database-unobservable', { region: app.standby, why });
  if (!topology.database.known) return unobservable(topology.database.why);
  const seen = topology.database.value;
  if (!seen.standbyCluster.known) return unobservable(seen.standbyCluster.why);
  const target = seen.standbyCluster.value;
  const writerArn = writerOf(seen)?.clusterArn ?? null;
  const base = { globalCluster: seen.globalCluster, targetArn: target.arn, writerArn };
  const one: Case = { app, database: app.database, topology, seen, target, base };
  return adoption(one) ?? certainNo(one) ?? move(one, choice);
}

/** The writer is in the standby already, or on its way there; a refusal: it is on its way elsewhere, or is not ours. */
function adoption(one: Case): DatabaseDecision | Refusal | undefined {
  const { app, seen, target, base } = one;
  const { standby } = app;
  const adopt = (forced: boolean, why: string, loss: string, notices: readonly string[] = []): DatabaseDecision => ({
    plan: { ...base, method: 'adopt', fallback: null, callRegion: standby },
    why,
    // A home that is not well is fenced, whatever moved the writer.
    forced: forced || one.topology.home.verdict !== 'healthy',
    loss: { unknown: loss },
    notices: [...notices, ...shown(one)],
  });
  const moved = 'the database was moved before this operation';
  switch (writesBy(seen, target.arn)) {
    case 'global-writer':
      return adopt(wasForced(one), `The database’s writer is already in ${standby}: only what remains is done.`, moved);
    case 'standalone': {
      const refusal = notOurs(one);
      if (refusal !== undefined) return refusal;
      const decision = adopt(
        true,
        `The standby cluster was detached and is a writer of its own in ${standby}: only what remains is done.`,
        'the standby was detached before this operation: what home wrote since is not in it',
        [
          `${target.arn} is in no global cluster: ${sayDetached(one)}. The application needs its own endpoint: ${target.endpoint ?? 'see the RDS console'}.`,
        ],
      );
      // It is the writer that this plan goes on with, whatever the old global cluster names.
      return {
        ...decision,
        plan: { ...base, writerArn: target.arn, method: 'adopt', fallback: null, callRegion: standby },
      };
    }
    default:
      break;
  }
  if (movementOf(seen) !== 'moving') return undefined;
  const { failover } = seen;
  const to = failover?.toArn;
  if (to !== undefined && to !== target.arn) {
    const why = `somebody is moving the writer to ${to} (${failover?.status})`;
    return refuse('database-not-ready', {
      why,
      next: `Wait until that has ended (/dr status ${one.topology.application}), then try again.`,
    });
  }
  const forced = failover?.dataLossAllowed ?? seen.status !== 'switching-over';
  return adopt(
    forced,
    `The writer is already being moved (${failover?.status ?? seen.status}): Muster waits for it and does what remains.`,
    moved,
  );
}

/**
 * Whether a writer that is already in the standby came there by force. The old primary rejoins as `connected` after a
 * switchover at once, after a failover only when it has copied everything again; where nothing tells, it was forced.
 */
function wasForced({ app, seen, target }: Case): boolean {
  const others = seen.members.filter((member) => member.clusterArn !== target.arn && member.region === app.home);
  return others.length === 0 || others.some((member) => member.synchronization !== 'connected');
}

/**
 * A standby of its own is taken for the writer only where it was detached in order to leave home: home is lost, or it is
 * not well and the standby followed it minutes ago. Anything else may be old: moving users to it would lose all since.
 */
function notOurs(one: Case): Refusal | undefined {
  const { home, traffic } = one.topology;
  const { verdict } = home;
  // Users are there: it is what they write to.
  if (traffic.known && traffic.value.answer === 'standby') return undefined;
  if (verdict === 'lost' || (verdict === 'impaired' && one.seen.lag.known)) return undefined;
  return notAMember(one, `it is a database of its own, ${sayDetached(one)}, and home is ${verdict}`);
}

/** The lag is measured only while a secondary follows: its last data point tells when that ended. */
const sayDetached = ({ seen }: Case): string =>
  seen.lag.known
    ? `its last replication data point is ${Math.round(seen.lag.value.age_s)} s old`
    : `since when is not known (replication lag: ${seen.lag.why})`;

const notAMember = ({ app, database, seen }: Case, why: string): Refusal =>
  refuse('standby-not-a-member', {
    cluster: database.standby,
    region: app.standby,
    global:
      seen.status === NO_GLOBAL_CLUSTER
        ? `${database.globalCluster} (there is none by that name)`
        : database.globalCluster,
    why,
  });

/** What makes every method hopeless, whatever people choose; all else is left to AWS's own answer. */
function certainNo(one: Case): Refusal | undefined {
  const { app, database, seen, target } = one;
  if (memberOf(seen, target.arn) === undefined) {
    const why =
      target.memberOf !== undefined && target.memberOf !== database.globalCluster
        ? `it is in the global cluster ${target.memberOf}`
        : `its members are ${seen.members.map((member) => member.clusterArn).join(', ') || 'none'}`;
    return notAMember(one, why);
  }
  if (isHopeless(target.status)) {
    const next = `Bring ${database.standby} back first: the runbook, section "promote-database".`;
    return refuse('database-not-ready', { why: `the standby cluster is ${target.status}`, next });
  }
  return isHeadless(target)
    ? refuse('no-standby-instance', { cluster: database.standby, region: app.standby })
    : undefined;
}

function move(one: Case, choice: MethodChoice): DatabaseDecision | Refusal {
  const { app, seen, target, base } = one;
  const { application, home } = one.topology;
  const chosen = chooseMethod({ application, home: app.home, verdict: home.verdict, seen, target }, choice);
  if ('code' in chosen) return chosen;
  const { method, why } = chosen;
  const writer = writerOf(seen);
  const resyncing = memberOf(seen, target.arn)?.synchronization === 'pending-resync';
  return {
    plan: {
      ...base,
      method,
      fallback: method === 'switchover' ? 'failover' : method === 'failover' ? 'detach' : null,
      // A switchover is called in the primary's region, wherever that is; anything forced in the target's.
      callRegion: method === 'switchover' ? (writer?.region ?? app.home) : app.standby,
    },
    why,
    forced: method !== 'switchover',
    loss: method === 'switchover' ? 'none' : resyncing ? { unknown: RESYNCING } : 'lag',
    notices: [...chosen.notices, ...shown(one)],
  };
}

const RESYNCING = 'the standby is still resynchronising (pending-resync): nobody can tell what it has';

/** What differs from what muster.yaml says or from the usual: it forbids nothing, and people should know it. */
function shown({ app, database, seen, target }: Case): readonly string[] {
  const notices: string[] = [];
  const writer = writerOf(seen);
  const member = memberOf(seen, target.arn);
  if (member !== undefined && member.synchronization === 'pending-resync' && !member.isWriter) {
    notices.push(`The standby is in pending-resync: it does not have everything, and AWS may refuse it.`);
  }
  if (writer !== undefined && writer.clusterArn !== target.arn && !isStandalone(seen)) {
    const expected = writer.region === app.home && nameOf(writer.clusterArn) === database.home.toLowerCase();
    if (!expected)
      notices.push(`The writer is ${writer.clusterArn}, not ${database.home} in ${app.home} as muster.yaml says.`);
  }
  const odd = [
    ...(seen.status === 'available' ? [] : [`global cluster: ${seen.status}`]),
    ...(seen.failover === undefined ? [] : [`FailoverState: ${seen.failover.status}`]),
    ...(target.status === 'available' ? [] : [`standby cluster: ${target.status}`]),
    ...(target.instances.every(({ status }) => status === 'available')
      ? []
      : [`standby: ${sayInstances(target.instances)}`]),
  ];
  if (odd.length > 0) notices.push(`RDS says ${odd.join('; ')}. That stops nothing; AWS may refuse the call for it.`);
  return notices;
}

const nameOf = (arn: string): string => arn.split(':')[6] ?? '';
