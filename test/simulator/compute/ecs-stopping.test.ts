import { describe, expect, it } from 'vitest';
import { sdkWorld, thrown } from './sdk.ts';
import { MINUTE, SECOND, STANDBY } from './world.ts';

/** A service behind a load balancer, whose tasks drain. */
function draining(options: { drains?: boolean; delay_s?: number } = {}) {
  const { world, ecs, elb } = sdkWorld();
  const { drains = true, delay_s } = options;
  const targetGroupArn = world.elb.seedTargetGroup({
    region: STANDBY,
    name: 'web',
    port: 8080,
    interval_s: 10,
    ...(delay_s === undefined ? {} : { deregistrationDelay_s: delay_s }),
  });
  const defaultActions = [{ Type: 'forward' as const, TargetGroupArn: targetGroupArn }];
  world.elb.seedLoadBalancer({
    region: STANDBY,
    name: 'shop',
    listeners: [{ port: 443, protocol: 'HTTPS', defaultActions }],
  });
  world.ecs.seedCluster(STANDBY, 'shop');
  world.ecs.seedTaskDefinition(STANDBY, { family: 'web' });
  world.ecs.seedService({
    region: STANDBY,
    cluster: 'shop',
    name: 'web',
    taskDefinition: 'web',
    desiredCount: 2,
    drains,
    loadBalancers: [{ targetGroupArn, containerName: 'web', containerPort: 8080 }],
  });
  world.environment.fix('ecs.task-stop', 10 * SECOND);
  world.environment.fix('ecs.task-start', 30 * SECOND);
  const service = async () => {
    const { services } = await ecs.describeServices({ cluster: 'shop', services: ['web'] });
    const [found] = services ?? [];
    if (found === undefined) throw new Error('there is no service');
    return found;
  };
  const scale = (desiredCount: number) => ecs.updateService({ cluster: 'shop', service: 'web', desiredCount });
  const executing = () => world.ecs.executingTasks(STANDBY, 'shop', 'web');
  return { world, ecs, elb, targetGroupArn, service, scale, executing };
}

describe('a task behind a load balancer', () => {
  it('drains for the deregistration delay before it stops, and counts as running until it has stopped', async () => {
    const { world, ecs, elb, targetGroupArn, service, scale, executing } = draining();
    await scale(0);
    const { taskArns } = await ecs.listTasks({ cluster: 'shop', desiredStatus: 'STOPPED' });
    const statuses = async () =>
      (await ecs.describeTasks({ cluster: 'shop', tasks: taskArns })).tasks?.map((task) => task.lastStatus);
    const states = async () =>
      (await elb.describeTargetHealth({ TargetGroupArn: targetGroupArn })).TargetHealthDescriptions?.map(
        (one) => one.TargetHealth?.State,
      );
    expect(await statuses()).toEqual(['DEACTIVATING', 'DEACTIVATING']);
    await world.pass(299 * SECOND);
    expect(await statuses()).toEqual(['DEACTIVATING', 'DEACTIVATING']);
    expect(await states()).toEqual(['draining', 'draining']);
    expect(await service()).toMatchObject({ desiredCount: 0, runningCount: 2 });
    // It runs, and no user is led to it any more.
    expect(executing()).toBe(2);
    expect(world.ecs.runningTasks(STANDBY, 'shop', 'web')).toEqual([]);
    await world.pass(2 * SECOND);
    expect(await statuses()).toEqual(['DEPROVISIONING', 'DEPROVISIONING']);
    expect(await states()).toEqual([]);
    await world.pass(10 * SECOND);
    expect(await statuses()).toEqual(['STOPPED', 'STOPPED']);
    expect(await service()).toMatchObject({ runningCount: 0 });
    expect(executing()).toBe(0);
  });

  it('stops at once where draining is off, as in every world that does not ask for it', async () => {
    const { world, service, scale } = draining({ drains: false });
    await scale(0);
    await world.pass(11 * SECOND);
    expect(await service()).toMatchObject({ runningCount: 0 });
  });

  it('keeps the delay that held when it began to drain', async () => {
    const { world, elb, targetGroupArn, service, scale } = draining({ delay_s: 60 });
    const read = async () => {
      const { Attributes } = await elb.describeTargetGroupAttributes({ TargetGroupArn: targetGroupArn });
      return Attributes?.find((one) => one.Key === 'deregistration_delay.timeout_seconds')?.Value;
    };
    const write = (Value: string) =>
      elb.modifyTargetGroupAttributes({
        TargetGroupArn: targetGroupArn,
        Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value }],
      });
    expect(await read()).toBe('60');
    await scale(1);
    await write('5');
    expect(await read()).toBe('5');
    await world.pass(40 * SECOND);
    expect(await service()).toMatchObject({ runningCount: 2 });
    await scale(0);
    await world.pass(16 * SECOND);
    expect(await service()).toMatchObject({ runningCount: 1 });
    await world.pass(15 * SECOND);
    expect(await service()).toMatchObject({ runningCount: 0 });
    expect(await thrown(() => write('3601'))).toBe('InvalidConfigurationRequestException');
    expect(await thrown(() => write('soon'))).toBe('InvalidConfigurationRequestException');
  });

  it('does not drain while its region is lost', async () => {
    const { world, service, scale } = draining();
    await scale(0);
    await world.pass(100 * SECOND);
    world.environment.setServes(STANDBY, false);
    await world.pass(10 * MINUTE);
    world.environment.setServes(STANDBY, true);
    await world.pass(100 * SECOND);
    expect(await service()).toMatchObject({ runningCount: 2 });
    await world.pass(120 * SECOND);
    expect(await service()).toMatchObject({ runningCount: 0 });
  });

  it('keeps a deployment under way until the tasks that it replaces have drained', async () => {
    const { world, ecs, service } = draining();
    await ecs.updateService({ cluster: 'shop', service: 'web', forceNewDeployment: true });
    await world.pass(3 * MINUTE);
    const under = await service();
    expect(under.deployments?.map((one) => [one.status, one.rolloutState, one.runningCount])).toEqual([
      ['PRIMARY', 'IN_PROGRESS', 2],
      ['ACTIVE', 'COMPLETED', 2],
    ]);
    expect(under.events?.map((one) => one.message)).toContain(
      '(service web) has begun draining connections on 1 tasks.',
    );
    await world.pass(4 * MINUTE);
    const done = await service();
    expect(done.deployments?.map((one) => [one.status, one.rolloutState])).toEqual([['PRIMARY', 'COMPLETED']]);
  });
});

