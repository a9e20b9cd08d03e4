import { approverNames, identityOf } from '../core/approvals.ts';
import { helpText, parseCommand } from '../core/commands.ts';
import { owner } from '../core/fence.ts';
import type { Inbound, SubmissionAnswer } from '../core/inbound.ts';
import { SELF_TEST } from '../core/kinds.ts';
import { entities } from '../core/messages/block-kit.ts';
import { reasonDialog, refusalView } from '../core/messages/dialogs.ts';
import { selfTestLine } from '../core/messages/self-test.ts';
import { statusText } from '../core/messages/status.ts';
import { assertNever, type Refusal, refuse, sayRefusal } from '../core/reasons.ts';
import { setPurpose } from './adapters/clients.ts';
import { environment } from './adapters/environment.ts';
import { invokeApprove } from './adapters/functions.ts';
import type { ActionPayload, CommandPayload } from './adapters/slack-payloads.ts';
import { draftPromote, requestPromote } from './commands/promote.ts';
import { startSelfTest } from './commands/self-test.ts';
import { config } from './config.ts';
import { type Door, openDoor } from './door.ts';
import { recentOperations } from './lookouts/lookout.ts';
import { observe } from './observe.ts';

/** Behind the receiver: what was typed, pressed or submitted. Voices go on to `approve`, the only one that may write them. */
export async function handler(inbound: Inbound): Promise<SubmissionAnswer> {
  setPurpose('command');
  const now_ms = Date.now();
  const { door, payload, selfTest } = await openDoor(config, environment(), inbound.signed, now_ms);
  if (selfTest !== undefined) {
    await (selfTest.ask === 'start'
      ? startSelfTest(door, { at_s: Number(inbound.signed.timestamp), triggerId: selfTest.triggerId })
      : invokeApprove(door.environment, inbound, 'Event'));
    return null;
  }
  switch (payload.kind) {
    case 'command':
      await typed(door, payload, inbound);
      return null;
    case 'action':
      await pressed(door, payload, inbound);
      return null;
    case 'submission':
      return payload.callbackId === 'promote'
        ? requestPromote(door, payload, now_ms)
        : invokeApprove(door.environment, inbound, 'RequestResponse');
    default:
      return assertNever(payload);
  }
}

async function typed(door: Door, payload: CommandPayload, inbound: Inbound): Promise<void> {
  const answer = (text: string): Promise<unknown> => door.slack.respond(payload.responseUrl, text);
  const parsed = parseCommand(payload.text, Object.keys(config.applications));
  if (!parsed.ok) {
    await refused(door, payload, viewIdOf(inbound), parsed.refusal);
    return;
  }
  const { command } = parsed;
  switch (command.name) {
    case 'help':
      await answer(entities(helpText(command.about)));
      return;
    case 'status':
      // Where things run is for the people in muster.yaml; guests and strangers can type commands too.
      await answer(
        identityOf(config, payload.user) === undefined
          ? entities(sayRefusal(refuse('not-listed', { approvers: approverNames(config) })))
          : await status(door, command.application),
      );
      return;
    case 'abort':
      await invokeApprove(door.environment, inbound, 'Event');
      return;
    case 'promote':
      await draftPromote(door, payload, {
        application: command.application,
        reason: command.reason,
        at_s: Number(inbound.signed.timestamp),
        viewId: viewIdOf(inbound),
      });
      return;
    default:
      assertNever(command);
  }
}

/** Into the dialog that the receiver opened, if it did; else to the person alone, with the list of commands. */
async function refused(
  door: Door,
  payload: CommandPayload,
  viewId: string | undefined,
  refusal: Refusal,
): Promise<void> {
  const shown =
    viewId === undefined
      ? { ok: false }
      : await door.slack.viewsUpdate(viewId, refusalView('Nothing was started', refusal));
  if (!shown.ok)
    await door.slack.respond(payload.responseUrl, entities(`${sayRefusal(refusal)}\n${helpText(undefined)}`));
}

const viewIdOf = (inbound: Inbound): string | undefined => (inbound.kind === 'submission' ? undefined : inbound.viewId);

async function status(door: Door, application: string | undefined): Promise<string> {
  const names = application === undefined ? Object.keys(config.applications) : [application];
  const texts = await Promise.all(
    names.map(async (name) => {
      const app = config.applications[name];
      if (app === undefined) return '';
      const [topology, { recent }] = await Promise.all([observe(name, app), recentOperations(door.ledger, name)]);
      const holder = recent[0]?.ended === undefined ? recent[0] : undefined;
      return statusText(topology, config, app, holder, owner(recent.filter((one) => one !== holder)));
    }),
  );
  const tests = await recentOperations(door.ledger, SELF_TEST);
  return [...texts, selfTestLine(tests.recent, new Date().toISOString())].join('\n\n');
}

/** Buttons that need words get their dialog; all others are voices. */
async function pressed(door: Door, payload: ActionPayload, inbound: Inbound): Promise<void> {
  const { ids } = payload;
  const kind = payload.actionId.startsWith('modal:') ? payload.actionId.slice('modal:'.length) : undefined;
  if (kind !== 'decline' && kind !== 'abort' && kind !== 'skip') {
    await invokeApprove(door.environment, inbound, 'Event');
    return;
  }
  const viewId = viewIdOf(inbound);
  const view =
    ids === undefined
      ? refusalView('Nothing was done', refuse('button-unknown'))
      : reasonDialog(kind, ids.operation, ids.round ?? 0, ids.step);
  const shown = viewId === undefined ? { ok: false } : await door.slack.viewsUpdate(viewId, view);
  if (!shown.ok && payload.responseUrl !== undefined) {
    await door.slack.respond(
      payload.responseUrl,
      'Slack could not open the dialog; nothing was done. Press the button again.',
    );
  }
}
