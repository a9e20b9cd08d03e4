import { isArray, isObject, type Json, type JsonObject } from './json.ts';

/** A path that is not understood, or that leads nowhere. The message is the part of Step Functions' cause after the event id. */
export class PathProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PathProblem';
  }
}

type Segment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'descend'; readonly name: string | undefined };

export interface Path {
  readonly text: string;
  /** `$$`: into the context object instead of the input. */
  readonly context: boolean;
  readonly segments: readonly Segment[];
  /** Leads to at most one value; the others answer an array, empty where nothing matches. */
  readonly definite: boolean;
}

const parsed = new Map<string, Path>();

/** Parses `$.a['b c'][0]`, `[*]`, `.*`, `..name` and slices. Filters, unions and functions are refused by name. */
export function parsePath(text: string): Path {
  const known = parsed.get(text);
  if (known) return known;
  const context = text.startsWith('$$');
  if (!text.startsWith('$')) throw new PathProblem(`Invalid path '${text}': a path starts with $`);
  const segments: Segment[] = [];
  let at = context ? 2 : 1;
  while (at < text.length) {
    const [segment, next] = text[at] === '[' ? bracket(text, at) : dot(text, at);
    segments.push(segment);
    at = next;
  }
  const definite = segments.every((segment) => segment.kind === 'name' || segment.kind === 'index');
  const path = { text, context, segments, definite };
  if (parsed.size < 10_000) parsed.set(text, path);
  return path;
}

function dot(text: string, at: number): [Segment, number] {
  if (text[at] !== '.') throw new PathProblem(`Invalid path '${text}': expected . or [ at character ${at}`);
  const deep = text[at + 1] === '.';
  const start = at + (deep ? 2 : 1);
  if (deep && text[start] === '[') throw new PathProblem(`Path '${text}': only a name or * after .. is simulated`);
  if (text[start] === '*') return [deep ? { kind: 'descend', name: undefined } : { kind: 'wildcard' }, start + 1];
  let name = '';
  let end = start;
  for (; end < text.length && text[end] !== '.' && text[end] !== '['; end += 1) {
    if (text[end] === '\\') end += 1;
    else if (/[\s()?@,*\]'"]/.test(text[end] ?? '')) {
      throw new PathProblem(`Path '${text}': functions and operators in paths are not simulated`);
    }
    name += text[end] ?? '';
  }
  if (name === '') throw new PathProblem(`Invalid path '${text}': a name is missing at character ${start}`);
  return [deep ? { kind: 'descend', name } : { kind: 'name', name }, end];
}

const BRACKET = /^\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?\d+)|(\*)|(-?\d+)?:(-?\d+)?)\]/;

function bracket(text: string, at: number): [Segment, number] {
  const match = BRACKET.exec(text.slice(at));
  if (!match) throw new PathProblem(`Path '${text}': filters and unions in [] are not simulated`);
  const next = at + match[0].length;
  const quoted = match[1] ?? match[2];
  if (quoted !== undefined) return [{ kind: 'name', name: quoted.replace(/\\(.)/g, '$1') }, next];
  if (match[3] !== undefined) return [{ kind: 'index', index: Number(match[3]) }, next];
  if (match[4] !== undefined) return [{ kind: 'wildcard' }, next];
  const bound = (digits: string | undefined): number | undefined => (digits === undefined ? undefined : Number(digits));
  return [{ kind: 'slice', from: bound(match[5]), to: bound(match[6]) }, next];
}

/** The value at a path; undefined where a definite path leads nowhere. */
export function lookUp(path: Path, root: Json): Json | undefined {
  let found: readonly Json[] = [root];
  for (const segment of path.segments) found = found.flatMap((value) => step(segment, value));
  return path.definite ? found[0] : found;
}

/** As `lookUp`, for paths that must lead somewhere. */
export function resolve(path: Path, root: Json): Json {
  const value = lookUp(path, root);
  if (value === undefined) throw new PathProblem(missing(path));
  return value;
}

/** The message of the JSONPath library that Step Functions uses. */
function missing(path: Path): string {
  const brackets = path.segments.map((s) =>
    s.kind === 'name' ? `['${s.name}']` : s.kind === 'index' ? `[${s.index}]` : '',
  );
  if (brackets.length <= 1) return `Invalid path '${path.text}' : No results for path: $${brackets.join('')}`;
  return `Invalid path '${path.text}' : Missing property in path $${brackets.slice(0, -1).join('')}`;
}

function step(segment: Segment, value: Json): readonly Json[] {
  switch (segment.kind) {
    case 'name':
      return member(value, segment.name);
    case 'index': {
      const item = isArray(value) ? value.at(segment.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case 'wildcard':
      return children(value);
    case 'slice':
      return isArray(value) ? value.slice(segment.from, segment.to) : [];
    case 'descend':
      return descend(value, segment.name);
  }
}

function member(value: Json, name: string): readonly Json[] {
  if (!isObject(value) || !Object.hasOwn(value, name)) return [];
  const found = value[name];
  return found === undefined ? [] : [found];
}

function children(value: Json): readonly Json[] {
  if (isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function descend(value: Json, name: string | undefined): readonly Json[] {
  const here = name === undefined ? children(value) : member(value, name);
  return [...here, ...children(value).flatMap((child) => descend(child, name))];
}

/** Whether a path may stand in ResultPath: one place in the input, `$.a.b[0]`. */
export function isReference(path: Path): boolean {
  return path.definite && !path.context;
}

/** A copy of `root` with `value` at the reference path; missing objects on the way are made, nothing else is. */
export function assign(path: Path, root: Json, value: Json): Json {
  const place = (segments: readonly Segment[], at: Json | undefined): Json => {
    const [segment, ...rest] = segments;
    if (segment === undefined) return value;
    if (segment.kind === 'name' && (at === undefined || isObject(at))) {
      const inner = at !== undefined && Object.hasOwn(at, segment.name) ? at[segment.name] : undefined;
      return withMember(at ?? {}, segment.name, place(rest, inner));
    }
    if (segment.kind === 'index' && isArray(at) && segment.index >= 0 && segment.index < at.length) {
      return at.map((item, i) => (i === segment.index ? place(rest, item) : item));
    }
    throw new PathProblem(`Unable to apply Reference Path "${path.text}" to the input`);
  };
  return place(path.segments, root);
}

/** Plain assignment would call the setter of `__proto__`. */
function withMember(object: JsonObject, name: string, value: Json): JsonObject {
  return Object.fromEntries([...Object.entries(object).filter(([key]) => key !== name), [name, value]]);
}
