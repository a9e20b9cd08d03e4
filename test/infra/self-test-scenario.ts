import { STANDBY } from '../../sandbox/rehearsal/actions.ts';
import type { Scenario } from '../../sandbox/rehearsal/scenario.ts';

/** The daily self-test as a scenario, so that the rights that it needs are checked as well. */
export const SELF_TEST_SCENARIO: Scenario = {
  name: 'self-test',
  says: 'Nothing breaks; the daily self-test runs.',
  application: 'shop',
  people: async (world) => {
    await world.lambda.invoke(STANDBY, 'muster-self-test', {});
  },
};
