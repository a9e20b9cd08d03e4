import type { AssumedRole, Caller } from '../wire.ts';

const PARTITION = 'aws';

const roleArn = (account: string, name: string): string => `arn:${PARTITION}:iam::${account}:role/${name}`;

/** The name of a function's role. Deployments name roles, so whoever builds the world passes this in. */
type FunctionRole = (functionName: string, region: string) => string;

/** A role that can be assumed, with the conditions of its trust policy. */
export interface RoleSpec {
  readonly accountId: string;
  readonly name: string;
  /** The ARN of the only principal that it trusts; left out: it trusts every principal. */
  readonly trusts?: string;
  /** Required in AssumeRole. */
  readonly externalId?: string;
}

/** Credentials that AssumeRole issued. */
interface Session {
  readonly role: AssumedRole;
  readonly sessionToken: string;
  readonly expires_ms: number;
}

/** The roles and sessions of every account. The access key of a request says which account it is made in. */
export class Identities {
  readonly #roles = new Map<string, RoleSpec>();
  readonly #sessions = new Map<string, Session>();
  readonly #functionRole: FunctionRole;

  constructor(functionRole: FunctionRole = (name, region) => `${name}-${region}`) {
    this.#functionRole = functionRole;
  }

  /** Creates the role, or replaces its trust policy. */
  createRole(role: RoleSpec): { readonly arn: string } {
    const arn = roleArn(role.accountId, role.name);
    this.#roles.set(arn, role);
    return { arn };
  }

  role(arn: string): RoleSpec | undefined {
    return this.#roles.get(arn);
  }

  open(accessKeyId: string, session: Session): void {
    this.#sessions.set(accessKeyId, session);
  }

  session(accessKeyId: string): Session | undefined {
    return this.#sessions.get(accessKeyId);
  }

  /** What IAM calls the principal: a person's user, a function's role (never its session). */
  principalArn(caller: Caller, accountId: string): string {
    const { name, region, role } = caller;
    if (role !== undefined) return roleArn(role.accountId, role.name);
    const [kind, person] = name.split(':');
    if (kind === 'person') return `arn:${PARTITION}:iam::${accountId}:user/${person ?? ''}`;
    return roleArn(accountId, region === undefined ? name : this.#functionRole(name, region));
  }
}
