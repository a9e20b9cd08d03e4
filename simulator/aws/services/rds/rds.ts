import * as schemas from '@aws-sdk/client-rds';
import type { Service } from '../../service.ts';
import type { MetricSink } from '../cloudwatch/cloudwatch.ts';
import type { ServiceOptions } from '../regional/options.ts';
import { clusterOperations } from './clusters.ts';
import { controls, type RdsControls } from './controls.ts';
import type { Faults } from './faults.ts';
import { forwardsTo } from './forwarding.ts';
import { globalOperations } from './globals.ts';
import { type Commits, heldBy } from './held.ts';
import { instanceOperations } from './instances.ts';
import { publishLag } from './lag.ts';
import type { ClusterState, RdsEvent, WriterChange } from './model.ts';
import { recordOperations } from './records.ts';
import { type SeedGlobal, seedGlobal } from './seed.ts';
import { RdsState } from './state.ts';
import { cancelTransfer, releaseHeld } from './transfer.ts';
import { lost_ms } from './writer.ts';

interface RdsOptions extends ServiceOptions {
  /** Where the replication lag is published; without it nobody can measure it. */
  readonly metrics?: MetricSink;
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

export interface Rds extends RdsControls {
  readonly service: Service;
  /** A global database as it stands after months of service: everything available and connected. */
  seedGlobal(seed: SeedGlobal): void;
  /** The ARN of the global cluster's writer, as the control plane says. */
  writerOf(globalClusterId: string): string | undefined;
  /** Whether a client that reaches this cluster can commit now; the truth, whatever the control plane says. */
  acceptsWrites(region: string, clusterId: string): boolean;
  acceptsReads(region: string, clusterId: string): boolean;
  /** Where a write goes that a secondary forwards now; undefined: it refuses it, or is no secondary. */
  forwardsTo(region: string, clusterId: string): { readonly region: string; readonly clusterId: string } | undefined;
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
  /** Which commits are on the volume of a cluster that is, or became, the writer. */
  heldBy(clusterArn: string): readonly Commits[];
  /** The true loss of all changes of this global cluster's writer, detaches included, up to now. */
  dataLost_ms(globalClusterId: string): number;
  /** What goes wrong with moves of the writer; all off. */
  readonly faults: Faults;
  events(): readonly RdsEvent[];
  /** For EventBridge and SNS. */
  onEvent(listener: (event: RdsEvent) => void): void;
}

export function createRds(options: RdsOptions): Rds {
  const state = new RdsState(options.clock, options.random.split('rds'), options.environment, options.accountId);
  if (options.metrics !== undefined) publishLag(state, options.metrics);
  state.faults.onTurnedOff((name) => {
    if (name === 'failover-hangs') releaseHeld(state);
  });
  const find = (region: string, id: string): ClusterState | undefined => state.findCluster(region, id);
  const location = (cluster: ClusterState): { region: string; clusterId: string } => ({
    region: cluster.region,
    clusterId: cluster.id,
  });
  const changes = (id?: string): WriterChangeReport[] =>
    state.writerChanges
      .filter((one) => id === undefined || one.globalClusterId === id.toLowerCase())
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
      const global = state.findGlobal(id);
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
    forwardsTo: (region, id) => {
      const cluster = find(region, id);
      const writer = cluster === undefined ? undefined : forwardsTo(state, cluster);
      return writer === undefined ? undefined : location(writer);
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
    globalEndpointOf: (id) => state.findGlobal(id)?.endpoint,
    setLag_ms: (id, lag_ms) => {
      state.global(id).lag_ms = lag_ms;
      state.observe();
    },
    lagOf_ms: (region, id) => {
      const cluster = find(region, id);
      return cluster === undefined ? undefined : state.lagNow_ms(cluster);
    },
    writerChanges: changes,
    heldBy: (arn) => heldBy(state, arn),
    dataLost_ms: (id) => changes(id).reduce((sum, change) => sum + change.lost_ms, 0),
    faults: state.faults,
    ...controls(state, (global) => {
      if (global.transfer !== undefined) cancelTransfer(state, global, global.transfer);
    }),
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
