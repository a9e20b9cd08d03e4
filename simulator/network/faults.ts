/**
 * `hang`: nobody answers. `refuse`: ECONNREFUSED. `lose-answer`: the request had its effect, then ECONNRESET.
 */
export type HostFault = 'hang' | 'refuse' | 'lose-answer';

/** `hang`: nobody answers. `unavailable`: 503. `slow`: answers 5 to 20 s later. */
export type SlackFault = 'hang' | 'unavailable' | 'slow';

/** What a scenario breaks in the network, and mends. */
export class NetworkFaults {
  #slack: SlackFault | undefined;
  readonly #hosts = new Map<string, HostFault>();

  slack(): SlackFault | undefined {
    return this.#slack;
  }

  /** Undefined: Slack is up. */
  setSlack(fault: SlackFault | undefined): void {
    this.#slack = fault;
  }

  /** A host name, an address, or `*.example.com` for everything below. Undefined: mended. */
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
