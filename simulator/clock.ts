/**
 * The world's time. A virtual clock only moves when everything that could happen now has happened; the same code
 * runs against the wall clock in `npm run sandbox`. Times are milliseconds since the Unix epoch.
 */
export interface Clock {
  now_ms(): number;
  /** Calls `fn` once, `delay_ms` from now (at least 0). Callbacks due at the same instant run in the order asked. */
  after(delay_ms: number, fn: () => void): Timer;
  sleep(delay_ms: number): Promise<void>;
  /** Pauses time until the returned function is called: real I/O (a file, a socket) is under way. */
  hold(): () => void;
}

export interface Timer {
  readonly due_ms: number;
  cancel(): void;
}

interface RunOptions {
  /** Stop as soon as this is true; asked after every instant. */
  readonly until: () => boolean;
  /** Stop before an instant later than this. */
  readonly limit_ms: number;
  /** Awaited before time moves, so that a terminal can be paced and a page redrawn. */
  readonly onAdvance?: (from_ms: number, to_ms: number) => void | Promise<void>;
}

/** `done`: `until` held. `idle`: nothing is left that could happen. `limit`: the next instant lies beyond the limit. */
type RunResult = 'done' | 'idle' | 'limit';

interface Entry extends Timer {
  readonly order: number;
  readonly fn: () => void;
  cancelled: boolean;
}

export class VirtualClock implements Clock {
  #now_ms: number;
  #order = 0;
  #heap: Entry[] = [];
  #holds = 0;
  #released: (() => void) | undefined;

  constructor(start_ms: number) {
    this.#now_ms = start_ms;
  }

  now_ms(): number {
    return this.#now_ms;
  }

  after(delay_ms: number, fn: () => void): Timer {
    const wait_ms = Number.isFinite(delay_ms) ? Math.max(0, delay_ms) : 0;
    const entry: Entry = {
      due_ms: this.#now_ms + wait_ms,
      order: this.#order++,
      fn,
      cancelled: false,
      cancel: () => {
        entry.cancelled = true;
      },
    };
    push(this.#heap, entry);
    return entry;
  }

  sleep(delay_ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delay_ms, resolve);
    });
  }

  hold(): () => void {
    this.#holds += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#holds -= 1;
      if (this.#holds === 0) this.#released?.();
    };
  }

  async run(options: RunOptions): Promise<RunResult> {
    for (;;) {
      await this.#settle();
      if (options.until()) return 'done';
      const next = this.#next();
      if (next === undefined) return 'idle';
      if (next.due_ms > options.limit_ms) return 'limit';
      if (next.due_ms > this.#now_ms) {
        await options.onAdvance?.(this.#now_ms, next.due_ms);
        this.#now_ms = next.due_ms;
      }
      pop(this.#heap);
      next.fn();
    }
  }

  /** Lets every promise, tick and immediate that is ready run, and waits for real I/O that is under way. */
  async #settle(): Promise<void> {
    do {
      if (this.#holds > 0) {
        await new Promise<void>((resolve) => {
          this.#released = resolve;
        });
        this.#released = undefined;
      }
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (this.#holds > 0);
  }

  #next(): Entry | undefined {
    while (this.#heap[0]?.cancelled) pop(this.#heap);
    return this.#heap[0];
  }
}

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Runs against the wall, `speed` times as fast. */
export class WallClock implements Clock {
  readonly #speed: number;
  readonly #start_ms = Date.now();

  constructor(speed = 1) {
    this.#speed = speed;
  }

  now_ms(): number {
    return this.#start_ms + (Date.now() - this.#start_ms) * this.#speed;
  }

  after(delay_ms: number, fn: () => void): Timer {
    const wait_ms = Number.isFinite(delay_ms) ? Math.max(0, delay_ms) : 0;
    let left_ms = wait_ms / this.#speed;
    let handle: NodeJS.Timeout;
    const wait = (): void => {
      // setTimeout counts in 32 bits and treats a longer delay as none.
      const leg_ms = Math.min(left_ms, LONGEST_TIMEOUT_MS);
      left_ms -= leg_ms;
      handle = setTimeout(() => (left_ms > 0 ? wait() : fn()), leg_ms);
    };
    wait();
    return { due_ms: this.now_ms() + wait_ms, cancel: () => clearTimeout(handle) };
  }

  sleep(delay_ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delay_ms, resolve);
    });
  }

  hold(): () => void {
    return () => undefined;
  }
}

function earlier(a: Entry, b: Entry): boolean {
  return a.due_ms < b.due_ms || (a.due_ms === b.due_ms && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  heap.push(entry);
  let child = heap.length - 1;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (!swapIfEarlier(heap, child, parent)) return;
    child = parent;
  }
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  let parent = 0;
  for (;;) {
    const left = 2 * parent + 1;
    const a = heap[left];
    if (a === undefined) return;
    const b = heap[left + 1];
    const child = b !== undefined && earlier(b, a) ? left + 1 : left;
    if (!swapIfEarlier(heap, child, parent)) return;
    parent = child;
  }
}

function swapIfEarlier(heap: Entry[], child: number, parent: number): boolean {
  const c = heap[child];
  const p = heap[parent];
  if (c === undefined || p === undefined || !earlier(c, p)) return false;
  heap[child] = p;
  heap[parent] = c;
  return true;
}
