import type {
  CreateDBClusterMessage,
  DBClusterMessage,
  DeleteDBClusterMessage,
  DescribeDBClustersMessage,
  ModifyDBClusterMessage,
} from '@aws-sdk/client-rds';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { parseArn, refuseUnsimulated, required } from '../regional/input.ts';
import { setWriteForwarding } from './forwarding.ts';
import { newCluster } from './make.ts';
import type { ClusterState, GlobalState } from './model.ts';
import { filterBy, records } from './paging.ts';
import { startFirstSync } from './resync.ts';
import { addSnapshot, requireFreshId } from './snapshots.ts';
import type { RdsState } from './state.ts';
import { statusOf } from './statuses.ts';
import { requireIdle } from './transfer.ts';
import { showCluster, toTags } from './views.ts';

export function clusterOperations(state: RdsState): Record<string, Operation> {
  const answer = (cluster: ClusterState): object => ({ DBCluster: showCluster(state, cluster) });
  return {
    DescribeDBClusters: (input: DescribeDBClustersMessage, call) => describe(state, input, call),
    CreateDBCluster: (input: CreateDBClusterMessage, call) => answer(create(state, input, call)),
    ModifyDBCluster: (input: ModifyDBClusterMessage, call) => answer(modify(state, input, call)),
    DeleteDBCluster: (input: DeleteDBClusterMessage, call) => answer(remove(state, input, call)),
  };
}

function describe(state: RdsState, input: DescribeDBClustersMessage, call: Call): DBClusterMessage {
  const id = input.DBClusterIdentifier;
  const all =
    id === undefined
      ? [...state.clusters.values()].filter((cluster) => cluster.region === call.region)
      : [state.cluster(call.region, id)];
  const kept = filterBy(input.Filters, all, {
    'db-cluster-id': (cluster) => [cluster.id, cluster.arn],
    'db-cluster-resource-id': (cluster) => [cluster.resourceId],
    engine: (cluster) => [cluster.engine],
  });
  const { items, marker } = records(kept, input.MaxRecords, input.Marker);
  return { ...marker, DBClusters: items.map((cluster) => showCluster(state, cluster)) };
}

const CREATE_MEMBERS = [
  'DBClusterIdentifier',
  'Engine',
  'EngineVersion',
  'EngineMode',
  'GlobalClusterIdentifier',
  'DatabaseName',
  'MasterUsername',
  'MasterUserPassword',
  'ManageMasterUserPassword',
  'KmsKeyId',
  'StorageEncrypted',
  'Port',
  'DBSubnetGroupName',
  'VpcSecurityGroupIds',
  'DBClusterParameterGroupName',
  'BackupRetentionPeriod',
  'DeletionProtection',
  'EnableGlobalWriteForwarding',
  'CopyTagsToSnapshot',
  'Tags',
  'SourceRegion',
];

