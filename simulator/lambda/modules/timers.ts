import { promisify } from 'node:util';
import type { Timer } from '../../clock.ts';
import { type Inside, promise } from './inside.ts';

const LONGEST_MS = 2 ** 31 - 1;

type Callback = (...args: unknown[]) => void;

/** Node's Timeout: at least 1 ms, whole milliseconds, and 1 ms for what does not fit 32 bits (nodejs.org/api/timers.html). */
function nodeDelay_ms(delay: unknown): number {
  const delay_ms = Math.trunc(Number(delay));
  return delay_ms >= 1 && delay_ms <= LONGEST_MS ? delay_ms : 1;
}

class Timeout {
  readonly #inside: Inside;
  readonly #delay_ms: number;
  readonly #fn: () => void;
  readonly #repeat: boolean;
  readonly #id: number;
  #timer: Timer;
  #referenced = true;

  constructor(inside: Inside, id: number, delay: unknown, fn: () => void, repeat: boolean) {
    this.#inside = inside;
    this.#id = id;
    this.#delay_ms = nodeDelay_ms(delay);
    this.#fn = fn;
    this.#repeat = repeat;
    this.#timer = this.#start();
  }

  #start(): Timer {
    return this.#inside.gate.after(this.#delay_ms, () => {
      if (this.#repeat) this.#timer = this.#start();
      this.#fn();
    });
  }

  refresh(): this {
    this.#timer.cancel();
    this.#timer = this.#start();
    return this;
  }
  close(): this {
    this.#timer.cancel();
    return this;
  }
  ref(): this {
    this.#referenced = true;
    return this;
  }
  unref(): this {
    this.#referenced = false;
    return this;
  }
  hasRef(): boolean {
    return this.#referenced;
  }
  [Symbol.toPrimitive](): number {
    return this.#id;
  }
  [Symbol.dispose](): void {
    this.#timer.cancel();
  }
}

class Immediate {
  readonly #timer: Timer;
  constructor(inside: Inside, fn: () => void) {
    this.#timer = inside.gate.after(0, fn);
  }
  close(): void {
    this.#timer.cancel();
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

/** `node:timers/promises` and what `util.promisify(setTimeout)` finds. */
function timersPromises(inside: Inside) {
  const wait = <T>(value: T, signal: AbortSignal | undefined, start: (done: () => void) => { close(): void }) =>
    promise<T>(inside, (resolve, reject) => {
      const abort = (): void => {
        timer.close();
        reject(
          Object.assign(new inside.context.Error('The operation was aborted', { cause: signal?.reason }), {
            name: 'AbortError',
            code: 'ABORT_ERR',
          }),
        );
      };
      const timer = start(() => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      });
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  type Options = { signal?: AbortSignal };
  const setTimeout = <T>(delay?: number, value?: T, options?: Options) =>
    wait(value, options?.signal, (done) => new Timeout(inside, 0, delay, done, false));
  const setImmediate = <T>(value?: T, options?: Options) =>
    wait(value, options?.signal, (done) => new Immediate(inside, done));
  async function* setInterval<T>(delay?: number, value?: T, options?: Options): AsyncGenerator<T | undefined> {
    for (;;) yield await setTimeout(delay, value, options);
  }
  const scheduler = {
    wait: (delay: number, options?: Options) => setTimeout(delay, undefined, options),
    yield: setImmediate,
  };
  return { setTimeout, setImmediate, setInterval, scheduler };
}

export function timersModule(inside: Inside) {
  const promises = timersPromises(inside);
  const known = new Map<number, Timeout>();
  let ids = 0;
  const start = (fn: Callback, delay: unknown, args: unknown[], repeat: boolean): Timeout => {
    if (typeof fn !== 'function')
      throw new inside.context.TypeError('The "callback" argument must be of type function.');
    ids += 1;
    const id = ids;
    const run = (): void => {
      if (!repeat) known.delete(id);
      fn(...args);
    };
    const timeout = new Timeout(inside, id, delay, run, repeat);
    known.set(id, timeout);
    return timeout;
  };
  const clear = (timer: unknown): void => {
    if (timer === undefined || timer === null) return;
    const id = Number(timer);
    (timer instanceof Timeout ? timer : known.get(id))?.close();
    known.delete(id);
  };
  const setTimeout = (fn: Callback, delay?: number, ...args: unknown[]) => start(fn, delay, args, false);
  const setInterval = (fn: Callback, delay?: number, ...args: unknown[]) => start(fn, delay, args, true);
  const setImmediate = (fn: Callback, ...args: unknown[]) => new Immediate(inside, () => fn(...args));
  const clearImmediate = (immediate: unknown): void => {
    if (immediate instanceof Immediate) immediate.close();
  };
  Object.assign(setTimeout, { [promisify.custom]: promises.setTimeout });
  Object.assign(setImmediate, { [promisify.custom]: promises.setImmediate });
  return { setTimeout, setInterval, setImmediate, clearTimeout: clear, clearInterval: clear, clearImmediate, promises };
}

/** `AbortSignal` whose `timeout` runs on the world's clock; everything else is the host's. */
export function abortSignal(inside: Inside): object {
  const real = AbortSignal;
  function VirtualAbortSignal(): never {
    throw new inside.context.TypeError('Illegal constructor');
  }
  VirtualAbortSignal.prototype = real.prototype;
  return Object.assign(VirtualAbortSignal, {
    abort: (reason?: unknown) => real.abort(reason),
    any: (signals: Iterable<AbortSignal>) => real.any([...signals]),
    timeout(delay_ms: number): AbortSignal {
      const controller = new AbortController();
      const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
      inside.gate.after(delay_ms, () => controller.abort(reason));
      return controller.signal;
    },
  });
}
