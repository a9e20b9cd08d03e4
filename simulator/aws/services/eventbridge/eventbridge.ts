import * as schemas from '@aws-sdk/client-eventbridge';
import { AwsError, type Call, type Operation, type Service } from '../../service.ts';
import { parseSchedule } from '../scheduler/expressions.ts';
import { parsePattern } from './patterns.ts';
import { type BusEvent, type EventBridgeLinks, type Rule, Rules } from './rules.ts';

type Output<T> = Omit<T, '$metadata'>;

interface EventBridge {
  readonly service: Service;
  /** An event of an AWS service (a task stopped, an execution ended) onto the region's default bus. */
  emit(
    region: string,
    event: { source: string; detailType: string; detail: unknown; resources?: readonly string[] },
  ): void;
  /** Every event that was put on a bus, oldest first. */
  events(): readonly BusEvent[];
}

/** EventBridge: rules on the default bus, by pattern or by schedule, that call Lambda. */
export function createEventBridge(links: EventBridgeLinks): EventBridge {
  const rules = new Rules(links);
  return {
    service: {
      id: 'eventbridge',
      schemas,
      operations: { ...ruleOperations(rules, links), ...targetOperations(rules), PutEvents: putEvents(rules) },
    },
    emit: (region, { source, detailType, detail, resources }) => {
      const given = { source, 'detail-type': detailType, detail };
      rules.emit(region, rules.event(region, resources === undefined ? given : { ...given, resources }));
    },
    events: () => rules.events(),
  };
}

function onDefaultBus(name: string | undefined): void {
  if (name === undefined || name === 'default' || name.endsWith(':event-bus/default')) return;
  throw new AwsError('NotImplemented', `The sandbox simulates the default event bus only, not ${name}.`);
}

function ruleOperations(rules: Rules, { clock, accountId }: EventBridgeLinks) {
  const describe = (rule: Rule): schemas.Rule => ({
    Name: rule.name,
    Arn: `arn:aws:events:${rule.region}:${accountId}:rule/${rule.name}`,
    State: rule.state,
    EventBusName: 'default',
    ...(rule.description === undefined ? {} : { Description: rule.description }),
    ...(rule.eventPattern === undefined ? {} : { EventPattern: rule.eventPattern }),
    ...(rule.scheduleExpression === undefined ? {} : { ScheduleExpression: rule.scheduleExpression }),
  });
  const setState = (state: 'ENABLED' | 'DISABLED') => (input: schemas.EnableRuleRequest, call: Call) => {
    onDefaultBus(input.EventBusName);
    rules.put({ ...rules.get(call.region, input.Name), state });
    return {};
  };
  return {
    PutRule: (input: schemas.PutRuleRequest, call: Call): Output<schemas.PutRuleCommandOutput> => {
      onDefaultBus(input.EventBusName);
      const existing = rules.find(call.region, input.Name);
      const rule = ruleOf(input, call.region, existing, clock.now_ms());
      rules.put(rule);
      return { RuleArn: describe(rule).Arn };
    },
    DescribeRule: (input: schemas.DescribeRuleRequest, call: Call): Output<schemas.DescribeRuleCommandOutput> => {
      onDefaultBus(input.EventBusName);
      return { ...describe(rules.get(call.region, input.Name)), CreatedBy: accountId };
    },
    ListRules: (input: schemas.ListRulesRequest, call: Call): Output<schemas.ListRulesCommandOutput> => {
      onDefaultBus(input.EventBusName);
      const all = rules
        .all(call.region)
        .filter((rule) => rule.name.startsWith(input.NamePrefix ?? '') && rule.name > (input.NextToken ?? ''));
      const shown = all.slice(0, input.Limit ?? 100);
      const last = shown.at(-1)?.name;
      return {
        Rules: shown.map(describe),
        ...(all.length > shown.length && last !== undefined ? { NextToken: last } : {}),
      };
    },
    EnableRule: setState('ENABLED'),
    DisableRule: setState('DISABLED'),
    DeleteRule: (input: schemas.DeleteRuleRequest, call: Call): Output<schemas.DeleteRuleCommandOutput> => {
      onDefaultBus(input.EventBusName);
      const rule = rules.find(call.region, input.Name);
      if (rule === undefined) return {};
      if (rule.targets.size > 0) {
        throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
      }
      rules.delete(rule);
      return {};
    },
  } satisfies Record<string, Operation>;
}

