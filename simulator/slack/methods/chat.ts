import { complaintsOfBlocks, type Surface } from '../blocks.ts';
import { type Args, refused, SlackApiError } from '../body.ts';
import { isObject, type Json } from '../json.ts';
import type { Message, SlackChannel } from '../model.ts';
import { messageJson } from '../shapes.ts';
import { channelOf, type Method, type MethodCall, type Methods, needMember } from './method.ts';

/** https://docs.slack.dev/changelog/2018-truncating-really-long-messages; for updates the documentation's 4,000. */
const POST_TEXT_MAX = 40_000;
const UPDATE_TEXT_MAX = 4_000;

const writes = { scopes: ['chat:write'], takesJson: true } as const;

function blocksOf(args: Args, surface: Surface): readonly Json[] | undefined {
  const given = args.json('blocks', 'invalid_blocks_format');
  if (given === undefined) return undefined;
  if (!Array.isArray(given)) throw new SlackApiError('invalid_blocks_format');
  const complaints = complaintsOfBlocks(given, surface, '/blocks');
  if (complaints.length > 0) throw refused('invalid_blocks', complaints);
  return given.filter(isObject);
}

function textOf(args: Args, max: number): string {
  const text = args.given('text') ?? '';
  if (text.length > max) throw new SlackApiError('msg_too_long');
  return text;
}

function refuseAttachments(args: Args): void {
  for (const key of ['attachments', 'markdown_text', 'metadata']) {
    if (args.string(key) !== undefined)
      throw new SlackApiError('not_implemented', { needed: `the sandbox does not simulate ${key}` });
  }
}

/** Where a message goes: an id, a name, or a person (the direct conversation with the app). */
function target(args: Args, call: MethodCall): SlackChannel {
  const { workspace } = call;
  const asked = args.required('channel', 'channel_not_found');
  if (workspace.user(asked) !== undefined) return workspace.directChannel(asked);
  const named = workspace.spec.channels.find((c) => c.kind === 'public' && c.name === asked.replace(/^#/, ''));
  const channel = named ?? channelOf(args, call);
  const anywhere = channel.kind === 'public' && workspace.spec.scopes.includes('chat:write.public');
  if (!anywhere) needMember(channel, call);
  if (channel.isArchived) throw new SlackApiError('is_archived');
  return channel;
}

function threadOf(args: Args, channel: SlackChannel, call: MethodCall): string | undefined {
  const ts = args.string('thread_ts');
  if (ts === undefined) return undefined;
  const root = call.workspace.messages.find(channel.id, ts);
  const isRoot = root !== undefined && root.ephemeralFor === undefined && (root.thread_ts ?? root.ts) === root.ts;
  if (!isRoot) throw new SlackApiError('thread_not_found');
  return ts;
}

function post(args: Args, call: MethodCall, ephemeralFor: string | undefined): Message {
  refuseAttachments(args);
  const { workspace, by } = call;
  const channel = target(args, call);
  const text = textOf(args, POST_TEXT_MAX);
  const blocks = blocksOf(args, 'message') ?? [];
  if (text === '' && blocks.length === 0) throw new SlackApiError('no_text');
  const thread_ts = threadOf(args, channel, call);
  if (ephemeralFor !== undefined && !channel.members.includes(ephemeralFor))
    throw new SlackApiError('user_not_in_channel');
  return workspace.messages.post({
    channel: channel.id,
    user: workspace.spec.botUserId,
    fromApp: true,
    text,
    blocks,
    by,
    broadcast: args.flag('reply_broadcast'),
    ...(thread_ts === undefined ? {} : { thread_ts }),
    ...(ephemeralFor === undefined ? {} : { ephemeralFor }),
  });
}

const postMessage: Method = {
  ...writes,
  limit: 'post',
  run: (args, call) => {
    const message = post(args, call, undefined);
    return { channel: message.channel, ts: message.ts, message: messageJson(message, call.workspace) };
  },
};

const postEphemeral: Method = {
  ...writes,
  limit: 'tier4',
  run: (args, call) => {
    const user = args.required('user', 'user_not_in_channel');
    return { message_ts: post(args, call, user).ts };
  },
};

/** The app's own, permanent message. */
function ownMessage(args: Args, call: MethodCall, denied: string): Message {
  const channel = channelOf(args, call);
  const ts = args.required('ts', 'message_not_found');
  const message = call.workspace.messages.find(channel.id, ts);
  if (message === undefined || message.ephemeralFor !== undefined) throw new SlackApiError('message_not_found');
  if (!message.fromApp) throw new SlackApiError(denied);
  return message;
}

const update: Method = {
  ...writes,
  limit: 'tier3',
  run: (args, call) => {
    refuseAttachments(args);
    const message = ownMessage(args, call, 'cant_update_message');
    const { spec, messages } = call.workspace;
    const text = textOf(args, UPDATE_TEXT_MAX);
    const given = blocksOf(args, spec.progressBlocksInUpdate ? 'message' : 'update');
    if (text === '' && (given === undefined || given.length === 0)) throw new SlackApiError('no_text');
    // Text without blocks deletes the blocks, and blocks without text delete the text.
    const revised = messages.revise(message, text, given ?? [], call.by);
    return { channel: revised.channel, ts: revised.ts, text, message: messageJson(revised, call.workspace) };
  },
};

const remove: Method = {
  ...writes,
  limit: 'tier3',
  run: (args, call) => {
    const message = ownMessage(args, call, 'cant_delete_message');
    call.workspace.messages.remove(message, call.by);
    return { channel: message.channel, ts: message.ts };
  },
};

const getPermalink: Method = {
  scopes: [],
  takesJson: false,
  limit: 'special',
  run: (args, call) => {
    const channel = channelOf(args, call);
    const ts = args.required('message_ts', 'message_not_found');
    const message = call.workspace.messages.find(channel.id, ts);
    if (message === undefined || message.ephemeralFor !== undefined) throw new SlackApiError('message_not_found');
    const thread = message.thread_ts === undefined ? '' : `?thread_ts=${message.thread_ts}&cid=${channel.id}`;
    const base = `https://${call.workspace.spec.teamDomain}.slack.com/archives/${channel.id}`;
    return { channel: channel.id, permalink: `${base}/p${ts.replace('.', '')}${thread}` };
  },
};

export const CHAT: Methods = {
  'chat.postMessage': postMessage,
  'chat.postEphemeral': postEphemeral,
  'chat.update': update,
  'chat.delete': remove,
  'chat.getPermalink': getPermalink,
};
