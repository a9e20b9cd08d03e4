import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SignedRequest } from '../../core/inbound.ts';

/** The parts of a function URL's event that matter here; foreign data, so every field may be missing. */
export interface UrlEvent {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: { readonly http?: { readonly method?: string } };
}

export interface UrlAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export type ContentType = 'application/x-www-form-urlencoded' | 'application/json';

/** A request of a shape that Slack sends; who sent it is not known yet. */
export interface Received {
  readonly contentType: ContentType;
  readonly body: Buffer;
  readonly timestamp: string;
  readonly signature: string;
  /** It says that it is the daily self-test; its signature shows whether that is true. */
  readonly isSelfTest: boolean;
}

export type Receiving =
  | { readonly kind: 'received'; readonly request: Received }
  | { readonly kind: 'refused'; readonly answer: UrlAnswer };

/** Slack's largest requests carry a whole message: some tens of kilobytes. Lambda takes 256 KB asynchronously. */
const BODY_LIMIT_BYTES = 256 * 1024;
const OLDEST_S = 5 * 60;
const NEWEST_S = 60;

/** Refuses by form alone, before anything is parsed and before a secret is read. */
export function receive(event: UrlEvent): Receiving {
  if (event.requestContext?.http?.method !== 'POST') return refused(405, 'Only POST.', { allow: 'POST' });
  const text = event.body ?? '';
  if (text === '') return refused(400, 'The request has no body.');
  if (text.length > BODY_LIMIT_BYTES * 2) return refused(413, 'The request is too large.');
  const body = Buffer.from(text, event.isBase64Encoded === true ? 'base64' : 'utf8');
  if (body.length > BODY_LIMIT_BYTES) return refused(413, 'The request is too large.');
  const contentType = contentTypeOf(header(event, 'content-type'));
  if (contentType === undefined) return refused(415, 'Only forms and JSON.');
  const timestamp = header(event, 'x-slack-request-timestamp');
  const signature = header(event, 'x-slack-signature');
  const isSelfTest = header(event, 'x-muster-self-test') !== '';
  return { kind: 'received', request: { contentType, body, timestamp, signature, isSelfTest } };
}

/**
 * https://docs.slack.dev/authentication/verifying-requests-from-slack: HMAC-SHA256 over the raw body, within five
 * minutes. Bolt also takes timestamps from the future, which would make a replay good for as long as one likes. The
 * self-test signs in the same way, with a key of its own.
 */
export function isSigned(request: Received, key: string, now_ms: number): boolean {
  if (!/^\d{1,12}$/.test(request.timestamp)) return false;
  const age_s = now_ms / 1000 - Number(request.timestamp);
  if (age_s > OLDEST_S || age_s < -NEWEST_S) return false;
  const hmac = createHmac('sha256', key).update(`v0:${request.timestamp}:`).update(request.body);
  const expected = Buffer.from(`v0=${hmac.digest('hex')}`);
  const given = Buffer.from(request.signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** What `command` and `approve` get to verify again; undefined when the body is not UTF-8 (Slack's always is). */
export function signedRequest(request: Received): SignedRequest | undefined {
  const body = request.body.toString('utf8');
  if (!Buffer.from(body, 'utf8').equals(request.body)) return undefined;
  return { body, timestamp: request.timestamp, signature: request.signature };
}

/**
 * Slack checks the certificate with an unsigned POST that carries `ssl_check=1`
 * (https://docs.slack.dev/interactivity/implementing-slash-commands). Exactly that is answered, and nothing follows.
 */
export function isCertificateCheck(request: Received): boolean {
  if (request.contentType !== 'application/x-www-form-urlencoded' || request.body.length > 1_024) return false;
  const values = new URLSearchParams(request.body.toString('utf8')).getAll('ssl_check');
  return values.length === 1 && values[0] === '1';
}

export function refused(statusCode: number, text: string, headers: Readonly<Record<string, string>> = {}): Receiving {
  return { kind: 'refused', answer: plain(statusCode, text, headers) };
}

export function plain(statusCode: number, text: string, headers: Readonly<Record<string, string>> = {}): UrlAnswer {
  return { statusCode, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: text };
}

/** Parameters such as `; charset=utf-8` are Slack's right; Bolt compares the whole header. */
function contentTypeOf(value: string): ContentType | undefined {
  const type = value.split(';')[0]?.trim().toLowerCase();
  return type === 'application/x-www-form-urlencoded' || type === 'application/json' ? type : undefined;
}

function header(event: UrlEvent, name: string): string {
  const found = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return found?.[1] ?? '';
}
