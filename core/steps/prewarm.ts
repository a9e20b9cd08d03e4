import { capacityCalls, isWorker, NO_SERVICES } from './capacity-calls.ts';
import { changes, nothing, type StepDefinition, USUAL } from './definition.ts';

export const prewarm: StepDefinition<'prewarm'> = {
  ...USUAL,
  id: 'prewarm',
  title: 'Pre-warm the standby',
  comment: 'Starts what is harmless to start in the standby region, before anybody approves.',
  side: 'to',
  rights: ['see-capacity:to', 'set-capacity:to'],
  isUnapproved: true,
  isUndone: true,
  describe: (plan, app) => {
    if (!app.prewarm) return nothing('switched off in muster.yaml');
    if (app.services.length === 0) return nothing(NO_SERVICES);
    // A second worker while the other region's still works is not harmless.
    const calls = capacityCalls(app.services.filter((service) => !isWorker(service)));
    if (calls.length === 0) return nothing('the application has only workers, which run in one region at a time');
    return changes(plan.to, calls, 'before approval; undone when the operation ends without one');
  },
};
