import type { Action, ProtocolEnum, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';

export interface LoadBalancerState {
  readonly region: string;
  readonly arn: string;
  readonly name: string;
  readonly dnsName: string;
  readonly hostedZoneId: string;
  /** What its DNS name resolves to. */
  readonly addresses: readonly string[];
  readonly vpcId: string;
  readonly scheme: 'internet-facing' | 'internal';
  readonly securityGroupIds: readonly string[];
  readonly subnetIds: readonly string[];
  readonly created_ms: number;
}

export interface RuleState {
  readonly arn: string;
  /** `default`, or a number from 1 in text; the lowest that matches wins. */
  priority: string;
  conditions: readonly RuleCondition[];
  actions: readonly Action[];
}

export interface ListenerState {
  readonly region: string;
  readonly arn: string;
  readonly loadBalancerArn: string;
  port: number;
  protocol: ProtocolEnum;
  readonly certificateArns: readonly string[];
  /** By priority; the last one is the default rule. */
  rules: RuleState[];
}

export interface TargetState {
  readonly id: string;
  readonly port: number;
  readonly registered_ms: number;
  /** The health state that the load balancer shows. */
  state: 'initial' | 'healthy' | 'unhealthy';
  /** Health checks have passed, or failed, since this instant, as of the last read. */
  passingSince_ms: number | undefined;
  failingSince_ms: number | undefined;
  drainedAt_ms: number | undefined;
}

export interface TargetGroupState {
  readonly region: string;
  readonly arn: string;
  readonly name: string;
  readonly protocol: ProtocolEnum;
  readonly port: number;
  readonly vpcId: string;
  readonly targetType: 'ip' | 'instance';
  readonly healthCheckPath: string;
  readonly interval_s: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  deregistrationDelay_s: number;
  targets: TargetState[];
}

/** Whether a target answers its health check now. */
export type Probe = (target: { readonly id: string; readonly port: number }) => boolean;
