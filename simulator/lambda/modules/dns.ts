import dns from 'node:dns';
import type { DnsAnswer } from '../../wire.ts';
import { type Inside, promise, systemError } from './inside.ts';
import { refusal, refused } from './refuse.ts';

type Type = 'A' | 'AAAA';
type Done = (error: unknown, ...values: unknown[]) => void;
type Query = { readonly cancel: () => void };

/** c-ares' defaults: first try 2 s, doubled for each of Node's four tries (nodejs.org/api/dns.html#new-resolveroptions). */
const RESOLVER_TIMEOUT_MS = 2000;
const RESOLVER_TRIES = 4;
/** getaddrinfo with resolv.conf's defaults: two attempts of five seconds. */
const SYSTEM_PATIENCE_MS = [5000, 5000] as const;

interface Asked {
  readonly name: string;
  readonly type: Type;
  readonly servers: readonly (string | undefined)[];
  /** How long each try waits before the next one. */
  readonly patience_ms: readonly number[];
}

/** Asks again when no answer came; the first answer to any try counts. Calls exactly one of the two, once. */
function query(inside: Inside, asked: Asked, answer: (found: DnsAnswer) => void, fail: (code: string) => void): Query {
  let settled = false;
  let cancelTimer = (): void => undefined;
  const settle = (fn: () => void): void => {
    if (settled) return;
    settled = true;
    cancelTimer();
    fn();
  };
  const attempt = (index: number): void => {
    const wait_ms = asked.patience_ms[index];
    if (wait_ms === undefined) {
      settle(() => fail('ETIMEOUT'));
      return;
    }
    inside.port.resolve(asked.name, asked.type, asked.servers[index % asked.servers.length], {
      answer: (found) => settle(() => answer(found)),
      fail: (error) => settle(() => fail((error as { code?: string }).code ?? 'ESERVFAIL')),
    });
    cancelTimer = inside.gate.after(wait_ms, () => attempt(index + 1)).cancel;
  };
  attempt(0);
  return { cancel: () => settle(() => fail('ECANCELLED')) };
}

interface LookupOptions {
  readonly family?: number | string;
  readonly all?: boolean;
}

function lookupOf(inside: Inside) {
  return (name: string, ...rest: unknown[]): void => {
    const done = rest.pop() as Done;
    const given = rest[0];
    const options = (typeof given === 'object' && given !== null ? given : { family: given }) as LookupOptions;
    const type: Type = String(options.family).endsWith('6') ? 'AAAA' : 'A';
    const family = type === 'A' ? 4 : 6;
    const fail = (code: string): void => {
      const shown = code === 'ETIMEOUT' || code === 'ESERVFAIL' ? 'EAI_AGAIN' : code;
      const members = { errno: shown === 'ENOTFOUND' ? -3008 : -3001, syscall: 'getaddrinfo', hostname: name };
      done(systemError(inside, shown, `getaddrinfo ${shown} ${name}`, members));
    };
    const answer = ({ addresses }: DnsAnswer): void => {
      if (addresses.length === 0) fail('ENOTFOUND');
      else if (options.all)
        done(
          null,
          addresses.map((address) => ({ address, family })),
        );
      else done(null, addresses[0], family);
    };
    query(inside, { name, type, servers: [undefined], patience_ms: SYSTEM_PATIENCE_MS }, answer, fail);
  };
}

interface ResolverOptions {
  readonly timeout?: number;
  readonly tries?: number;
}

