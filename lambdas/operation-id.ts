import { createHash } from 'node:crypto';

/**
 * `promote-shop-20261120-2314-7f3a`: sorts by time, reads well, and the same request makes the same one. `what` begins
 * with the operation's kind; `at_s`: Unix seconds.
 */
export function operationId(what: string, at_s: number, dedupe: string): string {
  const stamp = new Date(at_s * 1000).toISOString();
  const when = `${stamp.slice(0, 10).replaceAll('-', '')}-${stamp.slice(11, 16).replace(':', '')}`;
  return `${what}-${when}-${createHash('sha256').update(dedupe).digest('hex').slice(0, 4)}`;
}
