import type { ApplicationConfig, Config, ListenerConfig, ServiceConfig } from '../../core/config/schema.ts';
import type { Call } from '../../simulator/aws/service.ts';
import type { WritesThrough } from '../application/application.ts';
import type { FrontDoor } from '../application/front-door.ts';
import type { Accounts } from './accounts.ts';
import type { RecordShape } from './records.ts';
import type { RegionalServices } from './services.ts';

type Side = 'home' | 'standby';
const SIDES: readonly Side[] = ['home', 'standby'];

/** How the start of a world may differ from normal operation. */
export interface SeedChanges {
  /** Another engine than Aurora PostgreSQL, with the version of the global cluster. */
  readonly engine?: { readonly engine: string; readonly version: string };
  /** Engine version of the standby cluster, where it differs. */
  readonly standbyVersion?: string;
  readonly lag_ms?: number;
  /** How the applications write; with `write-forwarding` their clusters forward. */
  readonly writesThrough?: WritesThrough;
  /** Statuses that RDS shows from the start, until a scenario sets another one. */
  readonly statuses?: Readonly<Partial<Record<Side, SideStatuses>>> & { readonly globalCluster?: string };
  /** Statuses that serve come and go on clusters and instances, as the seed draws them. */
  readonly passingStatuses?: boolean;
  /** Names of ECS services whose deployments CodeDeploy makes. */
  readonly codeDeploy?: readonly string[];
  /** Tasks behind a load balancer drain for their deregistration delay before they stop, as they do on AWS. */
  readonly drains?: boolean;
  /** Of every target group; 300 s unless told. */
  readonly deregistrationDelay_s?: number;
  /** Names of ECS services that are daemons, and how many container instances their cluster has in each region. */
  readonly daemons?: Readonly<Record<string, number>>;
  /**
   * Every ECS service has a policy, `load`, that scales it between its bounds after its load: at home what it runs in normal
   * operation, in the standby nothing. `services.scaling.setDemand` changes the load.
   */
  readonly scalingPolicies?: boolean;
  /** What stands in front of every application; fixed addresses unless told. */
  readonly frontDoor?: FrontDoor;
  /** A response header in which applications say which region answers, such as `x-served-region`. */
  readonly regionHeader?: string;
  /** By application: the ARN of the listener that users reach, where `muster.yaml` names none. */
  readonly listenerArns?: Readonly<Record<string, { readonly home?: string; readonly standby?: string }>>;
  /** By application: other records than its strategy needs. */
  readonly records?: Readonly<Record<string, RecordShape>>;
}

interface SideStatuses {
  readonly cluster?: string;
  /** Of its instances, in order. */
  readonly instances?: readonly string[];
}

/** Seconds between two checks of a target; a new one is healthy after its first. */
export const CHECKED_EVERY_S = 10;

/** The caller of everything that was set up beforehand, in an account and region. */
type CallIn = (accountId: string, region: string) => Call;

const ENGINE = { engine: 'aurora-postgresql', version: '16.6' };
const KEY = (account: string, region: string): string => `arn:aws:kms:${region}:${account}:key/mrk-0shop0database0key`;

/** The AWS resources that `muster.yaml` names, as they are at the start. */
export function seedApplications(
  config: Config,
  accounts: Accounts,
  flagHost: string,
  changes: SeedChanges,
  call: CallIn,
): void {
  const buckets = new Set<string>();
  for (const [name, app] of Object.entries(config.applications)) {
    const { id, services } = accounts.of(app);
    seedDatabase(app, id, services, changes);
    for (const side of SIDES) {
      for (const service of app.services)
        seedService(app, service, side, services, changes, (region) => call(id, region));
      seedLoadBalancer(app, side, services, changes.listenerArns?.[name]?.[side]);
    }
    if (app.traffic.strategy !== 'stop') continue;
    const { bucket } = app.traffic.flag;
    if (!buckets.has(bucket)) services.s3.seedBucket({ name: bucket, region: app.standby, versioning: 'Enabled' });
    buckets.add(bucket);
    if (flagHost === '') throw new Error('a world with the strategy stop needs a flag endpoint');
  }
  if (changes.passingStatuses !== true) return;
  for (const { services } of [accounts.own, ...accounts.others]) services.rds.letStatusesPass();
}

function seedDatabase(app: ApplicationConfig, account: string, { rds }: RegionalServices, changes: SeedChanges): void {
  const { database } = app;
  if (database.kind === 'none') return;
  const { engine = ENGINE } = changes;
  const forwarding = { writeForwarding: changes.writesThrough === 'write-forwarding' };
  rds.seedGlobal({
    id: database.globalCluster,
    engine: engine.engine,
    engineVersion: engine.version,
    databaseName: 'app',
    ...(changes.lag_ms === undefined ? {} : { lag_ms: changes.lag_ms }),
    members: [
      {
        region: app.home,
        id: database.home,
        kmsKeyId: KEY(account, app.home),
        instances: instances(database.home),
        ...forwarding,
      },
      {
        region: app.standby,
        id: database.standby,
        kmsKeyId: KEY(account, app.standby),
        instances: instances(database.standby),
        ...forwarding,
        ...(changes.standbyVersion === undefined ? {} : { engineVersion: changes.standbyVersion }),
      },
    ],
  });
  for (const side of SIDES) showStatuses(rds, app[side], database[side], changes.statuses?.[side]);
  const status = changes.statuses?.globalCluster;
  if (status !== undefined) rds.setGlobalStatus(database.globalCluster, status);
}

function showStatuses(rds: RegionalServices['rds'], region: string, cluster: string, shown: SideStatuses = {}): void {
  if (shown.cluster !== undefined) rds.setStatus(region, cluster, shown.cluster);
  for (const [index, status] of (shown.instances ?? []).entries()) {
    rds.setStatus(region, `${cluster}-${index + 1}`, status);
  }
}