function create(state: RdsState, input: CreateDBClusterMessage, call: Call): ClusterState {
  refuseUnsimulated(input, CREATE_MEMBERS, 'CreateDBCluster');
  const id = required(input.DBClusterIdentifier, 'DBClusterIdentifier').toLowerCase();
  const engine = required(input.Engine, 'Engine');
  requireIdentifier(id, 'DBClusterIdentifier');
  if (state.findCluster(call.region, id) !== undefined) {
    throw new AwsError('DBClusterAlreadyExistsFault', 'DB Cluster already exists');
  }
  const global = input.GlobalClusterIdentifier ? state.global(input.GlobalClusterIdentifier) : undefined;
  const primary = global === undefined ? undefined : state.writer(global);
  if (global !== undefined) requireJoinable(state, global, input, id, call);
  if (primary === undefined && input.MasterUsername === undefined) {
    throw new AwsError('InvalidParameterValue', 'The parameter MasterUsername must be provided and must not be blank.');
  }
  const cluster = newCluster(state, {
    region: call.region,
    id,
    engine,
    engineVersion: required(input.EngineVersion ?? global?.engineVersion, 'EngineVersion'),
    databaseName: primary?.databaseName ?? input.DatabaseName,
    masterUsername: primary?.masterUsername ?? input.MasterUsername,
    kmsKeyId: input.KmsKeyId,
    encrypted: global?.encrypted ?? input.StorageEncrypted ?? input.KmsKeyId !== undefined,
    port: input.Port,
    subnetGroup: input.DBSubnetGroupName,
    securityGroupIds: input.VpcSecurityGroupIds,
    parameterGroup: input.DBClusterParameterGroupName,
    backupRetention_days: input.BackupRetentionPeriod,
    deletionProtection: input.DeletionProtection,
    tags: toTags(input.Tags),
  });
  if (global !== undefined) join(global, cluster, primary);
  setWriteForwarding(state, cluster, input.EnableGlobalWriteForwarding);
  state.work.after([call.region], state.duration('create-cluster', 60, 240), () => {
    if (cluster.status !== 'creating') return;
    cluster.status = 'available';
    cluster.takesWrites = primary === undefined;
    state.observe();
    if (global !== undefined && primary !== undefined) startFirstSync(state, global, cluster);
  });
  return cluster;
}

function join(global: GlobalState, cluster: ClusterState, primary: ClusterState | undefined): void {
  cluster.globalClusterId = global.id;
  const isWriter = primary === undefined;
  const sync = isWriter ? 'connected' : 'pending-resync';
  global.members.push({ clusterArn: cluster.arn, isWriter, sync, shownSync: undefined });
  if (isWriter) global.endpointLeadsTo = cluster.arn;
}

/** Aurora User Guide, "Adding an AWS Region to an Amazon Aurora global database". */
function requireJoinable(
  state: RdsState,
  global: GlobalState,
  input: CreateDBClusterMessage,
  id: string,
  call: Call,
): void {
  requireIdle(global);
  const members = global.members.flatMap((member) => state.clusters.get(member.clusterArn) ?? []);
  if (members.some((member) => member.region === call.region)) {
    const message = `Global cluster ${global.id} already has a member in Region ${call.region}.`;
    throw new AwsError('InvalidGlobalClusterStateFault', message);
  }
  if (members.some((member) => member.id === id)) {
    throw new AwsError('DBClusterAlreadyExistsFault', `A member of ${global.id} is already called ${id}.`);
  }
  if (input.Engine !== global.engine || (input.EngineVersion ?? global.engineVersion) !== global.engineVersion) {
    const message = `The engine and version must be those of the global cluster: ${global.engine} ${global.engineVersion}.`;
    throw new AwsError('InvalidParameterCombination', message);
  }
  if (state.writer(global) === undefined) return;
  for (const name of ['MasterUsername', 'MasterUserPassword', 'DatabaseName'] as const) {
    if (input[name] === undefined) continue;
    throw new AwsError('InvalidParameterCombination', `Cannot specify ${name} for cross region replication cluster`);
  }
  if (global.encrypted) requireUsableKey(input.KmsKeyId, call.region);
}

/** A secondary of an encrypted global database needs a key of its own region, and not the AWS-managed default one. */
function requireUsableKey(key: string | undefined, region: string): void {
  if (key === undefined) {
    const message = 'For encrypted cross-region replica, kmsKeyId should be explicitly specified';
    throw new AwsError('InvalidParameterCombination', message);
  }
  const arn = parseArn(key);
  if ((arn !== undefined && arn.region !== region) || key.endsWith('alias/aws/rds')) {
    const message = `The specified KMS key [${key}] does not exist, is not enabled or you do not have permissions to access it.`;
    throw new AwsError('KMSKeyNotAccessibleFault', message);
  }
}

const MODIFY_MEMBERS = [
  'DBClusterIdentifier',
  'DeletionProtection',
  'BackupRetentionPeriod',
  'ApplyImmediately',
  'EnableGlobalWriteForwarding',
];

