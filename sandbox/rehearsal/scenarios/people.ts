import type { Operation } from '../../../core/operation.ts';
import type { World } from '../../world/world.ts';
import { ANA, askForPromote, BO, DEE, HOME } from '../acts.ts';
import type { Scenario, Script } from '../scenario.ts';

/** The second account of the person behind `ANA`. */
export const ANA_TOO = 'U0ANA2';

const REASON = 'us-east-1 does not answer';

/** Waits on the world's clock until something holds that nobody's screen shows. Throws in virtual time, never hangs. */
export async function until(world: World, holds: () => boolean, timeout_s: number, what: string): Promise<void> {
  const end_ms = world.clock.now_ms() + timeout_s * 1000;
  while (!holds()) {
    if (world.clock.now_ms() > end_ms) throw new Error(`in vain for ${timeout_s} s: ${what}`);
    await world.clock.sleep(30_000);
  }
}

/** The operation that took an application's lock first; undefined before there is one. */
export function requested(world: World, application = 'shop'): Operation | undefined {
  const lock = world.ledger().get(world.streams.app(application))?.[0]?.event;
  return lock?.type === 'operation-started' ? world.operation(lock.data.operation) : undefined;
}

const ended = (world: World): boolean => requested(world)?.ended !== undefined;

/** Nobody is awake. People are paged, asked once more, paged again; then the standby is as it was. */
export const expired: Scenario = {
  name: 'expired',
  says: 'nobody answers, paged or not: asked once more, then over; the pre-warm is undone an hour later',
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

/** Somebody who may ask but not approve asks; one approver is awake, gives her voice and more time, and it is not enough. */
export const oneApproverOnly: Scenario = {
  name: 'one-approver-only',
  says: 'only one approver is awake: one voice is not enough, whatever the extension',
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
    await dee.waitForMessage(/you are not an approver/, { timeout_s: 60 });
    await until(world, () => ended(world), 3 * 3600, 'the request expires');
  },
};

/** The requester presses Approve too: an explanation for her alone, and no second voice. */
export const requesterApprovesSelf: Scenario = {
  name: 'requester-approves-self',
  says: 'the requester approves her own request: told why it does not count, and nobody else comes',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 150);
    const ana = world.person(ANA);
    await askForPromote(script, ana, { reason: REASON });
    await approveInVain(script, world, ANA, /your voice is not counted again/);
    await until(world, () => ended(world), 3600, 'the request expires');
  },
};

/** Two accounts of one person are one voice. */
export const twoAccountsOnePerson: Scenario = {
  name: 'two-accounts-one-person',
  says: 'one person approves with two accounts: one voice, told so',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 150);
    await askForPromote(script, world.person(DEE), { reason: REASON });
    const ana = world.person(ANA);
    await ana.waitForMessage(/Approve/, { timeout_s: 300 });
    await script.pause(8, 25);
    await ana.click('approve');
    await approveInVain(script, world, ANA_TOO, /Your voice is already in/);
    await until(world, () => ended(world), 3600, 'the request expires');
  },
};

async function approveInVain(script: Script, world: World, user: string, told: RegExp): Promise<void> {
  const person = world.person(user);
  await person.waitForMessage(/Approve/, { timeout_s: 300 });
  await script.pause(8, 25);
  await person.click('approve');
  await person.waitForMessage(told, { timeout_s: 60 });
}
