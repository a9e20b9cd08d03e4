import type {
  DeleteScheduledActionType,
  DescribeScheduledActionsType,
  PutScheduledUpdateGroupActionType,
  ScheduledUpdateGroupAction,
} from '@aws-sdk/client-auto-scaling';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { page, refuseUnsimulated, required } from '../regional/input.ts';
import { follow } from '../regional/timetable.ts';
import { parseSchedule, type Schedule } from '../scheduler/expressions.ts';
import { type AutoScalingState, type GroupState, invalid, type ScheduledState, updateCause } from './state.ts';

type Action = Omit<ScheduledState, 'arn' | 'work'>;

const SIMULATED = [
  'AutoScalingGroupName',
  'ScheduledActionName',
  'StartTime',
  'EndTime',
  'Recurrence',
  'MinSize',
  'MaxSize',
  'DesiredCapacity',
  'TimeZone',
];

/** Actions that change a group's bounds and desired capacity at a time. */
export function scheduledOperations(state: AutoScalingState): Record<string, Operation> {
  return {
    PutScheduledUpdateGroupAction: (input: PutScheduledUpdateGroupActionType, call) => put(state, input, call),
    DescribeScheduledActions: (input: DescribeScheduledActionsType, call) => describe(state, input, call),
    DeleteScheduledAction: (input: DeleteScheduledActionType, call) => {
      const group = state.group(call, input.AutoScalingGroupName);
      const found = group.scheduled.find((one) => one.name === input.ScheduledActionName);
      if (found === undefined) throw invalid(`Scheduled action ${input.ScheduledActionName} not found`);
      found.work.cancel();
      group.scheduled = group.scheduled.filter((one) => one !== found);
      return {};
    },
  };
}

function put(state: AutoScalingState, input: PutScheduledUpdateGroupActionType, call: Call): object {
  refuseUnsimulated(input, SIMULATED, 'PutScheduledUpdateGroupAction');
  const group = state.group(call, input.AutoScalingGroupName);
  const name = required(input.ScheduledActionName, 'ScheduledActionName', 'ValidationError');
  if (input.TimeZone !== undefined && !['UTC', 'Etc/UTC'].includes(input.TimeZone)) {
    throw new AwsError('NotImplemented', `The time zone ${input.TimeZone} of a scheduled action is not simulated`);
  }
  const action: Action = {
    name,
    recurrence: input.Recurrence,
    start: input.StartTime,
    end: input.EndTime,
    min: input.MinSize,
    max: input.MaxSize,
    desired: input.DesiredCapacity,
  };
  const schedule = scheduleOf(state, action);
  requireSizes(action);
  const known = group.scheduled.find((one) => one.name === name);
  known?.work.cancel();
  const { random, accountId } = state.options;
  const uuid = random.split(`scheduled/${group.name}/${name}`).uuid();
  const arn = `arn:aws:autoscaling:${call.region}:${accountId}:scheduledUpdateGroupAction:${uuid}:autoScalingGroupName/${group.name}:scheduledActionName/${name}`;
  const times = { start_ms: action.start?.getTime(), end_ms: action.end?.getTime() };
  const table = { region: call.region, schedule, ...(action.recurrence === undefined ? {} : times) };
  const work = follow(state.options, table, () => run(state, group, action));
  group.scheduled = [...group.scheduled.filter((one) => one !== known), { ...action, arn, work }];
  return {};
}

/** Once at `StartTime`, or by `Recurrence` (API reference: "the Unix cron syntax format", five fields, in UTC). */
function scheduleOf(state: AutoScalingState, { recurrence, start }: Action): Schedule {
  if (recurrence === undefined) {
    const at_ms = start?.getTime();
    if (at_ms === undefined) throw invalid('A scheduled action needs a start time or a recurrence');
    if (at_ms <= state.options.clock.now_ms()) throw invalid('Given start time is in the past');
    return { kind: 'at', at_ms };
  }
  const [minute = '', hour = '', day = '', month = '', weekday = '', ...more] = recurrence.trim().split(/\s+/);
  if (weekday === '' || more.length > 0) throw invalid(`Given recurrence string: ${recurrence} is invalid`);
  if (day !== '*' && weekday !== '*') {
    throw new AwsError('NotImplemented', 'A recurrence by day of the month and of the week is not simulated');
  }
  const days = weekday === '*' ? `${day} ${month} ?` : `? ${month} ${fromUnix(weekday)}`;
  const parsed = parseSchedule(`cron(${minute} ${hour} ${days} *)`);
  if (parsed === undefined) throw invalid(`Given recurrence string: ${recurrence} is invalid`);
  return parsed;
}

/** Unix counts the days of the week from 0, AWS's schedules from 1; both begin with Sunday. */
function fromUnix(weekday: string): string {
  return weekday.replace(/\d+/g, (digits) => String((Number(digits) % 7) + 1));
}

function requireSizes({ min, max, desired }: Action): void {
  if (min === undefined && max === undefined && desired === undefined) {
    throw invalid('At least one of MinSize, MaxSize and DesiredCapacity must be given');
  }
  const low = min ?? 0;
  const high = max ?? Number.POSITIVE_INFINITY;
  if (low > high) throw invalid(`Max bound, ${high}, must be greater than or equal to min bound, ${low}`);
  if (desired !== undefined && (desired < low || desired > high)) {
    throw invalid(`Desired capacity:${desired} must be between the specified min size:${low} and max size:${high}`);
  }
}

/** Sizes that are not given stay; the desired capacity moves into the new bounds (User Guide, "Scheduled scaling"). */
function run(state: AutoScalingState, group: GroupState, action: Action): void {
  if (group.suspended.has('ScheduledActions')) return;
  const min = action.min ?? group.min;
  const max = Math.max(min, action.max ?? group.max);
  const desired = Math.min(Math.max(action.desired ?? group.desired, min), max);
  const why = updateCause('scheduled action', group, { min, max, desired });
  group.min = min;
  group.max = max;
  group.desired = desired;
  state.reconcile(group, why);
}

function describe(state: AutoScalingState, input: DescribeScheduledActionsType, call: Call): object {
  const simulated = ['AutoScalingGroupName', 'ScheduledActionNames', 'MaxRecords', 'NextToken'];
  refuseUnsimulated(input, simulated, 'DescribeScheduledActions');
  const groups =
    input.AutoScalingGroupName === undefined
      ? [...state.groups.values()].filter((group) => group.region === call.region)
      : [state.group(call, input.AutoScalingGroupName)];
  const names = input.ScheduledActionNames ?? [];
  const found = groups
    .flatMap((group) => group.scheduled.map((action) => show(group, action)))
    .filter((one) => names.length === 0 || names.includes(one.ScheduledActionName ?? ''));
  const { items, next } = page(found, input.NextToken, input.MaxRecords ?? 50, 'InvalidNextToken');
  return { ScheduledUpdateGroupActions: items, ...(next === undefined ? {} : { NextToken: next }) };
}

function show(group: GroupState, action: ScheduledState): ScheduledUpdateGroupAction {
  return {
    AutoScalingGroupName: group.name,
    ScheduledActionName: action.name,
    ScheduledActionARN: action.arn,
    StartTime: action.start,
    EndTime: action.end,
    Recurrence: action.recurrence,
    MinSize: action.min,
    MaxSize: action.max,
    DesiredCapacity: action.desired,
  };
}
