import { openPort, type Port } from '../../simulator/aws/port.ts';
import { scopeOf } from '../../simulator/aws/wire/address.ts';
import { type DnsPort, openDnsPort } from '../../simulator/network/dns-port.ts';
import type { Caller, WireRequest } from '../../simulator/wire.ts';
import { type ApplicationPort, openApplicationPort } from '../application/port.ts';
import type { World } from '../world/world.ts';
import { controlPort } from './control.ts';
import { requestUrlPort, slackPort } from './forward.ts';

export interface PortNumbers {
  readonly aws: number;
  readonly slack: number;
  readonly requestUrl: number;
  readonly control: number;
  /** UDP: a public resolver with its cache, and the zone's own name servers. */
  readonly dns: number;
  readonly nameServer: number;
  readonly applications: Readonly<Record<string, { readonly home: number; readonly standby: number }>>;
}

export interface OpenPorts {
  readonly ports: PortNumbers;
  close(): Promise<void>;
}

/** A port that another program has, or that this user may not open. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
  readonly port: number;
  constructor(port: number, cause: unknown) {
    super(`port ${port} on 127.0.0.1 cannot be had`, { cause });
    this.port = port;
  }
}

/** The resolver whose answers the DNS port gives; `muster.yaml` names it too. */
const RESOLVER = '1.1.1.1';
/** Where the applications' ports begin, counted from the first port; two for each. */
const APPLICATIONS = 10;

interface PortOptions {
  readonly world: World;
  readonly speed: number;
  /** The first port; 0: any that are free. */
  readonly portBase: number;
}

/** Opens the world to any client, on 127.0.0.1 only. Throws PortTaken, with nothing left open. */
export async function openPorts(options: PortOptions): Promise<OpenPorts> {
  const { world, speed, portBase } = options;
  const opened: { close(): Promise<void> }[] = [];
  const open = async <T extends { close(): Promise<void> }>(
    nth: number,
    make: (port: number) => Promise<T>,
  ): Promise<T> => {
    const port = portBase === 0 ? 0 : portBase + nth;
    try {
      const made = await make(port);
      opened.push(made);
      return made;
    } catch (error) {
      throw isTaken(error) ? new PortTaken(port, error) : error;
    }
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((one) => one.close()));
  };
  try {
    return { ports: await openAll(world, speed, open), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Open = <T extends { close(): Promise<void> }>(nth: number, make: (port: number) => Promise<T>) => Promise<T>;

async function openAll(world: World, speed: number, open: Open): Promise<PortNumbers> {
  const { network, endpoint, deployment, route53, clock } = world;
  const http = (nth: number, handle: Parameters<typeof openPort>[0]['handle']): Promise<Port> =>
    open(nth, (port) => openPort({ port, handle, callerOf }));
  const dns = (nth: number, authoritative: boolean): Promise<DnsPort> =>
    open(nth, (port) => {
      const answer = (name: string, type: string) =>
        authoritative
          ? route53.authoritativeAnswer(name, type, clock.now_ms())
          : route53.resolverAnswer(RESOLVER, name, type, clock.now_ms());
      return openDnsPort({ port, authoritative, answer });
    });
  const aws = await http(0, endpoint.handle);
  const slack = await http(1, slackPort(network));
  const requestUrl = await http(2, requestUrlPort(network, deployment.requestUrl));
  const resolver = await dns(3, false);
  const nameServer = await dns(4, true);
  const control = await http(5, controlPort(world, speed));
  const applications: Record<string, { home: number; standby: number }> = {};
  for (const [index, { name, config, application }] of world.applications.entries()) {
    const side = (nth: number, region: string): Promise<ApplicationPort> =>
      open(APPLICATIONS + 2 * index + nth, (port) => openApplicationPort(application, region, port));
    const home = await side(0, config.home);
    const standby = await side(1, config.standby);
    applications[name] = { home: home.port, standby: standby.port };
  }
  return {
    aws: aws.port,
    slack: slack.port,
    requestUrl: requestUrl.port,
    control: control.port,
    dns: resolver.port,
    nameServer: nameServer.port,
    applications,
  };
}

/** A caller through a port is a person at a keyboard, in no region, known by the access key only. */
function callerOf(request: WireRequest): Caller {
  return { name: `person:${scopeOf(request)?.accessKeyId ?? 'unsigned'}`, region: undefined };
}

/** In use, or not allowed (a port below 1024). */
function isTaken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EADDRINUSE' || code === 'EACCES';
}
