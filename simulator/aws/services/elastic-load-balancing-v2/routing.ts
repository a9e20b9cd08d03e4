import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { matches, type RoutedRequest } from './conditions.ts';
import type { ListenerState, RuleState, TargetGroupState, TargetState } from './model.ts';
import { type ElbState, forwardsOf } from './state.ts';

/** What the rules of a load balancer say of a request. */
export type Decision =
  /** To one of these target groups, by weight. */
  | { readonly kind: 'forward'; readonly weights: ReadonlyMap<string, number> }
  | { readonly kind: 'answer'; readonly status: number; readonly contentType: string; readonly body: string }
  | { readonly kind: 'redirect'; readonly status: number }
  /** Nothing listens, or the region does not serve: no answer at all. */
  | { readonly kind: 'unreachable' };

/** What a load balancer does with a request. */
export type Route =
  | { readonly kind: 'target'; readonly targetGroupArn: string; readonly id: string; readonly port: number }
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | Exclude<Decision, { kind: 'forward' | 'answer' }>;

/** Undefined: there is no load balancer of this name. */
export function decide(state: ElbState, dnsName: string, request: RoutedRequest): Decision | undefined {
  const balancer = [...state.loadBalancers.values()].find((one) => one.dnsName === dnsName.toLowerCase());
  if (balancer === undefined) return undefined;
  if (!state.options.environment.regionServes(balancer.region)) return { kind: 'unreachable' };
  const listener = state.listenersOf(balancer.arn).find((one) => one.port === request.port);
  if (listener === undefined) return { kind: 'unreachable' };
  const action = actionFor(listener, request);
  switch (action?.Type) {
    case 'fixed-response': {
      const { StatusCode, ContentType, MessageBody } = action.FixedResponseConfig ?? {};
      const status = Number(StatusCode ?? 503);
      return { kind: 'answer', status, contentType: ContentType ?? 'text/plain', body: MessageBody ?? '' };
    }
    case 'redirect':
      return { kind: 'redirect', status: action.RedirectConfig?.StatusCode === 'HTTP_302' ? 302 : 301 };
    case 'forward':
      return { kind: 'forward', weights: forwardsOf(action) };
    default:
      return { kind: 'answer', status: 500, contentType: 'text/plain', body: '' };
  }
}

export function route(state: ElbState, dnsName: string, request: RoutedRequest): Route {
  const decision = decide(state, dnsName, request) ?? { kind: 'unreachable' };
  switch (decision.kind) {
    case 'forward':
      return forward(state, decision.weights);
    case 'answer':
      return { kind: 'answer', status: decision.status, body: decision.body };
    default:
      return decision;
  }
}

function actionFor(listener: ListenerState, request: RoutedRequest): Action | undefined {
  const inOrder = listener.rules.toSorted(byPriority);
  const rule = inOrder.find((one) => one.conditions.every((condition) => matches(condition, request)));
  return rule?.actions.at(-1);
}

/** Of the default rule: above every priority that another rule can have. */
const LAST = 1_000_000;

/** "Rules are evaluated in priority order, from the lowest value to the highest"; the default rule comes last. */
export function byPriority(a: RuleState, b: RuleState): number {
  return rank(a.priority) - rank(b.priority);
}

function rank(priority: string): number {
  return priority === 'default' ? LAST : Number(priority);
}

function forward(state: ElbState, weights: ReadonlyMap<string, number>): Route {
  const group = chooseGroup(state, weights);
  const candidates = group === undefined ? [] : candidatesOf(state, group);
  const chosen = candidates[Math.floor(state.options.random.next() * candidates.length)];
  if (group === undefined || chosen === undefined) {
    return { kind: 'answer', status: 503, body: 'Service Temporarily Unavailable' };
  }
  return { kind: 'target', targetGroupArn: group.arn, id: chosen.id, port: chosen.port };
}

function chooseGroup(state: ElbState, weights: ReadonlyMap<string, number>): TargetGroupState | undefined {
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  let left = state.options.random.next() * total;
  for (const [arn, weight] of weights) {
    left -= weight;
    if (left < 0) return state.targetGroups.get(arn);
  }
  return undefined;
}

/**
 * Healthy targets; when none is, all registered ones: a target group fails open.
 * "Target groups for your Application Load Balancers", "Target group health".
 */
function candidatesOf(state: ElbState, group: TargetGroupState): TargetState[] {
  const registered = state.targets(group).filter((target) => target.drainedAt_ms === undefined);
  const healthy = registered.filter((target) => state.health(group, target).State === 'healthy');
  return healthy.length > 0 ? healthy : registered;
}
