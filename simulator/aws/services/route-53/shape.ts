import type { Change, GeoLocation, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { AwsError } from '../../service.ts';
import { CONTINENTS, isKnownRegion } from './places.ts';
import { policiesOf, policyOf, type RecordSet, stored } from './records.ts';

/** Routing policies that exist in Route 53 and are not simulated. */
const UNSIMULATED = ['TrafficPolicyInstanceId', 'CidrRoutingConfig', 'GeoProximityLocation'] as const;

/** The record set of a change, or the error for one that is none: InvalidInput, as nothing else was looked at. */
export function checkedShape(change: Change): RecordSet {
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
  const policies = policiesOf(record);
  if (policies.length > 1 || (policies.length === 0 && record.SetIdentifier !== undefined)) {
    const found = policies.length > 1 ? 'more than one' : 'none';
    throw invalid(
      change,
      `Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found ${found}`,
    );
  }
  if (policies.length === 1 && record.SetIdentifier === undefined) {
    throw invalid(change, "Missing field 'SetIdentifier'");
  }
  const problem = policyProblem(record);
  if (problem !== undefined) throw invalid(change, problem);
  return record;
}

/** API reference, ResourceRecordSet: what each policy's member may be. */
function policyProblem(record: ResourceRecordSet): string | undefined {
  switch (policyOf(record)) {
    case 'weighted': {
      const weight = record.Weight ?? 0;
      const isWeight = Number.isInteger(weight) && weight >= 0 && weight <= 255;
      return isWeight ? undefined : `The weight ${weight} is not between 0 and 255`;
    }
    case 'latency':
      return isKnownRegion(record.Region ?? '') ? undefined : `Invalid region: ${record.Region}`;
    case 'geolocation':
      return locationProblem(record.GeoLocation ?? {});
    case 'multivalue':
      // "Creating multivalue answer alias records is not supported"; "any value except NS or CNAME".
      return record.AliasTarget !== undefined || ['NS', 'CNAME'].includes(record.Type ?? '')
        ? 'MultiValueAnswer is not supported for an alias, an NS or a CNAME record'
        : undefined;
    default:
      return undefined;
  }
}

/** A continent, or a country (`*`: anywhere else), or a country's subdivision. */
function locationProblem({ ContinentCode: continent, CountryCode: country, SubdivisionCode: part }: GeoLocation) {
  if (continent !== undefined) {
    const alone = country === undefined && part === undefined;
    return alone && CONTINENTS.includes(continent) ? undefined : `Invalid location: continent ${continent}`;
  }
  if (country !== '*' && !/^[A-Z]{2}$/.test(country ?? '')) return `Invalid location: country ${country}`;
  return part === undefined || country === 'US' || country === 'UA'
    ? undefined
    : `Invalid location: ${country}-${part}`;
}

function invalid(change: Change, problem: string): AwsError {
  const record = change.ResourceRecordSet;
  const where = `[Action=${change.Action}, Name=${record?.Name}, Type=${record?.Type}, SetIdentifier=${record?.SetIdentifier ?? null}]`;
  return new AwsError('InvalidInput', `Invalid request: ${problem} in Change with ${where}`);
}
