/**
 * What a stream is of: an operation, its votes, its message in Slack, an application's lock. Each kind has writers of its
 * own (infra/grants.ts).
 */
export const STREAM_KINDS = ['op', 'vote', 'view', 'app'] as const;
export type StreamKind = (typeof STREAM_KINDS)[number];

/**
 * A stream's name, the partition key of the ledger: `op#us-west-2#promote-shop-20261120-2314-7f3a`. The region is the one
 * that writes it: where the table is replicated, another region's streams are there too, and are never written here
 * (docs/decisions/frozen-at-first-deployment.md).
 */
export type Stream = `${StreamKind}#${string}#${string}`;

/** The streams that one region writes, by what they are of. */
export interface Streams {
  op(operation: string): Stream;
  vote(operation: string): Stream;
  view(operation: string): Stream;
  app(application: string): Stream;
}

export function streamsOf(region: string): Streams {
  return {
    op: (operation) => `op#${region}#${operation}`,
    vote: (operation) => `vote#${region}#${operation}`,
    view: (operation) => `view#${region}#${operation}`,
    app: (application) => `app#${region}#${application}`,
  };
}

/** Undefined: no stream of ours is called that. */
export function parseStream(
  stream: string,
): { readonly kind: StreamKind; readonly region: string; readonly name: string } | undefined {
  const [kind, region, name, ...more] = stream.split('#');
  const known = STREAM_KINDS.find((one) => one === kind);
  return known === undefined || !region || !name || more.length > 0 ? undefined : { kind: known, region, name };
}
