import type { DBCluster, DBClusterSnapshot, DBInstance, GlobalCluster, Tag as SdkTag } from '@aws-sdk/client-rds';
import { showForwarding } from './forwarding.ts';
import type { ClusterState, GlobalState, InstanceState, MemberState, SnapshotState, Tag } from './model.ts';
import type { RdsState } from './state.ts';
import { statusOf } from './statuses.ts';

export function toTags(tags: readonly SdkTag[] | undefined): Tag[] {
  return (tags ?? []).flatMap((tag) => (tag.Key === undefined ? [] : [{ Key: tag.Key, Value: tag.Value ?? '' }]));
}

export function showGlobal(state: RdsState, global: GlobalState): GlobalCluster {
  const secondaries = global.members.filter((member) => !member.isWriter).map((member) => member.clusterArn);
  return {
    GlobalClusterIdentifier: global.id,
    GlobalClusterResourceId: global.resourceId,
    GlobalClusterArn: global.arn,
    Status: statusOf(global),
    Engine: global.engine,
    EngineVersion: global.engineVersion,
    DatabaseName: global.databaseName,
    StorageEncrypted: global.encrypted,
    DeletionProtection: global.deletionProtection,
    Endpoint: global.endpoint,
    GlobalClusterMembers: global.members.map((member) => {
      const cluster = state.clusters.get(member.clusterArn);
      const forwarding = cluster === undefined ? undefined : showForwarding(cluster, member.isWriter).status;
      return {
        DBClusterArn: member.clusterArn,
        Readers: member.isWriter ? secondaries : [],
        IsWriter: member.isWriter,
        GlobalWriteForwardingStatus: forwarding ?? 'unknown',
        // An open set: a scenario may show what the SDK does not list.
        SynchronizationStatus: (member.shownSync ?? member.sync) as MemberState['sync'],
      };
    }),
    ...(global.transfer === undefined ? {} : { FailoverState: showTransfer(global.transfer) }),
    TagList: [...global.tags],
  };
}

function showTransfer(transfer: NonNullable<GlobalState['transfer']>): NonNullable<GlobalCluster['FailoverState']> {
  const status = transfer.status;
  return {
    // The SDK's list of values is behind the documentation: `switching-over` is documented for FailoverState.
    Status: status as 'pending',
    FromDbClusterArn: transfer.from.arn,
    ToDbClusterArn: transfer.to.arn,
    IsDataLossAllowed: transfer.kind === 'failover',
  };
}

export function showCluster(state: RdsState, cluster: ClusterState): DBCluster {
  const member = state.member(cluster);
  const global = cluster.globalClusterId === undefined ? undefined : state.globals.get(cluster.globalClusterId);
  const source = global === undefined || member?.isWriter === true ? undefined : state.writer(global);
  return {
    DBClusterIdentifier: cluster.id,
    DBClusterArn: cluster.arn,
    DbClusterResourceId: cluster.resourceId,
    Status: statusOf(cluster),
    Engine: cluster.engine,
    EngineVersion: cluster.engineVersion,
    EngineMode: 'provisioned',
    DatabaseName: cluster.databaseName,
    MasterUsername: cluster.masterUsername,
    Endpoint: cluster.endpoint,
    ReaderEndpoint: cluster.readerEndpoint,
    Port: cluster.port,
    StorageEncrypted: cluster.encrypted,
    KmsKeyId: cluster.kmsKeyId,
    DBSubnetGroup: cluster.subnetGroup,
    DBClusterParameterGroup: cluster.parameterGroup,
    VpcSecurityGroups: cluster.securityGroupIds.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    AvailabilityZones: ['a', 'b', 'c'].map((zone) => `${cluster.region}${zone}`),
    MultiAZ: new Set(cluster.instances.map((instance) => instance.availabilityZone)).size > 1,
    BackupRetentionPeriod: cluster.backupRetention_days,
    DeletionProtection: cluster.deletionProtection,
    ClusterCreateTime: new Date(cluster.created_ms),
    DBClusterMembers: cluster.instances.map((instance, index) => ({
      DBInstanceIdentifier: instance.id,
      IsClusterWriter: index === 0,
      DBClusterParameterGroupStatus: 'in-sync',
      PromotionTier: instance.promotionTier,
    })),
    ...(source === undefined ? {} : { ReplicationSourceIdentifier: source.arn }),
    ...(global === undefined ? {} : { GlobalClusterIdentifier: global.id, ...forwarding(cluster, member?.isWriter) }),
    TagList: [...cluster.tags],
  };
}

function forwarding(cluster: ClusterState, isWriter = false) {
  const { requested, status } = showForwarding(cluster, isWriter);
  return { GlobalWriteForwardingRequested: requested, GlobalWriteForwardingStatus: status };
}

export function showInstance(cluster: ClusterState, instance: InstanceState): DBInstance {
  const label = cluster.endpoint.split('.')[1]?.replace('cluster-', '') ?? '';
  return {
    DBInstanceIdentifier: instance.id,
    DBInstanceArn: instance.arn,
    DbiResourceId: instance.resourceId,
    DBInstanceClass: instance.instanceClass,
    DBInstanceStatus: statusOf(instance),
    DBClusterIdentifier: cluster.id,
    Engine: instance.engine,
    EngineVersion: cluster.engineVersion,
    AvailabilityZone: instance.availabilityZone,
    PromotionTier: instance.promotionTier,
    InstanceCreateTime: new Date(instance.created_ms),
    StorageEncrypted: cluster.encrypted,
    KmsKeyId: cluster.kmsKeyId,
    ...(instance.status === 'creating'
      ? {}
      : { Endpoint: { Address: `${instance.id}.${label}.${cluster.region}.rds.amazonaws.com`, Port: cluster.port } }),
    TagList: [...instance.tags],
  };
}

export function showSnapshot(snapshot: SnapshotState): DBClusterSnapshot {
  return {
    DBClusterSnapshotIdentifier: snapshot.id,
    DBClusterSnapshotArn: snapshot.arn,
    DBClusterIdentifier: snapshot.clusterId,
    DbClusterResourceId: snapshot.clusterResourceId,
    SnapshotType: snapshot.type,
    SnapshotCreateTime: new Date(snapshot.created_ms),
    ClusterCreateTime: new Date(snapshot.clusterCreated_ms),
    Status: snapshot.status,
    PercentProgress: snapshot.status === 'available' ? 100 : 0,
    Engine: snapshot.engine,
    EngineVersion: snapshot.engineVersion,
    MasterUsername: snapshot.masterUsername,
    Port: snapshot.port,
    StorageEncrypted: snapshot.encrypted,
    KmsKeyId: snapshot.kmsKeyId,
    ...(snapshot.sourceArn === undefined ? {} : { SourceDBClusterSnapshotArn: snapshot.sourceArn }),
    TagList: [...snapshot.tags],
  };
}
