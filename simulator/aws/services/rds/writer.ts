import type { ClusterState, GlobalState, Transfer, WriterChange } from './model.ts';
import type { RdsState } from './state.ts';

/** From this instant `to` takes writes. What of `from` never arrived is kept, so that the true loss can be told. */
export function changeWriter(
  state: RdsState,
  global: GlobalState,
  how: WriterChange['how'],
  from: ClusterState | undefined,
  to: ClusterState,
): void {
  state.writerChanges.push({
    at_ms: state.clock.now_ms(),
    globalClusterId: global.id,
    how,
    from,
    to,
    replicatedUntil_ms: to.replicatedUntil_ms,
  });
  to.takesWrites = true;
  to.cutOff = false;
  // A detached cluster takes writes of its own; the global cluster it left keeps its writer.
  if (how !== 'detach') for (const member of global.members) member.isWriter = member.clusterArn === to.arn;
  state.observe();
}

/** The global writer endpoint follows the writer, a moment later. */
export function publishEndpoint(state: RdsState, global: GlobalState, writer: ClusterState): void {
  state.work.after([writer.region], state.duration('global-dns', 1, 20), () => {
    if (state.writer(global) !== writer) return;
    global.endpointLeadsTo = writer.arn;
    const message = 'Aurora finished changing the DNS name that the global writer endpoint resolves to.';
    state.emit(writer, 'RDS-EVENT-0397', message);
  });
}

/**
 * After the writer changed, the target's cluster and the global cluster each become available in their own time: which
 * of them is first differs from world to world, so nobody may believe one of them alone.
 */
export function settle(
  state: RdsState,
  global: GlobalState,
  transfer: Transfer,
  took: { readonly cluster_ms: number; readonly global_ms: number },
  settled: () => void,
): void {
  const { from, to } = transfer;
  const fault = state.faults.ofKind('settles-as', transfer.kind);
  to.status = fault?.cluster ?? to.status;
  global.status = fault?.global ?? global.status;
  // FailoverState: "empty unless a switchover or failover operation is scheduled or is in progress".
  if (fault?.global !== undefined) global.transfer = undefined;
  const settlesAs = to.status;
  let left = 2;
  const done = (): void => {
    left -= 1;
    if (left === 0) settled();
  };
  state.work.after([to.region], took.cluster_ms, () => {
    if (to.status === settlesAs) to.status = 'available';
    state.observe();
    done();
  });
  const regions = fault?.needsOldRegion === true ? [to.region, from.region] : [to.region];
  state.work.after(regions, took.global_ms, () => {
    global.transfer = undefined;
    global.status = 'available';
    done();
  });
}

/** Milliseconds of time in which `from` took writes that `to` never got, up to now. */
export function lost_ms(state: RdsState, change: WriterChange): number {
  const { from } = change;
  if (from === undefined) return 0;
  const again = state.writerChanges.find((later) => later.at_ms > change.at_ms && later.to === from);
  const until_ms = again?.at_ms ?? state.clock.now_ms();
  const start_ms = change.replicatedUntil_ms;
  return from.writable.reduce((sum, span) => {
    const end_ms = Math.min(span.to_ms ?? until_ms, until_ms);
    return sum + Math.max(0, end_ms - Math.max(span.from_ms, start_ms));
  }, 0);
}
