import { addressOfHost, isAwsHost } from '../aws/wire/address.ts';

/**
 * `hang`: nobody answers. `refuse`: ECONNREFUSED. `lose-answer`: the request had its effect, then ECONNRESET. `not-found`,
 * `servfail`: DNS says that there is no such name, or fails itself; what runs behind the name is well.
 */
type HostFault = 'hang' | 'refuse' | 'lose-answer' | NameFault;
type NameFault = 'not-found' | 'servfail';

/** Names of a region's API endpoints that do not resolve. */
interface RegionNames {
  readonly fault: NameFault;
  /** Signing names: `dynamodb`, `ecs`. Undefined: every one. */
  readonly services: readonly string[] | undefined;
}

/** What a scenario breaks in the network, and fixes. */
export class NetworkFaults {
  readonly #hosts = new Map<string, HostFault>();
  readonly #regions = new Map<string, RegionNames>();

  /** A host name, an address, or `*.example.com` for everything below. Undefined: fixed. */
  setHost(pattern: string, fault: HostFault | undefined): void {
    if (fault === undefined) this.#hosts.delete(pattern);
    else this.#hosts.set(pattern, fault);
  }

  /**
   * The names of a region's API endpoints, of all services or of some, do not resolve, as in October 2025, when an empty
   * record answered for `dynamodb.us-east-1.amazonaws.com` (aws.amazon.com/message/101925). Load balancers and function URLs
   * have other names; global endpoints (`route53.amazonaws.com`) belong to no region. Undefined: fixed.
   */
  setRegionNames(region: string, fault: NameFault | undefined, services?: readonly string[]): void {
    if (fault === undefined) this.#regions.delete(region);
    else this.#regions.set(region, { fault, services });
  }

  host(name: string): HostFault | undefined {
    const exact = this.#hosts.get(name);
    if (exact !== undefined) return exact;
    for (const [pattern, fault] of this.#hosts) {
      if (pattern.startsWith('*.') && name.endsWith(pattern.slice(1))) return fault;
    }
    return this.#regional(name);
  }

  #regional(name: string): NameFault | undefined {
    if (this.#regions.size === 0 || !isAwsHost(name)) return undefined;
    const address = addressOfHost(name);
    const names = address && name.includes(address.region) ? this.#regions.get(address.region) : undefined;
    if (address === undefined || names === undefined) return undefined;
    return names.services === undefined || names.services.includes(address.signingName) ? names.fault : undefined;
  }
}
