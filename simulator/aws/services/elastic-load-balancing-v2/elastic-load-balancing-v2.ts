import type { Action, ProtocolEnum, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import * as schemas from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Service } from '../../service.ts';
import type { ServiceOptions } from '../regional/options.ts';
import { attributeOperations } from './attributes.ts';
import type { RoutedRequest } from './conditions.ts';
import { describeOperations } from './describe.ts';
import type { Probe, TargetGroupState } from './model.ts';
import { deregister, modifyOperations, register } from './modify.ts';
import { byPriority, type Decision, decide, type Route, route } from './routing.ts';
import { ruleOperations } from './rules.ts';
import { ElbState } from './state.ts';

interface SeedTargetGroup {
  readonly region: string;
  /** A generated one unless told. */
  readonly arn?: string;
  readonly name: string;
  readonly protocol?: ProtocolEnum;
  readonly port?: number;
  readonly vpcId?: string;
  readonly targetType?: 'ip' | 'instance';
  readonly healthCheckPath?: string;
  readonly interval_s?: number;
  readonly healthyThreshold?: number;
  readonly unhealthyThreshold?: number;
  readonly deregistrationDelay_s?: number;
}

interface SeedLoadBalancer {
  readonly region: string;
  readonly name: string;
  /** Its own host name; drawn like AWS's unless told. */
  readonly dnsName?: string;
  readonly hostedZoneId?: string;
  /** Dual-stack: its name has IPv6 addresses too. */
  readonly ipv6?: boolean;
  readonly vpcId?: string;
  readonly scheme?: 'internet-facing' | 'internal';
  readonly securityGroupIds?: readonly string[];
  readonly subnetIds?: readonly string[];
  readonly listeners: readonly {
    /** A generated one unless told. */
    readonly arn?: string;
    readonly port: number;
    readonly protocol: ProtocolEnum;
    readonly certificateArns?: readonly string[];
    readonly defaultActions: readonly Action[];
    readonly rules?: readonly {
      readonly priority: number;
      readonly conditions: readonly RuleCondition[];
      readonly actions: readonly Action[];
    }[];
  }[];
}

/** What ECS and EC2 Auto Scaling do to target groups. */
export interface TargetRegistry {
  register(targetGroupArn: string, id: string, port?: number): void;
  deregister(targetGroupArn: string, id: string, port?: number): void;
  /** When the target can be healthy at the earliest, if every check passes from now on. */
  healthyAt_ms(targetGroupArn: string, id: string): number;
  isHealthy(targetGroupArn: string, id: string): boolean;
  /** When a target that drains will be gone; undefined: it does not drain. */
  drainedAt_ms(targetGroupArn: string, id: string): number | undefined;
  /** For seeding: the target has been there for long and is healthy. */
  settle(targetGroupArn: string, id: string): void;
}

interface AwsName {
  readonly region: string;
  readonly addresses: readonly string[];
  readonly hostedZoneId: string;
  readonly healthy: boolean;
}

interface Elb extends TargetRegistry {
  readonly service: Service;
  seedTargetGroup(seed: SeedTargetGroup): string;
  seedLoadBalancer(seed: SeedLoadBalancer): {
    readonly arn: string;
    readonly dnsName: string;
    readonly listenerArns: readonly string[];
  };
  /** What answers the health checks of a group's targets; without it they pass while the region serves. */
  setProbe(targetGroupArn: string, probe: Probe): void;
  /** What the rules of the load balancer of this name say of a request; undefined: there is none of this name. */
  decide(dnsName: string, request: RoutedRequest): Decision | undefined;
  /** The listener on a port of the load balancer of this name. */
  listenerArn(dnsName: string, port: number): string | undefined;
  /** What the load balancer of this name does with a request now. */
  route(dnsName: string, request: RoutedRequest): Route;
  /** A load balancer as DNS and its clients see it; `healthy`: each target group that it forwards to has a healthy target. */
  awsName(dnsName: string): AwsName | undefined;
  /** The DNS name of the load balancer that has this address. */
  nameAt(address: string): string | undefined;
  healthyTargets(targetGroupArn: string): string[];
}

