import type { Config } from '../../core/config/schema.ts';
import type { Environment } from '../adapters/environment.ts';
import type { Ledger } from '../adapters/ledger.ts';

/** What a step's function works with. Time is an argument. */
export interface StepWorld {
  readonly config: Config;
  readonly environment: Environment;
  readonly ledger: Ledger;
  readonly now_ms: () => number;
}
