import type { ScalableTarget } from '@aws-sdk/client-application-auto-scaling';
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import { createWorld, HOME, HOUR, MINUTE, SECOND, STANDBY } from './world.ts';

const RESOURCE = 'service/shop/web';

async function seeded(min: number, max: number, desired: number) {
  const world = createWorld();
  world.ecs.seedCluster(STANDBY, 'shop');
  world.ecs.seedTaskDefinition(STANDBY, { family: 'web' });
  const seed = { region: STANDBY, cluster: 'shop', name: 'web', taskDefinition: 'web', desiredCount: desired };
  world.ecs.seedService(seed);
  const target = { ServiceNamespace: 'ecs', ResourceId: RESOURCE, ScalableDimension: 'ecs:service:DesiredCount' };
  const { service } = world.scaling;
  const register = (more: object) => world.ask(service, 'RegisterScalableTarget', STANDBY, { ...target, ...more });
  const update = (desiredCount: number) =>
    world.ask(world.ecs.service, 'UpdateService', STANDBY, { cluster: 'shop', service: 'web', desiredCount });
  const policy = (more: object = {}) =>
    world.ask(service, 'PutScalingPolicy', STANDBY, {
      ...target,
      PolicyName: 'cpu',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 60, ...more },
    });
  await register({ MinCapacity: min, MaxCapacity: max });
  return { world, target, register, update, policy, desired: () => world.ecs.desired(STANDBY, RESOURCE) };
}

describe('application auto scaling', () => {
  it('raises what is below min and lowers what is above max, within moments', async () => {
    const { world, update, desired } = await seeded(2, 4, 2);
    await update(10);
    expect(desired()).toBe(10);
    await world.pass(20 * SECOND);
    expect(desired()).toBe(4);
    await update(0);
    await world.pass(20 * SECOND);
    expect(desired()).toBe(2);
  });

  it('raises the desired count when min is raised', async () => {
    const { world, register, desired } = await seeded(1, 4, 1);
    await register({ MinCapacity: 3 });
    await world.pass(20 * SECOND);
    expect(desired()).toBe(3);
  });

  it('undoes a raised desired count when min was not raised and nothing loads the tasks', async () => {
    const { world, update, policy, desired } = await seeded(1, 10, 1);
    await policy();
    await update(6);
    await world.pass(10 * MINUTE);
    expect(desired()).toBe(6);
    await world.pass(6 * MINUTE);
    expect(desired()).toBe(1);
  });

  it('leaves it alone when min was raised with it, or scaling in is switched off', async () => {
    const raised = await seeded(1, 10, 1);
    await raised.policy();
    await raised.register({ MinCapacity: 6 });
    await raised.update(6);
    await raised.world.pass(HOUR);
    expect(raised.desired()).toBe(6);
    const off = await seeded(1, 10, 1);
    await off.policy({ DisableScaleIn: true });
    await off.update(6);
    await off.world.pass(HOUR);
    expect(off.desired()).toBe(6);
  });

  it('follows the load within its bounds', async () => {
    const { world, policy, desired } = await seeded(1, 8, 1);
    await policy();
    world.scaling.setDemand(STANDBY, RESOURCE, 20);
    await world.pass(4 * MINUTE);
    expect(desired()).toBe(8);
  });

  it('does nothing while its region does not serve, and has no timer when nothing is out of bounds', async () => {
    const { world, update, desired } = await seeded(2, 4, 2);
    await update(9);
    world.environment.setServes(STANDBY, false);
    await world.pass(HOUR);
    expect(desired()).toBe(9);
    world.environment.setServes(STANDBY, true);
    await world.pass(20 * SECOND);
    expect(desired()).toBe(4);
    expect(await world.clock.run({ until: () => false, limit_ms: world.clock.now_ms() + HOUR })).toBe('idle');
  });

  it('refuses what cannot be, and describes what is', async () => {
    const { world, target } = await seeded(2, 4, 2);
    const { service } = world.scaling;
    const refusal = (action: string, input: object) => world.refusal(service, action, STANDBY, input);
    expect(await refusal('RegisterScalableTarget', { ...target, MinCapacity: 9 })).toBe('ValidationException');
    const ghost = { ...target, ResourceId: 'service/shop/ghost' };
    expect(await refusal('RegisterScalableTarget', { ...ghost, MinCapacity: 1, MaxCapacity: 2 })).toBe(
      'ValidationException',
    );
    expect(await refusal('PutScalingPolicy', { ...ghost, PolicyName: 'cpu' })).toBe('ObjectNotFoundException');
    const ask = (region: string) =>
      world.ask<{ ScalableTargets: ScalableTarget[] }>(service, 'DescribeScalableTargets', region, {
        ServiceNamespace: 'ecs',
        ResourceIds: [RESOURCE],
      });
    expect((await ask(STANDBY)).ScalableTargets).toMatchObject([{ MinCapacity: 2, MaxCapacity: 4 }]);
    expect((await ask(HOME)).ScalableTargets).toEqual([]);
  });
});

