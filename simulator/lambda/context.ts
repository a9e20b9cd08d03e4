import vm from 'node:vm';

/** A JavaScript context of its own: the built-in objects that a bundle sees. */
export interface Context {
  /** The context's global object. */
  readonly global: Record<string, unknown>;
  readonly vmContext: vm.Context;
  readonly Object: ObjectConstructor;
  readonly Error: ErrorConstructor;
  readonly TypeError: TypeErrorConstructor;
  readonly Promise: PromiseConstructor;
  readonly Date: DateConstructor;
  readonly Math: Math;
  readonly JSON: JSON;
  readonly Intl: typeof Intl;
}

/** Binary data passes between the bundle and the host, so both use the host's classes. */
const SHARED = [
  'ArrayBuffer',
  'SharedArrayBuffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
] as const;

/** Lambda has one context, so Node's objects are instances of the bundle's classes. `bridge` does that here. */
const BRIDGED = [
  'Object',
  'Function',
  'Array',
  'Promise',
  'Date',
  'RegExp',
  'Map',
  'Set',
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'AggregateError',
] as const;

/** Blocking waits and work on other threads: neither follows the world's time. */
const TAKEN_AWAY = ['Atomics.wait', 'Atomics.waitAsync', 'WebAssembly.compile', 'WebAssembly.instantiate'] as const;

const INTRINSICS = new vm.Script(
  '({ Object, Error, TypeError, Promise, Date, Math, JSON, Intl, Atomics, WebAssembly, Function, Array, RegExp, Map, Set, RangeError, SyntaxError, AggregateError })',
);

type Instantiable = abstract new (...args: never[]) => unknown;

export function createContext(name: string): Context {
  // An ordinary global object: the interceptors of a contextified one cost every access to a global.
  const vmContext = vm.createContext(vm.constants.DONT_CONTEXTIFY, { name });
  const intrinsics = INTRINSICS.runInContext(vmContext) as Record<string, unknown> &
    Omit<Context, 'global' | 'vmContext'>;
  const global = vm.runInContext('globalThis', vmContext) as Record<string, unknown>;
  const host = globalThis as unknown as Record<string, Instantiable>;
  for (const shared of SHARED) define(global, shared, host[shared]);
  for (const bridged of BRIDGED) bridge(intrinsics[bridged] as Instantiable, host[bridged]);
  for (const path of TAKEN_AWAY) takeAway(intrinsics, path);
  intrinsics.Error.prepareStackTrace = traceWithoutHost;
  return { ...intrinsics, global, vmContext };
}

/** A function's stack traces leave out the frames of the simulator, and with them the host's paths. */
function traceWithoutHost(error: Error, frames: readonly NodeJS.CallSite[]): string {
  const host = import.meta.dirname;
  const shown = frames.map(String).filter((frame) => !frame.includes(host) && !/node:internal\/async_/.test(frame));
  return [Error.prototype.toString.call(error), ...shown.map((frame) => `    at ${frame}`)].join('\n');
}

/** Globals are writable and not enumerable, as Node's are. */
export function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });
}

function bridge(inner: Instantiable, outer: Instantiable | undefined): void {
  if (outer === undefined) return;
  const ordinary = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(inner, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, value: unknown): boolean {
      // Subclasses inherit this function; only the built-in class itself also accepts the host's instances.
      return ordinary.call(this as () => void, value) || (this === inner && value instanceof outer);
    },
  });
}

function takeAway(intrinsics: Record<string, unknown>, path: string): void {
  const [holder = '', name = ''] = path.split('.');
  define(intrinsics[holder] as object, name, () => {
    throw new Error(`${path} is not simulated: it would wait outside the world's time`);
  });
}
