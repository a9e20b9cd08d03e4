import type { Change } from '@aws-sdk/client-route-53';
import { AwsError } from '../../service.ts';
import { fqdn, within } from './names.ts';
import { policyOf, type RecordSet, type Records, recordKey, stored, type Zone } from './records.ts';
import { checkedShape } from './shape.ts';

export interface ChangeRules {
  /** The zone that AWS keeps for a load balancer's names (`Z1H1FL5HABSF5` for us-west-2); undefined: not an AWS name that is known. */
  readonly aliasZoneOf: (dnsName: string) => string | undefined;
  readonly healthCheckExists: (id: string) => boolean;
}

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
      record.Region ?? null,
      record.GeoLocation ?? null,
      record.MultiValueAnswer ?? null,
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
  const problem = siblingProblem(record, siblings);
  if (problem !== undefined) {
    const set = record.SetIdentifier === undefined ? '' : `, SetIdentifier ${record.SetIdentifier}`;
    return `RRSet with DNS name ${record.Name}, type ${record.Type}${set}${problem}`;
  }
  return aliasProblem(zone, records, record, rules);
}

/**
 * What keeps a record set from standing beside others of its name and type. The words are those that people quote:
 * github.com/chef-boneyard/route53/issues/100, kubernetes-sigs/external-dns/issues/4345, aws/aws-sdk-go-v2/issues/518,
 * hashicorp/terraform-provider-aws/issues/1668.
 */
function siblingProblem(record: RecordSet, siblings: readonly RecordSet[]): string | undefined {
  const policy = policyOf(record);
  const others = ' cannot be created as other RRSets exist with the same name and type';
  if (siblings.some((other) => policyOf(other) !== policy)) {
    if (policy === 'simple') return others;
    return ` cannot be created as a non-${policy} set exists with the same name and type`;
  }
  if (siblings.some((other) => record.Failover !== undefined && other.Failover === record.Failover)) return others;
  if (record.Region !== undefined && siblings.some((other) => other.Region === record.Region)) {
    return `, and Region Name=${record.Region} cannot be created because a latency RRSet with the same name, type and region already exists.`;
  }
  const place = JSON.stringify(record.GeoLocation);
  if (place !== undefined && siblings.some((other) => JSON.stringify(other.GeoLocation) === place)) return others;
  if (policy === 'weighted' && siblings.some((other) => differs(other.TTL, record.TTL))) {
    return ' cannot be created as weighted sets must contain the same TTL.';
  }
  return undefined;
}

/** Aliases have no time to live of their own. */
const differs = (a: number | undefined, b: number | undefined): boolean =>
  a !== undefined && b !== undefined && a !== b;

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
