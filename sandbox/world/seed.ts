import { type AddressType, addressTypes, aliasName } from '../../core/alias.ts';
import type {
  ApplicationConfig,
  Config,
  ListenerConfig,
  ServiceConfig,
  TrafficConfig,
} from '../../core/config/schema.ts';
import type { Call } from '../../simulator/aws/service.ts';
import type { Account, Accounts } from './accounts.ts';
import type { RegionalServices } from './services.ts';

type Side = 'home' | 'standby';
const SIDES: readonly Side[] = ['home', 'standby'];

/** How the start of a world may differ from normal operation. */
export interface SeedChanges {
  /** Engine version of the standby cluster, where it differs. */
  readonly standbyVersion?: string;
  readonly lag_ms?: number;
  /** Names of ECS services whose deployments CodeDeploy makes. */
  readonly codeDeploy?: readonly string[];
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
  for (const app of Object.values(config.applications)) {
    const { id, services } = accounts.of(app);
    seedDatabase(app, id, services, changes);
    for (const side of SIDES) {
      for (const service of app.services)
        seedService(app, service, side, services, changes, (region) => call(id, region));
      seedLoadBalancer(app, side, services);
    }
    if (app.traffic.strategy !== 'stop') continue;
    const { bucket } = app.traffic.flag;
    if (!buckets.has(bucket)) services.s3.seedBucket({ name: bucket, region: app.standby, versioning: 'Enabled' });
    buckets.add(bucket);
    if (flagHost === '') throw new Error('a world with the strategy stop needs a flag endpoint');
  }
}

function seedDatabase(app: ApplicationConfig, account: string, { rds }: RegionalServices, changes: SeedChanges): void {
  const { database } = app;
  if (database.kind === 'none') return;
  rds.seedGlobal({
    id: database.globalCluster,
    engine: ENGINE.engine,
    engineVersion: ENGINE.version,
    databaseName: 'app',
    ...(changes.lag_ms === undefined ? {} : { lag_ms: changes.lag_ms }),
    members: [
      { region: app.home, id: database.home, kmsKeyId: KEY(account, app.home), instances: instances(database.home) },
      {
        region: app.standby,
        id: database.standby,
        kmsKeyId: KEY(account, app.standby),
        instances: instances(database.standby),
        ...(changes.standbyVersion === undefined ? {} : { engineVersion: changes.standbyVersion }),
      },
    ],
  });
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
  services.ecs.seedCluster(region, cluster);
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
    ...(targetGroupArn === undefined
      ? {}
      : { loadBalancers: [{ targetGroupArn, containerName: name, containerPort: 8080 }] }),
  });
  services.scaling.service.operations['RegisterScalableTarget']?.(
    {
      ServiceNamespace: 'ecs',
      ResourceId: `service/${cluster}/${name}`,
      ScalableDimension: 'ecs:service:DesiredCount',
      MinCapacity: capacity.min,
      MaxCapacity: capacity.max,
    },
    call(region),
  );
}

/** A target group that no load balancer forwards to has no healthy target, however well its tasks are. */
function seedLoadBalancer(app: ApplicationConfig, side: Side, { elb }: RegionalServices): void {
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

/** The public zones with the records that each strategy needs, and the inverted health checks of `stop`. */
export function seedZones(config: Config, accounts: Accounts, flagHost: string): void {
  for (const account of [accounts.own, ...accounts.others]) {
    const apps = Object.values(config.applications).filter((app) => accounts.of(app) === account);
    seedZonesOf(apps, account, flagHost);
  }
}

function seedZonesOf(all: readonly ApplicationConfig[], { route53 }: Account, flagHost: string): void {
  const zones = new Map<string, ApplicationConfig[]>();
  for (const app of all) {
    const id = app.traffic.hostedZoneId;
    zones.set(id, [...(zones.get(id) ?? []), app]);
  }
  for (const [id, apps] of zones) {
    const name = apps[0]?.traffic.record.split('.').slice(1).join('.') ?? '';
    for (const { traffic } of apps) {
      if (traffic.strategy !== 'stop') continue;
      route53.seedHealthCheck(
        {
          Type: 'HTTPS',
          FullyQualifiedDomainName: flagHost,
          ResourcePath: `/${traffic.flag.key}`,
          RequestInterval: traffic.interval_s,
          FailureThreshold: traffic.threshold,
          Inverted: true,
        },
        traffic.healthCheckId,
      );
    }
    route53.seedZone({ id, name, records: apps.flatMap(recordsOf) });
  }
}

const recordsOf = ({ traffic }: ApplicationConfig) =>
  addressTypes(traffic).flatMap((type) => recordsOfType(traffic, type));

function recordsOfType(traffic: TrafficConfig, type: AddressType) {
  const alias = (side: Side) => ({
    Name: traffic.record,
    Type: type,
    AliasTarget: {
      HostedZoneId: traffic[side].zoneId,
      DNSName: aliasName(traffic[side].target, type),
      EvaluateTargetHealth: false,
    },
  });
  if (traffic.strategy === 'record') return [alias('home')];
  return [
    { ...alias('home'), SetIdentifier: 'home', Failover: 'PRIMARY' as const, HealthCheckId: traffic.healthCheckId },
    { ...alias('standby'), SetIdentifier: 'standby', Failover: 'SECONDARY' as const },
  ];
}
