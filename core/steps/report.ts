import { looks, MACHINERY, type StepDefinition } from './definition.ts';

export const report: StepDefinition<'report'> = {
  ...MACHINERY,
  id: 'report',
  title: 'Write the report',
  comment: 'Writes what was measured and what is unprotected now.',
  rights: [],
  isShown: true,
  describe: (plan) => looks(plan.to, 'writes to the ledger only'),
};
