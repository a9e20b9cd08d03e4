import { describe, expect, test } from 'vitest';
import { isUnfenced, newestFence, owner } from '../../../core/fence.ts';
import type { ServiceObserved } from '../../../core/topology.ts';
import { decideFenceLater, type HomeSeen } from '../../../lambdas/reconciler/fence-later.ts';
import { HOME, service, shop, timed } from '../../core/fixture.ts';
import { silent, throttled } from '../steps/fixture.ts';
import { end, operationWith, promoted } from './operations.ts';

type Seen = HomeSeen['services'][number];
const ok = (change: Partial<ServiceObserved>): Seen => ({ ok: true, value: service({ region: HOME, ...change }) });
const no: Seen = { ok: false, failure: silent };
const stopped = (name: string, running = 0): Seen => ok({ name, min: 0, desired: 0, running });
const awake = ok({ name: 'web', min: 4, desired: 6, max: 24, running: 6 });
const rule = {
  kind: 'eventbridge-rule' as const,
  name: 'nightly',
  home: { name: 'nightly', bus: 'default' },
  standby: { name: 'nightly', bus: 'default' },
};

const decide = (services: readonly Seen[], workers: HomeSeen['workers'] = []) =>
  decideFenceLater({ services, workers }, promoted('unreachable'), shop());

describe('home, looked at after the promote', () => {
  test('is stopped as soon as it answers, bounds and count together, with what was there in the ledger', () => {
    const { changes, fence } = decide([awake, stopped('orders')]);
    expect(changes).toMatchObject([
      {
        action: 'set ecs web in us-east-1 to min 0, desired 0, max 24',
        change: { region: HOME, before: { min: 4, desired: 6, max: 24 }, after: { min: 0, desired: 0, max: 24 } },
      },
    ]);
    expect(fence).toBe('draining');
  });

  test('is fenced only when nothing is seen to run and nothing is left to stop', () => {
    expect(decide([stopped('web'), stopped('orders')]).fence).toBe('fenced');
    expect(decide([stopped('web', 1), stopped('orders')]).fence).toBe('draining');
    expect(decide([ok({ name: 'web', min: 0, desired: 6, running: 0 }), stopped('orders')]).fence).toBe('draining');
  });

  test('is never called fenced by what did not answer', () => {
    expect(decide([no, no]).fence).toBe('unreachable');
    expect(decide([stopped('web'), no]).fence).toBe('unknown');
    expect(decide([{ ok: false, failure: throttled }, stopped('orders')]).fence).toBe('unknown');
    expect(decide([]).fence).toBe('unreachable');
  });

  test('has its crons disabled too, and is not fenced before they are', () => {
    const rest = [stopped('web'), stopped('orders')];
    const enabled = decide(rest, [{ worker: rule, state: { state: 'enabled', raw: 'ENABLED' } }]);
    expect(enabled).toMatchObject({ fence: 'draining', changes: [{ kind: 'worker', name: 'nightly' }] });
    expect(decide(rest, [{ worker: rule, state: undefined }]).fence).toBe('draining');
    expect(decide(rest, [{ worker: rule, state: { state: 'disabled', raw: 'DISABLED' } }]).fence).toBe('fenced');
  });

  test('keeps a schedule that may not be switched, and says why', () => {
    const state = { state: 'enabled' as const, raw: 'ENABLED', barred: 'it has the role a, and muster.yaml says b' };
    const kept = decide([stopped('web'), stopped('orders')], [{ worker: rule, state }]);
    expect(kept).toMatchObject({ changes: [], fence: 'draining' });
    expect(kept.detail).toContain('nightly (it has the role a, and muster.yaml says b)');
  });
});

describe('which promote the fence of home belongs to', () => {
  const declined = operationWith([end('declined', 500)]);

  test('a forced promote that succeeded unfenced stays unfenced until the fence is observed', () => {
    expect(isUnfenced(promoted('unreachable'))).toBe(true);
    expect(isUnfenced(promoted('fenced'))).toBe(false);
    const later = timed(
      { type: 'fence-observed', by: 'muster:reconciler', data: { fence: 'fenced', detail: 'at rest' } },
      900,
    );
    const fenced = promoted('unreachable', [later]);
    expect(isUnfenced(fenced)).toBe(false);
    expect(newestFence(fenced)).toMatchObject({ fence: 'fenced', later: true });
  });

  test('workers that stayed enabled at home keep it unfenced although its tasks are at rest', () => {
    const data = { step: 'switch-workers' as const, outcome: 'unconfirmed' as const, detail: 'nightly in us-east-1' };
    const stranded = timed({ type: 'step-done', by: 'step:switch-workers', data }, 90);
    expect(newestFence(promoted('fenced', [stranded]))).toMatchObject({ fence: 'unknown' });
  });

  test('a forced promote stays responsible for home after requests that came to nothing, not during a new one', () => {
    const moved = promoted('unreachable');
    expect(owner([moved])).toBe(moved);
    expect(owner([declined, moved])).toBe(moved);
    expect(owner([operationWith(), moved])).toBeUndefined();
    expect(owner([promoted('fenced'), moved])).not.toBe(moved);
  });
});
