import { MACHINERY, type StepDefinition } from './definition.ts';

export const requestApproval: StepDefinition<'request-approval'> = {
  ...MACHINERY,
  id: 'request-approval',
  title: 'Ask for approval',
  comment: 'Puts the request before people and sleeps until they have decided.',
  rights: ['wake-execution'],
};
