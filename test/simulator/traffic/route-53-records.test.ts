import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { expect, test } from 'vitest';
import { advance, refusal, START_MS } from './helpers.ts';
import { alias, HOME, route53World, STANDBY } from './route-53-world.ts';

const A = (name: string, value: string, extra: Partial<ResourceRecordSet> = {}): ResourceRecordSet => ({
  Name: name,
  Type: 'A',
  TTL: 60,
  ResourceRecords: [{ Value: value }],
  ...extra,
});

test('a change is PENDING, and the name servers answer as before, until it is INSYNC', async () => {
  const { clock, route53, change, invoke } = route53World();
  const zone = route53.seedZone({ name: 'example.com', records: [A('shop.example.com', '192.0.2.1')] });
  const made = await change(zone.id, { Action: 'UPSERT', ResourceRecordSet: A('shop.example.com', '192.0.2.2') });
  const id = (made['ChangeInfo'] as { Id: string }).Id;
  const answer = () => route53.authoritativeAnswer('shop.example.com', 'A', clock.now_ms()).records[0]?.data;

  await advance(clock, 29_999);
  expect(await invoke('GetChange', { Id: id })).toMatchObject({ ChangeInfo: { Id: id, Status: 'PENDING' } });
  expect(answer()).toBe('192.0.2.1');
  await advance(clock, 1);
  expect(await invoke('GetChange', { Id: id.replace('/change/', '') })).toMatchObject({
    ChangeInfo: { Status: 'INSYNC' },
  });
  expect(answer()).toBe('192.0.2.2');
});

test('the control plane shows a change at once', async () => {
  const { route53, change, invoke } = route53World();
  const zone = route53.seedZone({ name: 'example.com' });
  await change(zone.id, { Action: 'CREATE', ResourceRecordSet: A('Shop.Example.com', '192.0.2.2') });
  const listed = await invoke('ListResourceRecordSets', {
    HostedZoneId: `/hostedzone/${zone.id}`,
    StartRecordName: 'shop.example.com',
    MaxItems: 1,
  });
  expect(listed).toMatchObject({ ResourceRecordSets: [{ Name: 'shop.example.com.', Type: 'A' }], IsTruncated: false });
});

test('a batch is applied whole or not at all, and says every reason', async () => {
  const { route53, change, invoke } = route53World();
  const zone = route53.seedZone({ name: 'example.com', records: [A('old.example.com', '192.0.2.1')] });
  const act = () =>
    change(
      zone.id,
      { Action: 'CREATE', ResourceRecordSet: A('new.example.com', '192.0.2.2') },
      { Action: 'CREATE', ResourceRecordSet: A('old.example.com', '192.0.2.3') },
      { Action: 'DELETE', ResourceRecordSet: A('gone.example.com', '192.0.2.3') },
    );
  await expect(act()).rejects.toMatchObject({
    code: 'InvalidChangeBatch',
    message:
      "[Tried to create resource record set [name='old.example.com.', type='A'] but it already exists, " +
      "Tried to delete resource record set [name='gone.example.com.', type='A'] but it was not found]",
  });
  const { ResourceRecordSets } = await invoke('ListResourceRecordSets', { HostedZoneId: zone.id });
  expect((ResourceRecordSets as ResourceRecordSet[]).map((record) => record.Name)).not.toContain('new.example.com.');
});

test('a delete must give the current values', async () => {
  const { route53, change } = route53World();
  const zone = route53.seedZone({ name: 'example.com', records: [A('old.example.com', '192.0.2.1')] });
  const wrong = () =>
    change(zone.id, { Action: 'DELETE', ResourceRecordSet: A('old.example.com', '192.0.2.1', { TTL: 61 }) });
  await expect(wrong()).rejects.toThrow('but the values provided do not match the current values');
  await change(zone.id, { Action: 'DELETE', ResourceRecordSet: A('old.example.com', '192.0.2.1') });
});

