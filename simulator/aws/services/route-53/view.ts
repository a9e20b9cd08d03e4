import type { Records, Zone } from './records.ts';

/** What answers are computed from: zones, health and addresses over time. */
export interface DnsView {
  readonly start_ms: number;
  zones(): Iterable<Zone>;
  checkHealthy(id: string, at_ms: number): boolean;
  /** Of an alias target outside the zone, for EvaluateTargetHealth. */
  targetHealthy(dnsName: string, at_ms: number): boolean;
  /** Addresses, at an instant, of names that AWS serves: load balancers. */
  external(dnsName: string, at_ms: number): readonly string[] | undefined;
  /** Every instant at which some answer may have changed, oldest first. */
  instants(): readonly number[];
  /** A number in [0, 1) that belongs to `name`. */
  draw(name: string): number;
}

/** Aliases of aliases are followed this far. */
export const MAX_DEPTH = 8;

/** One question to a zone's name servers. */
export interface Lookup {
  readonly view: DnsView;
  readonly zone: Zone;
  readonly records: Records;
  readonly at_ms: number;
  readonly salt: string;
}
