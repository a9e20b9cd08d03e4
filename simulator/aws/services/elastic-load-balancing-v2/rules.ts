import type {
  CreateRuleInput,
  DeleteRuleInput,
  ModifyRuleInput,
  SetRulePrioritiesInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { refuseUnsimulated, required } from '../regional/input.ts';
import { requireConditions } from './conditions.ts';
import { showRule } from './describe.ts';
import type { ListenerState, RuleState } from './model.ts';
import { requireActions } from './modify.ts';
import { byPriority } from './routing.ts';
import type { ElbState } from './state.ts';

/** API reference, CreateRule: `Priority`, "Valid Range: Minimum value of 1. Maximum value of 50000". */
const LAST_PRIORITY = 50_000;
/** "Rules per Application Load Balancer (not counting default rules): 100" (User Guide, "Quotas"). */
const RULES = 100;

/** The rules of listeners, beside the default rule that ModifyListener changes. */
export function ruleOperations(state: ElbState): Record<string, Operation> {
  return {
    CreateRule: (input: CreateRuleInput, call) => create(state, input, call),
    ModifyRule: (input: ModifyRuleInput, call) => modify(state, input, call),
    DeleteRule: (input: DeleteRuleInput, call) => {
      const { listener, rule } = state.rule(call.region, required(input.RuleArn, 'RuleArn'));
      refuseDefault(rule, 'deleted');
      listener.rules = listener.rules.filter((one) => one !== rule);
      return {};
    },
    SetRulePriorities: (input: SetRulePrioritiesInput, call) => setPriorities(state, input, call),
  };
}

function create(state: ElbState, input: CreateRuleInput, call: Call): object {
  refuseUnsimulated(input, ['ListenerArn', 'Conditions', 'Priority', 'Actions', 'Tags'], 'CreateRule');
  const listener = state.listener(call.region, required(input.ListenerArn, 'ListenerArn'));
  const priority = requiredPriority(required(input.Priority, 'Priority'));
  requireConditions(required(input.Conditions, 'Conditions'));
  requireActions(state, call.region, required(input.Actions, 'Actions'));
  refuseTaken(listener, new Map([['', priority]]));
  const count = state.listenersOf(listener.loadBalancerArn).reduce((sum, one) => sum + one.rules.length - 1, 0);
  if (count >= RULES) throw new AwsError('TooManyRulesException', 'The maximum number of rules has been reached');
  const path = listener.arn.replace(':listener/', ':listener-rule/');
  const rule: RuleState = {
    arn: `${path}/${call.random.hex(16)}`,
    priority: String(priority),
    conditions: input.Conditions ?? [],
    actions: input.Actions ?? [],
  };
  listener.rules = [...listener.rules, rule].sort(byPriority);
  return { Rules: [showRule(rule)] };
}

function modify(state: ElbState, input: ModifyRuleInput, call: Call): object {
  refuseUnsimulated(input, ['RuleArn', 'Actions', 'Conditions'], 'ModifyRule');
  const { rule } = state.rule(call.region, required(input.RuleArn, 'RuleArn'));
  refuseDefault(rule, 'modified using ModifyRule');
  if (input.Actions !== undefined) requireActions(state, call.region, input.Actions);
  if (input.Conditions !== undefined) requireConditions(input.Conditions);
  rule.actions = input.Actions ?? rule.actions;
  rule.conditions = input.Conditions ?? rule.conditions;
  return { Rules: [showRule(rule)] };
}

/** "You can reassign the rule priorities as long as there are no priority conflicts": all of them or none. */
function setPriorities(state: ElbState, input: SetRulePrioritiesInput, call: Call): object {
  const wanted = required(input.RulePriorities, 'RulePriorities').map((pair) => {
    const found = state.rule(call.region, required(pair.RuleArn, 'RuleArn'));
    refuseDefault(found.rule, 'given a priority');
    return { ...found, priority: requiredPriority(required(pair.Priority, 'Priority')) };
  });
  for (const { listener } of wanted) {
    const here = wanted.filter((one) => one.listener === listener);
    refuseTaken(listener, new Map(here.map(({ rule, priority }) => [rule.arn, priority])));
    if (new Set(here.map((one) => one.priority)).size < here.length) {
      throw new AwsError('ValidationError', 'Two rules of a listener cannot have the same priority');
    }
  }
  for (const { listener, rule, priority } of wanted) {
    rule.priority = String(priority);
    listener.rules = listener.rules.toSorted(byPriority);
  }
  return { Rules: wanted.map(({ rule }) => showRule(rule)) };
}

function requiredPriority(priority: number): number {
  if (Number.isInteger(priority) && priority >= 1 && priority <= LAST_PRIORITY) return priority;
  throw new AwsError('ValidationError', `Priority must be between 1 and ${LAST_PRIORITY}`);
}

/** Priorities of other rules than those that get new ones. The words are AWS's: github.com/stelligent/mu/issues/324. */
function refuseTaken(listener: ListenerState, wanted: ReadonlyMap<string, number>): void {
  for (const priority of wanted.values()) {
    const taken = listener.rules.some((rule) => !wanted.has(rule.arn) && rule.priority === String(priority));
    if (taken) throw new AwsError('PriorityInUseException', `Priority '${priority}' is currently in use`);
  }
}

function refuseDefault(rule: RuleState, what: string): void {
  if (rule.priority !== 'default') return;
  throw new AwsError('OperationNotPermittedException', `Default rules cannot be ${what}`);
}
