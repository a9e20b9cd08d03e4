import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import { GetEventSourceMappingCommand, LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import {
  GetScheduleCommand,
  type GetScheduleOutput,
  SchedulerClient,
  UpdateScheduleCommand,
  type UpdateScheduleInput,
} from '@aws-sdk/client-scheduler';
import type { WorkerConfig } from '../../core/config/schema.ts';
import type { Side } from './capacity.ts';
import { clientSettings, type Reach } from './clients.ts';

/** Whether a worker works. `changing`: a change is under way, and AWS refuses another one meanwhile. */
export interface WorkerObserved {
  readonly state: 'enabled' | 'disabled' | 'changing';
  /** The state as AWS names it. */
  readonly raw: string;
  /** Why its state cannot be set, with what to fix; undefined: it can. */
  readonly barred?: string;
}

/** Workers of one side of an application, in that side's region. */
export interface WorkerClient {
  observe(worker: WorkerConfig): Promise<WorkerObserved>;
  /** Twice is as once. `now_ms`: Unix milliseconds. */
  set(worker: WorkerConfig, enabled: boolean, now_ms: number): Promise<void>;
}

export function workerClient(region: string, side: Side, reach: Reach): WorkerClient {
  const settings = clientSettings(region, reach);
  const rules = new EventBridgeClient(settings);
  const schedules = new SchedulerClient(settings);
  const lambda = new LambdaClient(settings);

  const schedule = async (place: ScheduleRef): Promise<ScheduleFound> => {
    const found = await schedules.send(new GetScheduleCommand({ Name: place.name, GroupName: place.group }));
    return { found, barred: otherRole(place, found, side) };
  };

  return {
    observe: async (worker) => {
      switch (worker.kind) {
        case 'eventbridge-rule': {
          const { name, bus } = worker[side];
          return seen((await rules.send(new DescribeRuleCommand({ Name: name, EventBusName: bus }))).State);
        }
        case 'schedule':
          return seenSchedule(await schedule(worker[side]));
        case 'event-source-mapping':
          return seen((await lambda.send(new GetEventSourceMappingCommand({ UUID: worker[side].uuid }))).State);
      }
    },
    set: async (worker, enabled, now_ms) => {
      switch (worker.kind) {
        case 'eventbridge-rule': {
          const place = { Name: worker[side].name, EventBusName: worker[side].bus };
          await (enabled ? rules.send(new EnableRuleCommand(place)) : rules.send(new DisableRuleCommand(place)));
          return;
        }
        case 'schedule': {
          const { found, barred } = await schedule(worker[side]);
          if (barred !== undefined) throw new Error(barred);
          await schedules.send(new UpdateScheduleCommand(rewritten(found, enabled, now_ms)));
          return;
        }
        case 'event-source-mapping':
          await lambda.send(new UpdateEventSourceMappingCommand({ UUID: worker[side].uuid, Enabled: enabled }));
          return;
      }
    },
  };
}

type ScheduleRef = Extract<WorkerConfig, { kind: 'schedule' }>['home'];
interface ScheduleFound {
  readonly found: GetScheduleOutput;
  readonly barred: string | undefined;
}

const seenSchedule = ({ found, barred }: ScheduleFound): WorkerObserved => ({
  ...seen(found.State),
  ...(barred === undefined ? {} : { barred }),
});

/**
 * UpdateSchedule hands the schedule its own role again, and Muster may hand on only the one that `muster.yaml` names
 * (EventBridge Scheduler, "Using identity-based policies", `iam:PassRole`). Undefined: it is that one.
 */
export function otherRole(place: ScheduleRef, found: GetScheduleOutput, side: Side): string | undefined {
  const has = roleNameOf(found.Target?.RoleArn);
  if (has === place.roleName) return undefined;
  const schedule = `${place.group}/${place.name}`;
  return (
    `the schedule ${schedule} has the role ${has ?? 'of no name'}, and muster.yaml says ${place.roleName}: ` +
    `give it that role, or fix ${side}.roleName and deploy Muster again; meanwhile switch it by hand`
  );
}

/** `arn:aws:iam::111122223333:role/jobs/hourly` -> `jobs/hourly`. */
export const roleNameOf = (arn: string | undefined): string | undefined => /:role\/(.+)$/.exec(arn ?? '')?.[1];

/**
 * A rule is also enabled as `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`; an event source mapping passes through
 * `Enabling`, `Disabling`, `Updating` (EventBridge and Lambda API references).
 */
export function seen(raw: string | undefined): WorkerObserved {
  const name = raw ?? 'unknown';
  if (/^enabled/i.test(name)) return { state: 'enabled', raw: name };
  return { state: /^disabled$/i.test(name) ? 'disabled' : 'changing', raw: name };
}

/**
 * The whole definition with its state changed: what UpdateSchedule is not given it sets to its default (EventBridge
 * Scheduler API reference). A start that has passed is left out: Scheduler refuses one of more than 5 minutes ago, and
 * a schedule without one starts at once, which is what a passed start means.
 */
export function rewritten(found: GetScheduleOutput, enabled: boolean, now_ms: number): UpdateScheduleInput {
  const { Name, ScheduleExpression, Target, FlexibleTimeWindow } = found;
  if (
    Name === undefined ||
    ScheduleExpression === undefined ||
    Target === undefined ||
    FlexibleTimeWindow === undefined
  ) {
    throw new Error(`EventBridge Scheduler answered without the definition of ${Name ?? 'the schedule'}`);
  }
  const {
    $metadata: _,
    Arn: _arn,
    CreationDate: _created,
    LastModificationDate: _modified,
    StartDate,
    ...rest
  } = found as GetScheduleOutput & { $metadata?: unknown };
  return {
    ...rest,
    Name,
    ScheduleExpression,
    Target,
    FlexibleTimeWindow,
    ...(StartDate !== undefined && StartDate.getTime() > now_ms ? { StartDate } : {}),
    State: enabled ? 'ENABLED' : 'DISABLED',
  };
}
