import type { World } from '../../world/world.ts';
import { ANA, approve, askForPromote, BO, HOME, runningOperation } from '../actions.ts';
import type { Scenario, Script } from '../scenario.ts';
import { changeShop } from './aws.ts';
import { until } from './people.ts';

/** Home died at once, and nobody is in a hurry: what was lost does not grow with the time that people take. */
export const slowApproval: Scenario = {
  name: 'slow-approval',
  says: 'home is lost, and people think for ten minutes: the loss that is reported does not grow meanwhile',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 150);
    await askForPromote(script, world.person(ANA), { reason: 'us-east-1 does not answer' });
    await script.pause(600, 660);
    await approve(script, world.person(BO));
  },
};

/** Home is silent when the plan is made and after the approval, and served for minutes between. */
export const homeFlickers: Scenario = {
  name: 'home-flickers',
  says: 'home is lost, serves again for some minutes while people read, and is lost for good: they are asked again',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 150);
    const [ana, bo] = [world.person(ANA), world.person(BO)];
    await askForPromote(script, ana, { reason: 'us-east-1 does not answer' });
    await script.pause(15, 30);
    world.wake(HOME);
    await script.pause(150, 180);
    world.lose(HOME);
    await script.pause(300, 330);
    await bo.click('approve');
    await approveAgain(script, world);
  },
};

async function approveAgain(script: Script, world: World): Promise<void> {
  for (const user of [ANA, BO]) {
    const person = world.person(user);
    await person.waitForMessage(/APPROVAL NEEDED AGAIN/, { timeout_s: 600 });
    await script.pause(20, 60);
    await person.click('approve');
  }
}

const forced = async (world: World, script: Script): Promise<void> => {
  await askForPromote(script, world.person(ANA), { reason: 'one request in five fails', method: 'failover' });
  await approve(script, world.person(BO));
};

/** Home answers and is fenced; each region's tasks write to their own cluster. */
export const homeFenced: Scenario = {
  name: 'home-fenced',
  says: 'home serves badly and is seen to stop: the loss is bounded until then',
  application: 'shop',
  config: (config) => changeShop(config, (shop) => ({ ...shop, database: through(shop.database, 'cluster') })),
  changes: { writesThrough: 'own-cluster' },
  people: async (world, script) => {
    // Home stops within the time that a fence is given.
    world.environment.fix('ecs.task-stop', 4_000);
    await forced(world, script);
  },
};

export const globalWriterEndpoint: Scenario = {
  name: 'global-writer-endpoint',
  says: 'home serves badly, and the application writes through the global writer endpoint: the loss is not bounded',
  application: 'shop',
  changes: { writesThrough: 'global-endpoint' },
  people: forced,
};

export const writeForwarding: Scenario = {
  name: 'write-forwarding',
  says: 'home serves badly, and the standby forwards writes to the old writer: the loss is not bounded',
  application: 'shop',
  config: (config) => changeShop(config, (shop) => ({ ...shop, database: through(shop.database, 'cluster') })),
  changes: { writesThrough: 'write-forwarding' },
  people: forced,
};

/** Home wakes up while the database moves: silent at both looks, and it served users since. */
export const homeWakesMidMove: Scenario = {
  name: 'home-wakes-mid-move',
  says: 'home was lost, and comes back while the database moves: the loss is not bounded by its silence any more',
  application: 'shop',
  disaster: (world) => {
    world.lose(HOME);
    world.environment.fix('rds.failover', 400_000);
  },
  people: async (world, script) => {
    await script.pause(60, 150);
    await askForPromote(script, world.person(ANA), { reason: 'us-east-1 does not answer' });
    await approve(script, world.person(BO));
    await until(world, () => runningOperation(world)?.noReturn !== undefined, 900, 'the database is on its way');
    await script.pause(90, 120);
    world.wake(HOME);
  },
};

type Database = World['config']['applications'][string]['database'];

const through = (database: Database, writesThrough: 'cluster' | 'global'): Database =>
  database.kind === 'none' ? database : { ...database, writesThrough };
