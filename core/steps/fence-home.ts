import * as v from 'valibot';
import type { ApplicationConfig } from '../config/schema.ts';
import type { Plan } from '../plan.ts';
import { capacityCalls, isWorker, NO_SERVICES } from './capacity-calls.ts';
import { changes, nothing, type StepDefinition, USUAL } from './definition.ts';

/** What is known of home's tasks. `fenced` only on an observed running count of 0; never guessed. */
const FenceSeen = v.picklist(['fenced', 'draining', 'unreachable', 'unknown']);
export type Fence = v.InferOutput<typeof FenceSeen>;

export interface FenceData {
  readonly fence: Fence;
}

export const fenceHome: StepDefinition<'fence-home', FenceData> = {
  ...USUAL,
  id: 'fence-home',
  title: 'Fence home',
  comment: 'Keeps home from writing, as far as home answers within its bound.',
  side: 'from',
  rights: ['see-capacity:from', 'set-capacity:from'],
  isUndone: true,
  data: v.object({ fence: FenceSeen }),
  describe: (plan, app) => {
    const services = servicesToFence(plan, app);
    if (services.length === 0)
      return nothing(plan.forced ? NO_SERVICES : 'a switchover fences the old writer by itself');
    const note = plan.forced
      ? 'sets home to 0, best effort: a home that does not answer is not fenced'
      : 'only workers: a switchover fences the old writer by itself';
    return changes(plan.from, capacityCalls(services), note);
  },
};

/**
 * A switchover fences the old writer by itself (AWS facts, "Aurora Global Database"), so that only workers are stopped;
 * where the region being left may not be trusted to stop, everything of ours is.
 */
export const servicesToFence = (plan: Plan, app: ApplicationConfig): ApplicationConfig['services'] =>
  app.services.filter((service) => plan.forced || isWorker(service));
