import {
  type Change,
  type ListResourceRecordSetsCommandOutput,
  type ResourceRecordSet,
  Route53,
} from '@aws-sdk/client-route-53';
import { describe, expect, test } from 'vitest';
import { createEndpoint } from '../../../simulator/aws/endpoint.ts';
import { clientOptions } from '../wire/sdk-client.ts';
import { advance } from './helpers.ts';
import { alias, HOME, route53World, STANDBY } from './route-53-world.ts';

/** The simulated Route 53, changed by the real SDK. */
function sdkWorld() {
  const world = route53World();
  const { clock, random, accountId, route53 } = world;
  const endpoint = createEndpoint({ services: [route53.service], clock, random, accountId });
  const sdk = new Route53(clientOptions((request, caller) => endpoint.handle(request, caller)));
  const zone = route53.seedZone({ name: 'example.com' });
  const change = async (...Changes: Change[]) => {
    // Five requests a second are all that an account may make.
    await advance(clock, 1_000);
    return sdk.changeResourceRecordSets({ HostedZoneId: zone.id, ChangeBatch: { Changes } });
  };
  const create = (...sets: ResourceRecordSet[]) =>
    change(...sets.map((ResourceRecordSet) => ({ Action: 'CREATE' as const, ResourceRecordSet })));
  const settle = () => advance(clock, 60_000);
  const answer = (resolver: string, name = 'shop.example.com') =>
    route53.authoritativeAnswer(name, 'A', clock.now_ms(), resolver).records.map((record) => record.data);
  return { ...world, sdk, zone, change, create, settle, answer };
}

const plain = (id: string, value: string, policy: Partial<ResourceRecordSet>): ResourceRecordSet => ({
  Name: 'shop.example.com',
  Type: 'A',
  SetIdentifier: id,
  TTL: 60,
  ResourceRecords: [{ Value: value }],
  ...policy,
});
const aliased = (side: 'home' | 'standby', policy: Partial<ResourceRecordSet>): ResourceRecordSet => ({
  Name: 'shop.example.com',
  Type: 'A',
  SetIdentifier: side,
  AliasTarget: alias(side),
  ...policy,
});
/** What Route 53 says when it refuses. */
const refused = (made: Promise<unknown>): Promise<{ name: string; message: string }> =>
  made.then(
    () => ({ name: 'accepted', message: '' }),
    (error: Error) => ({ name: error.name, message: error.message }),
  );

