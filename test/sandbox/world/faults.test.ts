import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { DescribeGlobalClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { describe, expect, test } from 'vitest';
import { firstServedWrite } from '../../../sandbox/application/user.ts';
import { failCalls } from '../../../sandbox/world/api-faults.ts';
import { bareWorld, HOME, STANDBY } from './bare-world.ts';

const SHOP = 'https://shop.example.com';
const SERVICES = new DescribeServicesCommand({ cluster: 'shop', services: ['web'] });

describe('an application that fails for a reason of its own', () => {
  test('answers so on every path, takes no write, and its targets are healthy', async () => {
    const { world, shop, get } = bareWorld({ regionHeader: 'x-served-region' });
    shop.fail(HOME, { status: 503 });
    for (const path of ['/', '/healthz', '/elsewhere']) {
      expect(await get(`${SHOP}${path}`)).toMatchObject({ status: 503, region: HOME });
    }
    expect(shop.application.write(HOME)).toEqual({ served: false, region: HOME, reason: 'application-fault' });
    expect(shop.application.write(STANDBY)).toMatchObject({ served: true, writer: HOME });
    expect(world.services.rds.acceptsWrites(HOME, 'shop-use1')).toBe(true);
    const group = shop.config.services[0]?.home.targetGroupArn ?? '';
    expect(world.services.elb.healthyTargets(group)).toHaveLength(6);
    shop.fail(HOME, undefined);
    expect(await get(`${SHOP}/healthz`)).toMatchObject({ status: 200 });
    expect(shop.application.write(HOME)).toMatchObject({ served: true });
  });

  test('fails its targets’ health checks where a scenario says so', async () => {
    const { world, shop, pass } = bareWorld();
    const group = shop.config.services[0]?.standby.targetGroupArn ?? '';
    shop.fail(STANDBY, { status: 500, unhealthyTargets: true });
    world.services.elb.healthyTargets(group);
    await pass(30);
    expect(world.services.elb.healthyTargets(group)).toEqual([]);
    shop.fail(STANDBY, undefined);
    await pass(30);
    expect(world.services.elb.healthyTargets(group)).toHaveLength(1);
  });

  test('in part answers the rest as ever, and so do users find it', async () => {
    const { world, clock, shop, get, pass } = bareWorld();
    shop.fail(HOME, { status: 500, share: 0.3 });
    let failed = 0;
    for (let count = 0; count < 200; count += 1) {
      const { status } = await get(`${SHOP}/healthz`);
      expect([200, 500]).toContain(status);
      if (status === 500) failed += 1;
    }
    expect(failed).toBeGreaterThan(35);
    expect(failed).toBeLessThan(85);
    expect(shop.application.write(HOME)).toMatchObject({ served: true });
    const from_ms = clock.now_ms();
    await pass(300);
    const at = Array.from({ length: 300 }, (_, second) => shop.application.writeAt(HOME, from_ms + second * 1_000));
    const refused = at.filter((outcome) => outcome?.served === false && outcome.reason === 'application-fault').length;
    expect(refused).toBeGreaterThan(60);
    expect(refused).toBeLessThan(120);
    const user = { application: shop.application, host: 'shop.example.com', resolve: world.route53.resolverAnswer };
    const window = { resolver: '1.1.1.1', after_ms: from_ms, until_ms: clock.now_ms() };
    expect(firstServedWrite(user, window)?.at_ms).toBe(from_ms + 1_000 * at.findIndex((outcome) => outcome?.served));
  });

  test('is refused for a share that is none', () => {
    const { shop } = bareWorld();
    for (const share of [0, 1.5, Number.NaN]) expect(() => shop.fail(HOME, { status: 500, share })).toThrow('no share');
  });
});

describe('AWS APIs that fail in part', () => {
  async function outcomes(count: number, ask: () => Promise<unknown>): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for (let index = 0; index < count; index += 1) {
      const outcome = await ask().then(
        () => 'ok',
        (error: { name: string; $metadata?: { httpStatusCode?: number } }) =>
          `${error.$metadata?.httpStatusCode} ${error.name}`,
      );
      found[outcome] = (found[outcome] ?? 0) + 1;
    }
    return found;
  }

  test('fail for a share of the calls of one service in one region, until it ends', async () => {
    const { world, options, get } = bareWorld();
    const end = failCalls(world, { region: HOME, service: 'ecs', share: 0.5, how: '503' });
    const home = new ECSClient(options(HOME));
    const found = await outcomes(40, () => home.send(SERVICES));
    expect(Object.keys(found).sort()).toEqual(['503 ServiceUnavailable', 'ok']);
    expect(found['ok']).toBeGreaterThan(10);
    expect(found['ok']).toBeLessThan(30);
    expect(await outcomes(10, () => new ECSClient(options(STANDBY)).send(SERVICES))).toEqual({ ok: 10 });
    const rds = new RDSClient(options(HOME));
    expect(await outcomes(10, () => rds.send(new DescribeGlobalClustersCommand({})))).toEqual({ ok: 10 });
    // What the APIs manage is well.
    expect(await get(`${SHOP}/muster/check-write`, { method: 'POST' })).toMatchObject({ status: 200 });
    end();
    expect(await outcomes(10, () => home.send(SERVICES))).toEqual({ ok: 10 });
  });

  test('answer with the codes of each service, and can do what they deny', async () => {
    const { world, options } = bareWorld();
    const ecs = new ECSClient(options(HOME));
    const rds = new RDSClient(options(HOME));
    const ends = [failCalls(world, { how: 'throttle', region: HOME })];
    expect(await outcomes(1, () => ecs.send(SERVICES))).toEqual({ '400 ThrottlingException': 1 });
    expect(await outcomes(1, () => rds.send(new DescribeGlobalClustersCommand({})))).toEqual({ '400 Throttling': 1 });
    ends.pop()?.();
    failCalls(world, { how: 'effect-then-500', action: 'UpdateService' });
    const update = new UpdateServiceCommand({ cluster: 'shop', service: 'web', desiredCount: 8 });
    expect(await outcomes(1, () => ecs.send(update))).toEqual({ '500 ServerException': 1 });
    expect(world.services.ecs.desired(HOME, 'service/shop/web')).toBe(8);
  });
});

