import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ListenerState, TargetGroupState, TargetState } from './model.ts';
import { type ElbState, forwardsOf } from './state.ts';

export interface RoutedRequest {
  readonly port: number;
  readonly host: string;
  readonly path: string;
}

/** What a load balancer does with a request. */
export type Route =
  | { readonly kind: 'target'; readonly targetGroupArn: string; readonly id: string; readonly port: number }
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'redirect'; readonly status: number }
  /** Nothing listens, or the region does not serve: no answer at all. */
  | { readonly kind: 'unreachable' };

export function route(state: ElbState, dnsName: string, request: RoutedRequest): Route {
  const balancer = [...state.loadBalancers.values()].find((one) => one.dnsName === dnsName.toLowerCase());
  if (balancer === undefined || !state.options.environment.regionServes(balancer.region))
    return { kind: 'unreachable' };
  const listener = state.listenersOf(balancer.arn).find((one) => one.port === request.port);
  if (listener === undefined) return { kind: 'unreachable' };
  const action = actionFor(listener, request);
  if (action?.Type === 'fixed-response') {
    const { StatusCode, MessageBody } = action.FixedResponseConfig ?? {};
    return { kind: 'answer', status: Number(StatusCode ?? 503), body: MessageBody ?? '' };
  }
  if (action?.Type === 'redirect') {
    return { kind: 'redirect', status: action.RedirectConfig?.StatusCode === 'HTTP_302' ? 302 : 301 };
  }
  if (action?.Type !== 'forward') return { kind: 'answer', status: 500, body: '' };
  return forward(state, action);
}

function actionFor(listener: ListenerState, request: RoutedRequest): Action | undefined {
  const inOrder = [...listener.rules].sort((a, b) => rank(a.priority) - rank(b.priority));
  const rule = inOrder.find((one) => one.conditions.every((condition) => matches(condition, request)));
  return rule?.actions.at(-1);
}

function rank(priority: string): number {
  return priority === 'default' ? Number.POSITIVE_INFINITY : Number(priority);
}

function matches(condition: RuleCondition, request: RoutedRequest): boolean {
  if (condition.Field === 'path-pattern') {
    const patterns = condition.PathPatternConfig?.Values ?? condition.Values ?? [];
    return patterns.some((pattern) => wildcard(pattern).test(request.path));
  }
  if (condition.Field === 'host-header') {
    const patterns = condition.HostHeaderConfig?.Values ?? condition.Values ?? [];
    return patterns.some((pattern) => wildcard(pattern.toLowerCase()).test(request.host.toLowerCase()));
  }
  throw new Error(`Rule conditions on ${condition.Field} are not simulated`);
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

function forward(state: ElbState, action: Action): Route {
  const group = chooseGroup(state, forwardsOf(action));
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