describe('several record sets of one name', () => {
  test('by latency answer from the region that is nearest to who asks, and from the next one when it is unhealthy', async () => {
    const { create, settle, answer, clock, route53, flag } = sdkWorld();
    const check = route53.seedHealthCheck({
      Type: 'HTTPS',
      FullyQualifiedDomainName: 'flag.lambda-url.us-west-2.on.aws',
      RequestInterval: 10,
    });
    flag.status = 200;
    route53.touch();
    await create(
      aliased('home', { Region: 'us-east-1' }),
      aliased('standby', { Region: 'us-west-2', HealthCheckId: check }),
      plain('europe', '192.0.2.3', { Region: 'eu-central-1' }),
    );
    await settle();
    expect(answer('platform/us-east-2')).toEqual([HOME]);
    expect(answer('platform/us-west-1')).toEqual([STANDBY]);
    expect(answer('platform/eu-west-2')).toEqual(['192.0.2.3']);
    expect(answer('1.1.1.1')).toEqual([HOME]);
    expect(answer('8.8.8.8')).toEqual([STANDBY]);
    flag.status = 503;
    route53.touch();
    await advance(clock, 60_000);
    expect(answer('8.8.8.8')).toEqual([HOME]);
  });

  test('by location answer for the state, the country, the continent or anywhere, in that order', async () => {
    const { create, settle, answer } = sdkWorld();
    await create(
      plain('oregon', '192.0.2.1', { GeoLocation: { CountryCode: 'US', SubdivisionCode: 'OR' } }),
      plain('states', '192.0.2.2', { GeoLocation: { CountryCode: 'US' } }),
      plain('europe', '192.0.2.3', { GeoLocation: { ContinentCode: 'EU' } }),
    );
    await settle();
    expect(answer('platform/us-west-2')).toEqual(['192.0.2.1']);
    expect(answer('platform/us-east-1')).toEqual(['192.0.2.2']);
    expect(answer('platform/eu-west-1')).toEqual(['192.0.2.3']);
    expect(answer('platform/ap-south-1')).toEqual([]);
    await create(plain('anywhere', '192.0.2.4', { GeoLocation: { CountryCode: '*' } }));
    await settle();
    expect(answer('platform/ap-south-1')).toEqual(['192.0.2.4']);
  });

  test('with multivalue answers are all given, eight at most, the unhealthy ones only when no other is left', async () => {
    const { create, settle, answer, clock, route53, flag } = sdkWorld();
    const check = route53.seedHealthCheck({ Type: 'HTTP', IPAddress: '192.0.2.1', RequestInterval: 10 });
    const many = (count: number, more: Partial<ResourceRecordSet>) =>
      Array.from({ length: count }, (_, index) =>
        plain(`${index}`, `192.0.2.${index + 1}`, { MultiValueAnswer: true, ...more }),
      );
    const [sick, ...well] = many(3, {});
    await create({ ...sick, HealthCheckId: check } as ResourceRecordSet, ...well);
    await settle();
    flag.status = 200;
    route53.touch();
    await advance(clock, 60_000);
    expect(answer('1.1.1.1')).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
    flag.status = undefined;
    route53.touch();
    await advance(clock, 60_000);
    expect(answer('1.1.1.1')).toEqual(['192.0.2.2', '192.0.2.3']);

    const crowd = sdkWorld();
    await crowd.create(...many(12, {}));
    await crowd.settle();
    const answers = ['1.1.1.1', '8.8.8.8', '9.9.9.9', '208.67.222.222'].map((resolver) => crowd.answer(resolver));
    for (const given of answers) expect(new Set(given).size).toBe(8);
    expect(new Set(answers.map((given) => given.join())).size).toBeGreaterThan(1);

    const down = sdkWorld();
    await down.create({
      ...sick,
      HealthCheckId: down.route53.seedHealthCheck({ Type: 'HTTP', IPAddress: '192.0.2.1' }),
    } as ResourceRecordSet);
    await down.settle();
    expect(down.answer('1.1.1.1')).toEqual(['192.0.2.1']);
  });

  test('in a failover pair of aliases with plain checks, an unhealthy primary leads to the secondary', async () => {
    const { create, settle, answer, clock, route53, flag } = sdkWorld();
    flag.status = 200;
    const check = (name: string) =>
      route53.seedHealthCheck({ Type: 'HTTPS', FullyQualifiedDomainName: name, RequestInterval: 10 });
    await create(
      aliased('home', { Failover: 'PRIMARY', HealthCheckId: check('home.example.net') }),
      aliased('standby', { Failover: 'SECONDARY' }),
    );
    await settle();
    expect(answer('1.1.1.1')).toEqual([HOME]);
    flag.status = 500;
    route53.touch();
    await advance(clock, 60_000);
    expect(answer('1.1.1.1')).toEqual([STANDBY]);
  });

  test('a latency record leads on to the sets that its alias names in the zone', async () => {
    const { create, settle, answer, zone } = sdkWorld();
    const branch = (name: string, region: string) => ({
      Name: 'shop.example.com',
      Type: 'A' as const,
      SetIdentifier: region,
      Region: region as 'us-east-1',
      AliasTarget: { HostedZoneId: zone.id, DNSName: name, EvaluateTargetHealth: true },
    });
    const leaf = (name: string, id: string, Weight: number) => ({
      ...plain(id, `192.0.2.${id}`, { Weight }),
      Name: name,
    });
    await create(
      leaf('east.example.com', '1', 1),
      leaf('east.example.com', '2', 0),
      leaf('west.example.com', '3', 1),
      branch('east.example.com', 'us-east-1'),
      branch('west.example.com', 'us-west-2'),
    );
    await settle();
    expect(answer('platform/us-east-1')).toEqual(['192.0.2.1']);
    expect(answer('platform/us-west-2')).toEqual(['192.0.2.3']);
  });

  test('weighted answers are the same in every replay, and differ between those who ask', async () => {
    const sets = [plain('a', '192.0.2.1', { Weight: 1 }), plain('b', '192.0.2.2', { Weight: 1 })];
    const draw = async () => {
      const { create, settle, answer } = sdkWorld();
      await create(...sets);
      await settle();
      return Array.from({ length: 20 }, (_, index) => answer(`resolver ${index}`).join());
    };
    const first = await draw();
    expect(new Set(first).size).toBe(2);
    expect(await draw()).toEqual(first);
  });

  test('are resolved through a CNAME to a load balancer in either region', async () => {
    const { create, settle, route53, clock } = sdkWorld();
    const cname = (side: 'home' | 'standby', Failover: 'PRIMARY' | 'SECONDARY') => ({
      ...plain(side, alias(side).DNSName?.replace('dualstack.', '') ?? '', { Failover }),
      Type: 'CNAME' as const,
    });
    await create(cname('home', 'PRIMARY'), cname('standby', 'SECONDARY'));
    await settle();
    const { records } = route53.resolverAnswer('1.1.1.1', 'shop.example.com', 'A', clock.now_ms());
    expect(records.map((record) => [record.type, record.data])).toEqual([
      ['CNAME', 'shop-use1.elb.us-east-1.amazonaws.com'],
      ['A', HOME],
    ]);
  });
});

