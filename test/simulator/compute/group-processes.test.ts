import type { PutScheduledUpdateGroupActionCommandInput } from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import { sdkWorld, thrown } from './sdk.ts';
import { HOUR, MINUTE, STANDBY, START_MS } from './world.ts';

/** A group of two instances that may have from one to four, behind a load balancer. */
function seeded() {
  const { world, groups } = sdkWorld();
  const arn = world.elb.seedTargetGroup({ region: STANDBY, name: 'web', targetType: 'instance' });
  const defaultActions = [{ Type: 'forward' as const, TargetGroupArn: arn }];
  world.elb.seedLoadBalancer({
    region: STANDBY,
    name: 'shop',
    listeners: [{ port: 80, protocol: 'HTTP', defaultActions }],
  });
  world.autoScaling.seedGroup({ region: STANDBY, name: 'web', min: 1, max: 4, desired: 2, targetGroupArns: [arn] });
  world.environment.fix('scaling.scheduled-action', 0);
  const named = { AutoScalingGroupName: 'web' };
  const group = async () =>
    (await groups.describeAutoScalingGroups({ AutoScalingGroupNames: ['web'] })).AutoScalingGroups?.[0];
  const running = () => world.autoScaling.runningInstances(STANDBY, 'web').length;
  const update = (sizes: { MinSize?: number; MaxSize?: number; DesiredCapacity?: number }) =>
    groups.updateAutoScalingGroup({ ...named, ...sizes });
  const suspend = (...ScalingProcesses: string[]) => groups.suspendProcesses({ ...named, ScalingProcesses });
  const resume = (...ScalingProcesses: string[]) => groups.resumeProcesses({ ...named, ScalingProcesses });
  const schedule = (more: Partial<PutScheduledUpdateGroupActionCommandInput>) =>
    groups.putScheduledUpdateGroupAction({ ...named, ScheduledActionName: 'morning', ...more });
  const activities = async () => (await groups.describeScalingActivities(named)).Activities ?? [];
  return { world, groups, arn, named, group, running, update, suspend, resume, schedule, activities };
}

describe('suspended processes', () => {
  it('are those that were named, shown with the group, and nothing is terminated when all are', async () => {
    const { world, group, running, update, suspend, resume } = seeded();
    await suspend('ScheduledActions', 'AlarmNotification', 'AZRebalance');
    expect((await group())?.SuspendedProcesses).toEqual([
      { ProcessName: 'ScheduledActions', SuspensionReason: 'User suspended at 2026-11-20T23:14:00Z' },
      { ProcessName: 'AlarmNotification', SuspensionReason: 'User suspended at 2026-11-20T23:14:00Z' },
      { ProcessName: 'AZRebalance', SuspensionReason: 'User suspended at 2026-11-20T23:14:00Z' },
    ]);
    await update({ MinSize: 0, DesiredCapacity: 1 });
    await world.pass(3 * MINUTE);
    expect(running()).toBe(1);
    await suspend();
    expect((await group())?.SuspendedProcesses).toHaveLength(9);
    await update({ DesiredCapacity: 0 });
    await world.pass(HOUR);
    expect(running()).toBe(1);
    await resume('Terminate');
    await world.pass(3 * MINUTE);
    expect(running()).toBe(0);
    await resume();
    expect((await group())?.SuspendedProcesses).toEqual([]);
  });

  it('launch nothing, or launch without a load balancer', async () => {
    const { world, arn, running, update, suspend, resume } = seeded();
    await suspend('Launch');
    await update({ DesiredCapacity: 3 });
    await world.pass(HOUR);
    expect(running()).toBe(2);
    await suspend('AddToLoadBalancer');
    await resume('Launch');
    await world.pass(5 * MINUTE);
    expect(running()).toBe(3);
    expect(world.elb.healthyTargets(arn)).toHaveLength(2);
    // What was launched meanwhile is not added later either.
    await resume();
    await world.pass(5 * MINUTE);
    expect(world.elb.healthyTargets(arn)).toHaveLength(2);
  });

  it('are refused by a name that AWS does not know', async () => {
    const { groups, suspend } = seeded();
    expect(await thrown(() => suspend('Breathe'))).toBe('ValidationError');
    expect(await thrown(() => groups.suspendProcesses({ AutoScalingGroupName: 'ghost' }))).toBe('ValidationError');
  });
});

