import type { Change } from '@aws-sdk/client-route-53';
import { AwsError } from '../../service.ts';
import { fqdn, within } from './names.ts';
import { type RecordSet, type Records, recordKey, stored, type Zone } from './records.ts';

export interface ChangeRules {
  /** The zone that AWS keeps for a load balancer's names (`Z1H1FL5HABSF5` for us-west-2); undefined: not an AWS name that is known. */
  readonly aliasZoneOf: (dnsName: string) => string | undefined;
  readonly healthCheckExists: (id: string) => boolean;
}

/** Routing policies that exist in Route 53 and are not simulated. */
const UNSIMULATED = [
  'Region',
  'GeoLocation',
  'MultiValueAnswer',
  'TrafficPolicyInstanceId',
  'CidrRoutingConfig',
  'GeoProximityLocation',
] as const;

/**
 * The zone's records after a batch, or InvalidChangeBatch with every reason: a batch is applied whole or not at all
 * (API reference, ChangeResourceRecordSets).
 */
export function applyChanges(zone: Zone, changes: readonly Change[], rules: ChangeRules): Records {
  if (changes.length === 0) throw new AwsError('InvalidInput', 'Invalid request: at least one change is required');
  if (changes.length > 1000) throw batchError([`Number of records limit of 1000 exceeded.`]);
  const records = new Map(zone.records);
  const problems: string[] = [];
  for (const change of changes) {
    const record = checkedShape(change);
    if (record.HealthCheckId !== undefined && !rules.healthCheckExists(record.HealthCheckId)) {
      throw new AwsError('NoSuchHealthCheck', `No health check exists with the ID ${record.HealthCheckId}`);
    }
    const problem = applyOne(zone, records, change.Action ?? '', record);
    if (problem !== undefined) problems.push(problem);
  }
  for (const change of changes) {
    if (change.Action === 'DELETE' || change.ResourceRecordSet === undefined) continue;
    const problem = conflict(zone, records, stored(change.ResourceRecordSet), rules);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) throw batchError(problems);
  return records;
}

function batchError(messages: readonly string[]): AwsError {
  return new AwsError('InvalidChangeBatch', `[${messages.join(', ')}]`, { messages });
}

function checkedShape(change: Change): RecordSet {
  if (change.ResourceRecordSet === undefined) throw new AwsError('InvalidInput', 'Invalid request');
  const record = stored(change.ResourceRecordSet);
  for (const policy of UNSIMULATED) {
    if (record[policy] !== undefined) {
      throw new AwsError('NotImplemented', `The sandbox does not simulate the routing policy member ${policy}.`);
    }
  }
  const plain = record.TTL !== undefined && (record.ResourceRecords?.length ?? 0) > 0;
  if (plain === (record.AliasTarget !== undefined)) {
    const found = plain ? 'more than one' : 'none';
    throw invalid(
      change,
      `Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found ${found}`,
    );
  }
  const policies = [record.Failover, record.Weight].filter((policy) => policy !== undefined).length;
  if (policies > 1) throw invalid(change, 'Expected at most one of [Weight, Failover], but found more than one');
  if (policies === 1 && record.SetIdentifier === undefined) {
    throw invalid(change, 'Missing field SetIdentifier');
  }
  if (policies === 0 && record.SetIdentifier !== undefined) {
    throw invalid(
      change,
      'Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found none',
    );
  }
  return record;
}

function invalid(change: Change, problem: string): AwsError {
  const record = change.ResourceRecordSet;
  const where = `[Action=${change.Action}, Name=${record?.Name}, Type=${record?.Type}, SetIdentifier=${record?.SetIdentifier ?? null}]`;
  return new AwsError('InvalidInput', `Invalid request: ${problem} in Change with ${where}`);
}

function described(record: RecordSet): string {
  const set = record.SetIdentifier === undefined ? '' : `, set identifier='${record.SetIdentifier}'`;
  return `[name='${record.Name}', type='${record.Type}'${set}]`;
}

