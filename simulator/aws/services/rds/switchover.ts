import type { ClusterState, GlobalState, Transfer } from './model.ts';
import type { RdsState } from './state.ts';
import {
  cancelTransfer,
  finishUnlessHeld,
  name,
  newTransfer,
  requireTransferable,
  scheduleCancel,
} from './transfer.ts';
import { changeWriter, publishEndpoint, settle } from './writer.ts';

/**
 * Planned: the old primary stops writing, everything arrives, the roles change. Loses nothing, needs both regions.
 * Aurora User Guide, "Performing switchovers for Amazon Aurora global databases".
 * How long each part takes is not public: durations have names that a scenario can set.
 */
export function startSwitchover(state: RdsState, global: GlobalState, target: ClusterState): void {
  const from = requireTransferable(state, 'switchover', global, target);
  const transfer = newTransfer('switchover', from, target);
  global.transfer = transfer;
  global.status = 'switching-over';
  for (const region of new Set([from.region, target.region])) {
    state.emit(target, 'RDS-EVENT-0181', `Global switchover to DB cluster ${name(target)} started.`, region);
  }
  scheduleCancel(state, global, transfer);
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
      demote(state, global, from);
      // The fence is guaranteed: no write is taken anywhere until all of them are at the target.
      then(both, Math.max(0, total_ms - verify_ms - demote_ms) + global.lag_ms, () =>
        finishUnlessHeld(state, transfer, () => finish(state, global, transfer)),
      );
    });
  });
  guardAgainstLoss(state, global, transfer);
}

function demote(state: RdsState, global: GlobalState, from: ClusterState): void {
  from.takesWrites = false;
  state.observe();
  state.emitOfInstance(from, 'RDS-EVENT-0390', `Attempt to block writes for DB cluster ${name(from)} succeeded.`);
  state.emit(from, 'RDS-EVENT-0182', `Old primary DB cluster ${name(from)} successfully shut down.`);
  const lags = `Current lags behind primary DB cluster: ${global.lag_ms} ms`;
  state.emit(from, 'RDS-EVENT-0183', `Waiting for data synchronization across global cluster members. ${lags}.`);
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
  const took = {
    cluster_ms: state.duration('switchover-settle-cluster', 2, 15),
    global_ms: state.duration('switchover-settle-global', 2, 15),
  };
  settle(state, global, transfer, took, settled);
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
  transfer.works.push(state.work.after([], giveUp_ms, () => cancelTransfer(state, global, transfer)));
  state.environment.onRegionChange((region) => {
    if (global.transfer !== transfer || transfer.flipped || transfer.status === 'cancelling') return;
    const lost = [from.region, to.region].includes(region) && !state.environment.regionServes(region);
    if (!lost) return;
    const cancelIfStillLost = (): void => {
      if (!state.environment.regionServes(region)) cancelTransfer(state, global, transfer, true);
    };
    transfer.works.push(state.work.after([], state.duration('switchover-cancel', 60, 180), cancelIfStillLost));
  });
}
