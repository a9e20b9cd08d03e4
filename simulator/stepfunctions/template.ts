import { callIntrinsic, type Draws, knowsIntrinsic } from './intrinsics.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';
import { lookUp, type Path, PathProblem, parsePath, resolve } from './path.ts';

/** What paths read: `$` is the input, `$$` the context object. */
export interface Sight {
  readonly input: Json;
  readonly context: JsonObject;
  readonly draws: Draws;
}

type Expression =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] };

const parsed = new Map<string, Expression>();

/** A path or an intrinsic function: what the value of a field `x.$` may be. Throws PathProblem. */
export function parseExpression(text: string): Expression {
  const known = parsed.get(text);
  if (known) return known;
  const [expression, end] = text.startsWith('$') ? wholePath(text) : call(text, 0);
  if (end !== text.length) throw new PathProblem(`'${text}' goes on after its end at character ${end}`);
  if (parsed.size < 10_000) parsed.set(text, expression);
  return expression;
}

function wholePath(text: string): [Expression, number] {
  return [{ kind: 'path', path: parsePath(text) }, text.length];
}

function call(text: string, at: number): [Expression, number] {
  const name = /^States\.\w+/.exec(text.slice(at))?.[0];
  if (name === undefined || !knowsIntrinsic(name))
    throw new PathProblem(`'${text}' is not a path or an intrinsic function`);
  let cursor = skipSpace(text, at + name.length);
  if (text[cursor] !== '(') throw new PathProblem(`'${text}': expected ( after ${name}`);
  cursor = skipSpace(text, cursor + 1);
  const args: Expression[] = [];
  while (text[cursor] !== ')') {
    if (args.length > 0) {
      if (text[cursor] !== ',') throw new PathProblem(`'${text}': expected , or ) at character ${cursor}`);
      cursor = skipSpace(text, cursor + 1);
    }
    const [arg, end] = argument(text, cursor);
    args.push(arg);
    cursor = skipSpace(text, end);
  }
  return [{ kind: 'call', name, args }, cursor + 1];
}

function skipSpace(text: string, at: number): number {
  let cursor = at;
  while (text[cursor] === ' ') cursor += 1;
  return cursor;
}

const QUOTED = /^'((?:[^'\\]|\\.)*)'/;
const LITERAL = /^(true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=[\s,)])/;
const ARGUMENT_PATH = /^\$\$?(?:\[(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\]'"]*)\]|[^\s,()[\]])*/;

function argument(text: string, at: number): [Expression, number] {
  const rest = text.slice(at);
  const quoted = QUOTED.exec(rest);
  if (quoted) {
    // \{ and \} stay for States.Format, which tells a literal brace from a placeholder.
    const value = (quoted[1] ?? '').replace(/\\(['\\])/g, (_all, character: string) =>
      character === '\\' ? '\\\\' : character,
    );
    return [{ kind: 'literal', value }, at + quoted[0].length];
  }
  const literal = LITERAL.exec(rest);
  if (literal) return [{ kind: 'literal', value: JSON.parse(literal[0]) as Json }, at + literal[0].length];
  const path = ARGUMENT_PATH.exec(rest)?.[0];
  if (path !== undefined) return [{ kind: 'path', path: parsePath(path) }, at + path.length];
  if (rest.startsWith('States.')) return call(text, at);
  throw new PathProblem(`'${text}': not an argument at character ${at}`);
}

function evaluate(expression: Expression, sight: Sight): Json {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'path':
      return resolve(expression.path, expression.path.context ? sight.context : sight.input);
    case 'call': {
      const args = expression.args.map((arg) => evaluateArgument(arg, sight, expression.name));
      return callIntrinsic(expression.name, args, sight.draws);
    }
  }
}

/** Backslashes in a literal are still doubled for Format; other functions get the plain text. */
function evaluateArgument(arg: Expression, sight: Sight, name: string): Json {
  const value = evaluate(arg, sight);
  if (arg.kind !== 'literal' || typeof value !== 'string' || name === 'States.Format') return value;
  return value.replace(/\\([{}\\])/g, '$1');
}

/** The value of a field that holds a path or an intrinsic function. */
export function evaluateText(text: string, field: string, sight: Sight): Json {
  const expression = parseExpression(text);
  if (expression.kind !== 'path') return evaluate(expression, sight);
  const { path } = expression;
  const found = lookUp(path, path.context ? sight.context : sight.input);
  if (found !== undefined) return found;
  const input = JSON.stringify(path.context ? sight.context : sight.input);
  throw new PathProblem(
    `The JSONPath '${text}' specified for the field '${field}' could not be found in the input '${input}'`,
  );
}

/** InputPath, OutputPath, ItemsPath: a path, or null for the empty object. */
export function select(path: string | null | undefined, sight: Sight): Json {
  if (path === undefined) return sight.input;
  if (path === null) return {};
  const found = parsePath(path);
  return resolve(found, found.context ? sight.context : sight.input);
}

/** A payload template (Parameters, ResultSelector, ItemSelector): fields that end in `.$` are replaced. */
export function fill(template: Json, sight: Sight): Json {
  if (isArray(template)) return template.map((item) => fill(item, sight));
  if (!isObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) => {
      if (!name.endsWith('.$')) return [name, fill(value, sight)];
      if (typeof value !== 'string') throw new PathProblem(`The value of the field '${name}' must be a string`);
      return [name.slice(0, -2), evaluateText(value, name, sight)];
    }),
  );
}

/** Calls `check` for every path or intrinsic function in a payload template. */
export function eachExpression(template: Json, check: (text: Json, field: string) => void): void {
  if (isArray(template)) for (const item of template) eachExpression(item, check);
  else if (isObject(template)) {
    for (const [name, value] of Object.entries(template)) {
      if (name.endsWith('.$')) check(value, name);
      else eachExpression(value, check);
    }
  }
}
