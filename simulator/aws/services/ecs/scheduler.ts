import type { DeploymentState, EcsServiceState, TaskState } from './model.ts';
import type { EcsState } from './state.ts';

/** The service scheduler starts this many tasks at once, then the next wave. How many AWS starts is not public. */
const WAVE = 10;
const WAVE_GAP_MS = 5_000;
/** ECS shows stopped tasks for an hour. */
const STOPPED_SHOWN_MS = 3_600_000;
const DEFAULT_CHECK_MS = 10_000;

/**
 * Brings a service toward what is asked of it: starts what is missing, stops what is too much, and replaces an older
 * deployment's tasks one for one as new ones become ready (minimum healthy 100 %, maximum 200 %). Safe to call often.
 */
export function reconcile(state: EcsState, service: EcsServiceState): void {
  const primary = service.deployments[0];
  if (primary === undefined || service.status === 'INACTIVE') return;
  const current = living(service).filter((task) => task.deploymentId === primary.id);
  const old = living(service).filter((task) => task.deploymentId !== primary.id);
  const daemon = service.schedulingStrategy === 'DAEMON';
  // A daemon's new task waits until the old one has left its instance (maximum 100 %).
  const taken = daemon ? service.tasks.filter((task) => task.lastStatus !== 'STOPPED').length : current.length;
  for (let index = 0; index < service.desiredCount - taken; index += 1) {
    startTask(state, service, primary, index);
  }
  // What is not ready goes first, then the youngest.
  const leaving = [...current].sort((a, b) => Number(b.ready) - Number(a.ready) || a.created_ms - b.created_ms);
  for (const task of leaving.slice(service.desiredCount)) {
    stopTask(state, service, task, `Scaling activity initiated by (deployment ${primary.id})`);
  }
  const ready = current.filter((task) => task.ready).length;
  const keep = daemon ? 0 : Math.max(0, service.desiredCount - ready);
  for (const task of old.slice(keep)) {
    stopTask(state, service, task, `Scaling activity initiated by (deployment ${primary.id})`);
  }
  finishDeployments(state, service, primary);
}

function finishDeployments(state: EcsState, service: EcsServiceState, primary: DeploymentState): void {
  const ready = living(service).filter((task) => task.deploymentId === primary.id && task.ready).length;
  const old = service.tasks.some(
    (task) => task.deploymentId !== primary.id && (task.desiredStatus === 'RUNNING' || isDraining(service, task)),
  );
  if (old || ready !== service.desiredCount) return;
  service.deployments = [primary];
  if (primary.rolloutState !== 'IN_PROGRESS') return;
  primary.rolloutState = 'COMPLETED';
  primary.updated_ms = state.now_ms();
  note(state, service, `(service ${service.name}) has reached a steady state.`);
}

function startTask(state: EcsState, service: EcsServiceState, deployment: DeploymentState, index: number): void {
  const { environment, random } = state.options;
  const task = newTask(state, service, deployment);
  service.tasks.push(task);
  // One duration of this world, and a spread of its own for each task.
  const typical_ms = environment.duration_ms('ecs.task-start', 20_000, 60_000);
  if (service.startFailure !== undefined || !Number.isFinite(typical_ms)) {
    neverStarts(state, service, task, service.startFailure ?? NO_CAPACITY);
    return;
  }
  const wave_ms = Math.floor(index / WAVE) * WAVE_GAP_MS;
  const start_ms = wave_ms + typical_ms * random.between(0.8, 1.2);
  task.work = state.work.after([service.region], start_ms / 3, () => {
    task.lastStatus = 'PENDING';
    task.work = state.work.after([service.region], (start_ms * 2) / 3, () => running(state, service, task));
  });
}

const NO_CAPACITY = 'Capacity is unavailable at this time. Please try again later or in a different availability zone';

/**
 * An infinite start time means no capacity: the task stops before it runs, and the scheduler tries again, slower
 * and slower. So it does with an image that cannot be pulled (Amazon ECS Developer Guide, "Amazon ECS service throttle logic": from seconds to some minutes).
 */
