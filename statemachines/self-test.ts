import { approval, type Machine, machine, step } from './combinators.ts';

/** The machine of the daily self-test: what every operation has in common, and nothing that acts. */
export function selfTest(): Machine {
  return machine({
    comment: 'Goes the way of an operation for nothing, every day. Compiled from statemachines/self-test.ts.',
    // Beyond the patience of its parts (core/self-test.ts); then its lock is released.
    timeout_s: 30 * 60,
    parts: [
      approval('request-approval', 'read-approval', 'Asks as every operation does; the self-test itself answers.'),
      step('confirm', 'Waits until people can see it in Slack, and ends it.'),
    ],
    close: { id: 'close', comment: 'Ends the self-test that stopped early.' },
  });
}
