/** What an account holds that `muster.yaml` could speak of, as read from AWS or from Terraform state. */
export interface Inventory {
  readonly account: string | undefined;
  readonly home: RegionInventory;
  readonly standby: RegionInventory;
  readonly globals: readonly GlobalCluster[];
  readonly zones: readonly Zone[];
  readonly records: readonly AliasRecord[];
  readonly checks: readonly HealthCheck[];
  readonly buckets: readonly Bucket[];
}

export interface RegionInventory {
  readonly region: string;
  readonly clusters: readonly DatabaseCluster[];
  readonly services: readonly EcsService[];
  readonly scaling: readonly ScalingTarget[];
  readonly groups: readonly ScalingGroup[];
  readonly targetGroups: readonly TargetGroup[];
  readonly loadBalancers: readonly LoadBalancer[];
  readonly schedules: readonly Schedule[];
  /** Names. */
  readonly tables: readonly string[];
  /** Names. */
  readonly secrets: readonly string[];
}

export interface GlobalCluster {
  readonly id: string;
  readonly engine: string;
  readonly version: string;
  /** ARNs of the member clusters, the writer first. */
  readonly members: readonly string[];
}
export interface DatabaseCluster {
  readonly id: string;
  readonly arn: string;
  readonly version: string;
}
export interface EcsService {
  readonly cluster: string;
  readonly name: string;
  readonly desired: number;
  readonly targetGroupArns: readonly string[];
}
/** Application Auto Scaling's bounds of an ECS service. */
export interface ScalingTarget {
  readonly cluster: string;
  readonly service: string;
  readonly min: number;
  readonly max: number;
}
/** An EC2 Auto Scaling group. */
export interface ScalingGroup {
  readonly name: string;
  readonly min: number;
  readonly desired: number;
  readonly max: number;
  readonly targetGroupArns: readonly string[];
}
export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly healthPath: string | undefined;
  readonly loadBalancerArns: readonly string[];
}
export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  readonly host: string;
  readonly zoneId: string;
}
/** A schedule of EventBridge Scheduler. */
export interface Schedule {
  readonly name: string;
  readonly group: string;
  readonly enabled: boolean;
  /** The name of the role that it assumes, with its path; undefined: not read. */
  readonly roleName: string | undefined;
}
export interface Zone {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
}
/** An A record that is an alias; names without the last dot, in lower case. */
export interface AliasRecord {
  readonly zoneId: string;
  readonly name: string;
  readonly target: string;
  /** The target's own hosted zone, not that of the record. */
  readonly targetZoneId: string;
  /** An AAAA alias of the same name stands beside it. */
  readonly ipv6: boolean;
  readonly failover: string | undefined;
  readonly healthCheckId: string | undefined;
}
export interface HealthCheck {
  readonly id: string;
  readonly host: string | undefined;
  readonly path: string | undefined;
  readonly interval_s: number;
  readonly threshold: number;
  readonly inverted: boolean;
}
export interface Bucket {
  readonly name: string;
  readonly region: string | undefined;
}

export function emptyRegion(region: string): RegionInventory {
  return {
    region,
    clusters: [],
    services: [],
    scaling: [],
    groups: [],
    targetGroups: [],
    loadBalancers: [],
    schedules: [],
    tables: [],
    secrets: [],
  };
}

/** Route 53 ends names with a dot, and its console puts `dualstack.` before a load balancer's name. */
export const plainHost = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^dualstack\./, '');

/** What both know, the account's word first: Terraform adds only what could not be read. */
export function merged(account: Inventory, terraform: Inventory): Inventory {
  return {
    account: account.account,
    home: mergedRegion(account.home, terraform.home),
    standby: mergedRegion(account.standby, terraform.standby),
    globals: union(account.globals, terraform.globals, (each) => each.id),
    zones: union(account.zones, terraform.zones, (each) => each.id),
    records: union(account.records, terraform.records, (each) => `${each.zoneId} ${each.name} ${each.failover ?? ''}`),
    checks: union(account.checks, terraform.checks, (each) => each.id),
    buckets: union(account.buckets, terraform.buckets, (each) => each.name),
  };
}

function mergedRegion(account: RegionInventory, terraform: RegionInventory): RegionInventory {
  const itself = (name: string): string => name;
  return {
    region: account.region,
    clusters: union(account.clusters, terraform.clusters, (each) => each.id),
    services: union(account.services, terraform.services, (each) => `${each.cluster}/${each.name}`),
    scaling: union(account.scaling, terraform.scaling, (each) => `${each.cluster}/${each.service}`),
    groups: union(account.groups, terraform.groups, (each) => each.name),
    targetGroups: union(account.targetGroups, terraform.targetGroups, (each) => each.arn),
    loadBalancers: union(account.loadBalancers, terraform.loadBalancers, (each) => each.arn),
    schedules: union(account.schedules, terraform.schedules, (each) => `${each.group}/${each.name}`),
    tables: union(account.tables, terraform.tables, itself),
    secrets: union(account.secrets, terraform.secrets, itself),
  };
}

function union<T>(first: readonly T[], second: readonly T[], key: (each: T) => string): readonly T[] {
  const known = new Set(first.map(key));
  return [...first, ...second.filter((each) => !known.has(key(each)))];
}
