import { stateOf } from './inputs.ts';
import { type Json, objectsOf } from './json.ts';
import type { Message, SlackChannel, SlackUser, View, WorkspaceSpec } from './model.ts';
import type { Workspace } from './state.ts';

/** Objects as Slack shows them to an app: https://docs.slack.dev/reference/objects */

export function messageJson(message: Message, workspace: Workspace): Json {
  const { spec } = workspace;
  const edited = message.revisions.length > 1;
  const last = message.revisions.at(-1);
  const root =
    message.thread_ts === undefined ? undefined : workspace.messages.find(message.channel, message.thread_ts);
  return {
    type: 'message',
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: spec.teamId,
    ...(message.fromApp ? { bot_id: spec.botId, app_id: spec.appId } : {}),
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.thread_ts === undefined
      ? {}
      : { thread_ts: message.thread_ts, parent_user_id: root?.user ?? message.user }),
    ...(edited && last !== undefined
      ? { edited: { user: message.user, ts: `${Math.floor(last.at_ms / 1000)}.000000` } }
      : {}),
    ...(message.files.length > 0
      ? { files: message.files.map((f) => ({ id: f.id, name: f.name, title: f.title })) }
      : {}),
  };
}

/** The fields of ViewOutput in Bolt's types. */
export function viewJson(view: View, spec: WorkspaceSpec): Json {
  const { content } = view;
  return {
    id: view.id,
    team_id: spec.teamId,
    type: view.type,
    blocks: content['blocks'],
    private_metadata: content['private_metadata'] ?? '',
    callback_id: content['callback_id'] ?? '',
    state: { values: stateOf(objectsOf(content, 'blocks'), view.draft) },
    hash: view.hash,
    title: content['title'] ?? null,
    clear_on_close: content['clear_on_close'] ?? false,
    notify_on_close: content['notify_on_close'] ?? false,
    close: content['close'] ?? null,
    submit: content['submit'] ?? null,
    previous_view_id: view.previousViewId,
    root_view_id: view.rootViewId,
    app_id: spec.appId,
    external_id: content['external_id'] ?? '',
    app_installed_team_id: spec.teamId,
    bot_id: spec.botId,
  };
}

export function userJson(user: SlackUser, spec: WorkspaceSpec): Json {
  const withMail = spec.scopes.includes('users:read.email') && user.email !== undefined;
  return {
    id: user.id,
    team_id: user.teamId ?? spec.teamId,
    name: user.name,
    deleted: user.deleted ?? false,
    real_name: user.realName ?? user.name,
    tz: user.tz ?? 'Etc/UTC',
    profile: {
      real_name: user.realName ?? user.name,
      display_name: user.name,
      ...(withMail ? { email: user.email } : {}),
      team: user.teamId ?? spec.teamId,
    },
    is_admin: false,
    is_owner: false,
    is_restricted: user.isRestricted ?? false,
    is_ultra_restricted: user.isUltraRestricted ?? false,
    is_bot: user.isBot ?? false,
    is_app_user: false,
    // Slack sends this member only where it is true of a person of another organisation.
    ...(user.isStranger === undefined ? {} : { is_stranger: user.isStranger }),
  };
}

export function channelJson(channel: SlackChannel, spec: WorkspaceSpec): Json {
  const person = channel.members.find((id) => id !== spec.botUserId);
  const im = channel.kind === 'im';
  return {
    id: channel.id,
    ...(im ? { user: person } : { name: channel.name, name_normalized: channel.name }),
    is_channel: channel.kind === 'public',
    is_group: channel.kind === 'private',
    is_im: im,
    is_mpim: false,
    is_private: channel.kind !== 'public',
    is_archived: channel.isArchived ?? false,
    is_member: channel.members.includes(spec.botUserId),
    ...(im ? {} : { num_members: channel.members.length }),
  };
}
