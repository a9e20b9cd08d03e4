import { capacityCalls, NO_SERVICES } from './capacity-calls.ts';
import { changes, nothing, type StepDefinition, USUAL } from './definition.ts';

export const scaleOut: StepDefinition<'scale-out'> = {
  ...USUAL,
  id: 'scale-out',
  title: 'Scale out the standby',
  comment: 'Waits until the capacity that was approved runs in the standby region.',
  side: 'to',
  rights: ['see-capacity:to', 'set-capacity:to'],
  isUndone: true,
  describe: (plan, app) =>
    app.services.length === 0
      ? nothing(NO_SERVICES)
      : changes(plan.to, capacityCalls(app.services), 'and waits until the approved capacity is healthy'),
};
