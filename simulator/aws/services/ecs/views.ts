import type { Deployment, Service, Task, TaskSet } from '@aws-sdk/client-ecs';
import type { DeploymentState, EcsServiceState, TaskState } from './model.ts';
import { living } from './scheduler.ts';

/** Defaults of CreateService (API reference, DeploymentConfiguration): a daemon's tasks are replaced in their place. */
const LIMITS = {
  REPLICA: { maximumPercent: 200, minimumHealthyPercent: 100 },
  DAEMON: { maximumPercent: 100, minimumHealthyPercent: 0 },
} as const;

interface Counts {
  readonly running: number;
  readonly pending: number;
}

/** A task that is being stopped still runs until it has stopped. */
function counts(tasks: readonly TaskState[]): Counts {
  const running = tasks.filter((task) =>
    ['RUNNING', 'DEACTIVATING', 'DEPROVISIONING'].includes(task.lastStatus),
  ).length;
  const pending = tasks.filter(
    (task) => ['PROVISIONING', 'PENDING'].includes(task.lastStatus) && task.desiredStatus === 'RUNNING',
  ).length;
  return { running, pending };
}

export function showService(service: EcsServiceState): Service {
  const { running, pending } = counts(service.tasks);
  const primary = service.deployments[0];
  const codeDeploy = service.controller === 'CODE_DEPLOY';
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: running,
    pendingCount: pending,
    launchType: service.launchType,
    taskDefinition: primary?.taskDefinitionArn,
    loadBalancers: [...service.loadBalancers],
    deploymentController: { type: service.controller },
    deploymentConfiguration: LIMITS[service.schedulingStrategy],
    // A service under CODE_DEPLOY has task sets where others have deployments.
    deployments: codeDeploy ? [] : service.deployments.map((one) => showDeployment(service, one)),
    ...(codeDeploy ? { taskSets: service.deployments.map((one) => showTaskSet(service, one)) } : {}),
    events: service.events.map(({ id, at_ms, message }) => ({ id, createdAt: new Date(at_ms), message })),
    schedulingStrategy: service.schedulingStrategy,
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriod_s,
    createdAt: new Date(service.created_ms),
  };
}

function showDeployment(service: EcsServiceState, deployment: DeploymentState): Deployment {
  const { running, pending } = counts(service.tasks.filter((task) => task.deploymentId === deployment.id));
  const old = living(service).filter((task) => task.deploymentId === deployment.id).length;
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.taskDefinitionArn,
    desiredCount: deployment.status === 'PRIMARY' ? service.desiredCount : old,
    runningCount: running,
    pendingCount: pending,
    failedTasks: deployment.failedTasks,
    rolloutState: deployment.rolloutState,
    rolloutStateReason: `ECS deployment ${deployment.id} ${deployment.rolloutState.toLowerCase().replace('_', ' ')}.`,
    createdAt: new Date(deployment.created_ms),
    updatedAt: new Date(deployment.updated_ms),
    launchType: service.launchType,
  };
}

function showTaskSet(service: EcsServiceState, deployment: DeploymentState): TaskSet {
  const { running, pending } = counts(service.tasks.filter((task) => task.deploymentId === deployment.id));
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.taskDefinitionArn,
    computedDesiredCount: service.desiredCount,
    runningCount: running,
    pendingCount: pending,
    stabilityStatus: deployment.rolloutState === 'COMPLETED' ? 'STEADY_STATE' : 'STABILIZING',
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    createdAt: new Date(deployment.created_ms),
  };
}

export function showTask(service: EcsServiceState, task: TaskState): Task {
  return {
    taskArn: task.arn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.taskDefinitionArn,
    group: `service:${task.serviceName}`,
    startedBy: task.deploymentId,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    launchType: service.launchType,
    availabilityZone: task.availabilityZone,
    connectivity: task.lastStatus === 'RUNNING' ? 'CONNECTED' : 'DISCONNECTED',
    attachments: [
      {
        type: 'ElasticNetworkInterface',
        status: task.lastStatus === 'STOPPED' ? 'DELETED' : 'ATTACHED',
        details: [{ name: 'privateIPv4Address', value: task.ip }],
      },
    ],
    createdAt: new Date(task.created_ms),
    ...(task.started_ms === undefined ? {} : { startedAt: new Date(task.started_ms) }),
    ...(task.stopped_ms === undefined ? {} : { stoppedAt: new Date(task.stopped_ms) }),
    ...(task.stoppedReason === undefined ? {} : { stoppedReason: task.stoppedReason, stopCode: task.stopCode }),
  };
}
