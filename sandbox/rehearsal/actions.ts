import type { Operation } from '../../core/operation.ts';
import type { Service } from '../../simulator/aws/service.ts';
import type { Json } from '../../simulator/slack/json.ts';
import type { Message } from '../../simulator/slack/model.ts';
import type { Person } from '../../simulator/slack/person.ts';
import { ACCOUNT, type World } from '../world/world.ts';
import type { Script } from './scenario.ts';

/** Slack accounts of the people in the example configuration. */
export const ANA = 'U0ANA';
export const BO = 'U0BO';
export const CHEN = 'U0CHEN';
/** Listed, but no approver. */
export const DEE = 'U0DEE';

export const HOME = 'us-east-1';
export const STANDBY = 'us-west-2';

/** Someone asks for a promote: types the command, reads the plan, types the region and submits. */
export async function askForPromote(
  script: Script,
  person: Person,
  options: { readonly application?: string; readonly reason: string; readonly method?: string },
): Promise<void> {
  script.commandGiven();
  await person.type(`/dr promote ${options.application ?? 'shop'}`);
  await person.waitForModal(STANDBY, { timeout_s: 60 });
  // Reading the plan takes longer than pressing a button.
  await script.pause(10, 30);
  if (options.method !== undefined) await person.fill('method', options.method);
  await person.fill('region', STANDBY);
  await person.fill('reason', options.reason);
  const seen = await person.submit();
  if (seen.kind === 'errors' || seen.kind === 'error')
    throw new Error(`the dialog was refused: ${JSON.stringify(seen)}`);
}

/** Someone reads the request in the channel and approves it. */
export async function approve(script: Script, person: Person): Promise<void> {
  await person.waitForMessage(/Approve/, { timeout_s: 300 });
  await script.pause(8, 25);
  await person.click('approve');
}

/** The usual case: somebody is paged, wakes up and asks; a second person reads and approves. */
export async function promoteByTwo(
  world: World,
  script: Script,
  options: { readonly application?: string; readonly reason: string; readonly method?: string },
): Promise<void> {
  // Until somebody is paged, awake and at a keyboard.
  await script.pause(60, 150);
  await askForPromote(script, world.person(ANA), options);
  await approve(script, world.person(BO));
}

/** Somebody in the AWS console: a call that no Lambda of Muster makes. */
export async function byHand(
  world: World,
  who: string,
  region: string,
  service: Service,
  action: string,
  input: object,
): Promise<void> {
  const { clock, random } = world;
  const caller = { name: `person:${who}`, region: undefined };
  await world.staleReads.run(service, action, input, { clock, random, accountId: ACCOUNT, region, caller });
}

/** Checks the world once a second until something holds, like a person at a dashboard. */
export async function watchFor(world: World, what: string, holds: () => boolean, timeout_s = 3_600): Promise<void> {
  for (let waited_s = 0; waited_s < timeout_s; waited_s += 1) {
    if (holds()) return;
    await world.clock.sleep(1_000);
  }
  throw new Error(`somebody waited ${timeout_s} s for ${what}`);
}

/** The operation that runs now, as the ledger has it. */
export function runningOperation(world: World): Operation | undefined {
  return world
    .operationIds()
    .flatMap((id) => world.operation(id) ?? [])
    .find((operation) => operation.requestedAt !== undefined && operation.ended === undefined);
}

/** Clicks a button of a message that a person saw, even a stale one: Muster must cope with whatever Slack delivers. */
export async function press(world: World, user: string, message: Message, actionId: string): Promise<void> {
  for (const block of message.blocks) {
    const elements = block['elements'];
    if (!Array.isArray(elements)) continue;
    const element = elements.find((one) => isObject(one) && one['action_id'] === actionId);
    if (!isObject(element)) continue;
    await world.client.act({ user, blockId: String(block['block_id']), element }, message);
    return;
  }
  throw new Error(`the message has no button ${actionId}`);
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
