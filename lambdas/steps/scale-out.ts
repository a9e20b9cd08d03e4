import { isUp, raiseTo } from '../../core/capacity.ts';
import { scaleOut as definition } from '../../core/steps/scale-out.ts';
import type { Observed, ServiceObserved } from '../../core/topology.ts';
import type { Step } from '../runner/step.ts';
import { type CapacityAction, capacityChange } from './capacity-change.ts';
import { observeStandby, setStandby } from './prewarm.ts';

/** The standby's services to the plan's capacity, until all of it runs and is healthy behind its load balancer. */
export const scaleOut: Step<readonly Observed<ServiceObserved>[], CapacityAction> = {
  definition,
  limit_s: () => 15 * 60,
  atLimit: 'pause',
  observe: observeStandby,
  decide: (seen, context) => {
    const { app, operation } = context;
    const changes = [];
    const waiting: string[] = [];
    let alreadyUp = true;
    for (const [index, service] of app.services.entries()) {
      const wanted = operation.plan.capacity.find((c) => c.service === service.name) ?? service.active;
      const one = seen[index];
      if (one === undefined || !one.known) {
        waiting.push(`${service.name} cannot be seen (${one?.why ?? 'not asked'})`);
        continue;
      }
      const next = raiseTo(one.value, wanted);
      if (next !== undefined) changes.push(capacityChange(service, one.value, next));
      if (!isUp(one.value, wanted.desired)) waiting.push(sayProgress(one.value, wanted.desired));
      alreadyUp = alreadyUp && next === undefined;
    }
    if (changes.length > 0) return { do: 'change', changes };
    if (waiting.length > 0) return { do: 'wait', why: waiting.join('; ') };
    const acted = (context.state?.acted.length ?? 0) > 0 || prewarmed(context);
    const detail = seen.map((one) => (one.known ? `${one.value.name} ${one.value.running} running` : '')).join(', ');
    return { do: 'done', outcome: acted ? 'done' : 'adopted', detail };
  },
  perform: setStandby,
};

const prewarmed = (context: { operation: { steps: ReadonlyMap<string, { acted: readonly unknown[] }> } }): boolean =>
  (context.operation.steps.get('prewarm')?.acted.length ?? 0) > 0;

function sayProgress(seen: ServiceObserved, desired: number): string {
  const healthy = seen.healthy === undefined ? '' : `, ${seen.healthy} healthy`;
  return `${seen.name}: ${seen.running} of ${desired} running${healthy}`;
}