export function createElb(options: ServiceOptions): Elb {
  const state = new ElbState({ ...options, random: options.random.split('elb') });
  const group = (arn: string): TargetGroupState => {
    const found = state.targetGroups.get(arn);
    if (found === undefined) throw new Error(`There is no target group ${arn}`);
    return found;
  };
  const healthy = (arn: string): string[] => {
    const targets = state.targets(group(arn));
    return targets.filter((one) => state.health(group(arn), one).State === 'healthy').map((one) => one.id);
  };
  return {
    service: {
      id: 'elastic-load-balancing-v2',
      schemas,
      operations: {
        ...describeOperations(state),
        ...modifyOperations(state),
        ...ruleOperations(state),
        ...attributeOperations(state),
      },
    },
    seedTargetGroup: (seed) => seedTargetGroup(state, seed),
    seedLoadBalancer: (seed) => seedLoadBalancer(state, seed),
    setProbe: (arn, probe) => {
      state.probes.set(arn, probe);
    },
    register: (arn, id, port) => register(state, group(arn), id, port),
    deregister: (arn, id, port) => deregister(state, group(arn), id, port),
    healthyAt_ms: (arn, id) => {
      const target = state.targets(group(arn)).find((one) => one.id === id);
      return target === undefined ? Number.POSITIVE_INFINITY : state.healthyAt_ms(group(arn), target);
    },
    isHealthy: (arn, id) => healthy(arn).includes(id),
    drainedAt_ms: (arn, id) => state.targets(group(arn)).find((one) => one.id === id)?.drainedAt_ms,
    settle: (arn, id) => {
      for (const target of group(arn).targets) if (target.id === id) target.state = 'healthy';
    },
    healthyTargets: healthy,
    decide: (dnsName, request) => decide(state, dnsName, request),
    listenerArn: (dnsName, port) => {
      const balancer = [...state.loadBalancers.values()].find((one) => one.dnsName === dnsName);
      return balancer && state.listenersOf(balancer.arn).find((one) => one.port === port)?.arn;
    },
    route: (dnsName, request) => route(state, dnsName, request),
    awsName: (dnsName) => {
      const found = [...state.loadBalancers.values()].find((one) => one.dnsName === dnsName);
      if (found === undefined) return undefined;
      const groups = state.targetGroupsOf(found.arn);
      // Route 53 Developer Guide, EvaluateTargetHealth: every target group that contains targets must have a healthy one.
      const full = groups.filter((arn) => state.targets(group(arn)).length > 0);
      const isHealthy = full.length > 0 && full.every((arn) => healthy(arn).length > 0);
      return { region: found.region, addresses: found.addresses, hostedZoneId: found.hostedZoneId, healthy: isHealthy };
    },
    nameAt: (address) => [...state.loadBalancers.values()].find((one) => one.addresses.includes(address))?.dnsName,
  };
}

function seedTargetGroup(state: ElbState, seed: SeedTargetGroup): string {
  const { accountId, random } = state.options;
  const generated = `arn:aws:elasticloadbalancing:${seed.region}:${accountId}:targetgroup/${seed.name}/${random.hex(16)}`;
  const arn = seed.arn ?? generated;
  state.targetGroups.set(arn, {
    region: seed.region,
    arn,
    name: seed.name,
    protocol: seed.protocol ?? 'HTTP',
    port: seed.port ?? 80,
    vpcId: seed.vpcId ?? 'vpc-00000000',
    targetType: seed.targetType ?? 'ip',
    healthCheckPath: seed.healthCheckPath ?? '/',
    // Defaults of CreateTargetGroup for HTTP target groups.
    interval_s: seed.interval_s ?? 30,
    healthyThreshold: seed.healthyThreshold ?? 5,
    unhealthyThreshold: seed.unhealthyThreshold ?? 2,
    deregistrationDelay_s: seed.deregistrationDelay_s ?? 300,
    targets: [],
  });
  return arn;
}

function seedLoadBalancer(
  state: ElbState,
  seed: SeedLoadBalancer,
): { arn: string; dnsName: string; listenerArns: string[] } {
  const { accountId, random, clock } = state.options;
  const path = `app/${seed.name}/${random.hex(16)}`;
  const prefix = `arn:aws:elasticloadbalancing:${seed.region}:${accountId}`;
  const arn = `${prefix}:loadbalancer/${path}`;
  const number = Math.floor(random.between(1_000_000_000, 2_000_000_000));
  const dnsName = seed.dnsName ?? `${seed.name.toLowerCase()}-${number}.${seed.region}.elb.amazonaws.com`;
  state.loadBalancers.set(arn, {
    region: seed.region,
    arn,
    name: seed.name,
    dnsName,
    hostedZoneId: seed.hostedZoneId ?? `Z${random.hex(12).toUpperCase()}`,
    // RFC 2544 and RFC 5180 reserve these ranges: they are no real addresses.
    addresses: [1, 2].flatMap((host) => {
      const number = state.loadBalancers.size;
      return [`198.18.${number}.${host}`, ...(seed.ipv6 === true ? [`2001:2:0:${number.toString(16)}::${host}`] : [])];
    }),
    vpcId: seed.vpcId ?? 'vpc-00000000',
    scheme: seed.scheme ?? 'internet-facing',
    securityGroupIds: seed.securityGroupIds ?? [],
    subnetIds: seed.subnetIds ?? [],
    created_ms: clock.now_ms(),
  });
  const listenerArns = seed.listeners.map((wanted) => {
    const listenerPath = `${path}/${random.hex(16)}`;
    const rule = (priority: string, conditions: readonly RuleCondition[], actions: readonly Action[]) => ({
      arn: `${prefix}:listener-rule/${listenerPath}/${random.hex(16)}`,
      priority,
      conditions,
      actions,
    });
    const listenerArn = wanted.arn ?? `${prefix}:listener/${listenerPath}`;
    state.listeners.set(listenerArn, {
      region: seed.region,
      arn: listenerArn,
      loadBalancerArn: arn,
      port: wanted.port,
      protocol: wanted.protocol,
      certificateArns: wanted.certificateArns ?? [],
      rules: [
        ...(wanted.rules ?? []).map((one) => rule(String(one.priority), one.conditions, one.actions)),
        rule('default', [], wanted.defaultActions),
      ].sort(byPriority),
    });
    return listenerArn;
  });
  return { arn, dnsName, listenerArns };
}
