import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { type AccountConfig, accessStack, roleArn, roleName } from '../../core/access.ts';
import { environment } from './environment.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** STS understood and said no; the code of such a failure (errors.ts). */
export const NO_ACCESS = 'NoAccess';

/**
 * The SDK asks anew 5 minutes before the end. A little earlier here, or it would be given the same again. STS gives an
 * hour, and no more to who holds a role already (STS API reference, AssumeRole: role chaining).
 */
const RENEW_BEFORE_MS = 6 * 60_000;

interface Entry {
  credentials: Promise<Credentials> | undefined;
  until_ms: number;
  /** What STS said when it refused last; undefined: it has let us in since. */
  refused: string | undefined;
}
const entries = new Map<string, Entry>();

/** Of the client that asks STS. */
type Settings = NonNullable<Parameters<typeof fromTemporaryCredentials>[0]['clientConfig']>;

/**
 * Credentials of this function's role in an application's account, shared by every client. One question is asked at a
 * time, with its own patience, at the standby's STS: what it gives is good in every region (IAM user guide, "Manage AWS
 * STS in an AWS Region"). Nobody waits for it longer than `wait_ms`.
 */
export async function credentialsIn(account: AccountConfig, settings: Settings, wait_ms: number): Promise<Credentials> {
  const entry = entries.get(account.id) ?? { credentials: undefined, until_ms: 0, refused: undefined };
  entries.set(account.id, entry);
  const kept = Date.now() < entry.until_ms ? entry.credentials : undefined;
  if (kept !== undefined) return within(wait_ms, kept, account);
  const asked = assume(account, settings);
  entry.credentials = asked;
  entry.until_ms = Number.POSITIVE_INFINITY;
  // Whoever waits hears of it as well; by then perhaps nobody does.
  asked.then(
    ({ expiration }) => {
      entry.refused = undefined;
      entry.until_ms = (expiration?.getTime() ?? 0) - RENEW_BEFORE_MS;
    },
    (error: { readonly name?: string; readonly message?: string }) => {
      entry.credentials = undefined;
      if (error.name === NO_ACCESS) entry.refused = error.message;
    },
  );
  return within(wait_ms, asked, account);
}

async function assume(account: AccountConfig, settings: Settings): Promise<Credentials> {
  const { region, machines } = environment();
  const own = process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '';
  const [, partition = 'aws'] = machines.split(':');
  const arn = roleArn(partition, account.id, roleName(own, region));
  try {
    return await fromTemporaryCredentials({
      params: { RoleArn: arn, RoleSessionName: own, ExternalId: account.externalId },
      // Without a region it would be us-east-1's.
      clientConfig: { ...settings, region },
    })();
  } catch (error) {
    const { name = '', $metadata } = error as { name?: string; $metadata?: object };
    if (name !== 'AccessDenied') throw error;
    const todo = `deploy the stack ${accessStack(account.id)} there, or check externalId`;
    const said = `AWS refused to let ${own} take on the role ${arn} in account ${account.id}: ${todo}`;
    throw Object.assign(new Error(said, { cause: error }), { name: NO_ACCESS, $metadata });
  }
}

/** What STS said to this function when it was refused last; undefined: it was not, or has been let in since. */
export const refusedAccess = (account: AccountConfig | undefined): string | undefined =>
  account === undefined ? undefined : entries.get(account.id)?.refused;

/** A best-effort call has no more time for its credentials than for itself. */
async function within<T>(wait_ms: number, promise: Promise<T>, account: AccountConfig): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`no credentials for account ${account.id} within ${wait_ms} ms`);
    timer = setTimeout(() => reject(Object.assign(error, { name: 'TimeoutError' })), wait_ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
