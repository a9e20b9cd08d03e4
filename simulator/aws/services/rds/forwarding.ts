import { AwsError } from '../../service.ts';
import type { ClusterState } from './model.ts';
import type { RdsState } from './state.ts';

/**
 * Write forwarding: a secondary passes writes on to the current primary, and they come back by replication.
 * Aurora User Guide, "Using write forwarding in an Amazon Aurora global database". Off unless it is asked for.
 */
export function setWriteForwarding(state: RdsState, cluster: ClusterState, wanted: boolean | undefined): void {
  if (wanted === undefined) return;
  if (cluster.globalClusterId === undefined) {
    // ModifyDBCluster: "You can set this value only on Aurora DB clusters that are members of an Aurora global database."
    const message = 'EnableGlobalWriteForwarding is only for DB clusters that are members of a global cluster.';
    throw new AwsError('InvalidParameterCombination', message);
  }
  const done = wanted ? 'enabled' : 'disabled';
  if (state.member(cluster)?.isWriter === true) {
    // "it does nothing until then": until the primary is demoted.
    cluster.writeForwarding = done;
    return;
  }
  if (cluster.writeForwarding === done) return;
  const meanwhile = wanted ? 'enabling' : 'disabling';
  cluster.writeForwarding = meanwhile;
  state.work.after([cluster.region], state.duration('write-forwarding', 10, 60), () => {
    if (cluster.writeForwarding === meanwhile) cluster.writeForwarding = done;
  });
}

/** The primary that takes what a client writes at this secondary now; undefined: the write is refused. */
export function forwardsTo(state: RdsState, cluster: ClusterState): ClusterState | undefined {
  if (cluster.writeForwarding !== 'enabled' || !state.acceptsReads(cluster)) return undefined;
  // Forwarding needs what replication needs: a member in step, not cut off, and both regions.
  if (state.lagNow_ms(cluster) === undefined) return undefined;
  const global = state.globals.get(cluster.globalClusterId ?? '');
  const writer = global === undefined ? undefined : state.writer(global);
  return writer !== undefined && state.acceptsWrites(writer) ? writer : undefined;
}

/** `GlobalWriteForwardingRequested` and `GlobalWriteForwardingStatus`: the latter is a secondary's. */
export function showForwarding(
  cluster: ClusterState,
  isWriter: boolean,
): { readonly requested: boolean; readonly status: ClusterState['writeForwarding'] } {
  const requested = ['enabling', 'enabled'].includes(cluster.writeForwarding);
  return { requested, status: isWriter ? 'disabled' : cluster.writeForwarding };
}
