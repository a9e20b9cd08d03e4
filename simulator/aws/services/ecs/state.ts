import { AwsError } from '../../service.ts';
import type { TargetRegistry } from '../elastic-load-balancing-v2/elastic-load-balancing-v2.ts';
import type { ServiceOptions } from '../regional/options.ts';
import { RegionalWork } from '../regional/work.ts';
import type { EcsClusterState, EcsServiceState, TaskDefinitionState } from './model.ts';

export interface EcsOptions extends ServiceOptions {
  /** Where tasks register; needed as soon as a service has load balancers. */
  readonly targets?: TargetRegistry;
}

/** Everything that ECS knows in all regions. */
export class EcsState {
  readonly options: EcsOptions;
  readonly work: RegionalWork;
  readonly clusters = new Map<string, EcsClusterState>();
  readonly services = new Map<string, EcsServiceState>();
  readonly taskDefinitions = new Map<string, TaskDefinitionState>();
  readonly desiredListeners: ((region: string, resourceId: string) => void)[] = [];

  constructor(options: EcsOptions) {
    this.options = options;
    this.work = new RegionalWork(options.clock, options.environment);
  }

  now_ms(): number {
    return this.options.clock.now_ms();
  }

  arn(region: string, resource: string): string {
    return `arn:aws:ecs:${region}:${this.options.accountId}:${resource}`;
  }

  findCluster(region: string, nameOrArn = 'default'): EcsClusterState | undefined {
    const arn = nameOrArn.startsWith('arn:') ? nameOrArn : this.arn(region, `cluster/${nameOrArn}`);
    const found = this.clusters.get(arn);
    return found?.region === region ? found : undefined;
  }

  cluster(region: string, nameOrArn: string | undefined): EcsClusterState {
    const found = this.findCluster(region, nameOrArn);
    if (found === undefined) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
    return found;
  }

  findService(cluster: EcsClusterState, nameOrArn: string): EcsServiceState | undefined {
    const arn = nameOrArn.startsWith('arn:') ? nameOrArn : this.serviceArn(cluster, nameOrArn);
    const found = this.services.get(arn);
    return found?.clusterArn === cluster.arn ? found : undefined;
  }

  serviceArn(cluster: EcsClusterState, name: string): string {
    return this.arn(cluster.region, `service/${cluster.name}/${name}`);
  }

  servicesOf(cluster: EcsClusterState): EcsServiceState[] {
    return [...this.services.values()].filter((service) => service.clusterArn === cluster.arn);
  }

  /** By ARN, `family:revision`, or the newest of a family. */
  findTaskDefinition(region: string, name: string): TaskDefinitionState | undefined {
    const here = [...this.taskDefinitions.values()].filter((one) => one.region === region);
    const exact = here.find(
      ({ arn, definition }) => arn === name || `${definition.family}:${definition.revision}` === name,
    );
    if (exact !== undefined) return exact;
    const family = here.filter(({ definition }) => definition.family === name && definition.status !== 'INACTIVE');
    return family.toSorted((a, b) => b.definition.revision - a.definition.revision)[0];
  }
}
