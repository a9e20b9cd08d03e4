import type { ServiceConfig } from '../../core/config/schema.ts';
import type { RunningApplication } from './applications.ts';
import type { World } from './world.ts';

/** A service of an application, in one of its regions. */
interface Where {
  readonly application: string;
  readonly service: string;
  readonly side: 'home' | 'standby';
}

interface ScheduledCapacity extends Where {
  readonly name?: string;
  /** Once, so many seconds from now; or ECS: an expression (`cron(0 3 * * ? *)`), EC2: a recurrence (`0 3 * * *`). */
  readonly when: { readonly in_s: number } | { readonly schedule: string };
  readonly min?: number;
  readonly max?: number;
  /** Of an Auto Scaling group only. */
  readonly desired?: number;
}

/** The team has a scheduled action on a service: at its time its bounds change, and its count with them. */
export function scheduleCapacity(world: World, wanted: ScheduledCapacity): void {
  const { running, service, region } = find(world, wanted);
  const { name = 'scheduled', when, min, max, desired } = wanted;
  if (service.kind === 'ec2') {
    const start = 'in_s' in when ? { StartTime: later(world, when.in_s) } : { Recurrence: when.schedule };
    call(world, running, region, 'groups', 'PutScheduledUpdateGroupAction', {
      AutoScalingGroupName: service[wanted.side].group,
      ScheduledActionName: name,
      ...start,
      MinSize: min,
      MaxSize: max,
      DesiredCapacity: desired,
    });
    return;
  }
  const at = 'in_s' in when ? `at(${later(world, when.in_s).toISOString().slice(0, 19)})` : when.schedule;
  call(world, running, region, 'scaling', 'PutScheduledAction', {
    ...targetOf(service, wanted.side),
    ScheduledActionName: name,
    Schedule: at,
    ScalableTargetAction: { MinCapacity: min, MaxCapacity: max },
  });
}

/** Somebody has suspended the scaling of a service: all three switches, or every process of a group. */
export function suspendScaling(world: World, where: Where): void {
  const { running, service, region } = find(world, where);
  if (service.kind === 'ec2') {
    call(world, running, region, 'groups', 'SuspendProcesses', { AutoScalingGroupName: service[where.side].group });
    return;
  }
  const SuspendedState = {
    DynamicScalingInSuspended: true,
    DynamicScalingOutSuspended: true,
    ScheduledScalingSuspended: true,
  };
  call(world, running, region, 'scaling', 'RegisterScalableTarget', {
    ...targetOf(service, where.side),
    SuspendedState,
  });
}

/** The load on an ECS service, in tasks, that its policy follows (`scalingPolicies`). */
export function setLoad(world: World, where: Where, tasks: number): void {
  const { running, service, region } = find(world, where);
  if (service.kind === 'ec2') throw new Error('policies of Auto Scaling groups are not simulated');
  running.services.scaling.setDemand(region, targetOf(service, where.side).ResourceId, tasks);
}

function find(world: World, { application, service: name, side }: Where) {
  const running = world.applications.find((one) => one.name === application);
  const service = running?.config.services.find((one) => one.name === name);
  if (running === undefined || service === undefined) throw new Error(`there is no service ${name} of ${application}`);
  return { running, service, region: running.config[side] };
}

const later = (world: World, in_s: number): Date => new Date(world.clock.now_ms() + in_s * 1000);

const targetOf = (service: Extract<ServiceConfig, { kind: 'ecs' }>, side: Where['side']) => ({
  ServiceNamespace: 'ecs',
  ResourceId: `service/${service[side].cluster}/${service[side].service}`,
  ScalableDimension: 'ecs:service:DesiredCount',
});

function call(
  world: World,
  { config, services }: RunningApplication,
  region: string,
  which: 'scaling' | 'groups',
  action: string,
  input: object,
): void {
  const { clock, random } = world;
  const accountId = world.accounts.of(config).id;
  const caller = { name: 'person:the-team', region: undefined };
  services[which].service.operations[action]?.(input, { clock, random, accountId, region, caller });
}
