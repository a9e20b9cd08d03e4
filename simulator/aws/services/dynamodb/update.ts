import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { addDecimals, formatDecimal, negate, parseDecimal } from './decimal.ts';
import { valueAt } from './evaluate.ts';
import { type Path, type Placeholders, parsePath, refuseOverlap } from './expressions.ts';
import { Tokens } from './tokens.ts';
import { canonical, type Item, invalid, tagged } from './values.ts';

type Source =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: '+' | '-' | 'list_append'; readonly left: Source; readonly right: Source }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: Source };

type Action =
  | { readonly kind: 'SET'; readonly path: Path; readonly source: Source }
  | { readonly kind: 'REMOVE'; readonly path: Path }
  | { readonly kind: 'ADD' | 'DELETE'; readonly path: Path; readonly value: AttributeValue };

export interface Update {
  readonly actions: readonly Action[];
  readonly paths: readonly Path[];
}

const CLAUSES = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;

/** Grammar: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html */
export function parseUpdate(source: string, placeholders: Placeholders): Update {
  const tokens = new Tokens('UpdateExpression', source);
  const actions: Action[] = [];
  const seen = new Set<string>();
  while (tokens.peek() !== undefined) {
    const clause = CLAUSES.find((each) => tokens.accept(each));
    if (clause === undefined) throw tokens.syntaxError();
    if (seen.has(clause))
      throw tokens.invalid(`The "${clause}" section can only be used once in an update expression;`);
    seen.add(clause);
    do actions.push(parseAction(clause, tokens, placeholders));
    while (tokens.accept(','));
  }
  const paths = actions.map(({ path }) => path);
  refuseOverlap(paths, tokens);
  return { actions, paths };
}

function parseAction(clause: (typeof CLAUSES)[number], tokens: Tokens, placeholders: Placeholders): Action {
  const path = parsePath(tokens, placeholders);
  if (clause === 'REMOVE') return { kind: clause, path };
  if (clause === 'SET') {
    tokens.expect('=');
    return { kind: clause, path, source: parseSource(tokens, placeholders) };
  }
  if (tokens.peek()?.kind !== 'value') throw tokens.syntaxError();
  const value = placeholders.value(tokens.take().text, tokens);
  const [tag] = tagged(value);
  if (tag === 'SS' || tag === 'NS' || tag === 'BS' || (tag === 'N' && clause === 'ADD'))
    return { kind: clause, path, value };
  throw tokens.invalid(`Incorrect operand type for operator or function; operator: ${clause}, operand type: ${tag}`);
}

function parseSource(tokens: Tokens, placeholders: Placeholders): Source {
  const left = parseTerm(tokens, placeholders);
  for (const kind of ['+', '-'] as const) {
    if (tokens.accept(kind)) return { kind, left, right: parseTerm(tokens, placeholders) };
  }
  return left;
}

function parseTerm(tokens: Tokens, placeholders: Placeholders): Source {
  const token = tokens.peek();
  if (token?.kind === 'value') return { kind: 'value', value: placeholders.value(tokens.take().text, tokens) };
  if (token?.kind !== 'name' || !tokens.isNext('(', 1)) return { kind: 'path', path: parsePath(tokens, placeholders) };
  const name = tokens.take().text;
  if (name !== 'if_not_exists' && name !== 'list_append')
    throw tokens.invalid(`Invalid function name; function: ${name}`);
  tokens.expect('(');
  const source = parseCall(name, tokens, placeholders);
  tokens.expect(')');
  return source;
}

function parseCall(name: 'if_not_exists' | 'list_append', tokens: Tokens, placeholders: Placeholders): Source {
  if (name === 'if_not_exists') {
    const path = parsePath(tokens, placeholders);
    tokens.expect(',');
    return { kind: name, path, otherwise: parseTerm(tokens, placeholders) };
  }
  const left = parseTerm(tokens, placeholders);
  tokens.expect(',');
  return { kind: name, left, right: parseTerm(tokens, placeholders) };
}

