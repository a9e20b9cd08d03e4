import { expect } from 'vitest';
import type { EventData, EventType } from '../../core/ledger.ts';
import { ANA, askForPromote } from '../../sandbox/rehearsal/actions.ts';
import type { World } from '../../sandbox/world/world.ts';
import type { Json } from '../../simulator/slack/json.ts';
import type { Message } from '../../simulator/slack/model.ts';
import { actionPayload, actionRequest, buttonOf, type Told, toldBy } from './requests.ts';
import { type Snapshot, snapshot } from './snapshot.ts';
import { eventsOf, newestOperation, type Stage } from './world.ts';

/** An operation that waits for a second vote, and its message in the channel. */
export interface Pending {
  readonly stage: Stage;
  readonly operation: string;
  readonly request: () => Message;
}

/** Long enough for one click's answer, users.info timing out included. */
const CLICK_S = 12;

export async function askedFor(stage: Stage, reason = 'us-east-1 does not answer'): Promise<Pending> {
  await stage.play(() => askForPromote(stage.script, stage.world.person(ANA), { reason }));
  await stage.play(() => stage.world.person(ANA).waitForMessage(/Approve/, { timeout_s: 300 }));
  // The pre-warm has been called for by now.
  await stage.pass(10);
  const { channel } = stage.config.slack;
  const operation = newestOperation(stage.world);
  const request = (): Message => {
    const found = stage.world.slack.workspace.messages
      .in(channel)
      .findLast((message) => message.thread_ts === undefined && JSON.stringify(message.blocks).includes(operation));
    if (found === undefined) throw new Error(`no message of ${operation} in the channel`);
    return found;
  };
  return { stage, operation, request };
}

/** A click on a button as it was seen in `message`. */
export function click(pending: Pending, user: string, actionId: string, message = pending.request()): Promise<Told> {
  const acted = { user, ...buttonOf(message, actionId) };
  return toldBy(pending.stage, user, () => pending.stage.world.client.act(acted, message), CLICK_S);
}

/** The same click, with what an attacker would change in it. Answers what was said to the person. */
export async function tamperedClick(pending: Pending, user: string, actionId: string, changes: Json): Promise<Told> {
  const { stage } = pending;
  const payload = actionPayload(stage.world, user, pending.request(), actionId, changes);
  return toldBy(stage, user, () => stage.world.network.send(actionRequest(stage.world, payload), SLACK), CLICK_S);
}

const SLACK = { name: 'slack', region: undefined };

/** Fills the open dialog's fields, without waiting, and submits it. */
export function submit(stage: Stage, user: string, fields: Readonly<Record<string, string>>): Promise<Told> {
  return toldBy(stage, user, () => stage.world.client.submit(filled(stage.world, user, fields)), CLICK_S);
}

export function filled(world: World, user: string, fields: Readonly<Record<string, string>>) {
  const { views } = world.slack.workspace;
  const view = views.top(user);
  if (view === undefined) throw new Error(`${user} has no dialog open`);
  const typed = Object.entries(fields).map(([block, value]) => [block, { value: { type: 'plain_text_input', value } }]);
  return views.draft(view, { ...view.draft, ...Object.fromEntries(typed) });
}

type Vote = EventData['vote'];
export const votesOf = ({ stage, operation }: Pending): readonly Vote[] =>
  eventsOf(stage.world, stage.world.streams.vote(operation)).flatMap((event) =>
    event.type === 'vote' ? [event.data] : [],
  );

/** What time alone writes while an operation waits: it says nothing of what people decided. */
const BY_TIME: readonly EventType[] = ['approval-waiting', 'approval-paged', 'message-posted', 'thread-told', 'vote'];

interface Facts extends Omit<Snapshot, 'ledger' | 'mutations'> {
  readonly events: readonly string[];
}

async function factsOf({ stage }: Pending): Promise<Facts> {
  const { ledger, mutations: _, ...rest } = await snapshot(stage.world);
  const streams = Object.keys(ledger).flatMap((stream) => eventsOf(stage.world, stream));
  const events = streams.filter((event) => !BY_TIME.includes(event.type)).map((event) => JSON.stringify(event));
  return { ...rest, events };
}

/** Runs `action`; the world stays, and of the ledger only votes may be new, every one of them refused. */
export async function expectOnlyRefusals<T>(
  pending: Pending,
  action: () => Promise<T>,
): Promise<{ readonly result: T; readonly refusals: readonly (string | undefined)[] }> {
  const before = await factsOf(pending);
  const votes = votesOf(pending).length;
  const result = await action();
  expect(await factsOf(pending)).toEqual(before);
  const fresh = votesOf(pending).slice(votes);
  expect(fresh.filter((vote) => vote.accepted)).toEqual([]);
  return { result, refusals: fresh.map((vote) => vote.refusal) };
}
