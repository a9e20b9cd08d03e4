import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  COMMANDS,
  type CommandSpec,
  commandOfDialog,
  helpText,
  opensDialog,
  parseCommand,
} from '../../core/commands.ts';
import { KINDS } from '../../core/kinds.ts';
import { HANDLERS } from '../../lambdas/commands/handlers.ts';
import { imports, ROOT, type Source, sources, withoutComments } from './sources.ts';

/** A command is a row of core/commands.ts, a handler and its messages: nothing else knows it by its name. */
const rows: readonly CommandSpec[] = COMMANDS;
const names = rows.map((row) => row.name);

test('every row has a handler of its own, in the file of its name, and no handler is without a row', () => {
  expect(Object.keys(HANDLERS).sort()).toEqual([...names].sort());
  expect(new Set(Object.values(HANDLERS)).size).toBe(names.length);
  for (const name of names) expect(existsSync(`${ROOT}lambdas/commands/${name}.ts`), name).toBe(true);
});

describe.each(rows)('/dr $name', (row) => {
  const { name, form, says } = row;

  test('is one lower-case word, its form begins with it, and its help is the rest of a sentence', () => {
    expect(name).toMatch(/^[a-z][a-z-]*$/);
    expect(`${form} `).toContain(`/dr ${name} `);
    expect(says).toMatch(/^[a-z].{5,}[^.]$/);
  });

  test.each([`help ${name}`, `HELP ${name.toUpperCase()}`])('"/dr %s" prints its form', (typed) => {
    const parsed = parseCommand(typed, ['shop']);
    if (!parsed.ok || parsed.command.name !== 'help') throw new Error(`${typed} is not understood`);
    expect(helpText(parsed.command.about)).toBe(`\`${form}\`: ${says}.`);
  });

  test('is in the list of all, and there once', () => {
    expect(helpText(undefined)).toContain(`\`${form}\`: ${says}`);
    expect(rows.filter((each) => each.name === name)).toEqual([row]);
  });

  test('opens its dialog, and no other', () => {
    expect([opensDialog(name), opensDialog(`  ${name.toUpperCase()} shop`)]).toEqual(
      row.dialog === undefined ? [false, false] : [true, true],
    );
    if (row.dialog === undefined) return;
    expect(commandOfDialog(row.dialog)).toBe(row);
    // Refusals name the command that starts a kind of operation by the kind (core/approvals.ts).
    expect([row.dialog, KINDS]).toEqual([name, expect.arrayContaining([name])]);
    expect(row.role).not.toBe('anyone');
  });

  test('is a vote for approvers alone, and then opens no dialog', () => {
    if (row.vote !== undefined) expect([row.role, row.dialog]).toEqual(['approver', undefined]);
  });
});

/** Where commands are received, understood and handled; elsewhere the same words are kinds of operations and votes. */
const knowsCommands = (source: Source): boolean =>
  !source.path.startsWith('test/') &&
  source.path !== 'core/commands.ts' &&
  (/^lambdas\/(receiver|commands)\//.test(source.path) ||
    imports(source).some((name) => /(^|\/)commands\.ts$/.test(name)));

const NAME = `(?:${names.join('|')})`;
const DECIDES = new RegExp(
  [
    `[!=]==?\\s*['"\`]${NAME}['"\`]`,
    `['"\`]${NAME}['"\`]\\s*[!=]==?`,
    `\\bcase\\s+['"\`]${NAME}['"\`]`,
    `\\b(?:startsWith|includes|has|get)\\(\\s*['"\`]${NAME}\\b`,
    `/[^/\\n]*\\b${NAME}\\b[^/\\n]*/[a-z]*\\.(?:test|exec)\\(`,
    `=\\s*/[^/\\n]*(?:\\b|\\\\[sb][*+]?)${NAME}\\b[^\\n]*/[a-z]*;`,
  ].join('|'),
);

const deciding = (files: readonly Source[]): string[] =>
  files.flatMap(({ path, text }) =>
    withoutComments(text)
      .split('\n')
      .filter((line) => DECIDES.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );

test('no other file decides by the name of a command', () => {
  const files = sources().filter(knowsCommands);
  const paths = files.map(({ path }) => path);
  for (const path of ['lambdas/command.ts', 'lambdas/approve.ts', 'lambdas/receiver/listeners.ts']) {
    expect(paths).toContain(path);
  }
  expect(deciding(files)).toEqual([]);
});

test('this test sees whoever does', () => {
  for (const text of [
    "if (command.name === 'abort') return;",
    "if ('abort' !== command.name) return;",
    "    case 'status': {",
    "if (text.startsWith('promote shop')) return;",
    'const OPENS_DIALOG = /^\\s*promote(\\s|$)/i;',
    'if (/^help/.test(text)) return;',
  ])
    expect(deciding([{ path: 'x.ts', text }]), text).toHaveLength(1);
  for (const text of ["const PROMOTE = { kind: 'promote' };", '`/dr promote shop`', "case 'aborted':"])
    expect(deciding([{ path: 'x.ts', text }]), text).toEqual([]);
});
