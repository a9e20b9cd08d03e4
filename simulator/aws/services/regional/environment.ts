import type { Environment } from '../../service.ts';

/**
 * Also tells when a region stops or begins to serve, so that services pause and resume what is under way at that very
 * instant instead of asking again and again.
 */
export interface WatchableEnvironment extends Environment {
  /** Calls `listener` after `regionServes(region)` changed. */
  onRegionChange(listener: (region: string) => void): void;
}
