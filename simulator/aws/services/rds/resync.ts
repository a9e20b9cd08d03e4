import type { ClusterState, GlobalState } from './model.ts';
import { addSnapshot } from './snapshots.ts';
import type { RdsState } from './state.ts';
import { name } from './transfer.ts';

/**
 * After a managed failover every other member gets a new volume from the new primary, as soon as its region serves.
 * Until the control plane reaches the old primary nothing stops its writes (the fence is best effort).
 */
export function startResync(state: RdsState, global: GlobalState, cluster: ClusterState, wasPrimary: boolean): void {
  const writer = state.writer(global);
  const stillWanted = (): boolean =>
    cluster.globalClusterId === global.id && writer !== undefined && state.writer(global) === writer;
  state.work.after([cluster.region], state.duration('rejoin', 10, 60), () => {
    if (!stillWanted()) return;
    cluster.takesWrites = false;
    state.observe();
    if (wasPrimary) rescue(state, cluster, () => stillWanted() && resync(state, global, cluster, stillWanted));
    else resync(state, global, cluster, stillWanted);
  });
}

/**
 * Aurora tries to keep the old volume's unreplicated writes in a snapshot. It is an attempt: an infinite
 * `rds.rescue-snapshot` stands for one that never came.
 */
function rescue(state: RdsState, cluster: ClusterState, then: () => void): void {
  const duration_ms = state.duration('rescue-snapshot', 60, 300);
  if (!Number.isFinite(duration_ms)) {
    then();
    return;
  }
  const stamp = new Date(state.clock.now_ms()).toISOString().slice(0, 16).replace(/[T:]/g, '-');
  const id = `rds:unplanned-global-failover-${cluster.id}-${stamp}`;
  addSnapshot(state, cluster, { id, type: 'automated', duration_ms, then });
}

function resync(state: RdsState, global: GlobalState, cluster: ClusterState, stillWanted: () => boolean): void {
  const writer = state.writer(global);
  if (writer === undefined) return;
  const regions = [...new Set([cluster.region, writer.region])];
  const members = `members of DB cluster ${name(cluster)} after global failover.`;
  state.emit(cluster, 'RDS-EVENT-0240', `Started resynchronizing ${members}`);
  state.work.after(regions, state.duration('resync', 600, 2400), () => {
    const member = state.member(cluster);
    if (!stillWanted() || member === undefined) return;
    member.sync = 'connected';
    cluster.cutOff = false;
    cluster.replicatedUntil_ms = state.clock.now_ms();
    state.observe();
    state.emit(cluster, 'RDS-EVENT-0241', `Finished resynchronizing ${members}`);
  });
}

/** A secondary that was just created copies the primary's volume before it follows. */
export function startFirstSync(state: RdsState, global: GlobalState, cluster: ClusterState): void {
  const writer = state.writer(global);
  if (writer === undefined) return;
  const regions = [...new Set([cluster.region, writer.region])];
  state.work.after(regions, state.duration('resync', 600, 2400), () => {
    const member = state.member(cluster);
    if (member === undefined || cluster.globalClusterId !== global.id) return;
    member.sync = 'connected';
    cluster.replicatedUntil_ms = state.clock.now_ms();
    state.observe();
  });
}
