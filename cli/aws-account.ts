import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { failureOf } from '../lambdas/adapters/errors.ts';

/** A command must not hang; a throttled call is tried three times. */
const TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;

/** What every SDK client of the command line gets. Credentials and endpoint come from the SDK's own chain. */
export function cliSettings(region: string) {
  return {
    region,
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: TIMEOUT_MS, throwOnRequestTimeout: true },
    customUserAgent: [['muster', 'cli']] as [string, string][],
  };
}

/** There are no valid credentials. `todo` is what to do about it. */
export class NoCredentials extends Error {
  override readonly name = 'NoCredentials';
  readonly todo: string;
  constructor(message: string, todo: string, cause: unknown) {
    super(message, { cause });
    this.todo = todo;
  }
}

export interface Identity {
  readonly account: string;
  readonly arn: string;
  /** AWS's clock minus this machine's, from the answer's Date header (whole seconds). */
  readonly skew_ms: number | undefined;
}

/** Who is asking. GetCallerIdentity needs no permission (STS API reference): what it refuses is the credentials. */
export async function callerIdentity(region: string): Promise<Identity> {
  const sts = new STSClient(cliSettings(region));
  let date: string | undefined;
  sts.middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request);
      date = (answer.response as { headers?: Record<string, string> }).headers?.['date'];
      return answer;
    },
    { step: 'deserialize', name: 'musterDate' },
  );
  const asked_ms = Date.now();
  try {
    const { Account = '?', Arn = '?' } = await sts.send(new GetCallerIdentityCommand({}));
    const here_ms = (asked_ms + Date.now()) / 2;
    // The header has whole seconds: half of one is added, as the best estimate.
    const skew_ms = date === undefined ? undefined : Math.round(Date.parse(date) + 500 - here_ms);
    return { account: Account, arn: Arn, skew_ms };
  } catch (error) {
    throw credentialsProblem(error) ?? error;
  }
}

const EXPIRED = /^(ExpiredToken\w*|RequestExpired)$/;
const UNKNOWN_KEY = /^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch)$/;

function credentialsProblem(error: unknown): NoCredentials | undefined {
  const { name = '', message = '' } = (error ?? {}) as { name?: string; message?: string };
  const profile = process.env['AWS_PROFILE'];
  const where = profile === undefined ? 'AWS_PROFILE is not set' : `the profile '${profile}' (AWS_PROFILE)`;
  if (name === 'CredentialsProviderError' || /Could not load credentials|Could not resolve credentials/.test(message)) {
    return new NoCredentials(
      `there are no AWS credentials: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY nor a profile (${where})`,
      'set AWS_PROFILE to a profile of ~/.aws/config and sign in (aws sso login), or export the two keys',
      error,
    );
  }
  if (EXPIRED.test(name)) {
    const todo = 'sign in again (aws sso login), or export fresh keys with AWS_SESSION_TOKEN';
    return new NoCredentials(`the AWS credentials have expired (${name}; ${where})`, todo, error);
  }
  if (UNKNOWN_KEY.test(name)) {
    const todo = 'check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, or the profile they come from';
    return new NoCredentials(`AWS does not know these credentials (${name}; ${where})`, todo, error);
  }
  return undefined;
}

const DENIED = /^(AccessDenied\w*|UnauthorizedOperation|AuthorizationError\w*|Forbidden|NotAuthorized)$|^403$/;

/** How a failed read is reported. `denied`: the caller lacks the permission; otherwise the service failed. */
export function whyNot(error: unknown): { readonly denied: boolean; readonly text: string } {
  const failure = failureOf(error);
  if (failure.kind === 'refused') {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    // HEAD answers have no body, so no code: S3 says only 403 then.
    const denied = DENIED.test(failure.code) || status === 403;
    return { denied, text: denied ? `AccessDenied (${failure.code})` : failure.text };
  }
  if (failure.kind === 'silent') return { denied: false, text: `no answer (${failure.text})` };
  return { denied: false, text: failure.text };
}

/** The codes that services use for "there is no such thing". */
const ABSENT =
  /NotFound|NoSuch|DoesNotExist|^(ResourceNotFoundException|ClusterNotFoundException|NotFoundException|ValidationError|404)$/;

export function isAbsent(error: unknown): boolean {
  const failure = failureOf(error);
  return failure.kind === 'refused' && ABSENT.test(failure.code);
}
