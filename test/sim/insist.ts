import { ANA, BO, press, STANDBY } from '../../sandbox/rehearsal/actions.ts';
import { WaitTimedOut } from '../../simulator/slack/person.ts';
import { isQuiet, newestOperation, type Stage } from './world.ts';

/**
 * People who do what the screen tells them when something dies under their hands: they wait a little, look, and do it
 * again. Each attempt is made a few times; then the test fails.
 */
const TRIES = 5;

/** Ana asks until the ledger has her request. Answers the operation. */
export async function insistOnAsking(stage: Stage, reason = 'us-east-1 does not answer'): Promise<string> {
  const { world } = stage;
  const { views } = world.slack.workspace;
  for (let nth = 0; nth < TRIES; nth += 1) {
    views.clear(ANA);
    const asked = await stage.play(async () => {
      await world.person(ANA).type('/dr promote shop');
      if (!(await appears(() => world.person(ANA).waitForModal(STANDBY, { timeout_s: 30 })))) return false;
      await world.person(ANA).fill('region', STANDBY);
      await world.person(ANA).fill('reason', reason);
      for (let submitted = 0; submitted < TRIES; submitted += 1) {
        const seen = await world.person(ANA).submit();
        if (seen.kind === 'closed') return true;
      }
      return false;
    });
    if (asked) return newestOperation(world);
  }
  throw new Error('Ana gave up asking');
}

/** Bo presses Approve until the ledger has a decision; a button that is gone is not pressed. */
export async function insistOnApproving(stage: Stage, operation: string): Promise<void> {
  const { world } = stage;
  const decided = (): boolean => world.operation(operation)?.rounds.at(-1)?.decision !== undefined;
  for (let nth = 0; nth < TRIES && !decided(); nth += 1) {
    await stage.play(() => appears(() => world.person(BO).click('approve', { timeout_s: 60 })));
    await stage.until(decided, 40).catch(() => undefined);
  }
  if (!decided()) throw new Error('Bo gave up approving');
}

/** Until nothing of Muster moves; whenever a step asks, Chen presses Retry. */
export async function untilOver(stage: Stage, operation: string): Promise<void> {
  const { world } = stage;
  const paused = (): boolean =>
    [...(world.operation(operation)?.steps.values() ?? [])].some((step) => step.status === 'paused');
  for (let nth = 0; nth < TRIES; nth += 1) {
    await stage.until(() => isQuiet(world) || paused(), 3 * 3600);
    if (!paused()) return;
    await stage.play(async () => {
      const message = await world.person('U0CHEN').waitForMessage(/Retry/, { timeout_s: 300 });
      await press(world, 'U0CHEN', message, 'retry');
    });
    await stage.until(() => !paused(), 300);
  }
  throw new Error(`${operation} does not end`);
}

async function appears(wait: () => Promise<unknown>): Promise<boolean> {
  try {
    await wait();
    return true;
  } catch (error) {
    if (error instanceof WaitTimedOut) return false;
    throw error;
  }
}
