import type {
  DescribeClustersRequest,
  DescribeServicesRequest,
  DescribeTaskDefinitionRequest,
  DescribeTasksRequest,
  ListServicesRequest,
  ListTasksRequest,
  StopTaskRequest,
  UpdateServiceRequest,
} from '@aws-sdk/client-ecs';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { page, refuseUnsimulated, required } from '../regional/input.ts';
import type { EcsClusterState, EcsServiceState, TaskState } from './model.ts';
import { living, reconcile, shownTasks, stopTask } from './scheduler.ts';
import type { EcsState } from './state.ts';
import { updateService } from './update.ts';
import { showService, showTask } from './views.ts';

export function ecsOperations(state: EcsState): Record<string, Operation> {
  return {
    DescribeServices: (input: DescribeServicesRequest, call) => describeServices(state, input, call),
    UpdateService: (input: UpdateServiceRequest, call) => ({ service: showService(updateService(state, input, call)) }),
    ListServices: (input: ListServicesRequest, call) => listServices(state, input, call),
    ListTasks: (input: ListTasksRequest, call) => listTasks(state, input, call),
    DescribeTasks: (input: DescribeTasksRequest, call) => describeTasks(state, input, call),
    StopTask: (input: StopTaskRequest, call) => stop(state, input, call),
    DescribeTaskDefinition: (input: DescribeTaskDefinitionRequest, call) => {
      const name = required(input.taskDefinition, 'taskDefinition', 'ClientException');
      const found = state.findTaskDefinition(call.region, name);
      if (found === undefined) throw new AwsError('ClientException', 'Unable to describe task definition.');
      return { taskDefinition: found.definition, tags: [] };
    },
    DescribeClusters: (input: DescribeClustersRequest, call) => describeClusters(state, input, call),
    ListClusters: (input: { nextToken?: string; maxResults?: number }, call) => {
      const here = [...state.clusters.values()].filter((cluster) => cluster.region === call.region);
      const { items, nextToken } = listed(here, input);
      return { clusterArns: items.map((cluster) => cluster.arn), ...nextToken };
    },
  };
}

function describeServices(state: EcsState, input: DescribeServicesRequest, call: Call): object {
  const names = input.services ?? [];
  if (names.length === 0) throw new AwsError('InvalidParameterException', 'Services cannot be empty.');
  // DescribeServices: "You may specify up to 10 services".
  if (names.length > 10) throw new AwsError('InvalidParameterException', 'Services must have at most 10 members.');
  const cluster = state.cluster(call.region, input.cluster);
  const found = names.map((name) => ({ name, service: state.findService(cluster, name) }));
  return {
    services: found.flatMap(({ service }) => (service === undefined ? [] : [showService(service)])),
    failures: found.flatMap(({ name, service }) => {
      const arn = name.startsWith('arn:') ? name : state.serviceArn(cluster, name);
      return service === undefined ? [{ arn, reason: 'MISSING' }] : [];
    }),
  };
}

function listServices(state: EcsState, input: ListServicesRequest, call: Call): object {
  refuseUnsimulated(input, ['cluster', 'nextToken', 'maxResults', 'launchType', 'schedulingStrategy'], 'ListServices');
  const all = state.servicesOf(state.cluster(call.region, input.cluster)).filter((service) => {
    const launch = input.launchType === undefined || service.launchType === input.launchType;
    const strategy = input.schedulingStrategy === undefined || service.schedulingStrategy === input.schedulingStrategy;
    return service.status !== 'INACTIVE' && launch && strategy;
  });
  const { items, nextToken } = listed(all, { ...input, maxResults: input.maxResults ?? 10 });
  return { serviceArns: items.map((service) => service.arn), ...nextToken };
}

