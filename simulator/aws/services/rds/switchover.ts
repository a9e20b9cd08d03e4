import { AwsError } from '../../service.ts';
import type { ClusterState, GlobalState, Transfer } from './model.ts';
import type { RdsState } from './state.ts';
import { changeWriter, publishEndpoint, settle } from './writer.ts';

/**
 * Planned: the old primary stops writing, everything arrives, the roles change. Loses nothing, needs both regions.
 * Aurora User Guide, "Performing switchovers for Amazon Aurora global databases".
 * How long each part takes is not public: durations have names that a scenario can set.
 */
export function startSwitchover(state: RdsState, global: GlobalState, target: ClusterState): void {
  const from = requireTransferable(state, global, target);
  const transfer: Transfer = { kind: 'switchover', from, to: target, status: 'pending', flipped: false, works: [] };
  global.transfer = transfer;
  global.status = 'switching-over';
  for (const region of new Set([from.region, target.region])) {
    state.emit(target, 'RDS-EVENT-0181', `Global switchover to DB cluster ${name(target)} started.`, region);
  }
  const total_ms = state.duration('switchover', 60, 90);
  const verify_ms = state.duration('switchover-verify', 3, 10);
  const demote_ms = state.duration('switchover-demote', 5, 15);
  const both = [from.region, target.region];
  const then = (regions: readonly string[], duration_ms: number, fn: () => void): void => {
    transfer.works.push(state.work.after(regions, duration_ms, fn));
  };
  then(both, verify_ms, () => {
    transfer.status = 'switching-over';
    from.status = 'modifying';
    target.status = 'promoting';
    then(both, demote_ms, () => {
      demote(state, from);
      // The fence is guaranteed: no write is taken anywhere until all of them are at the target.
      then(both, Math.max(0, total_ms - verify_ms - demote_ms) + global.lag_ms, () => finish(state, global, transfer));
    });
  });
  guardAgainstLoss(state, global, transfer);
}

function demote(state: RdsState, from: ClusterState): void {
  from.takesWrites = false;
  state.observe();
  state.emit(from, 'RDS-EVENT-0182', `Old primary DB cluster ${name(from)} successfully shut down.`);
  state.emit(from, 'RDS-EVENT-0183', 'Waiting for data synchronization across global cluster members.');
}

function finish(state: RdsState, global: GlobalState, transfer: Transfer): void {
  const { from, to } = transfer;
  for (const work of transfer.works) work.cancel();
  transfer.flipped = true;
  to.replicatedUntil_ms = state.clock.now_ms();
  changeWriter(state, global, 'switchover', from, to);
  // The old primary follows the new one from where it stopped: nothing to copy again.
  from.replicatedUntil_ms = state.clock.now_ms();
  state.emit(to, 'RDS-EVENT-0184', `New primary DB cluster ${name(to)} was successfully promoted.`);
  publishEndpoint(state, global, to);
  const settled = (): void => {
    for (const region of new Set([from.region, to.region])) {
      state.emit(to, 'RDS-EVENT-0185', `Global switchover to DB cluster ${name(to)} finished.`, region);
    }
  };
  settle(state, global, transfer, settled);
  state.work.after([from.region], state.duration('switchover-settle-old', 3, 15), () => {
    if (from.status === 'modifying') from.status = 'available';
  });
}

/**
 * A switchover that cannot end is given up and undone. That Aurora cancels is documented (event 0186, FailoverState
 * `cancelling`), when it does is not.
 */
function guardAgainstLoss(state: RdsState, global: GlobalState, transfer: Transfer): void {
  const { from, to } = transfer;
  const giveUp_ms = state.duration('switchover-give-up', 1200, 2400);
  transfer.works.push(state.work.after([], giveUp_ms, () => cancel(state, global, transfer)));
  state.environment.onRegionChange((region) => {
    if (global.transfer !== transfer || transfer.flipped || transfer.status === 'cancelling') return;
    const lost = [from.region, to.region].includes(region) && !state.environment.regionServes(region);
    if (!lost) return;
    const cancelIfStillLost = (): void => {
      if (!state.environment.regionServes(region)) cancel(state, global, transfer);
    };
    transfer.works.push(state.work.after([], state.duration('switchover-cancel', 60, 180), cancelIfStillLost));
  });
}

function cancel(state: RdsState, global: GlobalState, transfer: Transfer): void {
  if (global.transfer !== transfer || transfer.flipped || transfer.status === 'cancelling') return;
  for (const work of transfer.works) work.cancel();
  transfer.status = 'cancelling';
  state.work.after([], state.duration('switchover-restore', 5, 20), () => {
    const { from, to } = transfer;
    from.takesWrites = true;
    from.status = 'available';
    to.status = 'available';
    global.transfer = undefined;
    global.status = 'available';
    state.observe();
    state.emit(to, 'RDS-EVENT-0186', `Global switchover to DB cluster ${name(to)} is cancelled.`);
  });
}

/** What switchover and managed failover both demand; answers the current primary. */
export function requireTransferable(state: RdsState, global: GlobalState, target: ClusterState): ClusterState {
  const refuse = (why: string): AwsError => new AwsError('InvalidGlobalClusterStateFault', why);
  if (global.status !== 'available') {
    throw refuse(`Global cluster ${global.id} is in state ${global.status}, but must be available.`);
  }
  const from = state.writer(global);
  if (from === undefined) throw refuse(`Global cluster ${global.id} has no primary cluster.`);
  if (from === target) {
    throw new AwsError('InvalidDBClusterStateFault', `DB cluster ${target.arn} is already the primary cluster.`);
  }
  if (target.status !== 'available') {
    throw new AwsError('InvalidDBClusterStateFault', `DB cluster ${target.id} is not in available state.`);
  }
  if (!target.instances.some((instance) => instance.status === 'available')) {
    throw new AwsError('InvalidDBClusterStateFault', `DB cluster ${target.id} has no available DB instance.`);
  }
  const different = global.members.find(
    (member) => state.clusters.get(member.clusterArn)?.engineVersion !== target.engineVersion,
  );
  if (different !== undefined) {
    throw refuse(`The engine versions of ${different.clusterArn} and ${target.arn} are different.`);
  }
  if (state.member(target)?.sync !== 'connected') {
    throw refuse(`DB cluster ${target.id} is not synchronized with the primary cluster.`);
  }
  return from;
}

export function name(cluster: ClusterState): string {
  return `${cluster.id} in Region ${cluster.region}`;
}
