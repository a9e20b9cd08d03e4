import { entities } from '../../core/messages/block-kit.ts';
import { refusalView } from '../../core/messages/dialogs.ts';
import { type Refusal, sayRefusal } from '../../core/reasons.ts';
import type { RequestContext } from '../context.ts';
import type { CommandRequest } from './handler.ts';

/** To the person alone. `text` is mrkdwn: what was typed must be escaped in it. */
export async function answer(context: RequestContext, request: CommandRequest, text: string): Promise<void> {
  await context.slack.respond(request.payload.responseUrl, text);
}

/** Into the dialog that the receiver opened, if there is one; else to the person alone, with `hint` below it. */
export async function showRefusal(
  context: RequestContext,
  request: CommandRequest,
  refusal: Refusal,
  hint?: string,
): Promise<void> {
  const { viewId } = request;
  if (viewId !== undefined) {
    const shown = await context.slack.viewsUpdate(viewId, refusalView('Nothing was started', refusal));
    if (shown.ok) return;
  }
  const lines = hint === undefined ? [sayRefusal(refusal)] : [sayRefusal(refusal), hint];
  await answer(context, request, entities(lines.join('\n')));
}
