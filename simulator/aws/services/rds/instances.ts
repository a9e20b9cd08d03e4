import type {
  CreateDBInstanceMessage,
  DBInstanceMessage,
  DeleteDBInstanceMessage,
  DescribeDBInstancesMessage,
} from '@aws-sdk/client-rds';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { refuseUnsimulated, required } from '../regional/input.ts';
import { newInstance } from './make.ts';
import type { ClusterState, InstanceState } from './model.ts';
import { filterBy, records } from './paging.ts';
import type { RdsState } from './state.ts';
import { serves, statusOf } from './statuses.ts';
import { showInstance, toTags } from './views.ts';

interface Found {
  readonly cluster: ClusterState;
  readonly instance: InstanceState;
}

export function instanceOperations(state: RdsState): Record<string, Operation> {
  const answer = ({ cluster, instance }: Found): object => ({ DBInstance: showInstance(cluster, instance) });
  return {
    DescribeDBInstances: (input: DescribeDBInstancesMessage, call) => describe(state, input, call),
    CreateDBInstance: (input: CreateDBInstanceMessage, call) => answer(create(state, input, call)),
    DeleteDBInstance: (input: DeleteDBInstanceMessage, call) => answer(remove(state, input, call)),
  };
}

function instancesIn(state: RdsState, region: string): Found[] {
  const clusters = [...state.clusters.values()].filter((cluster) => cluster.region === region);
  return clusters.flatMap((cluster) => cluster.instances.map((instance) => ({ cluster, instance })));
}

function describe(state: RdsState, input: DescribeDBInstancesMessage, call: Call): DBInstanceMessage {
  const id = input.DBInstanceIdentifier;
  const all = id === undefined ? instancesIn(state, call.region) : [find(state, call.region, id)];
  const kept = filterBy(input.Filters, all, {
    'db-cluster-id': ({ cluster }) => [cluster.id, cluster.arn],
    'db-instance-id': ({ instance }) => [instance.id, instance.arn],
    'dbi-resource-id': ({ instance }) => [instance.resourceId],
    engine: ({ instance }) => [instance.engine],
  });
  const { items, marker } = records(kept, input.MaxRecords, input.Marker);
  return { ...marker, DBInstances: items.map(({ cluster, instance }) => showInstance(cluster, instance)) };
}

const CREATE_MEMBERS = [
  'DBInstanceIdentifier',
  'DBInstanceClass',
  'Engine',
  'EngineVersion',
  'DBClusterIdentifier',
  'AvailabilityZone',
  'PromotionTier',
  'PubliclyAccessible',
  'Tags',
];

function create(state: RdsState, input: CreateDBInstanceMessage, call: Call): Found {
  refuseUnsimulated(input, CREATE_MEMBERS, 'CreateDBInstance');
  const id = required(input.DBInstanceIdentifier, 'DBInstanceIdentifier').toLowerCase();
  const instanceClass = required(input.DBInstanceClass, 'DBInstanceClass');
  const engine = required(input.Engine, 'Engine');
  if (input.DBClusterIdentifier === undefined) {
    throw new AwsError('NotImplemented', 'CreateDBInstance outside an Aurora cluster is not simulated');
  }
  const cluster = state.cluster(call.region, input.DBClusterIdentifier);
  if (instancesIn(state, call.region).some(({ instance }) => instance.id === id)) {
    throw new AwsError('DBInstanceAlreadyExistsFault', 'DB instance already exists');
  }
  if (engine !== cluster.engine) {
    const message = `The engine name requested for your DB instance (${engine}) doesn't match the engine name of your DB cluster (${cluster.engine}).`;
    throw new AwsError('InvalidParameterCombination', message);
  }
  if (cluster.status === 'deleting' || (cluster.status === 'available' && !serves(cluster))) {
    throw new AwsError('InvalidDBClusterStateFault', `DB cluster ${cluster.id} is not in available state.`);
  }
  const instance = newInstance(state, cluster, {
    id,
    instanceClass,
    availabilityZone: input.AvailabilityZone,
    promotionTier: input.PromotionTier,
    tags: toTags(input.Tags),
  });
  whenClusterIsUp(state, cluster, state.duration('create-instance', 240, 600), () => {
    if (instance.status === 'creating') instance.status = 'available';
    state.observe();
  });
  return { cluster, instance };
}

/** An instance asked for while its cluster is still being created waits for it. */
function whenClusterIsUp(state: RdsState, cluster: ClusterState, duration_ms: number, fn: () => void): void {
  state.work.after([cluster.region], duration_ms, () => {
    if (cluster.status !== 'creating') fn();
    else whenClusterIsUp(state, cluster, 10_000, fn);
  });
}

function remove(state: RdsState, input: DeleteDBInstanceMessage, call: Call): Found {
  const found = find(state, call.region, required(input.DBInstanceIdentifier, 'DBInstanceIdentifier'));
  const { cluster, instance } = found;
  if (input.FinalDBSnapshotIdentifier !== undefined) {
    // DeleteDBInstance: an instance of an Aurora cluster has no final snapshot of its own.
    const message = 'FinalDBSnapshotIdentifier can not be specified when deleting an instance of a DB cluster.';
    throw new AwsError('InvalidParameterCombination', message);
  }
  if (instance.status !== 'available') {
    const message = `Instance ${instance.id} is currently ${statusOf(instance)} - only available instances can be deleted.`;
    throw new AwsError('InvalidDBInstanceStateFault', message);
  }
  const others = cluster.instances.filter((one) => one !== instance && one.status !== 'deleting');
  const secondaries = state.globals.get(cluster.globalClusterId ?? '')?.members.length ?? 0;
  if (others.length === 0 && state.member(cluster)?.isWriter === true && secondaries > 1) {
    const message =
      'Cannot delete the last instance of the master cluster. Delete the replica cluster before deleting the last master cluster instance.';
    throw new AwsError('InvalidDBClusterStateFault', message);
  }
  instance.status = 'deleting';
  state.observe();
  state.work.after([call.region], state.duration('delete-instance', 60, 300), () => {
    cluster.instances = cluster.instances.filter((one) => one !== instance);
  });
  return found;
}

function find(state: RdsState, region: string, idOrArn: string): Found {
  const wanted = idOrArn.toLowerCase();
  const found = instancesIn(state, region).find(({ instance }) => instance.id === wanted || instance.arn === idOrArn);
  if (found === undefined) throw new AwsError('DBInstanceNotFoundFault', `DBInstance ${idOrArn} not found.`);
  return found;
}
