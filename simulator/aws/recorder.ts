import type { Clock } from '../clock.ts';
import type { CallRecord } from './faults.ts';

type Begun = Omit<CallRecord, 'at_ms' | 'outcome' | 'latency_ms'>;

/** Reports each call once, in the order in which calls end: answered, or given up by the client. */
export class Recorder {
  readonly #clock: Clock;
  readonly #onCall: ((record: CallRecord) => void) | undefined;
  readonly #open = new Set<(outcome: string) => void>();

  constructor(clock: Clock, onCall: ((record: CallRecord) => void) | undefined) {
    this.#clock = clock;
    this.#onCall = onCall;
  }

  /** Returns the function to be called with the outcome; after the first outcome it does nothing. */
  begin(begun: Begun, signal: AbortSignal | undefined): (outcome: string) => void {
    const at_ms = this.#clock.now_ms();
    const giveUp = (): void => end('NoAnswer');
    const end = (outcome: string): void => {
      if (!this.#open.delete(end)) return;
      signal?.removeEventListener('abort', giveUp);
      this.#onCall?.({ ...begun, at_ms, outcome, latency_ms: this.#clock.now_ms() - at_ms });
    };
    this.#open.add(end);
    if (signal?.aborted) giveUp();
    else signal?.addEventListener('abort', giveUp);
    return end;
  }

  flush(): void {
    for (const end of Array.from(this.#open)) end('NoAnswer');
  }
}
