import type { ApplicationConfig, Config } from '../../core/config/schema.ts';
import type { Clock } from '../../simulator/clock.ts';
import type { WorldEnvironment } from '../../simulator/environment.ts';
import type { Random } from '../../simulator/random.ts';
import {
  type Application,
  type AppRequest,
  type BalancerAnswer,
  createApplication,
  type WritesThrough,
} from '../application/application.ts';
import type { ApplicationFault } from '../application/fault.ts';
import type { Accounts } from './accounts.ts';
import type { SeedChanges } from './seed.ts';
import type { RegionalServices } from './services.ts';

/** A team's application as configured, running in its two regions. */
export interface RunningApplication {
  readonly name: string;
  readonly config: ApplicationConfig;
  readonly application: Application;
  /** The services of its account. */
  readonly services: RegionalServices;
  /** Where the application's database takes writes; undefined: it has none, or nowhere. */
  writerRegion(): string | undefined;
  /** How its tasks write, in both regions. */
  writesThrough(): WritesThrough;
  /** `write-forwarding` needs clusters that forward: seeded so (`SeedChanges.writesThrough`) or by ModifyDBCluster. */
  setWritesThrough(way: WritesThrough): void;
  /** A person gives the application in `region` another database address, whatever it used before. */
  useDatabaseEndpoint(region: string, host: string): void;
  /** The listener that users reach in a region; undefined: its load balancer is not simulated. */
  listenerArn(region: string): string | undefined;
  /** From now on the application in `region` answers so, whatever its database does; undefined: as it should. */
  fail(region: string, fault: Fault | undefined): void;
  /** When a person last did so, Unix milliseconds. */
  databaseEndpointUsedAt_ms(): number | undefined;
}

interface Fault extends ApplicationFault {
  /** Its load balancer's health checks fail too. They pass unless told, as shallow ones do. */
  readonly unhealthyTargets?: boolean;
}

/** Each application gets an address a region: 198.51.100.x at home, 203.0.113.x in the standby (RFC 5737). */
export function createApplications(
  config: Config,
  base: { readonly clock: Clock; readonly environment: WorldEnvironment; readonly random: Random },
  accounts: Accounts,
  changes: Pick<SeedChanges, 'frontDoor' | 'regionHeader' | 'writesThrough'>,
  originRegion: (application: Application, record: string, at_ms: number) => string | undefined,
): RunningApplication[] {
  return Object.entries(config.applications).map(([name, app], index) => {
    const { database } = app;
    const { services } = accounts.of(app);
    const hasDatabase = database.kind === 'aurora-global';
    const clusterIn = (region: string): string =>
      hasDatabase ? (region === app.home ? database.home : database.standby) : '';
    const writerRegion = (): string | undefined => {
      if (!hasDatabase) return undefined;
      // A detached standby is in no global cluster: it takes writes beside the writer that is still shown there.
      if (!services.rds.isMember(app.standby, database.standby)) {
        return services.rds.acceptsWrites(app.standby, database.standby) ? app.standby : undefined;
      }
      return services.rds.writerOf(database.globalCluster)?.split(':')[3];
    };
    const endpoints = new Map<string, string>();
    let way: WritesThrough = changes.writesThrough ?? 'global-endpoint';
    let usedAt_ms: number | undefined;
    const globalEndpoint = hasDatabase ? services.rds.globalEndpointOf(database.globalCluster) : undefined;
    const application = createApplication({
      ...base,
      ...(changes.frontDoor === undefined ? {} : { frontDoor: changes.frontDoor }),
      ...(changes.regionHeader === undefined ? {} : { regionHeader: changes.regionHeader }),
      random: base.random.split(`application/${name}`),
      regions: (['home', 'standby'] as const).map((side) => ({
        region: app[side],
        loadBalancer: app.traffic[side].target,
        hostedZoneId: app.traffic[side].zoneId,
        address: `${side === 'home' ? '198.51.100' : '203.0.113'}.${10 + index}`,
        ...(app.traffic.ipv6 ? { address6: `2001:db8:${side === 'home' ? 1 : 2}::${10 + index}` } : {}),
      })),
      servingTasks: (region) => servingTasks(app, region, services),
      balancerAnswers: (region, request) => balancerAnswers(app, region, request, services),
      acceptsWrites: (region) => !hasDatabase || services.rds.acceptsWrites(region, clusterIn(region)),
      writerEndpointRegion: (region) => {
        if (!hasDatabase) return region;
        const ownCluster = way === 'global-endpoint' ? undefined : services.rds.endpointOf(region, clusterIn(region));
        const host = endpoints.get(region) ?? ownCluster ?? globalEndpoint;
        return host === undefined ? undefined : services.rds.endpointLeadsTo(host)?.region;
      },
      forwardsTo: (region) => services.rds.forwardsTo(region, clusterIn(region))?.region,
      originRegion: (at_ms) => originRegion(application, app.traffic.record, at_ms),
    });
    return {
      name,
      config: app,
      application,
      services,
      writerRegion,
      writesThrough: () => way,
      setWritesThrough: (wanted) => {
        way = wanted;
      },
      listenerArn: (region) => services.elb.listenerArn(app.traffic[sideOf(app, region)].target, USERS_PORT),
      fail: (region, fault) => {
        const group = frontGroup(app, region);
        if (group !== undefined) services.elb.setProbe(group, () => fault?.unhealthyTargets !== true);
        application.fail(region, fault);
      },
      useDatabaseEndpoint: (region, host) => {
        endpoints.set(region, host);
        usedAt_ms = base.clock.now_ms();
      },
      databaseEndpointUsedAt_ms: () => usedAt_ms,
    };
  });
}

