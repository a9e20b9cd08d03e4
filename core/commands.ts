import type { Role } from './approvals.ts';
import type { Parser } from './command-words.ts';
import { applicationAndReason, clip, oneOperation, optionalApplication, optionalCommand } from './command-words.ts';
import type { OperationKind } from './kinds.ts';
import type { VoteChoice } from './ledger.ts';
import { nearest } from './nearest.ts';
import { type Refusal, refuse } from './reasons.ts';

/**
 * A command is a row of `COMMANDS`. Grammar, help, who may use it, the dialog that the receiver opens for it and the
 * type of its handler (lambdas/commands/handlers.ts) come from the row; no other file knows commands by their names.
 */
export interface CommandSpec<Name extends string = string, Words extends object = object> {
  readonly name: Name;
  readonly form: string;
  /** What it does, for the help: no capital, no full stop. */
  readonly says: string;
  readonly role: Role;
  /**
   * The kind of operation whose plan it shows in the dialog of that name; the command is called like the kind. It asks
   * for a change, so Slack must confirm the account as well.
   */
  readonly dialog?: OperationKind;
  /** The vote that it gives. `approve` judges it and checks the role, since refused votes are written down too. */
  readonly vote?: VoteChoice;
  readonly parse: Parser<Words>;
}

/** A row, and what it reads in the words behind its name. */
function row<const Name extends string, Words extends object>(spec: CommandSpec<Name, Words>) {
  const { name, parse } = spec;
  const read = (words: readonly string[], applications: readonly string[]) => {
    const parsed = parse({ command: name, words, applications });
    return parsed.ok ? ({ ok: true, command: { name, ...parsed.words } } as const) : parsed;
  };
  return { ...spec, read };
}

export const COMMANDS = [
  row({
    name: 'status',
    form: '/dr status [application]',
    says: 'where an application runs now, and whether it could move',
    // Guests and strangers can type commands too, and where things run is not for them.
    role: 'listed',
    parse: optionalApplication,
  }),
  row({
    name: 'promote',
    form: '/dr promote [application] [reason]',
    says: 'move an application to its standby region; shows the plan and asks for approval first',
    role: 'listed',
    dialog: 'promote',
    parse: applicationAndReason,
  }),
  row({
    name: 'abort',
    form: '/dr abort <operation>',
    says: 'end an operation that has not passed the point of no return',
    role: 'approver',
    vote: 'abort',
    parse: oneOperation,
  }),
  row({ name: 'help', form: '/dr help [command]', says: 'this list', role: 'anyone', parse: optionalCommand }),
] as const;

type Row = (typeof COMMANDS)[number];
export type CommandName = Row['name'];
/** Every command as it was typed, with what its words mean. */
export type Command = Extract<ReturnType<Row['read']>, { readonly ok: true }>['command'];
export type CommandOf<Name extends CommandName> = Extract<Command, { readonly name: Name }>;

export type ParseResult =
  | { readonly ok: true; readonly command: Command; readonly spec: CommandSpec }
  | { readonly ok: false; readonly refusal: Refusal };

const wordsOf = (typed: string): readonly string[] => typed.trim().split(/\s+/).filter(Boolean);

/** The row of a command, in whatever case its name was typed. */
export const commandNamed = (name: string): Row | undefined =>
  COMMANDS.find((each) => each.name === name.toLowerCase());

/** The row whose dialog is called so. */
export const commandOfDialog = (name: string): Row | undefined => COMMANDS.find((each) => each.dialog === name);

/** Does what was typed after `/dr` open a dialog? What is wrong with its words is then said in it. */
export const opensDialog = (typed: string): boolean => commandNamed(wordsOf(typed)[0] ?? '')?.dialog !== undefined;

/** What was typed after `/dr` -> a command, or why not. `applications`: the configured names. */
export function parseCommand(typed: string, applications: readonly string[]): ParseResult {
  const [name = 'help', ...words] = wordsOf(typed);
  const spec = commandNamed(name);
  if (spec === undefined) return { ok: false, refusal: unknownCommand(name) };
  const read = spec.read(words, applications);
  return read.ok ? { ...read, spec } : read;
}

function unknownCommand(word: string): Refusal {
  const near = nearest(
    word,
    COMMANDS.map((each) => each.name),
  );
  return refuse('unknown-command', {
    word: clip(word),
    nearest: near === undefined ? '' : ` Did you mean \`/dr ${near}\`?`,
  });
}

/** About one command, or the list of all. */
export function helpText(about: string | undefined): string {
  const spec = about === undefined ? undefined : commandNamed(about);
  if (spec !== undefined) return `\`${spec.form}\`: ${spec.says}.`;
  const lines = COMMANDS.map((each) => `\`${each.form}\`: ${each.says}`);
  return ['*Muster* moves an application out of a lost region and brings it back.', ...lines].join('\n');
}
