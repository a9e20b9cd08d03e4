import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, it } from 'vitest';
import { sdkWorld, thrown } from './sdk.ts';
import { STANDBY } from './world.ts';

const closed: Action = {
  Type: 'fixed-response',
  FixedResponseConfig: { StatusCode: '503', ContentType: 'text/html', MessageBody: '<h1>Closed</h1>' },
};
const everybody: RuleCondition = { Field: 'path-pattern', Values: ['*'] };
const header = (name: string, ...values: string[]): RuleCondition => ({
  Field: 'http-header',
  HttpHeaderConfig: { HttpHeaderName: name, Values: values },
});

function seeded() {
  const { world, elb } = sdkWorld();
  const [web, admin] = ['web', 'admin'].map((name) => world.elb.seedTargetGroup({ region: STANDBY, name }));
  if (web === undefined || admin === undefined) throw new Error('there are no target groups');
  const { dnsName, listenerArns } = world.elb.seedLoadBalancer({
    region: STANDBY,
    name: 'shop',
    listeners: [
      {
        port: 443,
        protocol: 'HTTPS',
        defaultActions: [{ Type: 'forward', TargetGroupArn: web }],
        rules: [
          {
            priority: 20,
            conditions: [{ Field: 'path-pattern', Values: ['/admin*'] }],
            actions: [{ Type: 'forward', TargetGroupArn: admin }],
          },
        ],
      },
    ],
  });
  const ListenerArn = listenerArns[0] ?? '';
  const create = (Priority: number, Conditions: RuleCondition[], Actions: Action[] = [closed]) =>
    elb.createRule({ ListenerArn, Priority, Conditions, Actions });
  const decide = (request: { path?: string; host?: string; headers?: Record<string, string>; sourceIp?: string }) =>
    world.elb.decide(dnsName, { port: 443, host: 'shop.example', path: '/', ...request });
  const priorities = async () => (await elb.describeRules({ ListenerArn })).Rules?.map((rule) => rule.Priority);
  return { world, elb, web, admin, ListenerArn, create, decide, priorities };
}

