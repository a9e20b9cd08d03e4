import { raiseTo } from '../../core/capacity.ts';
import { isWorker } from '../../core/steps/capacity-calls.ts';
import { prewarm as definition } from '../../core/steps/prewarm.ts';
import type { Observed, ServiceObserved } from '../../core/topology.ts';
import { capacityClient } from '../adapters/capacity.ts';
import { NEEDED } from '../adapters/clients.ts';
import { attempt } from '../adapters/errors.ts';
import { inAccountOf } from '../adapters/reach.ts';
import type { Step, StepContext } from '../runner/step.ts';
import { type CapacityAction, capacityChange } from './capacity-change.ts';

/**
 * While people are asked, the standby's services begin to start: it saves minutes and is harmless. Nothing waits for
 * it, and `close` rolls it back when the operation does not happen.
 */
export const prewarm: Step<readonly Observed<ServiceObserved>[], CapacityAction> = {
  definition,
  limit_s: () => 5,
  atLimit: 'go-on',
  observe: observeStandby,
  decide: (seen, context) => {
    if (context.state !== undefined && context.state.acted.length > 0) {
      return { do: 'done', outcome: 'done', detail: 'the standby is starting its active capacity' };
    }
    const changes = context.app.services.flatMap((service, index) => {
      const one = seen[index];
      // A second worker while home's still works is not harmless.
      const next = one?.known && !isWorker(service) ? raiseTo(one.value, service.active) : undefined;
      return one?.known && next !== undefined ? [capacityChange(service, one.value, next)] : [];
    });
    return changes.length > 0
      ? { do: 'change', changes }
      : { do: 'done', outcome: 'not-needed', detail: 'the standby already has its active capacity' };
  },
  perform: setStandby,
};

/** Standby's services in the configured order; one that cannot be seen says why. */
export async function observeStandby(context: StepContext): Promise<readonly Observed<ServiceObserved>[]> {
  const client = capacityClient(context.operation.plan.to, 'standby', inAccountOf(context.app, NEEDED));
  return Promise.all(
    context.app.services.map(async (service): Promise<Observed<ServiceObserved>> => {
      const result = await attempt(client.observe(service));
      return result.ok ? { known: true, value: result.value } : { known: false, why: result.failure.text };
    }),
  );
}

export async function setStandby(action: CapacityAction, context: StepContext): Promise<void> {
  const service = context.app.services.find((s) => s.name === action.service);
  if (service === undefined) throw new Error(`muster.yaml no longer has the service ${action.service}`);
  await capacityClient(context.operation.plan.to, 'standby', inAccountOf(context.app, NEEDED)).set(
    service,
    action.capacity,
  );
}
