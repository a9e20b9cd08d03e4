import { openPort, type Port } from '../../simulator/aws/port.ts';
import { scopeOf } from '../../simulator/aws/wire/address.ts';
import { type DnsPort, openDnsPort } from '../../simulator/network/dns-port.ts';
import type { Caller, WireRequest } from '../../simulator/wire.ts';
import { type ApplicationPort, openApplicationPort } from '../application/port.ts';
import type { World } from '../world/world.ts';
import { controlDoor } from './control.ts';
import { requestUrlDoor, slackDoor } from './forward.ts';

export interface DoorPorts {
  readonly aws: number;
  readonly slack: number;
  readonly requestUrl: number;
  readonly control: number;
  /** UDP: a public resolver with its cache, and the zone's own name servers. */
  readonly dns: number;
  readonly nameServer: number;
  readonly applications: Readonly<Record<string, { readonly home: number; readonly standby: number }>>;
}

export interface Doors {
  readonly ports: DoorPorts;
  close(): Promise<void>;
}

/** A port that somebody else has. */
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

interface DoorOptions {
  readonly world: World;
  readonly speed: number;
  /** The first port; 0: any that are free. */
  readonly portBase: number;
}

/** Opens the world to clients that nobody here wrote, on 127.0.0.1 alone. Throws PortTaken, with nothing left open. */
export async function openDoors(options: DoorOptions): Promise<Doors> {
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

async function openAll(world: World, speed: number, open: Open): Promise<DoorPorts> {
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
  const slack = await http(1, slackDoor(network));
  const requestUrl = await http(2, requestUrlDoor(network, deployment.requestUrl));
  const resolver = await dns(3, false);
  const nameServer = await dns(4, true);
  const control = await http(5, controlDoor(world, speed));
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

/** Whoever comes through a port is a person at a keyboard, in no region; the access key is all that is known. */
function callerOf(request: WireRequest): Caller {
  return { name: `person:${scopeOf(request)?.accessKeyId ?? 'unsigned'}`, region: undefined };
}

/** Taken, or not for us to have (a port below 1024). */
function isTaken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EADDRINUSE' || code === 'EACCES';
}
