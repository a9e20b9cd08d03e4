import type {
  AvailabilityZone,
  DescribeAvailabilityZonesRequest,
  DescribeInstancesRequest,
  DescribeSecurityGroupsRequest,
  DescribeSubnetsRequest,
  DescribeVpcsRequest,
  Filter,
  Instance,
  SecurityGroup,
  Subnet,
  Tag,
  Vpc,
} from '@aws-sdk/client-ec2';
import * as schemas from '@aws-sdk/client-ec2';
import { AwsError, type Call, type Service } from '../../service.ts';
import { page } from '../regional/input.ts';
import type { ServiceOptions } from '../regional/options.ts';

type Seeded<T, K extends keyof T> = T & { readonly [P in K]-?: NonNullable<T[P]> };

type SeedVpc = Seeded<Vpc, 'VpcId'>;
type SeedSubnet = Seeded<Subnet, 'SubnetId'>;
type SeedZone = Seeded<AvailabilityZone, 'ZoneName'>;
type SeedSecurityGroup = Seeded<SecurityGroup, 'GroupId'>;
type SeedInstance = Seeded<Instance, 'InstanceId'>;

interface SeedNetwork {
  readonly vpcs?: readonly SeedVpc[];
  readonly subnets?: readonly SeedSubnet[];
  readonly zones?: readonly SeedZone[];
  readonly securityGroups?: readonly SeedSecurityGroup[];
}

/** What EC2 Auto Scaling does to instances. */
export interface InstanceRegistry {
  putInstance(region: string, instance: SeedInstance): void;
}

interface Ec2 extends InstanceRegistry {
  readonly service: Service;
  seedNetwork(region: string, network: SeedNetwork): void;
  instance(region: string, id: string): SeedInstance | undefined;
}

interface Region {
  vpcs: SeedVpc[];
  subnets: SeedSubnet[];
  zones: SeedZone[];
  securityGroups: SeedSecurityGroup[];
  readonly instances: Map<string, SeedInstance>;
}

type Values<T> = Readonly<Record<string, (item: T) => readonly (string | undefined)[]>>;

/** Read only: networks and instances are seeded, or made by EC2 Auto Scaling. */
export function createEc2(_options: ServiceOptions): Ec2 {
  const regions = new Map<string, Region>();
  const at = (region: string): Region => {
    const known = regions.get(region) ?? {
      vpcs: [],
      subnets: [],
      zones: [],
      securityGroups: [],
      instances: new Map<string, SeedInstance>(),
    };
    regions.set(region, known);
    return known;
  };
  return {
    service: {
      id: 'ec2',
      schemas,
      operations: {
        DescribeVpcs: (input: DescribeVpcsRequest, call) => describeVpcs(at(call.region), input),
        DescribeSubnets: (input: DescribeSubnetsRequest, call) => describeSubnets(at(call.region), input),
        DescribeAvailabilityZones: (input: DescribeAvailabilityZonesRequest, call) =>
          describeZones(at(call.region), input, call),
        DescribeSecurityGroups: (input: DescribeSecurityGroupsRequest, call) => describeGroups(at(call.region), input),
        DescribeInstances: (input: DescribeInstancesRequest, call) => describeInstances(at(call.region), input, call),
      },
    },
    seedNetwork: (region, network) => {
      const known = at(region);
      known.vpcs = [...known.vpcs, ...(network.vpcs ?? [])];
      known.subnets = [...known.subnets, ...(network.subnets ?? [])];
      known.zones = [...known.zones, ...(network.zones ?? [])];
      known.securityGroups = [...known.securityGroups, ...(network.securityGroups ?? [])];
    },
    putInstance: (region, instance) => {
      at(region).instances.set(instance.InstanceId, instance);
    },
    instance: (region, id) => at(region).instances.get(id),
  };
}

function describeVpcs(region: Region, input: DescribeVpcsRequest): object {
  const all = byId(region.vpcs, input.VpcIds, (one) => one.VpcId, 'InvalidVpcID.NotFound', 'vpc ID');
  const kept = filtered(all, input.Filters, {
    'vpc-id': (one) => [one.VpcId],
    cidr: (one) => [one.CidrBlock],
    state: (one) => [one.State],
    'is-default': (one) => [String(one.IsDefault === true)],
  });
  return listed('Vpcs', kept, input);
}

function describeSubnets(region: Region, input: DescribeSubnetsRequest): object {
  const all = byId(region.subnets, input.SubnetIds, (one) => one.SubnetId, 'InvalidSubnetID.NotFound', 'subnet ID');
  const kept = filtered(all, input.Filters, {
    'vpc-id': (one) => [one.VpcId],
    'subnet-id': (one) => [one.SubnetId],
    'availability-zone': (one) => [one.AvailabilityZone],
    state: (one) => [one.State],
  });
  return listed('Subnets', kept, input);
}

