import { type Identity, identityOf, withRole } from '../core/approvals.ts';
import { type CommandSpec, commandOfDialog, helpText, parseCommand } from '../core/commands.ts';
import { type Inbound, needsWords, type SubmissionAnswer } from '../core/inbound.ts';
import { isReasonKind, reasonDialog, refusalView } from '../core/messages/dialogs.ts';
import { assertNever, isRefusal, type Refusal, refuse } from '../core/reasons.ts';
import { setPurpose } from './adapters/clients.ts';
import { environment } from './adapters/environment.ts';
import { invokeApprove } from './adapters/functions.ts';
import type { ActionPayload, CommandPayload, SubmissionPayload } from './adapters/slack-payloads.ts';
import { showRefusal } from './commands/answer.ts';
import type { CommandRequest } from './commands/handler.ts';
import { handle } from './commands/handlers.ts';
import { requestOperation } from './commands/request.ts';
import { startSelfTest } from './commands/self-test.ts';
import { config } from './config.ts';
import { identify, openRequest, type RequestContext } from './context.ts';

/**
 * Behind the receiver: what was typed or submitted, and the buttons that need words. Votes among them go on to `approve`,
 * the only one that may write them; the other buttons are votes, and the receiver hands them to `approve` itself.
 */
export async function handler(inbound: Inbound): Promise<SubmissionAnswer> {
  setPurpose('command');
  const now_ms = Date.now();
  const { context, payload, selfTest } = await openRequest(config, environment(), inbound.signed, now_ms);
  if (selfTest !== undefined) {
    if (selfTest.ask !== 'start') throw new Error('the self-test’s vote belongs to approve: nothing was done');
    await startSelfTest(context, { at_s: Number(inbound.signed.timestamp), triggerId: selfTest.triggerId });
    return null;
  }
  switch (payload.kind) {
    case 'command':
      await typed(context, payload, inbound);
      return null;
    case 'action':
      await pressed(context, payload, viewIdOf(inbound));
      return null;
    case 'submission':
      return submitted(context, payload, inbound, now_ms);
    default:
      return assertNever(payload);
  }
}

async function typed(context: RequestContext, payload: CommandPayload, inbound: Inbound): Promise<void> {
  const request: CommandRequest = { payload, inbound, viewId: viewIdOf(inbound), person: undefined };
  const parsed = parseCommand(payload.text, Object.keys(context.config.applications));
  if (!parsed.ok) return showRefusal(context, request, parsed.refusal, helpText(undefined));
  const person = await personFor(context, parsed.spec, payload.user);
  if (person !== undefined && isRefusal(person)) return showRefusal(context, request, person);
  await handle(context, parsed.command, { ...request, person });
}

/**
 * Who typed a command, if they have its role; undefined: that need not be known here. The one place where a command's
 * role is checked. A vote's role `approve` checks by the same rule (`judgeVote`), because it writes refused votes down.
 */
async function personFor(
  context: RequestContext,
  spec: CommandSpec,
  user: string,
): Promise<Identity | Refusal | undefined> {
  if (spec.role === 'anyone' || spec.vote !== undefined) return undefined;
  return spec.dialog === undefined
    ? withRole(context.config, spec.role, identityOf(context.config, user))
    : identify(context, user, spec.role);
}

/** The dialog of a plan, or the words for a vote. */
function submitted(
  context: RequestContext,
  payload: SubmissionPayload,
  inbound: Inbound,
  now_ms: number,
): Promise<SubmissionAnswer> {
  const spec = commandOfDialog(payload.callbackId);
  return spec === undefined
    ? invokeApprove(context.environment, inbound, 'RequestResponse')
    : requestOperation(context, spec, payload, now_ms);
}

const viewIdOf = (inbound: Inbound): string | undefined => (inbound.kind === 'submission' ? undefined : inbound.viewId);

/** Gives a button that needs words its dialog. */
async function pressed(context: RequestContext, payload: ActionPayload, viewId: string | undefined): Promise<void> {
  const { actionId, ids } = payload;
  const kind = needsWords(actionId) ? actionId.slice('modal:'.length) : '';
  const view =
    ids === undefined || !isReasonKind(kind)
      ? refusalView('Nothing was done', refuse('button-unknown'))
      : reasonDialog(kind, ids.operation, ids.round ?? 0, ids.step);
  const shown = viewId === undefined ? { ok: false } : await context.slack.viewsUpdate(viewId, view);
  if (!shown.ok && payload.responseUrl !== undefined) {
    await context.slack.respond(
      payload.responseUrl,
      'Slack could not open the dialog; nothing was done. Press the button again.',
    );
  }
}
