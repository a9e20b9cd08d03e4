import { expect, test } from 'vitest';
import { NetworkFailure, type WireResponse } from '../../../simulator/wire.ts';
import { advance } from './helpers.ts';
import { get, HOME, STANDBY, stopWorld } from './stop-world.ts';

const CALLER = { name: 'muster-step-verify', region: 'us-west-2' };

/** What a request came to within a minute: a status and body, a failure's code, or silence. */
async function outcome(world: ReturnType<typeof stopWorld>, sent: Promise<unknown>): Promise<unknown> {
  let result: unknown = 'silence';
  sent.then(
    (answer) => {
      result = answer;
    },
    (error: unknown) => {
      result = error instanceof NetworkFailure ? error.code : error;
    },
  );
  await advance(world.clock, 60_000);
  return result;
}

const send = async (world: ReturnType<typeof stopWorld>, url: string, caller = CALLER, method = 'GET') => {
  const result = await outcome(world, world.network.send(get(url, method), caller));
  if (typeof result !== 'object' || result === null) return result;
  const response = result as WireResponse;
  return `${response.status} ${new TextDecoder().decode(response.body)}`;
};

test('requests reach AWS, Slack, function URLs, the flag endpoint and the application by their host names', async () => {
  const world = stopWorld();
  expect(await send(world, 'https://rds.us-west-2.amazonaws.com/')).toBe('200 aws');
  expect(await send(world, 'https://flags.s3.us-west-2.amazonaws.com/shop')).toBe('200 aws');
  expect(await send(world, 'https://lambda.us-west-2.api.aws/')).toBe('200 aws');
  expect(await send(world, 'https://slack.com/api/chat.postMessage')).toBe('200 slack');
  expect(await send(world, 'https://hooks.slack.com/x')).toBe('200 slack');
  expect(await send(world, 'https://abc.lambda-url.us-west-2.on.aws/')).toBe('200 function');
  expect(await send(world, `${world.flag.url('shop')}`)).toBe('404 not promoted');
  expect(await send(world, 'https://shop.example.com/healthz')).toContain('"region":"us-east-1"');
  expect(await send(world, `https://${STANDBY.address}/healthz`)).toContain('"region":"us-west-2"');
  expect(await send(world, 'https://shop-usw2.elb.us-west-2.amazonaws.com/healthz')).toContain('"region":"us-west-2"');
  expect(await send(world, 'https://registry.example.net/')).toBe('ENOTFOUND');
  expect(await send(world, 'https://notslack.com/')).toBe('ENOTFOUND');
});

test('what is addressed to a lost region is never answered, nor is what is sent from one', async () => {
  const world = stopWorld();
  world.lose('us-east-1');
  expect(await send(world, 'https://rds.us-east-1.amazonaws.com/')).toBe('silence');
  // A global service is in no one region: the endpoint's fault rules decide whether it answers.
  expect(await send(world, 'https://route53.amazonaws.com/')).toBe('200 aws');
  expect(await send(world, 'https://shop.example.com/healthz')).toBe('silence');
  expect(await send(world, `https://${HOME.address}/healthz`)).toBe('silence');
  expect(await send(world, 'https://rds.us-west-2.amazonaws.com/', { ...CALLER, region: 'us-east-1' })).toBe('silence');
  expect(await send(world, 'https://rds.us-west-2.amazonaws.com/')).toBe('200 aws');
});

test('what is answered after its region was lost does not arrive, though it was done', async () => {
  const arrived: string[] = [];
  const world: ReturnType<typeof stopWorld> = stopWorld('stop', {
    handle: async (request) => {
      arrived.push(request.url.hostname);
      await world.clock.sleep(100);
      return { status: 200, headers: {}, body: new Uint8Array() };
    },
  });
  const sent = world.network.send(get('https://rds.us-east-1.amazonaws.com/'), CALLER);
  await advance(world.clock, 50);
  world.lose('us-east-1');
  expect(await outcome(world, sent)).toBe('silence');
  expect(arrived).toEqual(['rds.us-east-1.amazonaws.com']);
});

test('a host can hang, refuse, or lose the answer to what it did', async () => {
  const world = stopWorld();
  const { faults } = world.network;
  const url = 'https://states.us-west-2.amazonaws.com/';
  faults.setHost('states.us-west-2.amazonaws.com', 'hang');
  expect(await send(world, url)).toBe('silence');
  faults.setHost('states.us-west-2.amazonaws.com', undefined);
  faults.setHost('*.us-west-2.amazonaws.com', 'refuse');
  expect(await send(world, url)).toBe('ECONNREFUSED');
  faults.setHost('*.us-west-2.amazonaws.com', 'lose-answer');
  expect(await send(world, url)).toBe('ECONNRESET');
  faults.setHost('*.us-west-2.amazonaws.com', undefined);
  expect(await send(world, url)).toBe('200 aws');
  faults.setHost(HOME.address, 'refuse');
  expect(await send(world, 'https://shop.example.com/')).toBe('ECONNREFUSED');
});

