import { nearest } from './nearest.ts';
import { type Refusal, refuse } from './reasons.ts';

/** What was typed behind a command's name. */
export interface Typed {
  readonly command: string;
  readonly words: readonly string[];
  /** The configured names. */
  readonly applications: readonly string[];
}

/** The words of one command -> what they mean, or why they mean nothing. */
export type Parser<Words extends object> = (
  typed: Typed,
) => { readonly ok: true; readonly words: Words } | { readonly ok: false; readonly refusal: Refusal };

const yes = <Words extends object>(words: Words) => ({ ok: true, words }) as const;
const no = (refusal: Refusal) => ({ ok: false, refusal }) as const;

export const optionalCommand: Parser<{ readonly about: string | undefined }> = ({ command, words: [about, extra] }) =>
  extra === undefined ? yes({ about: about?.toLowerCase() }) : no(tooMany(command, extra));

export const optionalApplication: Parser<{ readonly application: string | undefined }> = (typed) => {
  const [application, extra] = typed.words;
  if (extra !== undefined) return no(tooMany(typed.command, extra));
  return application === undefined || typed.applications.includes(application)
    ? yes({ application })
    : no(unknownApplication(application, typed.applications));
};

/** With one application its name may be left out, but a near miss of that name is a typo, not a reason. */
export const applicationAndReason: Parser<{ readonly application: string; readonly reason: string }> = (typed) => {
  const { command, words, applications } = typed;
  const [first, ...rest] = words;
  const only = applications.length === 1 ? applications[0] : undefined;
  if (first === undefined) {
    return only === undefined
      ? no(refuse('application-missing', { command, known: applications.join(', ') }))
      : yes({ application: only, reason: '' });
  }
  if (applications.includes(first)) return yes({ application: first, reason: rest.join(' ') });
  return only !== undefined && rest.length > 0 && nearest(first, [only]) === undefined
    ? yes({ application: only, reason: words.join(' ') })
    : no(unknownApplication(first, applications));
};

export const oneOperation: Parser<{ readonly operation: string }> = ({ command, words: [operation, extra] }) => {
  if (extra !== undefined) return no(tooMany(command, extra));
  if (operation === undefined) return no(refuse('operation-missing', { command }));
  return isOperationId(operation) ? yes({ operation }) : no(refuse('unknown-operation', { word: clip(operation) }));
};

/** Ids are short and plain; anything else would only burden the ledger. */
export const isOperationId = (word: string): boolean => /^[a-z0-9][a-z0-9-]{0,119}$/.test(word);

/** A typed word as it may be said again: short, and unable to leave its backticks. */
export const clip = (word: string): string =>
  (word.length > 40 ? `${word.slice(0, 37)}...` : word).replaceAll('`', "'");

const tooMany = (command: string, word: string): Refusal => refuse('too-many-words', { command, word: clip(word) });

function unknownApplication(word: string, applications: readonly string[]): Refusal {
  const near = nearest(word, applications);
  return refuse('unknown-application', {
    word: clip(word),
    known: near === undefined ? applications.join(', ') : `${near} (nearest), ${applications.join(', ')}`,
  });
}