function listTasks(state: EcsState, input: ListTasksRequest, call: Call): object {
  const simulated = ['cluster', 'nextToken', 'maxResults', 'serviceName', 'desiredStatus', 'family', 'startedBy'];
  refuseUnsimulated(input, simulated, 'ListTasks');
  const cluster = state.cluster(call.region, input.cluster);
  const named = input.serviceName === undefined ? undefined : state.findService(cluster, input.serviceName);
  if (input.serviceName !== undefined && named === undefined) {
    throw new AwsError('ServiceNotFoundException', 'Service not found.');
  }
  const services = named === undefined ? state.servicesOf(cluster) : [named];
  const tasks = services
    .flatMap((service) => shownTasks(state, service))
    .filter((task) => task.desiredStatus === (input.desiredStatus ?? 'RUNNING'))
    .filter((task) => input.startedBy === undefined || task.deploymentId === input.startedBy)
    .filter((task) => input.family === undefined || task.taskDefinitionArn.includes(`/${input.family}:`));
  const { items, nextToken } = listed(tasks, input);
  return { taskArns: items.map((task) => task.arn), ...nextToken };
}

interface FoundTask {
  readonly service: EcsServiceState;
  readonly task: TaskState;
}

function findTask(state: EcsState, cluster: EcsClusterState, idOrArn: string): FoundTask | undefined {
  for (const service of state.servicesOf(cluster)) {
    const task = shownTasks(state, service).find((one) => one.arn === idOrArn || one.arn.endsWith(`/${idOrArn}`));
    if (task !== undefined) return { service, task };
  }
  return undefined;
}

function describeTasks(state: EcsState, input: DescribeTasksRequest, call: Call): object {
  const names = input.tasks ?? [];
  if (names.length === 0) throw new AwsError('InvalidParameterException', 'Tasks cannot be empty.');
  if (names.length > 100) throw new AwsError('InvalidParameterException', 'Tasks must have at most 100 members.');
  const cluster = state.cluster(call.region, input.cluster);
  const found = names.map((name) => ({ name, at: findTask(state, cluster, name) }));
  return {
    tasks: found.flatMap(({ at }) => (at === undefined ? [] : [showTask(at.service, at.task)])),
    failures: found.flatMap(({ name, at }) => {
      const arn = name.startsWith('arn:') ? name : state.arn(call.region, `task/${cluster.name}/${name}`);
      return at === undefined ? [{ arn, reason: 'MISSING' }] : [];
    }),
  };
}

function stop(state: EcsState, input: StopTaskRequest, call: Call): object {
  const cluster = state.cluster(call.region, input.cluster);
  const found = findTask(state, cluster, required(input.task, 'task', 'InvalidParameterException'));
  if (found === undefined) throw new AwsError('InvalidParameterException', 'The referenced task was not found.');
  stopTask(state, found.service, found.task, input.reason ?? 'Task stopped by user', 'UserInitiated');
  // The service scheduler replaces what a person stopped.
  reconcile(state, found.service);
  return { task: showTask(found.service, found.task) };
}

function describeClusters(state: EcsState, input: DescribeClustersRequest, call: Call): object {
  const names = input.clusters ?? ['default'];
  const found = names.map((name) => ({ name, cluster: state.findCluster(call.region, name) }));
  return {
    clusters: found.flatMap(({ cluster }) => (cluster === undefined ? [] : [showCluster(state, cluster)])),
    failures: found.flatMap(({ name, cluster }) => {
      const arn = name.startsWith('arn:') ? name : state.arn(call.region, `cluster/${name}`);
      return cluster === undefined ? [{ arn, reason: 'MISSING' }] : [];
    }),
  };
}

function showCluster(state: EcsState, cluster: EcsClusterState): object {
  const services = state.servicesOf(cluster);
  const tasks = services.flatMap(living);
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: 'ACTIVE',
    activeServicesCount: services.filter((service) => service.status === 'ACTIVE').length,
    runningTasksCount: tasks.filter((task) => task.lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter((task) => task.lastStatus !== 'RUNNING').length,
    registeredContainerInstancesCount: cluster.containerInstances,
  };
}

function listed<T>(
  all: readonly T[],
  input: { readonly nextToken?: string | undefined; readonly maxResults?: number | undefined },
): { readonly items: T[]; readonly nextToken: { nextToken?: string } } {
  const size = input.maxResults ?? 100;
  if (size < 1 || size > 100) {
    throw new AwsError('InvalidParameterException', 'maxResults must be between 1 and 100.');
  }
  const { items, next } = page(all, input.nextToken, size, 'InvalidParameterException');
  return { items, nextToken: next === undefined ? {} : { nextToken: next } };
}
