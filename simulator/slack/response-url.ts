import type { WireRequest, WireResponse } from '../wire.ts';
import { complaintsOfBlocks } from './blocks.ts';
import { jsonResponse, parsed, text } from './body.ts';
import { isObject, type Json, objectsOf, stringOf } from './json.ts';
import type { ResponseUrl, Workspace } from './state.ts';

/**
 * POST to a response URL: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
 * An ephemeral message by default; `replace_original` and `delete_original` concern the message that was clicked.
 */
export function receiveResponse(request: WireRequest, workspace: Workspace, by: string): WireResponse {
  const body = parsed(text(request.body));
  if (!isObject(body)) return failed(400, 'invalid_payload');
  const complaints = complaintsOfBlocks(body['blocks'] ?? [], 'message', '/blocks');
  if (complaints.length > 0) return failed(400, 'invalid_blocks');
  const empty = stringOf(body, 'text') === undefined && objectsOf(body, 'blocks').length === 0;
  if (empty && body['delete_original'] !== true) return failed(400, 'no_text');
  const used = workspace.useResponseUrl(request.url.pathname);
  if ('error' in used) return failed(404, used.error);
  return apply(body, used, workspace, by);
}

function apply(body: Json, target: ResponseUrl, workspace: Workspace, by: string): WireResponse {
  const { messages } = workspace;
  const original = target.source === undefined ? undefined : messages.find(target.channel, target.source.ts);
  const changes = body['delete_original'] === true || body['replace_original'] === true;
  if (changes && original === undefined) return failed(404, 'message_not_found');
  if (original !== undefined && body['delete_original'] === true) {
    messages.remove(original, by);
    return jsonResponse(200, { ok: true });
  }
  if (original !== undefined && body['replace_original'] === true) {
    messages.revise(original, stringOf(body, 'text') ?? '', objectsOf(body, 'blocks'), by);
    return jsonResponse(200, { ok: true });
  }
  respond(body, target, workspace, by);
  return jsonResponse(200, { ok: true });
}

/** Posts what an app answered to a command or a click, through a response URL or in the answer itself. */
export function respond(
  body: Json,
  target: Pick<ResponseUrl, 'user' | 'channel'>,
  workspace: Workspace,
  by: string,
): void {
  const thread_ts = stringOf(body, 'thread_ts');
  workspace.messages.post({
    channel: target.channel,
    user: workspace.spec.botUserId,
    fromApp: true,
    text: stringOf(body, 'text') ?? '',
    blocks: objectsOf(body, 'blocks'),
    by,
    ...(body['response_type'] === 'in_channel' ? {} : { ephemeralFor: target.user }),
    ...(thread_ts === undefined ? {} : { thread_ts }),
  });
}

function failed(status: number, error: string): WireResponse {
  return jsonResponse(status, { ok: false, error });
}
