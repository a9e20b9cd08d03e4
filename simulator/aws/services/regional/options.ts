import type { Clock } from '../../../clock.ts';
import type { Random } from '../../../random.ts';
import type { WatchableNature } from './nature.ts';

/** What every simulated regional service is made from. */
export interface ServiceOptions {
  readonly nature: WatchableNature;
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
}
