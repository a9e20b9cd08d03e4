import type { ClusterState, GlobalState, InstanceState } from './model.ts';

type Resource = Pick<ClusterState | InstanceState | GlobalState, 'status' | 'shown'>;

/** What the API shows. What happens to the resource itself (creating, promoting, deleting) hides what it shows besides. */
export function statusOf({ status, shown }: Resource): string {
  return status === 'available' ? (shown?.status ?? status) : status;
}

/**
 * Aurora User Guide, "Viewing DB cluster status" and "Viewing DB instance status": in these nobody is served. In every
 * other one, known or not, the database works.
 */
const NOT_SERVING: ReadonlySet<string> = new Set([
  'creating',
  'deleting',
  'cloning-failed',
  'failed',
  'inaccessible-encryption-credentials',
  'inaccessible-encryption-credentials-recoverable',
  'incompatible-network',
  'incompatible-option-group',
  'incompatible-parameters',
  'incompatible-restore',
  'insufficient-capacity',
  'migration-failed',
  'rebooting',
  'restore-error',
  'starting',
  'stopped',
  'stopping',
]);

export const serves = (resource: Resource): boolean => !NOT_SERVING.has(statusOf(resource));

/**
 * Statuses of a target in which AWS moves no writer to it. FailoverGlobalCluster documents the error ("The requested
 * operation can't be performed while the cluster is in this state"), not the states: these are the hopeless ones.
 */
const NO_TARGET: ReadonlySet<string> = new Set([
  'creating',
  'deleting',
  'cloning-failed',
  'failing-over',
  'inaccessible-encryption-credentials',
  'inaccessible-encryption-credentials-recoverable',
  'migration-failed',
  'promoting',
  'starting',
  'stopped',
  'stopping',
]);

/** Whether AWS refuses to move the writer to, or away from, a cluster or instance in this status. */
export function refusesMove(resource: Resource): boolean {
  const refuses = resource.status === 'available' ? resource.shown?.refuses : undefined;
  return refuses ?? NO_TARGET.has(statusOf(resource));
}

/** Statuses of a global cluster in which AWS changes nothing about it. */
const BUSY_GLOBAL: ReadonlySet<string> = new Set([
  'creating',
  'deleting',
  'failing-over',
  'switching-over',
  'upgrading',
]);

export function globalIsBusy(global: Resource): boolean {
  const refuses = global.status === 'available' ? global.shown?.refuses : undefined;
  return refuses ?? BUSY_GLOBAL.has(statusOf(global));
}
