import { isObject } from './json.ts';

/**
 * Rules for what a JSON document must look like. The errors read like those that Slack puts into
 * `response_metadata.messages`: `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
 */
export type Report = (complaint: string, pointer: string) => void;
export type Rule = (value: unknown, at: string, report: Report) => void;
export type Rules = Readonly<Record<string, Rule>>;

export const anything: Rule = () => undefined;

export function string(limits: { readonly min?: number; readonly max?: number } = {}): Rule {
  const { min = 0, max = Number.POSITIVE_INFINITY } = limits;
  return (value, at, report) => {
    if (typeof value !== 'string') report('must be a string', at);
    else if (value.length > max) report(`must be less than ${max + 1} characters`, at);
    else if (value.length < min) report(`must be more than ${min - 1} characters`, at);
  };
}

export const boolean: Rule = (value, at, report) => {
  if (typeof value !== 'boolean') report('must be a boolean', at);
};

export function integer(min: number, max: number): Rule {
  return (value, at, report) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) report('must be an integer', at);
    else if (value < min || value > max) report(`must be between ${min} and ${max}`, at);
  };
}

export function matching(pattern: RegExp, what: string): Rule {
  return (value, at, report) => {
    if (typeof value !== 'string' || !pattern.test(value)) report(`must be ${what}`, at);
  };
}

export function oneOf(...allowed: readonly unknown[]): Rule {
  return (value, at, report) => {
    if (!allowed.includes(value)) report(`must be one of: ${allowed.join(', ')}`, at);
  };
}

export function list(rule: Rule, limits: { readonly min?: number; readonly max?: number } = {}): Rule {
  const { min = 0, max = Number.POSITIVE_INFINITY } = limits;
  return (value, at, report) => {
    if (!Array.isArray(value)) {
      report('must be an array', at);
      return;
    }
    if (value.length > max) report(`no more than ${max} items allowed`, at);
    if (value.length < min) report(`no fewer than ${min} items allowed`, at);
    value.forEach((item, index) => {
      rule(item, `${at}/${index}`, report);
    });
  };
}

/** An object with these fields and no others: Slack refuses additional properties in blocks and views. */
export function shape(required: Rules, optional: Rules = {}): Rule {
  const known: Rules = { ...required, ...optional };
  return (value, at, report) => {
    if (!isObject(value)) {
      report('must provide an object', at);
      return;
    }
    for (const key of Object.keys(required)) {
      if (value[key] === undefined) report(`missing required field: ${key}`, at);
    }
    for (const [key, member] of Object.entries(value)) {
      const rule = Object.hasOwn(known, key) ? known[key] : undefined;
      if (rule === undefined) report(`invalid additional property: ${key}`, at);
      else if (member !== undefined) rule(member, `${at}/${key}`, report);
    }
  };
}

/** One of several shapes, told apart by the member `type`. */
export function tagged(kinds: Readonly<Record<string, Rule>>): Rule {
  return (value, at, report) => {
    if (!isObject(value)) {
      report('must provide an object', at);
      return;
    }
    const type = value['type'];
    if (typeof type !== 'string') {
      report('missing required field: type', at);
      return;
    }
    const rule = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    if (rule === undefined) report(`unsupported type: ${type}`, `${at}/type`);
    else rule(value, at, report);
  };
}

/** All of the rules. */
export function both(...rules: readonly Rule[]): Rule {
  return (value, at, report) => {
    for (const rule of rules) rule(value, at, report);
  };
}

/** A complaint when `wrong` says so, asked only of objects. */
export function unless(ok: (value: Readonly<Record<string, unknown>>) => boolean, complaint: string): Rule {
  return (value, at, report) => {
    if (isObject(value) && !ok(value)) report(complaint, at);
  };
}

export function complaintsOf(rule: Rule, value: unknown, at: string): string[] {
  const complaints: string[] = [];
  rule(value, at, (complaint, pointer) => complaints.push(`${complaint} [json-pointer:${pointer}]`));
  return complaints;
}
