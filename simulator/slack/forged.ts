import type { WireRequest } from '../wire.ts';
import { headersOf, signatureOf } from './signature.ts';

/**
 * Requests that Slack would never send, made from one that it would: what an attacker or a broken client posts to the
 * app's URL. Each answers a new request and leaves the given one alone.
 */

const bodyOf = (request: WireRequest): string => new TextDecoder().decode(request.body);
const bytes = (body: string): Uint8Array => new TextEncoder().encode(body);

function without(request: WireRequest, ...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(request.headers).filter(([name]) => !names.includes(name)));
}

/** Without the signal of the first sending, which has already fired: this client never gives up. */
function again(request: WireRequest, changes: Partial<WireRequest>): WireRequest {
  const { signal: _, ...rest } = request;
  return { ...rest, ...changes };
}

/** The same bytes once more: within five minutes its signature is still good. */
export function replayed(request: WireRequest): WireRequest {
  return again(request, {});
}

export function unsigned(request: WireRequest): WireRequest {
  return again(request, { headers: without(request, 'x-slack-signature', 'x-slack-request-timestamp') });
}

/** Signed with another secret. */
export function wrongSecret(request: WireRequest): WireRequest {
  return resigned(request, bodyOf(request), timestampOf(request), 'not-the-signing-secret');
}

/** The body changed after signing. */
export function altered(request: WireRequest, change: (body: string) => string): WireRequest {
  return again(request, { body: bytes(change(bodyOf(request))) });
}

/** Correctly signed, but for another time: negative seconds lie in the past, positive in the future. */
export function dated(request: WireRequest, shift_s: number, secret: string): WireRequest {
  return resigned(request, bodyOf(request), timestampOf(request) + shift_s, secret);
}

/** Any body, correctly signed: malformed JSON, an empty one, another user's id, too large a one. */
export function withBody(request: WireRequest, body: string, secret: string): WireRequest {
  return resigned(request, body, timestampOf(request), secret);
}

export function malformed(request: WireRequest, secret: string): WireRequest {
  return withBody(request, 'payload=%7B%22type%22%3A%22block_actions%22%2C', secret);
}

export function bodyless(request: WireRequest, secret: string): WireRequest {
  return withBody(request, '', secret);
}

export function oversized(request: WireRequest, size_bytes: number, secret: string): WireRequest {
  return withBody(request, `${bodyOf(request)}&padding=${'x'.repeat(size_bytes)}`, secret);
}

/** `application/x-www-form-urlencoded; charset=utf-8`, which a strict comparison does not recognise. */
export function withCharset(request: WireRequest): WireRequest {
  return again(request, {
    headers: { ...request.headers, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  });
}

/** A content type that Lambda's function URLs take for binary, and hand over in base64. */
export function asBinary(request: WireRequest): WireRequest {
  return again(request, { headers: { ...request.headers, 'content-type': 'application/octet-stream' } });
}

/** Letters beyond ASCII as bare UTF-8 instead of percent encoded, correctly signed. */
export function rawUtf8(request: WireRequest, secret: string): WireRequest {
  return withBody(request, `${bodyOf(request)}&note=größer`, secret);
}

/** A check that needs no signature, with a command smuggled along. */
export function sslCheck(request: WireRequest, value: string): WireRequest {
  const headers = without(request, 'x-slack-signature', 'x-slack-request-timestamp');
  return again(request, { headers, body: bytes(`${bodyOf(request)}&ssl_check=${value}`) });
}

function timestampOf(request: WireRequest): number {
  return Number(request.headers['x-slack-request-timestamp'] ?? 0);
}

function resigned(request: WireRequest, body: string, timestamp_s: number, secret: string): WireRequest {
  const headers = { ...request.headers, ...headersOf({ body, secret, timestamp_s }) };
  const signature = signatureOf(secret, timestamp_s, body);
  return again(request, { headers: { ...headers, 'x-slack-signature': signature }, body: bytes(body) });
}
