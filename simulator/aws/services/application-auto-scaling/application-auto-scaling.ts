import type {
  DescribeScalableTargetsRequest,
  DescribeScalingActivitiesRequest,
  DescribeScalingPoliciesRequest,
  PutScalingPolicyRequest,
  RegisterScalableTargetRequest,
  ScalableTarget,
} from '@aws-sdk/client-application-auto-scaling';
import * as schemas from '@aws-sdk/client-application-auto-scaling';
import { AwsError, type Call, type Service } from '../../service.ts';
import { page, refuseUnsimulated, required } from '../regional/input.ts';
import { scheduledOperations } from './scheduled.ts';
import { type ScalingOptions, ScalingState, type TargetState } from './state.ts';

interface ApplicationAutoScaling {
  readonly service: Service;
  /** How many tasks the load on this ECS service asks for (`service/<cluster>/<name>`); policies follow it. */
  setDemand(region: string, resourceId: string, tasks: number): void;
}

export function createApplicationAutoScaling(options: ScalingOptions): ApplicationAutoScaling {
  const state = new ScalingState({ ...options, random: options.random.split('application-auto-scaling') });
  return {
    service: {
      id: 'application-auto-scaling',
      schemas,
      operations: {
        RegisterScalableTarget: (input: RegisterScalableTargetRequest, call) => register(state, input, call),
        DescribeScalableTargets: (input: DescribeScalableTargetsRequest, call) => describeTargets(state, input, call),
        DescribeScalingPolicies: (input: DescribeScalingPoliciesRequest, call) => describePolicies(state, input, call),
        PutScalingPolicy: (input: PutScalingPolicyRequest, call) => putPolicy(state, input, call),
        ...scheduledOperations(state),
        DescribeScalingActivities: (input: DescribeScalingActivitiesRequest, call) =>
          describeActivities(state, input, call),
      },
    },
    setDemand: (region, resourceId, tasks) => {
      for (const target of state.targetsOf(region, resourceId)) {
        target.demand = tasks;
        state.watch(target);
      }
    },
  };
}

function register(state: ScalingState, input: RegisterScalableTargetRequest, call: Call): object {
  const namespace = required(input.ServiceNamespace, 'ServiceNamespace', 'ValidationException');
  const resourceId = required(input.ResourceId, 'ResourceId', 'ValidationException');
  const dimension = required(input.ScalableDimension, 'ScalableDimension', 'ValidationException');
  if (namespace !== 'ecs' || dimension !== 'ecs:service:DesiredCount') {
    throw new AwsError('NotImplemented', `Scaling ${namespace} ${dimension} is not simulated`);
  }
  const key = state.key(call.region, namespace, resourceId, dimension);
  const known = state.targets.get(key);
  const min = required(input.MinCapacity ?? known?.min, 'MinCapacity', 'ValidationException');
  const max = required(input.MaxCapacity ?? known?.max, 'MaxCapacity', 'ValidationException');
  if (min < 0 || max < 0) throw new AwsError('ValidationException', 'Capacity must be 0 or greater');
  if (min > max) {
    throw new AwsError('ValidationException', 'Minimum capacity cannot be greater than maximum capacity');
  }
  if (state.options.ecs.desired(call.region, resourceId) === undefined) {
    throw new AwsError('ValidationException', `ECS service doesn't exist: ${resourceId}`);
  }
  const target = known ?? newTarget(state, input, call, resourceId);
  target.min = min;
  target.max = max;
  // RegisterScalableTarget: what is not given keeps its value.
  target.suspended = { ...target.suspended, ...defined(input.SuspendedState ?? {}) };
  state.targets.set(key, target);
  state.watch(target);
  return { ScalableTargetARN: target.arn };
}

function newTarget(
  state: ScalingState,
  input: RegisterScalableTargetRequest,
  call: Call,
  resourceId: string,
): TargetState {
  const { accountId, random, clock } = state.options;
  const role =
    'aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService';
  return {
    region: call.region,
    namespace: 'ecs',
    resourceId,
    dimension: 'ecs:service:DesiredCount',
    arn: `arn:aws:application-autoscaling:${call.region}:${accountId}:scalable-target/${random.hex(28)}`,
    roleArn: input.RoleARN ?? `arn:aws:iam::${accountId}:role/${role}`,
    created_ms: clock.now_ms(),
    min: 0,
    max: 0,
    suspended: {
      DynamicScalingInSuspended: false,
      DynamicScalingOutSuspended: false,
      ScheduledScalingSuspended: false,
    },
    policies: [],
    scheduled: [],
    demand: 0,
    pending: undefined,
    scaleIn: undefined,
  };
}

