import type { _InstanceType } from '@aws-sdk/client-ec2';
import type { InstanceRegistry } from '../ec2/ec2.ts';
import type { TargetRegistry } from '../elastic-load-balancing-v2/elastic-load-balancing-v2.ts';
import type { ServiceOptions } from '../regional/options.ts';
import { RegionalWork, type Work } from '../regional/work.ts';

export interface GroupInstance {
  readonly id: string;
  readonly availabilityZone: string;
  readonly ip: string;
  readonly launched_ms: number;
  lifecycle: 'Pending' | 'InService' | 'Terminating';
  work: Work | undefined;
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

  constructor(options: AutoScalingOptions) {
    this.options = options;
    this.#work = new RegionalWork(options.clock, options.environment);
  }

  key(region: string, name: string): string {
    return `${region}|${name}`;
  }

  reconcile(group: GroupState): void {
    const living = group.instances.filter((one) => one.lifecycle !== 'Terminating');
    for (let index = living.length; index < group.desired; index += 1) this.#launch(group);
    // The oldest go last here; AWS's default policy is about zones and launch templates first.
    const youngestFirst = [...living].reverse().sort((a, b) => b.launched_ms - a.launched_ms);
    for (const instance of youngestFirst.slice(0, Math.max(0, living.length - group.desired))) {
      this.#terminate(group, instance);
    }
  }

  /** A running instance, for seeding. */
  seedInstance(group: GroupState): void {
    const instance = this.#newInstance(group);
    this.#inService(group, instance);
    for (const arn of group.targetGroupArns) this.options.targets?.settle(arn, instance.id);
  }

  #launch(group: GroupState): void {
    const instance = this.#newInstance(group);
    const typical_ms = this.options.environment.duration_ms('ec2.instance-start', 40_000, 120_000);
    const start_ms = typical_ms * this.options.random.between(0.8, 1.2);
    instance.work = this.#work.after([group.region], start_ms, () => this.#inService(group, instance));
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
    };
    group.instances.push(instance);
    this.#show(group, instance, 'pending', 0);
    return instance;
  }

  #inService(group: GroupState, instance: GroupInstance): void {
    instance.lifecycle = 'InService';
    instance.work = undefined;
    this.#show(group, instance, 'running', 16);
    for (const arn of group.targetGroupArns) this.options.targets?.register(arn, instance.id);
  }

  #terminate(group: GroupState, instance: GroupInstance): void {
    instance.work?.cancel();
    instance.lifecycle = 'Terminating';
    this.#show(group, instance, 'shutting-down', 32);
    for (const arn of group.targetGroupArns) this.options.targets?.deregister(arn, instance.id);
    const stop_ms = this.options.environment.duration_ms('ec2.instance-stop', 20_000, 90_000);
    instance.work = this.#work.after([group.region], stop_ms, () => {
      group.instances = group.instances.filter((one) => one !== instance);
      this.#show(group, instance, 'terminated', 48);
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
