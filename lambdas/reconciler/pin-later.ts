import { owner } from '../../core/fence.ts';
import type { Operation } from '../../core/operation.ts';
import { resultOf } from '../../core/steps/result.ts';
import { switchTraffic } from '../../core/steps/switch-traffic.ts';
import { attempt } from '../adapters/errors.ts';
import { isPinned, pin } from '../adapters/pin.ts';
import { isStillNewest, type ReconcilerWorld, type Watch } from './world.ts';

const PINNED = 'the health check is pinned now: users stay in the standby even if the flag’s endpoint is lost';

/**
 * Strategy `stop`: Route 53's control plane is in us-east-1, which may be the very region that was lost, so the promote
 * does not wait for the pin. It is set as soon as that control plane answers, until it is seen to hold.
 */
export async function pinLater(watch: Watch, world: ReconcilerWorld): Promise<void> {
  const operation = owner(watch.recent);
  const { traffic } = watch.app;
  if (operation === undefined || traffic.strategy !== 'stop' || !isUnpinned(operation)) return;
  const seen = await attempt(isPinned(watch.app, traffic.healthCheckId));
  if (!seen.ok) return;
  if (!seen.value) {
    // Whether it holds is seen in a minute.
    if (await isStillNewest(world.ledger, watch)) await attempt(pin(watch.app, traffic.healthCheckId));
    return;
  }
  await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.some((r) => r.event.type === 'step-noted' && r.event.data.note === PINNED)
      ? undefined
      : { type: 'step-noted', by: 'muster:reconciler', data: { step: 'switch-traffic', note: PINNED } },
  );
}

/** Users were led to the standby, and nobody has seen the pin hold. Pure. */
export function isUnpinned(operation: Operation): boolean {
  const step = operation.steps.get('switch-traffic');
  if (operation.ended?.outcome !== 'succeeded' || step?.status !== 'done') return false;
  return resultOf(operation, switchTraffic)?.pinned !== true && !operation.notes.some(({ note }) => note === PINNED);
}
