import type { AliasRecord, EcsService, HealthCheck, Inventory, RegionInventory, Schedule } from './inventory.ts';
import { counterpart, shortName, stem, unique } from './names.ts';
import type { Unread } from './reader.ts';
import { type SchedulePair, scheduleName, schedulePairs } from './schedules.ts';

/** One application as far as the account shows it. `undefined` and empty lists are left for a person to fill in. */
export interface Draft {
  readonly name: string;
  readonly database: DatabaseDraft;
  readonly services: readonly ServiceDraft[];
  /** False: some could not be read, so that the list says nothing. */
  readonly servicesKnown: boolean;
  readonly workers: readonly WorkerDraft[];
  readonly traffic: TrafficDraft | undefined;
  /** The path that the front service's target group asks. */
  readonly healthPath: string | undefined;
  /** What a person should know before trusting this, a line each. */
  readonly notes: readonly string[];
}

export type DatabaseDraft =
  | { readonly kind: 'aurora-global'; readonly globalCluster: string; readonly home: string; readonly standby: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'unclear'; readonly candidates: readonly string[] };

export interface Capacity {
  readonly min: number;
  readonly desired: number;
  readonly max: number;
}
interface Sides<T> {
  readonly home: T;
  readonly standby: T;
}
export type ServiceDraft = {
  readonly name: string;
  readonly active: Capacity;
  readonly idle: Capacity;
  /** Where min and max come from; without a scaling target they are the desired count. */
  readonly bounds: 'read' | 'no scaling target' | 'unread';
} & (
  | { readonly kind: 'ecs'; readonly at: Sides<EcsService> }
  | { readonly kind: 'ec2'; readonly at: Sides<RegionInventory['groups'][number]> }
);

/** A schedule that works in one region only. */
export interface WorkerDraft extends SchedulePair {
  readonly name: string;
}

export interface TrafficDraft {
  readonly record: string;
  readonly zoneId: string;
  readonly home: Target;
  readonly standby: Target | undefined;
  readonly ipv6: boolean;
  /** The check behind the PRIMARY record of `stop`; undefined: the strategy is `record`. */
  readonly check: HealthCheck | undefined;
  readonly bucket: string | undefined;
}
interface Target {
  readonly target: string;
  readonly zoneId: string;
}

/** Applications are found by the records that lead to load balancers in home; where there are none, by ECS clusters. */
export function draftApplications(found: Inventory, unread: readonly Unread[]): readonly Draft[] {
  const regions = [found.home.region, found.standby.region];
  const seeds = frontsOf(found, regions);
  const names = new Set<string>();
  const claimed = new Set<string>();
  const context = { regions, names, claimed, only: seeds.length === 1, unread: unread.map((each) => each.action) };
  return seeds.map((seed) => draft(seed, found, context));
}

/** What an application is recognised by. */
interface Front {
  readonly title: string;
  readonly traffic: TrafficDraft | undefined;
  readonly loadBalancerArn: string | undefined;
  /** ECS clusters known to be the application's without looking at its load balancer. */
  readonly clusters: readonly string[];
}

interface Context {
  readonly regions: readonly string[];
  readonly names: Set<string>;
  /** Home's services that an application has already. */
  readonly claimed: Set<string>;
  readonly only: boolean;
  /** Actions that failed: what they would have told is not known, which is not the same as not there. */
  readonly unread: readonly string[];
}

function frontsOf(found: Inventory, regions: readonly string[]): readonly Front[] {
  const byName = new Map<string, AliasRecord[]>();
  for (const record of found.records) {
    const name = `${record.zoneId} ${record.name}`;
    byName.set(name, [...(byName.get(name) ?? []), record]);
  }
  const fronts = [...byName.values()].flatMap((records) => frontOf(records, found, regions) ?? []);
  if (fronts.length > 0) return fronts;
  const clusters = [...new Set(found.home.services.map((service) => service.cluster))];
  if (clusters.length > 0) {
    return clusters.map((cluster) => ({
      title: cluster,
      traffic: undefined,
      loadBalancerArn: undefined,
      clusters: [cluster],
    }));
  }
  const title = found.globals[0]?.id ?? 'app';
  return [{ title, traffic: undefined, loadBalancerArn: undefined, clusters: [] }];
}

