import { expect, test } from 'vitest';
import { timeline } from '../../../simulator/aws/services/route-53/health.ts';
import { advance, refusal, START_MS } from './helpers.ts';
import { alias, HOME, route53World, STANDBY } from './route-53-world.ts';

const CONFIG = {
  Type: 'HTTPS' as const,
  FullyQualifiedDomainName: 'flag.lambda-url.us-west-2.on.aws',
  ResourcePath: '/shop',
  RequestInterval: 10,
  FailureThreshold: 3,
  Inverted: true,
};

/** The failover pair of the `stop` strategy. */
function stopWorld(seed = 'traffic', config: object = {}) {
  const world = route53World(seed);
  const check = world.route53.seedHealthCheck({ ...CONFIG, ...config });
  const pair = (Failover: 'PRIMARY' | 'SECONDARY', region: 'home' | 'standby', extra: object) => ({
    Name: 'shop.example.com',
    Type: 'A' as const,
    SetIdentifier: region,
    Failover,
    AliasTarget: alias(region),
    ...extra,
  });
  world.route53.seedZone({
    name: 'example.com',
    records: [pair('PRIMARY', 'home', { HealthCheckId: check }), pair('SECONDARY', 'standby', {})],
  });
  const answer = (at_ms = world.clock.now_ms()) =>
    world.route53.authoritativeAnswer('shop.example.com', 'A', at_ms).records[0]?.data;
  const setFlag = (status: number | undefined) => {
    world.flag.status = status;
    world.route53.touch();
  };
  return { ...world, check, answer, setFlag };
}

test.each(['one', 'two', 'three'])(
  'a written flag moves the traffic after three probes of 10 s (seed %s)',
  async (seed) => {
    const { clock, answer, setFlag, route53 } = stopWorld(seed);
    await advance(clock, 300_000);
    expect(answer()).toBe(HOME);
    setFlag(200);
    await advance(clock, 120_000);
    const moved_ms = route53.firstAnswered(undefined, {
      name: 'shop.example.com',
      type: 'A',
      data: STANDBY,
      after_ms: START_MS,
      until_ms: clock.now_ms(),
    });
    expect(moved_ms).toBeGreaterThanOrEqual(START_MS + 320_000);
    expect(moved_ms).toBeLessThanOrEqual(START_MS + 330_000);
  },
);

test('a removed flag brings the traffic home, a flag gone for less than three probes does not', async () => {
  const { clock, answer, setFlag } = stopWorld();
  setFlag(200);
  await advance(clock, 60_000);
  expect(answer()).toBe(STANDBY);
  setFlag(404);
  await advance(clock, 15_000);
  setFlag(200);
  await advance(clock, 60_000);
  expect(answer()).toBe(STANDBY);
  setFlag(404);
  await advance(clock, 60_000);
  expect(answer()).toBe(HOME);
});

test('a lost flag endpoint sends the traffic back to home, unless the check is pinned', async () => {
  const { clock, answer, setFlag } = stopWorld();
  setFlag(200);
  await advance(clock, 60_000);
  setFlag(undefined);
  await advance(clock, 60_000);
  expect(answer()).toBe(HOME);

  const pinned = stopWorld();
  pinned.setFlag(200);
  await advance(pinned.clock, 60_000);
  await pinned.invoke('UpdateHealthCheck', { HealthCheckId: pinned.check, Disabled: true });
  await advance(pinned.clock, 60_000);
  pinned.setFlag(undefined);
  await advance(pinned.clock, 600_000);
  expect(pinned.answer()).toBe(STANDBY);
});

test('a disabled check that is not inverted counts as healthy', async () => {
  const { clock, route53, check, setFlag, invoke } = stopWorld('traffic', { Inverted: false });
  setFlag(404);
  await advance(clock, 120_000);
  expect(route53.healthy(check, clock.now_ms())).toBe(false);
  await invoke('UpdateHealthCheck', { HealthCheckId: check, Disabled: true });
  await advance(clock, 60_000);
  expect(route53.healthy(check, clock.now_ms())).toBe(true);
});

test('a pin does not reach the checkers while the control plane is lost', async () => {
  const { clock, lost, invoke, check, setFlag, answer, route53 } = stopWorld();
  setFlag(200);
  await advance(clock, 60_000);
  await invoke('UpdateHealthCheck', { HealthCheckId: check, Disabled: true });
  lost.add('us-east-1');
  route53.touch();
  await advance(clock, 60_000);
  setFlag(undefined);
  await advance(clock, 120_000);
  expect(answer()).toBe(HOME);
});

test('a new check is healthy before there is data, an inverted one unhealthy', async () => {
  const { clock, route53, invoke } = route53World();
  const create = async (Inverted: boolean) => {
    const made = await invoke('CreateHealthCheck', {
      CallerReference: `ref-${Inverted}`,
      HealthCheckConfig: { ...CONFIG, Inverted },
    });
    return (made['HealthCheck'] as { Id: string }).Id;
  };
  const plain = await create(false);
  const inverted = await create(true);
  expect([plain, inverted].map((id) => route53.healthy(id, clock.now_ms()))).toEqual([true, false]);
  await advance(clock, 60_000);
  expect([plain, inverted].map((id) => route53.healthy(id, clock.now_ms()))).toEqual([false, true]);
});

