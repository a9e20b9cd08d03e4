import type { CopyDBClusterSnapshotMessage, CreateDBClusterSnapshotMessage } from '@aws-sdk/client-rds';
import { AwsError, type Call } from '../../service.ts';
import { parseArn, required } from '../regional/input.ts';
import type { ClusterState, SnapshotState, Tag } from './model.ts';
import type { RdsState } from './state.ts';
import { statusOf } from './statuses.ts';
import { toTags } from './views.ts';

interface NewSnapshot {
  readonly id: string;
  readonly type: 'manual' | 'automated';
  readonly duration_ms: number;
  readonly tags?: readonly Tag[];
  readonly then?: () => void;
}

const DAY_MS = 86_400_000;

/** Begins a snapshot of what the cluster's volume holds now. It is good for nothing until it is `available`. */
export function addSnapshot(state: RdsState, cluster: ClusterState, wanted: NewSnapshot): SnapshotState {
  const now_ms = state.clock.now_ms();
  const snapshot: SnapshotState = {
    region: cluster.region,
    id: wanted.id,
    arn: state.arn(cluster.region, 'cluster-snapshot', wanted.id),
    clusterId: cluster.id,
    clusterResourceId: cluster.resourceId,
    type: wanted.type,
    engine: cluster.engine,
    engineVersion: cluster.engineVersion,
    masterUsername: cluster.masterUsername,
    port: cluster.port,
    encrypted: cluster.encrypted,
    kmsKeyId: cluster.kmsKeyId,
    clusterCreated_ms: cluster.created_ms,
    created_ms: now_ms,
    // An automated snapshot lives as long as the cluster's retention says.
    expires_ms: wanted.type === 'automated' ? now_ms + cluster.backupRetention_days * DAY_MS : undefined,
    sourceArn: undefined,
    status: 'creating',
    tags: wanted.tags ?? [],
  };
  state.snapshots.set(snapshot.arn, snapshot);
  state.work.after([cluster.region], wanted.duration_ms, () => {
    if (state.snapshots.get(snapshot.arn) === snapshot) snapshot.status = 'available';
    wanted.then?.();
  });
  return snapshot;
}

export function createSnapshot(state: RdsState, input: CreateDBClusterSnapshotMessage, call: Call): SnapshotState {
  const id = required(input.DBClusterSnapshotIdentifier, 'DBClusterSnapshotIdentifier').toLowerCase();
  const cluster = state.cluster(call.region, required(input.DBClusterIdentifier, 'DBClusterIdentifier'));
  requireFreshId(state, call.region, id);
  if (statusOf(cluster) !== 'available') {
    throw new AwsError('InvalidDBClusterStateFault', `DB cluster ${cluster.id} is not in available state.`);
  }
  const duration_ms = state.duration('snapshot', 60, 300);
  return addSnapshot(state, cluster, { id, type: 'manual', duration_ms, tags: toTags(input.Tags) });
}

export function copySnapshot(state: RdsState, input: CopyDBClusterSnapshotMessage, call: Call): SnapshotState {
  const sourceName = required(input.SourceDBClusterSnapshotIdentifier, 'SourceDBClusterSnapshotIdentifier');
  const id = required(input.TargetDBClusterSnapshotIdentifier, 'TargetDBClusterSnapshotIdentifier').toLowerCase();
  const sourceRegion = parseArn(sourceName)?.region ?? call.region;
  const source = snapshotOf(state, sourceRegion, sourceName);
  requireFreshId(state, call.region, id);
  if (source.status !== 'available') {
    throw new AwsError('InvalidDBClusterSnapshotStateFault', `DB cluster snapshot ${source.id} is not available.`);
  }
  if (sourceRegion !== call.region && source.encrypted && input.KmsKeyId === undefined) {
    // CopyDBClusterSnapshot: "you must specify a KMS key identifier valid for the destination Region".
    throw new AwsError(
      'InvalidParameterCombination',
      'KmsKeyId is required to copy an encrypted snapshot to a Region.',
    );
  }
  const copy: SnapshotState = {
    ...source,
    region: call.region,
    id,
    arn: state.arn(call.region, 'cluster-snapshot', id),
    type: 'manual',
    created_ms: state.clock.now_ms(),
    expires_ms: undefined,
    sourceArn: source.arn,
    kmsKeyId: input.KmsKeyId ?? source.kmsKeyId,
    status: 'copying',
    tags: input.CopyTags === true ? source.tags : toTags(input.Tags),
  };
  state.snapshots.set(copy.arn, copy);
  const regions = [...new Set([sourceRegion, call.region])];
  state.work.after(regions, state.duration('snapshot-copy', 60, 600), () => {
    copy.status = 'available';
  });
  return copy;
}

export function deleteSnapshot(state: RdsState, idOrArn: string, call: Call): SnapshotState {
  const snapshot = snapshotOf(state, call.region, idOrArn);
  if (snapshot.type !== 'manual') {
    const message = `Only manual snapshots may be deleted: ${snapshot.id} is of type ${snapshot.type}.`;
    throw new AwsError('InvalidDBClusterSnapshotStateFault', message);
  }
  if (snapshot.status !== 'available' && snapshot.status !== 'failed') {
    throw new AwsError('InvalidDBClusterSnapshotStateFault', `DB cluster snapshot ${snapshot.id} is not available.`);
  }
  state.snapshots.delete(snapshot.arn);
  return { ...snapshot, status: 'deleted' };
}

export function snapshotOf(state: RdsState, region: string, idOrArn: string): SnapshotState {
  const arn = idOrArn.startsWith('arn:') ? idOrArn : state.arn(region, 'cluster-snapshot', idOrArn.toLowerCase());
  const found = liveSnapshots(state, region).find((snapshot) => snapshot.arn === arn);
  if (found === undefined) {
    throw new AwsError('DBClusterSnapshotNotFoundFault', `DBClusterSnapshot not found: ${idOrArn}`);
  }
  return found;
}

export function liveSnapshots(state: RdsState, region: string): SnapshotState[] {
  const now_ms = state.clock.now_ms();
  return [...state.snapshots.values()].filter(
    (snapshot) => snapshot.region === region && (snapshot.expires_ms === undefined || snapshot.expires_ms > now_ms),
  );
}

export function requireFreshId(state: RdsState, region: string, id: string): void {
  if (!/^[a-z](?!.*--)[a-z0-9-]{0,253}(?<!-)$/.test(id)) {
    throw new AwsError('InvalidParameterValue', `The parameter DBClusterSnapshotIdentifier is not a valid identifier.`);
  }
  if (state.snapshots.has(state.arn(region, 'cluster-snapshot', id))) {
    throw new AwsError(
      'DBClusterSnapshotAlreadyExistsFault',
      `Cannot create the cluster snapshot because one with the identifier ${id} already exists.`,
    );
  }
}
