import type { WireRequest, WireResponse } from '../wire.ts';
import { isObject, type Json } from './json.ts';

/** An error as the Web API answers it: `{"ok": false, "error": code, ...}`. */
export class SlackApiError extends Error {
  readonly code: string;
  readonly members: Json;
  constructor(code: string, members: Json = {}) {
    super(code);
    this.name = 'SlackApiError';
    this.code = code;
    this.members = members;
  }
}

/** With the complaints where Slack puts them. */
export function refused(code: string, complaints: readonly string[]): SlackApiError {
  return new SlackApiError(code, {
    errors: complaints,
    response_metadata: { messages: complaints.map((complaint) => `[ERROR] ${complaint}`) },
  });
}

export const text = (body: Uint8Array): string => new TextDecoder().decode(body);

/**
 * The arguments of a call. Forms carry objects as JSON in a field, so every argument may arrive as text.
 * A method that does not take JSON sees no arguments in a JSON body (https://docs.slack.dev/apis/web-api).
 */
export function argumentsOf(request: WireRequest, takesJson: boolean): Json {
  const query = Object.fromEntries(request.url.searchParams);
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (request.body.length === 0) return query;
  if (type === 'application/x-www-form-urlencoded') {
    return { ...query, ...Object.fromEntries(new URLSearchParams(text(request.body))) };
  }
  if (type === 'application/json') return takesJson ? { ...query, ...jsonOf(text(request.body)) } : query;
  throw new SlackApiError('invalid_post_type');
}

function jsonOf(body: string): Json {
  const value = parsed(body);
  if (value === undefined) throw new SlackApiError('invalid_json');
  if (!isObject(value)) throw new SlackApiError('json_not_object');
  return value;
}

/** Undefined when it is no JSON. */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: new TextEncoder().encode(JSON.stringify(value)),
  };
}

export function textResponse(status: number, value: string): WireResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: new TextEncoder().encode(value) };
}

/** Arguments by name, read as the type that the method wants. */
export class Args {
  readonly #from: Json;
  constructor(from: Json) {
    this.#from = from;
  }

  string(key: string): string | undefined {
    const value = this.#from[key];
    if (typeof value === 'string') return value === '' ? undefined : value;
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  }

  /** Keeps an empty text apart from a missing one: chat.update treats them differently. */
  given(key: string): string | undefined {
    const value = this.#from[key];
    return typeof value === 'string' ? value : undefined;
  }

  required(key: string, code: string): string {
    const value = this.string(key);
    if (value === undefined) throw new SlackApiError(code);
    return value;
  }

  flag(key: string): boolean {
    const value = this.string(key);
    return value === 'true' || value === '1';
  }

  /** An object or array, whether it came as such or as JSON in a form field; `code` when it is neither. */
  json(key: string, code: string): unknown {
    const value = this.#from[key];
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') return value;
    const json = parsed(value);
    if (json === undefined) throw new SlackApiError(code);
    return json;
  }
}