test('a slow interval takes three times as long', async () => {
  const { clock, setFlag, answer } = stopWorld('traffic', { RequestInterval: 30 });
  setFlag(200);
  await advance(clock, 59_000);
  expect(answer()).toBe(HOME);
  await advance(clock, 31_000);
  expect(answer()).toBe(STANDBY);
});

test('with both unhealthy Route 53 answers the primary', async () => {
  const { clock, route53, flag } = route53World();
  flag.status = undefined;
  const check = route53.seedHealthCheck({ ...CONFIG, Inverted: false });
  const set = (Failover: 'PRIMARY' | 'SECONDARY', region: 'home' | 'standby') => ({
    Name: 'shop.example.com',
    Type: 'A' as const,
    SetIdentifier: region,
    Failover,
    AliasTarget: alias(region),
    HealthCheckId: check,
  });
  route53.seedZone({ name: 'example.com', records: [set('PRIMARY', 'home'), set('SECONDARY', 'standby')] });
  expect(route53.healthy(check, clock.now_ms())).toBe(false);
  expect(route53.authoritativeAnswer('shop.example.com', 'A', clock.now_ms()).records[0]?.data).toBe(HOME);
});

test('evaluating the target moves the traffic without a promote', async () => {
  const { clock, route53, down } = route53World();
  const set = (Failover: 'PRIMARY' | 'SECONDARY', region: 'home' | 'standby') => ({
    Name: 'shop.example.com',
    Type: 'A' as const,
    SetIdentifier: region,
    Failover,
    AliasTarget: { ...alias(region), EvaluateTargetHealth: true },
  });
  route53.seedZone({ name: 'example.com', records: [set('PRIMARY', 'home'), set('SECONDARY', 'standby')] });
  const answer = () => route53.authoritativeAnswer('shop.example.com', 'A', clock.now_ms()).records[0]?.data;
  expect(answer()).toBe(HOME);
  await advance(clock, 1_000);
  down.add('shop-use1.elb.us-east-1.amazonaws.com');
  route53.touch();
  expect(answer()).toBe(STANDBY);
  expect(route53.authoritativeAnswer('shop.example.com', 'A', clock.now_ms() - 1).records[0]?.data).toBe(HOME);
});

test('checkers report what the endpoint said, whether the check is inverted or not', async () => {
  const { clock, check, setFlag, invoke } = stopWorld();
  setFlag(200);
  await advance(clock, 60_000);
  const { HealthCheckObservations } = await invoke('GetHealthCheckStatus', { HealthCheckId: check });
  const reports = HealthCheckObservations as { StatusReport: { Status: string } }[];
  expect(reports).toHaveLength(16);
  expect(new Set(reports.map((report) => report.StatusReport.Status))).toEqual(
    new Set(['Success: HTTP Status Code 200']),
  );
});

test('an update with an old version is refused, one with the current version counts up', async () => {
  const { check, invoke } = stopWorld();
  const update = (HealthCheckVersion: number) =>
    invoke('UpdateHealthCheck', { HealthCheckId: check, HealthCheckVersion, FailureThreshold: 2 });
  expect(await update(1)).toMatchObject({ HealthCheck: { HealthCheckVersion: 2 } });
  expect(await refusal(() => update(1))).toBe('HealthCheckVersionMismatch');
});

test('one caller reference makes one check; other settings under it are refused', async () => {
  const { invoke } = route53World();
  const create = (FailureThreshold: number) =>
    invoke('CreateHealthCheck', { CallerReference: 'one', HealthCheckConfig: { ...CONFIG, FailureThreshold } });
  const first = await create(3);
  expect(await create(3)).toEqual(first);
  expect(await refusal(() => create(2))).toBe('HealthCheckAlreadyExists');
});

test('checks that are not simulated are refused', async () => {
  const { invoke } = route53World();
  const create = (HealthCheckConfig: object) =>
    invoke('CreateHealthCheck', { CallerReference: 'x', HealthCheckConfig });
  expect(await refusal(() => create({ Type: 'CLOUDWATCH_METRIC' }))).toBe('NotImplemented');
  expect(await refusal(() => create({ ...CONFIG, RequestInterval: 20 }))).toBe('InvalidInput');
  expect(await refusal(() => create({ Type: 'HTTPS' }))).toBe('InvalidInput');
});

test('more than 18% of the checkers make an endpoint healthy: it comes back sooner than it goes', () => {
  const observed = (at_ms: number, ok: boolean) => ({ at_ms, ok, status: ok ? 200 : undefined });
  const history = {
    initial: true,
    interval_ms: 10_000,
    // Ten checkers, one each second: two of ten are enough, one is not.
    phases_ms: Array.from({ length: 10 }, (_, checker) => checker * 1_000),
    observations: [observed(0, true), observed(100_000, false), observed(200_000, true)],
    settings: [{ at_ms: 0, threshold: 3, inverted: false, disabled: false }],
  };
  expect(timeline(history)).toEqual([
    { at_ms: 0, healthy: true },
    { at_ms: 128_000, healthy: false },
    { at_ms: 221_000, healthy: true },
  ]);
});
