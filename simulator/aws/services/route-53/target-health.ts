import { fqdn } from './names.ts';
import type { Zone } from './records.ts';

/** The health of alias targets over time, for records that evaluate it. Recorded when the world changes. */
export class TargetHealth {
  readonly #healthyNow: (dnsName: string) => boolean;
  readonly #history = new Map<string, { readonly at_ms: number; readonly healthy: boolean }[]>();

  constructor(healthyNow: (dnsName: string) => boolean) {
    this.#healthyNow = healthyNow;
  }

  observe(zones: readonly Zone[], at_ms: number): void {
    const records = zones.flatMap((zone) => [...zone.records.values()]);
    for (const { AliasTarget: alias } of records) {
      if (alias?.EvaluateTargetHealth !== true) continue;
      const name = fqdn(alias.DNSName ?? '');
      const history = this.#history.get(name) ?? [];
      this.#history.set(name, history);
      const healthy = this.#healthyNow(name);
      if (history.at(-1)?.healthy !== healthy) history.push({ at_ms, healthy });
    }
  }

  healthy(name: string, at_ms: number): boolean {
    const known = this.#history.get(name)?.filter((entry) => entry.at_ms <= at_ms);
    return known?.at(-1)?.healthy ?? true;
  }

  instants(): number[] {
    return [...this.#history.values()].flat().map((entry) => entry.at_ms);
  }
}
