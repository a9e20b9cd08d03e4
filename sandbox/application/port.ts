import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Application } from './application.ts';

export interface ApplicationPort {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves one region of the application over HTTP on loopback. A lost region accepts connections and never answers. */
export async function openApplicationPort(
  application: Application,
  region: string,
  port = 0,
): Promise<ApplicationPort> {
  const server = createServer((request, response) => {
    request.resume();
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    );
    const answer = application.respond(region, { method: request.method ?? 'GET', path, headers });
    if (answer === undefined) return;
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
  await listen(server, port);
  // A TCP server's address is always AddressInfo.
  const { port: actual } = server.address() as AddressInfo;
  return {
    port: actual,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
