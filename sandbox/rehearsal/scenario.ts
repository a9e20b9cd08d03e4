import type { Config } from '../../core/config/schema.ts';
import type { SeedChanges } from '../world/seed.ts';
import type { World } from '../world/world.ts';

/** A night that can be replayed: what breaks, and what people do about it. */
export interface Scenario {
  readonly name: string;
  /** One line for the list. */
  readonly says: string;
  readonly application: string;
  /** How the world differs before the night. */
  readonly changes?: SeedChanges;
  /** How the configuration differs from `muster.yaml`; the bundles carry it. */
  readonly config?: (config: Config) => Config;
  /** What breaks at the instant zero; undefined: nothing does, and zero is the command. */
  readonly disaster?: (world: World) => void;
  /** What people do. Ends when they have nothing more to do; the operation may still run. */
  readonly people: (world: World, script: Script) => Promise<void>;
}

/** What scripted people need of the stage. */
export interface Script {
  /** Virtual seconds of the world's own drawing. */
  pause(low_s: number, high_s: number): Promise<void>;
  /** An instant that the result counts from when nothing broke. */
  commandGiven(): void;
}
