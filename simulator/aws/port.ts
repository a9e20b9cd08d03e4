import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Caller, NetworkFailure, type WireRequest, type WireResponse } from '../wire.ts';

interface PortOptions {
  readonly handle: (request: WireRequest, caller: Caller) => Promise<WireResponse>;
  /** 0: any free port. */
  readonly port: number;
  /** The caller to record; the request's access key may name it. */
  readonly callerOf: (request: WireRequest) => Caller;
}

/** Limits for each port: more than any client of the sandbox needs, far less than this machine has. */
const LIMITS = { body_bytes: 16 * 1024 * 1024, request_ms: 30_000, headers_ms: 10_000, connections: 256 } as const;

/** A mistake of the client, answered in plain HTTP because the request reached no service. */
class BadRequest extends Error {
  override readonly name = 'BadRequest';
  readonly status: 400 | 413;
  constructor(status: 400 | 413, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Port {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `handle` over HTTP on 127.0.0.1 and nowhere else, so that the AWS command line and every SDK reach the sandbox by `--endpoint-url`. */
export async function openPort(options: PortOptions): Promise<Port> {
  const limits = { requestTimeout: LIMITS.request_ms, headersTimeout: LIMITS.headers_ms };
  const server = createServer(limits, (incoming, outgoing) => {
    serve(options, incoming, outgoing).catch((error: unknown) => fail(outgoing, error));
  });
  server.maxConnections = LIMITS.connections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.close((error) => (error === undefined ? resolve() : reject(error)));
      server.closeAllConnections();
    });
  return { port, url: `http://127.0.0.1:${port}`, close };
}

async function serve(options: PortOptions, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.on('close', () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  const request = await read(incoming, gone.signal);
  const response = await options.handle(request, options.callerOf(request));
  if (gone.signal.aborted) return;
  // A HEAD answer announces the length of what GET would send; node adds none of its own then.
  const length = response.headers['content-length'] ?? String(response.body.length);
  outgoing.writeHead(response.status, { ...response.headers, 'content-length': length });
  outgoing.end(request.method === 'HEAD' ? undefined : response.body);
}

async function read(incoming: IncomingMessage, signal: AbortSignal): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += (chunk as Buffer).length;
    if (bytes > LIMITS.body_bytes) throw new BadRequest(413, `a body may have ${LIMITS.body_bytes} bytes here\n`);
    chunks.push(chunk as Buffer);
  }
  const pairs = Object.entries(incoming.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return {
    method: incoming.method ?? 'GET',
    url: urlOf(incoming),
    headers: Object.fromEntries(pairs),
    body: new Uint8Array(Buffer.concat(chunks)),
    signal,
  };
}

/** By concatenation: as a relative reference, a path that begins with two slashes would be taken for a host. */
function urlOf(incoming: IncomingMessage): URL {
  const target = incoming.url ?? '/';
  const text = target.startsWith('/') ? `http://${incoming.headers.host ?? '127.0.0.1'}${target}` : target;
  const url = URL.parse(text);
  if (url === null) throw new BadRequest(400, `this is no address: ${text}\n`);
  return url;
}

/** A refused connection is a socket that breaks; anything else is a defect, and the client gets its text. */
function fail(outgoing: ServerResponse, error: unknown): void {
  if (error instanceof NetworkFailure || outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  if (error instanceof BadRequest) {
    outgoing.writeHead(error.status, { 'content-type': 'text/plain', connection: 'close' });
    outgoing.end(error.message);
    return;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  outgoing.writeHead(500, { 'content-type': 'text/plain', 'x-amzn-errortype': 'SandboxDefect' });
  outgoing.end(text);
}
