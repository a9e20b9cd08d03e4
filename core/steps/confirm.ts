import { MACHINERY, type StepDefinition } from './definition.ts';

export const confirm: StepDefinition<'confirm'> = {
  ...MACHINERY,
  id: 'confirm',
  title: 'Confirm the message',
  comment: 'Waits until people can see it in Slack, and ends it.',
  rights: ['read-view'],
};
