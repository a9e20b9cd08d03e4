import type { ChoiceRule, ChoiceState } from './asl.ts';
import { isArray, isObject, type Json } from './json.ts';
import { lookUp, PathProblem, parsePath } from './path.ts';
import type { Sight } from './template.ts';

/** Comparison operators: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html */
type Comparison = (value: Json, operand: Json) => boolean;

const ORDERS: Readonly<Record<string, (order: number) => boolean>> = {
  Equals: (order) => order === 0,
  LessThan: (order) => order < 0,
  LessThanEquals: (order) => order <= 0,
  GreaterThan: (order) => order > 0,
  GreaterThanEquals: (order) => order >= 0,
};

/** How two values of a type compare; NaN when one is of another type, and then every comparison is false. */
const KINDS: Readonly<Record<string, (a: Json, b: Json) => number>> = {
  String: (a, b) => (typeof a === 'string' && typeof b === 'string' ? Number(a > b) - Number(a < b) : Number.NaN),
  Numeric: (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : Number.NaN),
  Timestamp: (a, b) => timestamp_ms(a) - timestamp_ms(b),
};

const TESTS: Readonly<Record<string, (value: Json) => boolean>> = {
  IsNull: (value) => value === null,
  IsString: (value) => typeof value === 'string',
  IsNumeric: (value) => typeof value === 'number',
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: (value) => !Number.isNaN(timestamp_ms(value)),
};

const COMPARISONS = new Map<string, Comparison>([
  ...Object.entries(KINDS).flatMap(([kind, order]) =>
    Object.entries(ORDERS).map(([name, holds]): [string, Comparison] => [
      `${kind}${name}`,
      (a, b) => holds(order(a, b)),
    ]),
  ),
  ['BooleanEquals', (a, b) => typeof a === 'boolean' && a === b],
]);

const OPERATORS: ReadonlySet<string> = new Set([
  ...COMPARISONS.keys(),
  ...[...COMPARISONS.keys()].map((name) => `${name}Path`),
  ...Object.keys(TESTS),
  'IsPresent',
  'StringMatches',
]);

/** RFC 3339 as the States Language profiles it: upper-case T, and Z or an offset. NaN for everything else. */
export function timestamp_ms(value: Json): number {
  if (typeof value !== 'string') return Number.NaN;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)) return Number.NaN;
  return Date.parse(value);
}

/** The next state's name; undefined when no rule matches and there is no Default. */
export function choose(state: ChoiceState, sight: Sight): string | undefined {
  return state.Choices.find((rule) => holds(rule, sight))?.Next ?? state.Default;
}

function holds(rule: ChoiceRule, sight: Sight): boolean {
  if (rule.And) return rule.And.every((inner) => holds(inner, sight));
  if (rule.Or) return rule.Or.some((inner) => holds(inner, sight));
  if (rule.Not) return !holds(rule.Not, sight);
  const operator = Object.keys(rule).find((name) => OPERATORS.has(name));
  if (operator === undefined || rule.Variable === undefined) throw new PathProblem('A choice rule has no operator');
  const found = look(rule.Variable, sight);
  if (operator === 'IsPresent') return (found !== undefined) === rule[operator];
  if (found === undefined) {
    throw new PathProblem(
      `Invalid path '${rule.Variable}': The choice state's condition path references an invalid value.`,
    );
  }
  return compare(operator, found, rule[operator] as Json, sight);
}

function look(text: string, sight: Sight): Json | undefined {
  const path = parsePath(text);
  const found = lookUp(path, path.context ? sight.context : sight.input);
  // A path with wildcards that finds nothing finds an empty array, which is present.
  return found;
}

function compare(operator: string, value: Json, operand: Json, sight: Sight): boolean {
  const test = TESTS[operator];
  if (test) return test(value) === operand;
  if (operator === 'StringMatches') return typeof value === 'string' && matches(value, String(operand));
  const direct = COMPARISONS.get(operator);
  if (direct) return direct(value, operand);
  const other = look(String(operand), sight);
  if (other === undefined) {
    throw new PathProblem(
      `Invalid path '${String(operand)}': The choice state's condition path references an invalid value.`,
    );
  }
  return COMPARISONS.get(operator.slice(0, -'Path'.length))?.(value, other) ?? false;
}

/** `*` stands for any characters, `\\*` for itself. */
function matches(value: string, pattern: string): boolean {
  const source = pattern.replace(/\\\\|\\\*|[\s\S]/g, (part) => {
    if (part === '*') return '[\\s\\S]*';
    return (part.length === 2 ? part.slice(1) : part).replace(/[.*+?^${}()|[\]\\]/, '\\$&');
  });
  return new RegExp(`^${source}$`).test(value);
}

/** A rule's problem in words, or undefined: exactly one operator, paths where paths belong, Next where Next belongs. */
export function ruleProblem(rule: ChoiceRule, top: boolean): string | undefined {
  const composites = ['And', 'Or', 'Not'].filter((name) => name in rule);
  const operators = Object.keys(rule).filter((name) => OPERATORS.has(name));
  if (composites.length + operators.length !== 1) return 'A choice rule has exactly one operator';
  if (top !== (rule.Next !== undefined)) return top ? 'A choice rule needs Next' : 'Next belongs to the outermost rule';
  const inner = rule.And ?? rule.Or ?? (rule.Not ? [rule.Not] : []);
  for (const nested of inner) {
    const problem = isObject(nested as Json) ? ruleProblem(nested, false) : 'A choice rule is an object';
    if (problem) return problem;
  }
  if (composites.length === 1) return undefined;
  if (typeof rule.Variable !== 'string') return 'A comparison needs Variable';
  parsePath(rule.Variable);
  const [operator = ''] = operators;
  const operand = rule[operator] as Json;
  if (operator.endsWith('Path')) {
    if (typeof operand !== 'string') return `${operator} needs a path`;
    parsePath(operand);
  } else if (operator.startsWith('Is') || operator === 'BooleanEquals') {
    if (typeof operand !== 'boolean') return `${operator} needs true or false`;
  } else if (operator.startsWith('Numeric') ? typeof operand !== 'number' : typeof operand !== 'string') {
    return `${operator} needs a ${operator.startsWith('Numeric') ? 'number' : 'string'}`;
  } else if (operator.startsWith('Timestamp') && Number.isNaN(timestamp_ms(operand))) {
    return `${operator} needs a timestamp`;
  }
  return isArray(operand) ? `${operator} compares with one value` : undefined;
}
