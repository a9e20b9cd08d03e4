/**
 * `hang`: nobody answers. `refuse`: ECONNREFUSED. `lose-answer`: the request had its effect, then ECONNRESET.
 */
type HostFault = 'hang' | 'refuse' | 'lose-answer';

/** What a scenario breaks in the network, and fixes. */
export class NetworkFaults {
  readonly #hosts = new Map<string, HostFault>();

  /** A host name, an address, or `*.example.com` for everything below. Undefined: fixed. */
  setHost(pattern: string, fault: HostFault | undefined): void {
    if (fault === undefined) this.#hosts.delete(pattern);
    else this.#hosts.set(pattern, fault);
  }

  host(name: string): HostFault | undefined {
    const exact = this.#hosts.get(name);
    if (exact !== undefined) return exact;
    for (const [pattern, fault] of this.#hosts) {
      if (pattern.startsWith('*.') && name.endsWith(pattern.slice(1))) return fault;
    }
    return undefined;
  }
}
