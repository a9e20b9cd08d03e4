import * as schemas from '@aws-sdk/client-scheduler';
import type { Clock, Timer } from '../../../clock.ts';
import type { Environment } from '../../../environment.ts';
import type { Random } from '../../../random.ts';
import { AwsError, type Call, type Operation, type Service } from '../../service.ts';
import { nextTime, parseSchedule, type Schedule } from './expressions.ts';

type Output<T> = Omit<T, '$metadata'>;
type Definition = schemas.CreateScheduleInput & { readonly Name: string; readonly Target: schemas.Target };

interface SchedulerLinks {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  /** Hands the schedule's input to its target. */
  readonly deliver: (targetArn: string, event: unknown) => void | Promise<void>;
}

interface StoredSchedule {
  readonly region: string;
  readonly created_ms: number;
  readonly definition: Definition;
  readonly modified_ms: number;
  readonly schedule: Schedule;
  timer: Timer | undefined;
}

interface Scheduler {
  readonly service: Service;
  names(region: string): readonly string[];
}

/** What a schedule may last when nothing else is said: "retries for up to 24 hours" (User Guide, RetryPolicy). */
const MAXIMUM_AGE_MS = 86_400_000;
const RETRY_MS = 60_000;

/** EventBridge Scheduler: one-time and recurring schedules that call Lambda. */
export function createScheduler(links: SchedulerLinks): Scheduler {
  const engine = new Engine(links);
  return {
    service: { id: 'scheduler', schemas, operations: operationsOf(engine, links) },
    names: (region) => engine.all(region).map((stored) => stored.definition.Name),
  };
}

class Engine {
  readonly #links: SchedulerLinks;
  readonly #schedules = new Map<string, StoredSchedule>();

  constructor(links: SchedulerLinks) {
    this.#links = links;
  }

