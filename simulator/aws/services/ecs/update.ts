import type { UpdateServiceRequest } from '@aws-sdk/client-ecs';
import { AwsError, type Call } from '../../service.ts';
import { refuseUnsimulated, required } from '../regional/input.ts';
import type { EcsClusterState, EcsServiceState } from './model.ts';
import { newDeployment, note, reconcile } from './scheduler.ts';
import type { EcsState } from './state.ts';

const SIMULATED = [
  'cluster',
  'service',
  'desiredCount',
  'taskDefinition',
  'forceNewDeployment',
  'healthCheckGracePeriodSeconds',
];

export function updateService(state: EcsState, input: UpdateServiceRequest, call: Call): EcsServiceState {
  refuseUnsimulated(input, SIMULATED, 'UpdateService');
  const cluster = state.cluster(call.region, input.cluster);
  const service = state.findService(cluster, required(input.service, 'service', 'InvalidParameterException'));
  if (service === undefined) throw new AwsError('ServiceNotFoundException', 'Service not found.');
  if (service.status !== 'ACTIVE') throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.');
  if (input.desiredCount !== undefined && service.schedulingStrategy === 'DAEMON') {
    // As people quote it: github.com/fabfuel/ecs-deploy/issues/59.
    const message =
      'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again';
    throw new AwsError('InvalidParameterException', message);
  }
  if (input.desiredCount !== undefined && !(Number.isInteger(input.desiredCount) && input.desiredCount >= 0)) {
    throw new AwsError('InvalidParameterException', 'desiredCount must be a non-negative integer.');
  }
  const definition = newDefinition(state, service, input, call);
  if (definition !== undefined) startDeployment(state, service, definition);
  service.healthCheckGracePeriod_s = input.healthCheckGracePeriodSeconds ?? service.healthCheckGracePeriod_s;
  if (input.desiredCount !== undefined) setDesired(state, service, input.desiredCount);
  reconcile(state, service);
  return service;
}

/** The task definition of the deployment that this update starts; undefined when it starts none. */
function newDefinition(
  state: EcsState,
  service: EcsServiceState,
  input: UpdateServiceRequest,
  call: Call,
): string | undefined {
  const current = service.deployments[0]?.taskDefinitionArn;
  const forced = input.forceNewDeployment === true;
  if (service.controller === 'CODE_DEPLOY' && (input.taskDefinition !== undefined || forced)) {
    const what = forced ? 'force a new deployment' : 'update task definition';
    const message = `Unable to ${what} on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.`;
    throw new AwsError('InvalidParameterException', message);
  }
  if (input.taskDefinition === undefined) return forced ? current : undefined;
  const found = state.findTaskDefinition(call.region, input.taskDefinition);
  if (found === undefined) throw new AwsError('ClientException', 'TaskDefinition not found.');
  if (found.definition.status === 'INACTIVE') throw new AwsError('ClientException', 'TaskDefinition is inactive');
  return forced || found.arn !== current ? found.arn : undefined;
}

function startDeployment(state: EcsState, service: EcsServiceState, taskDefinitionArn: string): void {
  for (const old of service.deployments) old.status = 'ACTIVE';
  const deployment = newDeployment(state, taskDefinitionArn);
  service.deployments = [deployment, ...service.deployments];
  note(state, service, `(service ${service.name}) (deployment ${deployment.id}) deployment started.`);
}

export function setDesired(state: EcsState, service: EcsServiceState, desiredCount: number): void {
  service.desiredCount = desiredCount;
  const clusterName = service.clusterArn.split('/').at(-1) ?? '';
  for (const listener of state.desiredListeners) listener(service.region, `service/${clusterName}/${service.name}`);
}

/**
 * "The scheduling strategy deploys exactly one task on each active container instance" (API reference, CreateService,
 * `schedulingStrategy`).
 */
export function setInstances(state: EcsState, cluster: EcsClusterState, count: number): void {
  cluster.containerInstances = count;
  for (const service of state.servicesOf(cluster)) {
    if (service.schedulingStrategy !== 'DAEMON') continue;
    setDesired(state, service, count);
    reconcile(state, service);
  }
}
