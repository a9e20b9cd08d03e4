import type { Random } from './random.ts';

/** What a service asks of its surroundings: which regions serve, how long things take. Only scenarios change it. */
export interface Environment {
  /** False while the region's machines do not run or cannot be reached: nothing in it serves, nothing in it makes progress. */
  regionServes(region: string): boolean;
  /** A duration of this world, drawn from the sequence of its name: `rds.failover`, `ecs.task-start`. Milliseconds. */
  duration_ms(name: string, low_ms: number, high_ms: number): number;
}

/**
 * Also tells when a region stops or begins to serve, so that services pause and resume what is under way at that very
 * instant instead of asking again and again.
 */
export interface WatchableEnvironment extends Environment {
  /** Calls `listener` after `regionServes(region)` changed. */
  onRegionChange(listener: (region: string) => void): void;
}

/** Which regions serve and how long things take: drawn by a seed, changed by a scenario. */
export interface WorldEnvironment extends WatchableEnvironment {
  /** The region's machines stop, or start, at this very instant. */
  setServes(region: string, serves: boolean): void;
  /** From now on every duration with this name has this value; Infinity: it never ends. */
  fix(name: string, duration_ms: number): void;
  unfix(name: string): void;
  /** What was drawn so far, by name: how long things took in this world, in the order drawn. */
  drawn(name: string): readonly number[];
}

export function createEnvironment(random: Random): WorldEnvironment {
  const lost = new Set<string>();
  const fixed = new Map<string, number>();
  const draws = new Map<string, { readonly random: Random; readonly values: number[] }>();
  const listeners: ((region: string) => void)[] = [];
  const drawsOf = (name: string): { readonly random: Random; readonly values: number[] } => {
    const known = draws.get(name);
    if (known !== undefined) return known;
    const fresh = { random: random.split(name), values: [] };
    draws.set(name, fresh);
    return fresh;
  };
  return {
    regionServes: (region) => !lost.has(region),
    onRegionChange: (listener) => {
      listeners.push(listener);
    },
    duration_ms: (name, low_ms, high_ms) => {
      const own = drawsOf(name);
      const drawn_ms = fixed.get(name) ?? own.random.between(low_ms, high_ms);
      own.values.push(drawn_ms);
      return drawn_ms;
    },
    setServes: (region, serves) => {
      if (serves === !lost.has(region)) return;
      if (serves) lost.delete(region);
      else lost.add(region);
      for (const listener of listeners) listener(region);
    },
    fix: (name, duration_ms) => {
      fixed.set(name, duration_ms);
    },
    unfix: (name) => {
      fixed.delete(name);
    },
    drawn: (name) => draws.get(name)?.values ?? [],
  };
}
