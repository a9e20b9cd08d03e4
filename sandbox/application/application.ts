import type { Clock } from '../../simulator/clock.ts';
import type { Environment } from '../../simulator/environment.ts';
import type { Host } from '../../simulator/network/hosts.ts';
import type { WireResponse } from '../../simulator/wire.ts';

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
  readonly regions: readonly ApplicationRegion[];
  /** Tasks that run and whose target is healthy. */
  readonly servingTasks: (region: string) => number;
  /** Whether the region's load balancer leads users to the application, and not to a page that says to wait. */
  readonly leadsUsersHere: (region: string) => boolean;
  /** Whether the database cluster in that region takes writes. */
  readonly acceptsWrites: (region: string) => boolean;
  /** Where the endpoint that the application in `region` writes to points; undefined: nowhere. */
  readonly writerEndpointRegion: (region: string) => string | undefined;
}

interface AppRequest {
  readonly method: string;
  readonly path: string;
}

export type WriteOutcome =
  | { readonly served: true; readonly region: string; readonly writer: string }
  | { readonly served: false; readonly region: string; readonly reason: RefusedWrite };

/**
 * `no-answer`: the connection hangs. `no-tasks`, `maintenance`: the load balancer itself answers 503. The others: the
 * application does.
 */
type RefusedWrite =
  | 'no-answer'
  | 'no-tasks'
  | 'maintenance'
  | 'no-writer-endpoint'
  | 'writer-unreachable'
  | 'read-only';

export interface Application {
  readonly regions: readonly ApplicationRegion[];
  /** What the region's load balancer answers now; undefined: nobody answers. */
  respond(region: string, request: AppRequest): WireResponse | undefined;
  at(address: string): ApplicationRegion | undefined;
  /** The load balancer at an address, for the network. */
  hostAt(address: string): Host | undefined;
  /** The load balancers' names, as Route 53 and resolvers know them. */
  awsName(dnsName: string): { addresses: string[]; hostedZoneId: string; healthy: boolean } | undefined;
  /** What becomes of a write that reaches the region now. */
  write(region: string): WriteOutcome;
  /** The world changed: records what each region does with writes from now on. */
  touch(): void;
  /** When users' writes were served by the database in `writer`, whichever region's tasks took them; may overlap. */
  servedBy(writer: string): readonly { readonly from_ms: number; readonly to_ms: number }[];
  /** What became of a write that reached the region at an instant, as `touch` saw it; undefined: before the first. */
  writeAt(region: string, at_ms: number): WriteOutcome | undefined;
}

export function createApplication(links: ApplicationLinks): Application {
  const { environment, clock, regions } = links;
  const history = new Map<string, { readonly at_ms: number; readonly outcome: WriteOutcome }[]>(
    regions.map(({ region }) => [region, []]),
  );
  const at = (address: string) => regions.find((one) => one.address === address || one.address6 === address);
  const write = (region: string) => writeOutcome(links, region);
  return {
    regions,
    respond: (region, request) => respond(links, region, request),
    at,
    hostAt: (address) => {
      const region = at(address)?.region;
      return region === undefined ? undefined : hostOf(links, region);
    },
    awsName: (dnsName) => {
      const found = regions.find((one) => one.loadBalancer === dnsName);
      if (found === undefined) return undefined;
      const healthy = environment.regionServes(found.region) && links.servingTasks(found.region) > 0;
      const addresses = [found.address, ...(found.address6 === undefined ? [] : [found.address6])];
      return { addresses, hostedZoneId: found.hostedZoneId, healthy };
    },
    write,
    touch: () => {
      for (const [region, entries] of history) {
        const outcome = write(region);
        if (JSON.stringify(entries.at(-1)?.outcome) === JSON.stringify(outcome)) continue;
        entries.push({ at_ms: clock.now_ms(), outcome });
      }
    },
    servedBy: (writer) =>
      [...history.values()].flatMap((entries) =>
        entries.flatMap(({ at_ms, outcome }, index) =>
          outcome.served && outcome.writer === writer
            ? [{ from_ms: at_ms, to_ms: entries[index + 1]?.at_ms ?? clock.now_ms() }]
            : [],
        ),
      ),
    writeAt: (region, at_ms) => history.get(region)?.findLast((entry) => entry.at_ms <= at_ms)?.outcome,
  };
}

function hostOf(links: ApplicationLinks, region: string): Host {
  return {
    region,
    respond: (request) => respond(links, region, { method: request.method, path: request.url.pathname }),
  };
}

function writeOutcome(links: ApplicationLinks, region: string): WriteOutcome {
  const refused = (reason: RefusedWrite): WriteOutcome => ({ served: false, region, reason });
  if (!links.environment.regionServes(region)) return refused('no-answer');
  if (links.servingTasks(region) < 1) return refused('no-tasks');
  if (!links.leadsUsersHere(region)) return refused('maintenance');
  const writer = links.writerEndpointRegion(region);
  if (writer === undefined) return refused('no-writer-endpoint');
  if (!links.environment.regionServes(writer)) return refused('writer-unreachable');
  return links.acceptsWrites(writer) ? { served: true, region, writer } : refused('read-only');
}

function respond(links: ApplicationLinks, region: string, { method, path }: AppRequest): WireResponse | undefined {
  const outcome = writeOutcome(links, region);
  if (!outcome.served && outcome.reason === 'no-answer') return undefined;
  // A load balancer without a healthy target answers itself (Elastic Load Balancing, "HTTP 503: Service unavailable").
  if (!outcome.served && outcome.reason === 'no-tasks') {
    return answer(503, 'text/html', '<html><h1>503 Service Temporarily Unavailable</h1></html>');
  }
  if (!outcome.served && outcome.reason === 'maintenance') return answer(503, 'text/html', '<h1>Back soon</h1>');
  const at = new Date(links.clock.now_ms()).toISOString();
  switch (`${method} ${path}`) {
    case 'GET /':
      return answer(200, 'text/html', `<html><h1>Shop</h1><p>Served from ${region}</p></html>`);
    case 'GET /healthz':
      return json(200, { status: 'ok', region, at });
    case 'POST /muster/check-write':
      return outcome.served
        ? json(200, { region, writer: outcome.writer, at })
        : json(503, { region, reason: outcome.reason, at });
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