  all(region: string): StoredSchedule[] {
    return [...this.#schedules.values()]
      .filter((stored) => stored.region === region)
      .sort((a, b) => (a.definition.Name < b.definition.Name ? -1 : 1));
  }

  find(region: string, name: string | undefined): StoredSchedule | undefined {
    return this.#schedules.get(`${region}/${name}`);
  }

  get(region: string, name: string | undefined): StoredSchedule {
    const stored = this.find(region, name);
    if (stored !== undefined) return stored;
    throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`);
  }

  put(region: string, definition: Definition, schedule: Schedule, created_ms: number): void {
    this.remove(region, definition.Name);
    const stored: StoredSchedule = {
      region,
      created_ms,
      definition,
      modified_ms: this.#links.clock.now_ms(),
      schedule,
      timer: undefined,
    };
    this.#schedules.set(`${region}/${definition.Name}`, stored);
    if (definition.State !== 'DISABLED') this.#arm(stored, this.#links.clock.now_ms());
  }

  remove(region: string, name: string): void {
    this.find(region, name)?.timer?.cancel();
    this.#schedules.delete(`${region}/${name}`);
  }

  #arm(stored: StoredSchedule, after_ms: number): void {
    const { clock, environment } = this.#links;
    const due_ms = nextTime(stored.schedule, stored.created_ms, after_ms);
    const end_ms = stored.definition.EndDate?.getTime() ?? Number.POSITIVE_INFINITY;
    if (due_ms === undefined || due_ms > end_ms) {
      this.#complete(stored);
      return;
    }
    // "60-second precision": some time within the minute (User Guide, "What is EventBridge Scheduler?").
    const delay_ms = environment.duration_ms('scheduler.delay', 0, 59_000);
    if (!Number.isFinite(delay_ms)) return;
    stored.timer = clock.after(due_ms - clock.now_ms() + delay_ms, () => this.#fire(stored, due_ms));
  }

  #fire(stored: StoredSchedule, due_ms: number): void {
    const { clock, environment, deliver } = this.#links;
    const start_ms = stored.definition.StartDate?.getTime() ?? Number.NEGATIVE_INFINITY;
    const { Target: target, Name: name } = stored.definition;
    const maximum_s = target.RetryPolicy?.MaximumEventAgeInSeconds;
    const maximum_ms = maximum_s === undefined ? MAXIMUM_AGE_MS : maximum_s * 1000;
    const waits = !environment.regionServes(stored.region) && clock.now_ms() - due_ms <= maximum_ms;
    if (waits && due_ms >= start_ms) {
      stored.timer = clock.after(RETRY_MS, () => this.#fire(stored, due_ms));
      return;
    }
    if (environment.regionServes(stored.region) && due_ms >= start_ms) {
      const arn = arnOf(stored.region, this.#links.accountId, name);
      void deliver(target.Arn ?? '', inputOf(target, due_ms, arn, this.#links.random));
    }
    // A recurring schedule does not catch up on what it missed.
    this.#arm(stored, Math.max(due_ms, clock.now_ms() - RETRY_MS));
  }

  #complete(stored: StoredSchedule): void {
    if (stored.definition.ActionAfterCompletion !== 'DELETE') return;
    this.remove(stored.region, stored.definition.Name);
  }
}

function arnOf(region: string, accountId: string, name: string): string {
  return `arn:aws:scheduler:${region}:${accountId}:schedule/default/${name}`;
}

/** Context attributes in the input are filled in (User Guide, "Adding context attributes"); no input is an empty event. */
function inputOf(target: schemas.Target, due_ms: number, arn: string, random: Random): unknown {
  const text = (target.Input ?? '{}')
    .replaceAll('<aws.scheduler.scheduled-time>', new Date(due_ms).toISOString().replace('.000', ''))
    .replaceAll('<aws.scheduler.execution-id>', random.hex(16))
    .replaceAll('<aws.scheduler.attempt-number>', '1')
    .replaceAll('<aws.scheduler.schedule-arn>', arn);
  return JSON.parse(text);
}

function checked(input: schemas.CreateScheduleInput): { definition: Definition; schedule: Schedule } {
  const { Name, Target } = input;
  const refuse = (message: string): never => {
    throw new AwsError('ValidationException', message);
  };
  if (Name === undefined || !/^[0-9a-zA-Z-_.]{1,64}$/.test(Name)) return refuse('Invalid schedule name.');
  const schedule = parseSchedule(input.ScheduleExpression ?? '');
  if (schedule === undefined) return refuse(`Invalid Schedule Expression ${input.ScheduleExpression}.`);
  if (Target?.Arn === undefined || Target.RoleArn === undefined) return refuse('Target needs Arn and RoleArn.');
  unsimulated(input, Target);
  try {
    JSON.parse(Target.Input ?? '{}');
  } catch {
    return refuse('Invalid JSON in Target.Input.');
  }
  return { definition: { ...input, Name, Target }, schedule };
}

function unsimulated(input: schemas.CreateScheduleInput, target: schemas.Target): void {
  const refuse = (what: string): never => {
    throw new AwsError('NotImplemented', `The sandbox does not simulate ${what} of EventBridge Scheduler.`);
  };
  if ((input.ScheduleExpressionTimezone ?? 'UTC') !== 'UTC') refuse('time zones other than UTC');
  if ((input.GroupName ?? 'default') !== 'default') refuse('schedule groups');
  if (input.FlexibleTimeWindow?.Mode !== 'OFF') refuse('flexible time windows');
  if (!/^arn:aws[\w-]*:lambda:/.test(target.Arn ?? '')) refuse(`targets such as ${target.Arn}`);
}

function operationsOf(engine: Engine, { clock, accountId }: SchedulerLinks) {
  const describe = (stored: StoredSchedule): Output<schemas.GetScheduleCommandOutput> => {
    const { ClientToken: _token, ...definition } = stored.definition;
    return {
      State: 'ENABLED',
      ScheduleExpressionTimezone: 'UTC',
      ActionAfterCompletion: 'NONE',
      ...definition,
      GroupName: 'default',
      Arn: arnOf(stored.region, accountId, stored.definition.Name),
      CreationDate: new Date(stored.created_ms),
      LastModificationDate: new Date(stored.modified_ms),
    };
  };
  return {
    CreateSchedule: (input: schemas.CreateScheduleInput, call: Call): Output<schemas.CreateScheduleCommandOutput> => {
      const { definition, schedule } = checked(input);
      const existing = engine.find(call.region, definition.Name);
      const ScheduleArn = arnOf(call.region, accountId, definition.Name);
      if (existing !== undefined) {
        const token = existing.definition.ClientToken;
        if (token !== undefined && token === input.ClientToken) return { ScheduleArn };
        throw new AwsError('ConflictException', `Schedule ${definition.Name} already exists.`);
      }
      engine.put(call.region, definition, schedule, clock.now_ms());
      return { ScheduleArn };
    },
    GetSchedule: (input: schemas.GetScheduleInput, call: Call): Output<schemas.GetScheduleCommandOutput> =>
      describe(engine.get(call.region, input.Name)),
    // Whatever is not given is reset: an update replaces the schedule (API reference, UpdateSchedule).
    UpdateSchedule: (input: schemas.UpdateScheduleInput, call: Call): Output<schemas.UpdateScheduleCommandOutput> => {
      const existing = engine.get(call.region, input.Name);
      const { definition, schedule } = checked(input);
      engine.put(call.region, definition, schedule, existing.created_ms);
      return { ScheduleArn: arnOf(call.region, accountId, definition.Name) };
    },
    DeleteSchedule: (input: schemas.DeleteScheduleInput, call: Call): Output<schemas.DeleteScheduleCommandOutput> => {
      engine.remove(call.region, engine.get(call.region, input.Name).definition.Name);
      return {};
    },
    ListSchedules: (input: schemas.ListSchedulesInput, call: Call): Output<schemas.ListSchedulesCommandOutput> => {
      const all = engine
        .all(call.region)
        .map(describe)
        .filter((one) => (one.Name ?? '').startsWith(input.NamePrefix ?? ''))
        .filter((one) => input.State === undefined || one.State === input.State)
        .filter((one) => input.NextToken === undefined || (one.Name ?? '') > input.NextToken);
      const shown = all.slice(0, input.MaxResults ?? 100);
      const last = shown.at(-1)?.Name;
      return {
        Schedules: shown.map(({ Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target }) => ({
          ...{ Arn, Name, GroupName, State, CreationDate, LastModificationDate },
          Target: { Arn: Target?.Arn },
        })),
        ...(all.length > shown.length && last !== undefined ? { NextToken: last } : {}),
      };
    },
  } satisfies Record<string, Operation>;
}