/** The team's alarms on its standby: in ALARM while no target there is healthy. */
export function seedAlarms(applications: readonly RunningApplication[]): void {
  for (const { config: app, services } of applications) {
    for (const name of app.verify.alarms) {
      services.cloudwatch.seedAlarm({
        region: app.standby,
        description: { AlarmName: name, Namespace: 'AWS/ApplicationELB', MetricName: 'HealthyHostCount' },
        state: () => (servingTasks(app, app.standby, services) > 0 ? 'OK' : 'ALARM'),
      });
    }
  }
}

/** Where users' requests arrive. */
const USERS_PORT = 443;
/** What users see while their listener leads them to something that is not the application. */
const ELSEWHERE: BalancerAnswer = { status: 503, contentType: 'text/html', body: '<h1>Back soon</h1>' };

const sideOf = (app: ApplicationConfig, region: string): 'home' | 'standby' =>
  region === app.home ? 'home' : 'standby';

/** The first service behind the load balancer is the one that users reach. */
const frontOf = (app: ApplicationConfig, side: 'home' | 'standby') =>
  app.services.find((service) => service[side].targetGroupArn !== undefined) ?? app.services[0];

function frontGroup(app: ApplicationConfig, region: string): string | undefined {
  const side = sideOf(app, region);
  // The standby's listener may be configured, and with it the group that it leads users to when they are to come.
  const active = side === 'standby' ? app.listener?.activeTargetGroupArn : undefined;
  return active ?? frontOf(app, side)?.[side].targetGroupArn;
}

/** What the listener's rules, by priority, and then its default action make of a request, in either region. */
function balancerAnswers(app: ApplicationConfig, region: string, request: AppRequest, { elb }: RegionalServices) {
  const { target } = app.traffic[sideOf(app, region)];
  const host = request.host ?? app.traffic.record;
  const decision = elb.decide(target, { ...request, port: USERS_PORT, host });
  switch (decision?.kind) {
    case undefined:
      return undefined;
    case 'forward':
      return (decision.weights.get(frontGroup(app, region) ?? '') ?? 0) > 0 ? undefined : ELSEWHERE;
    case 'answer':
      return decision;
    case 'redirect':
      return { status: decision.status, contentType: 'text/html', body: '' };
    case 'unreachable':
      return ELSEWHERE;
  }
}

/** Tasks or instances of the first service behind the load balancer that run and are healthy there. */
function servingTasks(app: ApplicationConfig, region: string, { ecs, groups, elb }: RegionalServices): number {
  const side = sideOf(app, region);
  const front = frontOf(app, side);
  if (front === undefined) return 1;
  const running =
    front.kind === 'ecs'
      ? ecs.runningTasks(region, front[side].cluster, front[side].service).map((task) => task.ip)
      : groups.runningInstances(region, front[side].group).map((instance) => instance.id);
  const { targetGroupArn } = front[side];
  if (targetGroupArn === undefined) return running.length;
  const healthy = new Set(elb.healthyTargets(targetGroupArn));
  return running.filter((id) => healthy.has(id)).length;
}
