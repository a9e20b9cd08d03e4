import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Source {
  /** Relative to the repository: `core/plan.ts`. */
  readonly path: string;
  readonly text: string;
}

const FOLDERS = 'core,lambdas,statemachines,infra,simulator,sandbox,cli,scripts,bench,test';

/** Every file that people write in TypeScript or JavaScript. */
export function sources(): readonly Source[] {
  return globSync(`{${FOLDERS}}/**/*.{ts,cts,mts,js,cjs,mjs}`, { cwd: ROOT })
    .sort()
    .map((path) => ({ path, text: readFileSync(`${ROOT}${path}`, 'utf8') }));
}

/**
 * The text without its comments, so that a rule about code is not broken by prose. Strings stay, and so do the lines'
 * numbers.
 */
export function withoutComments(text: string): string {
  const stringOrComment = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(stringOrComment, (found, string?: string) => string ?? found.replace(/[^\n]/g, ''));
}

/** Every module that a file names in an import, an export or a require. */
export function imports(source: Source): readonly string[] {
  const code = withoutComments(source.text);
  const patterns = [
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"\n]+)['"]/g,
    /(?:^|\n)\s*import\s*['"]([^'"\n]+)['"]/g,
    /\b(?:import|require)\(\s*['"]([^'"\n]+)['"]/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''));
}

export const isLocal = (name: string): boolean => name.startsWith('.') || name.startsWith('/');

/** The repository's own files that a file imports, relative to the repository. */
export function localImports(source: Source): readonly string[] {
  return imports(source)
    .filter(isLocal)
    .map((name) => posix.join(posix.dirname(source.path), name));
}

/** Who imports whom: of files, or of folders. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** `groupOf` says which node a file belongs to; undefined: none. What a node imports of itself does not count. */
export function graphOf(sources: readonly Source[], groupOf: (path: string) => string | undefined): Graph {
  const graph = new Map<string, Set<string>>();
  for (const source of sources) {
    const from = groupOf(source.path);
    if (from === undefined) continue;
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets);
    for (const to of localImports(source).map(groupOf)) if (to !== undefined && to !== from) targets.add(to);
  }
  return graph;
}

/** Import circles, each as `a -> b -> a`. Not all of them, but at least one if there is any. */
export function circles(graph: Graph): readonly string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    const start = path.indexOf(node);
    if (start >= 0) found.push([...path.slice(start), node].join(' -> '));
    if (start >= 0 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}
