import { ECS } from '@aws-sdk/client-ecs';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { WorkerConfig } from '../../../core/config/schema.ts';
import { NEEDED } from '../../../lambdas/adapters/clients.ts';
import { failureOf } from '../../../lambdas/adapters/errors.ts';
import { listenerClient } from '../../../lambdas/adapters/listener.ts';
import { inAccountOf } from '../../../lambdas/adapters/reach.ts';
import { type EcsService, taskClient } from '../../../lambdas/adapters/tasks.ts';
import { workerClient } from '../../../lambdas/adapters/workers.ts';
import { createEndpoint } from '../../../simulator/aws/endpoint.ts';
import { openPort, type Port } from '../../../simulator/aws/port.ts';
import { createEventBridge } from '../../../simulator/aws/services/eventbridge/eventbridge.ts';
import { createScheduler } from '../../../simulator/aws/services/scheduler/scheduler.ts';
import { ACCOUNT, createWorld, MINUTE, STANDBY } from '../../simulator/compute/world.ts';

/** The clients as the Lambdas use them: the real SDK, configured by its environment, against the simulated services. */
const world = createWorld();
const { clock, random, environment } = world;
const links = { clock, random, environment, accountId: ACCOUNT, deliver: () => undefined };
const OWN = inAccountOf({}, NEEDED);
let port: Port;

