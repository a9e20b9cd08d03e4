import type { Service, Task } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { createWorld, HOME, HOUR, MINUTE, SECOND, STANDBY } from './world.ts';

function seeded(options: { desired?: number; controller?: 'ECS' | 'CODE_DEPLOY'; behindBalancer?: boolean } = {}) {
  const world = createWorld();
  const { desired = 2, controller = 'ECS', behindBalancer = true } = options;
  const targetGroupArn = world.elb.seedTargetGroup({ region: STANDBY, name: 'web', port: 8080, interval_s: 10 });
  world.elb.seedLoadBalancer({
    region: STANDBY,
    name: 'shop',
    listeners: [
      { port: 443, protocol: 'HTTPS', defaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }] },
    ],
  });
  for (const region of [HOME, STANDBY]) {
    world.ecs.seedCluster(region, 'shop');
    world.ecs.seedTaskDefinition(region, { family: 'web', revision: 1 });
    world.ecs.seedTaskDefinition(region, { family: 'web', revision: 2 });
  }
  const loadBalancers = behindBalancer ? [{ targetGroupArn, containerName: 'web', containerPort: 8080 }] : [];
  const seed = { region: STANDBY, cluster: 'shop', name: 'web', taskDefinition: 'web:1', desiredCount: desired };
  world.ecs.seedService({ ...seed, controller, loadBalancers });
  const ask = <Out>(action: string, input: object = {}, region = STANDBY) =>
    world.ask<Out>(world.ecs.service, action, region, { cluster: 'shop', ...input });
  const refusal = (action: string, input: object = {}, region = STANDBY) =>
    world.refusal(world.ecs.service, action, region, { cluster: 'shop', ...input });
  const service = async (): Promise<Service> => {
    const out = await ask<{ services: Service[] }>('DescribeServices', { services: ['web'] });
    const [found] = out.services;
    if (found === undefined) throw new Error('no service');
    return found;
  };
  return { world, targetGroupArn, ask, refusal, service };
}

describe('scaling out', () => {
  it('starts tasks over time, which become healthy behind the load balancer', async () => {
    const { world, ask, service, targetGroupArn } = seeded();
    await ask('UpdateService', { service: 'web', desiredCount: 6 });
    expect(await service()).toMatchObject({ desiredCount: 6, runningCount: 2, pendingCount: 4 });
    await world.pass(10 * SECOND);
    expect((await service()).runningCount).toBe(2);
    await world.pass(80 * SECOND);
    expect(await service()).toMatchObject({ runningCount: 6, pendingCount: 0 });
    await world.pass(10 * SECOND);
    expect(world.elb.healthyTargets(targetGroupArn)).toHaveLength(6);
    expect(world.ecs.runningTasks(STANDBY, 'shop', 'web')).toHaveLength(6);
  });

  it('takes large numbers in waves, and costs no timer once it is done', async () => {
    const { world, ask, service } = seeded({ behindBalancer: false });
    world.environment.fix('ecs.task-start', 30 * SECOND);
    await ask('UpdateService', { service: 'web', desiredCount: 42 });
    await world.pass(37 * SECOND);
    const running = (await service()).runningCount ?? 0;
    expect(running).toBeGreaterThan(5);
    expect(running).toBeLessThan(42);
    const result = await world.clock.run({ until: () => false, limit_ms: world.clock.now_ms() + HOUR });
    expect(result).toBe('idle');
    expect((await service()).runningCount).toBe(42);
  });

  it('never ends when there is no capacity', async () => {
    const { world, ask, service } = seeded();
    world.environment.fix('ecs.task-start', Number.POSITIVE_INFINITY);
    await ask('UpdateService', { service: 'web', desiredCount: 5 });
    await world.pass(6 * HOUR);
    expect(await service()).toMatchObject({ runningCount: 2 });
    const { taskArns } = await ask<{ taskArns: string[] }>('ListTasks', { desiredStatus: 'STOPPED' });
    const { tasks } = await ask<{ tasks: Task[] }>('DescribeTasks', { tasks: taskArns.slice(0, 100) });
    expect(tasks[0]).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringMatching(/^Capacity/),
    });
    await ask('UpdateService', { service: 'web', desiredCount: 2 });
    expect(await service()).toMatchObject({ runningCount: 2, pendingCount: 0 });
  });

  it('is tried again, so that it ends by itself once there is capacity', async () => {
    const { world, ask, service } = seeded();
    world.environment.fix('ecs.task-start', Number.POSITIVE_INFINITY);
    await ask('UpdateService', { service: 'web', desiredCount: 5 });
    await world.pass(HOUR);
    world.environment.unfix('ecs.task-start');
    await world.pass(6 * MINUTE);
    expect(await service()).toMatchObject({ runningCount: 5, pendingCount: 0 });
  });

  it('replaces tasks that never become healthy, again and again', async () => {
    const { world, ask, service, targetGroupArn } = seeded({ desired: 0 });
    world.elb.setProbe(targetGroupArn, () => false);
    await ask('UpdateService', { service: 'web', desiredCount: 1 });
    await world.pass(20 * MINUTE);
    expect((await service()).deployments?.[0]?.failedTasks).toBeGreaterThan(1);
    const { taskArns } = await ask<{ taskArns: string[] }>('ListTasks', { desiredStatus: 'STOPPED' });
    const { tasks } = await ask<{ tasks: Task[] }>('DescribeTasks', { tasks: taskArns });
    expect(tasks[0]?.stoppedReason).toBe('Task failed ELB health checks');
  });
});

