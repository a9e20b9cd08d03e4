import { AwsError } from '../../service.ts';

/** The member, or the error that the service answers when it is missing or empty. */
export function required<T>(value: T | undefined, name: string, code = 'MissingParameter'): T {
  if (value === undefined || value === '') throw new AwsError(code, `The request must contain the parameter ${name}`);
  return value;
}

interface Page<T> {
  readonly items: T[];
  readonly next: string | undefined;
}

/** One page of a list; tokens are opaque to callers and count what was already given. */
export function page<T>(all: readonly T[], token: string | undefined, size: number, badTokenCode: string): Page<T> {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start) || start < 0) throw new AwsError(badTokenCode, 'The pagination token is not valid.');
  const end = start + size;
  return { items: all.slice(start, end), next: end < all.length ? String(end) : undefined };
}

/** Refuses input that is not simulated, by name: ignoring it would give a wrong answer. */
export function refuseUnsimulated(input: object, simulated: readonly string[], operation: string): void {
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined || simulated.includes(name)) continue;
    throw new AwsError('NotImplemented', `${operation} with ${name} is not simulated`);
  }
}

/** `arn:aws:rds:eu-west-1:123456789012:cluster:shop` -> its parts; undefined when it is no ARN. */
export function parseArn(text: string): { readonly region: string; readonly resource: string } | undefined {
  const parts = text.split(':');
  if (parts[0] !== 'arn' || parts.length < 6) return undefined;
  return { region: parts[3] ?? '', resource: parts.slice(5).join(':') };
}
