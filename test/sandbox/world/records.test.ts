import { Route53 } from '@aws-sdk/client-route-53';
import { describe, expect, test } from 'vitest';
import type { RecordShape } from '../../../sandbox/world/records.ts';
import { bareWorld, startStandby } from './bare-world.ts';

/** The blog, whose strategy is `record`, with its name in another shape. */
function shaped(shape?: RecordShape) {
  const bare = bareWorld(shape === undefined ? {} : { records: { blog: shape } });
  const { record, hostedZoneId } = bare.blog.config.traffic;
  const route53 = new Route53(bare.options('us-east-1'));
  const sets = async () => {
    const all = await route53.listResourceRecordSets({ HostedZoneId: hostedZoneId, StartRecordName: record });
    return (all.ResourceRecordSets ?? []).filter((set) => set.Name === `${record}.`);
  };
  const answer = (resolver: string) => {
    const { records } = bare.world.route53.resolverAnswer(resolver, record, 'A', bare.clock.now_ms());
    return records.find((found) => found.type === 'A')?.data ?? '';
  };
  const led = (resolver = '1.1.1.1') => bare.blog.application.regionOf(answer(resolver), bare.clock.now_ms());
  return { ...bare, sets, led };
}

describe('the name of an application', () => {
  test('has what its strategy needs, unless a scenario says otherwise', async () => {
    const { sets, led, blog } = shaped();
    expect(await sets()).toMatchObject([
      { Type: 'A', AliasTarget: { DNSName: `${blog.config.traffic.home.target}.` } },
    ]);
    expect(led()).toBe(blog.config.home);
  });

  test('as a failover pair leads away from a home that is lost, by Route 53 alone', async () => {
    const { world, sets, led, blog, pass } = shaped('failover');
    expect((await sets()).map((set) => [set.Failover, set.SetIdentifier, set.HealthCheckId !== undefined])).toEqual([
      ['PRIMARY', 'home', true],
      ['SECONDARY', 'standby', true],
    ]);
    expect(led()).toBe(blog.config.home);
    world.lose(blog.config.home);
    await pass(240);
    // A standby without tasks is as unhealthy as home: then Route 53 answers PRIMARY.
    expect(led()).toBe(blog.config.home);
    startStandby(world, blog);
    await pass(400);
    expect(led()).toBe(blog.config.standby);
  });

  test('by weight, latency or location is several sets that lead somewhere', async () => {
    const weighted = shaped('weighted');
    expect((await weighted.sets()).map((set) => set.Weight)).toEqual([100, 0]);
    expect(weighted.led()).toBe(weighted.blog.config.home);
    const latency = shaped('latency');
    const { home, standby } = latency.blog.config;
    expect((await latency.sets()).map((set) => set.Region)).toEqual([home, standby]);
    expect([latency.led('1.1.1.1'), latency.led('8.8.8.8')]).toEqual([home, standby]);
    const located = shaped('geolocation');
    expect((await located.sets()).map((set) => set.GeoLocation)).toEqual([
      { CountryCode: '*' },
      { CountryCode: 'US', SubdivisionCode: 'OR' },
    ]);
    expect([located.led('1.1.1.1'), located.led('8.8.8.8')]).toEqual([home, standby]);
  });

  test('as several values, as a CNAME, or as a scenario writes it leads home', async () => {
    const several = shaped('multivalue');
    expect(await several.sets()).toMatchObject([
      { MultiValueAnswer: true, ResourceRecords: [{ Value: '198.51.100.11' }] },
    ]);
    const cname = shaped('cname');
    expect(await cname.sets()).toMatchObject([{ Type: 'CNAME' }]);
    const own = shaped(({ record, home }) => ({
      records: [{ Name: record, Type: 'CNAME', TTL: 300, ResourceRecords: [{ Value: home.target }] }],
    }));
    expect(await own.sets()).toMatchObject([{ TTL: 300 }]);
    for (const one of [several, cname, own]) expect(one.led()).toBe(one.blog.config.home);
  });
});
