import type {
  AddTagsToResourceMessage,
  CopyDBClusterSnapshotMessage,
  CreateDBClusterSnapshotMessage,
  DBClusterSnapshotMessage,
  DescribeDBClusterSnapshotsMessage,
  DescribeEventsMessage,
  EventsMessage,
} from '@aws-sdk/client-rds';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { parseArn, required } from '../regional/input.ts';
import type { SnapshotState, Tag } from './model.ts';
import { filterBy, records } from './paging.ts';
import { copySnapshot, createSnapshot, deleteSnapshot, liveSnapshots, snapshotOf } from './snapshots.ts';
import type { RdsState } from './state.ts';
import { showSnapshot, toTags } from './views.ts';

/** Snapshots, tags and events: what RDS keeps beside its clusters. */
export function recordOperations(state: RdsState): Record<string, Operation> {
  const answer = (snapshot: SnapshotState): object => ({ DBClusterSnapshot: showSnapshot(snapshot) });
  return {
    CreateDBClusterSnapshot: (input: CreateDBClusterSnapshotMessage, call) =>
      answer(createSnapshot(state, input, call)),
    CopyDBClusterSnapshot: (input: CopyDBClusterSnapshotMessage, call) => answer(copySnapshot(state, input, call)),
    DeleteDBClusterSnapshot: (input: { DBClusterSnapshotIdentifier: string | undefined }, call) =>
      answer(deleteSnapshot(state, required(input.DBClusterSnapshotIdentifier, 'DBClusterSnapshotIdentifier'), call)),
    DescribeDBClusterSnapshots: (input: DescribeDBClusterSnapshotsMessage, call) =>
      describeSnapshots(state, input, call),
    AddTagsToResource: (input: AddTagsToResourceMessage, call) => {
      const holder = taggable(state, required(input.ResourceName, 'ResourceName'), call);
      const added = toTags(input.Tags);
      const kept = holder.tags.filter((tag) => !added.some((other) => other.Key === tag.Key));
      holder.tags = [...kept, ...added];
      return {};
    },
    ListTagsForResource: (input: { ResourceName: string | undefined }, call) => ({
      TagList: [...taggable(state, required(input.ResourceName, 'ResourceName'), call).tags],
    }),
    DescribeEvents: (input: DescribeEventsMessage, call) => describeEvents(state, input, call),
  };
}

function describeSnapshots(
  state: RdsState,
  input: DescribeDBClusterSnapshotsMessage,
  call: Call,
): DBClusterSnapshotMessage {
  const id = input.DBClusterSnapshotIdentifier;
  const cluster = input.DBClusterIdentifier?.toLowerCase();
  const all = id === undefined ? liveSnapshots(state, call.region) : [snapshotOf(state, call.region, id)];
  const wanted = all.filter(
    (snapshot) =>
      (cluster === undefined || snapshot.clusterId === cluster || cluster.endsWith(`:cluster:${snapshot.clusterId}`)) &&
      (input.SnapshotType === undefined || snapshot.type === input.SnapshotType) &&
      (input.DbClusterResourceId === undefined || snapshot.clusterResourceId === input.DbClusterResourceId),
  );
  const kept = filterBy(input.Filters, wanted, {
    'db-cluster-id': (snapshot) => [snapshot.clusterId, state.arn(call.region, 'cluster', snapshot.clusterId)],
    'db-cluster-snapshot-id': (snapshot) => [snapshot.id],
    'snapshot-type': (snapshot) => [snapshot.type],
    engine: (snapshot) => [snapshot.engine],
  });
  const { items, marker } = records(kept, input.MaxRecords, input.Marker);
  return { ...marker, DBClusterSnapshots: items.map(showSnapshot) };
}

function taggable(state: RdsState, arn: string, call: Call): { tags: readonly Tag[] } {
  const parts = parseArn(arn);
  if (parts === undefined) {
    throw new AwsError('InvalidParameterValue', `The specified resource name is not a valid ARN: ${arn}`);
  }
  const [type, ...rest] = parts.resource.split(':');
  const id = rest.join(':');
  if (type === 'global-cluster') return state.global(id);
  if (type === 'cluster') return state.cluster(call.region, arn);
  if (type === 'cluster-snapshot') return snapshotOf(state, call.region, arn);
  const instances = [...state.clusters.values()].flatMap((cluster) => cluster.instances);
  const instance = type === 'db' && parts.region === call.region ? instances.find((one) => one.arn === arn) : undefined;
  if (instance === undefined) throw new AwsError('DBInstanceNotFoundFault', `DBInstance ${id} not found.`);
  return instance;
}

const EVENTS_KEPT_MS = 14 * 86_400_000;

/** DescribeEvents: events of the last 14 days, those of the last hour when no time is asked for. */
function describeEvents(state: RdsState, input: DescribeEventsMessage, call: Call): EventsMessage {
  if (input.SourceIdentifier !== undefined && input.SourceType === undefined) {
    const message = 'SourceType must be provided if SourceIdentifier is specified.';
    throw new AwsError('InvalidParameterCombination', message);
  }
  const now_ms = state.clock.now_ms();
  const end_ms = input.EndTime?.getTime() ?? now_ms;
  const asked_ms = input.StartTime?.getTime() ?? end_ms - (input.Duration ?? 60) * 60_000;
  const start_ms = Math.max(asked_ms, now_ms - EVENTS_KEPT_MS);
  const found = state.events.filter(
    (event) =>
      event.region === call.region &&
      event.at_ms >= start_ms &&
      event.at_ms <= end_ms &&
      (input.SourceType === undefined || event.sourceType === input.SourceType) &&
      (input.SourceIdentifier === undefined || event.sourceId === input.SourceIdentifier) &&
      (input.EventCategories ?? []).every((category) => event.categories.includes(category)),
  );
  const { items, marker } = records(found, input.MaxRecords, input.Marker);
  return {
    ...marker,
    Events: items.map((event) => ({
      SourceIdentifier: event.sourceId,
      SourceType: event.sourceType,
      SourceArn: event.sourceArn,
      Message: event.message,
      EventCategories: [...event.categories],
      Date: new Date(event.at_ms),
    })),
  };
}
