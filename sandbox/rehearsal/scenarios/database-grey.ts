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

/** AWS says something else of the database than expected. */
type World = Parameters<Scenario['people']>[0];
type Script = Parameters<Scenario['people']>[1];

const STANDBY_ARN = 'arn:aws:rds:us-west-2:111122223333:cluster:shop-usw2';
const detachInput = { GlobalClusterIdentifier: 'shop', DbClusterIdentifier: STANDBY_ARN };

export const statusOfInstances: Scenario = {
  name: 'status-of-instances',
  says: 'home is lost while the standby backs up and its instances grow their storage: that stops nothing',
  application: 'shop',
  changes: {
    statuses: { standby: { cluster: 'backing-up', instances: ['storage-optimization', 'configuring-log-exports'] } },
  },
  disaster: (world) => world.lose(HOME),
  people: (world, script) => promoteByTwo(world, script, { reason: 'us-east-1 does not answer' }),
};

export const failoverCancelled: Scenario = {
  name: 'failover-cancelled',
  says: 'AWS takes the failover and gives it up again: people are asked before it is called a second time',
  application: 'shop',
  people: async (world, script) => {
    world.services.rds.faults.turnOn('failover-cancelled', { times: 1 });
    const bo = world.person(BO);
    await askForPromote(script, world.person(ANA), { reason: 'one request in five fails', method: 'failover' });
    await approve(script, bo);
    await bo.waitForMessage(/AWS gave up the failover/, { timeout_s: 1_200 });
    await script.pause(20, 60);
    await bo.click('retry');
  },
};

export const failoverHangs: Scenario = {
  name: 'failover-hangs',
  says: 'the failover never ends; people decide to detach the standby, and AWS takes it',
  application: 'shop',
  disaster: (world) => {
    world.lose(HOME);
    world.services.rds.faults.turnOn('failover-hangs', {});
    world.services.rds.faults.turnOn('detach-ends-transfer', {});
  },
  people: async (world, script) => {
    await promoteByTwo(world, script, { reason: 'us-east-1 does not answer' });
    for (const user of [ANA, BO]) {
      await world.person(user).waitForMessage(/APPROVAL NEEDED AGAIN/, { timeout_s: 3_600 });
      await script.pause(30, 90);
      await world.person(user).click('approve');
    }
    await giveNewEndpoint(world, script);
  },
};

export const failoverHangsThenEnds: Scenario = {
  name: 'failover-hangs-then-ends',
  says: 'the failover hangs and AWS ends it while people are asked about a detach: nobody has to answer',
  application: 'shop',
  disaster: (world) => {
    world.lose(HOME);
    world.services.rds.faults.turnOn('failover-hangs', {});
  },
  people: async (world, script) => {
    await promoteByTwo(world, script, { reason: 'us-east-1 does not answer' });
    await world.person(BO).waitForMessage(/APPROVAL NEEDED AGAIN/, { timeout_s: 3_600 });
    await script.pause(60, 180);
    world.services.rds.faults.turnOff('failover-hangs');
  },
};

export const detachedByHand: Scenario = {
  name: 'detached-by-hand',
  says: 'somebody detached the standby by hand, as the runbook says: that is adopted, and the rest is done',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 120);
    await byHand(world, 'chen', STANDBY, world.services.rds.service, 'RemoveFromGlobalCluster', detachInput);
    await watchFor(world, 'the standby to take writes', () => world.services.rds.acceptsWrites(STANDBY, 'shop-usw2'));
    await script.pause(20, 60);
    await askForPromote(script, world.person(ANA), { reason: 'us-east-1 does not answer; Chen detached the standby' });
    await approve(script, world.person(BO));
    await giveNewEndpoint(world, script);
  },
};

