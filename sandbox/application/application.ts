import type { Clock } from '../../simulator/clock.ts';
import type { Environment } from '../../simulator/environment.ts';
import type { Host } from '../../simulator/network/hosts.ts';
import type { Random } from '../../simulator/random.ts';
import type { WireRequest, WireResponse } from '../../simulator/wire.ts';
import { type ApplicationFault, type ApplicationFaults, createFaults } from './fault.ts';
import { createAddresses, EDGE, type FrontDoor } from './front-door.ts';

/**
 * The team's own application, in its two regions: what it answers is a pure function of which tasks run and which
 * database takes writes. What it answered over time is kept, so that the true downtime can be measured afterwards.
 */
interface ApplicationRegion {
  readonly region: string;
  /** Host name of the region's load balancer: `shop-use1.elb.us-east-1.amazonaws.com`. */
  readonly loadBalancer: string;
  /** The load balancer's one address: 198.51.100.x or 203.0.113.x (RFC 5737). */
  readonly address: string;
  /** And its one IPv6 address where it is dual-stack: in 2001:db8::/32 (RFC 3849). */
  readonly address6?: string;
  /** The hosted zone that AWS keeps for load balancers of the region; an alias names it. */
  readonly hostedZoneId: string;
}

interface ApplicationLinks {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly regions: readonly ApplicationRegion[];
  /** Tasks that run and whose target is healthy. */
  readonly servingTasks: (region: string) => number;
  /** What the region's load balancer answers by itself; undefined: it leads the request to the application. */
  readonly balancerAnswers: (region: string, request: AppRequest) => BalancerAnswer | undefined;
  /** Whether the database cluster in that region takes writes. */
  readonly acceptsWrites: (region: string) => boolean;
  /** Where the endpoint that the application in `region` writes to points; undefined: nowhere. */
  readonly writerEndpointRegion: (region: string) => string | undefined;
  /**
   * Where the cluster in that region, which takes no writes itself, passes on what is written to it; undefined: nowhere.
   * Left out: no cluster forwards writes.
   */
  readonly forwardsTo?: (region: string) => string | undefined;
  /** Fixed addresses unless told. */
  readonly frontDoor?: FrontDoor;
  /** Behind a CDN: the region that its edges send users to at an instant. */
  readonly originRegion?: (at_ms: number) => string | undefined;
  /** A header in which the application says which region answers; none unless told. */
  readonly regionHeader?: string;
}

