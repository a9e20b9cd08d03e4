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

/** Patience, and in whose account: what is asked about an application always says whose it is. */
export interface Reach extends Patience {
  /** undefined: Muster's own, by the function's own role. */
  readonly account: Entered | undefined;
}

/** Another account, and where its credentials come from (reach.ts). */
interface Entered {
  readonly id: string;
  readonly credentials: () => Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }>;
}

/**
 * One client a region and account for as long as the environment lives: connections stay open from one invocation to
 * the next. Best-effort clients differ in their time limits and are made for each call.
 */
export function perRegion<Client, How extends Patience>(
  make: (region: string, how: How) => Client,
): (region: string, how: How) => Client {
  const kept = new Map<string, Client>();
  return (region, how) => {
    if (how.bestEffort) return make(region, how);
    const key = `${region} ${how.attempts} x ${how.timeout_ms} ms in ${accountOf(how)?.id ?? 'own'}`;
    const client = kept.get(key) ?? make(region, how);
    kept.set(key, client);
    return client;
  };
}

const accountOf = (how: Patience | Reach): Entered | undefined => ('account' in how ? how.account : undefined);

/** Set once a step knows who it is; goes into the user agent of every call. */
let purpose = 'muster';
export function setPurpose(text: string): void {
  purpose = text;
}

/**
 * The SDK pauses for up to 20 s after a few throttled tries. Muster makes few calls, in an outage when
 * everybody is throttled, and users wait for each: never longer than 2 s, with full jitter.
 */
const LONGEST_PAUSE_MS = 2_000;
const pause_ms = (tries: number): number => Math.random() * Math.min(LONGEST_PAUSE_MS, 200 * 2 ** tries);

/** The settings that every SDK client of ours gets. */
export function clientSettings(region: string, patience: Patience | Reach) {
  const account = accountOf(patience);
  const connectionTimeout = Math.min(3_000, patience.timeout_ms);
  return {
    region,
    ...(account === undefined ? {} : { credentials: account.credentials }),
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
