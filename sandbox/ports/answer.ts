import type { WireRequest, WireResponse } from '../../simulator/wire.ts';

/** A request that the control port refuses, with a message for the person who sent it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function json(status: number, body: unknown): WireResponse {
  const bytes = new TextEncoder().encode(`${JSON.stringify(body, undefined, 2)}\n`);
  return { status, headers: { 'content-type': 'application/json' }, body: bytes };
}

export function text(status: number, words: string): WireResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: new TextEncoder().encode(words) };
}

export function bodyOf(request: WireRequest): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(request.body));
  } catch (error) {
    throw new Refused(400, `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
