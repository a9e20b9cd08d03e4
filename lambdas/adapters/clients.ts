import { ConfiguredRetryStrategy } from '@smithy/core/retry';

/** How patient a client is. */
export interface Patience {
  /** One attempt's limit, connecting included. */
  readonly timeout_ms: number;
  readonly attempts: number;
  /** Best effort: nothing may depend on the answer. Said in the user agent, so that CloudTrail shows it too. */
  readonly bestEffort: boolean;
}

/** For calls that the operation needs: standby's endpoints. */
export const NEEDED: Patience = { timeout_ms: 10_000, attempts: 4, bestEffort: false };

/** For calls to the region being left and to far control planes: one try. */
export const bestEffort = (timeout_ms: number): Patience => ({ timeout_ms, attempts: 1, bestEffort: true });

/**
 * One client a region for as long as the environment lives: connections stay open from one invocation to the next.
 * Best-effort clients differ in their time limits and are made anew.
 */
export function perRegion<Client>(
  make: (region: string, patience: Patience) => Client,
): (region: string, patience: Patience) => Client {
  const kept = new Map<string, Client>();
  return (region, patience) => {
    if (patience !== NEEDED) return make(region, patience);
    const client = kept.get(region) ?? make(region, patience);
    kept.set(region, client);
    return client;
  };
}

/** Set once a step knows who it is; goes into the user agent of every call. */
let purpose = 'muster';
export function setPurpose(text: string): void {
  purpose = text;
}

/**
 * The SDK pauses for up to 20 s after a few throttled tries. Ours are a handful of calls on a night when everybody is
 * throttled, and users wait for each: never longer than 2 s, with full jitter.
 */
const LONGEST_PAUSE_MS = 2_000;
const pause_ms = (tries: number): number => Math.random() * Math.min(LONGEST_PAUSE_MS, 200 * 2 ** tries);

/** The settings that every SDK client of ours gets. */
export function clientSettings(region: string, patience: Patience) {
  const connectionTimeout = Math.min(3_000, patience.timeout_ms);
  return {
    region,
    retryStrategy: new ConfiguredRetryStrategy(patience.attempts, pause_ms),
    requestHandler: {
      connectionTimeout,
      requestTimeout: patience.timeout_ms,
      // Without it a request that never answers only logs a warning.
      throwOnRequestTimeout: true,
    },
    customUserAgent: [['muster', purpose], ...(patience.bestEffort ? [['muster-best-effort', 'yes']] : [])] as [
      string,
      string,
    ][],
  };
}
