import { stateOf } from './inputs.ts';
import type { Json } from './json.ts';
import type { Message, SlackChannel, View } from './model.ts';
import { messageJson, viewJson } from './shapes.ts';
import type { Workspace } from './state.ts';

/**
 * The payloads with which Slack reports to the app what people did. Field names after the documentation
 * (https://docs.slack.dev/reference/interaction-payloads) and Bolt's types.
 */

/** Deprecated by Slack in favour of signatures, but still sent. */
const VERIFICATION_TOKEN = 'verification-token-nobody-should-trust';

/** Slack hides the names of conversations that are not public. */
function nameFor(channel: SlackChannel): string {
  if (channel.kind === 'im') return 'directmessage';
  return channel.kind === 'private' ? 'privategroup' : channel.name;
}

interface CommandTyped {
  readonly user: string;
  readonly channel: string;
  readonly command: string;
  readonly text: string;
}

/** The form of a slash command: https://docs.slack.dev/interactivity/implementing-slash-commands */
export function commandForm(typed: CommandTyped, workspace: Workspace): Readonly<Record<string, string>> {
  const { spec } = workspace;
  const channel = workspace.channel(typed.channel);
  if (channel === undefined) throw new Error(`there is no channel ${typed.channel}`);
  const user = workspace.user(typed.user);
  return {
    token: VERIFICATION_TOKEN,
    team_id: spec.teamId,
    team_domain: spec.teamDomain,
    channel_id: channel.id,
    channel_name: nameFor(channel),
    user_id: typed.user,
    user_name: user?.name ?? typed.user,
    command: typed.command,
    text: typed.text,
    api_app_id: spec.appId,
    is_enterprise_install: 'false',
    response_url: workspace.newResponseUrl(typed.user, channel.id, undefined),
    trigger_id: workspace.newTrigger(typed.user),
  };
}

function common(user: string, workspace: Workspace): Json {
  const { spec } = workspace;
  const found = workspace.user(user);
  return {
    user: { id: user, username: found?.name ?? user, name: found?.name ?? user, team_id: found?.teamId ?? spec.teamId },
    api_app_id: spec.appId,
    token: VERIFICATION_TOKEN,
    team: { id: spec.teamId, domain: spec.teamDomain },
    enterprise: null,
    is_enterprise_install: false,
  };
}

export interface Acted {
  readonly user: string;
  readonly blockId: string;
  readonly element: Json;
  /** What was chosen, for elements that hold a value. */
  readonly chosen?: Json;
}

function actionOf(acted: Acted, workspace: Workspace): Json {
  const { type, action_id, text, value, style, url, confirm } = acted.element;
  const shown = { action_id, block_id: acted.blockId, text, value, style, url, confirm, type, ...acted.chosen };
  const given = Object.entries(shown).filter(([, member]) => member !== undefined);
  return { ...Object.fromEntries(given), action_ts: workspace.messages.nextTs() };
}

/** A click in a message: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
export function messageAction(acted: Acted, message: Message, workspace: Workspace): Json {
  const channel = workspace.channel(message.channel);
  const ephemeral = message.ephemeralFor !== undefined;
  return {
    type: 'block_actions',
    ...common(acted.user, workspace),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: ephemeral,
      ...(message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts }),
    },
    trigger_id: workspace.newTrigger(acted.user),
    channel: { id: message.channel, name: channel === undefined ? '' : nameFor(channel) },
    // Slack does not store ephemeral messages and does not send them back.
    ...(ephemeral ? {} : { message: messageJson(message, workspace) }),
    state: { values: stateOf(message.blocks, {}) },
    response_url: workspace.newResponseUrl(acted.user, message.channel, { ts: message.ts }),
    actions: [actionOf(acted, workspace)],
  };
}

/** A click in a dialog or a Home tab: no channel, no message, no response_url. */
export function viewAction(acted: Acted, view: View, workspace: Workspace): Json {
  return {
    type: 'block_actions',
    ...common(acted.user, workspace),
    container: { type: 'view', view_id: view.id },
    trigger_id: workspace.newTrigger(acted.user),
    view: viewJson(view, workspace.spec),
    actions: [actionOf(acted, workspace)],
  };
}

/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
export function viewSubmission(view: View, workspace: Workspace): Json {
  return {
    type: 'view_submission',
    ...common(view.user, workspace),
    trigger_id: workspace.newTrigger(view.user),
    view: viewJson(view, workspace.spec),
    response_urls: [],
  };
}

/** Sent only where the view asked for it with `notify_on_close`. */
export function viewClosed(view: View, isCleared: boolean, workspace: Workspace): Json {
  return {
    type: 'view_closed',
    ...common(view.user, workspace),
    view: viewJson(view, workspace.spec),
    is_cleared: isCleared,
  };
}

export function commandBody(form: Readonly<Record<string, string>>): string {
  return new URLSearchParams(form).toString();
}

export function interactionBody(payload: Json): string {
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}