export interface AppRequest {
  readonly method: string;
  readonly path: string;
  /** The name that was asked for; left out: the one that users resolve. */
  readonly host?: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A rule or the default action of a listener that answers instead of leading to the application. */
export interface BalancerAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export type WriteOutcome =
  | { readonly served: true; readonly region: string; readonly writer: string }
  | { readonly served: false; readonly region: string; readonly reason: RefusedWrite };

/**
 * `no-answer`: the connection hangs. `no-tasks`, `maintenance`: the load balancer itself answers. The others: the
 * application does; `application-fault` has nothing to do with its database.
 */
type RefusedWrite =
  | 'no-answer'
  | 'no-tasks'
  | 'maintenance'
  | 'application-fault'
  | 'no-writer-endpoint'
  | 'writer-unreachable'
  | 'read-only';

/**
 * Through which endpoint the application's tasks write: the global writer endpoint, their own region's cluster, or that
 * cluster with write forwarding, where a secondary passes what is written on to the primary.
 */
export type WritesThrough = 'global-endpoint' | 'own-cluster' | 'write-forwarding';
/** From an instant on: what becomes of a write, unless it is one of those that fail. */
interface Seen {
  readonly at_ms: number;
  readonly outcome: WriteOutcome;
  readonly failing: number;
}

export interface Application {
  readonly regions: readonly ApplicationRegion[];
  readonly frontDoor: FrontDoor;
  /** What the region's load balancer answers now; undefined: nobody answers. */
  respond(region: string, request: AppRequest): WireResponse | undefined;
  /** Where a user ends who connects to this address at an instant; undefined: nobody is there. */
  regionOf(address: string, at_ms: number): string | undefined;
  /** Every address that the region's load balancer has at some instant. */
  addressesOf(region: string): readonly string[];
  /** The load balancer, or the CDN's edge, at an address, for the network. */
  hostAt(address: string): Host | undefined;
  /** The load balancers' names at an instant, as Route 53 and resolvers know them. */
  awsName(dnsName: string, at_ms: number): { addresses: string[]; hostedZoneId: string; healthy: boolean } | undefined;
  /** The load balancer's own addresses, whatever stands in front of it. */
  originAddresses(dnsName: string): readonly string[] | undefined;
  /** What becomes of a write that reaches the region now, unless it is one of a share that fails. */
  write(region: string): WriteOutcome;
  /** From now on the application in `region` answers so; undefined: as it should. */
  fail(region: string, fault: ApplicationFault | undefined): void;
  /** The world changed: records what each region does with writes from now on. */
  touch(): void;
  /**
   * The rows that users were told are written, by the database that committed them: one for each millisecond in which
   * it served writes, numbered by that millisecond, as spans. Whichever region's tasks took them; spans may overlap.
   * When users' writes were served by the database in `writer`, whichever region's tasks took them; may overlap. Times in
   * which a share of them failed are in it.
   */
  servedBy(writer: string): readonly { readonly from_ms: number; readonly to_ms: number }[];
  /** What became of a write that reached the region at an instant, as `touch` saw it; undefined: before the first. */
  writeAt(region: string, at_ms: number): WriteOutcome | undefined;
}

export function createApplication(links: ApplicationLinks): Application {
  const { environment, clock, regions, frontDoor = { kind: 'fixed' } } = links;
  const faults = createFaults(links.random.split('application-faults'));
  const addresses = createAddresses(frontDoor, regions);
  const history = new Map<string, Seen[]>(regions.map(({ region }) => [region, []]));
  const write = (region: string): WriteOutcome => writeOutcome(links, faults, region, {});
  const respondIn = (region: string, request: AppRequest) => respond(links, faults, region, request);
  const originOf = (at_ms: number): string | undefined => links.originRegion?.(at_ms);
  const touch = (): void => {
    for (const [region, entries] of history) {
      const seen = { outcome: write(region), failing: faults.shareOf(region) };
      const last = entries.at(-1);
      if (last?.failing === seen.failing && JSON.stringify(last.outcome) === JSON.stringify(seen.outcome)) continue;
      entries.push({ at_ms: clock.now_ms(), ...seen });
    }
  };
  const edge: Host = {
    region: EDGE,
    respond: (request) => {
      const asked = appRequest(request);
      const named = regions.find((one) => one.loadBalancer === asked.host)?.region;
      const region = named ?? originOf(clock.now_ms());
      // An origin that does not answer is the edge's own error (CloudFront Developer Guide, "HTTP 504 status code").
      return (region && respondIn(region, asked)) || answer(504, 'text/html', '<h1>504 Gateway Timeout</h1>');
    },
  };
  return {
    regions,
    frontDoor,
    respond: respondIn,
    regionOf: (address, at_ms) => {
      const owner = addresses.ownerOf(address);
      return owner === EDGE ? originOf(at_ms) : owner;
    },
    addressesOf: (region) => addresses.all(region),
    hostAt: (address) => {
      const owner = addresses.ownerOf(address);
      if (owner === undefined) return undefined;
      if (owner === EDGE) return edge;
      return { region: owner, respond: (request) => respondIn(owner, appRequest(request)) };
    },
    awsName: (dnsName, at_ms) => {
      const found = regions.find((one) => one.loadBalancer === dnsName);
      if (found === undefined) return undefined;
      const healthy = environment.regionServes(found.region) && links.servingTasks(found.region) > 0;
      return { addresses: [...addresses.at(found.region, at_ms)], hostedZoneId: found.hostedZoneId, healthy };
    },
    originAddresses: (dnsName) => {
      const found = regions.find((one) => one.loadBalancer === dnsName);
      return found && [found.address, ...(found.address6 === undefined ? [] : [found.address6])];
    },
    write,
    fail: (region, fault) => {
      faults.set(region, fault);
      touch();
    },
    touch,
    servedBy: (writer) =>
      [...history.values()].flatMap((entries) =>
        entries.flatMap(({ at_ms, outcome }, index) =>
          outcome.served && outcome.writer === writer
            ? [{ from_ms: at_ms, to_ms: entries[index + 1]?.at_ms ?? clock.now_ms() }]
            : [],
        ),
      ),
    writeAt: (region, at_ms) => {
      const seen = history.get(region)?.findLast((entry) => entry.at_ms <= at_ms);
      const fails = seen?.outcome.served === true && faults.hits(region, seen.failing, at_ms);
      return fails ? { served: false, region, reason: 'application-fault' } : seen?.outcome;
    },
  };
}

function appRequest({ method, url, headers }: WireRequest): AppRequest {
  const host = (headers['host'] ?? url.host).replace(/:\d+$/, '').toLowerCase();
  return { method, path: url.pathname, host, headers };
}

function writeOutcome(
  links: ApplicationLinks,
  faults: ApplicationFaults,
  region: string,
  request: Partial<AppRequest>,
): WriteOutcome {
  const refused = (reason: RefusedWrite): WriteOutcome => ({ served: false, region, reason });
  if (!links.environment.regionServes(region)) return refused('no-answer');
  if (links.balancerAnswers(region, { ...USERS_WRITE, ...request }) !== undefined) return refused('maintenance');
  if (links.servingTasks(region) < 1) return refused('no-tasks');
  if (faults.shareOf(region) >= 1) return refused('application-fault');
  const writer = links.writerEndpointRegion(region);
  if (writer === undefined) return refused('no-writer-endpoint');
  if (!links.environment.regionServes(writer)) return refused('writer-unreachable');
  const committedIn = links.acceptsWrites(writer) ? writer : links.forwardsTo?.(writer);
  return committedIn === undefined ? refused('read-only') : { served: true, region, writer: committedIn };
}

/** What users send; who checks whether writes are taken sends the same. */
const USERS_WRITE: AppRequest = { method: 'POST', path: '/muster/check-write' };

function respond(
  links: ApplicationLinks,
  faults: ApplicationFaults,
  region: string,
  request: AppRequest,
): WireResponse | undefined {
  if (!links.environment.regionServes(region)) return undefined;
  const own = links.balancerAnswers(region, request);
  if (own !== undefined) return answer(own.status, own.contentType, own.body);
  // A load balancer without a healthy target answers itself (Elastic Load Balancing, "HTTP 503: Service unavailable").
  if (links.servingTasks(region) < 1) {
    return answer(503, 'text/html', '<html><h1>503 Service Temporarily Unavailable</h1></html>');
  }
  const said = says(links, faults, region, request);
  const { regionHeader } = links;
  if (regionHeader === undefined) return said;
  return { ...said, headers: { ...said.headers, [regionHeader.toLowerCase()]: region } };
}

/** What the application itself says. */
function says(links: ApplicationLinks, faults: ApplicationFaults, region: string, request: AppRequest): WireResponse {
  const at = new Date(links.clock.now_ms()).toISOString();
  const fault = faults.next(region);
  if (fault !== undefined) return json(fault, { region, reason: 'application-fault', at });
  switch (`${request.method} ${request.path}`) {
    case 'GET /':
      return answer(200, 'text/html', `<html><h1>Shop</h1><p>Served from ${region}</p></html>`);
    case 'GET /healthz':
      return json(200, { status: 'ok', region, at });
    case 'POST /muster/check-write': {
      const outcome = writeOutcome(links, faults, region, request);
      return outcome.served
        ? json(200, { region, writer: outcome.writer, at })
        : json(503, { region, reason: outcome.reason, at });
    }
    default:
      return json(404, { error: 'not found' });
  }
}

function json(status: number, body: object): WireResponse {
  return answer(status, 'application/json', JSON.stringify(body));
}

function answer(status: number, type: string, text: string): WireResponse {
  const body = new TextEncoder().encode(text);
  return { status, headers: { 'content-type': type, 'content-length': String(body.byteLength) }, body };
}