describe('a scheduled action of a group', () => {
  it('changes its sizes at its time, unless the process is suspended', async () => {
    const { world, group, running, update, suspend, resume, schedule } = seeded();
    await update({ MinSize: 0, MaxSize: 0, DesiredCapacity: 0 });
    await schedule({ StartTime: new Date(START_MS + 10 * MINUTE), MinSize: 1, MaxSize: 4, DesiredCapacity: 2 });
    await world.pass(9 * MINUTE);
    expect(running()).toBe(0);
    await world.pass(5 * MINUTE);
    expect(running()).toBe(2);
    expect(await group()).toMatchObject({ MinSize: 1, MaxSize: 4, DesiredCapacity: 2 });
    await suspend('ScheduledActions');
    await schedule({ Recurrence: '30 23 * * *', MinSize: 3 });
    await world.pass(HOUR);
    expect(await group()).toMatchObject({ MinSize: 1, DesiredCapacity: 2 });
    await resume('ScheduledActions');
    await world.pass(24 * HOUR);
    expect(await group()).toMatchObject({ MinSize: 3, DesiredCapacity: 3 });
  });

  it('follows the days of a Unix recurrence, which counts Sunday as 0', async () => {
    const { world, group, schedule } = seeded();
    // The world begins on a Friday.
    await schedule({ Recurrence: '0 12 * * 0', MinSize: 2, DesiredCapacity: 3 });
    await world.pass(36 * HOUR);
    expect(await group()).toMatchObject({ DesiredCapacity: 2 });
    await world.pass(HOUR);
    expect(await group()).toMatchObject({ DesiredCapacity: 3 });
  });

  it('is described, replaced under its name, and deleted', async () => {
    const { world, groups, named, group, schedule } = seeded();
    await schedule({ StartTime: new Date(START_MS + MINUTE), DesiredCapacity: 3 });
    await schedule({ StartTime: new Date(START_MS + 2 * MINUTE), DesiredCapacity: 4 });
    const described = async () => (await groups.describeScheduledActions(named)).ScheduledUpdateGroupActions;
    expect(await described()).toMatchObject([
      { ScheduledActionName: 'morning', StartTime: new Date(START_MS + 2 * MINUTE), DesiredCapacity: 4 },
    ]);
    await groups.deleteScheduledAction({ ...named, ScheduledActionName: 'morning' });
    await world.pass(HOUR);
    expect(await group()).toMatchObject({ DesiredCapacity: 2 });
    expect(await described()).toEqual([]);
    expect(await thrown(() => groups.deleteScheduledAction({ ...named, ScheduledActionName: 'morning' }))).toBe(
      'ValidationError',
    );
  });

  it('is refused for what cannot be', async () => {
    const { schedule } = seeded();
    const soon = { StartTime: new Date(START_MS + MINUTE) };
    expect(await thrown(() => schedule({ ...soon }))).toBe('ValidationError');
    expect(await thrown(() => schedule({ MinSize: 1 }))).toBe('ValidationError');
    expect(await thrown(() => schedule({ StartTime: new Date(START_MS), MinSize: 1 }))).toBe('ValidationError');
    expect(await thrown(() => schedule({ ...soon, MinSize: 3, MaxSize: 2 }))).toBe('ValidationError');
    expect(await thrown(() => schedule({ ...soon, MaxSize: 2, DesiredCapacity: 3 }))).toBe('ValidationError');
    expect(await thrown(() => schedule({ Recurrence: 'often', MinSize: 1 }))).toBe('ValidationError');
  });
});

describe('activities of a group', () => {
  it('say who changed what, and why an instance came or went', async () => {
    const { world, groups, named, update, schedule, activities } = seeded();
    await update({ DesiredCapacity: 3 });
    const [launch] = await activities();
    expect(launch).toMatchObject({ StatusCode: 'InProgress', AutoScalingGroupName: 'web' });
    expect(launch?.Description).toMatch(/^Launching a new EC2 instance: i-/);
    expect(launch?.Cause).toBe(
      'At 2026-11-20T23:14:00Z a user request update of AutoScalingGroup constraints to min: 1, max: 4, desired: 3 ' +
        'changing the desired capacity from 2 to 3.  At 2026-11-20T23:14:00Z an instance was started in response to a ' +
        'difference between desired and actual capacity, increasing the capacity from 2 to 3.',
    );
    await groups.setDesiredCapacity({ ...named, DesiredCapacity: 2 });
    expect((await activities()).map((one) => one.StatusCode)).toEqual(['InProgress', 'Cancelled']);
    await schedule({ StartTime: new Date(START_MS + 10 * MINUTE), DesiredCapacity: 1 });
    await world.pass(15 * MINUTE);
    const [shrunk, explicit] = await activities();
    expect(shrunk?.StatusCode).toBe('Successful');
    expect(shrunk?.Cause).toMatch(
      /^At 2026-11-20T23:24:00Z a scheduled action update of .* desired: 1 changing the desired capacity from 2 to 1\. /,
    );
    expect(explicit?.Cause).toContain('a user request explicitly set group desired capacity');
  });
});
