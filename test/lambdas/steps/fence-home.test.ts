import { describe, expect, test } from 'vitest';
import type { ServiceObserved } from '../../../core/topology.ts';
import {
  decideFence,
  fenceBound_s,
  fenceHome,
  judgeFence,
  patience_s,
  type Seen,
} from '../../../lambdas/steps/fence-home.ts';
import { config, HOME, planned, service, shop } from '../../core/fixture.ts';
import { contextOf, says, silent, throttled } from './fixture.ts';

const lost = planned('lost');
const impaired = planned('impaired');
const at = (seconds: number, from = impaired, app = shop()) => contextOf('fence-home', seconds, { from, app });
const ok = (change: Partial<ServiceObserved> = {}): Seen => ({ ok: true, value: service({ region: HOME, ...change }) });
const stopped = (name: string, running = 0): Seen => ok({ name, min: 0, desired: 0, running });
const no: Seen = { ok: false, failure: silent };

describe('what is known of home', () => {
  test.each<[string, Seen[]]>([
    ['fenced', [stopped('web'), stopped('orders')]],
    ['draining', [stopped('web', 2), stopped('orders')]],
    ['unreachable', [no, no]],
    ['unknown', [stopped('web'), no]],
    ['unknown', [ok({ desired: 1 }), stopped('orders')]],
    ['unknown', [{ ok: false, failure: throttled }, no]],
  ])('is %s', (verdict, seen) => expect(judgeFence(seen)).toBe(verdict));
});

describe('a forced plan', () => {
  const running = [
    ok({ min: 4, desired: 6, max: 24, running: 6 }),
    ok({ name: 'orders', min: 2, desired: 3, max: 12 }),
  ];
  test('sets all of home to zero', () => {
    expect(says(decideFence(running, at(100)))).toEqual([
      'set ecs web in us-east-1 to min 0, desired 0, max 24',
      'set ecs orders in us-east-1 to min 0, desired 0, max 12',
    ]);
  });
  test('fences the services that answer though another does not', () => {
    expect(says(decideFence([no, running[1] ?? no], at(100)))).toHaveLength(1);
  });
  test('waits for tasks that drain, but never beyond its bound', () => {
    const draining = [stopped('web', 2), stopped('orders')];
    expect(decideFence(draining, at(105)).do).toBe('wait');
    expect(decideFence(draining, at(113))).toMatchObject({ outcome: 'unconfirmed', data: { fence: 'draining' } });
  });
  test('changes nothing after its bound', () => {
    expect(decideFence(running, at(115))).toMatchObject({ do: 'done', outcome: 'unconfirmed' });
  });
  test('is done when nothing runs', () => {
    expect(decideFence([stopped('web'), stopped('orders')], at(101))).toMatchObject({
      outcome: 'done',
      detail: 'nothing runs in us-east-1 any more',
    });
  });
  test('does not ask again a home that was judged lost and does not answer', () => {
    expect(decideFence([no, no], at(100, lost))).toMatchObject({
      outcome: 'unconfirmed',
      data: { fence: 'unreachable' },
    });
  });
  test('goes on asking a home that answered a moment ago, to its bound', () => {
    expect(decideFence([no, no], at(103)).do).toBe('wait');
    expect(decideFence([no, no], at(113))).toMatchObject({ outcome: 'unconfirmed', data: { fence: 'unreachable' } });
  });
  test('gives a home that was lost three seconds, another fifteen', () => {
    expect(fenceBound_s(at(100, lost).operation)).toBe(3);
    expect(fenceBound_s(at(100).operation)).toBe(15);
  });
});

describe('a planned move', () => {
  const healthy = planned('healthy');
  const working = shop(
    config((raw) => {
      Object.assign((raw.applications.shop['services'] as object[])[1] ?? {}, { worker: true });
    }),
  );
  test('fences nothing: a switchover does that for the writer', () => {
    expect(fenceHome.definition.describe(healthy.plan, shop())).toEqual({
      applies: false,
      why: 'a switchover fences the old writer by itself',
    });
  });
  test('stops the workers, which must run in one region only, and nothing else', () => {
    const running = ok({ name: 'orders', min: 2, desired: 3, max: 12, running: 3 });
    const decision = decideFence([running], at(100, healthy, working));
    expect(says(decision)).toEqual(['set ecs orders in us-east-1 to min 0, desired 0, max 12']);
    expect(decideFence([stopped('orders')], at(101, healthy, working))).toMatchObject({
      outcome: 'done',
      detail: 'no worker runs in us-east-1 any more',
    });
  });
  test('waits for workers that are seen to stop, longer than for a home that does not answer, and not for ever', () => {
    const draining = [stopped('orders', 1)];
    expect(patience_s(at(100, healthy, working).operation)).toBe(130);
    expect(decideFence(draining, at(120, healthy, working)).do).toBe('wait');
    expect(decideFence(draining, at(227, healthy, working)).do).toBe('wait');
    expect(decideFence(draining, at(228, healthy, working))).toMatchObject({ do: 'done', outcome: 'unconfirmed' });
    expect(decideFence([no], at(113, healthy, working))).toMatchObject({ do: 'done', outcome: 'unconfirmed' });
  });
});
