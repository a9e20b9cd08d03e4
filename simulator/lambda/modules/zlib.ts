import zlib from 'node:zlib';
import type { Inside } from './inside.ts';
import { refused } from './refuse.ts';

type Sync = (data: unknown, options?: unknown) => Buffer;

/** `node:zlib`: its streams and callbacks work on threads; here callbacks use the synchronous functions. Streams throw. */
export function zlibModule(inside: Inside): Record<string, unknown> {
  const names = Object.keys(zlib).filter((name) => name.endsWith('Sync'));
  const module = refused('zlib', zlib, [...names, 'crc32']);
  for (const name of names) {
    const sync: Sync = Reflect.get(zlib, name);
    module[name.slice(0, -'Sync'.length)] = (data: unknown, ...rest: unknown[]) => {
      const done = rest.pop() as (error: unknown, value?: Buffer) => void;
      const deliver = (fn: () => void): void => process.nextTick(() => inside.gate.deliver(fn));
      try {
        const value = sync(data, rest[0]);
        deliver(() => done(null, value));
      } catch (error) {
        deliver(() => done(error));
      }
    };
  }
  return module;
}
