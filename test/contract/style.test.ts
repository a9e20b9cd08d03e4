import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ROOT, type Source, sources, withoutComments } from './sources.ts';

const all = sources();
const isTest = (path: string): boolean => path.startsWith('test/');

/** Every line of ours that matches, as `file:line`. */
function lines(pattern: RegExp, files = all, code = true): string[] {
  return files.flatMap(({ path, text }) =>
    (code ? withoutComments(text) : text)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
  );
}

/**
 * A parameter of a constructor that begins with a modifier, on whatever line. The same words inside of brackets are a
 * type's (`props: { readonly target: Target }`), so what stands in brackets is stepped over as a whole, four deep.
 */
const PARAMETER_PROPERTY = ((): RegExp => {
  let inside = '[^(){}]';
  for (let depth = 0; depth < 4; depth += 1) {
    inside = `(?:[^(){}]|\\((?:${inside})*\\)|\\{(?:${inside})*\\})`;
  }
  const modifiers = '(?:(?:public|private|protected|readonly|override)\\s+)+';
  return new RegExp(`\\bconstructor\\s*\\(${inside}*?(?<=[(,]\\s*)(${modifiers}[\\w$]+)\\s*[?:=,)]`, 'g');
})();

function parameterProperties(files: readonly Source[]): string[] {
  return files.flatMap(({ path, text }) => {
    const code = withoutComments(text);
    return [...code.matchAll(PARAMETER_PROPERTY)].map((match) => {
      const line = code.slice(0, match.index + match[0].length).split('\n').length;
      return `${path}:${line} ${match[1]}`;
    });
  });
}

test('no file is longer than one can read in one go', () => {
  const long = all
    .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
    .filter((each) => each.lines > 400);
  expect(long).toEqual([]);
});

test('there are no default exports, enums, namespaces or parameter properties', () => {
  const files = all.filter(({ path }) => path.endsWith('.ts'));
  expect(lines(/^\s*export default\b/, files)).toEqual([]);
  expect(lines(/^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s/, files)).toEqual([]);
  expect(lines(/^\s*(export\s+)?namespace\s/, files)).toEqual([]);
  expect(parameterProperties(files)).toEqual([]);
});

test('there are no barrels: a file that only passes on what others export', () => {
  const barrels = all.filter(({ path, text }) => {
    const statements = withoutComments(text)
      .split(';')
      .map((statement) => statement.trim())
      .filter((statement) => statement !== '');
    return (
      path.endsWith('.ts') && statements.length > 1 && statements.every((each) => /^export\b.*\bfrom\b/s.test(each))
    );
  });
  expect(barrels.map(({ path }) => path)).toEqual([]);
});

test('nothing depends on where the repository lies or on whose machine', () => {
  // Put together here, so that this file does not name what it looks for. The home of a Lambda sandbox is AWS's.
  const homes = ['home', 'Users', 'work'].map((name) => `/${name}/`).join('|');
  expect(lines(new RegExp(`['"\`](file://)?(${homes})(?!sbx_user)`), all, false)).toEqual([]);
});

test('every import names its file, with its ending', () => {
  expect(lines(/\bfrom '\.[^']*(?<!\.(ts|cjs|json))'/)).toEqual([]);
});

describe('time and randomness are given, never taken', () => {
  const taken = /\b(Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|randomUUID\()/;

  test.each(['core/', 'lambdas/steps/', 'simulator/aws/', 'simulator/slack/', 'simulator/stepfunctions/'])(
    'in %s',
    (folder) => {
      expect(
        lines(
          taken,
          all.filter(({ path }) => path.startsWith(folder)),
        ),
      ).toEqual([]);
    },
  );
});

test('no test is skipped, and none is run alone', () => {
  expect(
    lines(
      /\b(test|it|describe)\.(skip|only|todo)\b/,
      all.filter(({ path }) => isTest(path)),
    ),
  ).toEqual([]);
});

describe('dependencies', () => {
  const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Record<string, Record<string, string>>;
  const versions = { ...manifest['dependencies'], ...manifest['devDependencies'] };

  test('are exact', () => {
    for (const [name, version] of Object.entries(versions)) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('have each its reason in docs/dependencies.md, and the page names no other', () => {
    const page = readFileSync(`${ROOT}docs/dependencies.md`, 'utf8');
    const named = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]);
    expect(named.sort()).toEqual(Object.keys(versions).sort());
  });
});

test('this test sees every parameter property, and takes no type for one', () => {
  const found = (parameters: string) =>
    parameterProperties([{ path: 'x.ts', text: `class X {\n  constructor(${parameters}) {}\n}` }]);
  expect(found('private readonly a: string')).toEqual(['x.ts:2 private readonly a']);
  expect(found('\n    /** First. */\n    a: string,\n    readonly b?: string,\n  ')).toEqual(['x.ts:5 readonly b']);
  expect(found('a: { readonly b: () => { c: string } }, protected d = 1')).toHaveLength(1);
  for (const parameters of [
    'a: string, props: Props & { readonly target: Target; readonly home: string }',
    'a: { b: { readonly c: string }, readonly d: string }',
    'run: (each: { readonly a: string }) => void, b: Map<string, readonly string[]>',
    'a: readonly string[], b: readonly [string]',
  ])
    expect(found(parameters), parameters).toEqual([]);
});