test('records are ordered by reversed labels, and paged', async () => {
  const { route53, invoke } = route53World();
  const names = ['b.example.com', 'a.b.example.com', 'z.example.com', '*.example.com'];
  const zone = route53.seedZone({ name: 'example.com', records: names.map((name) => A(name, '192.0.2.1')) });
  const seen: string[] = [];
  let next: object | undefined = {};
  while (next !== undefined) {
    const answer = await invoke('ListResourceRecordSets', { HostedZoneId: zone.id, MaxItems: 2, ...next });
    seen.push(...(answer['ResourceRecordSets'] as ResourceRecordSet[]).map((r) => `${r.Name} ${r.Type}`));
    next =
      answer['IsTruncated'] === true
        ? { StartRecordName: answer['NextRecordName'], StartRecordType: answer['NextRecordType'] }
        : undefined;
  }
  expect(seen).toEqual([
    'example.com. NS',
    'example.com. SOA',
    '\\052.example.com. A',
    'b.example.com. A',
    'a.b.example.com. A',
    'z.example.com. A',
  ]);
});

test('what Route 53 would refuse is refused by its code', async () => {
  const { route53, change, clock } = route53World();
  const zone = route53.seedZone({ name: 'example.com', records: [A('shop.example.com', '192.0.2.1')] });
  const upsert = async (record: ResourceRecordSet) => {
    await advance(clock, 1_000);
    return refusal(() => change(zone.id, { Action: 'UPSERT', ResourceRecordSet: record }));
  };
  expect(await upsert(A('shop.other.com', '192.0.2.1'))).toBe('InvalidChangeBatch');
  expect(await upsert({ Name: 'x.example.com', Type: 'A' })).toBe('InvalidInput');
  expect(await upsert(A('x.example.com', '192.0.2.1', { Failover: 'PRIMARY' }))).toBe('InvalidInput');
  expect(await upsert(A('shop.example.com', '192.0.2.1', { Failover: 'PRIMARY', SetIdentifier: 'home' }))).toBe(
    'InvalidChangeBatch',
  );
  expect(await upsert(A('x.example.com', '192.0.2.1', { HealthCheckId: 'nobody' }))).toBe('NoSuchHealthCheck');
  const block = { CollectionId: 'collection', LocationName: 'office' };
  expect(await upsert(A('x.example.com', '192.0.2.1', { CidrRoutingConfig: block, SetIdentifier: 'a' }))).toBe(
    'NotImplemented',
  );
  expect(
    await upsert({ Name: 'shop.example.com', Type: 'CNAME', TTL: 60, ResourceRecords: [{ Value: 'x.example.com' }] }),
  ).toBe('InvalidChangeBatch');
  expect(
    await upsert({
      Name: 'x.example.com',
      Type: 'A',
      AliasTarget: { ...alias('home'), HostedZoneId: 'Z1H1FL5HABSF5' },
    }),
  ).toBe('InvalidChangeBatch');
  expect(
    await refusal(() => change('Z0', { Action: 'UPSERT', ResourceRecordSet: A('a.example.com', '1.2.3.4') })),
  ).toBe('NoSuchHostedZone');
});

test('a sixth request within a second is throttled', async () => {
  const { clock, invoke } = route53World();
  for (let i = 0; i < 5; i += 1) await invoke('ListHostedZones');
  expect(await refusal(() => invoke('ListHostedZones'))).toBe('Throttling');
  await advance(clock, 1_000);
  expect(await refusal(() => invoke('ListHostedZones'))).toBe('accepted');
});