export const targetNotAMember: Scenario = {
  name: 'target-not-a-member',
  says: 'the standby was detached long ago and home serves badly: refused by name, before anything is stopped',
  application: 'shop',
  disaster: (world) => {
    void byHand(world, 'chen', STANDBY, world.services.rds.service, 'RemoveFromGlobalCluster', detachInput);
  },
  people: async (world, script) => {
    // Longer than CloudWatch's last data point is looked for.
    await script.pause(3_000, 3_600);
    // Home answers only in part.
    world.services.rds.setStatus(HOME, 'shop-use1', 'inaccessible-encryption-credentials-recoverable');
    script.commandGiven();
    const ana = world.person(ANA);
    await ana.type('/dr promote shop');
    await ana.waitForModal(/not a member of the global cluster shop/, { timeout_s: 60 });
    await ana.dismiss();
  },
};

export const patchLevelDiffers: Scenario = {
  name: 'patch-level-differs',
  says: 'home is well and the versions differ: patch first, a healthy home is never detached from',
  application: 'shop',
  changes: {
    engine: { engine: 'aurora-mysql', version: '8.0.mysql_aurora.3.04.3' },
    standbyVersion: '8.0.mysql_aurora.3.04.1',
  },
  people: async (world, script) => {
    await script.pause(10, 30);
    script.commandGiven();
    const ana = world.person(ANA);
    await ana.type('/dr promote shop');
    await ana.waitForModal(/Patch both clusters to the same version first/, { timeout_s: 60 });
    await ana.dismiss();
  },
};

export const hiddenPatches: Scenario = {
  name: 'hidden-patches',
  says: 'home is lost, the versions look equal and their patches are not: AWS refuses, and people vote on the detach',
  application: 'shop',
  disaster: (world) => {
    world.lose(HOME);
    world.services.rds.faults.turnOn('hidden-patch-difference', {});
  },
  people: async (world, script) => {
    await promoteByTwo(world, script, { reason: 'us-east-1 does not answer' });
    for (const user of [ANA, BO]) {
      await world.person(user).waitForMessage(/APPROVAL NEEDED AGAIN/, { timeout_s: 3_600 });
      await script.pause(30, 90);
      await world.person(user).click('approve');
    }
    await giveNewEndpoint(world, script);
  },
};

export const adoptThenAbort: Scenario = {
  name: 'adopt-then-abort',
  says: 'the writer is in the standby already when a promote is aborted: it is refused, and the standby keeps its tasks',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(30, 60);
    const input = { GlobalClusterIdentifier: 'shop', TargetDbClusterIdentifier: STANDBY_ARN, AllowDataLoss: true };
    await byHand(world, 'chen', STANDBY, world.services.rds.service, 'FailoverGlobalCluster', input);
    await watchFor(world, 'the writer to move', () => world.services.rds.writerOf('shop')?.includes(STANDBY) === true);
    await script.pause(30, 60);
    await askForPromote(script, world.person(ANA), { reason: 'us-east-1 does not answer; Chen moved the database' });
    const { id } = runningOperation(world) ?? { id: 'none' };
    const tasks = () => world.services.ecs.runningTasks(STANDBY, 'shop', 'web').length >= 6;
    await watchFor(world, 'the standby to be pre-warmed', tasks);
    await world.client.command(BO, world.config.slack.channel, `/dr abort ${id}`);
    await script.pause(10, 20);
    await world.person(BO).click('modal:decline');
    await world.person(BO).waitForModal('', { timeout_s: 60 });
    await world.person(BO).fill('reason', 'we go on by hand');
    await world.person(BO).submit();
  },
};

/** The standby's endpoint is new: somebody gives it to the application. */
async function giveNewEndpoint(world: World, script: Script): Promise<void> {
  const chen = world.person('U0CHEN');
  await chen.waitForMessage(/Promote the database:\*? (done|adopted)/, { timeout_s: 3_600 });
  await script.pause(40, 120);
  const running = world.applications.find((app) => app.name === 'shop');
  const endpoint = world.services.rds.endpointOf(STANDBY, 'shop-usw2');
  if (running === undefined || endpoint === undefined) throw new Error('there is no shop, or it has no database');
  running.useDatabaseEndpoint(STANDBY, endpoint);
}
