import type { Activity } from '@aws-sdk/client-auto-scaling';
import type { _InstanceType } from '@aws-sdk/client-ec2';
import type { Random } from '../../../random.ts';
import { AwsError, type Call } from '../../service.ts';
import type { InstanceRegistry } from '../ec2/ec2.ts';
import type { TargetRegistry } from '../elastic-load-balancing-v2/elastic-load-balancing-v2.ts';
import { required } from '../regional/input.ts';
import type { ServiceOptions } from '../regional/options.ts';
import { RegionalWork, type Work } from '../regional/work.ts';

export interface GroupInstance {
  readonly id: string;
  readonly availabilityZone: string;
  readonly ip: string;
  readonly launched_ms: number;
  lifecycle: 'Pending' | 'InService' | 'Terminating';
  work: Work | undefined;
  /** The activity that is under way for it. */
  activity: Activity | undefined;
}

export interface GroupState {
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  readonly zones: readonly string[];
  readonly subnetIds: readonly string[];
  readonly targetGroupArns: readonly string[];
  readonly instanceType: _InstanceType;
  readonly launchTemplate: { readonly id: string; readonly name: string; readonly version: string };
  readonly healthCheckType: string;
  readonly created_ms: number;
  defaultCooldown_s: number;
  healthCheckGracePeriod_s: number;
  min: number;
  max: number;
  desired: number;
  cooldownUntil_ms: number;
  instances: GroupInstance[];
  /** The names of processes that are suspended, and since when. */
  readonly suspended: Map<ProcessName, number>;
  scheduled: ScheduledState[];
  /** The newest first. */
  readonly activities: Activity[];
}

/** API reference, SuspendProcesses: `ScalingProcesses`. */
export const PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** A scheduled action of a group. */
export interface ScheduledState {
  readonly name: string;
  readonly arn: string;
  readonly recurrence: string | undefined;
  readonly start: Date | undefined;
  readonly end: Date | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly desired: number | undefined;
  readonly work: Work;
}

export interface AutoScalingOptions extends ServiceOptions {
  /** Where instances register; needed as soon as a group has target groups. */
  readonly targets?: TargetRegistry;
  /** Where instances are described. */
  readonly ec2?: InstanceRegistry;
}

/** Groups of all regions and what brings them toward their desired capacity. */
export class AutoScalingState {
  readonly options: AutoScalingOptions;
  readonly groups = new Map<string, GroupState>();
  readonly #work: RegionalWork;
  readonly #ids: Random;

  constructor(options: AutoScalingOptions) {
    this.options = options;
    this.#work = new RegionalWork(options.clock, options.environment);
    this.#ids = options.random.split('activities');
  }

  key(region: string, name: string): string {
    return `${region}|${name}`;
  }

  /** The group that a request names, or ValidationError. */
  group(call: Pick<Call, 'region'>, name: string | undefined): GroupState {
    const wanted = required(name, 'AutoScalingGroupName', 'ValidationError');
    const found = this.groups.get(this.key(call.region, wanted));
    if (found === undefined) throw invalid(`AutoScalingGroup name not found - AutoScalingGroup '${wanted}' not found`);
    return found;
  }

