import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { isReservedWord } from './reserved-words.ts';
import { Tokens } from './tokens.ts';
import { type Item, invalid, normaliseValue } from './values.ts';

/** `a.b[2]` with its placeholders resolved. */
export type Path = readonly (string | number)[];

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'size'; readonly path: Path };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'compare'; readonly left: Operand; readonly comparator: Comparator; readonly right: Operand }
  | { readonly kind: 'between'; readonly of: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly of: Operand; readonly among: readonly Operand[] }
  | { readonly kind: 'exists'; readonly path: Path; readonly expected: boolean }
  | { readonly kind: 'type' | 'begins_with' | 'contains'; readonly of: Operand; readonly argument: Operand };

const COMPARATORS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);
const MAX_IN_OPERANDS = 100;

/** The names and values that a request's expressions share; each must be defined, and each must be used. */
export class Placeholders {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Item;
  readonly #unused: Set<string>;

  constructor(names: Readonly<Record<string, string>> = {}, values: Item = {}) {
    this.#names = names;
    this.#values = values;
    this.#unused = new Set([...Object.keys(names), ...Object.keys(values)]);
  }

  name(placeholder: string, tokens: Tokens): string {
    const name = this.#names[placeholder];
    this.#unused.delete(placeholder);
    if (name === undefined) {
      throw tokens.invalid(
        `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      );
    }
    return name;
  }

  value(placeholder: string, tokens: Tokens): AttributeValue {
    const value = this.#values[placeholder];
    this.#unused.delete(placeholder);
    if (value === undefined) {
      throw tokens.invalid(
        `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      );
    }
    return normaliseValue(value);
  }

