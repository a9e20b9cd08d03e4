/**
 * Rate limits: https://docs.slack.dev/apis/web-api/rate-limits. Slack names calls a minute for each tier and tolerates
 * bursts without saying which; here a tier is a window of a minute, with no burst beyond it.
 */
export type Limit = 'tier1' | 'tier2' | 'tier3' | 'tier4' | 'special' | 'post';

const WINDOW_MS = 60_000;
const PER_MINUTE: Readonly<Record<Exclude<Limit, 'post'>, number>> = {
  tier1: 1,
  tier2: 20,
  tier3: 50,
  tier4: 100,
  // auth.test and chat.getPermalink: "hundreds of requests per minute".
  special: 300,
};

/** chat.postMessage: "1 message per second per channel, short bursts of more than 1 allowed". */
const POST_BURST = 5;
const POST_REFILL_MS = 1_000;

interface Bucket {
  tokens: number;
  at_ms: number;
}

export class RateLimits {
  readonly #windows = new Map<string, number[]>();
  readonly #buckets = new Map<string, Bucket>();

  /** Counts a call; undefined when it may go on, else the seconds to wait (`Retry-After`). */
  take(method: string, limit: Limit, channel: string, now_ms: number): number | undefined {
    return limit === 'post' ? this.#takeToken(channel, now_ms) : this.#takeSlot(method, PER_MINUTE[limit], now_ms);
  }

  #takeSlot(method: string, perMinute: number, now_ms: number): number | undefined {
    const recent = (this.#windows.get(method) ?? []).filter((at_ms) => now_ms - at_ms < WINDOW_MS);
    this.#windows.set(method, recent);
    const oldest = recent[0];
    if (recent.length >= perMinute && oldest !== undefined) return seconds(oldest + WINDOW_MS - now_ms);
    recent.push(now_ms);
    return undefined;
  }

  #takeToken(channel: string, now_ms: number): number | undefined {
    const bucket = this.#buckets.get(channel) ?? { tokens: POST_BURST, at_ms: now_ms };
    const tokens = Math.min(POST_BURST, bucket.tokens + (now_ms - bucket.at_ms) / POST_REFILL_MS);
    if (tokens < 1) {
      this.#buckets.set(channel, { tokens, at_ms: now_ms });
      return seconds((1 - tokens) * POST_REFILL_MS);
    }
    this.#buckets.set(channel, { tokens: tokens - 1, at_ms: now_ms });
    return undefined;
  }
}

function seconds(wait_ms: number): number {
  return Math.max(1, Math.ceil(wait_ms / 1000));
}