  /** `why` the desired capacity is what it is, as the activities tell it; empty: instances only follow it. */
  reconcile(group: GroupState, why = ''): void {
    const living = group.instances.filter((one) => one.lifecycle !== 'Terminating');
    const change = `difference between desired and actual capacity`;
    const size = `the capacity from ${living.length} to ${group.desired}.`;
    if (!group.suspended.has('Launch')) {
      const cause = this.#cause(why, `an instance was started in response to a ${change}, increasing ${size}`);
      for (let index = living.length; index < group.desired; index += 1) this.#launch(group, cause);
    }
    if (group.suspended.has('Terminate')) return;
    const cause = this.#cause(
      why,
      `an instance was taken out of service in response to a ${change}, shrinking ${size}`,
    );
    // The oldest go last here; AWS's default policy is about zones and launch templates first.
    const youngestFirst = [...living].reverse().sort((a, b) => b.launched_ms - a.launched_ms);
    for (const instance of youngestFirst.slice(0, Math.max(0, living.length - group.desired))) {
      this.#terminate(group, instance, cause);
    }
  }

  /** As people find it there: repost.aws/knowledge-center/auto-scaling-scale-down. */
  #cause(why: string, what: string): string {
    const at = `At ${new Date(this.options.clock.now_ms()).toISOString().slice(0, 19)}Z`;
    return [why === '' ? [] : `${at} ${why}`, `${at} ${what}`].flat().join('  ');
  }

  /** A running instance, for seeding. */
  seedInstance(group: GroupState): void {
    const instance = this.#newInstance(group);
    this.#inService(group, instance);
    for (const arn of group.targetGroupArns) this.options.targets?.settle(arn, instance.id);
  }

  #launch(group: GroupState, cause: string): void {
    const instance = this.#newInstance(group);
    this.#begin(group, instance, { description: `Launching a new EC2 instance: ${instance.id}`, cause });
    const typical_ms = this.options.environment.duration_ms('ec2.instance-start', 40_000, 120_000);
    const start_ms = typical_ms * this.options.random.between(0.8, 1.2);
    instance.work = this.#work.after([group.region], start_ms, () => this.#inService(group, instance));
  }

  /** Notes an activity as under way. Whatever else was under way for the instance is cancelled. */
  #begin(group: GroupState, instance: GroupInstance, { description, cause }: { description: string; cause: string }) {
    this.#end(instance, 'Cancelled');
    instance.activity = {
      ActivityId: this.#ids.uuid(),
      AutoScalingGroupName: group.name,
      AutoScalingGroupARN: group.arn,
      Description: description,
      Cause: cause,
      StartTime: new Date(this.options.clock.now_ms()),
      StatusCode: 'InProgress',
      Progress: 50,
      Details: '{}',
    };
    group.activities.unshift(instance.activity);
  }

  #end(instance: GroupInstance, StatusCode: 'Successful' | 'Cancelled'): void {
    const EndTime = new Date(this.options.clock.now_ms());
    if (instance.activity !== undefined) Object.assign(instance.activity, { StatusCode, Progress: 100, EndTime });
    instance.activity = undefined;
  }

  #newInstance(group: GroupState): GroupInstance {
    const { random, clock } = this.options;
    const instance: GroupInstance = {
      id: `i-${random.hex(17)}`,
      availabilityZone: group.zones[group.instances.length % group.zones.length] ?? `${group.region}a`,
      ip: `10.${[0, 0, 0].map(() => Math.floor(random.between(1, 255))).join('.')}`,
      launched_ms: clock.now_ms(),
      lifecycle: 'Pending',
      work: undefined,
      activity: undefined,
    };
    group.instances.push(instance);
    this.#show(group, instance, 'pending', 0);
    return instance;
  }

  #inService(group: GroupState, instance: GroupInstance): void {
    instance.lifecycle = 'InService';
    instance.work = undefined;
    this.#end(instance, 'Successful');
    this.#show(group, instance, 'running', 16);
    // What was launched meanwhile is not registered later either (User Guide, "How suspended processes affect ...").
    if (group.suspended.has('AddToLoadBalancer')) return;
    for (const arn of group.targetGroupArns) this.options.targets?.register(arn, instance.id);
  }

  #terminate(group: GroupState, instance: GroupInstance, cause: string): void {
    this.#begin(group, instance, { description: `Terminating EC2 instance: ${instance.id}`, cause });
    instance.work?.cancel();
    instance.lifecycle = 'Terminating';
    this.#show(group, instance, 'shutting-down', 32);
    for (const arn of group.targetGroupArns) this.options.targets?.deregister(arn, instance.id);
    const stop_ms = this.options.environment.duration_ms('ec2.instance-stop', 20_000, 90_000);
    instance.work = this.#work.after([group.region], stop_ms, () => {
      group.instances = group.instances.filter((one) => one !== instance);
      this.#show(group, instance, 'terminated', 48);
      this.#end(instance, 'Successful');
    });
  }

  #show(group: GroupState, instance: GroupInstance, name: InstanceStateName, code: number): void {
    this.options.ec2?.putInstance(group.region, {
      InstanceId: instance.id,
      InstanceType: group.instanceType,
      State: { Name: name, Code: code },
      PrivateIpAddress: instance.ip,
      Placement: { AvailabilityZone: instance.availabilityZone },
      LaunchTime: new Date(instance.launched_ms),
      Tags: [{ Key: 'aws:autoscaling:groupName', Value: group.name }],
    });
  }
}

type InstanceStateName = 'pending' | 'running' | 'shutting-down' | 'terminated';

export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

/** What an activity says of a change of a group's bounds. Called before the change. */
export function updateCause(
  who: 'user request' | 'scheduled action',
  group: GroupState,
  { min, max, desired }: Pick<GroupState, 'min' | 'max' | 'desired'>,
): string {
  const moved = desired === group.desired ? '' : ` changing the desired capacity from ${group.desired} to ${desired}`;
  return `a ${who} update of AutoScalingGroup constraints to min: ${min}, max: ${max}, desired: ${desired}${moved}.`;
}