function neverStarts(state: EcsState, service: EcsServiceState, task: TaskState, reason: string): void {
  const { environment } = state.options;
  task.work = state.work.after([service.region], environment.duration_ms('ecs.task-give-up', 20_000, 60_000), () => {
    if (task.desiredStatus === 'STOPPED') return;
    task.desiredStatus = 'STOPPED';
    task.lastStatus = 'STOPPED';
    task.stopped_ms = state.now_ms();
    task.stoppedReason = reason;
    task.stopCode = 'TaskFailedToStart';
    const primary = service.deployments[0];
    // Without capacity no task was begun; with a broken image each one failed (API reference, Deployment, `failedTasks`).
    if (primary !== undefined && reason !== NO_CAPACITY) primary.failedTasks += 1;
    task.work = undefined;
    note(state, service, `(service ${service.name}) was unable to place a task. Reason: ${task.stoppedReason}`);
    state.work.after([service.region], environment.duration_ms('ecs.task-retry', 30_000, 120_000), () =>
      reconcile(state, service),
    );
  });
}

export function newTask(state: EcsState, service: EcsServiceState, deployment: DeploymentState): TaskState {
  const { random } = state.options;
  const clusterName = service.clusterArn.split('/').at(-1) ?? '';
  return {
    arn: state.arn(service.region, `task/${clusterName}/${random.hex(32)}`),
    serviceName: service.name,
    clusterArn: service.clusterArn,
    deploymentId: deployment.id,
    taskDefinitionArn: deployment.taskDefinitionArn,
    ip: `10.${[0, 0, 0].map(() => Math.floor(random.between(1, 255))).join('.')}`,
    availabilityZone: `${service.region}${['a', 'b', 'c'][service.tasks.length % 3]}`,
    created_ms: state.now_ms(),
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    ready: false,
    started_ms: undefined,
    stopped_ms: undefined,
    stoppedReason: undefined,
    stopCode: undefined,
    waitedForHealth_ms: 0,
    work: undefined,
  };
}

function running(state: EcsState, service: EcsServiceState, task: TaskState): void {
  task.lastStatus = 'RUNNING';
  task.started_ms = state.now_ms();
  register(state, service, task);
  awaitHealth(state, service, task);
}

export function register(state: EcsState, service: EcsServiceState, task: TaskState): void {
  for (const one of service.loadBalancers) {
    if (one.targetGroupArn !== undefined) registry(state).register(one.targetGroupArn, task.ip, one.containerPort);
  }
}

/** Ready at once without a load balancer; behind one when healthy; replaced when it never becomes so. */
function awaitHealth(state: EcsState, service: EcsServiceState, task: TaskState): void {
  const groups = service.loadBalancers.flatMap((one) => one.targetGroupArn ?? []);
  const now_ms = state.now_ms();
  if (groups.every((arn) => registry(state).isHealthy(arn, task.ip))) {
    task.ready = true;
    task.work = undefined;
    reconcile(state, service);
    return;
  }
  const allowed_ms = service.healthCheckGracePeriod_s * 1000 + 120_000;
  if (task.waitedForHealth_ms > allowed_ms) {
    const primary = service.deployments[0];
    if (primary !== undefined) primary.failedTasks += 1;
    stopTask(state, service, task, 'Task failed ELB health checks');
    reconcile(state, service);
    return;
  }
  const at_ms = Math.max(...groups.map((arn) => registry(state).healthyAt_ms(arn, task.ip)));
  const wait_ms = at_ms > now_ms && Number.isFinite(at_ms) ? at_ms - now_ms : DEFAULT_CHECK_MS;
  // Time in which the region does not serve does not count against the task.
  task.waitedForHealth_ms += wait_ms;
  task.work = state.work.after([service.region], wait_ms, () => awaitHealth(state, service, task));
}

