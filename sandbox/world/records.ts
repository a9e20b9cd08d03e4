import type { HealthCheckConfig, ResourceRecordSet, ResourceRecordSetRegion } from '@aws-sdk/client-route-53';
import { type AddressType, addressTypes, aliasName } from '../../core/alias.ts';
import type { ApplicationConfig, Config, TrafficConfig } from '../../core/config/schema.ts';
import type { Account, Accounts } from './accounts.ts';

type Side = 'home' | 'standby';

/**
 * How else a team may have its application's name in Route 53 than Muster's two strategies need. `failover`: PRIMARY and
 * SECONDARY aliases, each with a plain health check on its region. `weighted`: all to home. `latency`, `geolocation`: both
 * regions at once. `multivalue`: home's address in one of several sets. `cname`: no alias. A function: anything else.
 */
export type RecordShape =
  | 'failover'
  | 'weighted'
  | 'latency'
  | 'geolocation'
  | 'multivalue'
  | 'cname'
  | ((traffic: TrafficConfig) => Shaped);

export interface Shaped {
  readonly records: readonly ResourceRecordSet[];
  /** By id. */
  readonly healthChecks?: Readonly<Record<string, HealthCheckConfig>>;
}

interface SeededApplication {
  readonly app: ApplicationConfig;
  readonly shape: RecordShape | undefined;
  /** The address of home's load balancer, for records that are no aliases. */
  readonly homeAddress: string;
}

/** The public zones with the records that each strategy needs, or that a scenario has; and the health checks of both. */
export function seedZones(
  config: Config,
  accounts: Accounts,
  flagHost: string,
  shapes: Readonly<Record<string, RecordShape>>,
  homeAddressOf: (application: string) => string,
): void {
  for (const account of [accounts.own, ...accounts.others]) {
    const here = Object.entries(config.applications)
      .filter(([, app]) => accounts.of(app) === account)
      .map(([name, app]) => ({ app, shape: shapes[name], homeAddress: homeAddressOf(name) }));
    seedZonesOf(here, account, flagHost);
  }
}

function seedZonesOf(all: readonly SeededApplication[], { route53 }: Account, flagHost: string): void {
  const zones = new Map<string, SeededApplication[]>();
  for (const seeded of all) {
    const id = seeded.app.traffic.hostedZoneId;
    zones.set(id, [...(zones.get(id) ?? []), seeded]);
  }
  for (const [id, here] of zones) {
    const name = here[0]?.app.traffic.record.split('.').slice(1).join('.') ?? '';
    const shaped = here.map((seeded) => shapeOf(seeded, flagHost));
    for (const { healthChecks = {} } of shaped) {
      for (const [checkId, check] of Object.entries(healthChecks)) route53.seedHealthCheck(check, checkId);
    }
    route53.seedZone({ id, name, records: shaped.flatMap(({ records }) => records) });
  }
}

function shapeOf({ app, shape, homeAddress }: SeededApplication, flagHost: string): Shaped {
  const { traffic } = app;
  if (shape === undefined) return strategyShape(traffic, flagHost);
  if (typeof shape === 'function') return shape(traffic);
  if (shape === 'multivalue') return several(traffic, homeAddress);
  if (shape === 'cname') return { records: [cname(traffic)] };
  const policies = policiesOf(shape, app);
  const both = addressTypes(traffic).flatMap((type) => [
    { ...alias(traffic, 'home', type), SetIdentifier: 'home', ...policies.home },
    { ...alias(traffic, 'standby', type), SetIdentifier: 'standby', ...policies.standby },
  ]);
  if (shape !== 'failover') return { records: both };
  return {
    records: both,
    healthChecks: { [PLAIN.home]: plainCheck(traffic, 'home'), [PLAIN.standby]: plainCheck(traffic, 'standby') },
  };
}

/** Ids of the plain health checks of the shape `failover`. */
const PLAIN = {
  home: '0ca11ed0-0000-4000-a000-000000000001',
  standby: '0ca11ed0-0000-4000-a000-000000000002',
} as const;

/** What makes each side's sets those of one policy. */
function policiesOf(shape: 'failover' | 'weighted' | 'latency' | 'geolocation', { home, standby }: ApplicationConfig) {
  switch (shape) {
    case 'failover':
      return {
        home: { Failover: 'PRIMARY' as const, HealthCheckId: PLAIN.home },
        standby: { Failover: 'SECONDARY' as const, HealthCheckId: PLAIN.standby },
      };
    case 'weighted':
      return { home: { Weight: 100 }, standby: { Weight: 0 } };
    case 'latency':
      return { home: { Region: regionOf(home) }, standby: { Region: regionOf(standby) } };
    case 'geolocation':
      return {
        home: { GeoLocation: { CountryCode: '*' } },
        standby: { GeoLocation: { CountryCode: 'US', SubdivisionCode: 'OR' } },
      };
  }
}

/** Route 53 lists the regions that it knows; the simulator refuses others. */
const regionOf = (region: string) => region as ResourceRecordSetRegion;

const plainCheck = (traffic: TrafficConfig, side: Side): HealthCheckConfig => ({
  Type: 'HTTPS',
  FullyQualifiedDomainName: traffic[side].target,
  ResourcePath: '/healthz',
  RequestInterval: 30,
  FailureThreshold: 3,
});

const several = ({ record, ttl_s }: TrafficConfig, home: string): Shaped => ({
  records: [
    {
      Name: record,
      Type: 'A',
      SetIdentifier: 'home',
      MultiValueAnswer: true,
      TTL: ttl_s,
      ResourceRecords: [{ Value: home }],
    },
  ],
});

const cname = ({ record, ttl_s, home }: TrafficConfig): ResourceRecordSet => ({
  Name: record,
  Type: 'CNAME',
  TTL: ttl_s,
  ResourceRecords: [{ Value: home.target }],
});

const alias = (traffic: TrafficConfig, side: Side, type: AddressType) => ({
  Name: traffic.record,
  Type: type,
  AliasTarget: {
    HostedZoneId: traffic[side].zoneId,
    DNSName: aliasName(traffic[side].target, type),
    EvaluateTargetHealth: false,
  },
});

/** What Muster's own strategies need; of `stop` also the inverted health check. */
function strategyShape(traffic: TrafficConfig, flagHost: string): Shaped {
  const types = addressTypes(traffic);
  if (traffic.strategy === 'record') return { records: types.map((type) => alias(traffic, 'home', type)) };
  const records = types.flatMap((type) => [
    {
      ...alias(traffic, 'home', type),
      SetIdentifier: 'home',
      Failover: 'PRIMARY' as const,
      HealthCheckId: traffic.healthCheckId,
    },
    { ...alias(traffic, 'standby', type), SetIdentifier: 'standby', Failover: 'SECONDARY' as const },
  ]);
  const check: HealthCheckConfig = {
    Type: 'HTTPS',
    FullyQualifiedDomainName: flagHost,
    ResourcePath: `/${traffic.flag.key}`,
    RequestInterval: traffic.interval_s,
    FailureThreshold: traffic.threshold,
    Inverted: true,
  };
  return { records, healthChecks: { [traffic.healthCheckId]: check } };
}