function applyOne(zone: Zone, records: Map<string, RecordSet>, action: string, record: RecordSet): string | undefined {
  const key = recordKey(record);
  const existing = records.get(key);
  if (!within(record.Name, zone.name)) {
    return `RRSet with DNS name ${record.Name} is not permitted in zone ${zone.name}`;
  }
  if (action === 'DELETE') {
    if (existing === undefined) return `Tried to delete resource record set ${described(record)} but it was not found`;
    if (!sameValues(existing, record)) {
      return `Tried to delete resource record set ${described(record)} but the values provided do not match the current values`;
    }
    if (record.Name === zone.name && (record.Type === 'SOA' || record.Type === 'NS')) {
      return `A HostedZone must contain at least one ${record.Type === 'NS' ? 'NS record' : 'SOA record'} for the zone itself.`;
    }
    records.delete(key);
    return undefined;
  }
  if (action === 'CREATE' && existing !== undefined) {
    return `Tried to create resource record set ${described(record)} but it already exists`;
  }
  records.set(key, record);
  return undefined;
}

/** Values compare as sets of texts; an alias by its target. */
function sameValues(a: RecordSet, b: RecordSet): boolean {
  const facts = (record: RecordSet) =>
    JSON.stringify([
      record.TTL ?? null,
      (record.ResourceRecords ?? []).map((value) => value.Value ?? '').sort(),
      record.AliasTarget === undefined
        ? null
        : [
            record.AliasTarget.HostedZoneId,
            fqdn(record.AliasTarget.DNSName ?? ''),
            record.AliasTarget.EvaluateTargetHealth,
          ],
      record.Failover ?? null,
      record.Weight ?? null,
      record.HealthCheckId ?? null,
    ]);
  return facts(a) === facts(b);
}

function conflict(zone: Zone, records: Records, record: RecordSet, rules: ChangeRules): string | undefined {
  if (!records.has(recordKey(record))) return undefined;
  const sameName = [...records.values()].filter((other) => other.Name === record.Name);
  const cname = sameName.some((other) => (other.Type === 'CNAME') !== (record.Type === 'CNAME'));
  if (cname) {
    const type = record.Type;
    return `RRSet of type ${type} with DNS name ${record.Name} is not permitted because a conflicting RRSet of type ${type === 'CNAME' ? 'A' : 'CNAME'} with the same DNS name already exists in zone ${zone.name}`;
  }
  if (record.Type === 'CNAME' && record.Name === zone.name) {
    return `RRSet of type CNAME with DNS name ${record.Name} is not permitted at apex in zone ${zone.name}`;
  }
  const siblings = sameName.filter(
    (other) => other.Type === record.Type && other.SetIdentifier !== record.SetIdentifier,
  );
  const mixed = siblings.some((other) => policyOf(other) !== policyOf(record));
  const twins = siblings.some((other) => record.Failover !== undefined && other.Failover === record.Failover);
  if (mixed || twins) {
    const set = record.SetIdentifier === undefined ? '' : `, SetIdentifier ${record.SetIdentifier}`;
    return `RRSet with DNS name ${record.Name}, type ${record.Type}${set} cannot be created as other RRSets exist with the same name and type`;
  }
  return aliasProblem(zone, records, record, rules);
}

function policyOf(record: RecordSet): string {
  if (record.Failover !== undefined) return 'failover';
  return record.Weight === undefined ? 'simple' : 'weighted';
}

function aliasProblem(zone: Zone, records: Records, record: RecordSet, rules: ChangeRules): string | undefined {
  const alias = record.AliasTarget;
  if (alias === undefined) return undefined;
  const target = fqdn(alias.DNSName ?? '');
  const tried = `Tried to create an alias that targets ${target}, type ${record.Type} in zone ${alias.HostedZoneId}`;
  if (alias.HostedZoneId === zone.id) {
    if (!within(target, zone.name)) return `${tried}, but the alias target name does not lie within the target zone`;
    const found = [...records.values()].some((other) => other.Name === target && other.Type === record.Type);
    return found ? undefined : `${tried}, but that target was not found`;
  }
  const expected = rules.aliasZoneOf(target);
  if (expected === undefined || expected === alias.HostedZoneId) return undefined;
  return `${tried}, but the alias target name does not lie within the target zone`;
}