/** The item after the update. Every right-hand side sees the item as it was before. */
export function applyUpdate(update: Update, before: Item): Record<string, AttributeValue> {
  const after = structuredClone(before) as Record<string, AttributeValue>;
  const removed: Path[] = [];
  for (const action of update.actions) {
    if (action.kind === 'SET') assign(after, action.path, evaluate(action.source, before));
    else if (action.kind === 'REMOVE') removed.push(action.path);
    else change(after, action.kind, action.path, action.value);
  }
  // Indices are those of the item as it was: the later ones go first.
  for (const path of removed.toSorted((a, b) => Number(b.at(-1)) - Number(a.at(-1)))) assign(after, path, undefined);
  return after;
}

function evaluate(source: Source, item: Item): AttributeValue {
  switch (source.kind) {
    case 'value':
      return source.value;
    case 'path': {
      const value = valueAt(item, source.path);
      if (value === undefined)
        throw invalid('The provided expression refers to an attribute that does not exist in the item');
      return structuredClone(value);
    }
    case 'if_not_exists':
      return valueAt(item, source.path) ?? evaluate(source.otherwise, item);
    case 'list_append': {
      const [left, right] = [evaluate(source.left, item).L, evaluate(source.right, item).L];
      if (left === undefined || right === undefined) throw wrongType();
      return { L: [...left, ...right] };
    }
    case '+':
    case '-':
      return add(evaluate(source.left, item), evaluate(source.right, item), source.kind === '-');
  }
}

function add(left: AttributeValue, right: AttributeValue, subtract: boolean): AttributeValue {
  if (left.N === undefined || right.N === undefined) throw wrongType();
  const operand = parseDecimal(right.N);
  return { N: formatDecimal(addDecimals(parseDecimal(left.N), subtract ? negate(operand) : operand)) };
}

/** ADD to a number or a set, DELETE from a set. A set that becomes empty is removed. */
function change(item: Record<string, AttributeValue>, kind: 'ADD' | 'DELETE', path: Path, value: AttributeValue): void {
  const old = valueAt(item, path);
  if (kind === 'ADD' && value.N !== undefined) assign(item, path, add(old ?? { N: '0' }, value, false));
  else if (old !== undefined) assign(item, path, changedSet(old, kind, value));
  else if (kind === 'ADD') assign(item, path, value);
}

function changedSet(old: AttributeValue, kind: 'ADD' | 'DELETE', value: AttributeValue): AttributeValue | undefined {
  const [tag, content] = tagged(value);
  const [oldTag, oldContent] = tagged(old);
  if (tag !== oldTag || (tag !== 'SS' && tag !== 'NS' && tag !== 'BS')) throw wrongType();
  const single = tag === 'SS' ? 'S' : tag === 'NS' ? 'N' : 'B';
  const keyOf = (each: unknown): string => canonical({ [single]: each } as unknown as AttributeValue);
  const members = new Map<string, unknown>((oldContent as unknown[]).map((each) => [keyOf(each), each]));
  for (const each of content as unknown[]) {
    if (kind === 'ADD') members.set(keyOf(each), each);
    else members.delete(keyOf(each));
  }
  return members.size === 0 ? undefined : ({ [tag]: Array.from(members.values()) } as unknown as AttributeValue);
}

function assign(item: Record<string, AttributeValue>, path: Path, value: AttributeValue | undefined): void {
  const last = path.at(-1);
  const parent = valueAt({ root: { M: item } }, ['root', ...path.slice(0, -1)]);
  const holder = path.length === 1 ? item : parent?.M;
  if (typeof last === 'string' && holder !== undefined) {
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  } else if (typeof last === 'number' && parent?.L !== undefined) {
    if (value !== undefined) parent.L[Math.min(last, parent.L.length)] = value;
    else parent.L.splice(last, 1);
  } else {
    throw invalid('The document path provided in the update expression is invalid for update');
  }
}

function wrongType(): Error {
  return invalid('An operand in the update expression has an incorrect data type');
}
