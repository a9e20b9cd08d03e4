import type {
  CreateGlobalClusterMessage,
  DescribeGlobalClustersMessage,
  FailoverGlobalClusterMessage,
  GlobalClustersMessage,
  ModifyGlobalClusterMessage,
  RemoveFromGlobalClusterMessage,
  SwitchoverGlobalClusterMessage,
} from '@aws-sdk/client-rds';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { refuseUnsimulated, required } from '../regional/input.ts';
import { startDetach } from './detach.ts';
import { startFailover } from './failover.ts';
import { newGlobal } from './make.ts';
import type { ClusterState, GlobalState } from './model.ts';
import { filterBy, records } from './paging.ts';
import type { RdsState } from './state.ts';
import { statusOf } from './statuses.ts';
import { startSwitchover } from './switchover.ts';
import { requireIdle } from './transfer.ts';
import { showGlobal, toTags } from './views.ts';

export function globalOperations(state: RdsState): Record<string, Operation> {
  const answer = (global: GlobalState): object => ({ GlobalCluster: showGlobal(state, global) });
  return {
    DescribeGlobalClusters: (input: DescribeGlobalClustersMessage) => describe(state, input),
    CreateGlobalCluster: (input: CreateGlobalClusterMessage, call) => answer(create(state, input, call)),
    ModifyGlobalCluster: (input: ModifyGlobalClusterMessage) => answer(modify(state, input)),
    DeleteGlobalCluster: (input: { GlobalClusterIdentifier: string | undefined }, call) =>
      answer(remove(state, input.GlobalClusterIdentifier, call)),
    SwitchoverGlobalCluster: (input: SwitchoverGlobalClusterMessage, call) => answer(switchover(state, input, call)),
    FailoverGlobalCluster: (input: FailoverGlobalClusterMessage, call) => answer(failover(state, input, call)),
    RemoveFromGlobalCluster: (input: RemoveFromGlobalClusterMessage, call) => answer(detach(state, input, call)),
  };
}

/** Every region answers with all of the account's global clusters; the filter `region` is what narrows them. */
function describe(state: RdsState, input: DescribeGlobalClustersMessage): GlobalClustersMessage {
  const id = input.GlobalClusterIdentifier;
  const all = id === undefined ? [...state.globals.values()] : [state.global(id)];
  const kept = filterBy(input.Filters, all, {
    // "any global cluster with at least one member (primary or secondary) in the specified Regions"
    region: (global) => state.regionsOf(global),
    // No longer in the API reference; HashiCorp's AWS provider has used it for years.
    'db-cluster-id': (global) =>
      global.members.flatMap((member) => [member.clusterArn, state.clusters.get(member.clusterArn)?.id ?? '']),
  });
  const { items, marker } = records(kept, input.MaxRecords, input.Marker);
  return { ...marker, GlobalClusters: items.map((global) => showGlobal(state, global)) };
}

function create(state: RdsState, input: CreateGlobalClusterMessage, call: Call): GlobalState {
  const id = required(input.GlobalClusterIdentifier, 'GlobalClusterIdentifier').toLowerCase();
  if (state.globals.has(id)) {
    throw new AwsError('GlobalClusterAlreadyExistsFault', `Global cluster ${id} already exists`);
  }
  const sourceName = input.SourceDBClusterIdentifier;
  if (sourceName === undefined) {
    const engine = required(input.Engine, 'Engine');
    return newGlobal(state, {
      id,
      engine,
      engineVersion: required(input.EngineVersion, 'EngineVersion'),
      databaseName: input.DatabaseName,
      encrypted: input.StorageEncrypted ?? false,
      deletionProtection: input.DeletionProtection ?? false,
      tags: toTags(input.Tags),
    });
  }
  // CreateGlobalCluster: engine, version, encryption and name come from the source cluster.
  for (const name of ['Engine', 'EngineVersion', 'StorageEncrypted', 'DatabaseName'] as const) {
    if (input[name] === undefined) continue;
    const message = `When creating global cluster from existing db cluster, value for ${name} should not be specified since it will be inherited from source cluster`;
    throw new AwsError('InvalidParameterCombination', message);
  }
  const source = state.cluster(call.region, sourceName);
  if (statusOf(source) !== 'available') {
    throw new AwsError('InvalidDBClusterStateFault', `DB cluster ${source.id} is not in available state.`);
  }
  if (source.globalClusterId !== undefined) {
    throw new AwsError('InvalidDBClusterStateFault', `DB cluster ${source.id} is already part of a global cluster.`);
  }
  const global = newGlobal(state, {
    id,
    engine: source.engine,
    engineVersion: source.engineVersion,
    databaseName: source.databaseName,
    encrypted: source.encrypted,
    deletionProtection: input.DeletionProtection ?? false,
    tags: toTags(input.Tags),
  });
  global.members.push({ clusterArn: source.arn, isWriter: true, sync: 'connected', shownSync: undefined });
  global.endpointLeadsTo = source.arn;
  source.globalClusterId = id;
  return global;
}

