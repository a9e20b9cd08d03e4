import { looks, MACHINERY, type StepDefinition } from './definition.ts';

export const report: StepDefinition<'report'> = {
  ...MACHINERY,
  id: 'report',
  title: 'Write the report',
  comment: 'Writes what was measured and what is unprotected now.',
  rights: ['see-capacity:from', 'see-clusters:from'],
  isShown: true,
  describe: (plan) => looks(plan.to, 'looks at home once more where it was silent; writes to the ledger only'),
};
