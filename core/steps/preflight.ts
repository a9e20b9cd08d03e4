import { looks, type StepDefinition, USUAL } from './definition.ts';

export const preflight: StepDefinition<'preflight'> = {
  ...USUAL,
  id: 'preflight',
  title: 'Check that the plan still holds',
  comment: 'Observes again: is it still what people approved?',
  side: 'to',
  rights: ['see-capacity:from', 'see-capacity:to', 'see-database:from', 'see-database:to'],
  isUnapproved: true,
  neverSkipped: 'nothing may run that was not approved',
  describe: (plan) => looks(plan.to, 'only looks; asks again when the writer, the target or the loss bound changed'),
};
