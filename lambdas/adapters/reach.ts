import type { AccountConfig } from '../../core/access.ts';
import { type Credentials, credentialsIn } from './access.ts';
import { clientSettings, NEEDED, type Patience, type Reach } from './clients.ts';
import { environment } from './environment.ts';

/** An application, as far as it says whose it is. */
interface Owned {
  readonly account?: AccountConfig | undefined;
}

/** What a call about an application is made with: the doors to applications take nothing less. */
export const inAccountOf = ({ account }: Owned, patience: Patience): Reach => ({
  ...patience,
  account: account === undefined ? undefined : { id: account.id, credentials: () => access(account, patience) },
});

/** Takes on the role in an application's account now, before anybody is in a hurry. Throws what AWS or nobody said. */
export async function enter({ account }: Owned): Promise<void> {
  if (account !== undefined) await access(account, NEEDED);
}

/** STS answers at once or is ill: what needs it must not run into the function's own limit. */
const ENTERING: Patience = { timeout_ms: 5_000, attempts: 3, bestEffort: false };

/** Credentials for one call: a best-effort one waits for them no longer than for its answer. */
const access = (account: AccountConfig, { bestEffort: hasty, timeout_ms }: Patience): Promise<Credentials> =>
  credentialsIn(
    account,
    clientSettings(environment().region, ENTERING),
    hasty ? timeout_ms : ENTERING.timeout_ms * ENTERING.attempts + 3_000,
  );