describe('a lost region', () => {
  it('makes no progress, serves nothing, and its tasks are back with it', async () => {
    const { world, ask, service, targetGroupArn } = seeded();
    await ask('UpdateService', { service: 'web', desiredCount: 4 });
    world.environment.setServes(STANDBY, false);
    await world.pass(HOUR);
    expect(world.ecs.runningTasks(STANDBY, 'shop', 'web')).toEqual([]);
    expect(world.elb.healthyTargets(targetGroupArn)).toEqual([]);
    expect(await service()).toMatchObject({ desiredCount: 4, runningCount: 2 });
    world.environment.setServes(STANDBY, true);
    expect(world.ecs.runningTasks(STANDBY, 'shop', 'web')).toHaveLength(2);
    expect(world.elb.healthyTargets(targetGroupArn)).toEqual([]);
    await world.pass(3 * MINUTE);
    expect(world.ecs.runningTasks(STANDBY, 'shop', 'web')).toHaveLength(4);
    expect(world.elb.healthyTargets(targetGroupArn)).toHaveLength(4);
  });
});

describe('a new deployment', () => {
  it('replaces every task, one for one, and never falls below what is desired', async () => {
    const { world, ask, service } = seeded({ desired: 3 });
    const before = world.ecs.runningTasks(STANDBY, 'shop', 'web').map((task) => task.arn);
    await ask('UpdateService', { service: 'web', forceNewDeployment: true });
    const started = await service();
    expect(started.deployments?.map((one) => [one.status, one.rolloutState])).toEqual([
      ['PRIMARY', 'IN_PROGRESS'],
      ['ACTIVE', 'COMPLETED'],
    ]);
    for (let step = 0; step < 36; step += 1) {
      await world.pass(5 * SECOND);
      expect(world.ecs.runningTasks(STANDBY, 'shop', 'web').length).toBeGreaterThanOrEqual(3);
    }
    const after = world.ecs.runningTasks(STANDBY, 'shop', 'web').map((task) => task.arn);
    expect(after).toHaveLength(3);
    expect(after.filter((arn) => before.includes(arn))).toEqual([]);
    const done = await service();
    expect(done.deployments).toHaveLength(1);
    expect(done.deployments?.[0]?.rolloutState).toBe('COMPLETED');
    expect(done.events?.[0]?.message).toBe('(service web) has reached a steady state.');
  });

  it('stays in progress with the old tasks serving when the new ones do not start', async () => {
    const { world, ask, service } = seeded();
    world.environment.fix('ecs.task-start', Number.POSITIVE_INFINITY);
    await ask('UpdateService', { service: 'web', taskDefinition: 'web:2' });
    await world.pass(2 * HOUR);
    expect((await service()).deployments?.[0]?.rolloutState).toBe('IN_PROGRESS');
    expect(world.ecs.runningTasks(STANDBY, 'shop', 'web').every((task) => task.taskDefinitionArn.endsWith(':1'))).toBe(
      true,
    );
  });

  it('is refused under CODE_DEPLOY, where the desired count is not', async () => {
    const { ask, refusal, service } = seeded({ controller: 'CODE_DEPLOY' });
    const update = (more: object) => refusal('UpdateService', { service: 'web', ...more });
    expect(await update({ taskDefinition: 'web:2' })).toBe('InvalidParameterException');
    expect(await update({ forceNewDeployment: true })).toBe('InvalidParameterException');
    await ask('UpdateService', { service: 'web', desiredCount: 3 });
    expect(await service()).toMatchObject({ desiredCount: 3, deployments: [], taskSets: [{ status: 'PRIMARY' }] });
  });
});