function frontOf(records: readonly AliasRecord[], found: Inventory, regions: readonly string[]): Front | undefined {
  const primary = records.find((record) => record.failover !== 'SECONDARY' && leadsTo(record, found.home));
  if (primary === undefined) return undefined;
  const atHome = found.home.loadBalancers.find((each) => each.host === primary.target);
  const secondary = records.find((record) => record !== primary && leadsTo(record, found.standby));
  const paired = atHome && counterpart(atHome, found.standby.loadBalancers, (each) => each.name, regions);
  const standby =
    secondary !== undefined
      ? { target: secondary.target, zoneId: secondary.targetZoneId }
      : paired && { target: paired.host, zoneId: paired.zoneId };
  const check = found.checks.find((each) => each.id === primary.healthCheckId && each.inverted);
  const isStop = primary.failover === 'PRIMARY' && secondary?.failover === 'SECONDARY' && check !== undefined;
  const zone = found.zones.find((each) => each.id === primary.zoneId)?.name;
  const isApex = zone !== undefined && (primary.name === zone || primary.name === `www.${zone}`);
  const title = isApex ? zone : primary.name;
  return {
    title: title.split('.')[0] ?? title,
    loadBalancerArn: atHome?.arn,
    clusters: [],
    traffic: {
      record: primary.name,
      zoneId: primary.zoneId,
      home: { target: primary.target, zoneId: primary.targetZoneId },
      standby,
      ipv6: primary.ipv6,
      check: isStop ? check : undefined,
      bucket: isStop ? flagBucket(found) : undefined,
    },
  };
}

/** A load balancer there, or (they could not be read) a name that says the region. */
function leadsTo(record: AliasRecord, { region, loadBalancers }: RegionInventory): boolean {
  if (loadBalancers.some((each) => each.host === record.target)) return true;
  return record.target.includes(`.${region}.elb.`) || record.target.includes(`.elb.${region}.`);
}

/** The one bucket in the standby region whose name suggests a flag. */
function flagBucket({ buckets, standby }: Inventory): string | undefined {
  const named = buckets.filter(
    ({ name, region }) => name.includes('flag') && (region ?? standby.region) === standby.region,
  );
  return named.length === 1 ? named[0]?.name : undefined;
}

function draft(front: Front, found: Inventory, context: Context): Draft {
  const own = servicesOf(front, found.home, context);
  const notes: string[] = [];
  const names = new Set<string>();
  const services = own.flatMap((service): ServiceDraft[] => {
    const other = counterpart(
      service,
      found.standby.services,
      (each) => `${each.cluster}/${each.name}`,
      context.regions,
    );
    if (other === undefined) {
      notes.push(`${service.cluster}/${service.name} is in home only: it is not moved`);
      return [];
    }
    return [ecsDraft(service, other, found, { name: unique(shortName(service.name), names), unread: context.unread })];
  });
  const groups = groupsOf(front, found).flatMap((group): ServiceDraft[] => {
    const other = counterpart(group, found.standby.groups, (each) => each.name, context.regions);
    if (other !== undefined) {
      const name = unique(shortName(stem(group.name, context.regions) || group.name), names);
      return [
        {
          kind: 'ec2',
          name,
          at: { home: group, standby: other },
          active: bounds(group),
          idle: bounds(other),
          bounds: 'read' as const,
        },
      ];
    }
    notes.push(`the Auto Scaling group ${group.name} is in home only: it is not moved`);
    return [];
  });
  const name = unique(shortName(front.title), context.names);
  const frontGroups = own.flatMap((service) => service.targetGroupArns);
  const healthPath = found.home.targetGroups.find((each) => frontGroups.includes(each.arn))?.healthPath;
  const database = databaseOf(name, own, found, context, notes);
  const servicesKnown = !context.unread.some((action) => SERVICE_READS.test(action));
  return {
    name,
    database,
    services: [...services, ...groups],
    servicesKnown,
    workers: schedulesOf([name, ...own.map((service) => stem(service.cluster, context.regions))], found, context),
    traffic: front.traffic,
    healthPath,
    notes,
  };
}

const SERVICE_READS = /^(ecs|autoscaling|application-autoscaling|elasticloadbalancing):/;

/** What is behind the load balancer, and whatever else runs in the same ECS clusters. */
function servicesOf(front: Front, home: RegionInventory, { claimed }: Context): readonly EcsService[] {
  const behind = new Set(targetGroupsBehind(front, home));
  const inFront = home.services.filter((service) => service.targetGroupArns.some((arn) => behind.has(arn)));
  const clusters = new Set([...front.clusters, ...inFront.map((service) => service.cluster)]);
  if (clusters.size === 0) {
    for (const { cluster } of home.services) if (shortName(cluster) === shortName(front.title)) clusters.add(cluster);
  }
  const elsewhere = (service: EcsService): boolean =>
    service.targetGroupArns.length > 0 && behind.size > 0 && !inFront.includes(service);
  const own = home.services.filter((service) => clusters.has(service.cluster) && !elsewhere(service));
  const free = own.filter((service) => !claimed.has(`${service.cluster}/${service.name}`));
  for (const service of free) claimed.add(`${service.cluster}/${service.name}`);
  return free.toSorted((a, b) => b.targetGroupArns.length - a.targetGroupArns.length);
}

