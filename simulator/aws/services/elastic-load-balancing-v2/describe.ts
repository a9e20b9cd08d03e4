import type {
  DescribeListenersInput,
  DescribeLoadBalancersInput,
  DescribeRulesInput,
  DescribeTargetGroupsInput,
  DescribeTargetHealthInput,
  Listener,
  LoadBalancer,
  Rule,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { page, required } from '../regional/input.ts';
import type { ListenerState, LoadBalancerState, RuleState, TargetGroupState } from './model.ts';
import type { ElbState } from './state.ts';

export function describeOperations(state: ElbState): Record<string, Operation> {
  return {
    DescribeLoadBalancers: (input: DescribeLoadBalancersInput, call) => {
      const { items, marker } = records(loadBalancers(state, input, call), input.PageSize, input.Marker);
      return { ...marker, LoadBalancers: items.map(showLoadBalancer) };
    },
    DescribeTargetGroups: (input: DescribeTargetGroupsInput, call) => {
      const { items, marker } = records(targetGroups(state, input, call), input.PageSize, input.Marker);
      return { ...marker, TargetGroups: items.map((group) => showTargetGroup(state, group)) };
    },
    DescribeTargetHealth: (input: DescribeTargetHealthInput, call) => targetHealth(state, input, call),
    DescribeListeners: (input: DescribeListenersInput, call) => {
      const { items, marker } = records(listeners(state, input, call), input.PageSize, input.Marker);
      return { ...marker, Listeners: items.map(showListener) };
    },
    DescribeRules: (input: DescribeRulesInput, call) => {
      const { items, marker } = records(rules(state, input, call), input.PageSize, input.Marker);
      return { ...marker, Rules: items.map(showRule) };
    },
  };
}

function loadBalancers(state: ElbState, input: DescribeLoadBalancersInput, call: Call): LoadBalancerState[] {
  const { LoadBalancerArns: arns, Names: names } = input;
  if (arns !== undefined && names !== undefined) {
    const message = 'Load balancer names and load balancer ARNs cannot be specified at the same time';
    throw new AwsError('ValidationError', message);
  }
  if (arns !== undefined) return arns.map((arn) => state.loadBalancer(call.region, arn));
  const here = [...state.loadBalancers.values()].filter((one) => one.region === call.region);
  if (names === undefined) return here;
  return names.map((name) => {
    const found = here.find((one) => one.name === name);
    if (found === undefined) {
      throw new AwsError('LoadBalancerNotFoundException', `Load balancers '[${name}]' not found`);
    }
    return found;
  });
}

function targetGroups(state: ElbState, input: DescribeTargetGroupsInput, call: Call): TargetGroupState[] {
  const { TargetGroupArns: arns, Names: names, LoadBalancerArn: loadBalancerArn } = input;
  if (arns !== undefined) return arns.map((arn) => state.targetGroup(call.region, arn));
  const here = [...state.targetGroups.values()].filter((one) => one.region === call.region);
  if (loadBalancerArn !== undefined) {
    state.loadBalancer(call.region, loadBalancerArn);
    return here.filter((group) => state.loadBalancersOf(group.arn).includes(loadBalancerArn));
  }
  if (names === undefined) return here;
  return names.map((name) => {
    const found = here.find((one) => one.name === name);
    if (found === undefined) {
      throw new AwsError('TargetGroupNotFoundException', 'One or more target groups not found');
    }
    return found;
  });
}

function targetHealth(state: ElbState, input: DescribeTargetHealthInput, call: Call): object {
  const group = state.targetGroup(call.region, required(input.TargetGroupArn, 'TargetGroupArn'));
  const known = state.targets(group);
  const show = (target: (typeof known)[number]): object => ({
    Target: { Id: target.id, Port: target.port },
    HealthCheckPort: String(target.port),
    TargetHealth: state.health(group, target),
  });
  if (input.Targets === undefined) return { TargetHealthDescriptions: known.map(show) };
  const described = input.Targets.map((wanted) => {
    const found = known.find((one) => one.id === wanted.Id && one.port === (wanted.Port ?? group.port));
    if (found !== undefined) return show(found);
    const Description = 'Target is not registered to the target group';
    return {
      Target: { Id: wanted.Id, Port: wanted.Port ?? group.port },
      TargetHealth: { State: 'unused', Reason: 'Target.NotRegistered', Description },
    };
  });
  return { TargetHealthDescriptions: described };
}

function listeners(state: ElbState, input: DescribeListenersInput, call: Call): ListenerState[] {
  if (input.ListenerArns !== undefined) return input.ListenerArns.map((arn) => state.listener(call.region, arn));
  if (input.LoadBalancerArn === undefined) {
    throw new AwsError('ValidationError', 'You must specify either listener ARNs or a load balancer ARN');
  }
  state.loadBalancer(call.region, input.LoadBalancerArn);
  return state.listenersOf(input.LoadBalancerArn);
}

function rules(state: ElbState, input: DescribeRulesInput, call: Call): RuleState[] {
  if (input.RuleArns !== undefined) return input.RuleArns.map((arn) => state.rule(call.region, arn).rule);
  if (input.ListenerArn === undefined) {
    throw new AwsError('ValidationError', 'You must specify either listener rule ARNs or a listener ARN');
  }
  return state.listener(call.region, input.ListenerArn).rules;
}

function records<T>(
  all: readonly T[],
  size: number | undefined,
  marker: string | undefined,
): { readonly items: T[]; readonly marker: { NextMarker?: string } } {
  if (size !== undefined && (size < 1 || size > 400)) {
    throw new AwsError('ValidationError', 'Page size must be between 1 and 400');
  }
  const { items, next } = page(all, marker, size ?? 400, 'ValidationError');
  return { items, marker: next === undefined ? {} : { NextMarker: next } };
}

function showLoadBalancer(one: LoadBalancerState): LoadBalancer {
  return {
    LoadBalancerArn: one.arn,
    LoadBalancerName: one.name,
    DNSName: one.dnsName,
    CanonicalHostedZoneId: one.hostedZoneId,
    Scheme: one.scheme,
    Type: 'application',
    VpcId: one.vpcId,
    State: { Code: 'active' },
    AvailabilityZones: one.subnetIds.map((id, index) => ({
      SubnetId: id,
      ZoneName: `${one.region}${['a', 'b', 'c'][index % 3]}`,
    })),
    SecurityGroups: [...one.securityGroupIds],
    IpAddressType: one.addresses.some((address) => address.includes(':')) ? 'dualstack' : 'ipv4',
    CreatedTime: new Date(one.created_ms),
  };
}

function showTargetGroup(state: ElbState, group: TargetGroupState): TargetGroup {
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol,
    Port: group.port,
    VpcId: group.vpcId,
    TargetType: group.targetType,
    HealthCheckEnabled: true,
    HealthCheckPath: group.healthCheckPath,
    HealthCheckPort: 'traffic-port',
    HealthCheckProtocol: group.protocol,
    HealthCheckIntervalSeconds: group.interval_s,
    HealthyThresholdCount: group.healthyThreshold,
    UnhealthyThresholdCount: group.unhealthyThreshold,
    Matcher: { HttpCode: '200' },
    LoadBalancerArns: state.loadBalancersOf(group.arn),
  };
}

export function showListener(listener: ListenerState): Listener {
  return {
    ListenerArn: listener.arn,
    LoadBalancerArn: listener.loadBalancerArn,
    Port: listener.port,
    Protocol: listener.protocol,
    ...(listener.certificateArns.length === 0
      ? {}
      : { Certificates: listener.certificateArns.map((CertificateArn) => ({ CertificateArn })) }),
    DefaultActions: [...(listener.rules.find((rule) => rule.priority === 'default')?.actions ?? [])],
  };
}

export function showRule(rule: RuleState): Rule {
  return {
    RuleArn: rule.arn,
    Priority: rule.priority,
    Conditions: [...rule.conditions],
    Actions: [...rule.actions],
    IsDefault: rule.priority === 'default',
  };
}
