import type { Clock } from '../../../clock.ts';
import type { WatchableEnvironment } from '../../../environment.ts';
import type { Random } from '../../../random.ts';

/** What every simulated regional service is made from. */
export interface ServiceOptions {
  readonly environment: WatchableEnvironment;
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
}
