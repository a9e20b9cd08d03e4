import { AwsError } from '../../service.ts';
import type { ClusterState, GlobalState, Transfer } from './model.ts';
import type { RdsState } from './state.ts';
import { globalIsBusy, refusesMove, serves, statusOf } from './statuses.ts';
import { canTakeOver } from './versions.ts';

/** What a switchover and a managed failover have in common: what both demand, how both are held and taken back. */
export function newTransfer(kind: Transfer['kind'], from: ClusterState, to: ClusterState): Transfer {
  return { kind, from, to, status: 'pending', flipped: false, works: [], held: undefined, willBeCancelled: false };
}

/** Answers the current primary. */
export function requireTransferable(
  state: RdsState,
  kind: Transfer['kind'],
  global: GlobalState,
  target: ClusterState,
): ClusterState {
  const wrongGlobal = (why: string): AwsError => new AwsError('InvalidGlobalClusterStateFault', why);
  const wrongCluster = (why: string): AwsError => new AwsError('InvalidDBClusterStateFault', why);
  requireNotRefused(state, kind);
  requireIdle(global);
  const from = state.writer(global);
  if (from === undefined) throw wrongGlobal(`Global cluster ${global.id} has no primary cluster.`);
  if (from === target) throw wrongCluster(`DB cluster ${target.arn} is already the primary cluster.`);
  if (refusesMove(target)) throw wrongCluster(`DB cluster ${target.id} is in state ${statusOf(target)}.`);
  // "Before you can perform a switchover or failover to a headless secondary Aurora DB cluster, you must add a DB
  // instance to it" (Aurora User Guide, "Creating a headless Aurora DB cluster in a secondary Region").
  const usable = target.instances.filter((instance) => !['creating', 'deleting'].includes(instance.status));
  if (usable.length === 0) throw wrongCluster(`DB cluster ${target.id} has no DB instance.`);
  if (usable.every(refusesMove)) throw wrongCluster(`DB cluster ${target.id} has no DB instance in a valid state.`);
  // A switchover is for healthy global databases; a failover does not ask about the old primary.
  if (kind === 'switchover' && !serves(from)) throw wrongCluster(`The primary DB cluster ${from.id} is not healthy.`);
  const hidden = state.faults.of('hidden-patch-difference') !== undefined;
  if (hidden || !canTakeOver(target.engine, from.engineVersion, target.engineVersion)) {
    const message = `Target cluster ${target.id} must have the same engine version as the current primary cluster.`;
    throw wrongGlobal(message);
  }
  const member = state.member(target);
  if ((member?.shownSync ?? member?.sync) === 'pending-resync') {
    throw wrongGlobal(`DB cluster ${target.id} is not synchronized with the primary cluster.`);
  }
  return from;
}

/** InvalidGlobalClusterStateFault: "The global cluster is in an invalid state and can't perform the requested operation." */
export function requireIdle(global: GlobalState): void {
  if (!globalIsBusy(global)) return;
  const message = `Global cluster ${global.id} is in state ${statusOf(global)}, but must be available.`;
  throw new AwsError('InvalidGlobalClusterStateFault', message);
}

function requireNotRefused(state: RdsState, kind: Transfer['kind']): void {
  const fault = state.faults.ofKind('failover-refused', kind);
  if (fault === undefined) return;
  const message = 'The requested operation cannot be performed in the current state. Try again later.';
  throw new AwsError(fault.code, message);
}

/** Ends a move now, unless a fault holds it: then when the fault is over. */
export function finishUnlessHeld(state: RdsState, transfer: Transfer, finish: () => void): void {
  if (transfer.willBeCancelled) return;
  if (state.faults.ofKind('failover-hangs', transfer.kind) === undefined) finish();
  else transfer.held = finish;
}

/** Lets go of the moves that waited for the fault `failover-hangs` to end. */
export function releaseHeld(state: RdsState): void {
  for (const { transfer } of state.globals.values()) {
    const finish = transfer?.held;
    if (transfer === undefined || finish === undefined) continue;
    transfer.held = undefined;
    finishUnlessHeld(state, transfer, finish);
  }
}

/** With the fault `failover-cancelled` AWS takes this move back some time after it accepted it. */
export function scheduleCancel(state: RdsState, global: GlobalState, transfer: Transfer): void {
  const fault = state.faults.ofKind('failover-cancelled', transfer.kind);
  if (fault === undefined) return;
  const { times } = fault;
  if (times !== undefined && times <= 1) state.faults.turnOff('failover-cancelled');
  else if (times !== undefined) state.faults.turnOn('failover-cancelled', { ...fault, times: times - 1 });
  transfer.willBeCancelled = true;
  const after_ms = fault.after_ms ?? state.duration('failover-cancel', 20, 90);
  transfer.works.push(state.work.after([transfer.to.region], after_ms, () => cancelTransfer(state, global, transfer)));
}

/**
 * `cancelling`: "the primary Aurora DB cluster and the selected secondary Aurora DB cluster are returning to their
 * previous states" (API reference, FailoverState). Nothing to take back once the writer has changed.
 */
export function cancelTransfer(state: RdsState, global: GlobalState, transfer: Transfer, failed = false): void {
  if (global.transfer !== transfer || transfer.flipped || transfer.status === 'cancelling') return;
  for (const work of transfer.works) work.cancel();
  transfer.held = undefined;
  transfer.status = 'cancelling';
  const restore_ms =
    transfer.kind === 'switchover'
      ? state.duration('switchover-restore', 5, 20)
      : state.duration('failover-restore', 5, 20);
  state.work.after([], restore_ms, () => {
    if (global.transfer !== transfer) return;
    restore(state, global, transfer);
    tellCancelled(state, transfer, failed);
  });
}

/** As it was: home takes writes where it runs, and what it takes reaches the target again. */
function restore(state: RdsState, global: GlobalState, { from, to }: Transfer): void {
  from.takesWrites = true;
  from.status = 'available';
  to.status = 'available';
  to.cutOff = false;
  global.transfer = undefined;
  global.status = 'available';
  state.observe();
}

/** There is no event for a failover that was cancelled: it failed. Events of switchovers tell the two apart. */
function tellCancelled(state: RdsState, { kind, to }: Transfer, failed: boolean): void {
  if (kind === 'failover') {
    state.emit(to, 'RDS-EVENT-0239', `Global failover to DB cluster ${name(to)} failed.`);
  } else if (failed) {
    state.emit(to, 'RDS-EVENT-0187', `Global switchover to DB cluster ${name(to)} failed.`);
  } else {
    state.emit(to, 'RDS-EVENT-0186', `Global switchover to DB cluster ${name(to)} is cancelled.`);
  }
}

/** Ends a move whose target leaves the global cluster: the primary stays what it is. */
export function abandon(state: RdsState, global: GlobalState, transfer: Transfer): void {
  for (const work of transfer.works) work.cancel();
  transfer.held = undefined;
  restore(state, global, transfer);
  tellCancelled(state, transfer, true);
}

export function name(cluster: ClusterState): string {
  return `${cluster.id} in Region ${cluster.region}`;
}
