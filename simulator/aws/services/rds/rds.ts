import * as schemas from '@aws-sdk/client-rds';
import type { Service } from '../../service.ts';
import type { MetricSink } from '../cloudwatch/cloudwatch.ts';
import type { ServiceOptions } from '../regional/options.ts';
import { clusterOperations } from './clusters.ts';
import { globalOperations } from './globals.ts';
import { instanceOperations } from './instances.ts';
import { type NewCluster, newCluster, newGlobal, newInstance } from './make.ts';
import type { ClusterState, GlobalState, RdsEvent, WriterChange } from './model.ts';
import { recordOperations } from './records.ts';
import { RdsState } from './state.ts';
import { lost_ms } from './writer.ts';

interface RdsOptions extends ServiceOptions {
  /** Where the replication lag is published; without it nobody can measure it. */
  readonly metrics?: MetricSink;
}

interface SeedCluster extends Omit<NewCluster, 'engine' | 'engineVersion' | 'encrypted'> {
  readonly instances: readonly { readonly id: string; readonly instanceClass: string }[];
  /** Where it differs from the global cluster's, for a mismatch that readiness should find. */
  readonly engineVersion?: string;
}

interface SeedGlobal {
  readonly id: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly databaseName?: string;
  readonly encrypted?: boolean;
  readonly deletionProtection?: boolean;
  readonly lag_ms?: number;
  /** The first is the primary. */
  readonly members: readonly SeedCluster[];
}

/** A change of writer, and what of the old writer's commits the new one never got (milliseconds of writing time). */
interface WriterChangeReport {
  readonly at_ms: number;
  readonly globalClusterId: string;
  readonly how: WriterChange['how'];
  readonly fromArn: string | undefined;
  readonly toArn: string;
  /** Everything that the old writer committed before this instant reached the new one. */
  readonly replicatedUntil_ms: number;
  readonly lost_ms: number;
}

interface Rds {
  readonly service: Service;
  /** A global database as it stands after months of service: everything available and connected. */
  seedGlobal(seed: SeedGlobal): void;
  /** The ARN of the global cluster's writer, as the control plane says. */
  writerOf(globalClusterId: string): string | undefined;
  /** Whether a client that reaches this cluster can commit now; the truth, whatever the control plane says. */
  acceptsWrites(region: string, clusterId: string): boolean;
  acceptsReads(region: string, clusterId: string): boolean;
  /** Whether the cluster belongs to a global cluster now. */
  isMember(region: string, clusterId: string): boolean;
  /** Every span of time in which a cluster took writes, finished or not; two that overlap are a split brain. */
  writableSpans(): { readonly clusterId: string; readonly from_ms: number; readonly to_ms: number | undefined }[];
  /** Every cluster that takes writes now; more than one of an application is a split brain. */
  acceptingWrites(): { readonly region: string; readonly clusterId: string }[];
  /** Where a database host name leads now: a cluster's endpoints, or a global writer endpoint. */
  endpointLeadsTo(host: string): { readonly region: string; readonly clusterId: string } | undefined;
  endpointOf(region: string, clusterId: string): string | undefined;
  globalEndpointOf(globalClusterId: string): string | undefined;
  setLag_ms(globalClusterId: string, lag_ms: number): void;
  /** True replication lag of a secondary now; undefined while nothing arrives. */
  lagOf_ms(region: string, clusterId: string): number | undefined;
  writerChanges(globalClusterId?: string): WriterChangeReport[];
  /** The true loss of all changes of this global cluster's writer, detaches included, up to now. */
  dataLost_ms(globalClusterId: string): number;
  events(): readonly RdsEvent[];
  /** For EventBridge and SNS. */
  onEvent(listener: (event: RdsEvent) => void): void;
}

