import { newestFence } from '../../../core/fence.ts';
import type { World } from '../../world/world.ts';
import { ANA, approve, askForPromote, BO, HOME, promoteByTwo } from '../actions.ts';
import type { Scenario } from '../scenario.ts';
import { changeShop, type Shop } from './aws.ts';
import { requested, until } from './people.ts';

const BALANCING = 'arn:aws:elasticloadbalancing:us-west-2:111122223333';

/** Workers of each kind, and a standby that shows a maintenance page until it is needed. */
function busy(shop: Shop): Shop {
  const activeTargetGroupArn = shop.services.find(({ name }) => name === 'web')?.standby.targetGroupArn;
  if (activeTargetGroupArn === undefined) throw new Error('muster.yaml has no service web behind a load balancer');
  return {
    ...shop,
    services: shop.services.map((service) =>
      service.kind === 'ecs' && service.name === 'orders' ? { ...service, worker: true } : service,
    ),
    workers: [
      {
        kind: 'eventbridge-rule',
        name: 'nightly',
        home: { name: 'shop-nightly', bus: 'default' },
        standby: { name: 'shop-nightly', bus: 'default' },
      },
      {
        kind: 'schedule',
        name: 'reminders',
        home: { name: 'shop-reminders', group: 'default', roleName: 'schedules/shop-reminders-use1' },
        standby: { name: 'shop-reminders', group: 'default', roleName: 'schedules/shop-reminders-usw2' },
      },
      {
        kind: 'event-source-mapping',
        name: 'invoices',
        home: { uuid: '3f0d1c52-5b5e-4d53-9a53-1c9a3a5c7e10' },
        standby: { uuid: '8a7b6c5d-4e3f-4a2b-9c1d-0e9f8a7b6c5d' },
      },
    ],
    listener: {
      arn: `${BALANCING}:listener/app/shop-usw2/50dc6c495c0c9188/f2f7dc8efc522ab2`,
      activeTargetGroupArn,
    },
    restartTasks: true,
  };
}

/** Crons and consumers start again with their region, and so does the schedule that was missed meanwhile. */
export const workers: Scenario = {
  name: 'workers',
  says: 'home is lost with its crons and consumers: the standby starts its own, old tasks are replaced, home’s are stopped later',
  application: 'shop',
  config: (config) => changeShop(config, busy),
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await promoteByTwo(world, script, { reason: 'us-east-1 does not answer' });
    await until(world, () => requested(world)?.ended !== undefined, 2 * 3600, 'the promote ends');
    await script.pause(600, 900);
    world.wake(HOME);
    await until(world, () => isFenced(world), 1_800, 'home is fenced');
    // Long enough to notice a cron that still runs.
    await script.pause(120, 150);
  },
};

function isFenced(world: World): boolean {
  const operation = requested(world);
  return operation !== undefined && newestFence(operation)?.fence === 'fenced';
}

/** Home answers: its workers are stopped before those of the standby start. */
export const workersPlanned: Scenario = {
  name: 'workers-planned',
  says: 'the team moves an application with crons and consumers on purpose: home’s are off before the standby’s are on',
  application: 'shop',
  config: (config) => changeShop(config, busy),
  // Its tasks cannot be redeployed, only stopped.
  changes: { codeDeploy: ['orders'] },
  people: async (world, script) => {
    await askForPromote(script, world.person(ANA), { reason: 'power maintenance in us-east-1 tomorrow' });
    await approve(script, world.person(BO));
  },
};
