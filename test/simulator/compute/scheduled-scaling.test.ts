import type { PutScheduledActionCommandInput } from '@aws-sdk/client-application-auto-scaling';
import { describe, expect, it } from 'vitest';
import { sdkWorld, thrown } from './sdk.ts';
import { HOUR, MINUTE, SECOND, STANDBY, START_MS } from './world.ts';

const RESOURCE = 'service/shop/web';
const TARGET = {
  ServiceNamespace: 'ecs',
  ResourceId: RESOURCE,
  ScalableDimension: 'ecs:service:DesiredCount',
} as const;

/** `at(...)`, so many milliseconds after the world began. */
const at = (after_ms: number) => `at(${new Date(START_MS + after_ms).toISOString().slice(0, 19)})`;

/** A service of two tasks that may have from two to four. */
async function seeded() {
  const { world, scaling } = sdkWorld();
  world.ecs.seedCluster(STANDBY, 'shop');
  world.ecs.seedTaskDefinition(STANDBY, { family: 'web' });
  const seed = { region: STANDBY, cluster: 'shop', name: 'web', taskDefinition: 'web', desiredCount: 2 };
  world.ecs.seedService(seed);
  world.environment.fix('scaling.scheduled-action', 0);
  await scaling.registerScalableTarget({ ...TARGET, MinCapacity: 2, MaxCapacity: 4 });
  const put = (Schedule: string, more: Partial<PutScheduledActionCommandInput>) =>
    scaling.putScheduledAction({ ...TARGET, ScheduledActionName: 'morning', Schedule, ...more });
  const target = async () => (await scaling.describeScalableTargets({ ServiceNamespace: 'ecs' })).ScalableTargets?.[0];
  const activities = async () =>
    (await scaling.describeScalingActivities({ ServiceNamespace: 'ecs', ResourceId: RESOURCE })).ScalingActivities?.map(
      ({ Description, Cause, StatusCode }) => [Description, Cause, StatusCode],
    );
  const desired = () => world.ecs.desired(STANDBY, RESOURCE);
  const suspend = (SuspendedState: object) => scaling.registerScalableTarget({ ...TARGET, SuspendedState });
  return { world, scaling, put, target, activities, desired, suspend };
}

