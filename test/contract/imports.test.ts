import { describe, expect, test } from 'vitest';
import { imports, isLocal, localImports, type Source, sources, withoutComments } from './sources.ts';

/**
 * Who may import whom. A folder may always import itself. Packages and node's modules are free but in `core`.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  lambdas: ['core'],
  statemachines: ['core'],
  infra: ['core', 'statemachines'],
  simulator: [],
  sandbox: ['core', 'simulator'],
  scripts: ['core', 'statemachines', 'infra'],
  bench: ['core', 'scripts'],
  cli: ['core', 'simulator', 'sandbox', 'lambdas/adapters', 'scripts', 'bench'],
  test: ['core', 'lambdas', 'statemachines', 'infra', 'simulator', 'sandbox', 'scripts', 'bench', 'cli'],
};

/** What the rules may use: a validator and a parser of text. Nothing of node, no SDK, nothing that does I/O. */
const CORE_PACKAGES = ['valibot', 'yaml'];

const all = sources();

const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

function forbidden(source: Source): string[] {
  const home = source.path.split('/')[0] ?? '';
  const allowed = [home, ...(MAY_IMPORT[home] ?? [])];
  return localImports(source).filter((path) => !allowed.some((folder) => within(path, folder)));
}

test.each(Object.keys(MAY_IMPORT))('%s imports only what the architecture allows it', (folder) => {
  const broken = all
    .filter((source) => within(source.path, folder))
    .flatMap((source) => forbidden(source).map((path) => `${source.path} imports ${path}`));
  expect(broken).toEqual([]);
});

test('every file is in a folder that the architecture names', () => {
  const folders = new Set(all.map((source) => source.path.split('/')[0]));
  expect([...folders].filter((folder) => folder === undefined || !(folder in MAY_IMPORT))).toEqual([]);
  expect(all.length).toBeGreaterThan(20);
});

describe('core', () => {
  const core = all.filter((source) => within(source.path, 'core'));

  test('imports no module of node, no SDK and no package but its validator and parser', () => {
    const broken = core.flatMap((source) =>
      imports(source)
        .filter((name) => !isLocal(name) && !CORE_PACKAGES.includes(name))
        .map((name) => `${source.path} imports ${name}`),
    );
    expect(broken).toEqual([]);
  });

  test('has no clock, no randomness, no environment, no timer and no output of its own', () => {
    const impure =
      /\b(Date\.now|new Date\(\)|Math\.random|process\.|setTimeout|setInterval|setImmediate|performance\.|crypto\.|console\.|fetch\()/;
    const broken = core.flatMap((source) =>
      withoutComments(source.text)
        .split('\n')
        .filter((line) => impure.test(line.replace(/(['"`])(?:\\.|(?!\1).)*\1/g, '')))
        .map((line) => `${source.path}: ${line.trim()}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('this test', () => {
  const source = (path: string, text: string): Source => ({ path, text });

  test('sees every way to import', () => {
    const text = [
      "import a from './a.ts';",
      "import type { B } from './b.ts';",
      "import {\n  c,\n} from './c.ts';",
      "export { d } from './d.ts';",
      "import './e.ts';",
      "const f = await import('./f.ts');",
      "const g = require('./g.ts');",
      "// import h from './h.ts';",
    ].join('\n');
    expect(imports(source('core/x.ts', text))).toHaveLength(7);
  });

  test('refuses what the architecture forbids', () => {
    expect(forbidden(source('core/x.ts', "import { y } from '../lambdas/y.ts';"))).toEqual(['lambdas/y.ts']);
    expect(forbidden(source('cli/x.ts', "import { y } from '../lambdas/steps/y.ts';"))).toEqual(['lambdas/steps/y.ts']);
    expect(forbidden(source('cli/x.ts', "import { y } from '../lambdas/adapters/y.ts';"))).toEqual([]);
    expect(forbidden(source('lambdas/x.ts', "import { y } from '../test/y.ts';"))).toEqual(['test/y.ts']);
  });
});
