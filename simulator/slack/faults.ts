/**
 * What can go wrong with Slack itself.
 * `hang`: nobody answers and nothing happens. `503`: an error page. `slow`: it happens and is answered, seconds later.
 * `effect-then-hang`: it happens, and the answer is lost. `ratelimited`: 429 whatever the rate.
 */
export type FaultMode = 'hang' | '503' | 'slow' | 'effect-then-hang' | 'ratelimited';

interface Outage {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly mode: FaultMode;
}

interface CallFault {
  readonly method: string;
  /** 1 is the first call of the method from now on. */
  readonly nth: number;
  readonly mode: FaultMode;
  seen: number;
}

export class SlackFaults {
  readonly #outages: Outage[] = [];
  readonly #callFaults: CallFault[] = [];
  #standing: FaultMode | undefined;

  /** Slack fails from now on; undefined: it works again. For outages with an end use `down`. */
  set(mode: FaultMode | undefined): void {
    this.#standing = mode;
  }

  /** Slack fails from one instant (inclusive) to another (exclusive); milliseconds since the epoch. */
  down(from_ms: number, to_ms: number, mode: FaultMode): void {
    this.#outages.push({ from_ms, to_ms, mode });
  }

  /** The `nth` call of one method from now on, `chat.update` for example, meets `mode`. */
  onCall(method: string, nth: number, mode: FaultMode): void {
    this.#callFaults.push({ method, nth, mode, seen: 0 });
  }

  /** Asked once for every call. */
  forCall(method: string, now_ms: number): FaultMode | undefined {
    const of = this.#callFaults.filter((fault) => fault.method === method);
    for (const fault of of) fault.seen += 1;
    return of.find((fault) => fault.seen === fault.nth)?.mode ?? this.#outageAt(now_ms);
  }

  /** Whether people's clients reach Slack at all. */
  reachable(now_ms: number): boolean {
    const mode = this.#outageAt(now_ms);
    return mode !== 'hang' && mode !== '503';
  }

  #outageAt(now_ms: number): FaultMode | undefined {
    return this.#outages.find((o) => o.from_ms <= now_ms && now_ms < o.to_ms)?.mode ?? this.#standing;
  }
}