describe('asking for what is not there', () => {
  it('describes as missing, lists as an error, updates as an error', async () => {
    const { world, ask, refusal } = seeded();
    const out = await ask<{ services: Service[]; failures: object[] }>('DescribeServices', { services: ['ghost'] });
    expect(out).toEqual({
      services: [],
      failures: [{ arn: `arn:aws:ecs:${STANDBY}:123456789012:service/shop/ghost`, reason: 'MISSING' }],
    });
    expect(await refusal('DescribeServices', { cluster: 'ghost', services: ['web'] })).toBe('ClusterNotFoundException');
    expect(await refusal('DescribeServices', { services: [] })).toBe('InvalidParameterException');
    expect(await refusal('UpdateService', { service: 'ghost', desiredCount: 1 })).toBe('ServiceNotFoundException');
    expect(await refusal('ListTasks', { serviceName: 'ghost' })).toBe('ServiceNotFoundException');
    expect(await refusal('DescribeTaskDefinition', { taskDefinition: 'ghost' })).toBe('ClientException');
    expect(await refusal('UpdateService', { service: 'web', taskDefinition: 'ghost:1' })).toBe('ClientException');
    expect(await refusal('UpdateService', { service: 'web', desiredCount: -1 })).toBe('InvalidParameterException');
    expect(await refusal('UpdateService', { service: 'web', platformVersion: '1.4.0' })).toBe('NotImplemented');
    expect(await refusal('StopTask', { task: 'ghost' })).toBe('InvalidParameterException');
    const seed = { region: STANDBY, cluster: 'shop', taskDefinition: 'web', desiredCount: 0 };
    world.ecs.seedService({ ...seed, name: 'gone', status: 'INACTIVE' });
    expect(await refusal('UpdateService', { service: 'gone', desiredCount: 1 })).toBe('ServiceNotActiveException');
  });

  it('knows nothing of another region', async () => {
    const { ask } = seeded();
    const out = await ask<{ failures: object[] }>('DescribeServices', { services: ['web'] }, HOME);
    expect(out.failures).toHaveLength(1);
    expect((await ask<{ serviceArns: string[] }>('ListServices', {}, HOME)).serviceArns).toEqual([]);
    expect((await ask<{ clusterArns: string[] }>('ListClusters', { cluster: undefined })).clusterArns).toHaveLength(1);
  });
});

it('a task that a person stops is replaced', async () => {
  const { world, ask } = seeded();
  const { taskArns } = await ask<{ taskArns: string[] }>('ListTasks', { serviceName: 'web' });
  const { task } = await ask<{ task: Task }>('StopTask', { task: taskArns[0] });
  expect(task).toMatchObject({ desiredStatus: 'STOPPED', stopCode: 'UserInitiated' });
  await world.pass(2 * MINUTE);
  const running = world.ecs.runningTasks(STANDBY, 'shop', 'web').map((one) => one.arn);
  expect(running).toHaveLength(2);
  expect(running).not.toContain(taskArns[0]);
});