const instances = (cluster: string) => [1, 2].map((n) => ({ id: `${cluster}-${n}`, instanceClass: 'db.r6g.large' }));

function seedService(
  app: ApplicationConfig,
  service: ServiceConfig,
  side: Side,
  services: RegionalServices,
  changes: SeedChanges,
  call: (region: string) => Call,
): void {
  const region = app[side];
  const capacity = side === 'home' ? service.active : service.idle;
  const { targetGroupArn } = service[side];
  if (targetGroupArn !== undefined) {
    const name = targetGroupArn.split('/')[1] ?? service.name;
    services.elb.seedTargetGroup({
      region,
      name,
      arn: targetGroupArn,
      targetType: service.kind === 'ecs' ? 'ip' : 'instance',
      healthCheckPath: '/healthz',
      interval_s: CHECKED_EVERY_S,
      healthyThreshold: 2,
      ...(changes.deregistrationDelay_s === undefined ? {} : { deregistrationDelay_s: changes.deregistrationDelay_s }),
    });
  }
  if (service.kind === 'ec2') {
    services.groups.seedGroup({
      region,
      name: service[side].group,
      ...capacity,
      ...(targetGroupArn === undefined ? {} : { targetGroupArns: [targetGroupArn] }),
    });
    return;
  }
  const { cluster, service: name } = service[side];
  const instances = changes.daemons?.[service.name];
  services.ecs.seedCluster(region, cluster, instances);
  const taskDefinition = services.ecs.seedTaskDefinition(region, {
    family: `${cluster}-${name}`,
    containerDefinitions: [
      { name, image: `${call(region).accountId}.dkr.ecr.${region}.amazonaws.com/${name}:1`, essential: true },
    ],
  });
  services.ecs.seedService({
    region,
    cluster,
    name,
    taskDefinition,
    desiredCount: capacity.desired,
    ...(changes.codeDeploy?.includes(service.name) === true ? { controller: 'CODE_DEPLOY' as const } : {}),
    ...(instances === undefined ? {} : { schedulingStrategy: 'DAEMON' as const }),
    ...(changes.drains === undefined ? {} : { drains: changes.drains }),
    ...(targetGroupArn === undefined
      ? {}
      : { loadBalancers: [{ targetGroupArn, containerName: name, containerPort: 8080 }] }),
  });
  // A daemon's count cannot be scaled.
  if (instances !== undefined) return;
  seedScaling(services, `service/${cluster}/${name}`, capacity, changes, call(region));
}

function seedScaling(
  { scaling }: RegionalServices,
  ResourceId: string,
  capacity: ServiceConfig['active'],
  { scalingPolicies = false }: SeedChanges,
  call: Call,
): void {
  const { operations } = scaling.service;
  const target = { ServiceNamespace: 'ecs', ResourceId, ScalableDimension: 'ecs:service:DesiredCount' };
  operations['RegisterScalableTarget']?.({ ...target, MinCapacity: capacity.min, MaxCapacity: capacity.max }, call);
  if (!scalingPolicies) return;
  const policy = { PolicyName: 'load', PolicyType: 'TargetTrackingScaling' };
  operations['PutScalingPolicy']?.({ ...target, ...policy }, call);
  scaling.setDemand(call.region, ResourceId, capacity.desired);
}

/** A target group that no load balancer forwards to has no healthy target, however well its tasks are. */
function seedLoadBalancer(
  app: ApplicationConfig,
  side: Side,
  { elb }: RegionalServices,
  frontArn: string | undefined,
): void {
  const listener = side === 'standby' ? app.listener : undefined;
  const own = app.services.flatMap((service) => service[side].targetGroupArn ?? []);
  // The listener that `muster.yaml` names is the one that users reach.
  const groups = own.filter((arn) => arn !== listener?.activeTargetGroupArn);
  if (own.length === 0 && listener === undefined) return;
  if (listener !== undefined && !own.includes(listener.activeTargetGroupArn)) {
    const name = listener.activeTargetGroupArn.split('/')[1] ?? 'active';
    elb.seedTargetGroup({ region: app[side], name, arn: listener.activeTargetGroupArn });
  }
  elb.seedLoadBalancer({
    region: app[side],
    name: app.traffic[side].target.split('.')[0] ?? 'app',
    dnsName: app.traffic[side].target,
    hostedZoneId: app.traffic[side].zoneId,
    ipv6: app.traffic.ipv6,
    listeners: [
      ...(listener === undefined ? [] : [atMaintenance(listener, app.traffic.record)]),
      ...groups.map((TargetGroupArn, index) => ({
        ...(frontArn !== undefined && listener === undefined && index === 0 ? { arn: frontArn } : {}),
        port: 443 + index + (listener === undefined ? 0 : 1),
        protocol: 'HTTPS' as const,
        defaultActions: [{ Type: 'forward' as const, TargetGroupArn }],
      })),
    ],
  });
}

/** Users get a maintenance page. A rule for an unused host name keeps the active target group's health checks going. */
const atMaintenance = ({ arn, activeTargetGroupArn }: ListenerConfig, record: string) => ({
  arn,
  port: 443,
  protocol: 'HTTPS' as const,
  defaultActions: [
    {
      Type: 'fixed-response' as const,
      FixedResponseConfig: { StatusCode: '503', ContentType: 'text/html', MessageBody: '<h1>Back soon</h1>' },
    },
  ],
  rules: [
    {
      priority: 1,
      conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: [`ready.${record}`] } }],
      actions: [{ Type: 'forward' as const, TargetGroupArn: activeTargetGroupArn }],
    },
  ],
});
