import type { Action, TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import type { ServiceOptions } from '../regional/options.ts';
import type { ListenerState, LoadBalancerState, Probe, RuleState, TargetGroupState, TargetState } from './model.ts';

/**
 * Load balancers of all regions. Target health needs no timer: it is computed at each read, from when the
 * target was registered, when its region came back, and what its probe says. A failure that begins and ends between
 * two reads is not seen.
 */
export class ElbState {
  readonly options: ServiceOptions;
  readonly loadBalancers = new Map<string, LoadBalancerState>();
  readonly listeners = new Map<string, ListenerState>();
  readonly targetGroups = new Map<string, TargetGroupState>();
  readonly probes = new Map<string, Probe>();

  constructor(options: ServiceOptions) {
    this.options = options;
    options.environment.onRegionChange((region) => this.#regionChanged(region));
  }

  now_ms(): number {
    return this.options.clock.now_ms();
  }

  loadBalancer(region: string, arn: string): LoadBalancerState {
    const found = this.loadBalancers.get(arn);
    if (found?.region !== region) {
      throw new AwsError('LoadBalancerNotFoundException', `Load balancers '[${arn}]' not found`);
    }
    return found;
  }

  listener(region: string, arn: string): ListenerState {
    const found = this.listeners.get(arn);
    if (found?.region !== region) throw new AwsError('ListenerNotFoundException', 'One or more listeners not found');
    return found;
  }

  rule(region: string, arn: string): { readonly listener: ListenerState; readonly rule: RuleState } {
    for (const listener of this.listeners.values()) {
      const rule = listener.region === region ? listener.rules.find((one) => one.arn === arn) : undefined;
      if (rule !== undefined) return { listener, rule };
    }
    throw new AwsError('RuleNotFoundException', 'One or more rules not found');
  }

  targetGroup(region: string, arn: string): TargetGroupState {
    const found = this.targetGroups.get(arn);
    if (found?.region !== region) {
      throw new AwsError('TargetGroupNotFoundException', 'One or more target groups not found');
    }
    return found;
  }

  listenersOf(loadBalancerArn: string): ListenerState[] {
    return [...this.listeners.values()].filter((listener) => listener.loadBalancerArn === loadBalancerArn);
  }

  loadBalancersOf(targetGroupArn: string): string[] {
    const forwards = (listener: ListenerState): boolean =>
      listener.rules.some((rule) => rule.actions.some((action) => forwardsOf(action).has(targetGroupArn)));
    return [...new Set([...this.listeners.values()].filter(forwards).map((listener) => listener.loadBalancerArn))];
  }

  targetGroupsOf(loadBalancerArn: string): string[] {
    const actions = this.listenersOf(loadBalancerArn).flatMap((one) => one.rules.flatMap((rule) => rule.actions));
    return [...new Set(actions.flatMap((action) => [...forwardsOf(action).keys()]))];
  }

  /** Targets that are registered or still draining. */
  targets(group: TargetGroupState): TargetState[] {
    const now_ms = this.now_ms();
    group.targets = group.targets.filter((one) => one.drainedAt_ms === undefined || one.drainedAt_ms > now_ms);
    return group.targets;
  }

  health(group: TargetGroupState, target: TargetState): TargetHealth {
    if (target.drainedAt_ms !== undefined) {
      const Description = 'Target deregistration is in progress';
      return { State: 'draining', Reason: 'Target.DeregistrationInProgress', Description };
    }
    if (this.loadBalancersOf(group.arn).length === 0) {
      const Description = 'Target group is not configured to receive traffic from the load balancer';
      return { State: 'unused', Reason: 'Target.NotInUse', Description };
    }
    this.#look(group, target);
    if (target.state === 'healthy') return { State: 'healthy' };
    if (target.state === 'unhealthy') {
      return { State: 'unhealthy', Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' };
    }
    const Description = 'Target registration is in progress';
    return { State: 'initial', Reason: 'Elb.RegistrationInProgress', Description };
  }

  /**
   * When the target will have passed enough checks, if it passes from now on: one after registration, HealthyThreshold
   * after a failure. "Health checks for Application Load Balancer target groups".
   */
  healthyAt_ms(group: TargetGroupState, target: TargetState): number {
    const since_ms = target.passingSince_ms ?? this.now_ms();
    const checks = target.state === 'initial' ? 1 : group.healthyThreshold;
    return since_ms + group.interval_s * 1000 * checks;
  }

  #look(group: TargetGroupState, target: TargetState): void {
    const now_ms = this.now_ms();
    const serves = this.options.environment.regionServes(group.region);
    if (serves && (this.probes.get(group.arn)?.(target) ?? true)) {
      target.failingSince_ms = undefined;
      target.passingSince_ms ??= now_ms;
      if (target.state !== 'healthy' && now_ms >= this.healthyAt_ms(group, target)) target.state = 'healthy';
      return;
    }
    target.passingSince_ms = undefined;
    target.failingSince_ms ??= now_ms;
    if (now_ms >= target.failingSince_ms + group.interval_s * 1000 * group.unhealthyThreshold) {
      target.state = 'unhealthy';
    }
  }

  /** Settles the target's state up to now, then starts counting from now. */
  #regionChanged(region: string): void {
    const serves = this.options.environment.regionServes(region);
    const now_ms = this.now_ms();
    for (const group of this.targetGroups.values()) {
      if (group.region !== region) continue;
      for (const target of group.targets) {
        if (!serves && target.passingSince_ms !== undefined && now_ms >= this.healthyAt_ms(group, target)) {
          target.state = 'healthy';
        }
        const failing_ms = now_ms - (target.failingSince_ms ?? now_ms);
        if (serves && failing_ms >= group.interval_s * 1000 * group.unhealthyThreshold) target.state = 'unhealthy';
        target.passingSince_ms = serves ? now_ms : undefined;
        target.failingSince_ms = serves ? undefined : now_ms;
      }
    }
  }
}

/** Target groups that an action forwards to, with their weights. */
export function forwardsOf(action: Action): Map<string, number> {
  const weights = new Map<string, number>();
  if (action.Type !== 'forward') return weights;
  for (const tuple of action.ForwardConfig?.TargetGroups ?? []) {
    if (tuple.TargetGroupArn !== undefined) weights.set(tuple.TargetGroupArn, tuple.Weight ?? 1);
  }
  if (weights.size === 0 && action.TargetGroupArn !== undefined) weights.set(action.TargetGroupArn, 1);
  return weights;
}