function modify(state: RdsState, input: ModifyGlobalClusterMessage): GlobalState {
  refuseUnsimulated(input, ['GlobalClusterIdentifier', 'DeletionProtection'], 'ModifyGlobalCluster');
  const global = state.global(required(input.GlobalClusterIdentifier, 'GlobalClusterIdentifier'));
  requireIdle(global);
  global.deletionProtection = input.DeletionProtection ?? global.deletionProtection;
  return global;
}

function remove(state: RdsState, id: string | undefined, call: Call): GlobalState {
  const global = state.global(required(id, 'GlobalClusterIdentifier'));
  if (global.deletionProtection) {
    const message = 'Cannot delete protected Global Cluster, please disable deletion protection and try again.';
    throw new AwsError('InvalidParameterCombination', message);
  }
  requireIdle(global);
  if (global.members.length > 0) {
    throw new AwsError('InvalidGlobalClusterStateFault', `Global Cluster ${global.arn} is not empty`);
  }
  global.status = 'deleting';
  state.work.after([call.region], state.duration('delete-global', 5, 30), () => state.globals.delete(global.id));
  return global;
}

function switchover(state: RdsState, input: SwitchoverGlobalClusterMessage, call: Call): GlobalState {
  const global = state.global(required(input.GlobalClusterIdentifier, 'GlobalClusterIdentifier'));
  const target = memberNamed(state, global, required(input.TargetDbClusterIdentifier, 'TargetDbClusterIdentifier'));
  const from = state.writer(global);
  if (from !== undefined && call.region !== from.region) {
    const message = `The switchover must be started in the Region of the primary cluster, ${from.region}.`;
    throw new AwsError('InvalidDBClusterStateFault', message);
  }
  if (from !== undefined && !state.environment.regionServes(from.region)) {
    throw new AwsError('InvalidDBClusterStateFault', `The primary DB cluster ${from.id} is not healthy.`);
  }
  startSwitchover(state, global, target);
  return global;
}

function failover(state: RdsState, input: FailoverGlobalClusterMessage, call: Call): GlobalState {
  if (input.AllowDataLoss !== undefined && input.Switchover !== undefined) {
    const message = 'AllowDataLoss and Switchover cannot be specified together.';
    throw new AwsError('InvalidParameterCombination', message);
  }
  // FailoverGlobalCluster: without AllowDataLoss "the global database failover operation defaults to a switchover".
  if (input.AllowDataLoss !== true) return switchover(state, input, call);
  const global = state.global(required(input.GlobalClusterIdentifier, 'GlobalClusterIdentifier'));
  const target = memberNamed(state, global, required(input.TargetDbClusterIdentifier, 'TargetDbClusterIdentifier'));
  if (call.region !== target.region) {
    const message = `The failover must be started in the Region of the target cluster, ${target.region}.`;
    throw new AwsError('InvalidDBClusterStateFault', message);
  }
  startFailover(state, global, target);
  return global;
}

function detach(state: RdsState, input: RemoveFromGlobalClusterMessage, call: Call): GlobalState {
  const global = state.global(required(input.GlobalClusterIdentifier, 'GlobalClusterIdentifier'));
  // A cluster that is no member is a wrong value here, and not "not found" as for a failover: HashiCorp's AWS provider
  // and others recognise it by this code and these words.
  const arn = required(input.DbClusterIdentifier, 'DbClusterIdentifier');
  const cluster = memberNamed(state, global, arn, 'InvalidParameterValue');
  if (!state.regionsOf(global).includes(call.region)) {
    const message = `Global cluster ${global.id} has no member in Region ${call.region}.`;
    throw new AwsError('DBClusterNotFoundFault', message);
  }
  startDetach(state, global, cluster);
  return global;
}

function memberNamed(
  state: RdsState,
  global: GlobalState,
  arn: string,
  notFound = 'DBClusterNotFoundFault',
): ClusterState {
  if (!arn.startsWith('arn:')) {
    throw new AwsError('InvalidParameterValue', `The parameter ${arn} is not a valid Amazon Resource Name.`);
  }
  const cluster = state.clusters.get(arn);
  if (cluster === undefined || !global.members.some((member) => member.clusterArn === arn)) {
    throw new AwsError(notFound, `Cluster ${arn} is not found in global cluster ${global.id}`);
  }
  return cluster;
}
