import type * as Route53 from '@aws-sdk/client-route-53';
import { AwsError, type Operation } from '../../service.ts';
import { authoritativeAnswer } from './answers.ts';
import { applyChanges, type ChangeRules } from './changes.ts';
import { bareId, page } from './links.ts';
import { compareNames, compareText, escaped, fqdn, within } from './names.ts';
import { type RecordSet, sorted, type Zone } from './records.ts';
import type { DnsView } from './view.ts';
import type { Zones } from './zones.ts';

type Output<T> = Omit<T, '$metadata'>;

function describeZone(zone: Zone): Route53.HostedZone {
  return {
    Id: `/hostedzone/${zone.id}`,
    Name: zone.name,
    CallerReference: zone.callerReference,
    Config: { PrivateZone: zone.isPrivate, ...(zone.comment === undefined ? {} : { Comment: zone.comment }) },
    ResourceRecordSetCount: zone.records.size,
  };
}

function describeRecord(record: RecordSet): Route53.ResourceRecordSet {
  const alias = record.AliasTarget && { ...record.AliasTarget, DNSName: fqdn(record.AliasTarget.DNSName ?? '') };
  return { ...record, Name: escaped(record.Name), ...(alias === undefined ? {} : { AliasTarget: alias }) };
}

export function zoneOperations(zones: Zones, rules: ChangeRules, view: DnsView, now_ms: () => number) {
  return {
    ListHostedZones: (input: Route53.ListHostedZonesRequest): Output<Route53.ListHostedZonesCommandOutput> => {
      const all = zones.all().sort((a, b) => compareText(a.id, b.id));
      const start = input.Marker;
      const { items, next } = page(all, input.MaxItems, (zone) => start === undefined || zone.id >= bareId(start));
      return {
        HostedZones: items.map(describeZone),
        Marker: start,
        IsTruncated: next !== undefined,
        ...(next === undefined ? {} : { NextMarker: next.id }),
        MaxItems: Number(input.MaxItems ?? 100),
      };
    },
    ListHostedZonesByName: (
      input: Route53.ListHostedZonesByNameRequest,
    ): Output<Route53.ListHostedZonesByNameCommandOutput> => {
      const all = zones.all().sort((a, b) => compareNames(a.name, b.name) || compareText(a.id, b.id));
      const { items, next } = page(all, input.MaxItems, (zone) => startsZone(zone, input));
      return {
        HostedZones: items.map(describeZone),
        ...(input.DNSName === undefined ? {} : { DNSName: fqdn(input.DNSName) }),
        ...(input.HostedZoneId === undefined ? {} : { HostedZoneId: input.HostedZoneId }),
        IsTruncated: next !== undefined,
        ...(next === undefined ? {} : { NextDNSName: next.name, NextHostedZoneId: next.id }),
        MaxItems: Number(input.MaxItems ?? 100),
      };
    },
    GetHostedZone: (input: Route53.GetHostedZoneRequest): Output<Route53.GetHostedZoneCommandOutput> => {
      const zone = zones.get(input.Id);
      const HostedZone = describeZone(zone);
      if (zone.isPrivate) return { HostedZone };
      return { HostedZone, DelegationSet: { NameServers: zone.nameServers.map((server) => server.name) } };
    },
    ListResourceRecordSets: (
      input: Route53.ListResourceRecordSetsRequest,
    ): Output<Route53.ListResourceRecordSetsCommandOutput> => {
      checkStart(input);
      const all = sorted(zones.get(input.HostedZoneId).records);
      const { items, next } = page(all, input.MaxItems ?? 300, (record) => startsRecord(record, input));
      return {
        ResourceRecordSets: items.map(describeRecord),
        IsTruncated: next !== undefined,
        MaxItems: Number(input.MaxItems ?? 300),
        ...(next === undefined
          ? {}
          : { NextRecordName: escaped(next.Name), NextRecordType: next.Type as Route53.RRType }),
        ...(next?.SetIdentifier === undefined ? {} : { NextRecordIdentifier: next.SetIdentifier }),
      };
    },
    ChangeResourceRecordSets: (
      input: Route53.ChangeResourceRecordSetsRequest,
    ): Output<Route53.ChangeResourceRecordSetsCommandOutput> => {
      const zone = zones.get(input.HostedZoneId);
      const records = applyChanges(zone, input.ChangeBatch?.Changes ?? [], rules);
      return { ChangeInfo: zones.change(zone, records, input.ChangeBatch?.Comment) };
    },
    GetChange: (input: Route53.GetChangeRequest): Output<Route53.GetChangeCommandOutput> => ({
      ChangeInfo: zones.getChange(input.Id),
    }),
    TestDNSAnswer: (input: Route53.TestDNSAnswerRequest): Output<Route53.TestDNSAnswerCommandOutput> =>
      testAnswer(zones.get(input.HostedZoneId), input, view, now_ms()),
  } satisfies Record<string, Operation>;
}

function startsZone(zone: Zone, input: Route53.ListHostedZonesByNameRequest): boolean {
  if (input.DNSName === undefined) return true;
  const order = compareNames(zone.name, fqdn(input.DNSName));
  return order > 0 || (order === 0 && zone.id >= bareId(input.HostedZoneId));
}

function checkStart(input: Route53.ListResourceRecordSetsRequest): void {
  if (input.StartRecordType !== undefined && input.StartRecordName === undefined) {
    throw new AwsError('InvalidInput', 'StartRecordType is specified but StartRecordName is not.');
  }
  if (input.StartRecordIdentifier !== undefined && input.StartRecordType === undefined) {
    throw new AwsError('InvalidInput', 'StartRecordIdentifier is specified but StartRecordType is not.');
  }
}

function startsRecord(record: RecordSet, input: Route53.ListResourceRecordSetsRequest): boolean {
  if (input.StartRecordName === undefined) return true;
  const order =
    compareNames(record.Name, fqdn(input.StartRecordName)) ||
    compareText(record.Type, input.StartRecordType ?? '') ||
    compareText(record.SetIdentifier ?? '', input.StartRecordIdentifier ?? '');
  return order >= 0;
}

/** Answers for one zone, as its name servers do; without a resolver's address nothing depends on who asks. */
function testAnswer(
  zone: Zone,
  input: Route53.TestDNSAnswerRequest,
  view: DnsView,
  at_ms: number,
): Output<Route53.TestDNSAnswerCommandOutput> {
  const name = fqdn(input.RecordName ?? '');
  if (zone.isPrivate) throw new AwsError('InvalidInput', 'TestDNSAnswer does not support private hosted zones.');
  const own: DnsView = { ...view, zones: () => [zone] };
  const type = input.RecordType ?? 'A';
  const answer = within(name, zone.name)
    ? authoritativeAnswer(own, name, type, at_ms, input.ResolverIP ?? '')
    : { rcode: 'REFUSED', records: [] };
  return {
    Nameserver: zone.nameServers[0]?.name,
    RecordName: name,
    RecordType: type,
    RecordData: answer.records.map((record) => record.data),
    ResponseCode: answer.rcode,
    Protocol: 'UDP',
  };
}
