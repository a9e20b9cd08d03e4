import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { ECS } from '@aws-sdk/client-ecs';
import { describe, expect, test } from 'vitest';
import type { Config } from '../../../core/config/schema.ts';
import { scheduleCapacity, setLoad, suspendScaling } from '../../../sandbox/world/capacity.ts';
import { bareWorld, HOME, STANDBY } from './bare-world.ts';

const WEB = { application: 'shop', service: 'web' } as const;

/** The shop on EC2 instances. */
function onInstances(config: Config): Config {
  const { shop } = config.applications;
  if (shop === undefined) throw new Error('muster.yaml has no application shop');
  const services = shop.services.map(({ name, active, idle }) => {
    const place = { group: `shop-${name}` };
    return { kind: 'ec2' as const, name, active, idle, home: place, standby: place };
  });
  return { ...config, applications: { ...config.applications, shop: { ...shop, services } } };
}

async function fence(bare: ReturnType<typeof bareWorld>): Promise<void> {
  const { scaling, ecs } = bare.world.services;
  const { clock, random } = bare.world;
  const call = { clock, random, accountId: '111122223333', region: HOME, caller: { name: 'test', region: HOME } };
  const target = {
    ServiceNamespace: 'ecs',
    ResourceId: 'service/shop/web',
    ScalableDimension: 'ecs:service:DesiredCount',
  };
  await scaling.service.operations['RegisterScalableTarget']?.({ ...target, MinCapacity: 0 }, call);
  await ecs.service.operations['UpdateService']?.({ cluster: 'shop', service: 'web', desiredCount: 0 }, call);
}

describe('a seeded world', () => {
  test('has tasks that stop within seconds; with `drains` they take their deregistration delay', async () => {
    const plain = bareWorld();
    await fence(plain);
    await plain.pass(31);
    expect(plain.world.services.ecs.executingTasks(HOME, 'shop', 'web')).toBe(0);
    const draining = bareWorld({ drains: true, deregistrationDelay_s: 120 });
    await fence(draining);
    await draining.pass(119);
    expect(draining.world.services.ecs.executingTasks(HOME, 'shop', 'web')).toBe(6);
    await draining.pass(32);
    expect(draining.world.services.ecs.executingTasks(HOME, 'shop', 'web')).toBe(0);
  });

  test('has daemons where a scenario says so', async () => {
    const { options } = bareWorld({ daemons: { orders: 4 } });
    for (const region of [HOME, STANDBY]) {
      const ecs = new ECS(options(region));
      const { services } = await ecs.describeServices({ cluster: 'shop', services: ['orders', 'web'] });
      expect(services?.map((one) => [one.schedulingStrategy, one.desiredCount])).toEqual([
        ['DAEMON', 4],
        ['REPLICA', region === HOME ? 6 : 1],
      ]);
    }
  });
});

describe('count 0 leaves the maximum', () => {
  test('a scheduled action lifts it again, unless scaling is suspended', async () => {
    for (const suspended of [false, true]) {
      const bare = bareWorld();
      scheduleCapacity(bare.world, { ...WEB, side: 'home', when: { in_s: 600 }, min: 4, max: 24 });
      await fence(bare);
      if (suspended) suspendScaling(bare.world, { ...WEB, side: 'home' });
      await bare.pass(590);
      expect(bare.world.services.ecs.desired(HOME, 'service/shop/web')).toBe(0);
      await bare.pass(30);
      expect(bare.world.services.ecs.desired(HOME, 'service/shop/web')).toBe(suspended ? 0 : 4);
    }
  });

  test('a policy lifts it again while there is load', async () => {
    const bare = bareWorld({ scalingPolicies: true });
    await bare.pass(1_200);
    // In normal operation the policy has nothing to do.
    expect(bare.world.services.ecs.desired(HOME, 'service/shop/web')).toBe(6);
    expect(bare.world.services.ecs.desired(STANDBY, 'service/shop/web')).toBe(1);
    await fence(bare);
    await bare.pass(240);
    expect(bare.world.services.ecs.desired(HOME, 'service/shop/web')).toBe(6);
    setLoad(bare.world, { ...WEB, side: 'home' }, 0);
    await fence(bare);
    await bare.pass(240);
    expect(bare.world.services.ecs.desired(HOME, 'service/shop/web')).toBe(0);
  });

  test('groups of instances are lifted by their scheduled actions too', async () => {
    for (const suspended of [false, true]) {
      const bare = bareWorld({}, onInstances);
      const groups = new AutoScaling(bare.options(HOME));
      scheduleCapacity(bare.world, { ...WEB, side: 'home', when: { in_s: 600 }, min: 4, max: 24, desired: 6 });
      const named = { AutoScalingGroupName: 'shop-web' };
      await groups.updateAutoScalingGroup({ ...named, MinSize: 0, MaxSize: 0, DesiredCapacity: 0 });
      await bare.pass(120);
      if (suspended) suspendScaling(bare.world, { ...WEB, side: 'home' });
      await bare.pass(500);
      const { AutoScalingGroups } = await groups.describeAutoScalingGroups({ AutoScalingGroupNames: ['shop-web'] });
      expect(AutoScalingGroups?.[0]?.DesiredCapacity).toBe(suspended ? 0 : 6);
    }
  });
});