describe('a scheduled action', () => {
  it('sets the bounds at its time and pulls the desired count up, and the activities name it', async () => {
    const { world, put, target, activities, desired } = await seeded();
    await put(at(10 * MINUTE), { ScalableTargetAction: { MinCapacity: 6, MaxCapacity: 9 } });
    await world.pass(10 * MINUTE - 1);
    expect(desired()).toBe(2);
    await world.pass(1);
    expect(desired()).toBe(6);
    expect(await target()).toMatchObject({ MinCapacity: 6, MaxCapacity: 9 });
    expect(await activities()).toEqual([
      ['Setting desired count to 6.', 'minimum capacity was set to 6', 'Successful'],
      ['Setting min capacity to 6 and max capacity to 9', 'scheduled action name morning was triggered', 'Successful'],
    ]);
  });

  it('pulls the desired count down to its maximum', async () => {
    const { world, put, activities, desired } = await seeded();
    await put(at(MINUTE), { ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 0 } });
    await world.pass(MINUTE);
    expect(desired()).toBe(0);
    expect((await activities())?.[0]?.[1]).toBe('maximum capacity was set to 0');
  });

  it('lifts a service that was stopped by hand, unless scheduled scaling is suspended', async () => {
    const lifted = await seeded();
    const stop = { MinCapacity: 0, MaxCapacity: 0 };
    await lifted.put(at(5 * MINUTE), { ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 4 } });
    await lifted.scaling.registerScalableTarget({ ...TARGET, ...stop });
    await lifted.world.pass(MINUTE);
    expect(lifted.desired()).toBe(0);
    await lifted.world.pass(4 * MINUTE);
    expect(lifted.desired()).toBe(2);

    const held = await seeded();
    await held.put(at(5 * MINUTE), { ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 4 } });
    await held.scaling.registerScalableTarget({ ...TARGET, ...stop });
    await held.suspend({ ScheduledScalingSuspended: true });
    await held.world.pass(HOUR);
    expect(held.desired()).toBe(0);
    expect(await held.target()).toMatchObject({
      MaxCapacity: 0,
      SuspendedState: {
        DynamicScalingInSuspended: false,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: true,
      },
    });
  });

  it('is not stopped by the two switches of dynamic scaling', async () => {
    const { world, put, suspend, desired } = await seeded();
    await put(at(5 * MINUTE), { ScalableTargetAction: { MinCapacity: 3 } });
    await suspend({ DynamicScalingInSuspended: true, DynamicScalingOutSuspended: true });
    await world.pass(5 * MINUTE);
    expect(desired()).toBe(3);
  });

  it('comes again by rate or cron between its start and its end', async () => {
    const { world, put, scaling, desired } = await seeded();
    // The world begins at 23:14.
    await put('cron(20 * * * ? *)', {
      ScalableTargetAction: { MinCapacity: 4 },
      EndTime: new Date(START_MS + 2 * HOUR),
    });
    const down = () => scaling.registerScalableTarget({ ...TARGET, MinCapacity: 0, MaxCapacity: 4 });
    const reset = async () => {
      await down();
      world.ecs.setDesired(STANDBY, RESOURCE, 1);
    };
    await world.pass(6 * MINUTE);
    expect(desired()).toBe(4);
    await reset();
    await world.pass(59 * MINUTE);
    expect(desired()).toBe(1);
    await world.pass(MINUTE);
    expect(desired()).toBe(4);
    await reset();
    await world.pass(3 * HOUR);
    expect(desired()).toBe(1);
    await put('rate(5 minutes)', { ScalableTargetAction: { MinCapacity: 3 } });
    await world.pass(5 * MINUTE);
    expect(desired()).toBe(3);
  });

  it('is missed while its region is lost', async () => {
    const { world, put, desired } = await seeded();
    await put(at(MINUTE), { ScalableTargetAction: { MinCapacity: 4 } });
    world.environment.setServes(STANDBY, false);
    await world.pass(2 * MINUTE);
    world.environment.setServes(STANDBY, true);
    await world.pass(HOUR);
    expect(desired()).toBe(2);
  });

  it('is described, replaced under its name, and deleted', async () => {
    const { world, put, scaling, desired } = await seeded();
    await put(at(MINUTE), { ScalableTargetAction: { MinCapacity: 4, MaxCapacity: 8 } });
    const described = async () =>
      (await scaling.describeScheduledActions({ ServiceNamespace: 'ecs', ScheduledActionNames: ['morning'] }))
        .ScheduledActions;
    const [first] = (await described()) ?? [];
    expect(first).toMatchObject({
      ...TARGET,
      ScheduledActionName: 'morning',
      Schedule: at(MINUTE),
      ScalableTargetAction: { MinCapacity: 4, MaxCapacity: 8 },
      CreationTime: new Date(START_MS),
    });
    expect(first?.ScheduledActionARN).toContain(':scheduledActionName/morning');
    await put(at(3 * MINUTE), {});
    expect(await described()).toMatchObject([{ Schedule: at(3 * MINUTE), ScalableTargetAction: { MinCapacity: 4 } }]);
    await world.pass(2 * MINUTE);
    expect(desired()).toBe(2);
    const named = { ...TARGET, ScheduledActionName: 'morning' };
    await scaling.deleteScheduledAction(named);
    await world.pass(HOUR);
    expect(desired()).toBe(2);
    expect(await described()).toEqual([]);
    expect(await thrown(() => scaling.deleteScheduledAction(named))).toBe('ObjectNotFoundException');
  });

  it('is refused for what cannot be', async () => {
    const { put, scaling } = await seeded();
    const bounds = { ScalableTargetAction: { MinCapacity: 4 } };
    expect(await thrown(() => put('every day', bounds))).toBe('ValidationException');
    expect(await thrown(() => put(at(MINUTE), {}))).toBe('ValidationException');
    expect(await thrown(() => put(at(MINUTE), { ScalableTargetAction: { MinCapacity: 4, MaxCapacity: 3 } }))).toBe(
      'ValidationException',
    );
    const ghost = { ...TARGET, ResourceId: 'service/shop/ghost', ScheduledActionName: 'x', Schedule: at(MINUTE) };
    expect(await thrown(() => scaling.putScheduledAction({ ...ghost, ...bounds }))).toBe('ObjectNotFoundException');
  });
});

describe('scaling activities', () => {
  it('tell a change of the bounds from a policy', async () => {
    const { world, scaling, activities, desired } = await seeded();
    await scaling.registerScalableTarget({ ...TARGET, MinCapacity: 3, MaxCapacity: 8 });
    await world.pass(20 * SECOND);
    await scaling.putScalingPolicy({
      ...TARGET,
      PolicyName: 'load',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 60 },
    });
    world.scaling.setDemand(STANDBY, RESOURCE, 7);
    await world.pass(4 * MINUTE);
    expect(desired()).toBe(7);
    const alarm = `TargetTracking-${RESOURCE}-AlarmHigh`;
    expect(await activities()).toEqual([
      ['Setting desired count to 7.', `monitor alarm ${alarm} in state ALARM triggered policy load`, 'Successful'],
      ['Setting desired count to 3.', 'minimum capacity was set to 3', 'Successful'],
    ]);
  });

  it('a policy lifts a service that was set to 0, unless scaling out is suspended', async () => {
    for (const suspended of [false, true]) {
      const { world, scaling, suspend, desired } = await seeded();
      await scaling.putScalingPolicy({ ...TARGET, PolicyName: 'load', PolicyType: 'TargetTrackingScaling' });
      world.scaling.setDemand(STANDBY, RESOURCE, 4);
      await scaling.registerScalableTarget({ ...TARGET, MinCapacity: 0, MaxCapacity: 4 });
      await suspend({ DynamicScalingOutSuspended: suspended });
      world.ecs.setDesired(STANDBY, RESOURCE, 0);
      await world.pass(4 * MINUTE);
      expect(desired()).toBe(suspended ? 0 : 4);
    }
  });
});
