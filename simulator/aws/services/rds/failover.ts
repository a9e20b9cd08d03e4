import type { ClusterState, GlobalState, Transfer } from './model.ts';
import { startResync } from './resync.ts';
import type { RdsState } from './state.ts';
import { name, requireTransferable } from './switchover.ts';
import { changeWriter, publishEndpoint, settle } from './writer.ts';

/** How long Aurora tries to fence the old primary before it goes on without. Its true bound is not public. */
const FENCE_LIMIT_MS = 30_000;

/**
 * Forced: the target takes over with what it has; the old primary is fenced if it can be reached, and rejoins on a new
 * volume when its region serves. Needs nothing but the target's region.
 * Aurora User Guide, "Performing managed failovers for Aurora global databases".
 */
export function startFailover(state: RdsState, global: GlobalState, target: ClusterState): void {
  const from = requireTransferable(state, global, target);
  const transfer: Transfer = { kind: 'failover', from, to: target, status: 'pending', flipped: false, works: [] };
  global.transfer = transfer;
  global.status = 'failing-over';
  fence(state, transfer);
  const total_ms = state.duration('failover', 90, 240);
  const verify_ms = state.duration('failover-verify', 5, 15);
  const there = [target.region];
  state.work.after(there, verify_ms, () => {
    transfer.status = 'failing-over';
    target.status = 'promoting';
    // The target's volume leaves the replication here: what arrives later is lost, even if the primary still runs.
    target.replicatedUntil_ms = state.replicatedUntil(target);
    target.cutOff = true;
    state.observe();
    state.work.after(there, Math.max(0, total_ms - verify_ms), () => finish(state, global, transfer));
  });
}

function fence(state: RdsState, transfer: Transfer): void {
  const { from, to } = transfer;
  let over = false;
  const reach = state.work.after([from.region, to.region], state.duration('write-fence', 2, 15), () => {
    if (over) return;
    over = true;
    from.takesWrites = false;
    state.observe();
    state.emit(from, 'RDS-EVENT-0390', `Writes on the old primary DB cluster ${name(from)} were fenced.`, to.region);
  });
  state.work.after([to.region], FENCE_LIMIT_MS, () => {
    if (over) return;
    over = true;
    reach.cancel();
    const message = `Fencing writes on the old primary DB cluster ${name(from)} timed out.`;
    state.emit(from, 'RDS-EVENT-0391', message, to.region);
  });
}

function finish(state: RdsState, global: GlobalState, transfer: Transfer): void {
  const { from, to } = transfer;
  transfer.flipped = true;
  changeWriter(state, global, 'failover', from, to);
  for (const member of global.members) {
    if (member.clusterArn === to.arn) continue;
    member.sync = 'pending-resync';
    const cluster: ClusterState | undefined = state.clusters.get(member.clusterArn);
    if (cluster !== undefined) startResync(state, global, cluster, cluster === from);
  }
  state.observe();
  publishEndpoint(state, global, to);
  settle(state, global, transfer, () => {
    state.emit(to, 'RDS-EVENT-0238', `Global failover to DB cluster ${name(to)} completed.`);
  });
}
