/**
 * What name servers and resolvers answer, as pure functions of the zones' published history, the health history and
 * the instant. The simulation asks them directly; `simulator/network/dns-port.ts` serves them over UDP.
 */
import { fqdn, within } from './names.ts';
import { publishedAt, type RecordSet, type Records, type Zone } from './records.ts';
import { choose } from './routing.ts';
import { type DnsView, type Lookup, MAX_DEPTH } from './view.ts';

export interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl_s: number;
  readonly data: string;
}

export interface Answer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'REFUSED';
  readonly records: readonly DnsRecord[];
}

/** A resolver's answer, and until when the resolver caches it. */
export interface CachedAnswer extends Answer {
  /** Undefined: nothing is cached. */
  readonly expires_ms: number | undefined;
}

/** An alias to a load balancer has the load balancer's TTL (Developer Guide, "Choosing between alias and non-alias records"). */
const ALIAS_TTL_S = 60;

/** `salt`: who asks. Weighted answers differ between them, and the nearest place is theirs. */
export function authoritativeAnswer(view: DnsView, name: string, type: string, at_ms: number, salt = ''): Answer {
  const wanted = fqdn(name);
  const zone = zoneOf(view, wanted);
  const records = zone && publishedAt(zone, at_ms);
  if (zone === undefined || records === undefined) {
    const addresses = view.external(wanted, at_ms);
    if (addresses === undefined) return { rcode: 'REFUSED', records: [] };
    return { rcode: 'NOERROR', records: addressRecords(wanted, type, addresses) };
  }
  const sets = matching(records, wanted, zone);
  if (sets.length === 0) return { rcode: hasNamesBelow(records, wanted) ? 'NOERROR' : 'NXDOMAIN', records: [] };
  const lookup: Lookup = { view, zone, records, at_ms, salt };
  const direct = sets.filter((set) => set.Type === type);
  const used = direct.length > 0 ? direct : sets.filter((set) => set.Type === 'CNAME');
  return { rcode: 'NOERROR', records: expandAll(lookup, choose(lookup, used), wanted, 0) };
}

/** The most specific public zone. A private one answers inside its VPCs only, which the sandbox does not simulate. */
function zoneOf(view: DnsView, name: string): Zone | undefined {
  let found: Zone | undefined;
  for (const zone of view.zones()) {
    if (zone.isPrivate || !within(name, zone.name)) continue;
    if (found === undefined || zone.name.length > found.name.length) found = zone;
  }
  return found;
}

function matching(records: Records, name: string, zone: Zone): RecordSet[] {
  const all = [...records.values()];
  const exact = all.filter((record) => record.Name === name);
  if (exact.length > 0) return exact;
  if (hasNamesBelow(records, name)) return [];
  for (let parent = parentOf(name); within(parent, zone.name); parent = parentOf(parent)) {
    const wild = all.filter((record) => record.Name === `*.${parent}`);
    if (wild.length > 0) return wild;
    if (all.some((record) => within(record.Name, parent))) return [];
  }
  return [];
}

/** Such a name exists, without data, and no wildcard applies to it (RFC 4592, "empty non-terminals"). */
function hasNamesBelow(records: Records, name: string): boolean {
  return [...records.keys()].some((key) => key.slice(0, key.indexOf('|')).endsWith(`.${name}`));
}

