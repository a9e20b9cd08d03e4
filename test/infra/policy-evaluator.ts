/**
 * Decides as IAM decides for one identity: an explicit Deny wins, then an Allow is needed
 * (IAM user guide, "Policy evaluation logic"). It knows what our roles use and throws at everything else, so that no
 * condition is passed over in silence.
 */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** One right that a call needs. A call may need several, all of them. */
export interface Asked {
  readonly action: string;
  readonly resource: string;
  /** Condition keys that the request carries. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** A statement of a role's trust policy: the role itself is its resource. */
export interface Trust extends Omit<Statement, 'Resource'> {
  readonly Principal: { readonly AWS?: string; readonly Service?: string };
}

export type Decision =
  | { readonly allowed: true; readonly by: Statement }
  | { readonly allowed: false; readonly why: 'explicit deny' | 'no statement allows it' };

export function evaluate(statements: readonly Statement[], asked: Asked): Decision {
  const applying = statements.filter((statement) => applies(statement, asked));
  if (applying.some((statement) => statement.Effect === 'Deny')) return { allowed: false, why: 'explicit deny' };
  const by = applying.find((statement) => statement.Effect === 'Allow');
  return by === undefined ? { allowed: false, why: 'no statement allows it' } : { allowed: true, by };
}

/**
 * Whether a role may be assumed by a principal of another account. An account as the principal stands for everybody
 * in it whom it allows itself (IAM user guide, "AWS JSON policy elements: Principal").
 */
export function trusts(statements: readonly Trust[], principalArn: string, context: Asked['context']): Decision {
  const [, partition, , , account] = principalArn.split(':');
  const theirs = statements.filter(({ Principal }) => Principal.AWS === `arn:${partition}:iam::${account}:root`);
  const anywhere = theirs.map(({ Principal: _, ...statement }) => ({ ...statement, Resource: '*' }));
  const asked = { action: 'sts:AssumeRole', resource: '*', context: { ...context, 'aws:PrincipalArn': principalArn } };
  return evaluate(anywhere, asked);
}

export const list = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value;

/** Actions ignore case, resources do not. */
const applies = (statement: Statement, asked: Asked): boolean =>
  list(statement.Action).some((action) => like(action.toLowerCase(), asked.action.toLowerCase())) &&
  list(statement.Resource).some((resource) => like(resource, asked.resource)) &&
  Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, list(wanted), asked.context[key])),
  );

/** `*`: any characters, `?`: one. */
export function like(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

type Value = string | readonly string[] | undefined;
const equals = (a: string, b: string): boolean => a === b;

function holds(operator: string, wanted: readonly string[], value: Value): boolean {
  switch (operator) {
    case 'StringEquals':
      return single(wanted, value, equals);
    case 'StringLike':
    case 'ArnLike':
    case 'ArnEquals':
      return single(wanted, value, like);
    case 'ForAllValues:StringEquals':
      return forAll(wanted, value, equals);
    case 'ForAllValues:StringLike':
      return forAll(wanted, value, like);
    case 'Null':
      return wanted.some((word) => (word === 'true') === (value === undefined));
    default:
      throw new Error(`this evaluator does not know the condition operator ${operator}`);
  }
}

type Match = (pattern: string, value: string) => boolean;

/** A key that the request does not carry meets no condition. */
const single = (wanted: readonly string[], value: Value, match: Match): boolean =>
  typeof value === 'string' && wanted.some((pattern) => match(pattern, value));

/** True of a request that does not carry the key at all (IAM user guide, "Set operators for multivalued context keys"). */
const forAll = (wanted: readonly string[], value: Value, match: Match): boolean =>
  (value === undefined ? [] : list(value)).every((one) => wanted.some((pattern) => match(pattern, one)));
