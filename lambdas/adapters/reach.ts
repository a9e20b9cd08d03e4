import type { AccountConfig } from '../../core/access.ts';
import { type Credentials, credentialsIn } from './access.ts';
import { clientSettings, NEEDED, type Patience, type Reach } from './clients.ts';
import { environment } from './environment.ts';

/** An application, as far as it says whose it is. */
interface Owned {
  readonly account?: AccountConfig | undefined;
}

/** What a call about an application is made with; the clients for applications require it. */
export const inAccountOf = ({ account }: Owned, patience: Patience): Reach => ({
  ...patience,
  account: account === undefined ? undefined : { id: account.id, credentials: () => access(account, patience) },
});

/**
 * Assumes the role in an application's account now, so that later calls do not wait for it. Throws what STS answered,
 * or its silence.
 */
export async function assumeRole({ account }: Owned): Promise<void> {
  if (account !== undefined) await access(account, NEEDED);
}

/** STS normally answers at once; waiting for it must not use up the function's own time limit. */
const ASSUMING: Patience = { timeout_ms: 5_000, attempts: 3, bestEffort: false };

/** Credentials for one call: a best-effort one waits for them no longer than for its answer. */
const access = (account: AccountConfig, { bestEffort: hasty, timeout_ms }: Patience): Promise<Credentials> =>
  credentialsIn(
    account,
    clientSettings(environment().region, ASSUMING),
    hasty ? timeout_ms : ASSUMING.timeout_ms * ASSUMING.attempts + 3_000,
  );