describe('EC2 auto scaling', () => {
  function group() {
    const world = createWorld();
    const arn = world.elb.seedTargetGroup({ region: STANDBY, name: 'web', targetType: 'instance' });
    const defaultActions = [{ Type: 'forward' as const, TargetGroupArn: arn }];
    const listeners = [{ port: 80, protocol: 'HTTP' as const, defaultActions }];
    world.elb.seedLoadBalancer({ region: STANDBY, name: 'shop', listeners });
    world.autoScaling.seedGroup({ region: STANDBY, name: 'web', min: 1, max: 4, desired: 1, targetGroupArns: [arn] });
    const { service } = world.autoScaling;
    const named = (input: object) => ({ AutoScalingGroupName: 'web', ...input });
    const shown = async () => {
      const out = await world.ask<{ AutoScalingGroups: AutoScalingGroup[] }>(
        service,
        'DescribeAutoScalingGroups',
        STANDBY,
        { AutoScalingGroupNames: ['web', 'ghost'] },
      );
      return out.AutoScalingGroups[0];
    };
    return { world, arn, service, named, shown };
  }

  it('launches instances over time, registers them, and terminates them again', async () => {
    const { world, arn, service, named, shown } = group();
    await world.ask(service, 'UpdateAutoScalingGroup', STANDBY, named({ MinSize: 3, MaxSize: 6, DesiredCapacity: 3 }));
    expect((await shown())?.Instances?.map((one) => one.LifecycleState)).toEqual(['InService', 'Pending', 'Pending']);
    await world.pass(4 * MINUTE);
    expect(world.elb.healthyTargets(arn)).toHaveLength(3);
    const [first] = world.autoScaling.runningInstances(STANDBY, 'web');
    expect(world.ec2.instance(STANDBY, first?.id ?? '')?.State?.Name).toBe('running');
    await world.ask(service, 'UpdateAutoScalingGroup', STANDBY, named({ MinSize: 1, DesiredCapacity: 1 }));
    await world.pass(4 * MINUTE);
    expect(world.autoScaling.runningInstances(STANDBY, 'web')).toEqual([first]);
    world.environment.setServes(STANDBY, false);
    expect(world.autoScaling.runningInstances(STANDBY, 'web')).toEqual([]);
  });

  it('moves desired into new bounds and refuses what lies outside', async () => {
    const { world, service, named, shown } = group();
    await world.ask(service, 'UpdateAutoScalingGroup', STANDBY, named({ MinSize: 2 }));
    expect((await shown())?.DesiredCapacity).toBe(2);
    const refusal = (action: string, input: object) => world.refusal(service, action, STANDBY, named(input));
    expect(await refusal('SetDesiredCapacity', { DesiredCapacity: 9 })).toBe('ValidationError');
    expect(await refusal('SetDesiredCapacity', { DesiredCapacity: 1 })).toBe('ValidationError');
    expect(await refusal('UpdateAutoScalingGroup', { DesiredCapacity: 5 })).toBe('ValidationError');
    expect(await refusal('UpdateAutoScalingGroup', { MinSize: 9 })).toBe('ValidationError');
    expect(await refusal('SetDesiredCapacity', { DesiredCapacity: 3 })).toBe('accepted');
    expect(await refusal('SetDesiredCapacity', { DesiredCapacity: 4, HonorCooldown: true })).toBe(
      'ScalingActivityInProgressFault',
    );
    expect(await world.refusal(service, 'SetDesiredCapacity', HOME, named({ DesiredCapacity: 3 }))).toBe(
      'ValidationError',
    );
  });
});
