import { MACHINERY, type StepDefinition } from './definition.ts';

export const readApproval: StepDefinition<'read-approval'> = {
  ...MACHINERY,
  id: 'read-approval',
  title: 'Read the votes',
  comment: 'Reads the votes in the ledger; nothing else decides.',
  rights: ['page-people'],
};
