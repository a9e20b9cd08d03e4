import { Readable } from 'node:stream';
import type { HttpRequest } from '@smithy/types';
import type { Caller, WireRequest, WireResponse } from '../../../simulator/wire.ts';

export const ANA: Caller = { name: 'person:ana', region: undefined };

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

type Handle = (request: WireRequest, caller: Caller) => Promise<WireResponse>;

/** Options for a real SDK client whose requests go to `handle` instead of a socket. */
export function clientOptions(handle: Handle, region = 'us-west-2', caller: Caller = ANA) {
  return {
    region,
    credentials,
    maxAttempts: 1,
    requestHandler: { handle: (request: HttpRequest) => send(handle, request, caller) },
  };
}

async function send(handle: Handle, request: HttpRequest, caller: Caller) {
  const wire: WireRequest = {
    method: request.method,
    url: urlOf(request),
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: await bytesOf(request.body),
  };
  const { status, headers, body } = await handle(wire, caller);
  return { response: { statusCode: status, headers: { ...headers }, body: streamOf(body) } };
}

function urlOf(request: HttpRequest): URL {
  const port = request.port === undefined ? '' : `:${request.port}`;
  const url = new URL(`${request.protocol}//${request.hostname}${port}${request.path}`);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) url.searchParams.append(name, each ?? '');
  }
  return url;
}

async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === 'string') return new Uint8Array(Buffer.from(body));
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array | string>) chunks.push(Buffer.from(chunk));
  return new Uint8Array(Buffer.concat(chunks));
}

function streamOf(body: Uint8Array): Readable {
  return Readable.from(body.length === 0 ? [] : [Buffer.from(body)]);
}
