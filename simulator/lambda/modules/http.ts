import http from 'node:http';
import { Readable, Writable } from 'node:stream';
import { NetworkFailure, type WireResponse } from '../../wire.ts';
import { type Asked, parseAsked } from './http-options.ts';
import { VirtualSocket } from './http-socket.ts';
import { type Inside, systemError } from './inside.ts';
import { refused } from './refuse.ts';

/** Connection pools are not simulated: every request has a socket of its own, at once. */
class Agent {
  readonly options: Readonly<Record<string, unknown>>;
  readonly keepAlive: boolean;
  readonly keepAliveMsecs: number;
  readonly maxSockets: number;
  readonly sockets = {};
  readonly freeSockets = {};
  readonly requests = {};
  constructor(options: Readonly<Record<string, unknown>> = {}) {
    this.options = options;
    this.keepAlive = options['keepAlive'] === true;
    this.keepAliveMsecs = Number(options['keepAliveMsecs'] ?? 1000);
    this.maxSockets = Number(options['maxSockets'] ?? Number.POSITIVE_INFINITY);
  }
  destroy(): void {}
}

class IncomingMessage extends Readable {
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly headers: Record<string, string | string[]> = {};
  readonly rawHeaders: string[] = [];
  readonly httpVersion = '1.1';
  readonly trailers = {};
  readonly socket: VirtualSocket;
  complete = false;
  aborted = false;

  constructor(response: WireResponse, socket: VirtualSocket, withBody: boolean) {
    super();
    this.socket = socket;
    this.statusCode = response.status;
    this.statusMessage = http.STATUS_CODES[response.status] ?? '';
    for (const [name, value] of Object.entries(response.headers)) {
      this.headers[name] = name === 'set-cookie' ? [value] : value;
      this.rawHeaders.push(name, value);
    }
    if (withBody && response.body.length > 0) this.push(Buffer.from(response.body));
    this.complete = true;
    this.push(null);
  }
  get connection(): VirtualSocket {
    return this.socket;
  }
  override _read(): void {}
  setTimeout(idle_ms: number, onTimeout?: () => void): this {
    this.socket.setTimeout(idle_ms, onTimeout);
    return this;
  }
}

/** `http.ClientRequest`: the events and their order as Node documents them (nodejs.org/api/http.html#class-httpclientrequest). */
class ClientRequest extends Writable {
  readonly method: string;
  readonly protocol: string;
  readonly host: string;
  readonly path: string;
  readonly agent: unknown;
  readonly reusedSocket = false;
  socket: VirtualSocket | undefined;
  res: IncomingMessage | undefined;
  aborted = false;
  finished = false;
  readonly #inside: Inside;
  readonly #asked: Asked;
  readonly #headers = new Map<string, { name: string; value: unknown }>();
  readonly #body: Buffer[] = [];
  #idle: { ms: number; fn: (() => void) | undefined } | undefined;
  #giveUp: (() => void) | undefined;
  #closed = false;
  #onConnect: (() => void) | undefined;

  constructor(inside: Inside, asked: Asked) {
    super({ autoDestroy: false, emitClose: false });
    this.#inside = inside;
    this.#asked = asked;
    this.method = asked.method;
    this.protocol = asked.url.protocol;
    this.host = asked.url.hostname;
    this.path = `${asked.url.pathname}${asked.url.search}`;
    this.agent = asked.agent;
    for (const [name, value] of Object.entries(asked.headers)) if (value !== undefined) this.setHeader(name, value);
    if (!this.hasHeader('host')) this.setHeader('Host', asked.url.host);
    if (asked.onResponse !== undefined) this.once('response', asked.onResponse);
    if (asked.timeout_ms !== undefined) this.setTimeout(asked.timeout_ms);
    if (asked.signal !== undefined) this.#obey(asked.signal);
    this.#tick(() => this.#connect());
  }

  #tick(fn: () => void): void {
    process.nextTick(() => this.#inside.gate.deliver(fn));
  }

  #obey(signal: AbortSignal): void {
    const abort = (): void => {
      const error = new this.#inside.context.Error('The operation was aborted', { cause: signal.reason });
      this.destroy(Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' }));
    };
    if (signal.aborted) this.#tick(abort);
    else signal.addEventListener('abort', abort, { once: true });
    this.once('close', () => signal.removeEventListener('abort', abort));
  }

