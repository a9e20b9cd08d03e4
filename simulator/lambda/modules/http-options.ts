import type { Inside } from './inside.ts';

/** The options of `http.request` in one shape, whatever the form of the call (nodejs.org/api/http.html#httprequestoptions-callback). */
export interface Asked {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly agent: unknown;
  readonly timeout_ms: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onResponse: ((response: unknown) => void) | undefined;
}

interface Options {
  protocol?: string;
  host?: string;
  hostname?: string;
  port?: number | string;
  path?: string;
  method?: string;
  headers?: Record<string, unknown> | readonly string[];
  auth?: string;
  agent?: unknown;
  timeout?: number;
  signal?: AbortSignal;
  socketPath?: string;
}

export function parseAsked(inside: Inside, protocol: 'http:' | 'https:', args: readonly unknown[]): Asked {
  const rest = [...args];
  const first = typeof rest[0] === 'string' || rest[0] instanceof URL ? new URL(String(rest.shift())) : undefined;
  const options = (typeof rest[0] === 'object' && rest[0] !== null ? rest.shift() : {}) as Options;
  const callback = rest.find((arg) => typeof arg === 'function') as Asked['onResponse'];
  const asked = options.protocol ?? first?.protocol ?? protocol;
  if (asked !== protocol) {
    const message = `Protocol "${asked}" not supported. Expected "${protocol}"`;
    throw Object.assign(new inside.context.TypeError(message), { code: 'ERR_INVALID_PROTOCOL' });
  }
  if (options.socketPath !== undefined) throw new Error('http.request with socketPath is not simulated');
  return {
    url: urlOf(protocol, first, options),
    method: (options.method ?? 'GET').toUpperCase(),
    headers: headersOf(options, first),
    agent: options.agent,
    timeout_ms: options.timeout,
    signal: options.signal,
    onResponse: callback,
  };
}

function urlOf(protocol: string, first: URL | undefined, options: Options): URL {
  const host = options.hostname ?? options.host ?? first?.hostname ?? 'localhost';
  const port = options.port ?? first?.port ?? '';
  const path = options.path ?? (first === undefined ? '/' : `${first.pathname}${first.search}`);
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return new URL(
    `${protocol}//${bracketed}${port === '' ? '' : `:${port}`}${path.startsWith('/') ? path : `/${path}`}`,
  );
}

function headersOf(options: Options, first: URL | undefined): Record<string, unknown> {
  const given = options.headers ?? {};
  const headers: Record<string, unknown> = Array.isArray(given)
    ? Object.fromEntries(Array.from({ length: given.length / 2 }, (_, i) => [given[2 * i], given[2 * i + 1]]))
    : { ...given };
  const auth = options.auth ?? (first?.username ? `${first.username}:${first.password}` : undefined);
  const named = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  if (auth && !named) headers['authorization'] = `Basic ${Buffer.from(decodeURIComponent(auth)).toString('base64')}`;
  return headers;
}