function modify(state: RdsState, input: ModifyDBClusterMessage, call: Call): ClusterState {
  refuseUnsimulated(input, MODIFY_MEMBERS, 'ModifyDBCluster');
  const cluster = state.cluster(call.region, required(input.DBClusterIdentifier, 'DBClusterIdentifier'));
  if (statusOf(cluster) !== 'available') {
    throw new AwsError('InvalidDBClusterStateFault', `DB cluster ${cluster.id} is not in available state.`);
  }
  setWriteForwarding(state, cluster, input.EnableGlobalWriteForwarding);
  cluster.deletionProtection = input.DeletionProtection ?? cluster.deletionProtection;
  cluster.backupRetention_days = input.BackupRetentionPeriod ?? cluster.backupRetention_days;
  return cluster;
}

function remove(state: RdsState, input: DeleteDBClusterMessage, call: Call): ClusterState {
  const cluster = state.cluster(call.region, required(input.DBClusterIdentifier, 'DBClusterIdentifier'));
  const finalId = input.FinalDBSnapshotIdentifier?.toLowerCase();
  const wrongParameters = (message: string): AwsError => new AwsError('InvalidParameterCombination', message);
  if (input.SkipFinalSnapshot === true && finalId !== undefined) {
    throw wrongParameters('FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true.');
  }
  if (input.SkipFinalSnapshot !== true && finalId === undefined) {
    throw wrongParameters('FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.');
  }
  if (cluster.deletionProtection) {
    throw wrongParameters('Cannot delete protected Cluster, please disable deletion protection and try again.');
  }
  requireDeletable(state, cluster, finalId !== undefined);
  const gone = (): void => {
    state.clusters.delete(cluster.arn);
    for (const snapshot of [...state.snapshots.values()]) {
      // Automated snapshots go with their cluster, the rescue snapshot among them; manual ones stay.
      const own = snapshot.clusterResourceId === cluster.resourceId && snapshot.type === 'automated';
      if (own && snapshot.region === cluster.region) state.snapshots.delete(snapshot.arn);
    }
  };
  const snapshot_ms = finalId === undefined ? 0 : state.duration('snapshot', 60, 300);
  if (finalId !== undefined) {
    requireFreshId(state, call.region, finalId);
    addSnapshot(state, cluster, { id: finalId, type: 'manual', duration_ms: snapshot_ms });
  }
  cluster.status = 'deleting';
  state.observe();
  state.work.after([call.region], snapshot_ms + state.duration('delete-cluster', 60, 300), gone);
  return cluster;
}

/** The codes and words of the two refusals of a member: hashicorp/terraform-provider-aws, issues 26236 and 8186. */
function requireDeletable(state: RdsState, cluster: ClusterState, withSnapshot: boolean): void {
  const refuse = (message: string): AwsError => new AwsError('InvalidDBClusterStateFault', message);
  const members = state.globals.get(cluster.globalClusterId ?? '')?.members.length ?? 0;
  if (state.member(cluster)?.isWriter === true && members > 1) {
    const message =
      'Unable to delete cluster that is a primary member of global cluster while there are other global cluster members';
    throw new AwsError('InvalidGlobalClusterStateFault', message);
  }
  if (cluster.globalClusterId !== undefined) {
    throw refuse('This cluster is a part of a global cluster, please remove it from globalcluster first');
  }
  if (cluster.instances.some((instance) => instance.status !== 'deleting')) {
    throw refuse('Cluster cannot be deleted, it still contains DB instances in non-deleting state.');
  }
  const wrong = withSnapshot ? statusOf(cluster) !== 'available' : cluster.status !== 'available';
  if (wrong) throw refuse(`DB cluster ${cluster.id} is not in available state.`);
}

function requireIdentifier(id: string, parameter: string): void {
  if (/^[a-z](?!.*--)[a-z0-9-]{0,62}(?<!-)$/.test(id)) return;
  const message = `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`;
  throw new AwsError('InvalidParameterValue', message);
}
