import type { Listener, Rule, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, it } from 'vitest';
import { createWorld, HOME, MINUTE, SECOND, STANDBY } from './world.ts';

function seeded() {
  const world = createWorld();
  const [blue, green] = ['blue', 'green'].map((name) =>
    world.elb.seedTargetGroup({ region: STANDBY, name, port: 80, interval_s: 10, healthyThreshold: 3 }),
  );
  if (blue === undefined || green === undefined) throw new Error('no target groups');
  const balancer = world.elb.seedLoadBalancer({
    region: STANDBY,
    name: 'shop',
    listeners: [
      {
        port: 443,
        protocol: 'HTTPS',
        defaultActions: [{ Type: 'forward', TargetGroupArn: blue }],
        rules: [
          {
            priority: 10,
            conditions: [{ Field: 'path-pattern', Values: ['/admin*'] }],
            actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503', MessageBody: 'closed' } }],
          },
        ],
      },
    ],
  });
  const ask = <Out>(action: string, input: object, region = STANDBY) =>
    world.ask<Out>(world.elb.service, action, region, input);
  const refusal = (action: string, input: object, region = STANDBY) =>
    world.refusal(world.elb.service, action, region, input);
  const states = async (arn: string) => {
    const out = await ask<{ TargetHealthDescriptions: TargetHealthDescription[] }>('DescribeTargetHealth', {
      TargetGroupArn: arn,
    });
    return out.TargetHealthDescriptions.map((one) => one.TargetHealth?.State);
  };
  const get = (path = '/') => world.elb.route(balancer.dnsName, { port: 443, host: 'shop.example', path });
  const listenerArn = balancer.listenerArns[0] ?? '';
  return { world, blue, green, balancer, listenerArn, ask, refusal, states, get };
}

const target = (arn: string, Id: string) => ({ TargetGroupArn: arn, Targets: [{ Id }] });

describe('target health', () => {
  it('goes from initial to healthy after a check, to unhealthy, and back after as many checks as it takes', async () => {
    const { world, blue, ask, states } = seeded();
    await ask('RegisterTargets', target(blue, '10.0.0.1'));
    expect(await states(blue)).toEqual(['initial']);
    await world.pass(10 * SECOND);
    expect(await states(blue)).toEqual(['healthy']);
    let answers = false;
    world.elb.setProbe(blue, () => answers);
    expect(await states(blue)).toEqual(['healthy']);
    await world.pass(20 * SECOND);
    expect(await states(blue)).toEqual(['unhealthy']);
    answers = true;
    expect(await states(blue)).toEqual(['unhealthy']);
    await world.pass(20 * SECOND);
    expect(await states(blue)).toEqual(['unhealthy']);
    await world.pass(10 * SECOND);
    expect(await states(blue)).toEqual(['healthy']);
  });

  it('begins again when the region is back, even if nothing was read meanwhile', async () => {
    const { world, blue, ask, states } = seeded();
    await ask('RegisterTargets', target(blue, '10.0.0.1'));
    await world.pass(MINUTE);
    world.environment.setServes(STANDBY, false);
    await world.pass(MINUTE);
    world.environment.setServes(STANDBY, true);
    expect(await states(blue)).toEqual(['unhealthy']);
    await world.pass(30 * SECOND);
    expect(await states(blue)).toEqual(['healthy']);
  });

  it('is unused in a group that no listener forwards to', async () => {
    const { world, green, ask, states } = seeded();
    await ask('RegisterTargets', target(green, '10.0.0.2'));
    await world.pass(5 * MINUTE);
    expect(await states(green)).toEqual(['unused']);
  });

  it('drains for its delay when deregistered', async () => {
    const { world, blue, ask, states } = seeded();
    await ask('RegisterTargets', target(blue, '10.0.0.1'));
    await ask('DeregisterTargets', target(blue, '10.0.0.1'));
    expect(await states(blue)).toEqual(['draining']);
    await world.pass(5 * MINUTE);
    expect(await states(blue)).toEqual([]);
  });

  it('describes a target that is not registered as unused', async () => {
    const { blue, ask } = seeded();
    const out = await ask<{ TargetHealthDescriptions: TargetHealthDescription[] }>(
      'DescribeTargetHealth',
      target(blue, '10.9.9.9'),
    );
    expect(out.TargetHealthDescriptions[0]?.TargetHealth?.Reason).toBe('Target.NotRegistered');
  });
});

