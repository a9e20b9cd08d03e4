import type { ApplicationConfig, Config } from '../../core/config/schema.ts';
import type { Clock } from '../../simulator/clock.ts';
import type { WorldEnvironment } from '../../simulator/environment.ts';
import { type Application, createApplication } from '../application/application.ts';
import type { Accounts } from './accounts.ts';
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
  /** A person gives the application in `region` another database address than the global writer endpoint. */
  useDatabaseEndpoint(region: string, host: string): void;
  /** When a person last did so, Unix milliseconds. */
  databaseEndpointUsedAt_ms(): number | undefined;
}

/** Each application gets an address a region: 198.51.100.x at home, 203.0.113.x in the standby (RFC 5737). */
export function createApplications(
  config: Config,
  base: { readonly clock: Clock; readonly environment: WorldEnvironment },
  accounts: Accounts,
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
    let usedAt_ms: number | undefined;
    const globalEndpoint = hasDatabase ? services.rds.globalEndpointOf(database.globalCluster) : undefined;
    return {
      name,
      config: app,
      services,
      writerRegion,
      useDatabaseEndpoint: (region, host) => {
        endpoints.set(region, host);
        usedAt_ms = base.clock.now_ms();
      },
      databaseEndpointUsedAt_ms: () => usedAt_ms,
      application: createApplication({
        ...base,
        regions: (['home', 'standby'] as const).map((side) => ({
          region: app[side],
          loadBalancer: app.traffic[side].target,
          hostedZoneId: app.traffic[side].zoneId,
          address: `${side === 'home' ? '198.51.100' : '203.0.113'}.${10 + index}`,
          ...(app.traffic.ipv6 ? { address6: `2001:db8:${side === 'home' ? 1 : 2}::${10 + index}` } : {}),
        })),
        servingTasks: (region) => servingTasks(app, region, services),
        leadsUsersHere: (region) => leadsUsersHere(app, region, services),
        acceptsWrites: (region) => !hasDatabase || services.rds.acceptsWrites(region, clusterIn(region)),
        writerEndpointRegion: (region) => {
          const host = endpoints.get(region) ?? globalEndpoint;
          if (!hasDatabase) return region;
          return host === undefined ? undefined : services.rds.endpointLeadsTo(host)?.region;
        },
      }),
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

/** While on standby, the listener may forward elsewhere. Without a configured listener every listener leads here. */
function leadsUsersHere({ listener, standby, traffic }: ApplicationConfig, region: string, { elb }: RegionalServices) {
  if (listener === undefined || region !== standby) return true;
  const way = elb.route(traffic.standby.target, { port: 443, host: traffic.record, path: '/' });
  return way.kind === 'target' && way.targetGroupArn === listener.activeTargetGroupArn;
}

/** Tasks or instances of the first service behind the load balancer that run and are healthy there. */
function servingTasks(app: ApplicationConfig, region: string, { ecs, groups, elb }: RegionalServices): number {
  const side = region === app.home ? 'home' : 'standby';
  const front = app.services.find((service) => service[side].targetGroupArn !== undefined) ?? app.services[0];
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
