import { SlackApiError } from '../body.ts';
import type { Message, SlackChannel } from '../model.ts';
import { channelJson, messageJson } from '../shapes.ts';
import { channelOf, type Method, type MethodCall, type Methods, needMember, needScope, page } from './method.ts';

/** The family of scopes that a kind of conversation needs: `channels:read`, `groups:history`. */
const FAMILY = { public: 'channels', private: 'groups', im: 'im' } as const;
const TYPE = { public: 'public_channel', private: 'private_channel', im: 'im' } as const;

const reads = { scopes: [], takesJson: false } as const;

function readable(args: Parameters<typeof channelOf>[0], call: MethodCall, what: 'read' | 'history'): SlackChannel {
  const channel = channelOf(args, call);
  needScope(call, `${FAMILY[channel.kind]}:${what}`);
  return channel;
}

const info: Method = {
  ...reads,
  limit: 'tier3',
  run: (args, call) => ({ channel: channelJson(readable(args, call, 'read'), call.workspace.spec) }),
};

const list: Method = {
  ...reads,
  limit: 'tier2',
  run: (args, call) => {
    const { spec } = call.workspace;
    const types = (args.string('types') ?? 'public_channel').split(',').map((type) => type.trim());
    const kinds = (['public', 'private', 'im'] as const).filter((kind) => types.includes(TYPE[kind]));
    if (kinds.length !== types.length) throw new SlackApiError('invalid_types');
    for (const kind of kinds) needScope(call, `${FAMILY[kind]}:read`);
    const archived = !args.flag('exclude_archived');
    const known = (c: SlackChannel): boolean => c.kind === 'public' || c.members.includes(spec.botUserId);
    const found = spec.channels.filter((c) => kinds.includes(c.kind) && known(c) && (archived || !c.isArchived));
    const { items, response_metadata } = page(found, args);
    return { channels: items.map((channel) => channelJson(channel, spec)), response_metadata };
  },
};

const members: Method = {
  ...reads,
  limit: 'tier4',
  run: (args, call) => {
    const { items, response_metadata } = page(readable(args, call, 'read').members, args);
    return { members: items, response_metadata };
  },
};

function shown(channel: SlackChannel, call: MethodCall): readonly Message[] {
  return call.workspace.messages.in(channel.id).filter((message) => message.ephemeralFor === undefined);
}

const history: Method = {
  ...reads,
  limit: 'tier3',
  run: (args, call) => {
    const channel = readable(args, call, 'history');
    needMember(channel, call);
    const roots = shown(channel, call).filter((message) => message.thread_ts === undefined || message.broadcast);
    const { items, response_metadata } = page([...roots].reverse(), args);
    const has_more = response_metadata['next_cursor'] !== '';
    return { messages: items.map((message) => messageJson(message, call.workspace)), has_more, response_metadata };
  },
};

const replies: Method = {
  ...reads,
  limit: 'tier3',
  run: (args, call) => {
    const channel = readable(args, call, 'history');
    needMember(channel, call);
    const ts = args.required('ts', 'thread_not_found');
    const thread = shown(channel, call).filter((message) => message.ts === ts || message.thread_ts === ts);
    if (thread.length === 0) throw new SlackApiError('thread_not_found');
    const { items, response_metadata } = page(thread, args);
    const has_more = response_metadata['next_cursor'] !== '';
    return { messages: items.map((message) => messageJson(message, call.workspace)), has_more, response_metadata };
  },
};

const open: Method = {
  scopes: ['im:write'],
  limit: 'tier3',
  takesJson: true,
  run: (args, call) => {
    const users = args.required('users', 'users_list_not_supplied').split(',');
    if (users.length > 1)
      throw new SlackApiError('not_implemented', { needed: 'the sandbox does not simulate group messages' });
    const user = call.workspace.user(users[0] ?? '');
    if (user === undefined) throw new SlackApiError('user_not_found');
    if (user.deleted) throw new SlackApiError('user_disabled');
    return { channel: { id: call.workspace.directChannel(user.id).id } };
  },
};

export const CONVERSATIONS: Methods = {
  'conversations.info': info,
  'conversations.list': list,
  'conversations.members': members,
  'conversations.history': history,
  'conversations.replies': replies,
  'conversations.open': open,
};