function resolverClass(inside: Inside) {
  return class Resolver {
    #servers: readonly string[] = [];
    readonly #patience_ms: readonly number[];
    readonly #open = new Set<Query>();

    constructor(options: ResolverOptions = {}) {
      const first_ms = options.timeout === undefined || options.timeout < 0 ? RESOLVER_TIMEOUT_MS : options.timeout;
      const tries = options.tries ?? RESOLVER_TRIES;
      this.#patience_ms = Array.from({ length: tries }, (_, attempt) => first_ms * 2 ** attempt);
    }
    getServers(): string[] {
      return [...this.#servers];
    }
    setServers(servers: readonly string[]): void {
      this.#servers = [...servers];
    }
    cancel(): void {
      for (const open of [...this.#open]) open.cancel();
    }
    resolve4(name: string, ...rest: unknown[]): void {
      this.#resolve(name, 'A', rest);
    }
    resolve6(name: string, ...rest: unknown[]): void {
      this.#resolve(name, 'AAAA', rest);
    }
    resolve(name: string, ...rest: unknown[]): void {
      const done = rest.pop();
      const type = rest[0] ?? 'A';
      if (type !== 'A' && type !== 'AAAA') throw new Error(`DNS queries for ${String(type)} are not simulated`);
      this.#resolve(name, type, [done]);
    }

    #resolve(name: string, type: Type, rest: unknown[]): void {
      const done = rest.pop() as Done;
      const withTtl = (rest[0] as { ttl?: boolean } | undefined)?.ttl === true;
      const settle = (fn: () => void): void => {
        if (open !== undefined) this.#open.delete(open);
        fn();
      };
      const fail = (code: string): void => {
        const syscall = `query${type === 'A' ? 'A' : 'Aaaa'}`;
        const error = systemError(inside, code, `${syscall} ${code} ${name}`, { syscall, hostname: name });
        settle(() => done(error));
      };
      const answer = ({ addresses, ttl_s }: DnsAnswer): void => {
        if (addresses.length === 0) fail('ENODATA');
        else settle(() => done(null, withTtl ? addresses.map((address) => ({ address, ttl: ttl_s })) : [...addresses]));
      };
      const servers = this.#servers.length === 0 ? [undefined] : this.#servers.map(withoutPort);
      const open: Query | undefined = query(
        inside,
        { name, type, servers, patience_ms: this.#patience_ms },
        answer,
        fail,
      );
      this.#open.add(open);
    }
  };
}

/** `203.0.113.5:53` and `[2001:db8::1]:53` are written with a port in Node; the network takes addresses only. */
function withoutPort(server: string): string {
  return (
    /^\[(.*)\](:\d+)?$/.exec(server)?.[1] ??
    (server.split(':').length === 2 ? (server.split(':')[0] ?? server) : server)
  );
}

const METHODS = ['resolve', 'resolve4', 'resolve6'] as const;

export function dnsModule(inside: Inside): Record<string, unknown> {
  const Resolver = resolverClass(inside);
  const standard = new Resolver();
  const lookup = lookupOf(inside);
  const promised =
    (call: (...args: unknown[]) => void) =>
    (...args: unknown[]) =>
      promise<unknown>(inside, (resolve, reject) =>
        call(...args, (error: unknown, value: unknown) => (error ? reject(error) : resolve(value))),
      );
  class PromisesResolver extends Resolver {
    constructor(options?: ResolverOptions) {
      super(options);
      for (const name of METHODS) {
        const method = super[name].bind(this) as (...args: unknown[]) => void;
        Object.defineProperty(this, name, { value: promised(method) });
      }
    }
  }
  Object.defineProperty(PromisesResolver, 'name', { value: 'Resolver' });
  const bound = Object.fromEntries(METHODS.map((name) => [name, standard[name].bind(standard)]));
  const promisedLookup = (name: string, options: LookupOptions | number = {}) =>
    promise<unknown>(inside, (resolve, reject) =>
      lookup(name, options, (error: unknown, address: unknown, family: unknown) => {
        if (error) reject(error);
        else resolve(family === undefined ? address : { address, family });
      }),
    );
  const promises = {
    ...refused('dns.promises', dns.promises),
    ...Object.fromEntries(
      METHODS.map((name) => [name, promised(standard[name].bind(standard) as (...args: unknown[]) => void)]),
    ),
    lookup: promisedLookup,
    Resolver: PromisesResolver,
  };
  const servers = { getServers: () => standard.getServers(), setServers: refusal('dns.setServers') };
  return { ...refused('dns', dns), ...servers, ...bound, lookup, Resolver, promises };
}
