import {
  ANA,
  approve,
  askForPromote,
  BO,
  byHand,
  HOME,
  promoteByTwo,
  runningOperation,
  STANDBY,
  watchFor,
} from '../actions.ts';
import type { Scenario } from '../scenario.ts';

export const replicationLagHigh: Scenario = {
  name: 'replication-lag-high',
  says: 'the standby was a minute and a half behind when home was lost: the loss is shown, and approved',
  application: 'shop',
  changes: { lag_ms: 95_000 },
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 150);
    const ana = world.person(ANA);
    await askForPromote(script, ana, { reason: 'us-east-1 does not answer; we lose the last minutes' });
    const bo = world.person(BO);
    // Approvers must see it: the figure shown must not be below the lag.
    await bo.waitForMessage(/Data lost:.*[2-9] min/s, { timeout_s: 300 });
    await approve(script, bo);
  },
};

export const slowDatabase: Scenario = {
  name: 'slow-database',
  says: 'Aurora takes a quarter of an hour for what usually takes minutes',
  application: 'shop',
  disaster: (world) => {
    world.lose(HOME);
    world.environment.fix('rds.failover', world.random.split('slow-database').between(15, 20) * 60_000);
  },
  people: (world, script) => promoteByTwo(world, script, { reason: 'us-east-1 does not answer' }),
};

export const switchoverStuck: Scenario = {
  name: 'switchover-stuck',
  says: 'a planned switchover never ends; people approve the fallback, and Aurora accepts it once it has given up',
  application: 'shop',
  people: async (world, script) => {
    world.environment.fix('rds.switchover', Number.POSITIVE_INFINITY);
    const [ana, bo] = [world.person(ANA), world.person(BO)];
    await askForPromote(script, ana, { reason: 'power maintenance in us-east-1 tomorrow' });
    await approve(script, bo);
    // The fallback is another plan: nobody has approved it yet.
    for (const person of [ana, bo]) {
      await person.waitForMessage(/APPROVAL NEEDED AGAIN/, { timeout_s: 3_600 });
      await script.pause(30, 90);
      await person.click('approve');
    }
  },
};

export const detach: Scenario = {
  name: 'detach',
  says: 'home is lost in the middle of an engine upgrade: the standby can only be detached, and its endpoint is new',
  application: 'shop',
  changes: { standbyVersion: '16.8' },
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await promoteByTwo(world, script, { reason: 'us-east-1 does not answer' });
    const chen = world.person('U0CHEN');
    await chen.waitForMessage(/Promote the database:\*? done/, { timeout_s: 3_600 });
    // Chen changes the address in the application's secret and restarts nothing: it reads it for each connection.
    await script.pause(40, 120);
    const running = world.applications.find((app) => app.name === 'shop');
    const endpoint = world.services.rds.endpointOf(STANDBY, 'shop-usw2');
    if (running === undefined || endpoint === undefined) throw new Error('there is no shop, or it has no database');
    running.useDatabaseEndpoint(STANDBY, endpoint);
  },
};

export const planChangedAfterApproval: Scenario = {
  name: 'plan-changed-after-approval',
  says: 'while people read, the standby falls behind what they are about to accept: they are asked again',
  application: 'shop',
  people: async (world, script) => {
    const [ana, bo] = [world.person(ANA), world.person(BO)];
    await askForPromote(script, ana, { reason: 'one request in five fails in us-east-1', method: 'failover' });
    await bo.waitForMessage(/Approve/, { timeout_s: 300 });
    world.services.rds.setLag_ms('shop', 140_000);
    // CloudWatch shows it a minute or two later.
    await script.pause(150, 240);
    await bo.click('approve');
    for (const person of [bo, ana]) {
      await person.waitForMessage(/APPROVAL NEEDED AGAIN/, { timeout_s: 600 });
      await script.pause(20, 60);
      await person.click('approve');
    }
  },
};

export const halfDoneInConsole: Scenario = {
  name: 'half-done-in-console',
  says: 'somebody promoted the database in the console a minute ago: that is adopted, and the rest is done',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 120);
    await failoverByHand(world);
    await script.pause(40, 90);
    await askForPromote(script, world.person(ANA), { reason: 'us-east-1 does not answer; Chen began by hand' });
    await approve(script, world.person(BO));
  },
};

export const alreadyPromoted: Scenario = {
  name: 'already-promoted',
  says: 'somebody has moved everything by hand: a promote is refused with that reason',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 120);
    await failoverByHand(world);
    const { scaling, ecs, s3 } = world.services;
    for (const [name, min, desired, max] of [
      ['web', 4, 6, 24],
      ['orders', 2, 3, 12],
    ] as const) {
      const dimension = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' };
      const bounds = { ...dimension, ResourceId: `service/shop/${name}`, MinCapacity: min, MaxCapacity: max };
      await byHand(world, 'chen', STANDBY, scaling.service, 'RegisterScalableTarget', bounds);
      const count = { cluster: 'shop', service: name, desiredCount: desired };
      await byHand(world, 'chen', STANDBY, ecs.service, 'UpdateService', count);
    }
    const flag = {
      Bucket: 'muster-flag-usw2',
      Key: 'shop/standby-is-active',
      Body: new TextEncoder().encode('by hand'),
    };
    await byHand(world, 'chen', STANDBY, s3.service, 'PutObject', flag);
    const moved = () => world.services.rds.writerOf('shop')?.includes(STANDBY) === true;
    await watchFor(world, 'the writer to move', moved);
    await script.pause(120, 240);
    script.commandGiven();
    const ana = world.person(ANA);
    await ana.type('/dr promote shop');
    await ana.waitForModal(/already runs in us-west-2/, { timeout_s: 60 });
    await ana.dismiss();
  },
};

async function failoverByHand(world: Parameters<Scenario['people']>[0]): Promise<void> {
  const target = world.services.rds;
  const arn = 'arn:aws:rds:us-west-2:111122223333:cluster:shop-usw2';
  const input = { GlobalClusterIdentifier: 'shop', TargetDbClusterIdentifier: arn, AllowDataLoss: true };
  await byHand(world, 'chen', STANDBY, target.service, 'FailoverGlobalCluster', input);
}

/** Home serves badly; a failover is on its way and has stopped home's tasks when home recovers. */
export const abortBeforeNoReturn: Scenario = {
  name: 'abort-before-no-return',
  says: 'home recovers while its tasks are being stopped: the promote is aborted in time, and home gets its tasks back',
  application: 'shop',
  people: async (world, script) => {
    // Tasks that stop slowly leave time for an abort.
    world.environment.fix('ecs.task-stop', 30_000);
    await askForPromote(script, world.person(ANA), { reason: 'one request in five fails', method: 'failover' });
    await approve(script, world.person(BO));
    const fencing = () => (runningOperation(world)?.steps.get('fence-home')?.acted.length ?? 0) > 0;
    await watchFor(world, 'home to be fenced', fencing, 300);
    await script.pause(1, 3);
    // Pasted from the root message at once: a person would not reach the button in time.
    const { id } = runningOperation(world) ?? { id: 'none' };
    await world.client.command(BO, world.config.slack.channel, `/dr abort ${id}`);
    const back = () => world.services.ecs.runningTasks(HOME, 'shop', 'web').length >= 6;
    await watchFor(world, 'home to have its tasks back', back);
  },
};