beforeAll(async () => {
  const services = [world.elb, world.ecs, createEventBridge(links), createScheduler(links)].map((one) => one.service);
  const { handle } = createEndpoint({ services, clock, random, accountId: ACCOUNT });
  port = await openPort({ handle, port: 0, callerOf: () => ({ name: 'test', region: STANDBY }) });
  vi.stubEnv('AWS_ENDPOINT_URL', port.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_REGION', STANDBY);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await port.close();
});

const both = <T>(one: T) => ({ home: one, standby: one });

test('a rule is enabled and disabled, and its other fields stay as they were', async () => {
  const events = new EventBridge({});
  await events.putRule({ Name: 'nightly', ScheduleExpression: 'rate(1 day)', State: 'DISABLED', Description: 'why' });
  const worker: WorkerConfig = {
    kind: 'eventbridge-rule',
    name: 'nightly',
    ...both({ name: 'nightly', bus: 'default' }),
  };
  const client = workerClient(STANDBY, 'standby', OWN);
  expect(await client.observe(worker)).toEqual({ state: 'disabled', raw: 'DISABLED' });
  for (let twice = 0; twice < 2; twice += 1) await client.set(worker, true, clock.now_ms());
  expect(await client.observe(worker)).toEqual({ state: 'enabled', raw: 'ENABLED' });
  expect(await events.describeRule({ Name: 'nightly' })).toMatchObject({ Description: 'why', State: 'ENABLED' });
  await client.set(worker, false, clock.now_ms());
  expect((await client.observe(worker)).state).toBe('disabled');
});

test('a schedule is enabled with its whole definition', async () => {
  const scheduler = new Scheduler({});
  const target = {
    Arn: 'arn:aws:lambda:eu-central-1:123456789012:function:f',
    RoleArn: 'arn:aws:iam::123456789012:role/jobs/hourly',
  };
  await scheduler.createSchedule({
    Name: 'hourly',
    Description: 'why',
    State: 'DISABLED',
    ScheduleExpression: 'rate(1 hour)',
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { ...target, Input: '{"x":1}', RetryPolicy: { MaximumRetryAttempts: 3 } },
  });
  const read = async () => {
    const { $metadata, LastModificationDate, State, ...rest } = await scheduler.getSchedule({
      Name: 'hourly',
      GroupName: 'default',
    });
    return { State, rest };
  };
  const before = await read();
  const hourly = { name: 'hourly', group: 'default', roleName: 'jobs/hourly' };
  const worker: WorkerConfig = { kind: 'schedule', name: 'hourly', ...both(hourly) };
  const client = workerClient(STANDBY, 'standby', OWN);
  await client.set(worker, true, clock.now_ms());
  const after = await read();
  expect([before.State, after.State]).toEqual(['DISABLED', 'ENABLED']);
  expect(after.rest).toEqual(before.rest);

  // Only the role that muster.yaml names may be handed on.
  const other: WorkerConfig = { ...worker, ...both({ ...hourly, roleName: 'jobs/daily' }) };
  const sentence = /has the role jobs\/hourly, and muster\.yaml says jobs\/daily: .*fix standby\.roleName/;
  expect(await client.observe(other)).toEqual({
    state: 'enabled',
    raw: 'ENABLED',
    barred: expect.stringMatching(sentence),
  });
  await expect(client.set(other, false, clock.now_ms())).rejects.toThrow(sentence);
  expect((await read()).State).toBe('ENABLED');
});

test('a worker that does not exist is a refusal, not a missing answer', async () => {
  const worker: WorkerConfig = { kind: 'eventbridge-rule', name: 'ghost', ...both({ name: 'ghost', bus: 'default' }) };
  const error = await workerClient(STANDBY, 'standby', OWN)
    .observe(worker)
    .catch((thrown: unknown) => thrown);
  expect(failureOf(error)).toMatchObject({ kind: 'refused', code: 'ResourceNotFoundException' });
});

const group = (name: string): string => world.elb.seedTargetGroup({ region: STANDBY, name, port: 80 });

test('a listener is set to forward to another target group, and is observed to', async () => {
  const [maintenance, active] = [group('maintenance'), group('active')];
  world.elb.seedLoadBalancer({
    region: STANDBY,
    name: 'front',
    listeners: [{ port: 80, protocol: 'HTTP', defaultActions: [{ Type: 'forward', TargetGroupArn: maintenance }] }],
  });
  const arn = await listenerOf('front');
  const client = listenerClient(STANDBY, OWN);
  expect(await client.observe(arn)).toEqual({ leads: `forward to ${maintenance}`, targetGroupArn: maintenance });
  for (let twice = 0; twice < 2; twice += 1) await client.forward(arn, active);
  expect(await client.observe(arn)).toEqual({ leads: `forward to ${active}`, targetGroupArn: active });
});

async function listenerOf(name: string): Promise<string> {
  const ask = <T>(action: string, input: object) => world.ask<T>(world.elb.service, action, STANDBY, input);
  const balancers = await ask<{ LoadBalancers: { LoadBalancerArn: string }[] }>('DescribeLoadBalancers', {
    Names: [name],
  });
  const { Listeners } = await ask<{ Listeners: { ListenerArn: string }[] }>('DescribeListeners', {
    LoadBalancerArn: balancers.LoadBalancers[0]?.LoadBalancerArn,
  });
  return Listeners[0]?.ListenerArn ?? '';
}

/** A service of three tasks that have run for a while. */
async function running(name: string, controller: 'ECS' | 'CODE_DEPLOY'): Promise<EcsService> {
  const cluster = `cluster-${name}`;
  world.ecs.seedCluster(STANDBY, cluster);
  world.ecs.seedTaskDefinition(STANDBY, { family: name });
  const seed = { region: STANDBY, cluster, name, taskDefinition: name, desiredCount: 3, controller };
  world.ecs.seedService({ ...seed, loadBalancers: [] });
  await world.pass(5 * MINUTE);
  const numbers = { min: 3, desired: 3, max: 3 };
  return { kind: 'ecs', name, worker: false, ...both({ cluster, service: name }), active: numbers, idle: numbers };
}

test('a redeployment replaces every task, and the client shows only those that stay', async () => {
  const service = await running('web', 'ECS');
  const client = taskClient(STANDBY, 'standby', OWN);
  const before = await client.observe(service);
  expect(before).toMatchObject({ controller: 'ECS', tasks: [{ running: true }, { running: true }, { running: true }] });
  const at_ms = clock.now_ms();
  await client.redeploy(service);
  expect((await client.observe(service)).deployedAt_ms).toBeGreaterThanOrEqual(at_ms);
  await world.pass(15 * MINUTE);
  const { tasks } = await client.observe(service);
  expect(tasks.filter((task) => task.running)).toHaveLength(3);
  expect(tasks.every((task) => (task.startedAt_ms ?? 0) > at_ms)).toBe(true);
});

test('a service under CodeDeploy refuses a redeployment; a task of it that is stopped is replaced', async () => {
  const service = await running('pay', 'CODE_DEPLOY');
  const client = taskClient(STANDBY, 'standby', OWN);
  const error = await client.redeploy(service).catch((thrown: unknown) => thrown);
  expect(failureOf(error)).toMatchObject({ kind: 'refused', code: 'InvalidParameterException' });
  const [first] = (await client.observe(service)).tasks;
  expect((await client.observe(service)).controller).toBe('CODE_DEPLOY');
  await client.stop(service, first?.arn ?? '', 'older than the promotion');
  expect((await client.observe(service)).tasks.map((task) => task.arn)).not.toContain(first?.arn);
  const described = await new ECS({}).describeTasks({ cluster: service.standby.cluster, tasks: [first?.arn ?? ''] });
  expect(described.tasks?.[0]?.stoppedReason).toContain('older than the promotion');
  await world.pass(10 * MINUTE);
  expect((await client.observe(service)).tasks.filter((task) => task.running)).toHaveLength(3);
});