test('a change under way when the control plane is lost waits until it is back', async () => {
  const { clock, lost, route53, change } = route53World();
  const zone = route53.seedZone({ name: 'example.com' });
  await change(zone.id, { Action: 'CREATE', ResourceRecordSet: A('shop.example.com', '192.0.2.2') });
  lost.add('us-east-1');
  route53.touch();
  await advance(clock, 600_000);
  expect(route53.authoritativeAnswer('shop.example.com', 'A', clock.now_ms()).rcode).toBe('NXDOMAIN');
  lost.delete('us-east-1');
  route53.touch();
  await advance(clock, 30_000);
  expect(route53.authoritativeAnswer('shop.example.com', 'A', clock.now_ms()).records[0]?.data).toBe('192.0.2.2');
});

test('an alias answers with the addresses of its load balancer, a wildcard for what has no records of its own', async () => {
  const { clock, route53 } = route53World();
  route53.seedZone({
    name: 'example.com',
    records: [
      { Name: 'shop.example.com', Type: 'A', AliasTarget: alias('standby') },
      A('*.example.com', '192.0.2.9'),
      A('deep.below.example.com', '192.0.2.8'),
    ],
  });
  const answer = (name: string) => route53.authoritativeAnswer(name, 'A', clock.now_ms());
  expect(answer('shop.example.com').records).toEqual([
    { name: 'shop.example.com.', type: 'A', ttl_s: 60, data: STANDBY },
  ]);
  expect(answer('other.example.com').records[0]?.data).toBe('192.0.2.9');
  expect(answer('below.example.com')).toEqual({ rcode: 'NOERROR', records: [] });
  expect(answer('shop.elsewhere.org').rcode).toBe('REFUSED');
  expect(answer('shop-use1.elb.us-east-1.amazonaws.com').records[0]?.data).toBe(HOME);
});

test('weighted records share the answers by weight, and a weight of 0 gets none', async () => {
  const { clock, route53 } = route53World();
  const weighted = (id: string, weight: number) =>
    A('shop.example.com', `192.0.2.${id}`, { SetIdentifier: id, Weight: weight });
  route53.seedZone({ name: 'example.com', records: [weighted('1', 3), weighted('2', 1), weighted('3', 0)] });
  const counts: Record<string, number> = {};
  for (let i = 0; i < 1_000; i += 1) {
    const data = route53.authoritativeAnswer('shop.example.com', 'A', clock.now_ms() + i).records[0]?.data ?? '';
    counts[data] = (counts[data] ?? 0) + 1;
  }
  expect(counts['192.0.2.3']).toBeUndefined();
  expect(counts['192.0.2.1']).toBeGreaterThan(650);
  expect(counts['192.0.2.2']).toBeGreaterThan(150);
});

test('resolvers keep an answer for its time to live, each on its own schedule', async () => {
  const { clock, route53, change } = route53World();
  const zone = route53.seedZone({ name: 'example.com', records: [A('shop.example.com', '192.0.2.1')] });
  await advance(clock, 600_000);
  await change(zone.id, { Action: 'UPSERT', ResourceRecordSet: A('shop.example.com', '192.0.2.2') });
  await advance(clock, 200_000);
  const insync_ms = START_MS + 630_000;
  const wanted = {
    name: 'shop.example.com',
    type: 'A',
    data: '192.0.2.2',
    after_ms: START_MS,
    until_ms: clock.now_ms(),
  };
  const firsts = ['1.1.1.1', '8.8.8.8', '9.9.9.9'].map((resolver) => {
    const first_ms = route53.firstAnswered(resolver, wanted) ?? 0;
    const before = route53.resolverAnswer(resolver, 'shop.example.com', 'A', first_ms - 1);
    expect(before.records).toMatchObject([{ data: '192.0.2.1', ttl_s: 1 }]);
    expect(route53.resolverAnswer(resolver, 'shop.example.com', 'A', first_ms).records).toMatchObject([
      { data: '192.0.2.2', ttl_s: 60 },
    ]);
    expect(first_ms).toBeGreaterThanOrEqual(insync_ms);
    expect(first_ms).toBeLessThan(insync_ms + 60_000);
    return first_ms;
  });
  expect(new Set(firsts).size).toBe(3);
  expect(route53.firstAnswered(undefined, wanted)).toBe(insync_ms);
  expect(route53.firstAnswered('1.1.1.1', { ...wanted, data: '192.0.2.3' })).toBeUndefined();
});

