import { STANDBY } from '../../sandbox/rehearsal/actions.ts';
import type { Scenario } from '../../sandbox/rehearsal/scenario.ts';

/** The daily self-test, so that what it needs of every role is judged, too. */
export const SELF_TEST_NIGHT: Scenario = {
  name: 'self-test',
  says: 'Nothing breaks; the daily self-test runs.',
  application: 'shop',
  people: async (world) => {
    await world.lambda.invoke(STANDBY, 'muster-self-test', {});
  },
};
