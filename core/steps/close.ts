import { MACHINERY, type StepDefinition } from './definition.ts';

export const close: StepDefinition<'close'> = {
  ...MACHINERY,
  id: 'close',
  title: 'Close',
  comment: 'Ends the operation that stopped early and undoes what was pre-warmed.',
  rights: ['set-capacity:from', 'set-capacity:to'],
};