describe('routing', () => {
  it('goes to a healthy target, to any when none is healthy, and answers 503 without any', async () => {
    const { world, blue, ask, get } = seeded();
    expect(get()).toMatchObject({ kind: 'answer', status: 503 });
    await ask('RegisterTargets', target(blue, '10.0.0.1'));
    await world.pass(10 * SECOND);
    await ask('RegisterTargets', target(blue, '10.0.0.2'));
    for (let index = 0; index < 20; index += 1) expect(get()).toMatchObject({ kind: 'target', id: '10.0.0.1' });
    world.elb.setProbe(blue, () => false);
    get();
    await world.pass(MINUTE);
    const chosen = new Set(Array.from({ length: 40 }, () => JSON.stringify(get())));
    expect(chosen.size).toBe(2);
    world.environment.setServes(STANDBY, false);
    expect(get()).toEqual({ kind: 'unreachable' });
  });

  it('follows rules by priority before the default', () => {
    const { get } = seeded();
    expect(get('/admin/x')).toEqual({ kind: 'answer', status: 503, body: 'closed' });
  });

  it('moves with the listener, by weight', async () => {
    const { world, blue, green, listenerArn, ask, get, refusal } = seeded();
    await ask('RegisterTargets', target(blue, '10.0.0.1'));
    await ask('RegisterTargets', target(green, '10.0.0.2'));
    const weigh = (b: number, g: number) => {
      const TargetGroups = [
        { TargetGroupArn: blue, Weight: b },
        { TargetGroupArn: green, Weight: g },
      ];
      return { ListenerArn: listenerArn, DefaultActions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }] };
    };
    await ask('ModifyListener', weigh(0, 100));
    await world.pass(MINUTE);
    for (let index = 0; index < 20; index += 1) expect(get()).toMatchObject({ kind: 'target', id: '10.0.0.2' });
    await ask('ModifyListener', weigh(50, 50));
    const chosen = new Set(Array.from({ length: 40 }, () => JSON.stringify(get())));
    expect(chosen.size).toBe(2);
    expect(await refusal('ModifyListener', weigh(1000, 0))).toBe('InvalidLoadBalancerActionException');
    const ghost = { ListenerArn: listenerArn, DefaultActions: [{ Type: 'forward', TargetGroupArn: `${blue}x` }] };
    expect(await refusal('ModifyListener', ghost)).toBe('TargetGroupNotFoundException');
  });

  it('opens a closed path when its rule is modified; the default rule is not modified so', async () => {
    const { blue, listenerArn, ask, refusal, get } = seeded();
    const { Rules } = await ask<{ Rules: Rule[] }>('DescribeRules', { ListenerArn: listenerArn });
    expect(Rules.map((rule) => rule.Priority)).toEqual(['10', 'default']);
    const actions = [{ Type: 'forward', TargetGroupArn: blue }];
    await ask('ModifyRule', { RuleArn: Rules[0]?.RuleArn, Actions: actions });
    expect(get('/admin')).toMatchObject({ status: 503, body: 'Service Temporarily Unavailable' });
    expect(await refusal('ModifyRule', { RuleArn: Rules[1]?.RuleArn, Actions: actions })).toBe(
      'OperationNotPermittedException',
    );
  });
});

it('what is in another region, or nowhere, is not found', async () => {
  const { balancer, blue, listenerArn, ask, refusal, world } = seeded();
  expect(await refusal('DescribeLoadBalancers', { Names: ['ghost'] })).toBe('LoadBalancerNotFoundException');
  expect(await refusal('DescribeTargetHealth', { TargetGroupArn: blue }, HOME)).toBe('TargetGroupNotFoundException');
  expect(await refusal('DescribeListeners', { ListenerArns: [listenerArn] }, HOME)).toBe('ListenerNotFoundException');
  const { Listeners } = await ask<{ Listeners: Listener[] }>('DescribeListeners', { LoadBalancerArn: balancer.arn });
  expect(Listeners).toMatchObject([{ Port: 443, DefaultActions: [{ TargetGroupArn: blue }] }]);
  expect(world.elb.awsName(balancer.dnsName)).toMatchObject({ region: STANDBY, healthy: false });
  const address = world.elb.awsName(balancer.dnsName)?.addresses[0] ?? '';
  expect(world.elb.nameAt(address)).toBe(balancer.dnsName);
});

it('networks are described by id, tag and filter; what is missing has its own error', async () => {
  const { world } = seeded();
  world.ec2.seedNetwork(STANDBY, {
    vpcs: [{ VpcId: 'vpc-1', CidrBlock: '10.1.0.0/16', Tags: [{ Key: 'Name', Value: 'shop' }] }],
    subnets: [
      { SubnetId: 'subnet-1', VpcId: 'vpc-1', AvailabilityZone: `${STANDBY}a` },
      { SubnetId: 'subnet-2', VpcId: 'vpc-2', AvailabilityZone: `${STANDBY}b` },
    ],
    zones: [{ ZoneName: `${STANDBY}a` }, { ZoneName: `${STANDBY}b` }],
  });
  const ask = <Out>(action: string, input: object = {}, region = STANDBY) =>
    world.ask<Out>(world.ec2.service, action, region, input);
  const inVpc = { Filters: [{ Name: 'vpc-id', Values: ['vpc-1'] }] };
  const { Subnets } = await ask<{ Subnets: { SubnetId: string }[] }>('DescribeSubnets', inVpc);
  expect(Subnets.map((one) => one.SubnetId)).toEqual(['subnet-1']);
  const byTag = { Filters: [{ Name: 'tag:Name', Values: ['sh*'] }] };
  expect((await ask<{ Vpcs: object[] }>('DescribeVpcs', byTag)).Vpcs).toHaveLength(1);
  expect((await ask<{ Vpcs: object[] }>('DescribeVpcs', {}, HOME)).Vpcs).toEqual([]);
  const zones = await ask<{ AvailabilityZones: object[] }>('DescribeAvailabilityZones');
  expect(zones.AvailabilityZones).toHaveLength(2);
  const refusal = (action: string, input: object) => world.refusal(world.ec2.service, action, STANDBY, input);
  expect(await refusal('DescribeSubnets', { SubnetIds: ['subnet-9'] })).toBe('InvalidSubnetID.NotFound');
  expect(await refusal('DescribeSubnets', { Filters: [{ Name: 'colour', Values: ['red'] }] })).toBe(
    'InvalidParameterValue',
  );
});
