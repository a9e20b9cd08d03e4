import { builtinModules, isBuiltin } from 'node:module';
import { consoleOf } from './console.ts';
import { cryptoModule } from './crypto.ts';
import { dnsModule } from './dns.ts';
import { blobClasses } from './fetch.ts';
import { fsModule } from './fs.ts';
import { httpModule } from './http.ts';
import { type Inside, systemError } from './inside.ts';
import { osModule } from './os.ts';
import { processModule } from './process.ts';
import { refusal, refused } from './refuse.ts';
import { performanceOf } from './time.ts';
import { timersModule } from './timers.ts';
import { zlibModule } from './zlib.ts';

/** Modules that only compute: the host's own. Everything that is neither here nor virtual throws when it is used. */
const PURE = [
  'assert',
  'assert/strict',
  'async_hooks',
  'constants',
  'diagnostics_channel',
  'events',
  'path',
  'path/posix',
  'path/win32',
  'punycode',
  'querystring',
  'stream',
  'stream/consumers',
  'stream/promises',
  'string_decoder',
  'url',
  'util',
  'util/types',
] as const;

/** Functions of refused modules that only compute. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  net: ['isIP', 'isIPv4', 'isIPv6', 'getDefaultAutoSelectFamily', 'getDefaultAutoSelectFamilyAttemptTimeout'],
  tls: ['getCiphers'],
  worker_threads: ['markAsUncloneable', 'markAsUntransferable'],
  http2: ['sensitiveHeaders'],
};

interface Modules {
  readonly require: (id: string) => unknown;
  readonly timers: ReturnType<typeof timersModule>;
  readonly webcrypto: object;
  readonly process: object;
  readonly console: object;
  readonly performance: ReturnType<typeof performanceOf>;
  readonly blobs: ReturnType<typeof blobClasses>;
}

export function modulesOf(inside: Inside): Modules {
  const timers = timersModule(inside);
  const { module: crypto, webcrypto } = cryptoModule(inside);
  const processOf = processModule(inside);
  const consoleObject = consoleOf(inside);
  const performance = performanceOf(inside);
  const blobs = blobClasses(inside);
  const make: Record<string, () => unknown> = {
    buffer: () => ({ ...host('buffer'), ...blobs }),
    console: () => consoleObject,
    crypto: () => crypto,
    dns: () => dnsModule(inside),
    'dns/promises': () => (load('dns') as { promises: unknown }).promises,
    fs: () => fsModule(inside),
    'fs/promises': () => (load('fs') as { promises: unknown }).promises,
    http: () => httpModule(inside, 'http:'),
    https: () => httpModule(inside, 'https:'),
    module: () => ({
      ...refused('module', host('module'), ['isBuiltin']),
      builtinModules,
      createRequire: () => require,
    }),
    os: () => osModule(inside),
    perf_hooks: () => ({ ...refused('perf_hooks', host('perf_hooks')), performance }),
    process: () => processOf,
    'stream/web': () => ({ ...host('stream/web'), ...compression() }),
    timers: () => timers,
    'timers/promises': () => timers.promises,
    tty: () => ({ ...refused('tty', host('tty')), isatty: () => false }),
    zlib: () => zlibModule(inside),
  };
  for (const name of PURE) make[name] = () => host(name);
  const loaded = new Map<string, unknown>();
  const load = (name: string): unknown => {
    if (!loaded.has(name)) loaded.set(name, make[name]?.() ?? refused(name, host(name), HARMLESS[name]));
    return loaded.get(name);
  };
  const require = (id: string): unknown => {
    if (isBuiltin(id)) return load(id.replace(/^node:/, ''));
    throw systemError(inside, 'MODULE_NOT_FOUND', `Cannot find module '${id}'`, { requireStack: [inside.file.path] });
  };
  return { require, timers, webcrypto, process: processOf, console: consoleObject, performance, blobs };
}

/** Compression streams work on threads. */
export function compression(): Record<string, unknown> {
  return { CompressionStream: refusal('CompressionStream'), DecompressionStream: refusal('DecompressionStream') };
}

function host(name: string): object {
  return process.getBuiltinModule(`node:${name}`) as unknown as object;
}
