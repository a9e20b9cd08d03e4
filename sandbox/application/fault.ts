import type { Random } from '../../simulator/random.ts';

/** The application answers so for a reason of its own, whatever its database does. */
export interface ApplicationFault {
  /** 500, 503. */
  readonly status: number;
  /** Of its requests, above 0 and at most 1; all of them unless told. */
  readonly share?: number;
}

export interface ApplicationFaults {
  set(region: string, fault: ApplicationFault | undefined): void;
  /** Of the requests of users, those that fail: 0 to 1. */
  shareOf(region: string): number;
  /** The status that the next request of a region gets; undefined: the fault spares it. */
  next(region: string): number | undefined;
  /** Whether a user's request at this instant fails, in a region of which this share fails. */
  hits(region: string, share: number, at_ms: number): boolean;
}

export function createFaults(random: Random): ApplicationFaults {
  const faults = new Map<string, ApplicationFault>();
  const draws = new Map<string, Random>();
  const drawsOf = (region: string): Random => {
    const known = draws.get(region) ?? random.split(`requests/${region}`);
    draws.set(region, known);
    return known;
  };
  const shareOf = (region: string): number => {
    const fault = faults.get(region);
    return fault === undefined ? 0 : (fault.share ?? 1);
  };
  return {
    set: (region, fault) => {
      const share = fault?.share ?? 1;
      if (!(share > 0 && share <= 1)) throw new Error(`${share} is no share of the requests: above 0, at most 1`);
      if (fault === undefined) faults.delete(region);
      else faults.set(region, fault);
    },
    shareOf,
    next: (region) => {
      const share = shareOf(region);
      // Nothing is drawn while nothing fails, so that worlds without faults draw as before.
      const fails = share >= 1 || (share > 0 && drawsOf(region).next() < share);
      return fails ? faults.get(region)?.status : undefined;
    },
    hits: (region, share, at_ms) => share > 0 && random.split(`users/${region}/${at_ms}`).next() < share,
  };
}
