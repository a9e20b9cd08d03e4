import { AwsError } from '../../service.ts';

/**
 * Event patterns (EventBridge User Guide, "Creating event patterns" and "Comparison operators"): exact values, `prefix`,
 * `suffix`, `exists`, `anything-but` (of values or a prefix), `equals-ignore-case`. Others are refused by name.
 */
export type Pattern = { readonly [key: string]: Pattern | readonly Condition[] };
type Condition = string | number | boolean | null | Readonly<Record<string, unknown>>;

const OPERATORS = ['prefix', 'suffix', 'exists', 'anything-but', 'equals-ignore-case'];

export function parsePattern(text: string): Pattern {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('not valid JSON');
  }
  if (!isPattern(value)) throw invalid('a pattern is an object whose leaves are non-empty arrays');
  return value;
}

function invalid(reason: string): AwsError {
  return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPattern(value: unknown): value is Pattern {
  if (!isObject(value) || Object.keys(value).length === 0) return false;
  return Object.entries(value).every(([key, child]) => {
    if (key.startsWith('$')) throw new AwsError('NotImplemented', `The sandbox does not simulate ${key} in patterns.`);
    if (!Array.isArray(child)) return isPattern(child);
    child.forEach(checkCondition);
    return child.length > 0;
  });
}

function checkCondition(condition: unknown): void {
  if (Array.isArray(condition)) throw invalid('arrays do not nest');
  if (!isObject(condition)) return;
  const [operator = '', ...more] = Object.keys(condition);
  if (more.length > 0 || operator === '') throw invalid('a comparison has one operator');
  const operand = condition[operator];
  const texts = ['prefix', 'suffix', 'equals-ignore-case'].includes(operator);
  const nested = isObject(operand) && !(operator === 'anything-but' && typeof operand['prefix'] === 'string');
  if (!OPERATORS.includes(operator) || nested) {
    throw new AwsError('NotImplemented', `The sandbox does not simulate ${JSON.stringify(condition)} in patterns.`);
  }
  if (texts && typeof operand !== 'string') throw invalid(`${operator} needs a text`);
  if (operator === 'exists' && typeof operand !== 'boolean') throw invalid('exists needs true or false');
}

/** Every field of the pattern must match; fields that the pattern does not name do not matter. */
export function matches(pattern: Pattern, event: unknown): boolean {
  const fields = isObject(event) ? event : {};
  return Object.entries(pattern).every(([key, expected]) => {
    const value = fields[key];
    if (Array.isArray(expected)) return expected.some((condition) => holds(condition, value));
    if (Array.isArray(value)) return value.some((item) => matches(expected as Pattern, item));
    return matches(expected as Pattern, value);
  });
}

/** An array in the event matches when any of its values does. `exists` looks at leaves only. */
function holds(condition: Condition, value: unknown): boolean {
  if (isObject(condition) && 'exists' in condition) {
    return condition['exists'] === (value !== undefined && !isObject(value));
  }
  const values = Array.isArray(value) ? value : [value];
  return values.some((item) => holdsFor(condition, item));
}

function holdsFor(condition: Condition, value: unknown): boolean {
  if (!isObject(condition)) return condition === value;
  const text = typeof value === 'string' ? value : undefined;
  const { prefix, suffix } = condition;
  if (typeof prefix === 'string') return text?.startsWith(prefix) ?? false;
  if (typeof suffix === 'string') return text?.endsWith(suffix) ?? false;
  const same = condition['equals-ignore-case'];
  if (typeof same === 'string') return text?.toLowerCase() === same.toLowerCase();
  return value !== undefined && notAmong(condition['anything-but'], value);
}

function notAmong(excluded: unknown, value: unknown): boolean {
  if (isObject(excluded)) {
    return typeof value === 'string' && !value.startsWith(String(excluded['prefix']));
  }
  return !(Array.isArray(excluded) ? excluded : [excluded]).includes(value);
}