describe('names of a region that do not resolve', () => {
  const ask = async (region: string, { options }: ReturnType<typeof bareWorld>) =>
    new ECSClient(options(region)).send(SERVICES).then(
      () => 'ok',
      (error: { code?: string; name: string }) => error.code ?? error.name,
    );

  test.each([
    ['not-found', 'ENOTFOUND'],
    ['servfail', 'EAI_AGAIN'],
  ] as const)('%s: its APIs cannot be reached, its application can', async (fault, code) => {
    const bare = bareWorld();
    bare.world.network.faults.setRegionNames(HOME, fault);
    expect(await ask(HOME, bare)).toBe(code);
    expect(await ask(STANDBY, bare)).toBe('ok');
    expect(await bare.get(`${SHOP}/muster/check-write`, { method: 'POST' })).toMatchObject({ status: 200 });
    bare.world.network.faults.setRegionNames(HOME, undefined);
    expect(await ask(HOME, bare)).toBe('ok');
  });

  test('of one service only leave the others of the region', async () => {
    const bare = bareWorld();
    bare.world.network.faults.setRegionNames(HOME, 'not-found', ['dynamodb']);
    expect(await ask(HOME, bare)).toBe('ok');
    bare.world.network.faults.setRegionNames(HOME, 'not-found', ['ecs']);
    expect(await ask(HOME, bare)).toBe('ENOTFOUND');
  });

  test('are not found by a resolver either', async () => {
    const { world, play } = bareWorld();
    const caller = { name: 'person:ana', region: undefined };
    const resolve = () => play(world.network.resolve('ecs.us-east-1.amazonaws.com', 'A', '1.1.1.1', caller));
    expect((await resolve()).addresses).toHaveLength(1);
    world.network.faults.setRegionNames(HOME, 'not-found');
    await expect(resolve()).rejects.toMatchObject({ code: 'ENOTFOUND' });
    world.network.faults.setRegionNames(HOME, 'servfail');
    await expect(resolve()).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });
});
