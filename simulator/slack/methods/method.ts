import type { Clock } from '../../clock.ts';
import type { Random } from '../../random.ts';
import { type Args, SlackApiError } from '../body.ts';
import type { Json } from '../json.ts';
import type { Limit } from '../limits.ts';
import type { SlackChannel } from '../model.ts';
import type { Workspace } from '../state.ts';

export interface MethodCall {
  readonly workspace: Workspace;
  readonly clock: Clock;
  readonly random: Random;
  /** The caller's name, kept with what it writes. */
  readonly by: string;
}

/** One method of the Web API: https://docs.slack.dev/reference/methods */
export interface Method {
  /** Scopes that the token needs, all of them. */
  readonly scopes: readonly string[];
  readonly limit: Limit;
  readonly takesJson: boolean;
  /** Answers what stands beside `"ok": true`; throws SlackApiError. */
  readonly run: (args: Args, call: MethodCall) => Json;
}

export type Methods = Readonly<Record<string, Method>>;

export function needScope(call: MethodCall, scope: string): void {
  const { scopes } = call.workspace.spec;
  if (scopes.includes(scope)) return;
  throw new SlackApiError('missing_scope', { needed: scope, provided: scopes.join(',') });
}

/** The channel that an argument names, if the app may see it. */
export function channelOf(args: Args, call: MethodCall, key = 'channel'): SlackChannel {
  const { workspace } = call;
  const id = args.required(key, 'channel_not_found');
  const channel = workspace.channel(id);
  const member = channel?.members.includes(workspace.spec.botUserId) ?? false;
  if (channel === undefined || (channel.kind !== 'public' && !member)) throw new SlackApiError('channel_not_found');
  return channel;
}

export function needMember(channel: SlackChannel, call: MethodCall): void {
  if (!channel.members.includes(call.workspace.spec.botUserId)) throw new SlackApiError('not_in_channel');
}

/** One page of a list, as Slack's cursors go: https://docs.slack.dev/apis/web-api/pagination */
export function page<T>(
  all: readonly T[],
  args: Args,
): { readonly items: readonly T[]; readonly response_metadata: Json } {
  const cursor = args.string('cursor');
  const start = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64').toString().replace('next:', ''));
  if (!Number.isInteger(start) || start < 0 || start > all.length) throw new SlackApiError('invalid_cursor');
  const limit = Number(args.string('limit') ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new SlackApiError('invalid_limit');
  const end = start + limit;
  const next_cursor = end < all.length ? Buffer.from(`next:${end}`).toString('base64') : '';
  return { items: all.slice(start, end), response_metadata: { next_cursor } };
}
