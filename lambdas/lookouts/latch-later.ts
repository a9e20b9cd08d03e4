import { owner } from '../../core/fence.ts';
import type { Operation } from '../../core/operation.ts';
import { resultOf } from '../../core/steps/result.ts';
import { switchTraffic } from '../../core/steps/switch-traffic.ts';
import { attempt } from '../adapters/errors.ts';
import { isLatched, latch } from '../adapters/latch.ts';
import { isStillNewest, type LookoutWorld, type Watch } from './lookout.ts';

const LATCHED = 'the health check is latched now: users stay in the standby even if the flag’s endpoint is lost';

/**
 * Strategy `stop`: Route 53's control plane is in us-east-1, which may be the very region that was lost, so the promote
 * does not wait for the latch. It is set as soon as that control plane answers, until it is seen to hold.
 */
export async function latchLater(watch: Watch, world: LookoutWorld): Promise<void> {
  const operation = owner(watch.recent);
  const { traffic } = watch.app;
  if (operation === undefined || traffic.strategy !== 'stop' || !isUnlatched(operation)) return;
  const seen = await attempt(isLatched(watch.app, traffic.healthCheckId));
  if (!seen.ok) return;
  if (!seen.value) {
    // Whether it holds is seen in a minute.
    if (await isStillNewest(world.ledger, watch)) await attempt(latch(watch.app, traffic.healthCheckId));
    return;
  }
  await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.some((r) => r.event.type === 'step-noted' && r.event.data.note === LATCHED)
      ? undefined
      : { type: 'step-noted', by: 'muster:lookout', data: { step: 'switch-traffic', note: LATCHED } },
  );
}

/** Users were led to the standby, and nobody has seen the latch hold. Pure. */
export function isUnlatched(operation: Operation): boolean {
  const step = operation.steps.get('switch-traffic');
  if (operation.ended?.outcome !== 'succeeded' || step?.status !== 'done') return false;
  return resultOf(operation, switchTraffic)?.latched !== true && !operation.notes.some(({ note }) => note === LATCHED);
}