function targetGroupsBehind(front: Front, home: RegionInventory): readonly string[] {
  const arn = front.loadBalancerArn;
  if (arn === undefined) return [];
  return home.targetGroups.filter((each) => each.loadBalancerArns.includes(arn)).map((each) => each.arn);
}

/** EC2 groups are known by their target groups alone: nothing else ties them to an application. */
function groupsOf(front: Front, { home }: Inventory): RegionInventory['groups'] {
  const behind = targetGroupsBehind(front, home);
  return home.groups.filter((group) => group.targetGroupArns.some((arn) => behind.includes(arn)));
}

/** Schedules whose names begin with the application's or its cluster's; all of them, if there is no other application. */
function schedulesOf(words: readonly string[], found: Inventory, context: Context): readonly WorkerDraft[] {
  const names = new Set<string>();
  const isOwn = (schedule: Schedule): boolean => {
    const called = stem(schedule.name, context.regions);
    return context.only || words.some((word) => called === word || called.startsWith(`${word}-`));
  };
  return schedulePairs(found.home, found.standby)
    .filter(({ home }) => isOwn(home) && !context.claimed.has(`schedule ${scheduleName(home)}`))
    .map((pair) => {
      context.claimed.add(`schedule ${scheduleName(pair.home)}`);
      const short = shortName(stem(pair.home.name, context.regions) || pair.home.name);
      return { ...pair, name: unique(short, names) };
    });
}

const bounds = ({ min, desired, max }: Capacity): Capacity => ({ min, desired, max });

function ecsDraft(
  home: EcsService,
  standby: EcsService,
  found: Inventory,
  { name, unread }: { readonly name: string; readonly unread: readonly string[] },
): ServiceDraft {
  const active = ecsCapacity(home, found.home);
  const idle = ecsCapacity(standby, found.standby);
  return {
    kind: 'ecs',
    name,
    at: { home, standby },
    active: active.capacity,
    idle: idle.capacity,
    bounds:
      active.scaled && idle.scaled
        ? 'read'
        : unread.some((action) => action.startsWith('application-autoscaling:'))
          ? 'unread'
          : 'no scaling target',
  };
}

function ecsCapacity(service: EcsService, { scaling }: RegionInventory): { capacity: Capacity; scaled: boolean } {
  const { desired } = service;
  const target = scaling.find((each) => each.cluster === service.cluster && each.service === service.name);
  if (target === undefined) return { capacity: { min: desired, desired, max: desired }, scaled: false };
  // A count that was set by hand may lie outside the bounds.
  const capacity = { min: Math.min(target.min, desired), desired, max: Math.max(target.max, desired) };
  return { capacity, scaled: true };
}

function databaseOf(
  name: string,
  own: readonly EcsService[],
  found: Inventory,
  { regions, only, unread }: Context,
  notes: string[],
): DatabaseDraft {
  const pairs = found.globals.flatMap((cluster) => {
    const inRegion = (region: string) => cluster.members.find((arn) => arn.split(':')[3] === region)?.split(':')[6];
    const home = inRegion(found.home.region);
    const standby = inRegion(found.standby.region);
    return home === undefined || standby === undefined ? [] : [{ cluster, home, standby }];
  });
  const words = new Set([name, ...own.map((service) => stem(service.cluster, regions))]);
  const named = pairs.filter(({ cluster }) => words.has(stem(cluster.id, regions)));
  const candidates = named.length > 0 ? named : only ? pairs : [];
  const [one] = candidates;
  if (candidates.length > 1 || (one === undefined && pairs.length > 0)) {
    return { kind: 'unclear', candidates: pairs.map(({ cluster }) => cluster.id) };
  }
  if (one === undefined && unread.includes('rds:DescribeGlobalClusters')) return { kind: 'unclear', candidates: [] };
  if (one === undefined) {
    for (const { id } of found.home.clusters)
      notes.push(`the cluster ${id} is in no global cluster with ${found.standby.region}: Muster cannot move it`);
    return { kind: 'none' };
  }
  if (one.cluster.members[0]?.split(':')[3] !== found.home.region) {
    notes.push(`the writer of ${one.cluster.id} is NOT in ${found.home.region} now: is that really home?`);
  }
  notes.push(...versionNote(one, found));
  return { kind: 'aurora-global', globalCluster: one.cluster.id, home: one.home, standby: one.standby };
}

/** Managed failover needs the same version in all members (Aurora User Guide, "Recovering from an unplanned outage"). */
function versionNote(pair: { readonly home: string; readonly standby: string }, found: Inventory): readonly string[] {
  const home = found.home.clusters.find((each) => each.id === pair.home)?.version;
  const standby = found.standby.clusters.find((each) => each.id === pair.standby)?.version;
  if (home === undefined || standby === undefined || home === standby) return [];
  return [`the engine versions differ (${home}, ${standby}): only a detach is possible until they agree`];
}
