import { capacityCalls, NO_SERVICES } from './capacity-calls.ts';
import { changes, nothing, type StepDefinition, USUAL } from './definition.ts';

export const scaleInHome: StepDefinition<'scale-in-home'> = {
  ...USUAL,
  id: 'scale-in-home',
  title: 'Scale in home',
  comment: 'Takes down what is no longer needed at home, as far as home answers.',
  side: 'from',
  rights: ['see-capacity:from', 'set-capacity:from'],
  describe: (plan, app) => {
    if (app.services.length === 0) return nothing(NO_SERVICES);
    const note = plan.forced
      ? 'only a home that no fence has stopped; best effort'
      : 'home to its idle capacity, once verified; best effort';
    return changes(plan.from, capacityCalls(app.services), note);
  },
};