test('a resolver follows a CNAME, and its two cached records expire separately', async () => {
  const { clock, route53 } = route53World();
  const cname = {
    Name: 'www.example.com',
    Type: 'CNAME' as const,
    TTL: 300,
    ResourceRecords: [{ Value: 'shop.example.com' }],
  };
  route53.seedZone({ name: 'example.com', records: [cname, A('shop.example.com', '192.0.2.1')] });
  const { records } = route53.resolverAnswer('1.1.1.1', 'www.example.com', 'A', clock.now_ms());
  expect(records.map((record) => [record.type, record.data])).toEqual([
    ['CNAME', 'shop.example.com'],
    ['A', '192.0.2.1'],
  ]);
});

test('a private zone is listed as such and answers nobody outside', async () => {
  const { clock, route53, invoke } = route53World();
  const zone = route53.seedZone({ name: 'example.com', isPrivate: true, records: [A('shop.example.com', '10.0.0.1')] });
  expect(await invoke('GetHostedZone', { Id: zone.id })).toMatchObject({
    HostedZone: { Config: { PrivateZone: true } },
  });
  expect(route53.authoritativeAnswer('shop.example.com', 'A', clock.now_ms()).rcode).toBe('REFUSED');
});

test('hosted zones are found by name, in order, from the one asked for', async () => {
  const { route53, invoke } = route53World();
  route53.seedZone({ name: 'b.org' });
  const zone = route53.seedZone({ name: 'example.com' });
  const listed = await invoke('ListHostedZonesByName', { DNSName: 'example.com', MaxItems: 1 });
  expect(listed).toMatchObject({
    HostedZones: [{ Id: `/hostedzone/${zone.id}`, Name: 'example.com.' }],
    IsTruncated: true,
    NextDNSName: 'b.org.',
  });
});

test('TestDNSAnswer tells what the zone answers, without a resolver between', async () => {
  const { route53, invoke } = route53World();
  const zone = route53.seedZone({ name: 'example.com', records: [A('shop.example.com', '192.0.2.1')] });
  const ask = (RecordName: string) => invoke('TestDNSAnswer', { HostedZoneId: zone.id, RecordName, RecordType: 'A' });
  expect(await ask('shop.example.com')).toMatchObject({ RecordData: ['192.0.2.1'], ResponseCode: 'NOERROR' });
  expect(await ask('none.example.com')).toMatchObject({ RecordData: [], ResponseCode: 'NXDOMAIN' });
});

test('changes of a zone reach its name servers in the order they were accepted', async () => {
  const drawn = [60_000, 10_000];
  const { clock, environment, route53, change, invoke } = route53World();
  environment.duration_ms = () => drawn.shift() ?? Number.NaN;
  const zone = route53.seedZone({ name: 'example.com' });
  const idOf = async (name: string) => {
    const made = await change(zone.id, { Action: 'CREATE', ResourceRecordSet: A(name, '192.0.2.1') });
    return (made['ChangeInfo'] as { Id: string }).Id;
  };
  await idOf('first.example.com');
  const second = await idOf('second.example.com');
  await advance(clock, 59_999);
  expect(await invoke('GetChange', { Id: second })).toMatchObject({ ChangeInfo: { Status: 'PENDING' } });
  expect(route53.authoritativeAnswer('second.example.com', 'A', clock.now_ms()).rcode).toBe('NXDOMAIN');
  await advance(clock, 1);
  expect(await invoke('GetChange', { Id: second })).toMatchObject({ ChangeInfo: { Status: 'INSYNC' } });
  expect(route53.authoritativeAnswer('second.example.com', 'A', clock.now_ms()).rcode).toBe('NOERROR');
});
