import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling';
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS, ServiceNotFoundException } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { DBClusterNotFoundFault, DBInstanceNotFoundFault, RDS } from '@aws-sdk/client-rds';
import { describe, expect, it } from 'vitest';
import { clientOptions } from '../wire/sdk-client.ts';
import { world as wireWorld } from '../wire/world.ts';
import { createWorld, HOME_ARN, MINUTE, STANDBY, STANDBY_ARN, seedShop } from './world.ts';

/** The simulated services behind the wire codec, asked by the real SDK. */
function seeded() {
  const world = createWorld();
  seedShop(world);
  const arn = world.elb.seedTargetGroup({ region: STANDBY, name: 'web', port: 80 });
  const defaultActions = [{ Type: 'forward' as const, TargetGroupArn: arn }];
  const listeners = [{ port: 80, protocol: 'HTTP' as const, defaultActions }];
  world.elb.seedLoadBalancer({ region: STANDBY, name: 'shop', listeners });
  world.ecs.seedCluster(STANDBY, 'shop');
  world.ecs.seedTaskDefinition(STANDBY, { family: 'web' });
  const loadBalancers = [{ targetGroupArn: arn, containerName: 'web', containerPort: 80 }];
  const seed = { region: STANDBY, cluster: 'shop', name: 'web', taskDefinition: 'web', desiredCount: 1 };
  world.ecs.seedService({ ...seed, loadBalancers });
  world.autoScaling.seedGroup({ region: STANDBY, name: 'fleet', min: 1, max: 2, desired: 1 });
  const made = [world.rds, world.elb, world.ecs, world.ec2, world.autoScaling, world.scaling, world.cloudwatch];
  const { endpoint } = wireWorld(
    made.map((one) => one.service),
    undefined,
    world.clock,
  );
  const options = clientOptions((request, caller) => endpoint.handle(request, caller), STANDBY);
  return { world, arn, options };
}

describe('the real SDK', () => {
  it('reads and fails over a global database', async () => {
    const { world, options } = seeded();
    const rds = new RDS(options);
    const input = { GlobalClusterIdentifier: 'shop', TargetDbClusterIdentifier: STANDBY_ARN, AllowDataLoss: true };
    const { GlobalCluster } = await rds.failoverGlobalCluster(input);
    expect(GlobalCluster?.FailoverState).toEqual({
      Status: 'pending',
      FromDbClusterArn: HOME_ARN,
      ToDbClusterArn: STANDBY_ARN,
      IsDataLossAllowed: true,
    });
    await world.pass(10 * MINUTE);
    const { GlobalClusters } = await rds.describeGlobalClusters({});
    const members = GlobalClusters?.[0]?.GlobalClusterMembers?.map((one) => [one.DBClusterArn, one.IsWriter]);
    expect(members).toEqual([
      [HOME_ARN, false],
      [STANDBY_ARN, true],
    ]);
    const { DBClusters } = await rds.describeDBClusters({ DBClusterIdentifier: 'shop-standby' });
    expect(DBClusters?.[0]).toMatchObject({ Status: 'available', Port: 5432, StorageEncrypted: true });
    expect(DBClusters?.[0]?.ClusterCreateTime).toBeInstanceOf(Date);
    await expect(rds.describeDBClusters({ DBClusterIdentifier: 'ghost' })).rejects.toBeInstanceOf(
      DBClusterNotFoundFault,
    );
    await expect(rds.describeDBInstances({ DBInstanceIdentifier: 'ghost' })).rejects.toBeInstanceOf(
      DBInstanceNotFoundFault,
    );
  });

  it('scales an ECS service out and reads its targets', async () => {
    const { world, arn, options } = seeded();
    const ecs = new ECS(options);
    await ecs.updateService({ cluster: 'shop', service: 'web', desiredCount: 3 });
    await world.pass(3 * MINUTE);
    const { services } = await ecs.describeServices({ cluster: 'shop', services: ['web'] });
    expect(services?.[0]).toMatchObject({ desiredCount: 3, runningCount: 3 });
    const elb = new ElasticLoadBalancingV2(options);
    const { TargetHealthDescriptions } = await elb.describeTargetHealth({ TargetGroupArn: arn });
    expect(TargetHealthDescriptions?.map((one) => one.TargetHealth?.State)).toEqual(['healthy', 'healthy', 'healthy']);
    await expect(ecs.updateService({ cluster: 'shop', service: 'ghost' })).rejects.toBeInstanceOf(
      ServiceNotFoundException,
    );
  });

  it('reads metrics, groups, scaling and networks', async () => {
    const { world, options } = seeded();
    await world.pass(5 * MINUTE);
    const now_ms = world.clock.now_ms();
    const { Datapoints } = await new CloudWatch(options).getMetricStatistics({
      Namespace: 'AWS/RDS',
      MetricName: 'AuroraGlobalDBRPOLag',
      Dimensions: [{ Name: 'DBClusterIdentifier', Value: 'shop-standby' }],
      StartTime: new Date(now_ms - 5 * MINUTE),
      EndTime: new Date(now_ms),
      Period: 60,
      Statistics: ['Maximum'],
    });
    expect(Datapoints?.map((one) => [one.Maximum, one.Unit])).toContainEqual([120, 'Milliseconds']);
    const groups = await new AutoScaling(options).describeAutoScalingGroups({});
    expect(groups.AutoScalingGroups?.[0]).toMatchObject({ AutoScalingGroupName: 'fleet', MinSize: 1 });
    const instances = await new EC2(options).describeInstances({});
    expect(instances.Reservations?.[0]?.Instances?.[0]?.State?.Name).toBe('running');
    const scaling = new ApplicationAutoScaling(options);
    const target = {
      ServiceNamespace: 'ecs',
      ResourceId: 'service/shop/web',
      ScalableDimension: 'ecs:service:DesiredCount',
    } as const;
    await scaling.registerScalableTarget({ ...target, MinCapacity: 2, MaxCapacity: 4 });
    await world.pass(MINUTE);
    expect(world.ecs.desired(STANDBY, 'service/shop/web')).toBe(2);
    const { ScalableTargets } = await scaling.describeScalableTargets({ ServiceNamespace: 'ecs' });
    expect(ScalableTargets?.[0]).toMatchObject({ MinCapacity: 2, MaxCapacity: 4 });
  });
});
