import type { Clock } from '../../../clock.ts';
import type { WatchableEnvironment } from '../../../environment.ts';
import type { Random } from '../../../random.ts';
import { AwsError } from '../../service.ts';
import { RegionalWork } from '../regional/work.ts';
import { Faults } from './faults.ts';
import type { ClusterState, GlobalState, MemberState, RdsEvent, SnapshotState, WriterChange } from './model.ts';
import { serves } from './statuses.ts';

/** Everything that RDS knows in all regions, and the few rules that hold at every instant. */
export class RdsState {
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: WatchableEnvironment;
  readonly accountId: string;
  readonly work: RegionalWork;
  readonly faults: Faults;
  readonly clusters = new Map<string, ClusterState>();
  readonly globals = new Map<string, GlobalState>();
  readonly snapshots = new Map<string, SnapshotState>();
  readonly events: RdsEvent[] = [];
  readonly eventListeners: ((event: RdsEvent) => void)[] = [];
  readonly clusterListeners: ((cluster: ClusterState) => void)[] = [];
  readonly writerChanges: WriterChange[] = [];

  constructor(clock: Clock, random: Random, environment: WatchableEnvironment, accountId: string) {
    this.clock = clock;
    this.random = random;
    this.environment = environment;
    this.accountId = accountId;
    this.work = new RegionalWork(clock, environment);
    this.faults = new Faults(clock);
    environment.onRegionChange(() => this.observe());
  }

  arn(region: string, type: string, id: string): string {
    return `arn:aws:rds:${region}:${this.accountId}:${type}:${id}`;
  }

  duration(name: string, low_s: number, high_s: number): number {
    return this.environment.duration_ms(`rds.${name}`, low_s * 1000, high_s * 1000);
  }

  /** Found by id in the call's region, or by ARN there: RDS does not describe another region's clusters. */
  findCluster(region: string, idOrArn: string): ClusterState | undefined {
    const arn = idOrArn.startsWith('arn:') ? idOrArn : this.arn(region, 'cluster', idOrArn.toLowerCase());
    const found = this.clusters.get(arn);
    return found?.region === region ? found : undefined;
  }

  cluster(region: string, idOrArn: string): ClusterState {
    const found = this.findCluster(region, idOrArn);
    if (found === undefined) throw new AwsError('DBClusterNotFoundFault', `DBCluster ${idOrArn} not found.`);
    return found;
  }

  findGlobal(id: string): GlobalState | undefined {
    return this.globals.get(id.toLowerCase());
  }

  /** Every region knows every global cluster, with or without a member there. */
  global(id: string): GlobalState {
    const found = this.findGlobal(id);
    if (found === undefined) throw new AwsError('GlobalClusterNotFoundFault', `Global cluster ${id} not found`);
    return found;
  }

  /** Regions in which the global cluster has a member. */
  regionsOf(global: GlobalState): string[] {
    return global.members.flatMap((member) => this.clusters.get(member.clusterArn)?.region ?? []);
  }

  member(cluster: ClusterState): MemberState | undefined {
    if (cluster.globalClusterId === undefined) return undefined;
    const global = this.globals.get(cluster.globalClusterId);
    return global?.members.find((member) => member.clusterArn === cluster.arn);
  }

  writer(global: GlobalState): ClusterState | undefined {
    const member = global.members.find((one) => one.isWriter);
    return member === undefined ? undefined : this.clusters.get(member.clusterArn);
  }

  /** An event of a move of the writer: its source is a cluster, its category `global-failover`. */
  emit(cluster: ClusterState, id: string, message: string, region = cluster.region): void {
    this.#tell({
      id,
      at_ms: this.clock.now_ms(),
      region,
      sourceType: 'db-cluster',
      sourceId: cluster.id,
      sourceArn: cluster.arn,
      categories: ['global-failover'],
      message,
    });
  }

  /** An event whose source is the first instance of a cluster, and its region the cluster's. */
  emitOfInstance(cluster: ClusterState, id: string, message: string): void {
    const [instance] = cluster.instances;
    if (instance === undefined) return;
    this.#tell({
      id,
      at_ms: this.clock.now_ms(),
      region: cluster.region,
      sourceType: 'db-instance',
      sourceId: instance.id,
      sourceArn: instance.arn,
      categories: ['notification', 'global-database'],
      message,
    });
  }

  #tell(event: RdsEvent): void {
    this.events.push(event);
    for (const listener of this.eventListeners) listener(event);
  }

  /** Notes what became true now: who can write, and what still replicates. Called after every change. */
  observe(): void {
    const now_ms = this.clock.now_ms();
    for (const cluster of this.clusters.values()) {
      this.#observeReplication(cluster, now_ms);
      const open = cluster.writable.at(-1);
      const isOpen = open !== undefined && open.to_ms === undefined;
      const writable = this.acceptsWrites(cluster);
      if (writable && !isOpen) cluster.writable.push({ from_ms: now_ms, to_ms: undefined });
      if (!writable && isOpen) open.to_ms = now_ms;
    }
  }

  /** Whether a client that reaches this cluster can commit now. */
  acceptsWrites(cluster: ClusterState): boolean {
    return cluster.takesWrites && this.acceptsReads(cluster);
  }

  acceptsReads(cluster: ClusterState): boolean {
    return (
      this.clusters.get(cluster.arn) === cluster &&
      this.environment.regionServes(cluster.region) &&
      serves(cluster) &&
      cluster.instances.some(serves)
    );
  }

  /** Undefined while nothing arrives: not a secondary, not in step, cut off, or one of the two regions does not serve. */
  lagNow_ms(cluster: ClusterState): number | undefined {
    const member = this.member(cluster);
    if (member === undefined || member.isWriter || member.sync !== 'connected' || cluster.cutOff) return undefined;
    const global = this.globals.get(cluster.globalClusterId ?? '');
    const source = global === undefined ? undefined : this.writer(global);
    if (global === undefined || source === undefined || cluster.takesWrites) return undefined;
    const serve = this.environment.regionServes(cluster.region) && this.environment.regionServes(source.region);
    return serve ? global.lag_ms : undefined;
  }

  /** What of `from`'s writes is missing at `to`, up to now; see `replicatedUntil_ms`. */
  replicatedUntil(cluster: ClusterState): number {
    const lag_ms = this.lagNow_ms(cluster);
    if (lag_ms === undefined) return cluster.replicatedUntil_ms;
    return Math.max(cluster.replicatedUntil_ms, this.clock.now_ms() - lag_ms);
  }

  #observeReplication(cluster: ClusterState, now_ms: number): void {
    const last = cluster.lag.at(-1)?.lag_ms;
    const lag_ms = this.lagNow_ms(cluster);
    if (last !== undefined) {
      cluster.replicatedUntil_ms = Math.max(cluster.replicatedUntil_ms, now_ms - last);
    }
    if (lag_ms !== last) cluster.lag.push({ from_ms: now_ms, lag_ms });
  }
}
