import type { Config } from '../../core/config/schema.ts';
import type { SeedChanges } from '../world/seed.ts';
import type { World } from '../world/world.ts';

/** A run that can be repeated: what breaks, and what people do about it. */
export interface Scenario {
  readonly name: string;
  /** One line for the list. */
  readonly says: string;
  readonly application: string;
  /** How the world differs at the start. */
  readonly changes?: SeedChanges;
  /** How the configuration differs from `muster.yaml`; the bundles carry it. */
  readonly config?: (config: Config) => Config;
  /** What breaks at the instant zero; undefined: nothing does, and zero is the command. */
  readonly disaster?: (world: World) => void;
  /** What people do. Ends when they have nothing more to do; the operation may still run. */
  readonly people: (world: World, script: Script) => Promise<void>;
}

/** What the rehearsal offers to scripted people. */
export interface Script {
  /** Waits a drawn number of virtual seconds. */
  pause(low_s: number, high_s: number): Promise<void>;
  /** Marks the instant from which the result counts when nothing broke. */
  commandGiven(): void;
}
