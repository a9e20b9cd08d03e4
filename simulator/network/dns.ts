import type { Answer } from '../aws/services/route-53/answers.ts';
import { fqdn, within } from '../aws/services/route-53/names.ts';
import type { Route53 } from '../aws/services/route-53/route-53.ts';
import type { Clock } from '../clock.ts';
import type { Caller, DnsAnswer } from '../wire.ts';

interface DnsLinks {
  readonly clock: Clock;
  readonly route53: Pick<Route53, 'authoritativeAnswer' | 'resolverAnswer' | 'view'>;
  /** Names that exist outside Route 53: AWS's and Slack's endpoints. */
  readonly isService: (host: string) => boolean;
}

interface Asked {
  readonly name: string;
  readonly type: 'A' | 'AAAA';
  /** Who asks, as a resolver is named. */
  readonly from: string;
}

export interface Dns {
  /** The answer of `server`; `no-server`: there is none at that address. Caches names that were not found. */
  ask(
    name: string,
    type: 'A' | 'AAAA',
    server: string | undefined,
    caller: Caller,
  ): DnsAnswer | 'not-found' | 'no-server';
  /** Resolves without a cache, as a health checker does for each probe. */
  lookup(name: string): string | undefined;
}

/** Public resolvers that people configure: Cloudflare, Google, Quad9, OpenDNS. */
const PUBLIC_RESOLVERS = [
  '1.1.1.1',
  '1.0.0.1',
  '8.8.8.8',
  '8.8.4.4',
  '9.9.9.9',
  '149.112.112.112',
  '208.67.222.222',
  '208.67.220.220',
];
/** How long a resolver remembers that a name is not there: the zone's SOA record lives 900 s (RFC 2308). */
const NEGATIVE_MS = 900_000;

export function createDns({ clock, route53, isService }: DnsLinks): Dns {
  const negative = new Map<string, number>();

  const cached = (resolver: string, name: string, type: 'A' | 'AAAA'): DnsAnswer | 'not-found' => {
    const now_ms = clock.now_ms();
    const key = `${resolver}|${fqdn(name)}|${type}`;
    if ((negative.get(key) ?? 0) > now_ms) return 'not-found';
    const answer = toDnsAnswer(route53.resolverAnswer(resolver, name, type, now_ms), type);
    if (answer === 'not-found') negative.set(key, now_ms + NEGATIVE_MS);
    return answer;
  };
  const authoritative = (server: string, { name, type, from }: Asked): DnsAnswer | 'not-found' => {
    const zones = [...route53.view.zones()].filter((zone) => zone.nameServers.some((one) => one.address === server));
    // A name server answers for its own zones only.
    if (!zones.some((zone) => within(fqdn(name), zone.name))) return 'not-found';
    return toDnsAnswer(route53.authoritativeAnswer(name, type, clock.now_ms(), from), type);
  };
  return {
    ask: (name, type, server, caller) => {
      const address = server === undefined ? undefined : withoutPort(server);
      const isNameServer = [...route53.view.zones()].some((zone) =>
        zone.nameServers.some((one) => one.address === address),
      );
      const from = `platform/${caller.region ?? 'outside'}`;
      if (address !== undefined && isNameServer) return authoritative(address, { name, type, from });
      if (address !== undefined && !PUBLIC_RESOLVERS.includes(address)) return 'no-server';
      if (isService(name)) return type === 'A' ? { addresses: [serviceAddress(name)], ttl_s: 60 } : 'not-found';
      return cached(address ?? from, name, type);
    },
    lookup: (name) =>
      route53.authoritativeAnswer(name, 'A', clock.now_ms()).records.find((record) => record.type === 'A')?.data,
  };
}

function toDnsAnswer(answer: Answer, type: string): DnsAnswer | 'not-found' {
  const records = answer.records.filter((record) => record.type === type);
  if (records.length === 0) return 'not-found';
  return {
    addresses: records.map((record) => record.data),
    ttl_s: Math.min(...answer.records.map((record) => record.ttl_s)),
  };
}

function withoutPort(server: string): string {
  return /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(server)?.[1] ?? server;
}

/** Requests to services are routed by name; their addresses only have to look like some (RFC 2544, 198.18.0.0/15). */
function serviceAddress(name: string): string {
  let sum = 0;
  for (const char of name) sum = (sum * 31 + char.charCodeAt(0)) % 65_536;
  return `198.18.${sum >> 8}.${sum & 255}`;
}
