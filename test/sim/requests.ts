import { expect } from 'vitest';
import type { World } from '../../sandbox/world/world.ts';
import type { Json } from '../../simulator/slack/json.ts';
import type { Message } from '../../simulator/slack/model.ts';
import { commandBody, commandForm, interactionBody, messageAction } from '../../simulator/slack/payloads.ts';
import { headersOf } from '../../simulator/slack/signature.ts';
import type { WireRequest, WireResponse } from '../../simulator/wire.ts';
import { snapshot } from './snapshot.ts';
import type { Stage } from './world.ts';

/** Long enough for every answer to be on the screen: a look at a lost region takes some seconds. */
const SETTLE_S = 20;

export const secretOf = (world: World): string => world.slack.workspace.spec.signingSecret;

/** A request as Slack would sign and send it now. */
export function signed(world: World, body: string): WireRequest {
  const timestamp_s = Math.floor(world.clock.now_ms() / 1000);
  const url = new URL(world.deployment.requestUrl);
  return {
    method: 'POST',
    url,
    headers: { host: url.host, ...headersOf({ body, secret: secretOf(world), timestamp_s }) },
    body: new TextEncoder().encode(body),
  };
}

export function commandRequest(world: World, user: string, text: string, changes: Record<string, string> = {}) {
  const typed = { user, channel: world.config.slack.channel, command: '/dr', text };
  return signed(world, commandBody({ ...commandForm(typed, world.slack.workspace), ...changes }));
}

/** A button as found in a message, with what an attacker would change about it. */
export function buttonOf(message: Message, actionId: string): { readonly blockId: string; readonly element: Json } {
  for (const block of message.blocks) {
    const elements = Array.isArray(block['elements']) ? (block['elements'] as readonly Json[]) : [];
    const element = elements.find((one) => one['action_id'] === actionId);
    if (element !== undefined) return { blockId: String(block['block_id']), element };
  }
  throw new Error(`the message has no button ${actionId}`);
}

export function actionPayload(
  world: World,
  user: string,
  message: Message,
  actionId: string,
  changes: Json = {},
): Json {
  const { blockId, element } = buttonOf(message, actionId);
  const acted = { user, blockId, element: { ...element, ...changes } };
  return messageAction(acted, message, world.slack.workspace);
}

export const actionRequest = (world: World, payload: Json): WireRequest => signed(world, interactionBody(payload));

/** Posts what nobody at Slack sent, and lets everything that follows happen. */
export async function post(stage: Stage, request: WireRequest): Promise<WireResponse> {
  const answer = await stage.play(() => stage.world.network.send(request, { name: 'anybody', region: undefined }));
  await stage.pass(SETTLE_S);
  return answer;
}

/** What `user` was told since: ephemeral answers, Slack's own complaints, and the dialog that is open. */
export interface Told {
  readonly ephemeral: readonly string[];
  readonly notices: readonly string[];
  readonly dialog: string;
  readonly all: string;
}

export async function toldBy(
  stage: Stage,
  user: string,
  action: () => Promise<unknown>,
  settle_s = SETTLE_S,
): Promise<Told> {
  const { workspace } = stage.world.slack;
  const channel = stage.config.slack.channel;
  const mine = () => workspace.messages.in(channel).filter((message) => message.ephemeralFor === user);
  const before = { messages: mine().length, notices: workspace.notices.length };
  await stage.play(action);
  await stage.pass(settle_s);
  const ephemeral = mine()
    .slice(before.messages)
    .map((message) => message.text);
  const notices = workspace.notices
    .slice(before.notices)
    .filter((notice) => notice.user === user)
    .map((notice) => notice.text);
  const view = workspace.views.top(user);
  const dialog = view === undefined ? '' : JSON.stringify(view.content['blocks']);
  return { ephemeral, notices, dialog, all: [...ephemeral, ...notices, dialog].join('\n') };
}

/** Types a line as Slack would deliver it for anybody, guests and deactivated people too. */
export const typed = (stage: Stage, user: string, line: string): Promise<Told> =>
  toldBy(stage, user, () => stage.world.client.command(user, stage.config.slack.channel, line));

/** Runs `action` and holds the whole world against what it was before. */
export async function expectUnchanged<T>(stage: Stage, action: () => Promise<T>): Promise<T> {
  const before = await snapshot(stage.world);
  const result = await action();
  expect(await snapshot(stage.world)).toEqual(before);
  return result;
}

/** How often a function has been called through the Lambda service. */
export const invocations = (world: World): number =>
  world.calls.filter((call) => call.service === 'lambda' && call.action === 'Invoke').length;
