import { createHmac, timingSafeEqual } from 'node:crypto';
import { LogLevel, WebClient } from '@slack/web-api';
import type { Account } from '../../core/approvals.ts';
import type { SignedRequest } from '../../core/inbound.ts';
import type { Message, ModalView } from '../../core/messages/block-kit.ts';

/** Why a call to Slack did not do what it should. Closed. */
export type SlackFailure =
  /** No answer in time, or an answer that says Slack itself fails. The call may have had its effect. */
  | { readonly kind: 'slack-down'; readonly why: string }
  | { readonly kind: 'rate-limited'; readonly retry_s: number }
  /** Slack understood and said no: `invalid_blocks`, `message_not_found`, ... */
  | { readonly kind: 'rejected'; readonly code: string; readonly why: string };

export type SlackResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: SlackFailure };

/** Where a message is. */
export interface Posted {
  readonly channel: string;
  readonly ts: string;
}

/** What Muster asks of Slack. Nothing here throws for what Slack answers or does not answer. */
export interface Slack {
  postMessage(channel: string, message: Message, thread?: string): Promise<SlackResult<Posted>>;
  update(at: Posted, message: Message): Promise<SlackResult<Posted>>;
  postEphemeral(channel: string, user: string, text: string): Promise<SlackResult<null>>;
  viewsOpen(triggerId: string, view: ModalView): Promise<SlackResult<{ readonly viewId: string }>>;
  viewsUpdate(viewId: string, view: ModalView): Promise<SlackResult<null>>;
  usersInfo(user: string): Promise<SlackResult<Account>>;
  usergroupMembers(group: string): Promise<SlackResult<readonly string[]>>;
  /** Five uses within 30 minutes, so never for progress. Only the person who asked sees it. */
  respond(responseUrl: string, text: string): Promise<SlackResult<null>>;
}

const TIMEOUT_MS = 4_000;

/** The client's own defaults (ten retries in half an hour, no time limit, sleeping on 429) would outlive a Lambda. */
export function createSlack(token: string): Slack {
  const client = new WebClient(token, {
    retryConfig: { retries: 1, minTimeout: 300, maxTimeout: 300 },
    rejectRateLimitedCalls: true,
    fetch: (url, init) => fetchWithin(String(url), init ?? {}),
    // Its warnings repeat what is returned here; its debug level would print whole requests.
    logLevel: LogLevel.ERROR,
  });
  const call = (method: string, body: Readonly<Record<string, unknown>>): Promise<SlackResult<Data>> =>
    outcome(client.apiCall(method, { ...body }));
  return {
    postMessage: async (channel, message, thread) =>
      mapped(
        await call('chat.postMessage', {
          channel,
          ...content(message),
          ...(thread === undefined ? {} : { thread_ts: thread }),
          unfurl_links: false,
          unfurl_media: false,
        }),
        (data) => ({ channel: textOf(data['channel']) || channel, ts: textOf(data['ts']) }),
      ),
    // Text without blocks would delete the blocks that are there: an empty list says so on purpose.
    update: async (at, message) =>
      mapped(await call('chat.update', { channel: at.channel, ts: at.ts, blocks: [], ...content(message) }), () => at),
    postEphemeral: async (channel, user, text) => nothing(await call('chat.postEphemeral', { channel, user, text })),
    viewsOpen: async (triggerId, view) =>
      mapped(await call('views.open', { trigger_id: triggerId, view }), (data) => ({
        viewId: textOf(objectOf(data['view'])['id']),
      })),
    viewsUpdate: async (viewId, view) => nothing(await call('views.update', { view_id: viewId, view })),
    usersInfo: async (user) =>
      mapped(await call('users.info', { user }), (data) => accountOf(user, objectOf(data['user']))),
    usergroupMembers: async (group) =>
      mapped(await call('usergroups.users.list', { usergroup: group }), (data) =>
        Array.isArray(data['users']) ? data['users'].filter((id) => typeof id === 'string') : [],
      ),
    respond: (responseUrl, text) => respond(responseUrl, text),
  };
}

const content = (message: Message): Readonly<Record<string, unknown>> => ({
  text: message.text,
  ...(message.blocks.length === 0 ? {} : { blocks: message.blocks }),
});

/** https://docs.slack.dev/reference/objects/user-object. What is missing counts against the account: it fails closed. */
export function accountOf(asked: string, user: Data): Account {
  const team = textOf(user['team_id']);
  const id = textOf(user['id']);
  return {
    user: id,
    // A person of another organisation is of another team, whatever the id says.
    team: user['is_stranger'] === true || id !== asked ? `stranger:${team}` : team,
    deleted: user['deleted'] !== false,
    bot: user['is_bot'] === true || user['is_workflow_bot'] === true || id === 'USLACKBOT',
    guest: user['is_restricted'] === true || user['is_ultra_restricted'] === true,
  };
}

