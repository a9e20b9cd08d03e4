import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { compareNames, compareText, fqdn } from './names.ts';

/** A record set as stored: its name fully qualified, in lower case, with a plain `*`. */
export type RecordSet = ResourceRecordSet & { readonly Name: string; readonly Type: string };

/** The record sets of a zone at one moment. Never changed in place, so that history can keep it. */
export type Records = ReadonlyMap<string, RecordSet>;

export interface NameServer {
  readonly name: string;
  readonly address: string;
}

/** What the zone's name servers answer from an instant on. */
interface Published {
  readonly at_ms: number;
  readonly records: Records;
}

export interface Zone {
  readonly id: string;
  /** Fully qualified. */
  readonly name: string;
  readonly isPrivate: boolean;
  readonly comment: string | undefined;
  readonly callerReference: string;
  readonly nameServers: readonly NameServer[];
  /** What the control plane has accepted. */
  readonly records: Records;
  /** What the name servers have, oldest first. */
  readonly published: readonly Published[];
}

export type Policy = 'simple' | 'weighted' | 'latency' | 'failover' | 'geolocation' | 'multivalue';

/** What a record set has tells its routing policy. */
export function policyOf(record: ResourceRecordSet): Policy {
  return policiesOf(record)[0] ?? 'simple';
}

/** Every policy that a record set asks for; a false `MultiValueAnswer` counts too (github.com/aws/aws-sdk/issues/75). */
export function policiesOf(record: ResourceRecordSet): readonly Policy[] {
  const members: readonly (readonly [Policy, unknown])[] = [
    ['weighted', record.Weight],
    ['latency', record.Region],
    ['failover', record.Failover],
    ['geolocation', record.GeoLocation],
    ['multivalue', record.MultiValueAnswer],
  ];
  return members.flatMap(([policy, value]) => (value === undefined ? [] : [policy]));
}

export function recordKey(record: Pick<ResourceRecordSet, 'Name' | 'Type' | 'SetIdentifier'>): string {
  return [fqdn(record.Name ?? ''), record.Type ?? '', record.SetIdentifier ?? ''].join('|');
}

export function stored(record: ResourceRecordSet): RecordSet {
  return { ...record, Name: fqdn(record.Name ?? ''), Type: record.Type ?? 'A' };
}

export function sorted(records: Records): RecordSet[] {
  return [...records.values()].sort(
    (a, b) =>
      compareNames(a.Name, b.Name) ||
      compareText(a.Type, b.Type) ||
      compareText(a.SetIdentifier ?? '', b.SetIdentifier ?? ''),
  );
}

/** Route 53 makes these two with the zone; SOA lives 900 s, which bounds negative caching (Developer Guide, "SOA record"). */
export function apexRecords(zoneName: string, nameServers: readonly NameServer[]): Records {
  const ns = stored({
    Name: zoneName,
    Type: 'NS',
    TTL: 172_800,
    ResourceRecords: nameServers.map((server) => ({ Value: `${server.name}.` })),
  });
  const master = nameServers[0]?.name ?? 'ns-1.awsdns-1.com';
  const soa = stored({
    Name: zoneName,
    Type: 'SOA',
    TTL: 900,
    ResourceRecords: [{ Value: `${master}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400` }],
  });
  return new Map([ns, soa].map((record) => [recordKey(record), record]));
}

/** The records in force at an instant; undefined before the zone existed. */
export function publishedAt(zone: Zone, at_ms: number): Records | undefined {
  let found: Records | undefined;
  for (const entry of zone.published) {
    if (entry.at_ms > at_ms) break;
    found = entry.records;
  }
  return found;
}
