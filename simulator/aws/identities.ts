import type { AssumedRole, Caller } from '../wire.ts';

const PARTITION = 'aws';

const roleArn = (account: string, name: string): string => `arn:${PARTITION}:iam::${account}:role/${name}`;

/** What the role of a function is called: a deployment decides, so the world that plays one says so. */
type FunctionRole = (functionName: string, region: string) => string;

/** A role that may be taken on, as its trust policy has it. */
export interface RoleSpec {
  readonly accountId: string;
  readonly name: string;
  /** The ARN of the only principal that it trusts; left out: whoever knows its ARN. */
  readonly trusts?: string;
  /** Demanded of whoever takes it on. */
  readonly externalId?: string;
}

/** Credentials that AssumeRole gave. */
interface Session {
  readonly role: AssumedRole;
  readonly sessionToken: string;
  readonly expires_ms: number;
}

/** The roles and sessions of every account: which account a request is of, its access key says. */
export class Identities {
  readonly #roles = new Map<string, RoleSpec>();
  readonly #sessions = new Map<string, Session>();
  readonly #functionRole: FunctionRole;

  constructor(functionRole: FunctionRole = (name, region) => `${name}-${region}`) {
    this.#functionRole = functionRole;
  }

  /** Makes it, or makes it again with another trust. */
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
