import { globSync, readFileSync } from 'node:fs';
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
