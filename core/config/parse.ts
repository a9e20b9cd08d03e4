import * as v from 'valibot';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { contradictions } from './rules.ts';
import { type Config, ConfigSchema } from './schema.ts';

/** One thing to fix in `muster.yaml`. `line` counts from 1; undefined where the key is missing altogether. */
export interface ConfigProblem {
  readonly key: string;
  readonly value: string;
  readonly line: number | undefined;
  readonly fix: string;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Parses and checks `muster.yaml`. Never throws: every problem is in the list, each with its key, value, line and fix. */
export function parseConfig(yaml: string): ConfigResult {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.map((error) => ({
        key: '(the file)',
        value: '',
        line: error.linePos?.[0].line,
        fix: `this is not YAML: ${error.message.split('\n')[0]}`,
      })),
    };
  }
  const lineOf = (path: readonly PropertyKey[]): number | undefined => {
    for (let length = path.length; length > 0; length -= 1) {
      const range = keyRange(document.contents, path.slice(0, length));
      if (range !== undefined) return lines.linePos(range).line;
    }
    return undefined;
  };
  const raw: unknown = document.toJS();
  const parsed = v.safeParse(ConfigSchema, raw);
  const problem = (path: readonly PropertyKey[], value: unknown, fix: string): ConfigProblem => ({
    key: path.map(String).join('.'),
    value: value === undefined ? '(missing)' : shortened(JSON.stringify(value)),
    line: lineOf(path),
    fix,
  });
  if (!parsed.success) {
    return {
      ok: false,
      problems: parsed.issues.map((issue) => {
        const path = (issue.path ?? []).map((item) => item.key as PropertyKey);
        return problem(path, issue.input, fixOf(issue));
      }),
    };
  }
  const problems = contradictions(parsed.output).map((c) => problem(c.path, c.value, c.fix));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: parsed.output };
}

/** `muster.yaml:12: applications.shop.home is "mars": write an AWS region, ...` */
export function describeProblem(problem: ConfigProblem, file = 'muster.yaml'): string {
  const where = problem.line === undefined ? file : `${file}:${problem.line}`;
  return problem.value === ''
    ? `${where}: ${problem.fix}`
    : `${where}: ${problem.key} is ${problem.value}: ${problem.fix}`;
}

const shortened = (value: string): string => (value.length > 80 ? `${value.slice(0, 77)}...` : value);

function fixOf(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'schema' && issue.type === 'strict_object') {
    if (issue.expected === 'never') return 'remove this key: Muster does not know it';
    if (issue.expected?.startsWith('"')) return 'add this key';
    return 'write a mapping of keys';
  }
  if (issue.kind === 'schema' && (issue.type === 'record' || issue.type === 'array')) {
    return issue.type === 'array' ? 'write a list' : 'write a mapping of keys';
  }
  return issue.message;
}

/** The offset of the key (or list item) at `path`, if the document has it. */
function keyRange(root: unknown, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = root;
  let range: number | undefined;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => String(item.key) === String(key));
      if (pair === undefined) return undefined;
      range = rangeOf(pair.key);
      node = pair.value;
    } else {
      const items = (node as { items?: unknown[] } | null)?.items;
      node = Array.isArray(items) ? items[Number(key)] : undefined;
      range = rangeOf(node);
    }
    if (range === undefined) return undefined;
  }
  return range;
}

function rangeOf(node: unknown): number | undefined {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0];
}