type Data = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const objectOf = (value: unknown): Data => (typeof value === 'object' && value !== null ? (value as Data) : {});
const nothing = (result: SlackResult<Data>): SlackResult<null> => mapped(result, () => null);

function mapped<T>(result: SlackResult<Data>, map: (data: Data) => T): SlackResult<T> {
  return result.ok ? { ok: true, value: map(result.value) } : result;
}

async function outcome(answer: Promise<unknown>): Promise<SlackResult<Data>> {
  try {
    return { ok: true, value: objectOf(await answer) };
  } catch (error) {
    return { ok: false, failure: slackFailureOf(error) };
  }
}

/** Errors of a platform that are its own trouble, not the request's. https://docs.slack.dev/reference/methods/chat.postMessage */
const DOWN = ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org'];

/** Reads an error of @slack/web-api by its `code`: bundles and contexts make `instanceof` unreliable. */
export function slackFailureOf(error: unknown): SlackFailure {
  const { code, retryAfter, data, message } = objectOf(error);
  if (code === 'slack_webapi_rate_limited_error') return limited(retryAfter);
  const why = textOf(message) || String(error);
  if (code !== 'slack_webapi_platform_error') return { kind: 'slack-down', why };
  const answer = objectOf(data);
  const metadata = objectOf(answer['response_metadata']);
  const said = textOf(answer['error']) || 'unknown_error';
  if (said === 'ratelimited' || said === 'rate_limited') return limited(metadata['retryAfter']);
  // An answer that is no JSON (a proxy's error page) comes as `error` too: codes are single words.
  if (DOWN.includes(said) || !/^[a-z0-9_.:-]{1,80}$/i.test(said))
    return { kind: 'slack-down', why: said.slice(0, 200) };
  const details = Array.isArray(metadata['messages']) ? metadata['messages'].join('; ') : '';
  return { kind: 'rejected', code: said, why: details || said };
}

const limited = (retry_s: unknown): SlackFailure => ({
  kind: 'rate-limited',
  retry_s: typeof retry_s === 'number' && retry_s > 0 ? retry_s : 1,
});

async function respond(responseUrl: string, text: string): Promise<SlackResult<null>> {
  if (!responseUrl.startsWith('https://hooks.slack.com/')) {
    return { ok: false, failure: { kind: 'rejected', code: 'invalid_response_url', why: 'not an address of Slack' } };
  }
  try {
    const answer = await fetchWithin(responseUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, text }),
      redirect: 'error',
    });
    if (answer.ok) return { ok: true, value: null };
    if (answer.status === 429) return { ok: false, failure: limited(Number(answer.headers.get('retry-after'))) };
    const why = `the response_url answered ${answer.status}`;
    return answer.status >= 500
      ? { ok: false, failure: { kind: 'slack-down', why } }
      : { ok: false, failure: { kind: 'rejected', code: `http_${answer.status}`, why } };
  } catch (error) {
    return { ok: false, failure: { kind: 'slack-down', why: String(error) } };
  }
}

interface Fetched {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: Headers;
  arrayBuffer(): Promise<ArrayBuffer>;
  json(): Promise<unknown>;
  text(): Promise<string>;
}

/** One request with a time limit that covers the body; the client's own limit ends with the headers. */
async function fetchWithin(url: string, init: RequestInit): Promise<Fetched> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(url, { ...init, signal: controller.signal });
    const body = await response.arrayBuffer();
    const text = new TextDecoder().decode(body);
    return {
      ok: response.ok,
      status: response.status,
      statusText: response.statusText,
      url: response.url,
      headers: response.headers,
      arrayBuffer: async () => body,
      json: async () => JSON.parse(text) as unknown,
      text: async () => text,
    };
  } catch (cause) {
    const why = controller.signal.aborted ? `no answer within ${TIMEOUT_MS} ms` : String(cause);
    throw new Error(`${new URL(url).host}: ${why}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

const OLDEST_S = 5 * 60;
const NEWEST_S = 60;

/**
 * Is this request Slack's, and of now? https://docs.slack.dev/authentication/verifying-requests-from-slack
 * The receiver has checked already; the next function checks again, so that nobody who may invoke it can pose as Slack.
 */
export function verifySigned(signed: SignedRequest, signingSecret: string, now_s: number): boolean {
  // An HMAC with an empty key can be made by anybody.
  if (signingSecret === '' || !/^\d{1,12}$/.test(signed.timestamp)) return false;
  const age_s = now_s - Number(signed.timestamp);
  if (!(age_s <= OLDEST_S && age_s >= -NEWEST_S)) return false;
  const hmac = createHmac('sha256', signingSecret).update(`v0:${signed.timestamp}:${signed.body}`, 'utf8');
  const expected = Buffer.from(`v0=${hmac.digest('hex')}`);
  const given = Buffer.from(signed.signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