/** A rule that exists keeps its targets; everything else is replaced (API reference, PutRule). */
function ruleOf(input: schemas.PutRuleRequest, region: string, existing: Rule | undefined, now_ms: number): Rule {
  const { EventPattern: eventPattern, ScheduleExpression: scheduleExpression } = input;
  if (eventPattern === undefined && scheduleExpression === undefined) {
    throw new AwsError('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  const schedule = scheduleExpression === undefined ? undefined : parseSchedule(scheduleExpression);
  if (scheduleExpression !== undefined && (schedule === undefined || schedule.kind === 'at')) {
    throw new AwsError('ValidationException', 'Parameter ScheduleExpression is not valid.');
  }
  const sameSchedule = existing?.scheduleExpression === scheduleExpression;
  return {
    region,
    name: input.Name ?? '',
    description: input.Description,
    eventPattern,
    pattern: eventPattern === undefined ? undefined : parsePattern(eventPattern),
    scheduleExpression,
    schedule,
    state: input.State ?? 'ENABLED',
    created_ms: existing !== undefined && sameSchedule ? existing.created_ms : now_ms,
    targets: existing?.targets ?? new Map(),
  };
}

const TARGET_MEMBERS = ['Id', 'Arn', 'Input', 'RetryPolicy', 'DeadLetterConfig', 'RoleArn'];

function targetOperations(rules: Rules) {
  return {
    PutTargets: (input: schemas.PutTargetsRequest, call: Call): Output<schemas.PutTargetsCommandOutput> => {
      onDefaultBus(input.EventBusName);
      const rule = rules.get(call.region, input.Rule);
      const given = input.Targets ?? [];
      given.forEach(checkTarget);
      const targets = new Map([...rule.targets, ...given.map((target) => [target.Id ?? '', target] as const)]);
      if (targets.size > 5) {
        throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
      }
      rules.put({ ...rule, targets });
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    RemoveTargets: (input: schemas.RemoveTargetsRequest, call: Call): Output<schemas.RemoveTargetsCommandOutput> => {
      onDefaultBus(input.EventBusName);
      const rule = rules.get(call.region, input.Rule);
      const targets = new Map([...rule.targets].filter(([id]) => !(input.Ids ?? []).includes(id)));
      rules.put({ ...rule, targets });
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    ListTargetsByRule: (
      input: schemas.ListTargetsByRuleRequest,
      call: Call,
    ): Output<schemas.ListTargetsByRuleCommandOutput> => {
      onDefaultBus(input.EventBusName);
      return { Targets: [...rules.get(call.region, input.Rule).targets.values()] };
    },
  } satisfies Record<string, Operation>;
}

function checkTarget(target: schemas.Target): void {
  const unknown = Object.entries(target).find(([key, value]) => value !== undefined && !TARGET_MEMBERS.includes(key));
  if (unknown !== undefined || !/^arn:aws[\w-]*:lambda:/.test(target.Arn ?? '')) {
    throw new AwsError('NotImplemented', `The sandbox does not simulate the target ${JSON.stringify(target)}.`);
  }
  if (target.Input === undefined) return;
  try {
    JSON.parse(target.Input);
  } catch {
    throw new AwsError('ValidationException', `JSON syntax error in input for target ${target.Id}`);
  }
}

/** Each entry stands alone: one may fail and the others be taken (API reference, PutEvents). */
function putEvents(rules: Rules) {
  return (input: schemas.PutEventsRequest, call: Call): Output<schemas.PutEventsCommandOutput> => {
    const entries = (input.Entries ?? []).map((entry): schemas.PutEventsResultEntry => {
      onDefaultBus(entry.EventBusName);
      const problem = entryProblem(entry);
      if (problem !== undefined) return problem;
      const event = rules.event(call.region, {
        source: entry.Source ?? '',
        'detail-type': entry.DetailType ?? '',
        detail: JSON.parse(entry.Detail ?? '{}'),
        resources: entry.Resources ?? [],
        ...(entry.Time === undefined ? {} : { time: `${entry.Time.toISOString().slice(0, 19)}Z` }),
      });
      rules.emit(call.region, event);
      return { EventId: event.id };
    });
    return { FailedEntryCount: entries.filter((entry) => entry.ErrorCode !== undefined).length, Entries: entries };
  };
}

function entryProblem(entry: schemas.PutEventsRequestEntry): schemas.PutEventsResultEntry | undefined {
  for (const name of ['Source', 'DetailType', 'Detail'] as const) {
    if (entry[name] === undefined || entry[name] === '') {
      return {
        ErrorCode: 'InvalidArgument',
        ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      };
    }
  }
  if (entry.Source?.startsWith('aws.') === true) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  try {
    const detail: unknown = JSON.parse(entry.Detail ?? '');
    if (typeof detail === 'object' && detail !== null && !Array.isArray(detail)) return undefined;
  } catch {
    // Not JSON: refused below, like any other detail that is no object.
  }
  return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}
