import type { ProbeTarget } from '../aws/services/route-53/links.ts';
import { addressOfHost, isAwsHost } from '../aws/wire/address.ts';
import type { Clock } from '../clock.ts';
import type { Environment } from '../environment.ts';
import type { Random } from '../random.ts';
import {
  type Caller,
  type DnsAnswer,
  type Network,
  NetworkFailure,
  type WireRequest,
  type WireResponse,
} from '../wire.ts';
import type { Dns } from './dns.ts';
import { NetworkFaults } from './faults.ts';
import type { Handler, Host } from './hosts.ts';

interface NetworkLinks {
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Environment;
  readonly aws: Handler;
  readonly slack?: Handler;
  /** Lambda function URLs other than those that `hosts` knows. */
  readonly functionUrls?: Handler;
  /** Hosts known by their name: the flag endpoint. */
  readonly hosts: (name: string) => Host | undefined;
  /** Hosts known by their address: load balancers. */
  readonly addresses: (address: string) => Host | undefined;
  readonly dns: Dns;
}

export interface SimulatedNetwork extends Network {
  readonly faults: NetworkFaults;
  /** What a GET is answered right now, for health checkers; undefined: no answer. */
  probe(target: ProbeTarget): number | undefined;
}

/** Where a request goes: to a region (undefined: Slack, which is in none), and what happens when it gets there. */
interface Destination {
  readonly region: string | undefined;
  /** Also gets requests to a lost region, to record them; its answers are dropped. */
  readonly witness?: true;
  readonly arrive: (request: WireRequest, caller: Caller) => Promise<WireResponse>;
}

const FUNCTION_URL = /^[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws$/;
const ADDRESS = /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\])$/;

/** Slack's API and the hosts of its response URLs and webhooks. */
function isSlackHost(name: string): boolean {
  return name === 'slack.com' || name.endsWith('.slack.com');
}

/** Names that every resolver knows although no hosted zone has them. */
export function isServiceHost(name: string): boolean {
  return isAwsHost(name) || isSlackHost(name) || FUNCTION_URL.test(name);
}

