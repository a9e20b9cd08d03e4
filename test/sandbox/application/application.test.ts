import { expect, test } from 'vitest';
import { firstServedWrite } from '../../../sandbox/application/user.ts';
import { advance, START_MS } from '../../simulator/traffic/helpers.ts';
import { HOME, STANDBY, stopWorld } from '../../simulator/traffic/stop-world.ts';

function ask(world: ReturnType<typeof stopWorld>, region: string, method: string, path: string) {
  const answer = world.application.respond(region, { method, path });
  return answer && { status: answer.status, text: new TextDecoder().decode(answer.body) };
}

test('a region says who it is', () => {
  const world = stopWorld();
  const health = ask(world, 'us-west-2', 'GET', '/healthz');
  expect(health?.status).toBe(200);
  expect(JSON.parse(health?.text ?? '')).toMatchObject({ status: 'ok', region: 'us-west-2' });
  expect(ask(world, 'us-west-2', 'GET', '/')).toMatchObject({ status: 200 });
  expect(ask(world, 'us-west-2', 'GET', '/elsewhere')).toMatchObject({ status: 404 });
  expect(ask(world, 'us-west-2', 'GET', '/muster/check-write')).toMatchObject({ status: 404 });
});

test('a write is taken where the application reaches a writer, from either region', () => {
  const world = stopWorld();
  for (const region of ['us-east-1', 'us-west-2']) {
    const answer = ask(world, region, 'POST', '/muster/check-write');
    expect(answer?.status).toBe(200);
    expect(JSON.parse(answer?.text ?? '')).toEqual({ region, writer: 'us-east-1', at: '2026-11-20T23:14:00.000Z' });
  }
});

test('a write is refused with the reason', () => {
  const world = stopWorld();
  const reason = () => JSON.parse(ask(world, 'us-west-2', 'POST', '/muster/check-write')?.text ?? '').reason;
  world.state.writer = 'us-west-2';
  expect(reason()).toBe('read-only');
  world.state.writer = undefined;
  expect(reason()).toBe('no-writer-endpoint');
  world.state.writer = 'us-east-1';
  world.lost.add('us-east-1');
  expect(reason()).toBe('writer-unreachable');
});

test('without tasks the load balancer answers 503, in a lost region nobody answers', () => {
  const world = stopWorld();
  world.state.tasks['us-west-2'] = 0;
  expect(ask(world, 'us-west-2', 'GET', '/healthz')).toMatchObject({ status: 503 });
  world.lost.add('us-west-2');
  expect(ask(world, 'us-west-2', 'GET', '/healthz')).toBeUndefined();
});

test('while the load balancer shows a maintenance page nobody is served, however healthy the tasks are', () => {
  const world = stopWorld();
  world.state.maintenance.add('us-west-2');
  for (const path of ['/', '/healthz']) expect(ask(world, 'us-west-2', 'GET', path)).toMatchObject({ status: 503 });
  expect(world.application.write('us-west-2')).toMatchObject({ served: false, reason: 'maintenance' });
  expect(world.application.write('us-east-1')).toMatchObject({ served: true });
});

test('the true downtime lasts until the database, the flag, the health check and the resolver have all moved', async () => {
  const world = stopWorld();
  const { clock, application, route53, state } = world;
  const user = { application, host: 'shop.example.com', resolve: route53.resolverAnswer };
  await advance(clock, 600_000);
  const lost_ms = clock.now_ms();
  world.lose('us-east-1');
  await advance(clock, 120_000);
  state.writable = new Set(['us-west-2']);
  state.writer = 'us-west-2';
  world.touch();
  await world.writeFlag();
  const flag_ms = clock.now_ms();
  await advance(clock, 300_000);

  const window = { after_ms: lost_ms, until_ms: clock.now_ms() };
  const first = firstServedWrite(user, { resolver: '1.1.1.1', ...window });
  expect(first).toMatchObject({ region: 'us-west-2', writer: 'us-west-2' });
  // Three probes, and at most one time to live.
  expect(first?.at_ms).toBeGreaterThanOrEqual(flag_ms + 20_000);
  expect(first?.at_ms).toBeLessThanOrEqual(flag_ms + 91_000);
  const moved_ms = route53.firstAnswered('1.1.1.1', {
    name: 'shop.example.com',
    type: 'A',
    data: STANDBY.address,
    ...window,
  });
  expect((first?.at_ms ?? 0) - (moved_ms ?? 0)).toBeLessThan(1_000);
  const atOnce = (at_ms: number) => firstServedWrite(user, { resolver: '1.1.1.1', after_ms: at_ms, until_ms: at_ms });
  expect(atOnce(lost_ms - 1)).toMatchObject({ region: HOME.region });
  expect(atOnce(lost_ms)).toBeUndefined();
  expect(application.writeAt(HOME.region, lost_ms)).toMatchObject({ served: false, reason: 'no-answer' });
});

test('no write is served while nothing accepts one', async () => {
  const world = stopWorld();
  world.lose('us-east-1');
  await advance(world.clock, 60_000);
  const user = { application: world.application, host: 'shop.example.com', resolve: world.route53.resolverAnswer };
  const window = { resolver: '1.1.1.1', after_ms: START_MS, until_ms: world.clock.now_ms() };
  expect(firstServedWrite(user, window)).toBeUndefined();
  expect(firstServedWrite({ ...user, host: 'none.example.com' }, window)).toBeUndefined();
});
