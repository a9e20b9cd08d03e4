import { ApplicationAutoScalingClient, DescribeScalableTargetsCommand } from '@aws-sdk/client-application-auto-scaling';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { DescribeTargetGroupsCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ApplicationConfig, ServiceConfig } from '../../core/config/schema.ts';
import { cliSettings } from '../aws-account.ts';
import { bad, type Finding, look, ok, warn } from './finding.ts';

type Side = 'home' | 'standby';

export function serviceLooks(area: string, app: ApplicationConfig): readonly Promise<readonly Finding[]>[] {
  return app.services.flatMap((service) =>
    (['home', 'standby'] as const).flatMap((side) => [
      ...(service.kind === 'ecs'
        ? ecsService(area, service, side, app[side])
        : [group(area, service, side, app[side])]),
      ...targetGroup(area, service, side, app[side]),
    ]),
  );
}

const fix = (service: ServiceConfig, side: Side): string => `fix the service ${service.name}, ${side}, in muster.yaml`;
const notMoved = { means: 'its capacity cannot be raised there' };

function ecsService(area: string, service: Extract<ServiceConfig, { kind: 'ecs' }>, side: Side, region: string) {
  const { cluster, service: name } = service[side];
  const thing = `ECS service ${cluster}/${name}`;
  const absent = { ...notMoved, todo: fix(service, side) };
  const ecs = new ECSClient(cliSettings(region));
  const scaling = new ApplicationAutoScalingClient(cliSettings(region));
  return [
    look({
      area,
      thing,
      region,
      action: 'ecs:DescribeServices',
      read: async () => (await ecs.send(new DescribeServicesCommand({ cluster, services: [name] }))).services?.[0],
      judge: (found) =>
        found?.status === 'ACTIVE'
          ? [ok(area, `${thing} in ${region}: ${found.runningCount} of ${found.desiredCount} running`)]
          : [bad(area, { what: `there is no active ${thing} in ${region}`, ...absent })],
      absent,
    }),
    look({
      area,
      thing: `scaling target of ${cluster}/${name}`,
      region,
      action: 'application-autoscaling:DescribeScalableTargets',
      read: () =>
        scaling.send(
          new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs', ResourceIds: [`service/${cluster}/${name}`] }),
        ),
      judge: ({ ScalableTargets }) =>
        ScalableTargets?.[0] === undefined
          ? [
              warn(area, {
                what: `${thing} in ${region} has no scaling target`,
                means: 'only its desired count is set; min and max of muster.yaml are not used',
                todo: 'nothing, if it does not scale',
              }),
            ]
          : [],
      absent,
    }),
  ];
}

function group(area: string, service: Extract<ServiceConfig, { kind: 'ec2' }>, side: Side, region: string) {
  const { group: name } = service[side];
  const thing = `Auto Scaling group ${name}`;
  const absent = { ...notMoved, todo: fix(service, side) };
  const client = new AutoScalingClient(cliSettings(region));
  return look({
    area,
    thing,
    region,
    action: 'autoscaling:DescribeAutoScalingGroups',
    read: async () =>
      (await client.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] })))
        .AutoScalingGroups?.[0],
    judge: (found) =>
      found === undefined
        ? [bad(area, { what: `there is no ${thing} in ${region}`, ...absent })]
        : [ok(area, `${thing} in ${region}: ${found.Instances?.length ?? 0} of ${found.DesiredCapacity} instances`)],
    absent,
  });
}

function targetGroup(area: string, service: ServiceConfig, side: Side, region: string) {
  const { targetGroupArn } = service[side];
  if (targetGroupArn === undefined) return [];
  const thing = `target group ${targetGroupArn.split('/')[1] ?? targetGroupArn}`;
  const elb = new ElasticLoadBalancingV2Client(cliSettings(region));
  return [
    look({
      area,
      thing,
      region,
      action: 'elasticloadbalancing:DescribeTargetGroups',
      read: () => elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [targetGroupArn] })),
      judge: ({ TargetGroups }) =>
        (TargetGroups?.[0]?.LoadBalancerArns ?? []).length > 0
          ? [ok(area, `${thing} in ${region} is behind a load balancer`)]
          : [
              bad(area, {
                what: `${thing} in ${region} is behind no load balancer`,
                // Elastic Load Balancing, "Health checks for your target groups": Target.NotInUse.
                means: 'ELB checks none of its targets, so that the service never counts as up',
                todo: 'give it a listener rule, or name another target group in muster.yaml',
              }),
            ],
      absent: { means: 'the service never counts as up', todo: fix(service, side) },
    }),
  ];
}
