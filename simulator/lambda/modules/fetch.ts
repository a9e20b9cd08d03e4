import type { WireResponse } from '../../wire.ts';
import { held, type Inside, promise } from './inside.ts';

/** Node's fetch gives up when no headers came for this long (undici's headersTimeout). */
const HEADERS_TIMEOUT_MS = 300_000;
const MOST_REDIRECTS = 20;
const NULL_BODY = [101, 204, 205, 304];

interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  readonly redirect: Request['redirect'];
  readonly signal: AbortSignal;
}

/** `fetch` over the world's network. Request, Response and the classes around them are the host's own. */
export function fetchOf(inside: Inside) {
  return function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    return promise<Response>(inside, (resolve, reject) => {
      // Reading a body may be real work (a Blob): time is paused meanwhile.
      held(inside, () => outgoing(inside, input, init))
        .then((request) => follow(inside, request, 0))
        .then(resolve, reject);
    });
  };
}

async function outgoing(inside: Inside, input: string | URL | Request, init?: RequestInit): Promise<Outgoing> {
  const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined) ?? new AbortController().signal;
  // The signal is handled here; the host's Request would add its own listeners to it.
  const { signal: _, ...rest } = init ?? {};
  const request = new Request(input, rest);
  const headers = Object.fromEntries(request.headers);
  const read = new Uint8Array(await request.arrayBuffer());
  const body = reseeded(inside, headers, read);
  const { method, redirect } = request;
  headers['accept'] ??= '*/*';
  headers['user-agent'] ??= 'node';
  if (body.length > 0) headers['content-length'] = String(body.length);
  return { method, url: new URL(request.url), headers, body, redirect, signal };
}

/** The host draws a random multipart boundary; one from the world's seed replaces it. */
function reseeded(inside: Inside, headers: Record<string, string>, body: Uint8Array): Uint8Array {
  const boundary = /^multipart\/form-data; boundary=(----formdata-undici-\d+)$/.exec(
    headers['content-type'] ?? '',
  )?.[1];
  if (boundary === undefined) return body;
  const drawn = `----formdata-undici-0${String(Math.floor(inside.random.next() * 1e11)).padStart(11, '0')}`;
  headers['content-type'] = `multipart/form-data; boundary=${drawn}`;
  return Buffer.from(Buffer.from(body).toString('latin1').replaceAll(boundary, drawn), 'latin1');
}

async function follow(inside: Inside, request: Outgoing, redirects: number): Promise<Response> {
  const wire = await exchange(inside, request);
  const location = wire.headers['location'];
  const moved = [301, 302, 303, 307, 308].includes(wire.status) && location !== undefined;
  if (!moved || request.redirect === 'manual') return responseOf(inside, wire, request.url, redirects > 0);
  if (request.redirect === 'error' || redirects >= MOST_REDIRECTS) throw failed(inside, 'unexpected redirect');
  const asGet = wire.status === 303 || (wire.status <= 302 && request.method === 'POST');
  const next = asGet ? { method: 'GET', body: new Uint8Array() } : {};
  const url = new URL(location, request.url);
  return follow(inside, { ...request, ...next, url, headers: redirected(request, url, asGet) }, redirects + 1);
}

/** Credentials are not sent to another origin; without the body its headers are dropped too. */
function redirected(request: Outgoing, url: URL, asGet: boolean): Record<string, string> {
  const dropped = [
    ...(url.origin === request.url.origin ? [] : ['authorization', 'cookie', 'proxy-authorization', 'host']),
    ...(asGet ? ['content-length', 'content-type', 'content-encoding'] : []),
  ];
  return Object.fromEntries(Object.entries(request.headers).filter(([name]) => !dropped.includes(name)));
}

function exchange(inside: Inside, request: Outgoing): Promise<WireResponse> {
  return promise<WireResponse>(inside, (resolve, reject) => {
    const { method, url, headers, body, signal } = request;
    if (signal.aborted) return reject(signal.reason);
    const settle = (fn: () => void): void => {
      late.cancel();
      signal.removeEventListener('abort', abort);
      fn();
    };
    const giveUp = inside.port.send(
      { method, url, headers: { host: url.host, ...headers }, body },
      {
        answer: (response) => settle(() => resolve(response)),
        fail: (error) => settle(() => reject(failed(inside, error))),
      },
    );
    const abort = (): void =>
      settle(() => {
        giveUp();
        reject(signal.reason);
      });
    const late = inside.gate.after(HEADERS_TIMEOUT_MS, () =>
      settle(() => {
        giveUp();
        reject(failed(inside, { code: 'UND_ERR_HEADERS_TIMEOUT', message: 'Headers Timeout Error' }));
      }),
    );
    signal.addEventListener('abort', abort, { once: true });
  });
}

function failed(inside: Inside, reason: unknown): Error {
  const { code, message } = reason as { code?: string; message?: string };
  const cause = Object.assign(new inside.context.Error(message ?? String(reason)), code === undefined ? {} : { code });
  return new inside.context.TypeError('fetch failed', { cause });
}

function responseOf(inside: Inside, wire: WireResponse, url: URL, redirected: boolean): Response {
  const body = NULL_BODY.includes(wire.status) ? null : Buffer.from(wire.body);
  const response = new Response(body, { status: wire.status, headers: wire.headers });
  Object.defineProperties(response, { url: { value: url.href }, redirected: { value: redirected } });
  // Objects of the bundle's own context.
  const json = async (): Promise<unknown> => inside.context.JSON.parse(await response.text());
  return Object.defineProperty(response, 'json', { value: json });
}

/** `Blob` and `File`: the host reads them on a thread, so time is paused meanwhile. */
export function blobClasses(inside: Inside) {
  const hold = <T>(read: () => Promise<T>): Promise<T> => held(inside, read);
  class HeldBlob extends Blob {
    override arrayBuffer() {
      return hold(() => super.arrayBuffer());
    }
    override text() {
      return hold(() => super.text());
    }
    override bytes() {
      return hold(() => super.bytes());
    }
  }
  class HeldFile extends File {
    override arrayBuffer() {
      return hold(() => super.arrayBuffer());
    }
    override text() {
      return hold(() => super.text());
    }
    override bytes() {
      return hold(() => super.bytes());
    }
  }
  Object.defineProperty(HeldBlob, 'name', { value: 'Blob' });
  Object.defineProperty(HeldFile, 'name', { value: 'File' });
  Object.defineProperty(HeldBlob, Symbol.hasInstance, { value: (value: unknown) => value instanceof Blob });
  return { Blob: HeldBlob, File: HeldFile };
}
