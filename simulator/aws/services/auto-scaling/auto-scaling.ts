import type {
  AutoScalingGroup,
  AutoScalingGroupNamesType,
  DescribeAutoScalingInstancesType,
  DescribeScalingActivitiesType,
  SetDesiredCapacityType,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import * as schemas from '@aws-sdk/client-auto-scaling';
import type { _InstanceType } from '@aws-sdk/client-ec2';
import { AwsError, type Call, type Service } from '../../service.ts';
import { page, refuseUnsimulated, required } from '../regional/input.ts';
import { processOperations } from './processes.ts';
import { scheduledOperations } from './scheduled.ts';
import {
  type AutoScalingOptions,
  AutoScalingState,
  type GroupInstance,
  type GroupState,
  invalid,
  updateCause,
} from './state.ts';

interface SeedGroup {
  readonly region: string;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly zones?: readonly string[];
  readonly subnetIds?: readonly string[];
  readonly targetGroupArns?: readonly string[];
  readonly instanceType?: _InstanceType;
}

interface AutoScaling {
  readonly service: Service;
  /** A group in steady state: its desired instances are in service. */
  seedGroup(seed: SeedGroup): void;
  /** Instances that can serve now: none while the region does not. */
  runningInstances(region: string, group: string): { readonly id: string; readonly ip: string }[];
}

export function createAutoScaling(options: AutoScalingOptions): AutoScaling {
  const state = new AutoScalingState({ ...options, random: options.random.split('auto-scaling') });
  return {
    service: {
      id: 'auto-scaling',
      schemas,
      operations: {
        DescribeAutoScalingGroups: (input: AutoScalingGroupNamesType, call) => describeGroups(state, input, call),
        DescribeAutoScalingInstances: (input: DescribeAutoScalingInstancesType, call) =>
          describeInstances(state, input, call),
        UpdateAutoScalingGroup: (input: UpdateAutoScalingGroupType, call) => update(state, input, call),
        SetDesiredCapacity: (input: SetDesiredCapacityType, call) => setDesired(state, input, call),
        ...processOperations(state),
        ...scheduledOperations(state),
        DescribeScalingActivities: (input: DescribeScalingActivitiesType, call) =>
          describeActivities(state, input, call),
      },
    },
    seedGroup: (seed) => seedGroup(state, seed),
    runningInstances: (region, name) => {
      if (!options.environment.regionServes(region)) return [];
      const instances = state.groups.get(state.key(region, name))?.instances ?? [];
      return instances.filter((one) => one.lifecycle === 'InService').map(({ id, ip }) => ({ id, ip }));
    },
  };
}

function seedGroup(state: AutoScalingState, seed: SeedGroup): void {
  const { accountId, random, clock } = state.options;
  const arn = `arn:aws:autoscaling:${seed.region}:${accountId}:autoScalingGroup:${random.uuid()}:autoScalingGroupName/${seed.name}`;
  const group: GroupState = {
    region: seed.region,
    name: seed.name,
    arn,
    zones: seed.zones ?? [`${seed.region}a`, `${seed.region}b`],
    subnetIds: seed.subnetIds ?? [],
    targetGroupArns: seed.targetGroupArns ?? [],
    instanceType: seed.instanceType ?? 't3.medium',
    launchTemplate: { id: `lt-${random.hex(17)}`, name: seed.name, version: '1' },
    healthCheckType: 'EC2',
    created_ms: clock.now_ms(),
    defaultCooldown_s: 300,
    healthCheckGracePeriod_s: 300,
    min: seed.min,
    max: seed.max,
    desired: seed.desired,
    cooldownUntil_ms: 0,
    instances: [],
    suspended: new Map(),
    scheduled: [],
    activities: [],
  };
  state.groups.set(state.key(seed.region, seed.name), group);
  for (let index = 0; index < seed.desired; index += 1) state.seedInstance(group);
}

const UPDATABLE = [
  'AutoScalingGroupName',
  'MinSize',
  'MaxSize',
  'DesiredCapacity',
  'DefaultCooldown',
  'HealthCheckGracePeriod',
];

function update(state: AutoScalingState, input: UpdateAutoScalingGroupType, call: Call): object {
  refuseUnsimulated(input, UPDATABLE, 'UpdateAutoScalingGroup');
  const group = state.group(call, input.AutoScalingGroupName);
  const min = input.MinSize ?? group.min;
  const max = input.MaxSize ?? group.max;
  if (min > max) throw invalid(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  // UpdateAutoScalingGroup: without a new desired capacity, the current one is moved into the new bounds.
  const desired = input.DesiredCapacity ?? Math.min(Math.max(group.desired, min), max);
  if (desired < min || desired > max) {
    throw invalid(`Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`);
  }
  const why = updateCause('user request', group, { min, max, desired });
  group.min = min;
  group.max = max;
  group.desired = desired;
  group.defaultCooldown_s = input.DefaultCooldown ?? group.defaultCooldown_s;
  group.healthCheckGracePeriod_s = input.HealthCheckGracePeriod ?? group.healthCheckGracePeriod_s;
  state.reconcile(group, why);
  return {};
}

function setDesired(state: AutoScalingState, input: SetDesiredCapacityType, call: Call): object {
  const group = state.group(call, input.AutoScalingGroupName);
  const desired = required(input.DesiredCapacity, 'DesiredCapacity', 'ValidationError');
  if (desired > group.max) {
    throw invalid(`New SetDesiredCapacity value ${desired} is above max value ${group.max} for the AutoScalingGroup.`);
  }
  if (desired < group.min) {
    throw invalid(`New SetDesiredCapacity value ${desired} is below min value ${group.min} for the AutoScalingGroup.`);
  }
  if (input.HonorCooldown === true && state.options.clock.now_ms() < group.cooldownUntil_ms) {
    throw new AwsError('ScalingActivityInProgressFault', `Cooldown of ${group.name} is in progress.`);
  }
  const why = `a user request explicitly set group desired capacity changing the desired capacity from ${group.desired} to ${desired}.`;
  group.desired = desired;
  group.cooldownUntil_ms = state.options.clock.now_ms() + group.defaultCooldown_s * 1000;
  state.reconcile(group, why);
  return {};
}

/** Names that are unknown are left out without an error. */
function describeGroups(state: AutoScalingState, input: AutoScalingGroupNamesType, call: Call): object {
  refuseUnsimulated(input, ['AutoScalingGroupNames', 'NextToken', 'MaxRecords'], 'DescribeAutoScalingGroups');
  const names = input.AutoScalingGroupNames ?? [];
  const found = [...state.groups.values()].filter(
    (group) => group.region === call.region && (names.length === 0 || names.includes(group.name)),
  );
  const { items, next } = page(found, input.NextToken, input.MaxRecords ?? 50, 'InvalidNextToken');
  return { AutoScalingGroups: items.map(showGroup), ...(next === undefined ? {} : { NextToken: next }) };
}

function showGroup(group: GroupState): AutoScalingGroup {
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    DefaultCooldown: group.defaultCooldown_s,
    AvailabilityZones: [...group.zones],
    VPCZoneIdentifier: group.subnetIds.join(','),
    TargetGroupARNs: [...group.targetGroupArns],
    HealthCheckType: group.healthCheckType,
    HealthCheckGracePeriod: group.healthCheckGracePeriod_s,
    CreatedTime: new Date(group.created_ms),
    LaunchTemplate: launchTemplate(group),
    Instances: group.instances.map((instance) => showInstance(group, instance)),
    SuspendedProcesses: [...group.suspended].map(([ProcessName, since_ms]) => ({
      ProcessName,
      SuspensionReason: `User suspended at ${new Date(since_ms).toISOString().slice(0, 19)}Z`,
    })),
  };
}

function showInstance(group: GroupState, instance: GroupInstance) {
  return {
    InstanceId: instance.id,
    InstanceType: group.instanceType,
    AvailabilityZone: instance.availabilityZone,
    LifecycleState: instance.lifecycle,
    HealthStatus: 'Healthy',
    LaunchTemplate: launchTemplate(group),
    ProtectedFromScaleIn: false,
  };
}

function launchTemplate(group: GroupState): { LaunchTemplateId: string; LaunchTemplateName: string; Version: string } {
  const { id, name, version } = group.launchTemplate;
  return { LaunchTemplateId: id, LaunchTemplateName: name, Version: version };
}

function describeInstances(state: AutoScalingState, input: DescribeAutoScalingInstancesType, call: Call): object {
  const ids = input.InstanceIds ?? [];
  const found = [...state.groups.values()]
    .filter((group) => group.region === call.region)
    .flatMap((group) => group.instances.map((one) => ({ group, one })))
    .filter(({ one }) => ids.length === 0 || ids.includes(one.id));
  const { items, next } = page(found, input.NextToken, input.MaxRecords ?? 50, 'InvalidNextToken');
  const shown = items.map(({ group, one }) => {
    const details = { ...showInstance(group, one), AutoScalingGroupName: group.name };
    return { ...details, HealthStatus: 'HEALTHY' };
  });
  return { AutoScalingInstances: shown, ...(next === undefined ? {} : { NextToken: next }) };
}

/** The newest first, of one group or of all (API reference, DescribeScalingActivities). */
function describeActivities(state: AutoScalingState, input: DescribeScalingActivitiesType, call: Call): object {
  const simulated = ['AutoScalingGroupName', 'ActivityIds', 'MaxRecords', 'NextToken'];
  refuseUnsimulated(input, simulated, 'DescribeScalingActivities');
  const groups =
    input.AutoScalingGroupName === undefined
      ? [...state.groups.values()].filter((group) => group.region === call.region)
      : [state.group(call, input.AutoScalingGroupName)];
  const ids = input.ActivityIds ?? [];
  const found = groups
    .flatMap((group) => group.activities)
    .filter((one) => ids.length === 0 || ids.includes(one.ActivityId ?? ''))
    .sort((a, b) => (b.StartTime?.getTime() ?? 0) - (a.StartTime?.getTime() ?? 0));
  const { items, next } = page(found, input.NextToken, input.MaxRecords ?? 100, 'InvalidNextToken');
  return { Activities: items, ...(next === undefined ? {} : { NextToken: next }) };
}
