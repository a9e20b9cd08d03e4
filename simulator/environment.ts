import type { WatchableEnvironment } from './aws/services/regional/environment.ts';
import type { Random } from './random.ts';

/** Which regions serve and how long things take: drawn by a seed, changed by a scenario. */
export interface WorldEnvironment extends WatchableEnvironment {
  /** The region's machines stop, or start, at this very instant. */
  setServes(region: string, serves: boolean): void;
  /** From now on every duration of this name is this long; Infinity: it never ends. */
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
