import type { Operation } from '../../../core/operation.ts';
import type { World } from '../../world/world.ts';
import { ANA, askForPromote, BO, DEE, HOME } from '../actions.ts';
import type { Scenario, Script } from '../scenario.ts';

/** The second account of the person behind `ANA`. */
export const ANA_TOO = 'U0ANA2';

const REASON = 'us-east-1 does not answer';

/** Waits on the world's clock until something holds that no screen shows. Throws after `timeout_s`. */
export async function until(world: World, holds: () => boolean, timeout_s: number, what: string): Promise<void> {
  const end_ms = world.clock.now_ms() + timeout_s * 1000;
  while (!holds()) {
    if (world.clock.now_ms() > end_ms) throw new Error(`not after ${timeout_s} s: ${what}`);
    await world.clock.sleep(30_000);
  }
}

/** The operation that took an application's lock first; undefined before there is one. */
export function requested(world: World, application = 'shop'): Operation | undefined {
  const lock = world.ledger().get(world.streams.app(application))?.[0]?.event;
  return lock?.type === 'operation-started' ? world.operation(lock.data.operation) : undefined;
}

const ended = (world: World): boolean => requested(world)?.ended !== undefined;

/** Nobody is awake. People are paged, asked once more and paged again; then the pre-warm is undone. */
export const expired: Scenario = {
  name: 'expired',
  says: 'nobody answers, even when paged: asked once more, then expired; the pre-warm is undone an hour later',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 150);
    await askForPromote(script, world.person(ANA), { reason: REASON });
    await until(world, () => ended(world), 3600, 'the request expires');
    await until(world, () => requested(world)?.undone !== undefined, 5400, 'the pre-warm is undone');
    await until(world, () => idle(world), 600, 'the standby is scaled in');
  },
};

function idle(world: World): boolean {
  const app = world.config.applications['shop'];
  return (app?.services ?? []).every(
    (service) =>
      service.kind === 'ec2' ||
      world.services.ecs.runningTasks(app?.standby ?? '', service.standby.cluster, service.standby.service).length <=
        service.idle.desired,
  );
}

/** The requester may not approve. One approver is awake, approves and extends the time; that is not enough. */
export const oneApproverOnly: Scenario = {
  name: 'one-approver-only',
  says: 'only one approver is awake: one approval is not enough, even with more time',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 150);
    const dee = world.person(DEE);
    await askForPromote(script, dee, { reason: REASON });
    const bo = world.person(BO);
    await bo.waitForMessage(/Approve/, { timeout_s: 300 });
    await script.pause(8, 25);
    await bo.click('approve');
    await script.pause(300, 500);
    await bo.click('extend');
    await dee.click('approve');
    await dee.waitForMessage(/You are not an approver/, { timeout_s: 60 });
    await until(world, () => ended(world), 3 * 3600, 'the request expires');
  },
};

/** The requester presses Approve too: only she sees an explanation, and her approval counts once. */
export const requesterApprovesSelf: Scenario = {
  name: 'requester-approves-self',
  says: 'the requester approves her own request: she is told why it does not count, and nobody else approves',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 150);
    const ana = world.person(ANA);
    await askForPromote(script, ana, { reason: REASON });
    await approveAgain(script, world, ANA, /You requested this, so you cannot approve it as well/);
    await until(world, () => ended(world), 3600, 'the request expires');
  },
};

/** Two accounts of one person count as one approval. */
export const twoAccountsOnePerson: Scenario = {
  name: 'two-accounts-one-person',
  says: 'one person approves with two accounts: that is one approval, and the person is told so',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 150);
    await askForPromote(script, world.person(DEE), { reason: REASON });
    const ana = world.person(ANA);
    await ana.waitForMessage(/Approve/, { timeout_s: 300 });
    await script.pause(8, 25);
    await ana.click('approve');
    await approveAgain(script, world, ANA_TOO, /You already approved/);
    await until(world, () => ended(world), 3600, 'the request expires');
  },
};

async function approveAgain(script: Script, world: World, user: string, told: RegExp): Promise<void> {
  const person = world.person(user);
  await person.waitForMessage(/Approve/, { timeout_s: 300 });
  await script.pause(8, 25);
  await person.click('approve');
  await person.waitForMessage(told, { timeout_s: 60 });
}
