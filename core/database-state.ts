import type { ClusterObserved, DatabaseObserved, GlobalMember, InstanceObserved } from './topology.ts';
import { writerOf } from './topology.ts';

/**
 * What the words that RDS uses mean for a promote. Its statuses are open sets ("Viewing DB cluster status", "Viewing
 * Amazon RDS DB instance status", FailoverState): a word that is listed nowhere here proposes nothing and forbids nothing,
 * and is shown.
 */

/** Stands for a status where RDS says that there is no such global cluster. */
export const NO_GLOBAL_CLUSTER = 'not there';

/** A cluster in one of these certainly cannot become the writer. */
export const isHopeless = (status: string): boolean => /^(deleting|stopped|inaccessible-.+)$/.test(status);

/** Aurora refuses to promote a cluster without an instance; one that is being deleted is none. */
export const isHeadless = ({ instances }: ClusterObserved): boolean =>
  instances.every((instance) => instance.status === 'deleting');

const SERVES_NOTHING =
  /^(creating|deleting|failed|inaccessible-.+|incompatible-.+|rebooting|restore-error|starting|stopped|stopping|storage-full)$/;

/** No documented status of it says that it takes no connections. */
export const serves = ({ status }: InstanceObserved): boolean => !SERVES_NOTHING.test(status);

export type Movement = 'settled' | 'moving' | 'cancelling';

/** FailoverState (RDS API reference): `pending` is being verified, `cancelling` returns both clusters to what they were. */
export function movementOf(seen: DatabaseObserved): Movement {
  const phase = seen.failover?.status ?? '';
  if (phase === 'cancelling') return 'cancelling';
  if (['pending', 'failing-over', 'switching-over'].includes(phase)) return 'moving';
  if (['failing-over', 'switching-over'].includes(seen.status)) return 'moving';
  // A standby that is being detached.
  return seen.standbyCluster.known && seen.standbyCluster.value.status === 'promoting' ? 'moving' : 'settled';
}

export const memberOf = (seen: DatabaseObserved, arn: string): GlobalMember | undefined =>
  seen.members.find((member) => member.clusterArn === arn);

/** A cluster of its own: in no global cluster, following nobody, and no longer on its way there. */
export function isStandalone(seen: DatabaseObserved): boolean {
  if (!seen.standbyCluster.known) return false;
  const { arn, memberOf: global, source, status } = seen.standbyCluster.value;
  if (memberOf(seen, arn) !== undefined || global !== undefined || source !== undefined) return false;
  return status !== 'promoting' && !isHopeless(status);
}

/** How the standby's cluster came to be a writer, as far as AWS shows it; undefined: it is none. */
export function writesBy(seen: DatabaseObserved, targetArn: string): 'global-writer' | 'standalone' | undefined {
  if (writerOf(seen)?.clusterArn === targetArn) return 'global-writer';
  return isStandalone(seen) ? 'standalone' : undefined;
}

/** Where writes go, as AWS says; null: it names no writer. */
export function writerRegion(seen: DatabaseObserved, to: string): string | null {
  return isStandalone(seen) ? to : (writerOf(seen)?.region ?? null);
}

/** Everything that RDS said, in one line. */
export function sayDatabase(seen: DatabaseObserved): string {
  const { standbyCluster: cluster, failover } = seen;
  const phase = failover === undefined ? '' : ` (${failover.status})`;
  const writer = writerOf(seen)?.region ?? 'no region';
  const standby = cluster.known
    ? `standby cluster ${cluster.value.status}, ${sayInstances(cluster.value.instances)}`
    : `standby cluster unknown (${cluster.why})`;
  const alone = isStandalone(seen) ? ', a database of its own' : '';
  return `global cluster ${seen.status}${phase}, writer in ${writer}, ${standby}${alone}`;
}

/** `2 instances`, or what those are at that are not simply available. */
export function sayInstances(instances: readonly InstanceObserved[]): string {
  const count = `${instances.length} instance${instances.length === 1 ? '' : 's'}`;
  const others = instances.filter(({ status }) => status !== 'available');
  return others.length === 0 ? count : `${count} (${others.map(({ id, status }) => `${id} ${status}`).join(', ')})`;
}