function parentOf(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

function expandAll(lookup: Lookup, sets: readonly RecordSet[], name: string, depth: number): DnsRecord[] {
  return sets.flatMap((set) => expand(lookup, set, name, depth));
}

function expand(lookup: Lookup, set: RecordSet, name: string, depth: number): DnsRecord[] {
  if (depth >= MAX_DEPTH) return [];
  if (set.AliasTarget === undefined) {
    return (set.ResourceRecords ?? []).map((value) => ({
      name,
      type: set.Type,
      ttl_s: set.TTL ?? 0,
      data: value.Value ?? '',
    }));
  }
  const target = fqdn(set.AliasTarget.DNSName ?? '');
  if (set.AliasTarget.HostedZoneId === lookup.zone.id) {
    const sets = matching(lookup.records, target, lookup.zone).filter((other) => other.Type === set.Type);
    return expandAll(lookup, choose(lookup, sets), name, depth + 1);
  }
  return addressRecords(name, set.Type, lookup.view.external(target, lookup.at_ms) ?? []);
}

function addressRecords(name: string, type: string, addresses: readonly string[]): DnsRecord[] {
  return addresses
    .filter((address) => type === (address.includes(':') ? 'AAAA' : 'A'))
    .map((data) => ({ name, type, ttl_s: ALIAS_TTL_S, data }));
}

/**
 * What a caching resolver answers at an instant: the name server's answer at its last refresh. It refreshes as soon as
 * its copy expires, so it is never without one; what was not there is not cached here (a real resolver remembers that
 * only when somebody asked, see `createDns`).
 */
export function resolverAnswer(
  view: DnsView,
  resolver: string,
  name: string,
  type: string,
  at_ms: number,
  depth = 0,
): CachedAnswer {
  const own = refreshed(view, resolver, fqdn(name), type, at_ms);
  const target = own.records.find((record) => record.type === 'CNAME');
  if (type === 'CNAME' || target === undefined || depth >= MAX_DEPTH) return own;
  const rest = resolverAnswer(view, resolver, target.data, type, at_ms, depth + 1);
  const expiries = [own.expires_ms, rest.expires_ms].filter((expiry) => expiry !== undefined);
  return {
    rcode: rest.rcode === 'REFUSED' ? 'NXDOMAIN' : rest.rcode,
    records: [...own.records, ...rest.records],
    expires_ms: expiries.length === 0 ? undefined : Math.min(...expiries),
  };
}

/** Steps from refresh to refresh; a time in which nothing changed is skipped in one step. */
function refreshed(view: DnsView, resolver: string, name: string, type: string, at_ms: number): CachedAnswer {
  const ask = (when_ms: number) => authoritativeAnswer(view, name, type, when_ms, resolver);
  const instants = view.instants();
  let answer = ask(view.start_ms);
  let refresh_ms = view.start_ms - view.draw(`resolver/${resolver}/${name}`) * ttl_ms(answer);
  let next = 0;
  for (;;) {
    while ((instants[next] ?? Number.POSITIVE_INFINITY) <= refresh_ms) next += 1;
    const change_ms = instants[next] ?? Number.POSITIVE_INFINITY;
    const life_ms = ttl_ms(answer);
    if (life_ms === 0) {
      if (change_ms > at_ms) return { ...ask(at_ms), expires_ms: undefined };
      refresh_ms = change_ms;
    } else {
      if (refresh_ms + life_ms > at_ms) return remaining(answer, at_ms, refresh_ms + life_ms);
      const strides = Math.floor((Math.min(change_ms, at_ms) - refresh_ms) / life_ms);
      refresh_ms += Math.max(1, strides) * life_ms;
    }
    answer = ask(Math.max(refresh_ms, view.start_ms));
  }
}

function ttl_ms(answer: Answer): number {
  if (answer.records.length === 0) return 0;
  return Math.min(...answer.records.map((record) => record.ttl_s)) * 1000;
}

function remaining(answer: Answer, at_ms: number, expires_ms: number): CachedAnswer {
  const ttl_s = Math.ceil((expires_ms - at_ms) / 1000);
  return { rcode: answer.rcode, records: answer.records.map((record) => ({ ...record, ttl_s })), expires_ms };
}

export interface FirstAnswer {
  readonly name: string;
  readonly type: string;
  /** The wanted record's data: an address, or any of several. */
  readonly data: string | readonly string[];
  readonly after_ms: number;
  readonly until_ms: number;
}

/** When a resolver (undefined: the zone's own name servers) first answered `data` at or after an instant; undefined: not until `until_ms`. */
export function firstAnswered(view: DnsView, resolver: string | undefined, wanted: FirstAnswer): number | undefined {
  const { name, type, data, after_ms, until_ms } = wanted;
  const instants = view.instants();
  const isWanted = (found: string): boolean => (typeof data === 'string' ? found === data : data.includes(found));
  let at_ms = after_ms;
  while (at_ms <= until_ms) {
    const answer: Answer & { readonly expires_ms?: number | undefined } =
      resolver === undefined
        ? authoritativeAnswer(view, name, type, at_ms)
        : resolverAnswer(view, resolver, name, type, at_ms);
    if (answer.records.some((record) => record.type === type && isWanted(record.data))) return at_ms;
    const from_ms = at_ms;
    const change_ms = instants.find((instant) => instant > from_ms) ?? Number.POSITIVE_INFINITY;
    at_ms = Math.max(answer.expires_ms ?? change_ms, from_ms + 1);
  }
  return undefined;
}
