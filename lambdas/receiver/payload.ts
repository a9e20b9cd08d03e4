import { SELF_TEST_USER } from '../../core/self-test.ts';
import type { Environment } from './environment.ts';
import type { Received } from './verify.ts';

/** What a signed request says it is: only the parts that decide how it is answered. */
export type ReceivedPayload =
  | { readonly kind: 'command' }
  | { readonly kind: 'submission'; readonly firstInput: string | undefined }
  | { readonly kind: 'other' };

export type Reading =
  | { readonly kind: 'ours'; readonly payload: ReceivedPayload; readonly isSelfTest: boolean }
  | { readonly kind: 'foreign'; readonly payload: ReceivedPayload }
  | { readonly kind: 'malformed' };

type Data = Readonly<Record<string, unknown>>;

/** Parses once, after verification, so that Bolt meets only what it can parse and what is meant for this deployment. */
export function readPayload(request: Received, env: Environment): Reading {
  const text = request.body.toString('utf8');
  const data = request.contentType === 'application/json' ? json(text) : form(text);
  if (data === undefined) return { kind: 'malformed' };
  const payload = payloadOf(data);
  // The Events API asks once whether the URL is ours, before there is an app to name.
  if (data['type'] === 'url_verification') return { kind: 'ours', payload, isSelfTest: false };
  return isOurs(data, env) ? { kind: 'ours', payload, isSelfTest: isSelfTest(data) } : { kind: 'foreign', payload };
}

/** Of the actor of the self-test, whom Slack does not know. */
const isSelfTest = (data: Data): boolean =>
  (data['user_id'] ?? object(data['user'])?.['id']) === SELF_TEST_USER && data['type'] !== 'view_submission';

/** A button's person may be of another workspace (Slack Connect): then `user.team_id` is not ours. */
function isOurs(data: Data, env: Environment): boolean {
  if (data['api_app_id'] !== env.slackAppId) return false;
  const user = object(data['user']);
  if (user?.['team_id'] !== undefined && user['team_id'] !== env.slackTeamId) return false;
  // Installed across an organisation, an interaction has no team of its own.
  const team = data['team_id'] ?? object(data['team'])?.['id'] ?? user?.['team_id'];
  return team === env.slackTeamId;
}

function payloadOf(data: Data): ReceivedPayload {
  if (data['type'] === undefined && typeof data['command'] === 'string') return { kind: 'command' };
  if (data['type'] !== 'view_submission') return { kind: 'other' };
  return { kind: 'submission', firstInput: firstInputOf(data['view']) };
}

/** The block id at which a dialog can show an error. */
export function firstInputOf(view: unknown): string | undefined {
  const blocks = object(view)?.['blocks'];
  if (!Array.isArray(blocks)) return undefined;
  const input = blocks.map(object).find((block) => block?.['type'] === 'input');
  const id = input?.['block_id'];
  return typeof id === 'string' ? id : undefined;
}

/** Interactions come as JSON in the field `payload`; a field given twice, or `ssl_check` on a signed request, is no form of Slack's. */
function form(text: string): Data | undefined {
  const fields = [...new URLSearchParams(text)];
  const data = Object.fromEntries(fields);
  if (Object.keys(data).length !== fields.length || 'ssl_check' in data) return undefined;
  return data['payload'] === undefined ? data : json(data['payload']);
}

function json(text: string): Data | undefined {
  try {
    const data = object(JSON.parse(text));
    return data !== undefined && 'ssl_check' in data ? undefined : data;
  } catch {
    return undefined;
  }
}

function object(value: unknown): Data | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : undefined;
}
