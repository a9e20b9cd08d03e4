import { AwsError } from '../../service.ts';
import type { ClusterState, GlobalState } from './model.ts';
import type { RdsState } from './state.ts';
import { refusesMove, statusOf } from './statuses.ts';
import { abandon, requireIdle } from './transfer.ts';
import { changeWriter } from './writer.ts';

/**
 * RemoveFromGlobalCluster. A secondary becomes a standalone cluster that takes writes; the rest of the global cluster
 * goes on as it was, its primary still writing. Nothing is fenced.
 * Aurora User Guide, "Removing a cluster from an Amazon Aurora global database".
 */
export function startDetach(state: RdsState, global: GlobalState, cluster: ClusterState): void {
  const member = state.member(cluster);
  const { transfer } = global;
  const ends = state.faults.of('detach-ends-transfer') !== undefined && transfer?.to === cluster && !transfer.flipped;
  if (ends) abandon(state, global, transfer);
  requireIdle(global);
  if (cluster.status !== 'creating' && refusesMove(cluster)) {
    throw new AwsError('InvalidDBClusterStateFault', `DB cluster ${cluster.id} is in state ${statusOf(cluster)}.`);
  }
  if (member?.isWriter === true && global.members.length > 1) {
    const message = `Cannot remove the primary cluster ${cluster.arn} while the global cluster has other members.`;
    throw new AwsError('InvalidGlobalClusterStateFault', message);
  }
  if (member?.isWriter === true) {
    state.work.after([cluster.region], state.duration('detach-leave', 5, 30), () => leave(global, cluster));
    return;
  }
  const from = state.writer(global);
  cluster.replicatedUntil_ms = state.replicatedUntil(cluster);
  cluster.cutOff = true;
  cluster.status = 'promoting';
  state.observe();
  state.work.after([cluster.region], state.duration('detach-leave', 5, 30), () => leave(global, cluster));
  state.work.after([cluster.region], state.duration('detach', 60, 240), () => {
    leave(global, cluster);
    cluster.status = 'available';
    changeWriter(state, global, 'detach', from, cluster);
  });
}

function leave(global: GlobalState, cluster: ClusterState): void {
  global.members = global.members.filter((member) => member.clusterArn !== cluster.arn);
  if (cluster.globalClusterId === global.id) cluster.globalClusterId = undefined;
  cluster.writeForwarding = 'disabled';
  if (global.endpointLeadsTo === cluster.arn) global.endpointLeadsTo = undefined;
}