describe('a deployment whose tasks cannot start', () => {
  it('stays under way, counts its failures, leaves the old tasks serving, and ends once they can', async () => {
    const { world, ecs, service } = draining({ drains: false });
    const reason = 'CannotPullContainerError: pull image manifest has been retried 5 time(s)';
    world.ecs.setStartFailure(STANDBY, 'shop', 'web', reason);
    await ecs.updateService({ cluster: 'shop', service: 'web', forceNewDeployment: true });
    await world.pass(15 * MINUTE);
    const [primary, old] = (await service()).deployments ?? [];
    expect(primary).toMatchObject({ rolloutState: 'IN_PROGRESS', runningCount: 0 });
    expect(primary?.failedTasks).toBeGreaterThan(4);
    expect(old).toMatchObject({ status: 'ACTIVE', runningCount: 2 });
    const { taskArns } = await ecs.listTasks({ cluster: 'shop', desiredStatus: 'STOPPED' });
    const { tasks } = await ecs.describeTasks({ cluster: 'shop', tasks: taskArns });
    expect(tasks?.[0]).toMatchObject({ stopCode: 'TaskFailedToStart', stoppedReason: reason });
    world.ecs.setStartFailure(STANDBY, 'shop', 'web', undefined);
    await world.pass(5 * MINUTE);
    expect((await service()).deployments?.map((one) => one.rolloutState)).toEqual(['COMPLETED']);
  });
});

describe('a daemon', () => {
  function daemon() {
    const { world, ecs, scaling } = sdkWorld();
    world.ecs.seedCluster(STANDBY, 'fleet', 3);
    world.ecs.seedTaskDefinition(STANDBY, { family: 'agent' });
    world.ecs.seedService({
      region: STANDBY,
      cluster: 'fleet',
      name: 'agent',
      taskDefinition: 'agent',
      desiredCount: 0,
      schedulingStrategy: 'DAEMON',
    });
    const service = async () => (await ecs.describeServices({ cluster: 'fleet', services: ['agent'] })).services?.[0];
    return { world, ecs, scaling, service };
  }

  it('has one task on each container instance, and follows them', async () => {
    const { world, ecs, service } = daemon();
    expect(await service()).toMatchObject({
      schedulingStrategy: 'DAEMON',
      launchType: 'EC2',
      desiredCount: 3,
      runningCount: 3,
      deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 },
    });
    const { clusters } = await ecs.describeClusters({ clusters: ['fleet'] });
    expect(clusters?.[0]?.registeredContainerInstancesCount).toBe(3);
    world.ecs.setContainerInstances(STANDBY, 'fleet', 5);
    await world.pass(2 * MINUTE);
    expect(await service()).toMatchObject({ desiredCount: 5, runningCount: 5 });
    world.ecs.setContainerInstances(STANDBY, 'fleet', 0);
    await world.pass(MINUTE);
    expect(await service()).toMatchObject({ desiredCount: 0, runningCount: 0 });
  });

  it('takes no desired count and no scaling, but a new deployment, which replaces each task in its place', async () => {
    const { world, ecs, scaling, service } = daemon();
    for (const desiredCount of [0, 3]) {
      const update = () => ecs.updateService({ cluster: 'fleet', service: 'agent', desiredCount });
      await expect(update()).rejects.toMatchObject({
        name: 'InvalidParameterException',
        message: expect.stringContaining('daemon scheduling strategy does not support a desired count'),
      });
    }
    const target = {
      ServiceNamespace: 'ecs',
      ResourceId: 'service/fleet/agent',
      ScalableDimension: 'ecs:service:DesiredCount',
    } as const;
    expect(await thrown(() => scaling.registerScalableTarget({ ...target, MinCapacity: 1, MaxCapacity: 2 }))).toBe(
      'ValidationException',
    );
    const before = world.ecs.runningTasks(STANDBY, 'fleet', 'agent').map((task) => task.arn);
    await ecs.updateService({ cluster: 'fleet', service: 'agent', forceNewDeployment: true });
    for (let waited_s = 0; waited_s < 120; waited_s += 1) {
      await world.pass(SECOND);
      expect(world.ecs.executingTasks(STANDBY, 'fleet', 'agent')).toBeLessThanOrEqual(3);
    }
    const after = world.ecs.runningTasks(STANDBY, 'fleet', 'agent').map((task) => task.arn);
    expect(after).toHaveLength(3);
    expect(after.filter((arn) => before.includes(arn))).toEqual([]);
    expect((await service())?.deployments?.map((one) => one.rolloutState)).toEqual(['COMPLETED']);
  });

  it('is listed by its strategy', async () => {
    const { ecs } = daemon();
    const listed = async (schedulingStrategy: 'DAEMON' | 'REPLICA') =>
      (await ecs.listServices({ cluster: 'fleet', schedulingStrategy })).serviceArns;
    expect(await listed('DAEMON')).toHaveLength(1);
    expect(await listed('REPLICA')).toEqual([]);
  });
});