export function createRds(options: RdsOptions): Rds {
  const state = new RdsState(options.clock, options.random.split('rds'), options.environment, options.accountId);
  if (options.metrics !== undefined) publishLag(state, options.metrics);
  const find = (region: string, id: string): ClusterState | undefined => state.findCluster(region, id);
  const location = (cluster: ClusterState): { region: string; clusterId: string } => ({
    region: cluster.region,
    clusterId: cluster.id,
  });
  const changes = (id?: string): WriterChangeReport[] =>
    state.writerChanges
      .filter((one) => id === undefined || one.globalClusterId === id)
      .map((one) => report(state, one));
  return {
    service: {
      id: 'rds',
      schemas,
      operations: {
        ...globalOperations(state),
        ...clusterOperations(state),
        ...instanceOperations(state),
        ...recordOperations(state),
      },
    },
    seedGlobal: (seed) => seedGlobal(state, seed),
    writerOf: (id) => {
      const global = state.globals.get(id);
      return global === undefined ? undefined : state.writer(global)?.arn;
    },
    acceptsWrites: (region, id) => {
      const cluster = find(region, id);
      return cluster !== undefined && state.acceptsWrites(cluster);
    },
    acceptsReads: (region, id) => {
      const cluster = find(region, id);
      return cluster !== undefined && state.acceptsReads(cluster);
    },
    isMember: (region, id) => find(region, id)?.globalClusterId !== undefined,
    writableSpans: () =>
      [...state.clusters.values()].flatMap(({ id, writable }) => writable.map((span) => ({ clusterId: id, ...span }))),
    acceptingWrites: () => [...state.clusters.values()].filter((one) => state.acceptsWrites(one)).map(location),
    endpointLeadsTo: (host) => {
      const cluster = clusterBehind(state, host);
      return cluster === undefined ? undefined : location(cluster);
    },
    endpointOf: (region, id) => find(region, id)?.endpoint,
    globalEndpointOf: (id) => state.globals.get(id)?.endpoint,
    setLag_ms: (id, lag_ms) => {
      state.anyGlobal(id).lag_ms = lag_ms;
      state.observe();
    },
    lagOf_ms: (region, id) => {
      const cluster = find(region, id);
      return cluster === undefined ? undefined : state.lagNow_ms(cluster);
    },
    writerChanges: changes,
    dataLost_ms: (id) => changes(id).reduce((sum, change) => sum + change.lost_ms, 0),
    events: () => state.events,
    onEvent: (listener) => {
      state.eventListeners.push(listener);
    },
  };
}

function report(state: RdsState, change: WriterChange): WriterChangeReport {
  return {
    at_ms: change.at_ms,
    globalClusterId: change.globalClusterId,
    how: change.how,
    fromArn: change.from?.arn,
    toArn: change.to.arn,
    replicatedUntil_ms: change.replicatedUntil_ms,
    lost_ms: lost_ms(state, change),
  };
}

function clusterBehind(state: RdsState, host: string): ClusterState | undefined {
  const clusters = [...state.clusters.values()];
  const global = [...state.globals.values()].find((one) => one.endpoint === host);
  if (global !== undefined) return clusters.find((one) => one.arn === global.endpointLeadsTo);
  return clusters.find((one) => one.endpoint === host || one.readerEndpoint === host);
}

function seedGlobal(state: RdsState, seed: SeedGlobal): void {
  const [primary] = seed.members;
  if (primary === undefined) throw new Error(`Global cluster ${seed.id} needs a primary`);
  const encrypted = seed.encrypted ?? true;
  const global: GlobalState = newGlobal(state, {
    id: seed.id,
    region: primary.region,
    engine: seed.engine,
    engineVersion: seed.engineVersion,
    databaseName: seed.databaseName,
    encrypted,
    deletionProtection: seed.deletionProtection ?? false,
    tags: [],
  });
  global.lag_ms = seed.lag_ms ?? global.lag_ms;
  for (const member of seed.members) {
    const { instances, engineVersion = seed.engineVersion, ...rest } = member;
    const cluster = newCluster(state, {
      databaseName: seed.databaseName,
      ...rest,
      engine: seed.engine,
      engineVersion,
      encrypted,
    });
    for (const wanted of instances) newInstance(state, cluster, wanted).status = 'available';
    cluster.status = 'available';
    cluster.globalClusterId = global.id;
    cluster.takesWrites = member === primary;
    global.members.push({ clusterArn: cluster.arn, isWriter: member === primary, sync: 'connected' });
    if (member === primary) global.endpointLeadsTo = cluster.arn;
  }
  state.observe();
}

/** CloudWatch shows a minute's data point about a minute later. */
const PUBLISH_DELAY_MS = 60_000;

/**
 * `AuroraGlobalDBReplicationLag` and `AuroraGlobalDBRPOLag`, in milliseconds, a data point a minute, in the region of
 * a secondary alone. Nothing arrives: no data point.
 */
function publishLag(state: RdsState, metrics: MetricSink): void {
  state.clusterListeners.push((cluster) => {
    const sample = (at_ms: number): number | undefined => {
      const lag = cluster.instances.length === 0 ? undefined : cluster.lag.findLast((one) => one.from_ms <= at_ms);
      return lag?.lag_ms;
    };
    for (const metricName of ['AuroraGlobalDBReplicationLag', 'AuroraGlobalDBRPOLag']) {
      metrics.register({
        region: cluster.region,
        namespace: 'AWS/RDS',
        metricName,
        dimensions: { DBClusterIdentifier: cluster.id },
        unit: 'Milliseconds',
        since_ms: cluster.created_ms,
        delay_ms: PUBLISH_DELAY_MS,
        sample,
      });
    }
  });
}