export function createNetwork(links: NetworkLinks): SimulatedNetwork {
  const { clock, environment, dns } = links;
  const faults = new NetworkFaults();
  const random = links.random.split('network');
  const serves = (region: string | undefined) => region === undefined || environment.regionServes(region);
  const travel = (low_ms: number, high_ms: number) => clock.sleep(random.between(low_ms, high_ms));

  const send = async (request: WireRequest, caller: Caller): Promise<WireResponse> => {
    const name = request.url.hostname.toLowerCase();
    await travel(1, 8);
    if (!serves(caller.region)) return never();
    const fault = faults.host(name);
    if (fault === 'not-found') throw notFound(name);
    if (fault === 'servfail') throw serverFailed(name, 'EAI_AGAIN');
    const destination = route(links, faults, name, caller);
    if (fault === 'refuse') throw new NetworkFailure('ECONNREFUSED', `connect ECONNREFUSED ${name}`);
    if (fault === 'hang' || request.signal?.aborted === true) return never();
    if (!serves(destination.region)) {
      if (destination.witness === true) void destination.arrive(request, caller);
      return never();
    }
    const response = await destination.arrive(request, caller);
    if (fault === 'lose-answer') throw new NetworkFailure('ECONNRESET', 'socket hang up');
    await travel(1, 8);
    // If one of the two regions was lost meanwhile, the answer does not arrive.
    return serves(destination.region) && serves(caller.region) ? response : never();
  };
  const resolve = async (
    name: string,
    type: 'A' | 'AAAA',
    server: string | undefined,
    caller: Caller,
  ): Promise<DnsAnswer> => {
    await travel(1, 20);
    if (!serves(caller.region) || (server !== undefined && faults.host(server) === 'hang')) return never();
    const fault = faults.host(name);
    if (fault === 'not-found') throw notFound(name);
    if (fault === 'servfail') throw serverFailed(name, 'ESERVFAIL');
    const answer = dns.ask(name, type, server, caller);
    if (answer === 'no-server') return never();
    if (answer === 'not-found') throw notFound(name);
    return answer;
  };
  return { faults, send, resolve, probe: (target) => probe(links, faults, target) };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function notFound(name: string): NetworkFailure {
  return new NetworkFailure('ENOTFOUND', `getaddrinfo ENOTFOUND ${name}`);
}

/** As c-ares says it; getaddrinfo calls it EAI_AGAIN. */
function serverFailed(name: string, code: 'ESERVFAIL' | 'EAI_AGAIN'): NetworkFailure {
  return new NetworkFailure(code, `getaddrinfo ${code} ${name}`);
}

function route(links: NetworkLinks, faults: NetworkFaults, name: string, caller: Caller): Destination {
  const host = links.hosts(name);
  if (host !== undefined) return toHost(host);
  if (isAwsHost(name)) {
    // A global service (`route53.amazonaws.com`) belongs to no single region: the endpoint's fault rules decide.
    const address = addressOfHost(name);
    const region = address !== undefined && name.includes(address.region) ? address.region : undefined;
    return { region, witness: true, arrive: (r, c) => links.aws.handle(r, c) };
  }
  const { slack, functionUrls } = links;
  if (isSlackHost(name) && slack !== undefined) {
    return { region: undefined, arrive: (r, c) => slack.handle(r, c) };
  }
  const functionRegion = FUNCTION_URL.exec(name)?.[1];
  if (functionRegion !== undefined && functionUrls !== undefined) {
    return { region: functionRegion, arrive: (r, c) => functionUrls.handle(r, c) };
  }
  if (isServiceHost(name)) throw notFound(name);
  return toAddress(links, faults, name, caller);
}

function toHost(host: Host): Destination {
  return {
    region: host.region,
    arrive: (request) => {
      const response = host.respond(request);
      return response === undefined ? never() : Promise.resolve(response);
    },
  };
}

/** By name through the caller's resolver, as any program does. An address without a host never answers. */
function toAddress(links: NetworkLinks, faults: NetworkFaults, name: string, caller: Caller): Destination {
  const literal = ADDRESS.test(name) ? name.replace(/[[\]]/g, '') : undefined;
  const answer = literal === undefined ? links.dns.ask(name, 'A', undefined, caller) : undefined;
  const address = literal ?? (typeof answer === 'object' ? answer.addresses[0] : undefined);
  if (address === undefined) throw notFound(name);
  const fault = faults.host(address);
  if (fault === 'refuse') throw new NetworkFailure('ECONNREFUSED', `connect ECONNREFUSED ${address}`);
  const host = fault === 'hang' ? undefined : links.addresses(address);
  return host === undefined ? { region: undefined, arrive: never } : toHost(host);
}

/** Without time passing: only hosts that answer at once can be probed. */
function probe(links: NetworkLinks, faults: NetworkFaults, { url, address }: ProbeTarget): number | undefined {
  const name = url.hostname.toLowerCase();
  if (faults.host(name) !== undefined) return undefined;
  const named = links.hosts(name);
  if (named === undefined && address === undefined && isServiceHost(name)) {
    throw new Error(`A health check of ${name} cannot be simulated: its answer takes time.`);
  }
  const reached = address ?? (ADDRESS.test(name) ? name : links.dns.lookup(name));
  const byAddress = reached === undefined || faults.host(reached) !== undefined ? undefined : links.addresses(reached);
  const host = named ?? byAddress;
  if (host === undefined || !links.environment.regionServes(host.region)) return undefined;
  const request = {
    method: 'GET',
    url,
    headers: { host: name, 'user-agent': 'Amazon-Route53-Health-Check-Service' },
    body: new Uint8Array(),
  };
  return host.respond(request)?.status;
}
