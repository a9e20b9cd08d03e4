import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Capacity } from '../../core/capacity.ts';
import type { ServiceConfig } from '../../core/config/schema.ts';
import type { ServiceObserved } from '../../core/topology.ts';
import { clientSettings, perRegion, type Reach } from './clients.ts';

export type Side = 'home' | 'standby';

/** Services of one side of an application, ECS or EC2 Auto Scaling, in that side's region. */
export interface CapacityClient {
  observe(service: ServiceConfig): Promise<ServiceObserved>;
  /** Sets min, max and desired, in the order in which scaling cannot undo it. Twice is as once. */
  set(service: ServiceConfig, capacity: Capacity): Promise<void>;
}

const ecsIn = perRegion((region, reach: Reach) => new ECSClient(clientSettings(region, reach)));
const scalingIn = perRegion((region, reach: Reach) => new ApplicationAutoScalingClient(clientSettings(region, reach)));
const groupsIn = perRegion((region, reach: Reach) => new AutoScalingClient(clientSettings(region, reach)));
const elbIn = perRegion((region, reach: Reach) => new ElasticLoadBalancingV2Client(clientSettings(region, reach)));

export function capacityClient(region: string, side: Side, reach: Reach): CapacityClient {
  const ecs = ecsIn(region, reach);
  const scaling = scalingIn(region, reach);
  const groups = groupsIn(region, reach);
  const elb = elbIn(region, reach);

  const healthyTargets = async (targetGroupArn: string | undefined): Promise<number | undefined> => {
    if (targetGroupArn === undefined) return undefined;
    const answer = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }));
    return (answer.TargetHealthDescriptions ?? []).filter((t) => t.TargetHealth?.State === 'healthy').length;
  };

  const observeEcs = async (service: EcsService): Promise<ServiceObserved> => {
    const place = service[side];
    const [services, targets, healthy] = await Promise.all([
      ecs.send(new DescribeServicesCommand({ cluster: place.cluster, services: [place.service] })),
      scaling.send(
        new DescribeScalableTargetsCommand({
          ServiceNamespace: 'ecs',
          ResourceIds: [resourceId(place)],
          ScalableDimension: DIMENSION,
        }),
      ),
      healthyTargets(place.targetGroupArn),
    ]);
    const found = services.services?.[0];
    if (found?.status !== 'ACTIVE') {
      throw new Error(`ECS service ${place.cluster}/${place.service} in ${region} is ${found?.status ?? 'missing'}`);
    }
    const target = targets.ScalableTargets?.[0];
    return {
      name: service.name,
      region,
      min: target?.MinCapacity,
      max: target?.MaxCapacity,
      desired: found.desiredCount ?? 0,
      running: found.runningCount ?? 0,
      healthy,
    };
  };

  const observeGroup = async (service: GroupService): Promise<ServiceObserved> => {
    const place = service[side];
    const [answer, healthy] = await Promise.all([
      groups.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [place.group] })),
      healthyTargets(place.targetGroupArn),
    ]);
    const found = answer.AutoScalingGroups?.[0];
    if (found === undefined) throw new Error(`Auto Scaling group ${place.group} in ${region} is missing`);
    return {
      name: service.name,
      region,
      min: found.MinSize,
      max: found.MaxSize,
      desired: found.DesiredCapacity ?? 0,
      running: (found.Instances ?? []).filter((i) => i.LifecycleState === 'InService').length,
      healthy,
    };
  };

  const setEcs = async (service: EcsService, capacity: Capacity): Promise<void> => {
    const place = service[side];
    if (capacity.min !== undefined && capacity.max !== undefined) {
      // Bounds first, both ways: a desired count outside them is undone by scaling (AWS facts, "ECS and scaling").
      await scaling.send(
        new RegisterScalableTargetCommand({
          ServiceNamespace: 'ecs',
          ResourceId: resourceId(place),
          ScalableDimension: DIMENSION,
          MinCapacity: capacity.min,
          MaxCapacity: capacity.max,
        }),
      );
    }
    await ecs.send(
      new UpdateServiceCommand({ cluster: place.cluster, service: place.service, desiredCount: capacity.desired }),
    );
  };

  const setGroup = async (service: GroupService, capacity: Capacity): Promise<void> => {
    await groups.send(
      new UpdateAutoScalingGroupCommand({
        AutoScalingGroupName: service[side].group,
        ...(capacity.min === undefined ? {} : { MinSize: capacity.min }),
        ...(capacity.max === undefined ? {} : { MaxSize: capacity.max }),
        DesiredCapacity: capacity.desired,
      }),
    );
  };

  return {
    observe: (service) => (service.kind === 'ecs' ? observeEcs(service) : observeGroup(service)),
    set: (service, capacity) => (service.kind === 'ecs' ? setEcs(service, capacity) : setGroup(service, capacity)),
  };
}

type EcsService = Extract<ServiceConfig, { kind: 'ecs' }>;
type GroupService = Extract<ServiceConfig, { kind: 'ec2' }>;

const DIMENSION = 'ecs:service:DesiredCount';
const resourceId = (place: { readonly cluster: string; readonly service: string }): string =>
  `service/${place.cluster}/${place.service}`;
