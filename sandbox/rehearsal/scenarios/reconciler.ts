import { newestFence } from '../../../core/fence.ts';
import type { World } from '../../world/world.ts';
import { ANA, approve, askForPromote, CHEN, HOME, promoteByTwo, STANDBY } from '../actions.ts';
import type { Scenario } from '../scenario.ts';
import { requested, until } from './people.ts';

/** Home comes back when everybody has gone to bed, with six tasks that want to work. */
export const homeWakesUpLater: Scenario = {
  name: 'home-wakes-up-later',
  says: 'home comes back after the promote, and is fenced by the reconciler',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await promoteByTwo(world, script, { reason: 'us-east-1 does not answer' });
    await until(world, () => requested(world)?.ended !== undefined, 2 * 3600, 'the promote ends');
    await script.pause(1_200, 2_400);
    world.wake(HOME);
    await until(world, () => fenceOf(world) === 'fenced', 1_800, 'home is fenced');
    await until(world, () => pinNoted(world), 1_800, 'the health check is pinned');
    // The channel is told within seconds.
    await script.pause(10, 15);
  },
};

const pinNoted = (world: World): boolean =>
  requested(world)?.notes.some(({ note }) => note.includes('the health check is pinned')) === true;

const fenceOf = (world: World): string | undefined => {
  const operation = requested(world);
  return operation === undefined ? undefined : newestFence(operation)?.fence;
};

/** Somebody stops the execution in the console, half way through: the lock must not outlive it. */
export const executionDies: Scenario = {
  name: 'execution-dies',
  says: 'the state machine is stopped in the console: the lock is free, and a new promote finishes the work',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await promoteByTwo(world, script, { reason: 'us-east-1 does not answer' });
    await until(world, () => requested(world)?.noReturn !== undefined, 1_800, 'the database is on its way');
    await stopExecution(world);
    await until(world, () => requested(world)?.ended !== undefined, 300, 'the lock is released');
    await script.pause(20, 40);
    await askForPromote(script, world.person(ANA), { reason: 'the execution was stopped by mistake' });
    const chen = world.person(CHEN);
    await chen.waitForMessage(/stopped by mistake/, { timeout_s: 300 });
    await approve(script, chen);
  },
};

/** As a person in the console does it. */
export async function stopExecution(world: World): Promise<void> {
  const running = world.stepFunctions.executions(STANDBY).find((execution) => execution.status === 'RUNNING');
  await world.stepFunctions.service.operations['StopExecution']?.(
    { executionArn: running?.arn, error: 'Console', cause: 'stopped by hand' },
    {
      clock: world.clock,
      random: world.random.split('console'),
      accountId: '111122223333',
      region: STANDBY,
      caller: { name: 'person', region: STANDBY },
    },
  );
}
