import { Resolver } from 'node:dns/promises';
import { request } from 'node:https';
import type { AddressType } from '../../core/alias.ts';

/** What the application answered. */
export interface WebAnswer {
  readonly status: number;
  readonly body: string;
  /** When the answer was complete, UTC. */
  readonly at: string;
}

export const sleep = (delay_ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, delay_ms);
  });

/** Addresses that one resolver gives for a name, now. A name that does not exist is an empty list. */
export async function resolveAt(
  resolver: string,
  name: string,
  timeout_ms: number,
  type: AddressType = 'A',
): Promise<readonly string[]> {
  const dns = new Resolver({ timeout: timeout_ms, tries: 1 });
  dns.setServers([resolver]);
  try {
    return [...(await (type === 'A' ? dns.resolve4(name) : dns.resolve6(name)))].sort();
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
    throw error;
  }
}

/**
 * One HTTPS request to `url`, sent to `address` (so that it takes the answer just resolved, not the platform's cache).
 * Rejects when nothing answered within `timeout_ms`.
 */
export function ask(method: 'GET' | 'POST', url: string, address: string, timeout_ms: number): Promise<WebAnswer> {
  const target = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        method,
        host: address,
        port: target.port === '' ? 443 : Number(target.port),
        path: `${target.pathname}${target.search}`,
        servername: target.hostname,
        headers: { host: target.host, 'user-agent': 'muster-verify', 'content-length': '0' },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          clearTimeout(limit);
          const body = Buffer.concat(chunks).toString('utf8').slice(0, 2_000);
          resolve({ status: incoming.statusCode ?? 0, body, at: new Date().toISOString() });
        });
        incoming.on('error', reject);
      },
    );
    const limit = setTimeout(() => {
      outgoing.destroy(new Error(`no answer from ${address} within ${timeout_ms} ms`));
    }, timeout_ms);
    outgoing.on('error', (error) => {
      clearTimeout(limit);
      reject(error);
    });
    outgoing.end();
  });
}
