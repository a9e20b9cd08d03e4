import { define } from '../context.ts';
import { fetchOf } from './fetch.ts';
import type { Inside } from './inside.ts';
import { refusal } from './refuse.ts';
import { compression, modulesOf } from './require.ts';
import { installTime } from './time.ts';
import { abortSignal } from './timers.ts';

/** Globals that only compute: the host's own classes and functions. */
const PURE = [
  'AbortController',
  'Buffer',
  'ByteLengthQueuingStrategy',
  'CountQueuingStrategy',
  'CryptoKey',
  'CustomEvent',
  'DOMException',
  'Event',
  'EventTarget',
  'FormData',
  'Headers',
  'ReadableByteStreamController',
  'ReadableStream',
  'ReadableStreamBYOBReader',
  'ReadableStreamBYOBRequest',
  'ReadableStreamDefaultController',
  'ReadableStreamDefaultReader',
  'Request',
  'Response',
  'TextDecoder',
  'TextDecoderStream',
  'TextEncoder',
  'TextEncoderStream',
  'TransformStream',
  'TransformStreamDefaultController',
  'URL',
  'URLPattern',
  'URLSearchParams',
  'WritableStream',
  'WritableStreamDefaultController',
  'WritableStreamDefaultWriter',
  'atob',
  'btoa',
  'structuredClone',
] as const;

/** These would reach the network, other threads or the disk past the simulator. */
const REFUSED = ['BroadcastChannel', 'EventSource', 'MessageChannel', 'MessagePort', 'WebSocket', 'Storage'] as const;

/** Fills the context's global object; returns the `require` of its one module. */
export function installGlobals(inside: Inside): (id: string) => unknown {
  const modules = modulesOf(inside);
  const { global } = inside.context;
  const host = globalThis as unknown as Record<string, unknown>;
  for (const name of PURE) if (host[name] !== undefined) define(global, name, host[name]);
  for (const name of REFUSED) define(global, name, refusal(name));
  const { promises: _, ...timers } = modules.timers;
  const own = {
    ...compression(),
    ...timers,
    ...modules.blobs,
    AbortSignal: abortSignal(inside),
    console: modules.console,
    crypto: modules.webcrypto,
    fetch: fetchOf(inside),
    global,
    navigator: {
      hardwareConcurrency: 2,
      language: 'en-US',
      languages: ['en-US'],
      platform: 'linux',
      userAgent: 'Node.js/24',
    },
    performance: modules.performance,
    process: modules.process,
    queueMicrotask: (fn: () => void) => queueMicrotask(() => inside.gate.deliver(fn)),
  };
  for (const [name, value] of Object.entries(own)) define(global, name, value);
  installTime(inside);
  return modules.require;
}
