import { createHmac } from 'node:crypto';
import { vi } from 'vitest';
import { createHandler } from '../../lambdas/receiver/handler.ts';
import { type Answer, type OutgoingRequest, send } from '../../lambdas/receiver/http.ts';
import type { UrlEvent } from '../../lambdas/receiver/verify.ts';

/** The receiver with everything around it played: time, Secrets Manager, Lambda and Slack's Web API. */
export const SECRET = 'a-signing-secret-of-slack-000000';
export const SELF_TEST_KEY = 'the-key-of-the-self-test';
export const APP = 'A0MUSTER';
export const TEAM = 'T0TEAM';

export interface Sent {
  readonly host: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

export type Play = (sent: Sent) => Response | Promise<Response>;

const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(value), { status, headers });

export class SlackWorld {
  readonly sent: Sent[] = [];
  secrets: Record<string, string> = { signing: SECRET, token: 'xoxb-1', 'self-test': SELF_TEST_KEY };
  now_ms = Date.now();
  secretsManager: Play = ({ body }) => json({ SecretString: this.secrets[(body as { SecretId: string }).SecretId] });
  lambda: Play = (sent) =>
    sent.headers.get('x-amz-invocation-type') === 'Event' ? new Response('', { status: 202 }) : json(null);
  slack: Play = () => json({ ok: true, view: { id: 'V1' } });
  variables: Record<string, string | undefined> = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_SESSION_TOKEN: 'session',
    MUSTER_PREFIX: 'muster',
    MUSTER_SIGNING_SECRET_ID: 'signing',
    MUSTER_BOT_TOKEN_ID: 'token',
    MUSTER_SELF_TEST_KEY_ID: 'self-test',
    MUSTER_SLACK_APP_ID: APP,
    MUSTER_SLACK_TEAM_ID: TEAM,
  };
  readonly handler = createHandler({ variables: this.variables, now_ms: () => this.now_ms });

  /** Replaces `send`, which a test file mocks with `vi.mock('../../lambdas/receiver/http.ts')`. */
  connect(): void {
    vi.mocked(send).mockImplementation((request, signal) => this.#send(request, signal));
  }

  async #send(request: OutgoingRequest, signal: AbortSignal): Promise<Answer> {
    const { url } = request;
    const body: unknown = JSON.parse(request.body);
    const sent = { host: url.host, path: url.pathname, headers: new Headers(request.headers), body };
    this.sent.push(sent);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });
    const response = await Promise.race([this.#playOf(url.host)(sent), aborted]);
    return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
  }

  to(host: string): Sent[] {
    return this.sent.filter((sent) => sent.host.startsWith(host));
  }

  answer(event: UrlEvent) {
    return this.handler(event, {});
  }

  #playOf(host: string): Play {
    if (host.startsWith('secretsmanager.')) return this.secretsManager;
    if (host.startsWith('lambda.')) return this.lambda;
    return this.slack;
  }
}

export const never: Play = () => new Promise<Response>(() => undefined);

export const refusedConnection: Play = () => {
  throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
};

export function sign(body: string | Buffer, timestamp_s: number, secret = SECRET): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp_s}:`).update(body).digest('hex')}`;
}

export interface EventOptions {
  readonly contentType?: string;
  readonly timestamp_s?: number;
  readonly secret?: string;
  readonly isSelfTest?: boolean;
}

export function signedEvent(body: string, options: EventOptions = {}): UrlEvent {
  const timestamp_s = options.timestamp_s ?? Math.floor(Date.now() / 1000);
  return {
    requestContext: { http: { method: 'POST' } },
    headers: {
      'content-type': options.contentType ?? 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(timestamp_s),
      'x-slack-signature': sign(body, timestamp_s, options.secret),
      ...(options.isSelfTest === true ? { 'x-muster-self-test': 'yes' } : {}),
    },
    body,
    isBase64Encoded: false,
  };
}

export function command(text: string, more: Record<string, string> = {}): string {
  return new URLSearchParams({
    command: '/dr',
    text,
    api_app_id: APP,
    team_id: TEAM,
    user_id: 'U1',
    channel_id: 'C1',
    trigger_id: '1.2.3',
    response_url: 'https://hooks.slack.com/commands/1',
    ...more,
  }).toString();
}

export function interaction(data: Record<string, unknown>): string {
  const base = { api_app_id: APP, team: { id: TEAM }, user: { id: 'U1', team_id: TEAM }, trigger_id: '1.2.3' };
  return new URLSearchParams({ payload: JSON.stringify({ ...base, ...data }) }).toString();
}

export function button(actionId: string): string {
  return interaction({
    type: 'block_actions',
    response_url: 'https://hooks.slack.com/actions/1',
    container: { type: 'message' },
    channel: { id: 'C1' },
    actions: [{ type: 'button', action_id: actionId, block_id: 'b', action_ts: '1' }],
  });
}

export function submission(blocks: readonly object[] = [{ type: 'input', block_id: 'region' }]): string {
  return interaction({ type: 'view_submission', view: { id: 'V1', type: 'modal', callback_id: 'promote', blocks } });
}
