import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, test } from 'vitest';
import { bareWorld, HOME, STANDBY, startStandby } from './bare-world.ts';

const SHOP = 'https://shop.example.com/healthz';
const TARGETS = {
  [HOME]: 'https://shop-use1.elb.us-east-1.amazonaws.com/healthz',
  [STANDBY]: 'https://shop-usw2.elb.us-west-2.amazonaws.com/healthz',
};

describe('the listener that users reach', () => {
  test.each([HOME, STANDBY] as const)(
    'obeys its rules by priority before its default action, in %s',
    async (region) => {
      const { shop, options, get } = bareWorld();
      const elb = new ElasticLoadBalancingV2(options(region));
      const ListenerArn = shop.listenerArn(region);
      const { Listeners } = await elb.describeListeners({ ListenerArns: [ListenerArn ?? ''] });
      const forward = Listeners?.[0]?.DefaultActions ?? [];
      const at = (headers: Record<string, string> = {}) => get(TARGETS[region], { headers });
      expect(await at()).toMatchObject({ status: 200 });
      const closed = { StatusCode: '503', ContentType: 'text/plain', MessageBody: 'moved' };
      const { Rules } = await elb.createRule({
        ListenerArn,
        Priority: 2,
        Conditions: [{ Field: 'path-pattern', Values: ['*'] }],
        Actions: [{ Type: 'fixed-response', FixedResponseConfig: closed }],
      });
      expect(await at()).toMatchObject({ status: 503, text: 'moved' });
      expect(shop.application.write(region)).toEqual({ served: false, region, reason: 'maintenance' });
      await elb.createRule({
        ListenerArn,
        Priority: 1,
        Conditions: [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'x-probe', Values: ['secret'] } }],
        Actions: forward,
      });
      expect(await at({ 'x-probe': 'secret' })).toMatchObject({ status: 200 });
      expect(await at({ 'x-probe': 'guess' })).toMatchObject({ status: 503 });
      // Who has the header sees whether writes are taken there, though users do not get that far.
      const write = { method: 'POST', headers: { 'x-probe': 'secret' } };
      const url = TARGETS[region].replace('/healthz', '/muster/check-write');
      expect(await get(url, write)).toMatchObject({ status: 200 });
      expect(shop.application.write(region)).toMatchObject({ served: false });
      await elb.deleteRule({ RuleArn: Rules?.[0]?.RuleArn });
      expect(await at()).toMatchObject({ status: 200 });
      expect(shop.application.write(region)).toMatchObject({ served: true });
    },
  );

  test('has the ARN that a scenario gives it', () => {
    const arn = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/shop/1/2';
    const { shop } = bareWorld({ listenerArns: { shop: { home: arn } } });
    expect(shop.listenerArn(HOME)).toBe(arn);
    expect(shop.listenerArn(STANDBY)).toMatch(/^arn:aws:elasticloadbalancing:us-west-2:/);
  });
});

describe('addresses', () => {
  test('are one for each region, whenever one looks, unless a scenario asks for others', async () => {
    const { world, shop, pass, get } = bareWorld();
    const look = () => world.route53.resolverAnswer('1.1.1.1', 'shop.example.com', 'A', world.clock.now_ms()).records;
    expect(look().map((record) => record.data)).toEqual(['198.51.100.10']);
    await pass(3_600);
    expect(look().map((record) => record.data)).toEqual(['198.51.100.10']);
    expect(shop.application.addressesOf(STANDBY)).toEqual(['203.0.113.10']);
    expect((await get(SHOP)).region).toBeUndefined();
  });

  test('that rotate are different at each look, though the region is the same: the header tells it', async () => {
    const { world, shop, pass, get } = bareWorld({
      frontDoor: { kind: 'rotating', every_s: 37 },
      regionHeader: 'X-Served-Region',
    });
    const look = (name: string, resolver: string) =>
      world.route53
        .resolverAnswer(resolver, name, 'A', world.clock.now_ms())
        .records.map((record) => record.data)
        .sort();
    const seen = new Set<string>();
    let unequal = 0;
    for (let minute = 0; minute < 30; minute += 1) {
      await pass(61);
      const record = look('shop.example.com', '1.1.1.1');
      const target = look('shop-use1.elb.us-east-1.amazonaws.com', '1.1.1.1');
      expect(record).toHaveLength(2);
      for (const address of record) {
        seen.add(address);
        expect(shop.application.regionOf(address, world.clock.now_ms())).toBe(HOME);
      }
      if (record.join() !== target.join()) unequal += 1;
    }
    expect(seen.size).toBe(8);
    // Two look-ups of one and the same load balancer, and yet not the same answer.
    expect(unequal).toBeGreaterThan(5);
    expect(await get(SHOP)).toMatchObject({ status: 200, region: HOME });
    expect(await get(TARGETS[STANDBY])).toMatchObject({ status: 200, region: STANDBY });
  });

  test('of a CDN belong to neither region, and users go where the record leads its edges', async () => {
    const { world, blog, pass, get } = bareWorld({ frontDoor: { kind: 'cdn' }, regionHeader: 'x-served-region' });
    const { record, hostedZoneId, standby } = blog.config.traffic;
    startStandby(world, blog);
    await pass(120);
    const url = `https://${record}/healthz`;
    const look = (name: string) =>
      world.route53.resolverAnswer('8.8.8.8', name, 'A', world.clock.now_ms()).records.map((found) => found.data);
    const [address = ''] = look(record);
    expect(address).toMatch(/^192\.0\.2\./);
    expect(look(standby.target)[0]).toMatch(/^192\.0\.2\./);
    for (const side of [blog.config.home, blog.config.standby]) {
      expect(blog.application.addressesOf(side)).toContain(address);
    }
    expect(await get(url)).toMatchObject({ status: 200, region: blog.config.home });
    expect(blog.application.regionOf(address, world.clock.now_ms())).toBe(blog.config.home);
    // Each load balancer's own name still leads to its region, through the same edges.
    expect(await get(`https://${standby.target}/healthz`)).toMatchObject({ region: blog.config.standby });

    await world.accounts.of(blog.config).route53.service.operations['ChangeResourceRecordSets']?.(
      {
        HostedZoneId: hostedZoneId,
        ChangeBatch: {
          Changes: [
            {
              Action: 'UPSERT',
              ResourceRecordSet: {
                Name: record,
                Type: 'A',
                AliasTarget: { HostedZoneId: standby.zoneId, DNSName: standby.target, EvaluateTargetHealth: false },
              },
            },
          ],
        },
      },
      {
        clock: world.clock,
        random: world.random,
        accountId: '111122223333',
        region: HOME,
        caller: { name: 'test', region: HOME },
      },
    );
    await pass(130);
    expect(await get(url)).toMatchObject({ status: 200, region: blog.config.standby });
    expect(look(record)[0]).toMatch(/^192\.0\.2\./);
    // A region that is lost behind a CDN shows as the edge's error, not as silence.
    world.lose(blog.config.standby);
    expect(await get(url)).toMatchObject({ status: 504, region: undefined });
  });
});
