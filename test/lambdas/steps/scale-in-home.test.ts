import { describe, expect, test } from 'vitest';
import type { ServiceObserved } from '../../../core/topology.ts';
import type { Seen } from '../../../lambdas/steps/fence-home.ts';
import { decideScaleIn, scaleInHome } from '../../../lambdas/steps/scale-in-home.ts';
import { config, HOME, planned, service, shop } from '../../core/fixture.ts';
import { contextOf, ended, remembered, says, silent } from './fixture.ts';

const verified = [ended('verify', 90)];
const healthy = planned('healthy');
const at = (seconds: number, events = verified, from = healthy) =>
  contextOf('scale-in-home', seconds, { events, from });
const ok = (change: Partial<ServiceObserved>): Seen => ({ ok: true, value: service({ region: HOME, ...change }) });
const web = (change: Partial<ServiceObserved> = {}) => ok({ min: 4, desired: 6, max: 24, running: 6, ...change });
const orders = (change: Partial<ServiceObserved> = {}) =>
  ok({ name: 'orders', min: 2, desired: 3, max: 12, running: 3, ...change });
const idle = [web({ min: 1, desired: 1, max: 2, running: 4 }), orders({ min: 0, desired: 0, max: 2, running: 0 })];
const lost: Seen = { ok: false, failure: silent };

describe('home keeps its capacity', () => {
  test('in a forced plan, where it was fenced', () => {
    const fenced = [...verified, ended('fence-home', 70)];
    expect(decideScaleIn([], at(100, fenced, planned('lost')))).toMatchObject({
      outcome: 'not-needed',
      detail: 'fence-home did it',
    });
    const unfenced = [...verified, ended('fence-home', 70, 'unconfirmed', undefined, 'us-east-1 did not answer')];
    expect(decideScaleIn([], at(100, unfenced, planned('lost')))).toMatchObject({
      outcome: 'not-needed',
      detail: 'a forced move leaves home to its fence: us-east-1 did not answer',
    });
  });
  test.each([
    ['has not run', []],
    ['was skipped', [ended('verify', 90, 'skipped')]],
  ])('when the verification %s', (_, events) => {
    expect(decideScaleIn([web(), orders()], at(100, events))).toMatchObject({ do: 'done', outcome: 'not-needed' });
  });
  test('when it has none of ours', () => {
    const app = shop(
      config((raw) => {
        raw.applications.shop['services'] = [];
      }),
    );
    expect(scaleInHome.definition.describe(healthy.plan, app)).toMatchObject({ applies: false });
  });
});

describe('after a planned move', () => {
  const first = decideScaleIn([web(), orders()], at(100));
  test("home's services go to their idle capacity", () => {
    expect(says(first)).toEqual([
      'set ecs web in us-east-1 to min 1, desired 1, max 2',
      'set ecs orders in us-east-1 to min 0, desired 0, max 2',
    ]);
  });
  test('it is done when it is set, and says what still drains', () => {
    const events = [...verified, ...remembered('scale-in-home', first, 100)];
    expect(decideScaleIn(idle, at(102, events))).toEqual({
      do: 'done',
      outcome: 'done',
      detail: 'us-east-1: web desired 1, 4 still running; orders desired 0, 0 running',
    });
    expect(decideScaleIn(idle, at(102))).toMatchObject({ outcome: 'adopted' });
  });
  test('a service that somebody has stopped is not started', () => {
    expect(says(decideScaleIn([web({ min: 0, desired: 0 }), orders()], at(100)))[0]).toMatch(/min 0, desired 0, max 2/);
  });
  test('what answers is scaled in though another service does not', () => {
    expect(says(decideScaleIn([lost, orders()], at(100)))).toHaveLength(1);
  });
  test('a home that does not answer is asked for half a minute and then reported, never waited for', () => {
    expect(decideScaleIn([lost, idle[1] ?? lost], at(110)).do).toBe('wait');
    expect(decideScaleIn([lost, idle[1] ?? lost], at(130))).toMatchObject({
      do: 'done',
      outcome: 'unconfirmed',
      detail: 'us-east-1: orders desired 0, 0 running; not seen: web (TimeoutError: no answer)',
    });
  });
  test('a home that does not scale in is reported', () => {
    const events = [...verified, ...remembered('scale-in-home', first, 100)];
    expect(decideScaleIn([web(), orders()], at(130, events))).toMatchObject({
      do: 'done',
      outcome: 'unconfirmed',
      detail: expect.stringMatching(/^not all was set: us-east-1: web desired 6/),
    });
  });
});