function describeTargets(state: ScalingState, input: DescribeScalableTargetsRequest, call: Call): object {
  const namespace = required(input.ServiceNamespace, 'ServiceNamespace', 'ValidationException');
  if (input.ScalableDimension !== undefined && input.ResourceIds === undefined) {
    throw new AwsError(
      'ValidationException',
      'If you specify a scalable dimension, you must also specify a resource ID.',
    );
  }
  const found = [...state.targets.values()].filter(
    (one) =>
      one.region === call.region &&
      one.namespace === namespace &&
      (input.ResourceIds === undefined || input.ResourceIds.includes(one.resourceId)) &&
      (input.ScalableDimension === undefined || input.ScalableDimension === one.dimension),
  );
  const { items, next } = page(found, input.NextToken, input.MaxResults ?? 50, 'InvalidNextTokenException');
  return { ScalableTargets: items.map(show), ...(next === undefined ? {} : { NextToken: next }) };
}

function show(target: TargetState): ScalableTarget {
  return {
    ServiceNamespace: target.namespace,
    ResourceId: target.resourceId,
    ScalableDimension: target.dimension,
    MinCapacity: target.min,
    MaxCapacity: target.max,
    RoleARN: target.roleArn,
    CreationTime: new Date(target.created_ms),
    SuspendedState: target.suspended,
    ScalableTargetARN: target.arn,
  };
}

function describePolicies(state: ScalingState, input: DescribeScalingPoliciesRequest, call: Call): object {
  const namespace = required(input.ServiceNamespace, 'ServiceNamespace', 'ValidationException');
  const found = [...state.targets.values()]
    .filter((one) => one.region === call.region && one.namespace === namespace)
    .flatMap((one) => one.policies)
    .filter(
      (policy) =>
        (input.ResourceId === undefined || policy.ResourceId === input.ResourceId) &&
        (input.PolicyNames === undefined || input.PolicyNames.includes(policy.PolicyName ?? '')) &&
        (input.ScalableDimension === undefined || policy.ScalableDimension === input.ScalableDimension),
    );
  const { items, next } = page(found, input.NextToken, input.MaxResults ?? 10, 'InvalidNextTokenException');
  return { ScalingPolicies: items, ...(next === undefined ? {} : { NextToken: next }) };
}

/** "You can retrieve the scaling activities from the previous six weeks" (API reference, DescribeScalingActivities). */
const SIX_WEEKS_MS = 42 * 86_400_000;

function describeActivities(state: ScalingState, input: DescribeScalingActivitiesRequest, call: Call): object {
  // `false` asks for what the answer has anyway.
  const { IncludeNotScaledActivities: includesNotScaled, ...asked } = input;
  refuseUnsimulated(
    includesNotScaled === true ? input : asked,
    ['ServiceNamespace', 'ResourceId', 'ScalableDimension', 'MaxResults', 'NextToken'],
    'DescribeScalingActivities',
  );
  const namespace = required(input.ServiceNamespace, 'ServiceNamespace', 'ValidationException');
  const since_ms = state.options.clock.now_ms() - SIX_WEEKS_MS;
  const found = state.activities.filter(
    (one) =>
      one.region === call.region &&
      one.ServiceNamespace === namespace &&
      (input.ResourceId === undefined || input.ResourceId === one.ResourceId) &&
      (input.ScalableDimension === undefined || input.ScalableDimension === one.ScalableDimension) &&
      (one.StartTime?.getTime() ?? 0) >= since_ms,
  );
  const { items, next } = page(found, input.NextToken, input.MaxResults ?? 50, 'InvalidNextTokenException');
  const ScalingActivities = items.map(({ region: _, ...activity }) => activity);
  return { ScalingActivities, ...(next === undefined ? {} : { NextToken: next }) };
}

function putPolicy(state: ScalingState, input: PutScalingPolicyRequest, call: Call): object {
  const name = required(input.PolicyName, 'PolicyName', 'ValidationException');
  const target = state.target(call.region, input);
  if (input.PolicyType !== undefined && input.PolicyType !== 'TargetTrackingScaling') {
    throw new AwsError('NotImplemented', `Scaling policies of type ${input.PolicyType} are not simulated`);
  }
  const { accountId, random, clock } = state.options;
  const known = target.policies.find((policy) => policy.PolicyName === name);
  const arn =
    known?.PolicyARN ??
    `arn:aws:autoscaling:${call.region}:${accountId}:scalingPolicy:${random.uuid()}:resource/ecs/${target.resourceId}:policyName/${name}`;
  const policy = {
    PolicyARN: arn,
    PolicyName: name,
    ServiceNamespace: target.namespace,
    ResourceId: target.resourceId,
    ScalableDimension: target.dimension,
    PolicyType: 'TargetTrackingScaling' as const,
    TargetTrackingScalingPolicyConfiguration: input.TargetTrackingScalingPolicyConfiguration,
    Alarms: [],
    CreationTime: known?.CreationTime ?? new Date(clock.now_ms()),
  };
  target.policies = [...target.policies.filter((one) => one !== known), policy];
  state.watch(target);
  return { PolicyARN: arn, Alarms: [] };
}

function defined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
