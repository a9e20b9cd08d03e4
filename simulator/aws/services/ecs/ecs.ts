import type { LoadBalancer, TaskDefinition } from '@aws-sdk/client-ecs';
import * as schemas from '@aws-sdk/client-ecs';
import type { Service } from '../../service.ts';
import type { EcsServiceState, TaskDefinitionState, TaskState } from './model.ts';
import { ecsOperations } from './operations.ts';
import { newDeployment, newTask, reconcile, register } from './scheduler.ts';
import { type EcsOptions, EcsState } from './state.ts';
import { setDesired, setInstances } from './update.ts';

interface SeedEcsService {
  readonly region: string;
  readonly cluster: string;
  readonly name: string;
  /** A family, `family:revision` or ARN that was seeded before. */
  readonly taskDefinition: string;
  /** Of a daemon it is ignored: its cluster's container instances count. */
  readonly desiredCount: number;
  readonly loadBalancers?: readonly LoadBalancer[];
  readonly controller?: 'ECS' | 'CODE_DEPLOY';
  readonly launchType?: 'FARGATE' | 'EC2';
  readonly schedulingStrategy?: 'REPLICA' | 'DAEMON';
  /** Behind a load balancer a task drains for the deregistration delay before it stops. Off unless told. */
  readonly drains?: boolean;
  readonly healthCheckGracePeriod_s?: number;
  readonly status?: 'ACTIVE' | 'INACTIVE';
}

/** What Application Auto Scaling needs of the resources that it scales. */
export interface Scalable {
  desired(region: string, resourceId: string): number | undefined;
  setDesired(region: string, resourceId: string, desired: number): void;
  onDesiredChange(listener: (region: string, resourceId: string) => void): void;
}

interface RunningTask {
  readonly arn: string;
  readonly ip: string;
  readonly taskDefinitionArn: string;
  readonly created_ms: number;
  readonly started_ms: number;
}

interface Ecs extends Scalable {
  readonly service: Service;
  /** Seeding a cluster again changes only the number of its container instances, where one is given. */
  seedCluster(region: string, name: string, containerInstances?: number): void;
  /** Answers the definition's ARN. */
  seedTaskDefinition(region: string, definition: TaskDefinition & { readonly family: string }): string;
  /** A service in steady state: its desired tasks run, and are registered. */
  seedService(seed: SeedEcsService): void;
  /** Tasks that can serve now: none while the region does not. */
  runningTasks(region: string, cluster: string, service: string): RunningTask[];
  taskWithIp(region: string, ip: string): RunningTask | undefined;
  /** Tasks whose containers run, also those that were told to stop and have not stopped: none while the region does not serve. */
  executingTasks(region: string, cluster: string, service: string): number;
  /** Instances join or leave a cluster; its daemons follow. */
  setContainerInstances(region: string, cluster: string, count: number): void;
  /** From now on no task of the service gets to run, for this reason; undefined: they do again, at the next try. */
  setStartFailure(region: string, cluster: string, service: string, reason: string | undefined): void;
}

/** From the container's start to its end (Developer Guide, "Task lifecycle"). */
const EXECUTING: readonly TaskState['lastStatus'][] = ['RUNNING', 'DEACTIVATING', 'DEPROVISIONING'];