test('a request that was given up before it arrived has no effect', async () => {
  let effects = 0;
  const world = stopWorld('stop', {
    handle: async () => {
      effects += 1;
      return { status: 200, headers: {}, body: new Uint8Array() };
    },
  });
  const url = 'https://rds.us-west-2.amazonaws.com/';
  const abort = new AbortController();
  const sent = world.network.send(get(url, 'GET', abort.signal), CALLER);
  abort.abort();
  expect(await outcome(world, sent)).toBe('silence');
  expect(effects).toBe(0);
  await outcome(world, world.network.send(get(url), CALLER));
  expect(effects).toBe(1);
});

test('names resolve through the platform, public resolvers and the name servers; any other server does not answer', async () => {
  const world = stopWorld();
  const [server] = world.zone.nameServers;
  const resolve = (name: string, at: string | undefined) =>
    outcome(world, world.network.resolve(name, 'A', at, CALLER));
  expect(await resolve('shop.example.com', undefined)).toMatchObject({ addresses: [HOME.address] });
  expect(await resolve('shop.example.com', '1.1.1.1:53')).toMatchObject({ addresses: [HOME.address] });
  expect(await resolve('shop.example.com', server?.address)).toEqual({ addresses: [HOME.address], ttl_s: 60 });
  expect(await resolve(server?.name ?? '', undefined)).toMatchObject({ addresses: [server?.address] });
  expect(await resolve('shop-usw2.elb.us-west-2.amazonaws.com', server?.address)).toBe('ENOTFOUND');
  expect(await resolve('shop-usw2.elb.us-west-2.amazonaws.com', '8.8.8.8')).toMatchObject({
    addresses: [STANDBY.address],
  });
  expect(await resolve('slack.com', undefined)).toMatchObject({ ttl_s: 60 });
  expect(await resolve('shop.example.com', '192.0.2.53')).toBe('silence');
});

test('a resolver that was asked for a missing name remembers that it is missing', async () => {
  const world = stopWorld();
  const resolve = (at: string) => outcome(world, world.network.resolve('drill.example.com', 'A', at, CALLER));
  expect(await resolve('1.1.1.1')).toBe('ENOTFOUND');
  const record = { Name: 'drill.example.com', Type: 'A', TTL: 60, ResourceRecords: [{ Value: STANDBY.address }] };
  await world.route53.service.operations['ChangeResourceRecordSets']?.(
    { HostedZoneId: world.zone.id, ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: record }] } },
    { clock: world.clock, random: world.random, accountId: world.accountId, region: 'us-east-1', caller: CALLER },
  );
  await advance(world.clock, 60_000);
  expect(await resolve('1.1.1.1')).toBe('ENOTFOUND');
  expect(await resolve('8.8.8.8')).toMatchObject({ addresses: [STANDBY.address] });
  await advance(world.clock, 900_000);
  expect(await resolve('1.1.1.1')).toMatchObject({ addresses: [STANDBY.address] });
});

test('health checkers see what the network lets them see', async () => {
  const world = stopWorld();
  const probe = (url: string, address?: string) => world.network.probe({ url: new URL(url), address });
  expect(probe(world.flag.url('shop'))).toBe(404);
  await world.writeFlag();
  expect(probe(world.flag.url('shop'))).toBe(200);
  world.flag.kill();
  expect(probe(world.flag.url('shop'))).toBeUndefined();
  world.flag.revive();
  world.network.faults.setHost(world.flag.host, 'refuse');
  expect(probe(world.flag.url('shop'))).toBeUndefined();
  expect(probe('https://shop.example.com/healthz')).toBe(200);
  expect(probe('https://anything/healthz', STANDBY.address)).toBe(200);
  world.state.tasks['us-west-2'] = 0;
  expect(probe('https://anything/healthz', STANDBY.address)).toBe(503);
  expect(() => probe('https://slack.com/')).toThrow('cannot be simulated');
});

test('a flag in the bucket moves the traffic, and losing its endpoint moves it back', async () => {
  const world = stopWorld();
  const answer = () =>
    world.route53.authoritativeAnswer('shop.example.com', 'A', world.clock.now_ms()).records[0]?.data;
  await world.writeFlag();
  await advance(world.clock, 40_000);
  expect(answer()).toBe(STANDBY.address);
  world.flag.kill();
  world.touch();
  await advance(world.clock, 40_000);
  expect(answer()).toBe(HOME.address);
});
