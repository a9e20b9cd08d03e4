import type { Inside } from './inside.ts';

/** Virtual `Date`, `Math.random` and `Intl` defaults, put into the context itself. */
export function installTime(inside: Inside): void {
  const { context, clock } = inside;
  const real = context.Date;
  const now = (): number => Math.floor(clock.now_ms());
  function VirtualDate(this: unknown, ...args: unknown[]): string | object {
    if (new.target === undefined) return new real(now()).toString();
    return Reflect.construct(real, args.length === 0 ? [now()] : args, new.target);
  }
  VirtualDate.prototype = real.prototype;
  Object.defineProperty(VirtualDate, 'length', { value: 7 });
  Object.defineProperty(VirtualDate, 'name', { value: 'Date' });
  // `x instanceof Date` holds for the context's and the host's dates alike.
  Object.defineProperty(VirtualDate, Symbol.hasInstance, { value: (value: unknown) => value instanceof real });
  Object.assign(VirtualDate, { now, parse: real.parse, UTC: real.UTC });
  Object.defineProperty(real.prototype, 'constructor', { value: VirtualDate, writable: true, configurable: true });
  Object.defineProperty(context.global, 'Date', { value: VirtualDate, writable: true, configurable: true });
  context.Math.random = () => inside.random.next();
  installFormats(context.Intl.DateTimeFormat.prototype, now);
}

/** A format that is called without a date uses the world's time. */
function installFormats(prototype: Intl.DateTimeFormat, now: () => number): void {
  const parts = prototype.formatToParts;
  prototype.formatToParts = function formatToParts(date) {
    return parts.call(this, date ?? now());
  };
  const getFormat = Object.getOwnPropertyDescriptor(prototype, 'format')?.get;
  Object.defineProperty(prototype, 'format', {
    configurable: true,
    get(this: Intl.DateTimeFormat) {
      const format = getFormat?.call(this) as (date: number | Date) => string;
      return (date?: number | Date) => format(date ?? now());
    },
  });
}

/** `performance` of `node:perf_hooks`: the part that tells time. Marks and observers are not simulated. */
export function performanceOf(inside: Inside) {
  const now = (): number => inside.clock.now_ms() - inside.start_ms;
  return { now, timeOrigin: inside.start_ms, toJSON: () => ({ timeOrigin: inside.start_ms }) };
}