describe('a rule of first priority', () => {
  it('answers everybody, before every other rule and the default action, until it is deleted', async () => {
    const { elb, web, admin, create, decide, priorities } = seeded();
    expect(decide({})).toMatchObject({ kind: 'forward', weights: new Map([[web, 1]]) });
    expect(decide({ path: '/admin/x' })).toMatchObject({ kind: 'forward', weights: new Map([[admin, 1]]) });
    const { Rules } = await create(1, [everybody]);
    expect(Rules?.[0]).toMatchObject({ Priority: '1', IsDefault: false, Actions: [closed] });
    expect(Rules?.[0]?.RuleArn).toMatch(/:listener-rule\/app\/shop\//);
    expect(await priorities()).toEqual(['1', '20', 'default']);
    const answer = { kind: 'answer', status: 503, contentType: 'text/html', body: '<h1>Closed</h1>' };
    for (const path of ['/', '/admin/x', '/a?b']) expect(decide({ path })).toEqual(answer);
    await elb.deleteRule({ RuleArn: Rules?.[0]?.RuleArn });
    expect(await priorities()).toEqual(['20', 'default']);
    expect(decide({})).toMatchObject({ kind: 'forward' });
  });

  it('lets requests with a header through where a rule before it says so', async () => {
    const { web, create, decide } = seeded();
    await create(1, [header('X-Probe', 'key-*')], [{ Type: 'forward', TargetGroupArn: web }]);
    await create(2, [everybody]);
    expect(decide({ headers: { 'x-probe': 'Key-123' } })).toMatchObject({ kind: 'forward' });
    expect(decide({ headers: { 'x-probe': 'other' } })).toMatchObject({ kind: 'answer', status: 503 });
    expect(decide({})).toMatchObject({ kind: 'answer', status: 503 });
  });

  it('matches every condition at once: host, path, method, address', async () => {
    const { create, decide } = seeded();
    await create(1, [
      { Field: 'host-header', HostHeaderConfig: { Values: ['SHOP.*'] } },
      { Field: 'path-pattern', PathPatternConfig: { Values: ['/pay', '/buy'] } },
      { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET'] } },
      { Field: 'source-ip', SourceIpConfig: { Values: ['198.51.100.0/24', '2001:db8::/32'] } },
    ]);
    const asked = { path: '/pay', sourceIp: '198.51.100.7' };
    expect(decide(asked)).toMatchObject({ kind: 'answer' });
    expect(decide({ ...asked, sourceIp: '2001:db8::7' })).toMatchObject({ kind: 'answer' });
    expect(decide({ ...asked, sourceIp: '203.0.113.7' })).toMatchObject({ kind: 'forward' });
    expect(decide({ path: '/pay' })).toMatchObject({ kind: 'forward' });
    expect(decide({ ...asked, path: '/PAY' })).toMatchObject({ kind: 'forward' });
    expect(decide({ ...asked, host: 'other.example' })).toMatchObject({ kind: 'forward' });
  });
});

describe('priorities', () => {
  it('are each given once in a listener', async () => {
    const { create, priorities } = seeded();
    expect(await thrown(() => create(20, [everybody]))).toBe('PriorityInUseException');
    expect(await thrown(() => create(0, [everybody]))).toBe('ValidationError');
    expect(await thrown(() => create(50_001, [everybody]))).toBe('ValidationError');
    expect(await priorities()).toEqual(['20', 'default']);
  });

  it('are set together or not at all, and decide which rule comes first', async () => {
    const { elb, ListenerArn, create, decide, priorities } = seeded();
    await create(30, [everybody]);
    const arnOf = async (priority: string) =>
      (await elb.describeRules({ ListenerArn })).Rules?.find((rule) => rule.Priority === priority)?.RuleArn;
    const [admin, everything, byDefault] = [await arnOf('20'), await arnOf('30'), await arnOf('default')];
    const set = (...pairs: [string | undefined, number][]) =>
      elb.setRulePriorities({ RulePriorities: pairs.map(([RuleArn, Priority]) => ({ RuleArn, Priority })) });
    expect(decide({ path: '/admin' })).toMatchObject({ kind: 'forward' });
    expect(await thrown(() => set([everything, 20]))).toBe('PriorityInUseException');
    expect(await thrown(() => set([everything, 5], [byDefault, 6]))).toBe('OperationNotPermittedException');
    expect(await thrown(() => set([everything, 5], [admin, 5]))).toBe('ValidationError');
    expect(await thrown(() => set([`${admin}x`, 5]))).toBe('RuleNotFoundException');
    expect(await priorities()).toEqual(['20', '30', 'default']);
    // The two change places in one call.
    await set([everything, 20], [admin, 30]);
    expect(await arnOf('20')).toBe(everything);
    expect(decide({ path: '/admin' })).toMatchObject({ kind: 'answer', status: 503 });
  });
});

describe('what a listener does not take', () => {
  it('is refused by its code', async () => {
    const { elb, ListenerArn, create } = seeded();
    const rule = (conditions: RuleCondition[], actions?: Action[]) => thrown(() => create(1, conditions, actions));
    expect(await rule([])).toBe('ValidationError');
    expect(await rule([{ Field: 'colour', Values: ['red'] }])).toBe('ValidationError');
    expect(await rule([everybody, everybody])).toBe('ValidationError');
    expect(await rule([header('Host', 'shop')])).toBe('ValidationError');
    expect(await rule([{ Field: 'source-ip', SourceIpConfig: { Values: ['198.51.100.7'] } }])).toBe('ValidationError');
    expect(await rule([everybody], [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '302' } }])).toBe(
      'ValidationError',
    );
    expect(await rule([everybody], [{ Type: 'forward', TargetGroupArn: 'arn:ghost' }])).toBe(
      'TargetGroupNotFoundException',
    );
    expect(
      await thrown(() =>
        elb.createRule({ ListenerArn: `${ListenerArn}x`, Priority: 1, Conditions: [everybody], Actions: [closed] }),
      ),
    ).toBe('ListenerNotFoundException');
    const { Rules } = await elb.describeRules({ ListenerArn });
    const last = Rules?.at(-1)?.RuleArn;
    expect(await thrown(() => elb.deleteRule({ RuleArn: last }))).toBe('OperationNotPermittedException');
  });
});