  #connect(): void {
    if (this.destroyed) return;
    const socket = new VirtualSocket(this.#inside, this.#asked.url);
    this.socket = socket;
    if (this.#idle !== undefined) this.#listenIdle(socket);
    socket.once('close', () => this.destroy());
    this.emit('socket', socket);
    this.#tick(() => {
      socket.connected();
      this.#onConnect?.();
      if (String(this.getHeader('expect')).toLowerCase() === '100-continue') this.emit('continue');
    });
  }

  #listenIdle(socket: VirtualSocket): void {
    socket.on('timeout', () => this.emit('timeout'));
    socket.setTimeout(this.#idle?.ms ?? 0);
  }

  setTimeout(idle_ms: number, onTimeout?: () => void): this {
    const first = this.#idle === undefined;
    this.#idle = { ms: idle_ms, fn: onTimeout };
    if (onTimeout !== undefined) this.once('timeout', onTimeout);
    if (this.socket === undefined) return this;
    if (first) this.#listenIdle(this.socket);
    else this.socket.setTimeout(idle_ms);
    return this;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#body.push(chunk);
    this.socket?.active();
    done();
  }

  override _final(done: () => void): void {
    this.finished = true;
    const flush = (): void => {
      done();
      this.#tick(() => this.#send());
    };
    if (this.socket?.connecting === false) flush();
    else this.#onConnect = flush;
  }

  #send(): void {
    if (this.destroyed) return;
    const body = Buffer.concat(this.#body);
    if (!this.hasHeader('content-length') && !this.hasHeader('transfer-encoding') && body.length > 0) {
      this.setHeader('Content-Length', body.length);
    }
    const headers = Object.fromEntries([...this.#headers].map(([name, header]) => [name, headerText(header.value)]));
    this.#giveUp = this.#inside.port.send(
      { method: this.method, url: this.#asked.url, headers, body },
      { answer: (response) => this.#answer(response), fail: (error) => this.destroy(this.#failure(error)) },
    );
  }

  #answer(response: WireResponse): void {
    if (this.destroyed || this.socket === undefined) return;
    this.#giveUp = undefined;
    this.socket.active();
    const message = new IncomingMessage(response, this.socket, this.method !== 'HEAD');
    this.res = message;
    message.once('close', () => this.#close());
    message.once('end', () => this.#tick(() => this.#close()));
    if (!this.emit('response', message)) message.resume();
  }

  #failure(error: unknown): Error {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof NetworkFailure ? error.code : 'ECONNRESET';
    return systemError(this.#inside, code, message);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.socket?.setTimeout(0);
    this.emit('close');
  }

  override _destroy(given: Error | null, done: (error: Error | null) => void): void {
    this.#giveUp?.();
    done(null);
    const answered = this.res !== undefined;
    const error = given ?? (answered ? null : systemError(this.#inside, 'ECONNRESET', 'socket hang up'));
    this.res?.destroy(given ?? undefined);
    this.#tick(() => {
      if (this.#closed) return;
      this.socket?.destroy();
      if (error !== null && !answered) this.emit('error', error);
      this.#close();
    });
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    this.#tick(() => this.emit('abort'));
    this.destroy();
  }
  setHeader(name: string, value: unknown): this {
    this.#headers.set(name.toLowerCase(), { name, value });
    return this;
  }
  getHeader(name: string): unknown {
    return this.#headers.get(name.toLowerCase())?.value;
  }
  hasHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase());
  }
  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }
  getHeaders(): Record<string, unknown> {
    return Object.fromEntries([...this.#headers].map(([name, header]) => [name, header.value]));
  }
  getHeaderNames(): string[] {
    return [...this.#headers.keys()];
  }
  get connection(): VirtualSocket | undefined {
    return this.socket;
  }
  flushHeaders(): void {}
  setNoDelay(): void {}
  setSocketKeepAlive(): void {}
}

function headerText(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** `node:http` or `node:https`: the client's side. Servers are refused. */
export function httpModule(inside: Inside, protocol: 'http:' | 'https:'): Record<string, unknown> {
  const request = (...args: unknown[]): ClientRequest => new ClientRequest(inside, parseAsked(inside, protocol, args));
  const get = (...args: unknown[]): ClientRequest => {
    const sent = request(...args);
    sent.end();
    return sent;
  };
  const kept = ['validateHeaderName', 'validateHeaderValue'];
  const shared = refused(protocol.slice(0, -1), http, kept);
  return {
    ...shared,
    Agent,
    ClientRequest,
    IncomingMessage,
    globalAgent: new Agent({ keepAlive: true }),
    request,
    get,
  };
}