describe('a batch is refused', () => {
  test('for a simple set beside others, or sets of two policies', async () => {
    const { create, change } = sdkWorld();
    await create(plain('a', '192.0.2.1', { Weight: 1 }));
    const simple = { Name: 'shop.example.com', Type: 'A' as const, TTL: 60, ResourceRecords: [{ Value: '192.0.2.2' }] };
    expect(await refused(change({ Action: 'UPSERT', ResourceRecordSet: simple }))).toEqual({
      name: 'InvalidChangeBatch',
      message:
        '[RRSet with DNS name shop.example.com., type A cannot be created as other RRSets exist with the same name and type]',
    });
    expect((await refused(create(plain('b', '192.0.2.2', { Region: 'us-east-1' })))).message).toBe(
      '[RRSet with DNS name shop.example.com., type A, SetIdentifier b cannot be created as a non-latency set exists with the same name and type]',
    );
  });

  test('for a second set of the same role, region or place', async () => {
    const { create } = sdkWorld();
    const second = async (policy: Partial<ResourceRecordSet>, name: string) => {
      const set = (id: string) => ({ ...plain(id, '192.0.2.1', policy), Name: name });
      await create(set('a'));
      return refused(create(set('b')));
    };
    expect((await second({ Failover: 'PRIMARY' }, 'a.example.com')).name).toBe('InvalidChangeBatch');
    expect((await second({ GeoLocation: { ContinentCode: 'EU' } }, 'b.example.com')).name).toBe('InvalidChangeBatch');
    expect((await second({ Region: 'eu-west-1' }, 'c.example.com')).message).toBe(
      '[RRSet with DNS name c.example.com., type A, SetIdentifier b, and Region Name=eu-west-1 cannot be created because a latency RRSet with the same name, type and region already exists.]',
    );
  });

  test('for weighted sets that live differently long, until all of them change in one batch', async () => {
    const { create, change } = sdkWorld();
    const set = (id: string, TTL: number) => plain(id, `192.0.2.${id}`, { Weight: 1, TTL });
    await create(set('1', 60), set('2', 60));
    const upsert = (...sets: ResourceRecordSet[]) =>
      change(...sets.map((ResourceRecordSet) => ({ Action: 'UPSERT' as const, ResourceRecordSet })));
    expect((await refused(upsert(set('1', 30)))).message).toContain('weighted sets must contain the same TTL');
    expect((await refused(upsert(set('1', 30), set('2', 30)))).name).toBe('accepted');
  });

  test('for a policy without an identifier, an identifier without a policy, two policies, or values that none has', async () => {
    const { create } = sdkWorld();
    const { SetIdentifier: _, ...anonymous } = plain('a', '192.0.2.1', { Region: 'us-east-1' });
    expect(await refused(create(anonymous))).toEqual({
      name: 'InvalidInput',
      message:
        "Invalid request: Missing field 'SetIdentifier' in Change with [Action=CREATE, Name=shop.example.com, Type=A, SetIdentifier=null]",
    });
    expect((await refused(create({ ...anonymous, Region: undefined, MultiValueAnswer: false }))).message).toContain(
      "Missing field 'SetIdentifier'",
    );
    expect((await refused(create(plain('a', '192.0.2.1', {})))).message).toContain('but found none');
    expect((await refused(create(plain('a', '192.0.2.1', { Weight: 1, Region: 'us-east-1' })))).message).toContain(
      'but found more than one',
    );
    const wrong: Partial<ResourceRecordSet>[] = [
      { Weight: 256 },
      { Region: 'mars-1' as 'us-east-1' },
      { GeoLocation: { ContinentCode: 'XX' } },
      { GeoLocation: { ContinentCode: 'EU', CountryCode: 'DE' } },
      { GeoLocation: { CountryCode: 'DE', SubdivisionCode: 'BE' } },
    ];
    for (const policy of wrong) {
      expect((await refused(create(plain('a', '192.0.2.1', policy)))).name, JSON.stringify(policy)).toBe(
        'InvalidInput',
      );
    }
    expect((await refused(create(aliased('home', { MultiValueAnswer: true })))).name).toBe('InvalidInput');
  });

  test('when a delete does not give the policy that the set has', async () => {
    const { create, change } = sdkWorld();
    await create(plain('a', '192.0.2.1', { Region: 'us-east-1' }));
    const remove = (policy: Partial<ResourceRecordSet>) =>
      refused(change({ Action: 'DELETE', ResourceRecordSet: plain('a', '192.0.2.1', policy) }));
    expect((await remove({ Region: 'us-west-2' })).message).toContain('the values provided do not match');
    expect((await remove({ Region: 'us-east-1' })).name).toBe('accepted');
  });
});

