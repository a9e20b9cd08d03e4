import type {
  DeleteScheduledActionRequest,
  DescribeScheduledActionsRequest,
  PutScheduledActionRequest,
  ScheduledAction,
} from '@aws-sdk/client-application-auto-scaling';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { page, required } from '../regional/input.ts';
import { follow } from '../regional/timetable.ts';
import { parseSchedule } from '../scheduler/expressions.ts';
import type { ScalingState, ScheduledState, TargetState } from './state.ts';

type Action = Pick<ScheduledState, 'name' | 'schedule' | 'start' | 'end' | 'min' | 'max'>;

/** Actions that set a target's bounds at a time, and so pull its desired count up or down. */
export function scheduledOperations(state: ScalingState): Record<string, Operation> {
  return {
    PutScheduledAction: (input: PutScheduledActionRequest, call) => put(state, input, call),
    DescribeScheduledActions: (input: DescribeScheduledActionsRequest, call) => describe(state, input, call),
    DeleteScheduledAction: (input: DeleteScheduledActionRequest, call) => {
      const target = state.target(call.region, input);
      const found = target.scheduled.find((one) => one.name === input.ScheduledActionName);
      if (found === undefined) {
        throw new AwsError('ObjectNotFoundException', `No scheduled action found: ${input.ScheduledActionName}`);
      }
      found.work.cancel();
      target.scheduled = target.scheduled.filter((one) => one !== found);
      return {};
    },
  };
}

/** "To update a scheduled action, specify the parameters that you want to change"; times that are not given are deleted. */
function put(state: ScalingState, input: PutScheduledActionRequest, call: Call): object {
  const name = required(input.ScheduledActionName, 'ScheduledActionName', 'ValidationException');
  const target = state.target(call.region, input);
  if (input.Timezone !== undefined && input.Timezone !== 'UTC') {
    throw new AwsError('NotImplemented', `The time zone ${input.Timezone} of a scheduled action is not simulated`);
  }
  const known = target.scheduled.find((one) => one.name === name);
  const schedule = required(input.Schedule ?? known?.schedule, 'Schedule', 'ValidationException');
  const parsed = parseSchedule(schedule);
  if (parsed === undefined) throw new AwsError('ValidationException', `Invalid schedule expression: ${schedule}`);
  const bounds = input.ScalableTargetAction;
  const action: Action = {
    name,
    schedule,
    start: input.StartTime,
    end: input.EndTime,
    min: bounds === undefined ? known?.min : bounds.MinCapacity,
    max: bounds === undefined ? known?.max : bounds.MaxCapacity,
  };
  requireBounds(action);
  known?.work.cancel();
  const { random, accountId, clock } = state.options;
  const arn =
    known?.arn ??
    `arn:aws:autoscaling:${call.region}:${accountId}:scheduledAction:${random.split(`scheduled/${target.resourceId}/${name}`).uuid()}:resource/ecs/${target.resourceId}:scheduledActionName/${name}`;
  const times = { start_ms: action.start?.getTime(), end_ms: action.end?.getTime() };
  const work = follow(state.options, { region: call.region, schedule: parsed, ...times }, () =>
    run(state, target, action),
  );
  const created_ms = known?.created_ms ?? clock.now_ms();
  target.scheduled = [...target.scheduled.filter((one) => one !== known), { ...action, arn, created_ms, work }];
  return {};
}

/** ScalableTargetAction: "You can set both values or just one." */
function requireBounds({ min, max }: Action): void {
  if (min === undefined && max === undefined) {
    throw new AwsError('ValidationException', 'A scheduled action must set a minimum or a maximum capacity');
  }
  if ((min ?? 0) < 0 || (max ?? 0) < 0) throw new AwsError('ValidationException', 'Capacity must be 0 or greater');
  if (min !== undefined && max !== undefined && min > max) {
    throw new AwsError('ValidationException', 'Minimum capacity cannot be greater than maximum capacity');
  }
}

/**
 * "At the scheduled time, if the current capacity is below the minimum capacity, Application Auto Scaling scales out to
 * the minimum capacity. If the current capacity is above the maximum capacity, it scales in to the maximum capacity."
 */
function run(state: ScalingState, target: TargetState, { name, min: newMin, max: newMax }: Action): void {
  if (target.suspended.ScheduledScalingSuspended) return;
  const min = newMin ?? target.min;
  const max = newMax ?? target.max;
  const Cause = `scheduled action name ${name} was triggered`;
  const what = `min capacity to ${min} and max capacity to ${max}`;
  if (min > max) {
    const StatusMessage = `Failed to set ${what}. Reason: the minimum is greater than the maximum.`;
    state.note(target, { Description: `Setting ${what}`, Cause, StatusCode: 'Failed', StatusMessage });
    return;
  }
  target.min = min;
  target.max = max;
  const StatusMessage = `Successfully set ${what}`;
  state.note(target, { Description: `Setting ${what}`, Cause, StatusCode: 'Successful', StatusMessage });
  state.moveIntoBounds(target);
  state.watch(target);
}

function describe(state: ScalingState, input: DescribeScheduledActionsRequest, call: Call): object {
  const namespace = required(input.ServiceNamespace, 'ServiceNamespace', 'ValidationException');
  const names = input.ScheduledActionNames ?? [];
  const found = [...state.targets.values()]
    .filter(
      (one) =>
        one.region === call.region &&
        one.namespace === namespace &&
        (input.ResourceId === undefined || input.ResourceId === one.resourceId) &&
        (input.ScalableDimension === undefined || input.ScalableDimension === one.dimension),
    )
    .flatMap((target) => target.scheduled.map((action) => show(target, action)))
    .filter((one) => names.length === 0 || names.includes(one.ScheduledActionName ?? ''));
  const { items, next } = page(found, input.NextToken, input.MaxResults ?? 50, 'InvalidNextTokenException');
  return { ScheduledActions: items, ...(next === undefined ? {} : { NextToken: next }) };
}

function show(target: TargetState, action: ScheduledState): ScheduledAction {
  return {
    ScheduledActionName: action.name,
    ScheduledActionARN: action.arn,
    ServiceNamespace: target.namespace,
    Schedule: action.schedule,
    ResourceId: target.resourceId,
    ScalableDimension: target.dimension,
    ...(action.start === undefined ? {} : { StartTime: action.start }),
    ...(action.end === undefined ? {} : { EndTime: action.end }),
    ScalableTargetAction: { MinCapacity: action.min, MaxCapacity: action.max },
    CreationTime: new Date(action.created_ms),
  };
}
