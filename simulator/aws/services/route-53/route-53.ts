import * as schemas from '@aws-sdk/client-route-53';
import type { Operation, Service } from '../../service.ts';
import {
  type Answer,
  authoritativeAnswer,
  type CachedAnswer,
  type FirstAnswer,
  firstAnswered,
  resolverAnswer,
} from './answers.ts';
import { checkOperations } from './check-operations.ts';
import { Checks } from './checks.ts';
import { type AwsName, createThrottle, Propagation, type Route53Links } from './links.ts';
import { fqdn } from './names.ts';
import { zoneOperations } from './operations.ts';
import type { NameServer, Zone } from './records.ts';
import { TargetHealth } from './target-health.ts';
import type { DnsView } from './view.ts';
import { type ZoneSeed, Zones } from './zones.ts';

export interface Route53 {
  readonly service: Service;
  readonly view: DnsView;
  seedZone(seed: ZoneSeed): Zone;
  /** A check that has been probing for long; its id. */
  seedHealthCheck(config: schemas.HealthCheckConfig, id?: string): string;
  /** The world changed (a flag, a region, the application): endpoints are looked at again, stalled changes go on. */
  touch(): void;
  hasCheck(healthCheckId: string): boolean;
  healthy(healthCheckId: string, at_ms: number): boolean;
  nameServers(): readonly NameServer[];
  /** `from`: who asks, as a resolver is named; left out: nobody in particular. */
  authoritativeAnswer(name: string, type: string, at_ms: number, from?: string): Answer;
  resolverAnswer(resolver: string, name: string, type: string, at_ms: number): CachedAnswer;
  firstAnswered(resolver: string | undefined, wanted: FirstAnswer): number | undefined;
}

/** Route 53: the control plane's operations in us-east-1, and the data plane as pure functions of its history. */
export function createRoute53(links: Route53Links): Route53 {
  const { clock, random } = links;
  const propagation = new Propagation(links);
  const checks = new Checks(links, propagation);
  const zones = new Zones(links, propagation);
  const awsName = (name: string, at_ms = clock.now_ms()): AwsName | undefined => {
    const bare = fqdn(name).slice(0, -1);
    return links.awsName(bare.replace(/^dualstack\./, ''), at_ms);
  };
  const targets = new TargetHealth((name) => awsName(name)?.healthy ?? true);
  const view = createView(links, { zones, checks, targets, awsName });
  const rules = {
    aliasZoneOf: (name: string) => awsName(name)?.hostedZoneId,
    healthCheckExists: (id: string) => checks.find(id) !== undefined,
  };
  const touch = (): void => {
    propagation.resume();
    targets.observe(zones.all(), clock.now_ms());
    checks.observeAll();
  };
  zones.onPublish = touch;
  const throttle = createThrottle(clock);
  const operations: Record<string, Operation> = {
    ...zoneOperations(zones, rules, view, () => clock.now_ms()),
    ...checkOperations(checks, () => clock.now_ms()),
  };
  return {
    service: {
      id: 'route-53',
      schemas,
      operations: mapValues(operations, (operation) => throttled(throttle, operation)),
    },
    view,
    seedZone: (seed) => {
      const zone = zones.seed(seed);
      touch();
      return zone;
    },
    seedHealthCheck: (config, id) => checks.add(random.uuid(), config, true, id).id,
    touch,
    hasCheck: (id) => checks.find(id) !== undefined,
    healthy: (id, at_ms) => checks.healthy(id, at_ms),
    nameServers: () => zones.all().flatMap((zone) => (zone.isPrivate ? [] : zone.nameServers)),
    authoritativeAnswer: (name, type, at_ms, from) => authoritativeAnswer(view, name, type, at_ms, from),
    resolverAnswer: (resolver, name, type, at_ms) => resolverAnswer(view, resolver, name, type, at_ms),
    firstAnswered: (resolver, wanted) => firstAnswered(view, resolver, wanted),
  };
}

interface Parts {
  readonly zones: Zones;
  readonly checks: Checks;
  readonly targets: TargetHealth;
  readonly awsName: (name: string, at_ms: number) => AwsName | undefined;
}

function createView({ clock, random }: Route53Links, { zones, checks, targets, awsName }: Parts): DnsView {
  return {
    start_ms: clock.now_ms(),
    zones: () => zones.all(),
    checkHealthy: (id, at_ms) => checks.healthy(id, at_ms),
    targetHealthy: (name, at_ms) => targets.healthy(name, at_ms),
    external: (name, at_ms) => awsName(name, at_ms)?.addresses ?? nameServerAddress(zones, name),
    instants: () => {
      const published = zones.all().flatMap((zone) => zone.published.map((entry) => entry.at_ms));
      return [...new Set([...published, ...checks.instants(), ...targets.instants()])].sort((a, b) => a - b);
    },
    draw: (name) => random.split(`draw/${name}`).next(),
  };
}

function nameServerAddress(zones: Zones, name: string): readonly string[] | undefined {
  const servers = zones.all().flatMap((zone) => zone.nameServers);
  const server = servers.find((one) => fqdn(one.name) === name);
  return server && [server.address];
}

function throttled(throttle: () => void, operation: Operation): Operation {
  return (input, call) => {
    throttle();
    return operation(input, call);
  };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