export function createEcs(options: EcsOptions): Ecs {
  const state = new EcsState({ ...options, random: options.random.split('ecs') });
  const byResource = (region: string, resourceId: string): EcsServiceState | undefined =>
    state.services.get(state.arn(region, resourceId));
  const serving = (service: EcsServiceState | undefined): RunningTask[] => {
    if (service === undefined || !options.environment.regionServes(service.region)) return [];
    return service.tasks.flatMap(({ lastStatus, created_ms, started_ms, arn, ip, taskDefinitionArn }) =>
      lastStatus === 'RUNNING' && started_ms !== undefined
        ? [{ arn, ip, taskDefinitionArn, created_ms, started_ms }]
        : [],
    );
  };
  return {
    service: { id: 'ecs', schemas, operations: ecsOperations(state) },
    seedCluster: (region, name, containerInstances) => {
      const arn = state.arn(region, `cluster/${name}`);
      const count = containerInstances ?? state.clusters.get(arn)?.containerInstances ?? 0;
      state.clusters.set(arn, { region, arn, name, containerInstances: count });
    },
    seedTaskDefinition: (region, definition) => seedTaskDefinition(state, region, definition),
    seedService: (seed) => seedService(state, seed),
    runningTasks: (region, cluster, name) => serving(byResource(region, `service/${cluster}/${name}`)),
    taskWithIp: (region, ip) => {
      const here = [...state.services.values()].filter((service) => service.region === region);
      return here.flatMap(serving).find((task) => task.ip === ip);
    },
    desired: (region, resourceId) => {
      const service = byResource(region, resourceId);
      const scales = service?.status === 'ACTIVE' && service.schedulingStrategy === 'REPLICA';
      return scales ? service.desiredCount : undefined;
    },
    setDesired: (region, resourceId, desired) => {
      const service = byResource(region, resourceId);
      if (service === undefined) return;
      setDesired(state, service, desired);
      reconcile(state, service);
    },
    onDesiredChange: (listener) => {
      state.desiredListeners.push(listener);
    },
    executingTasks: (region, cluster, name) => {
      if (!options.environment.regionServes(region)) return 0;
      const tasks = byResource(region, `service/${cluster}/${name}`)?.tasks ?? [];
      return tasks.filter(({ lastStatus }) => EXECUTING.includes(lastStatus)).length;
    },
    setContainerInstances: (region, cluster, count) => setInstances(state, state.cluster(region, cluster), count),
    setStartFailure: (region, cluster, name, reason) => {
      const service = byResource(region, `service/${cluster}/${name}`);
      if (service === undefined) throw new Error(`There is no service ${name} in ${cluster}, ${region}`);
      service.startFailure = reason;
    },
  };
}

function seedTaskDefinition(
  state: EcsState,
  region: string,
  definition: TaskDefinition & { readonly family: string },
): string {
  const revision = definition.revision ?? 1;
  const arn = state.arn(region, `task-definition/${definition.family}:${revision}`);
  const known: TaskDefinitionState = {
    region,
    arn,
    definition: { status: 'ACTIVE', containerDefinitions: [], ...definition, revision, taskDefinitionArn: arn },
  };
  state.taskDefinitions.set(arn, known);
  return arn;
}

function seedService(state: EcsState, seed: SeedEcsService): void {
  const definition = state.findTaskDefinition(seed.region, seed.taskDefinition);
  if (definition === undefined) throw new Error(`Seed the task definition ${seed.taskDefinition} first`);
  const cluster = state.findCluster(seed.region, seed.cluster);
  if (cluster === undefined) throw new Error(`Seed the cluster ${seed.cluster} first`);
  const deployment = newDeployment(state, definition.arn);
  deployment.rolloutState = 'COMPLETED';
  const daemon = seed.schedulingStrategy === 'DAEMON';
  const desiredCount = daemon ? cluster.containerInstances : seed.desiredCount;
  const service: EcsServiceState = {
    region: seed.region,
    arn: state.serviceArn(cluster, seed.name),
    name: seed.name,
    clusterArn: cluster.arn,
    loadBalancers: seed.loadBalancers ?? [],
    controller: seed.controller ?? 'ECS',
    // "The Fargate launch type doesn't support the DAEMON scheduling strategy" (API reference, CreateService).
    launchType: seed.launchType ?? (daemon ? 'EC2' : 'FARGATE'),
    schedulingStrategy: seed.schedulingStrategy ?? 'REPLICA',
    drains: seed.drains ?? false,
    created_ms: state.now_ms(),
    status: seed.status ?? 'ACTIVE',
    desiredCount,
    startFailure: undefined,
    healthCheckGracePeriod_s: seed.healthCheckGracePeriod_s ?? 0,
    deployments: [deployment],
    tasks: [],
    events: [],
  };
  state.services.set(service.arn, service);
  if (service.status !== 'ACTIVE') return;
  for (let index = 0; index < desiredCount; index += 1) {
    const task = newTask(state, service, deployment);
    service.tasks.push(task);
    task.lastStatus = 'RUNNING';
    task.ready = true;
    task.started_ms = state.now_ms();
    register(state, service, task);
    for (const one of service.loadBalancers) {
      if (one.targetGroupArn !== undefined) state.options.targets?.settle(one.targetGroupArn, task.ip);
    }
  }
}
