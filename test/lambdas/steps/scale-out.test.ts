import { describe, expect, test } from 'vitest';
import type { CapacityConfig } from '../../../core/config/schema.ts';
import { known, type Observed, type ServiceObserved, unknown } from '../../../core/topology.ts';
import type { StepContext } from '../../../lambdas/runner/step.ts';
import { prewarm } from '../../../lambdas/steps/prewarm.ts';
import { scaleOut } from '../../../lambdas/steps/scale-out.ts';
import { config, planned, service, shop } from '../../core/fixture.ts';
import { acted, contextOf, remembered, says } from './fixture.ts';

const WEB: CapacityConfig = { min: 4, desired: 6, max: 24 };
const ORDERS: CapacityConfig = { min: 2, desired: 3, max: 12 };
type Options = Parameters<typeof contextOf>[2];
const decide = (
  step: typeof scaleOut,
  seen: readonly Observed<ServiceObserved>[],
  options: Options = {},
  seconds = 100,
) => step.decide(seen, { ...contextOf(step.definition.id, seconds, options) } as StepContext);

const web = (change: Partial<ServiceObserved> = {}) => known(service(change));
const orders = (change: Partial<ServiceObserved> = {}) =>
  known(service({ name: 'orders', healthy: undefined, ...change }));
const webUp = web({ ...WEB, running: 6, healthy: 6 });
const ordersUp = orders({ ...ORDERS, running: 3 });

describe('scale-out', () => {
  const first = decide(scaleOut, [web(), orders({ min: 0, desired: 0 })]);
  test('raises every service to what the plan says', () => {
    expect(says(first)).toEqual([
      'set ecs web in us-west-2 to min 4, desired 6, max 24',
      'set ecs orders in us-west-2 to min 2, desired 3, max 12',
    ]);
  });
  test('takes the numbers that were approved, whatever the configuration says since', () => {
    const app = shop(
      config((raw) => {
        Object.assign((raw.applications.shop['services'] as object[])[0] ?? {}, {
          active: { min: 9, desired: 9, max: 9 },
        });
      }),
    );
    expect(says(decide(scaleOut, [web(), ordersUp], { app }))).toEqual([
      'set ecs web in us-west-2 to min 4, desired 6, max 24',
    ]);
  });
  test('raises what it sees while another cannot be seen', () => {
    expect(says(decide(scaleOut, [unknown('silent'), orders()]))).toHaveLength(1);
    expect(decide(scaleOut, [unknown('silent'), ordersUp])).toEqual({ do: 'wait', why: 'web cannot be seen (silent)' });
  });
  test.each([
    ['tasks are missing', web({ ...WEB, running: 5, healthy: 5 })],
    ['tasks run that the load balancer does not find healthy', web({ ...WEB, running: 6, healthy: 5 })],
  ])('is not done while %s', (_, seen) => {
    expect(decide(scaleOut, [seen, ordersUp])).toMatchObject({ do: 'wait', why: expect.stringContaining('web: ') });
  });
  test('is done when all of it is up; adopted when it did nothing and nobody pre-warmed', () => {
    const events = remembered('scale-out', first, 100);
    expect(decide(scaleOut, [webUp, ordersUp], { events })).toMatchObject({ outcome: 'done' });
    expect(decide(scaleOut, [webUp, ordersUp])).toMatchObject({ outcome: 'adopted' });
    const warmed = [acted('prewarm', 'set ecs web', 10)];
    expect(decide(scaleOut, [webUp, ordersUp], { events: warmed })).toMatchObject({ outcome: 'done' });
  });
  test('raises again what something has taken down meanwhile', () => {
    const events = remembered('scale-out', first, 100);
    expect(says(decide(scaleOut, [web(), ordersUp], { events }, 200))).toHaveLength(1);
  });
});

describe('prewarm', () => {
  const begin = (app = shop()) => decide(prewarm, [web(), orders({ min: 0, desired: 0 })], { app });
  test('starts what the standby needs', () => {
    expect(says(begin())).toHaveLength(2);
  });
  test('never starts a worker: it would work in both regions before anybody approved', () => {
    const app = shop(
      config((raw) => {
        Object.assign((raw.applications.shop['services'] as object[])[1] ?? {}, { worker: true });
      }),
    );
    expect(says(begin(app))).toEqual(['set ecs web in us-west-2 to min 4, desired 6, max 24']);
    expect(says(decide(scaleOut, [webUp, orders({ min: 0, desired: 0 })], { app }))).toHaveLength(1);
  });
  test('makes its changes once and waits for nothing', () => {
    const events = remembered('prewarm', begin(), 10);
    expect(decide(prewarm, [web(), orders()], { events })).toMatchObject({ do: 'done', outcome: 'done' });
  });
  test('does nothing where it is switched off', () => {
    const app = shop(
      config((raw) => {
        raw.applications.shop['prewarm'] = false;
      }),
    );
    expect(prewarm.definition.describe(planned().plan, app)).toEqual({
      applies: false,
      why: 'switched off in muster.yaml',
    });
  });
});
