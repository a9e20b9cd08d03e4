import type { Inbound } from '../core/inbound.ts';
import { refusalView } from '../core/messages/dialogs.ts';
import { type Undelivered, undeliveredMessage } from '../core/messages/undelivered.ts';
import { refuse } from '../core/reasons.ts';
import { setPurpose } from './adapters/clients.ts';
import { environment } from './adapters/environment.ts';
import { botToken, signingSecret } from './adapters/secrets.ts';
import { createSlack, verifySigned } from './adapters/slack.ts';
import { parsePayload, type SlackPayload } from './adapters/slack-payloads.ts';
import { config } from './config.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
interface FailureRecord {
  readonly timestamp: string;
  readonly requestContext: { readonly condition: string; readonly approximateInvokeCount: number };
  readonly requestPayload: Inbound;
  readonly responsePayload?: { readonly errorMessage?: string } | null;
}

/** Older than this it is a replay: it was refused as one, and no command was lost. */
const OLDEST_S = 10 * 60;

/**
 * A request that Lambda could not deliver to `command` or `approve` is reported in the channel, so that nobody waits
 * for an answer.
 */
export async function handler(record: FailureRecord): Promise<void> {
  setPurpose('undelivered');
  const inbound = record.requestPayload;
  const env = environment();
  const lost = undeliveredOf(record, await signingSecret(env));
  if (lost === undefined) {
    console.log('not reported: it is not a recent request of our Slack app');
    return;
  }
  const slack = createSlack(await botToken(env));
  if (inbound.kind !== 'submission' && inbound.viewId !== undefined) {
    const why = lost.ran ? 'Muster failed while it worked on it' : 'it waited too long';
    const view = refusalView('Not carried out', refuse('not-delivered', { why }));
    // The dialog may be closed by now: the channel's message is what counts.
    await slack.viewsUpdate(inbound.viewId, view);
  }
  const told = await slack.postMessage(config.slack.channel, undeliveredMessage(lost));
  if (!told.ok) throw new Error(`Slack did not take the message: ${JSON.stringify(told.failure)}`);
}

/** Undefined: not signed by Slack for our app and team, or too old. A forged request must not make Muster post. */
function undeliveredOf(record: FailureRecord, signingSecret: string): Undelivered | undefined {
  const { signed } = record.requestPayload;
  const sent_s = Number(signed.timestamp);
  // As of when it was sent: waiting in a queue makes a signature old, not wrong.
  if (!verifySigned(signed, signingSecret, sent_s)) return undefined;
  if (Date.parse(record.timestamp) / 1000 - sent_s > OLDEST_S) return undefined;
  const payload = parsePayload(signed.body);
  if (payload?.appId !== config.slack.app_id || payload.team !== config.slack.team_id) return undefined;
  return {
    slackUser: payload.user,
    what: whatOf(payload),
    at: new Date(sent_s * 1000).toISOString(),
    operation: payload.kind === 'command' ? undefined : payload.ids?.operation,
    ran: record.requestContext.approximateInvokeCount > 0,
    error: record.responsePayload?.errorMessage ?? '',
  };
}

function whatOf(payload: SlackPayload): string {
  switch (payload.kind) {
    case 'command':
      return `${payload.command} ${payload.text}`.trim();
    case 'action':
      return `the button ${payload.actionId.replace('modal:', '')}`;
    case 'submission':
      return `the dialog ${payload.callbackId}`;
  }
}
