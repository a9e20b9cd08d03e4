import type { Clock, Timer } from '../clock.ts';

/**
 * The only way into an execution environment: timers and answers reach its code through here.
 * Lambda freezes an environment between invocations; what comes due meanwhile is delivered when the next one thaws it
 * (docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html). A dead environment gets nothing, ever.
 */
export class Gate {
  readonly #clock: Clock;
  readonly #enter: (fn: () => void) => void;
  readonly #onDeath = new Set<() => void>();
  #state: 'running' | 'frozen' | 'dead' = 'running';
  #waiting: (() => void)[] = [];

  /** `enter` runs code of the environment and catches what it throws. */
  constructor(clock: Clock, enter: (fn: () => void) => void) {
    this.#clock = clock;
    this.#enter = enter;
  }

  get dead(): boolean {
    return this.#state === 'dead';
  }

  /** Runs `fn` inside: now, at the next thaw, or never. */
  deliver(fn: () => void): void {
    if (this.#state === 'running') this.#enter(fn);
    else if (this.#state === 'frozen') this.#waiting.push(fn);
  }

  after(delay_ms: number, fn: () => void): Timer {
    const timer = this.#clock.after(delay_ms, () => {
      forget();
      this.deliver(fn);
    });
    const forget = this.onDeath(() => timer.cancel());
    if (this.dead) timer.cancel();
    const cancel = (): void => {
      forget();
      timer.cancel();
    };
    return { due_ms: timer.due_ms, cancel };
  }

  /** Returns the function that cancels. */
  onDeath(fn: () => void): () => void {
    if (this.dead) return () => undefined;
    this.#onDeath.add(fn);
    return () => this.#onDeath.delete(fn);
  }

  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  /** What came due meanwhile runs now, each in a turn of its own and in the order it came due. */
  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'running';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const fn of waiting) this.#clock.after(0, () => this.deliver(fn));
  }

  kill(): void {
    this.#state = 'dead';
    this.#waiting = [];
    for (const fn of [...this.#onDeath]) fn();
    this.#onDeath.clear();
  }
}
