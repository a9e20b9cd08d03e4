import type { ApplicationConfig, Config } from '../../core/config/schema.ts';
import type { Operation } from '../../core/operation.ts';
import type { Environment } from '../adapters/environment.ts';
import { type Ledger, loadOperation } from '../adapters/ledger.ts';

/** What a reconciler works with. Time is an argument. */
export interface ReconcilerWorld {
  readonly config: Config;
  readonly environment: Environment;
  readonly ledger: Ledger;
  /** Unix milliseconds. */
  readonly now_ms: number;
}

/** The newest operations under one lock, and since when the newest holds it. */
export interface Recent {
  /** Newest first. */
  readonly recent: readonly Operation[];
  /** UTC, ISO 8601; undefined: no operation was ever started. */
  readonly lockedAt: string | undefined;
}

/** One application as the ledger has it. */
export interface Watch extends Recent {
  readonly name: string;
  readonly app: ApplicationConfig;
}

/** Further back nothing is left to look after. */
export const MOST_RECENT = 5;

/** The newest operations that ever held the lock of an application (or the self-test's), newest first. */
export async function recentOperations(ledger: Ledger, application: string, most = MOST_RECENT): Promise<Recent> {
  // The lock's stream holds nothing else, so the newest of it are the newest operations.
  const started = (await ledger.newest(ledger.app(application), most)).flatMap(({ event }) =>
    event.type === 'operation-started' ? [{ id: event.data.operation, at: event.at }] : [],
  );
  const newest = started.toReversed();
  const loaded = await Promise.all(newest.map(({ id }) => loadOperation(ledger, id)));
  return { recent: loaded.filter((operation) => operation !== undefined), lockedAt: newest[0]?.at };
}

/**
 * Whether the application still belongs to this operation: asked right before a change, since a lock may be taken
 * meanwhile.
 */
export async function isStillNewest(ledger: Ledger, watch: Watch): Promise<boolean> {
  const [last] = (await ledger.newest(ledger.app(watch.name), 1)).map((record) => record.event);
  return last?.type === 'operation-started' && last.data.operation === watch.recent[0]?.id;
}