function describeZones(region: Region, input: DescribeAvailabilityZonesRequest, call: Call): object {
  const names = input.ZoneNames;
  const all = byId(region.zones, names, (one) => one.ZoneName, 'InvalidParameterValue', 'availability zone');
  const kept = filtered(all, input.Filters, {
    'zone-name': (one) => [one.ZoneName],
    state: (one) => [one.State],
    'region-name': () => [call.region],
    'zone-type': (one) => [one.ZoneType ?? 'availability-zone'],
    'opt-in-status': (one) => [one.OptInStatus ?? 'opt-in-not-required'],
  });
  const shown = kept.map((one) => ({
    State: 'available',
    RegionName: call.region,
    ZoneType: 'availability-zone',
    ...one,
  }));
  return { AvailabilityZones: shown };
}

function describeGroups(region: Region, input: DescribeSecurityGroupsRequest): object {
  const all = byId(
    region.securityGroups,
    input.GroupIds,
    (one) => one.GroupId,
    'InvalidGroup.NotFound',
    'security group',
  );
  const named =
    input.GroupNames === undefined ? all : all.filter((one) => input.GroupNames?.includes(one.GroupName ?? ''));
  const kept = filtered(named, input.Filters, {
    'vpc-id': (one) => [one.VpcId],
    'group-id': (one) => [one.GroupId],
    'group-name': (one) => [one.GroupName],
  });
  return listed('SecurityGroups', kept, input);
}

function describeInstances(region: Region, input: DescribeInstancesRequest, call: Call): object {
  const known = [...region.instances.values()];
  const all = byId(known, input.InstanceIds, (one) => one.InstanceId, 'InvalidInstanceID.NotFound', 'instance ID');
  const kept = filtered(all, input.Filters, {
    'instance-id': (one) => [one.InstanceId],
    'instance-state-name': (one) => [one.State?.Name],
    'vpc-id': (one) => [one.VpcId],
    'subnet-id': (one) => [one.SubnetId],
    'private-ip-address': (one) => [one.PrivateIpAddress],
  });
  const { items, next } = page(kept, input.NextToken, input.MaxResults ?? 1000, 'InvalidParameterValue');
  const Reservations = items.map((instance) => ({
    ReservationId: `r-${instance.InstanceId.slice(2)}`,
    OwnerId: call.accountId,
    Groups: [],
    Instances: [instance],
  }));
  return { Reservations, ...(next === undefined ? {} : { NextToken: next }) };
}

function byId<T>(
  all: readonly T[],
  ids: readonly string[] | undefined,
  idOf: (item: T) => string,
  code: string,
  what: string,
): T[] {
  if (ids === undefined || ids.length === 0) return [...all];
  return ids.map((id) => {
    const found = all.find((one) => idOf(one) === id);
    if (found === undefined) throw new AwsError(code, `The ${what} '${id}' does not exist`);
    return found;
  });
}

function filtered<T extends { Tags?: Tag[] | undefined } | object>(
  all: readonly T[],
  filters: readonly Filter[] | undefined,
  values: Values<T>,
): T[] {
  return (filters ?? []).reduce(
    (kept, filter) => {
      const valuesOf = filterValues(filter.Name ?? '', values);
      // EC2 filter values may hold the wildcards * and ?.
      const patterns = (filter.Values ?? []).map(wildcard);
      return kept.filter((item) =>
        valuesOf(item).some((value) => value !== undefined && patterns.some((pattern) => pattern.test(value))),
      );
    },
    [...all],
  );
}

function filterValues<T extends object>(name: string, values: Values<T>): (item: T) => readonly (string | undefined)[] {
  const known = values[name];
  if (known !== undefined) return known;
  const tags = (item: T): readonly Tag[] => ('Tags' in item && Array.isArray(item.Tags) ? item.Tags : []);
  if (name === 'tag-key') return (item) => tags(item).map((tag) => tag.Key);
  if (!name.startsWith('tag:')) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  const key = name.slice('tag:'.length);
  return (item) => tags(item).flatMap((tag) => (tag.Key === key ? [tag.Value] : []));
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

function listed<T>(
  name: string,
  all: readonly T[],
  input: { readonly NextToken?: string | undefined; readonly MaxResults?: number | undefined },
): object {
  const { items, next } = page(all, input.NextToken, input.MaxResults ?? 1000, 'InvalidParameterValue');
  return { [name]: items, ...(next === undefined ? {} : { NextToken: next }) };
}