  /** To be called when all of the request's expressions are parsed. */
  finish(): void {
    const names = Array.from(this.#unused).filter((each) => each.startsWith('#'));
    const values = Array.from(this.#unused).filter((each) => !each.startsWith('#'));
    if (names.length > 0)
      throw invalid(`Value provided in ExpressionAttributeNames unused in expressions: keys: {${names.join(', ')}}`);
    if (values.length > 0)
      throw invalid(`Value provided in ExpressionAttributeValues unused in expressions: keys: {${values.join(', ')}}`);
  }
}

/** Grammar: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html */
export function parseCondition(kind: string, source: string, placeholders: Placeholders): Condition {
  const parser = new ConditionParser(new Tokens(kind, source), placeholders);
  return parser.parse();
}

export function parseProjection(source: string, placeholders: Placeholders): Path[] {
  const tokens = new Tokens('ProjectionExpression', source);
  const paths = [parsePath(tokens, placeholders)];
  while (tokens.accept(',')) paths.push(parsePath(tokens, placeholders));
  tokens.end();
  refuseOverlap(paths, tokens);
  return paths;
}

export function parsePath(tokens: Tokens, placeholders: Placeholders): Path {
  const path: (string | number)[] = [parseName(tokens, placeholders)];
  for (;;) {
    if (tokens.accept('.')) path.push(parseName(tokens, placeholders));
    else if (tokens.accept('[')) {
      const index = tokens.take();
      if (index.kind !== 'index') throw tokens.syntaxError();
      path.push(Number(index.text));
      tokens.expect(']');
    } else return path;
  }
}

function parseName(tokens: Tokens, placeholders: Placeholders): string {
  const token = tokens.peek();
  if (token?.kind === 'placeholder') return placeholders.name(tokens.take().text, tokens);
  if (token?.kind !== 'name') throw tokens.syntaxError();
  if (isReservedWord(token.text))
    throw tokens.invalid(`Attribute name is a reserved keyword; reserved keyword: ${token.text}`);
  return tokens.take().text;
}

/** Neither in a projection nor in an update may one path contain another. */
export function refuseOverlap(paths: readonly Path[], tokens: Tokens): void {
  paths.forEach((one, index) => {
    for (const two of paths.slice(index + 1)) {
      const shared = Math.min(one.length, two.length);
      if (one.slice(0, shared).every((segment, at) => segment === two[at])) {
        const words = `path one: [${one.join(', ')}], path two: [${two.join(', ')}]`;
        throw tokens.invalid(
          `Two document paths overlap with each other; must remove or rewrite one of these paths; ${words}`,
        );
      }
    }
  });
}

class ConditionParser {
  readonly #tokens: Tokens;
  readonly #placeholders: Placeholders;

  constructor(tokens: Tokens, placeholders: Placeholders) {
    this.#tokens = tokens;
    this.#placeholders = placeholders;
  }

  parse(): Condition {
    const condition = this.#or();
    this.#tokens.end();
    return condition;
  }

  #or(): Condition {
    let left = this.#and();
    while (this.#tokens.accept('OR')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Condition {
    let left = this.#not();
    while (this.#tokens.accept('AND')) left = { kind: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Condition {
    if (this.#tokens.accept('NOT')) return { kind: 'not', of: this.#not() };
    if (this.#tokens.accept('(')) {
      const inner = this.#or();
      this.#tokens.expect(')');
      return inner;
    }
    return this.#function() ?? this.#comparison();
  }

  #function(): Condition | undefined {
    const token = this.#tokens.peek();
    if (token?.kind !== 'name' || !this.#tokens.isNext('(', 1) || token.text === 'size') return undefined;
    const name = this.#tokens.take().text; // function names are case-sensitive
    this.#tokens.expect('(');
    const condition = this.#call(name);
    this.#tokens.expect(')');
    return condition;
  }

  #call(name: string): Condition {
    if (name === 'attribute_exists' || name === 'attribute_not_exists') {
      return {
        kind: 'exists',
        path: parsePath(this.#tokens, this.#placeholders),
        expected: name === 'attribute_exists',
      };
    }
    if (name !== 'attribute_type' && name !== 'begins_with' && name !== 'contains') {
      throw this.#tokens.invalid(`Invalid function name; function: ${name}`);
    }
    const of = this.#operand();
    this.#tokens.expect(',');
    const argument = this.#operand();
    if (name !== 'contains') this.#checkArgument(name, argument);
    return { kind: name === 'attribute_type' ? 'type' : name, of, argument };
  }

  #checkArgument(name: string, argument: Operand): void {
    if (argument.kind !== 'value') return;
    const [tag = ''] = Object.keys(argument.value);
    if (tag === 'S' || (tag === 'B' && name === 'begins_with')) return;
    const words = `operator or function: ${name}, operand type: ${tag}`;
    throw this.#tokens.invalid(`Incorrect operand type for operator or function; ${words}`);
  }

  #comparison(): Condition {
    const left = this.#operand();
    if (this.#tokens.accept('BETWEEN')) {
      const low = this.#operand();
      this.#tokens.expect('AND');
      return { kind: 'between', of: left, low, high: this.#operand() };
    }
    if (this.#tokens.accept('IN')) return { kind: 'in', of: left, among: this.#list() };
    const comparator = this.#tokens.peek()?.text ?? '';
    if (!COMPARATORS.has(comparator)) throw this.#tokens.syntaxError();
    this.#tokens.take();
    return { kind: 'compare', left, comparator: comparator as Comparator, right: this.#operand() };
  }

  #list(): Operand[] {
    this.#tokens.expect('(');
    const among = [this.#operand()];
    while (this.#tokens.accept(',')) among.push(this.#operand());
    this.#tokens.expect(')');
    if (among.length > MAX_IN_OPERANDS)
      throw this.#tokens.invalid('The IN operator is provided with too many operands;');
    return among;
  }

  #operand(): Operand {
    const token = this.#tokens.peek();
    if (token?.kind === 'value')
      return { kind: 'value', value: this.#placeholders.value(this.#tokens.take().text, this.#tokens) };
    if (token?.text !== 'size' || !this.#tokens.isNext('(', 1)) {
      return { kind: 'path', path: parsePath(this.#tokens, this.#placeholders) };
    }
    this.#tokens.take();
    this.#tokens.expect('(');
    const path = parsePath(this.#tokens, this.#placeholders);
    this.#tokens.expect(')');
    return { kind: 'size', path };
  }
}