test('roles change places in one batch', async () => {
  const { create, change, settle, answer } = sdkWorld();
  await create(aliased('home', { Failover: 'PRIMARY' }), aliased('standby', { Failover: 'SECONDARY' }));
  await change(
    { Action: 'UPSERT', ResourceRecordSet: aliased('home', { Failover: 'SECONDARY' }) },
    { Action: 'UPSERT', ResourceRecordSet: aliased('standby', { Failover: 'PRIMARY' }) },
  );
  await settle();
  expect(answer('1.1.1.1')).toEqual([STANDBY]);
});

test('record sets are listed by name, type and identifier, and paged by all three', async () => {
  const { create, sdk, zone } = sdkWorld();
  const named = (id: string, Name: string) => ({ ...plain(id, '192.0.2.1', { Weight: 1 }), Name });
  await create(
    named('b', 'shop.example.com'),
    named('a', 'shop.example.com'),
    { ...named('a', 'shop.example.com'), Type: 'AAAA', ResourceRecords: [{ Value: '2001:db8::1' }] },
    named('a', 'api.example.com'),
  );
  const seen: string[] = [];
  let next: object | undefined = { StartRecordName: 'api.example.com' };
  while (next !== undefined) {
    const page: ListResourceRecordSetsCommandOutput = await sdk.listResourceRecordSets({
      HostedZoneId: zone.id,
      MaxItems: 1,
      ...next,
    });
    seen.push(...(page.ResourceRecordSets ?? []).map((set) => `${set.Name} ${set.Type} ${set.SetIdentifier}`));
    next =
      page.IsTruncated === true
        ? {
            StartRecordName: page.NextRecordName,
            StartRecordType: page.NextRecordType,
            StartRecordIdentifier: page.NextRecordIdentifier,
          }
        : undefined;
  }
  expect(seen).toEqual([
    'api.example.com. A a',
    'shop.example.com. A a',
    'shop.example.com. A b',
    'shop.example.com. AAAA a',
  ]);
});
