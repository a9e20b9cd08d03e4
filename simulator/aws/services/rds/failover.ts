import type { ClusterState, GlobalState, Transfer } from './model.ts';
import { startResync } from './resync.ts';
import type { RdsState } from './state.ts';
import { finishUnlessHeld, name, newTransfer, requireTransferable, scheduleCancel } from './transfer.ts';
import { changeWriter, publishEndpoint, settle } from './writer.ts';

/** How long Aurora tries to fence the old primary before it goes on without. Its true bound is not public. */
const FENCE_LIMIT_MS = 30_000;

/**
 * Forced: the target takes over with what it has; the old primary is fenced if it can be reached, and rejoins on a new
 * volume when its region serves. Needs nothing but the target's region.
 * Aurora User Guide, "Performing managed failovers for Aurora global databases".
 */
export function startFailover(state: RdsState, global: GlobalState, target: ClusterState): void {
  const from = requireTransferable(state, 'failover', global, target);
  const transfer = newTransfer('failover', from, target);
  global.transfer = transfer;
  global.status = 'failing-over';
  fence(state, transfer);
  scheduleCancel(state, global, transfer);
  const total_ms = state.duration('failover', 90, 240);
  const verify_ms = state.duration('failover-verify', 5, 15);
  const then = (duration_ms: number, fn: () => void): void => {
    transfer.works.push(state.work.after([target.region], duration_ms, fn));
  };
  then(verify_ms, () => {
    transfer.status = 'failing-over';
    target.status = 'promoting';
    // The target's volume leaves the replication here: what arrives later is lost, even if the primary still runs.
    target.replicatedUntil_ms = state.replicatedUntil(target);
    target.cutOff = true;
    state.observe();
    then(Math.max(0, total_ms - verify_ms), () =>
      finishUnlessHeld(state, transfer, () => finish(state, global, transfer)),
    );
  });
}

/**
 * "If the old primary cluster is reachable on the network, Aurora records these events there. If not, Aurora records
 * the events on the new primary cluster." (Aurora User Guide, "Performing managed failovers"). Events of instances.
 */
function fence(state: RdsState, transfer: Transfer): void {
  const { from, to } = transfer;
  let over = false;
  const tell = (id: string, how: string): void => {
    const there = state.environment.regionServes(from.region) ? from : to;
    state.emitOfInstance(there, id, `Attempt to block writes for DB cluster ${name(from)} ${how}.`);
  };
  const reach = state.work.after([from.region, to.region], state.duration('write-fence', 2, 15), () => {
    if (over) return;
    over = true;
    from.takesWrites = false;
    state.observe();
    tell('RDS-EVENT-0390', 'succeeded');
  });
  const limit = state.work.after([to.region], FENCE_LIMIT_MS, () => {
    if (over) return;
    over = true;
    reach.cancel();
    tell('RDS-EVENT-0391', 'timed out');
  });
  transfer.works.push(reach, limit);
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
  const took = {
    cluster_ms: state.duration('failover-settle-cluster', 2, 15),
    global_ms: state.duration('failover-settle-global', 2, 15),
  };
  settle(state, global, transfer, took, () => {
    state.emit(to, 'RDS-EVENT-0238', `Global failover to DB cluster ${name(to)} completed.`);
  });
}
