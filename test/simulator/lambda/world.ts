import { buildSync } from 'esbuild';
import { BUNDLING } from '../../../scripts/build.ts';
import { VirtualClock } from '../../../simulator/clock.ts';
import { createLambda, type Lambda } from '../../../simulator/lambda/functions.ts';
import type { FunctionOptions } from '../../../simulator/lambda/spec.ts';
import { seeded } from '../../../simulator/random.ts';
import type { Caller, DnsAnswer, Network, WireRequest, WireResponse } from '../../../simulator/wire.ts';

export const REGION = 'eu-central-1';
export const START_MS = Date.UTC(2026, 10, 20, 23, 14);

interface Sent {
  readonly at_ms: number;
  readonly request: WireRequest;
  readonly caller: Caller;
}

/** What the world outside answers; a promise that never settles is a request that nobody answers. */
export interface Outside {
  send(request: WireRequest, world: World): Promise<WireResponse>;
  resolve?(name: string, server: string | undefined, world: World): Promise<DnsAnswer>;
}

export interface World {
  readonly clock: VirtualClock;
  readonly lambda: Lambda;
  readonly sent: Sent[];
  readonly lost: Set<string>;
  /** Runs the world until the promise settles; fails when nothing is left that could settle it. */
  until<T>(promise: Promise<T>): Promise<T>;
  run(until_ms?: number): Promise<void>;
  define(name: string, source: string, changes?: Partial<FunctionOptions>): void;
  /** Invokes and parses the payload. */
  call(name: string, event?: unknown): Promise<{ error: boolean; value: unknown }>;
}

export const never = new Promise<never>(() => undefined);

export function json(body: unknown, status = 200): WireResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
}

export function createWorld(outside: Outside = { send: async () => json({ ok: true }) }, seed = 'test'): World {
  const clock = new VirtualClock(START_MS);
  const sent: Sent[] = [];
  const lost = new Set<string>();
  const network: Network = {
    send: (request, caller) => {
      sent.push({ at_ms: clock.now_ms(), request, caller });
      return outside.send(request, world);
    },
    resolve: async (name, _type, server) =>
      outside.resolve?.(name, server, world) ?? { addresses: ['203.0.113.7'], ttl_s: 60 },
  };
  const environment = {
    regionServes: (region: string) => !lost.has(region),
    duration_ms: (_: string, low: number) => low,
  };
  const lambda = createLambda({ clock, random: seeded(seed), environment, network, accountId: '123456789012' });
  const until = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false;
    const done = promise.finally(() => {
      settled = true;
    });
    done.catch(() => undefined);
    const result = await clock.run({ until: () => settled, limit_ms: Number.POSITIVE_INFINITY });
    if (result !== 'done') throw new Error(`the world came to rest (${result}) before the promise settled`);
    return done;
  };
  const world: World = {
    clock,
    lambda,
    sent,
    lost,
    until,
    run: async (until_ms = Number.POSITIVE_INFINITY) => {
      await clock.run({ until: () => false, limit_ms: until_ms });
    },
    define: (name, source, changes = {}) => {
      const base = { name, source, handler: 'index.handler', timeout_s: 30, memory_mb: 512, environment: {} };
      lambda.define(REGION, { ...base, retries: 0, maximumAge_s: 21_600, ...changes });
    },
    call: async (name, event = {}) => {
      const answer = await until(lambda.invoke(REGION, name, event));
      return { error: answer.functionError !== undefined, value: JSON.parse(answer.payload) };
    },
  };
  return world;
}

/** Bundles as the build does. */
export function bundled(source: string): string {
  const result = buildSync({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'ts' },
    write: false,
    ...BUNDLING,
  });
  return result.outputFiles[0]?.text ?? '';
}

/** Time that the host really spent, in milliseconds. */
export async function real_ms(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