export function stopTask(
  state: EcsState,
  service: EcsServiceState,
  task: TaskState,
  reason: string,
  by: TaskState['stopCode'] = 'ServiceSchedulerInitiated',
): void {
  if (task.desiredStatus === 'STOPPED') return;
  task.work?.cancel();
  task.desiredStatus = 'STOPPED';
  task.stoppedReason = reason;
  task.stopCode = by;
  task.ready = false;
  for (const one of service.loadBalancers) {
    if (one.targetGroupArn !== undefined) registry(state).deregister(one.targetGroupArn, task.ip, one.containerPort);
  }
  const stop_ms = state.options.environment.duration_ms('ecs.task-stop', 5_000, 30_000);
  const halt = (): void => {
    if (task.lastStatus === 'RUNNING' || task.lastStatus === 'DEACTIVATING') task.lastStatus = 'DEPROVISIONING';
    task.work = state.work.after([service.region], stop_ms, () => {
      task.lastStatus = 'STOPPED';
      task.stopped_ms = state.now_ms();
      task.work = undefined;
      if (service.drains || service.schedulingStrategy === 'DAEMON') reconcile(state, service);
    });
  };
  const drain_ms = service.drains && task.lastStatus === 'RUNNING' ? drainTime_ms(state, service, task) : 0;
  if (drain_ms === 0) {
    halt();
    return;
  }
  task.lastStatus = 'DEACTIVATING';
  note(state, service, `(service ${service.name}) has begun draining connections on 1 tasks.`);
  task.work = state.work.after([service.region], drain_ms, halt);
}

/**
 * ECS waits until the target is `unused`, and only then sends the stop signal (Developer Guide, "Optimize load balancer
 * connection draining parameters for Amazon ECS"). The target shows `draining` for the whole deregistration delay, also
 * when it has no connection left (Elastic Load Balancing, "Deregistration delay").
 */
function drainTime_ms(state: EcsState, service: EcsServiceState, task: TaskState): number {
  const ends = service.loadBalancers.flatMap(({ targetGroupArn: arn }) =>
    arn === undefined ? [] : (registry(state).drainedAt_ms(arn, task.ip) ?? []),
  );
  return Math.max(0, ...ends.map((end_ms) => end_ms - state.now_ms()));
}

/** Of a service that drains: told to stop, and not stopped. Without draining a stop is no part of a deployment. */
function isDraining(service: EcsServiceState, task: TaskState): boolean {
  return service.drains && task.desiredStatus === 'STOPPED' && task.lastStatus !== 'STOPPED';
}

/** Tasks that are meant to run, whatever they are doing now. */
export function living(service: EcsServiceState): TaskState[] {
  return service.tasks.filter((task) => task.desiredStatus === 'RUNNING');
}

export function shownTasks(state: EcsState, service: EcsServiceState): TaskState[] {
  const since_ms = state.now_ms() - STOPPED_SHOWN_MS;
  service.tasks = service.tasks.filter((task) => task.stopped_ms === undefined || task.stopped_ms > since_ms);
  return service.tasks;
}

export function newDeployment(state: EcsState, taskDefinitionArn: string): DeploymentState {
  const now_ms = state.now_ms();
  const digits = Array.from({ length: 19 }, () => Math.floor(state.options.random.between(0, 10))).join('');
  return {
    id: `ecs-svc/${digits}`,
    taskDefinitionArn,
    created_ms: now_ms,
    updated_ms: now_ms,
    status: 'PRIMARY',
    rolloutState: 'IN_PROGRESS',
    failedTasks: 0,
  };
}

export function note(state: EcsState, service: EcsServiceState, message: string): void {
  service.events.unshift({ id: state.options.random.uuid(), at_ms: state.now_ms(), message });
  // DescribeServices shows the last 100 events.
  service.events.length = Math.min(service.events.length, 100);
}

function registry(state: EcsState): NonNullable<EcsState['options']['targets']> {
  if (state.options.targets === undefined) throw new Error('ECS services with load balancers need a target registry');
  return state.options.targets;
}
