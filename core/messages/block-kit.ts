/**
 * The few blocks that Muster uses, and Slack's limits on them. https://docs.slack.dev/reference/block-kit/blocks
 * Every builder here cuts to its limit, so that no state of an operation makes a message that Slack refuses.
 */
export interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
}
export interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
}
export interface Confirm {
  readonly title: PlainText;
  readonly text: PlainText;
  readonly confirm: PlainText;
  readonly deny: PlainText;
  readonly style?: 'danger';
}
export interface Button {
  readonly type: 'button';
  readonly action_id: string;
  readonly text: PlainText;
  readonly value: string;
  readonly style?: 'primary' | 'danger';
  readonly confirm?: Confirm;
}
export interface Option {
  readonly text: PlainText;
  readonly description?: PlainText;
  readonly value: string;
}
export interface TextInput {
  readonly type: 'plain_text_input';
  readonly action_id: string;
  readonly initial_value?: string;
  readonly placeholder?: PlainText;
  readonly multiline?: boolean;
  readonly max_length?: number;
  readonly focus_on_load?: boolean;
}
export interface RadioButtons {
  readonly type: 'radio_buttons';
  readonly action_id: string;
  readonly options: readonly Option[];
  readonly initial_option?: Option;
}
export type Block =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Mrkdwn }
  | { readonly type: 'context'; readonly elements: readonly Mrkdwn[] }
  | { readonly type: 'divider' }
  | { readonly type: 'actions'; readonly elements: readonly Button[] }
  | {
      readonly type: 'input';
      readonly block_id: string;
      readonly label: PlainText;
      readonly hint?: PlainText;
      readonly optional?: boolean;
      readonly element: TextInput | RadioButtons;
    };

/** A message: `text` is all that a notification shows, so it must be clear without the blocks. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly Block[];
}

export interface ModalView {
  readonly type: 'modal';
  readonly callback_id: string;
  readonly private_metadata: string;
  readonly title: PlainText;
  readonly submit?: PlainText;
  readonly close: PlainText;
  readonly blocks: readonly Block[];
}

export const LIMITS = {
  messageBlocks: 50,
  modalBlocks: 100,
  section: 3_000,
  header: 150,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  modalTitle: 24,
  label: 2_000,
  option: 75,
  /** A message's `text`: Slack advises 4,000 and cuts at 40,000. */
  text: 3_900,
} as const;

/** Cuts to `limit` UTF-16 units, never within a character, an entity, a mention or a date. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit - 3);
  const open = Math.max(
    kept.lastIndexOf('<') > kept.lastIndexOf('>') ? kept.lastIndexOf('<') : -1,
    danglingEntity(kept),
  );
  const whole = open >= 0 ? kept.slice(0, open) : kept;
  return `${/[\uD800-\uDBFF]$/.test(whole) ? whole.slice(0, -1) : whole}...`;
}

function danglingEntity(text: string): number {
  const at = text.lastIndexOf('&');
  return at >= 0 && at > text.length - 6 && !text.slice(at).includes(';') ? at : -1;
}

/** Our own text with text of others in it: code and line breaks stay; mentions, links and dates become plain text. */
export const entities = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Text that people or other services wrote: on one line, without code, mentions or links. */
export const escaped = (words: string): string => entities(words).replaceAll('`', "'").replace(/\s+/g, ' ').trim();

/** For a terminal, where nothing is markup. */
export const unescaped = (words: string): string =>
  words.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** Text of others, at most `limit` characters of it, escaped. */
export const quoted = (words: string, limit = 300): string => escaped(cut(words.replace(/\s+/g, ' ').trim(), limit));

export const plain = (text: string, limit: number): PlainText => ({ type: 'plain_text', text: cut(text, limit) });
const mrkdwn = (text: string): Mrkdwn => ({ type: 'mrkdwn', text: cut(text, LIMITS.section) });

export const header = (text: string): Block => ({ type: 'header', text: plain(text, LIMITS.header) });
export const section = (text: string): Block => ({ type: 'section', text: mrkdwn(text) });
export const context = (text: string): Block => ({ type: 'context', elements: [mrkdwn(text)] });
export const divider: Block = { type: 'divider' };
export const actions = (elements: readonly Button[]): readonly Block[] =>
  elements.length === 0 ? [] : [{ type: 'actions', elements: elements.slice(0, 25) }];

/**
 * Lines in as few sections as hold them, at most `most` of them; what does not fit is counted, never dropped silently.
 * `first` is kept on top of the first section.
 */
export function sections(first: string, lines: readonly string[], most: number): readonly Block[] {
  const texts = packed(
    [first, ...lines].filter((line) => line !== ''),
    LIMITS.section - 60,
  );
  const shown = texts.slice(0, most);
  const left = texts.slice(most).reduce((sum, text) => sum + text.split('\n').length, 0);
  const last = shown.at(-1);
  if (left > 0 && last !== undefined) shown[shown.length - 1] = `${last}\n... and ${left} more`;
  return shown.map(section);
}

/** Lines joined into texts of at most `limit`; a line that alone is longer is cut. */
export function packed(lines: readonly string[], limit: number): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const fitting = cut(line, limit);
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + fitting.length <= limit)
      texts[texts.length - 1] = `${last}\n${fitting}`;
    else texts.push(fitting);
  }
  return texts;
}

/** `a, b, c and 4 more`. */
export function listed(items: readonly string[], most: number): string {
  if (items.length <= most) return items.join(', ');
  return `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
}

/**
 * When Slack refuses the blocks: the same text as plain sections. The buttons stay, since without them nobody can
 * decide in Slack.
 */
export function plainly(message: Message): Message {
  const words = packed([message.text], LIMITS.section).map(section);
  return { text: message.text, blocks: [...words, ...message.blocks.filter((block) => block.type === 'actions')] };
}
