import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling';
import { ECS } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, it } from 'vitest';
import type { Service } from '../../../simulator/aws/service.ts';
import { StaleReads } from '../../../simulator/aws/stale-reads.ts';
import { force, refused, sdkOf, shop } from './aurora-world.ts';
import { HOME, SECOND, STANDBY } from './world.ts';

function opened() {
  const world = shop();
  const sdk = sdkOf(world);
  world.ecs.seedCluster(STANDBY, 'shop');
  world.ecs.seedTaskDefinition(STANDBY, { family: 'web' });
  world.ecs.seedService({ region: STANDBY, cluster: 'shop', name: 'web', taskDefinition: 'web', desiredCount: 1 });
  const ecs = new ECS(sdk.options(STANDBY));
  const desired = async () =>
    (await ecs.describeServices({ cluster: 'shop', services: ['web'] })).services?.[0]?.desiredCount;
  return { world, ...sdk, ecs, desired };
}

describe('reads that lag behind writes', () => {
  it('show a global cluster as it was before the call that moves it, for as long as the fault says', async () => {
    const { world, staleReads, rds } = opened();
    staleReads.set('rds', 12);
    const status = async (region: string) => (await rds(region).describeGlobalClusters({})).GlobalClusters?.[0]?.Status;
    expect([await status(STANDBY), await status(HOME)]).toEqual(['available', 'available']);
    const { GlobalCluster } = await rds(STANDBY).failoverGlobalCluster(force);
    expect(GlobalCluster?.Status).toBe('failing-over');
    await world.pass(10 * SECOND);
    expect([await status(STANDBY), await status(HOME)]).toEqual(['available', 'available']);
    // The write has its effect all the same.
    expect(await refused(rds(STANDBY).failoverGlobalCluster(force))).toBe('InvalidGlobalClusterStateFault');
    await world.pass(3 * SECOND);
    expect([await status(STANDBY), await status(HOME)]).toEqual(['failing-over', 'failing-over']);
  });

  it('are told service by service: ECS lags, scaling and load balancing do not', async () => {
    const { world, staleReads, ecs, desired, options } = opened();
    const targetGroup = world.elb.seedTargetGroup({ region: STANDBY, name: 'web', port: 80 });
    const elb = new ElasticLoadBalancingV2(options(STANDBY));
    const scaling = new ApplicationAutoScaling(options(STANDBY));
    const target = {
      ServiceNamespace: 'ecs',
      ResourceId: 'service/shop/web',
      ScalableDimension: 'ecs:service:DesiredCount',
    } as const;
    const most = async () =>
      (await scaling.describeScalableTargets({ ServiceNamespace: 'ecs' })).ScalableTargets?.[0]?.MaxCapacity;
    staleReads.set('ecs', 20);
    expect([await desired(), await most()]).toEqual([1, undefined]);
    await ecs.updateService({ cluster: 'shop', service: 'web', desiredCount: 3 });
    await scaling.registerScalableTarget({ ...target, MinCapacity: 1, MaxCapacity: 4 });
    expect([await desired(), await most()]).toEqual([1, 4]);
    expect((await elb.describeTargetGroups({ TargetGroupArns: [targetGroup] })).TargetGroups).toHaveLength(1);
    expect(world.ecs.desired(STANDBY, 'service/shop/web')).toBe(3);
    await world.pass(21 * SECOND);
    expect(await desired()).toBe(3);
    staleReads.set('application-auto-scaling', 20);
    await most();
    await scaling.registerScalableTarget({ ...target, MinCapacity: 1, MaxCapacity: 8 });
    expect(await most()).toBe(4);
    expect(staleReads.on).toEqual({ ecs: 20, 'application-auto-scaling': 20 });
  });

  it('after two writes show first what was before both, then what was between them', async () => {
    const { world, staleReads, ecs, desired } = opened();
    staleReads.set('ecs', 20);
    await desired();
    const update = (desiredCount: number) => ecs.updateService({ cluster: 'shop', service: 'web', desiredCount });
    await update(2);
    await world.pass(10 * SECOND);
    await update(5);
    expect(await desired()).toBe(1);
    await world.pass(11 * SECOND);
    expect(await desired()).toBe(2);
    await world.pass(10 * SECOND);
    expect(await desired()).toBe(5);
  });

  it('may answer "not found" for what was just created', async () => {
    const { world, staleReads, rds } = opened();
    staleReads.set('rds', 15);
    const id = { DBInstanceIdentifier: 'shop-standby-2' };
    const look = () => refused(rds(STANDBY).describeDBInstances(id));
    expect(await look()).toBe('DBInstanceNotFoundFault');
    await rds(STANDBY).createDBInstance({
      ...id,
      DBClusterIdentifier: 'shop-standby',
      DBInstanceClass: 'db.r6g.large',
      Engine: 'aurora-postgresql',
    });
    expect(await look()).toBe('DBInstanceNotFoundFault');
    await world.pass(16 * SECOND);
    expect(await look()).toBe('accepted');
  });

  it('do not lag behind a write that was refused', async () => {
    const { world, staleReads, ecs, desired } = opened();
    staleReads.set('ecs', 60);
    await desired();
    expect(await refused(ecs.updateService({ cluster: 'shop', service: 'ghost', desiredCount: 9 }))).toBe(
      'ServiceNotFoundException',
    );
    await world.ask(world.ecs.service, 'UpdateService', STANDBY, { cluster: 'shop', service: 'web', desiredCount: 4 });
    expect(await desired()).toBe(4);
  });

  it('are what was shown then, although the service goes on changing its own objects', async () => {
    const { world } = opened();
    const staleReads = new StaleReads(world.clock);
    const things = { names: ['one'] };
    const service: Service = {
      id: 'things',
      schemas: {},
      operations: {
        ListThings: () => things,
        AddThing: ({ name }: { name: string }) => {
          things.names.push(name);
          return {};
        },
      },
    };
    const call = {
      clock: world.clock,
      random: world.random,
      accountId: '1',
      region: HOME,
      caller: { name: 'x', region: HOME },
    };
    staleReads.set('things', 10);
    const list = () => staleReads.run(service, 'ListThings', {}, call);
    list();
    staleReads.run(service, 'AddThing', { name: 'two' }, call);
    expect(list()).toEqual({ names: ['one'] });
    await world.pass(11 * SECOND);
    expect(list()).toEqual({ names: ['one', 'two'] });
  });

  it('end with the fault, and are off without it', async () => {
    const { staleReads, ecs, desired } = opened();
    const update = (desiredCount: number) => ecs.updateService({ cluster: 'shop', service: 'web', desiredCount });
    await desired();
    await update(2);
    expect(await desired()).toBe(2);
    staleReads.set('ecs', 60);
    await desired();
    await update(3);
    expect(await desired()).toBe(2);
    staleReads.set('ecs', undefined);
    expect(await desired()).toBe(3);
  });

  it('are refused for stores that are consistent', () => {
    const { world } = opened();
    const staleReads = new StaleReads(world.clock);
    for (const service of ['s3', 'dynamodb']) expect(() => staleReads.set(service, 5)).toThrow('never stale');
  });
});
