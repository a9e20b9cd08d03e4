import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { type AccountConfig, accessStack, roleArn, roleName } from '../../core/access.ts';
import { environment } from './environment.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** The code of a failure where STS refused (errors.ts). */
export const NO_ACCESS = 'NoAccess';

/**
 * From so long before their end credentials are renewed, beside the calls that still use the old ones. The SDK asks for
 * new ones 5 minutes before the end. STS gives an hour, and no more to who holds a role already (STS API reference,
 * AssumeRole: role chaining).
 */
const RENEW_BEFORE_MS = 6 * 60_000;
/** A call that is signed now must still be good when it arrives. */
const SPARE_MS = 30_000;
/** After a failure STS is not asked again for this long, while the old credentials still work. */
const RENEW_AGAIN_MS = 30_000;

interface Entry {
  /** What STS gave last. */
  credentials: Credentials | undefined;
  /** The request to STS that is under way. */
  asked: Promise<Credentials> | undefined;
  /** Unix milliseconds: not renewed before. */
  renewAt_ms: number;
  /** Why STS refused, if its last answer was a refusal; undefined: it gave credentials, or did not answer. */
  refused: string | undefined;
}
const entries = new Map<string, Entry>();

/** Of the client that asks STS. */
type Settings = NonNullable<Parameters<typeof fromTemporaryCredentials>[0]['clientConfig']>;

/**
 * Credentials of this function's role in an application's account, shared by every client. One question is asked at a
 * time, with its own patience, at the standby's STS: what it gives is good in every region (IAM user guide, "Manage AWS
 * STS in an AWS Region"). Nobody waits for it longer than `wait_ms`, and nobody at all while the old ones are good.
 */
export async function credentialsIn(account: AccountConfig, settings: Settings, wait_ms: number): Promise<Credentials> {
  const entry = entryOf(account.id);
  const now_ms = Date.now();
  const { credentials } = entry;
  const left_ms = (credentials?.expiration?.getTime() ?? 0) - now_ms;
  if (credentials === undefined || left_ms < SPARE_MS) return within(wait_ms, ask(entry, account, settings), account);
  // Whoever asked hears of a failure here; the calls go on meanwhile.
  if (left_ms < RENEW_BEFORE_MS && now_ms >= entry.renewAt_ms) ask(entry, account, settings).catch(() => undefined);
  return credentials;
}

function entryOf(id: string): Entry {
  const entry = entries.get(id) ?? { credentials: undefined, asked: undefined, renewAt_ms: 0, refused: undefined };
  entries.set(id, entry);
  return entry;
}

function ask(entry: Entry, account: AccountConfig, settings: Settings): Promise<Credentials> {
  entry.asked ??= assume(account, settings)
    .then(
      (credentials) => {
        entry.credentials = credentials;
        entry.refused = undefined;
        return credentials;
      },
      (error: { readonly name?: string; readonly message?: string }) => {
        entry.renewAt_ms = Date.now() + RENEW_AGAIN_MS;
        // A refused renewal counts only once the old credentials have ended.
        const isOut = (entry.credentials?.expiration?.getTime() ?? 0) - Date.now() < SPARE_MS;
        entry.refused = isOut && error.name === NO_ACCESS ? error.message : undefined;
        throw error;
      },
    )
    .finally(() => {
      entry.asked = undefined;
    });
  return entry.asked;
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
    const said = `AWS refused to let ${own} assume the role ${arn} in account ${account.id}: ${todo}`;
    throw Object.assign(new Error(said, { cause: error }), { name: NO_ACCESS, $metadata });
  }
}

/**
 * Why STS refused this function, if its last answer was a refusal; undefined: it gave credentials, or did not answer.
 */
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
