import * as schemas from '@aws-sdk/client-sts';
import type { Caller } from '../../wire.ts';
import { Identities, type RoleSpec } from '../identities.ts';
import { AwsError, type Call, type Service } from '../service.ts';

export interface Sts {
  readonly service: Service;
  /** In this account. */
  createRole(role: Omit<RoleSpec, 'accountId'>): { readonly arn: string };
}

const DEFAULT_DURATION_S = 3_600;
/** STS API reference, AssumeRole. */
const PATTERNS = { RoleSessionName: /^[\w+=,.@-]{2,64}$/, ExternalId: /^[\w+=,.@:/-]{2,1224}$/ } as const;

/**
 * Of a trust policy it checks the principal and the external id. The caller's own policy is not checked.
 * `identities` is shared by the accounts of a world; without it the account has its own.
 */
export function createSts(options: { readonly accountId: string; readonly identities?: Identities }): Sts {
  const { accountId, identities = new Identities() } = options;

  const assumeRole = (input: schemas.AssumeRoleCommandInput, call: Call): object => {
    check(input);
    const role = identities.role(input.RoleArn ?? '');
    if (role === undefined || !isTrusted(identities, role, input, call)) {
      const { Arn } = identityOf(identities, call.caller, call.accountId);
      throw new AwsError(
        'AccessDenied',
        `User: ${Arn} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
      );
    }
    const session = input.RoleSessionName ?? '';
    const id = `AROA${call.random.hex(16).toUpperCase()}`;
    const AccessKeyId = `ASIA${call.random.hex(16).toUpperCase()}`;
    const SecretAccessKey = call.random.hex(40);
    const SessionToken = call.random.hex(128);
    const expires_ms = call.clock.now_ms() + (input.DurationSeconds ?? DEFAULT_DURATION_S) * 1000;
    const assumed = { accountId: role.accountId, name: role.name, session };
    identities.open(AccessKeyId, { role: assumed, sessionToken: SessionToken, expires_ms });
    return {
      Credentials: { AccessKeyId, SecretAccessKey, SessionToken, Expiration: new Date(expires_ms) },
      AssumedRoleUser: { AssumedRoleId: `${id}:${session}`, Arn: sessionArn(role.accountId, role.name, session) },
    };
  };

  const service: Service = {
    id: 'sts',
    schemas,
    operations: {
      AssumeRole: assumeRole,
      GetCallerIdentity: (_: schemas.GetCallerIdentityCommandInput, call) =>
        identityOf(identities, call.caller, call.accountId),
    },
  };
  return { service, createRole: (role) => identities.createRole({ ...role, accountId }) };
}

function check(input: schemas.AssumeRoleCommandInput): void {
  for (const key of ['RoleSessionName', 'ExternalId'] as const) {
    const value = input[key];
    if (value === undefined || PATTERNS[key].test(value)) continue;
    throw new AwsError('ValidationError', `1 validation error detected: Value '${value}' at '${key}' is not valid`);
  }
}

const isTrusted = (
  identities: Identities,
  role: RoleSpec,
  input: schemas.AssumeRoleCommandInput,
  call: Call,
): boolean =>
  (role.trusts === undefined || role.trusts === identities.principalArn(call.caller, call.accountId)) &&
  (role.externalId === undefined || role.externalId === input.ExternalId);

const sessionArn = (accountId: string, role: string, session: string): string =>
  `arn:aws:sts::${accountId}:assumed-role/${role}/${session}`;

/** A person is an IAM user, a function the session of its role, unless they have assumed another. */
function identityOf(
  identities: Identities,
  caller: Caller,
  accountId: string,
): { UserId: string; Account: string; Arn: string } {
  const { role } = caller;
  if (role !== undefined) {
    const Arn = sessionArn(role.accountId, role.name, role.session);
    return { UserId: `AROA${idOf(role.name)}:${role.session}`, Account: role.accountId, Arn };
  }
  const arn = identities.principalArn(caller, accountId);
  const [, name = ''] = arn.split(/\/(.*)/);
  if (caller.name.startsWith('person:')) return { UserId: `AIDA${idOf(name)}`, Account: accountId, Arn: arn };
  const Arn = sessionArn(accountId, name, caller.name);
  return { UserId: `AROA${idOf(name)}:${caller.name}`, Account: accountId, Arn };
}

/** Stable for a name, in the shape of AWS's unique ids. */
function idOf(name: string): string {
  return Buffer.from(name).toString('hex').toUpperCase().padEnd(17, '0').slice(0, 17);
}
