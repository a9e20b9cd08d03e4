import { type Clock, type Timer, VirtualClock, WallClock } from '../../simulator/clock.ts';

interface Pending {
  readonly due_ms: number;
  readonly fn: () => void;
  /** Cancels wherever it is waiting now. */
  cancel: () => void;
}

/**
 * A world that people open has been running for some minutes: targets are healthy, metrics exist. This clock first
 * plays that warm-up at once, in virtual time, and then follows the wall clock.
 */
export class LiveClock implements Clock {
  readonly #speed: number;
  readonly #virtual: VirtualClock;
  readonly #pending = new Set<Pending>();
  #wall: WallClock | undefined;

  /** `start_ms`: when the warm-up begins; `speed`: how fast time runs once it is over. */
  constructor(start_ms: number, speed: number) {
    this.#virtual = new VirtualClock(start_ms);
    this.#speed = speed;
  }

  now_ms(): number {
    return (this.#wall ?? this.#virtual).now_ms();
  }

  after(delay_ms: number, fn: () => void): Timer {
    if (this.#wall !== undefined) return this.#wall.after(delay_ms, fn);
    const timer = this.#virtual.after(delay_ms, () => {
      this.#pending.delete(pending);
      fn();
    });
    const pending: Pending = { due_ms: timer.due_ms, fn, cancel: () => timer.cancel() };
    this.#pending.add(pending);
    return {
      due_ms: timer.due_ms,
      cancel: () => {
        this.#pending.delete(pending);
        pending.cancel();
      },
    };
  }

  sleep(delay_ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delay_ms, resolve);
    });
  }

  hold(): () => void {
    return this.#wall === undefined ? this.#virtual.hold() : () => undefined;
  }

  /** Plays the time up to `until_ms`, then follows the wall clock, which must not be earlier than that. */
  async goLive(until_ms: number): Promise<void> {
    await this.#virtual.run({ until: () => false, limit_ms: until_ms });
    const wall = new WallClock(this.#speed);
    this.#wall = wall;
    for (const pending of this.#pending) {
      const timer = wall.after(pending.due_ms - wall.now_ms(), pending.fn);
      pending.cancel = () => timer.cancel();
    }
    this.#pending.clear();
  }
}
