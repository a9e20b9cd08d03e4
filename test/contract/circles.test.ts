import { describe, expect, test } from 'vitest';
import { circles, graphOf, type Source, sources } from './sources.ts';

/** Imports of types count too: a circle of types is two files that cannot be read apart. */
const code = sources().filter(({ path }) => !path.startsWith('test/'));

/** `simulator/aws`; the files at the root of `simulator` are one group, `simulator`. */
const subfolderOf =
  (folder: string) =>
  (path: string): string | undefined => {
    const [home, next, ...rest] = path.split('/');
    if (home !== folder) return undefined;
    return rest.length === 0 ? folder : `${folder}/${next}`;
  };

const file = (path: string): string => path;

test('no two files import each other, directly or through others', () => {
  expect(circles(graphOf(code, file))).toEqual([]);
});

test.each(['simulator', 'sandbox'])('no two folders of %s import each other, directly or through others', (folder) => {
  const graph = graphOf(code, subfolderOf(folder));
  expect(graph.size).toBeGreaterThan(3);
  expect(circles(graph)).toEqual([]);
});

describe('this test', () => {
  const source = (path: string, ...names: string[]): Source => ({
    path,
    text: names.map((name) => `import type { X } from '${name}';\n`).join(''),
  });

  test('finds a circle of two files and one of three', () => {
    const two = [source('core/a.ts', './b.ts'), source('core/b.ts', './a.ts')];
    expect(circles(graphOf(two, file))).toEqual(['core/a.ts -> core/b.ts -> core/a.ts']);
    const three = [
      source('core/a.ts', './b.ts'),
      source('core/b.ts', './c.ts'),
      source('core/c.ts', './b.ts', './a.ts'),
    ];
    expect(circles(graphOf(three, file))).toContain('core/a.ts -> core/b.ts -> core/c.ts -> core/a.ts');
  });

  test('finds a circle behind files that are in none', () => {
    const files = [source('core/a.ts', './b.ts'), source('core/b.ts', './c.ts'), source('core/c.ts', './b.ts')];
    expect(circles(graphOf(files, file))).toEqual(['core/b.ts -> core/c.ts -> core/b.ts']);
  });

  test('accepts two ways to one file', () => {
    const files = [source('core/a.ts', './b.ts', './c.ts'), source('core/b.ts', './c.ts'), source('core/c.ts')];
    expect(circles(graphOf(files, file))).toEqual([]);
  });

  test('finds a circle of folders without a circle of files', () => {
    const files = [source('simulator/aws/a.ts', '../lambda/b.ts'), source('simulator/lambda/c.ts', '../aws/d.ts')];
    expect(circles(graphOf(files, file))).toEqual([]);
    expect(circles(graphOf(files, subfolderOf('simulator')))).toEqual([
      'simulator/aws -> simulator/lambda -> simulator/aws',
    ]);
  });
});
