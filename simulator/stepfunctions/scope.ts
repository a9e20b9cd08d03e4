import type { Clock } from '../clock.ts';

/**
 * A part of an execution that can be stopped: a branch, or all of it. Stopped code stays where it is: its promises
 * never settle, its timers are cancelled, and nothing of it ever runs again.
 */
export class Scope {
  readonly #clock: Clock;
  readonly #cleanups = new Set<() => void>();
  #stopped = false;

  constructor(clock: Clock, parent?: Scope) {
    this.#clock = clock;
    if (parent) {
      const detach = parent.onStop(() => this.stop());
      this.onStop(detach);
    }
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const cleanup of [...this.#cleanups]) cleanup();
    this.#cleanups.clear();
  }

  /** Calls `fn` when this is stopped, unless the returned function is called first. */
  onStop(fn: () => void): () => void {
    this.#cleanups.add(fn);
    return () => {
      this.#cleanups.delete(fn);
    };
  }

  /** Calls `fn` after a delay; the returned function cancels. */
  after(delay_ms: number, fn: () => void): () => void {
    const timer = this.#clock.after(delay_ms, () => {
      detach();
      fn();
    });
    const detach = this.onStop(() => timer.cancel());
    return () => {
      detach();
      timer.cancel();
    };
  }

  sleep(delay_ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delay_ms, resolve);
    });
  }
}
