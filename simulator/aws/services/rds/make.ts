import type { ClusterState, GlobalState, InstanceState, Tag } from './model.ts';
import type { RdsState } from './state.ts';

interface NewGlobal {
  readonly id: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly databaseName: string | undefined;
  readonly encrypted: boolean;
  readonly deletionProtection: boolean;
  readonly tags: readonly Tag[];
}

/** Identifiers are "stored as a lowercase string" (API reference, CreateDBCluster, CreateDBInstance and others). */
const folded = <T extends { readonly id: string }>(wanted: T): T => ({ ...wanted, id: wanted.id.toLowerCase() });

export function newGlobal(state: RdsState, asWritten: NewGlobal): GlobalState {
  const wanted = folded(asWritten);
  const label = state.random.hex(12);
  const global: GlobalState = {
    ...wanted,
    // Global clusters have no region in their ARN.
    arn: `arn:aws:rds::${state.accountId}:global-cluster:${wanted.id}`,
    resourceId: `cluster-${state.random.hex(16)}`,
    endpoint: `${wanted.id}.global-${label}.global.rds.amazonaws.com`,
    status: 'available',
    shown: undefined,
    members: [],
    transfer: undefined,
    endpointLeadsTo: undefined,
    lag_ms: Math.round(state.random.between(30, 300)),
  };
  state.globals.set(global.id, global);
  return global;
}

export interface NewCluster {
  readonly region: string;
  readonly id: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly databaseName?: string | undefined;
  readonly masterUsername?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly encrypted: boolean;
  readonly port?: number | undefined;
  readonly subnetGroup?: string | undefined;
  readonly securityGroupIds?: readonly string[] | undefined;
  readonly parameterGroup?: string | undefined;
  readonly backupRetention_days?: number | undefined;
  readonly deletionProtection?: boolean | undefined;
  readonly tags?: readonly Tag[] | undefined;
}

export function newCluster(state: RdsState, asWritten: NewCluster): ClusterState {
  const wanted = folded(asWritten);
  const label = `${state.random.hex(12)}.${wanted.region}.rds.amazonaws.com`;
  const cluster: ClusterState = {
    region: wanted.region,
    id: wanted.id,
    arn: state.arn(wanted.region, 'cluster', wanted.id),
    resourceId: `cluster-${state.random.hex(26).toUpperCase()}`,
    engine: wanted.engine,
    engineVersion: wanted.engineVersion,
    databaseName: wanted.databaseName,
    masterUsername: wanted.masterUsername,
    port: wanted.port ?? (wanted.engine === 'aurora-mysql' ? 3306 : 5432),
    kmsKeyId: wanted.kmsKeyId,
    encrypted: wanted.encrypted,
    subnetGroup: wanted.subnetGroup ?? 'default',
    securityGroupIds: wanted.securityGroupIds ?? [],
    parameterGroup: wanted.parameterGroup ?? `default.${wanted.engine}${wanted.engineVersion.split('.')[0]}`,
    endpoint: `${wanted.id}.cluster-${label}`,
    readerEndpoint: `${wanted.id}.cluster-ro-${label}`,
    created_ms: state.clock.now_ms(),
    backupRetention_days: wanted.backupRetention_days ?? 1,
    deletionProtection: wanted.deletionProtection ?? false,
    status: 'creating',
    shown: undefined,
    globalClusterId: undefined,
    writeForwarding: 'disabled',
    takesWrites: false,
    cutOff: false,
    instances: [],
    tags: wanted.tags ?? [],
    writable: [],
    lag: [],
    replicatedUntil_ms: 0,
  };
  state.clusters.set(cluster.arn, cluster);
  for (const listener of state.clusterListeners) listener(cluster);
  return cluster;
}

interface NewInstance {
  readonly id: string;
  readonly instanceClass: string;
  readonly availabilityZone?: string | undefined;
  readonly promotionTier?: number | undefined;
  readonly tags?: readonly Tag[] | undefined;
}

export function newInstance(state: RdsState, cluster: ClusterState, asWritten: NewInstance): InstanceState {
  const wanted = folded(asWritten);
  const zones = ['a', 'b', 'c'];
  const instance: InstanceState = {
    id: wanted.id,
    arn: state.arn(cluster.region, 'db', wanted.id),
    resourceId: `db-${state.random.hex(26).toUpperCase()}`,
    clusterArn: cluster.arn,
    instanceClass: wanted.instanceClass,
    engine: cluster.engine,
    availabilityZone: wanted.availabilityZone ?? `${cluster.region}${zones[cluster.instances.length % 3]}`,
    promotionTier: wanted.promotionTier ?? 1,
    created_ms: state.clock.now_ms(),
    status: 'creating',
    shown: undefined,
    tags: wanted.tags ?? [],
  };
  cluster.instances.push(instance);
  return instance;
}
