import { interactiveElements } from './blocks.ts';
import { isObject, type Json, objectsOf, stringOf, wordsOf } from './json.ts';
import type { Draft } from './model.ts';

/**
 * The values in the inputs of a view or a message: `state.values` as Slack sends it, by block id and action id,
 * and how text that a person enters becomes such a value. The member that holds the value differs between elements
 * (ViewStateValue in Bolt's types).
 */
const MEMBERS: Readonly<
  Record<string, { readonly member: string; readonly initial: string; readonly empty: unknown }>
> = {
  plain_text_input: { member: 'value', initial: 'initial_value', empty: null },
  email_text_input: { member: 'value', initial: 'initial_value', empty: null },
  url_text_input: { member: 'value', initial: 'initial_value', empty: null },
  number_input: { member: 'value', initial: 'initial_value', empty: null },
  static_select: { member: 'selected_option', initial: 'initial_option', empty: null },
  radio_buttons: { member: 'selected_option', initial: 'initial_option', empty: null },
  checkboxes: { member: 'selected_options', initial: 'initial_options', empty: [] },
  multi_static_select: { member: 'selected_options', initial: 'initial_options', empty: [] },
  users_select: { member: 'selected_user', initial: 'initial_user', empty: null },
  multi_users_select: { member: 'selected_users', initial: 'initial_users', empty: [] },
  conversations_select: { member: 'selected_conversation', initial: 'initial_conversation', empty: null },
  channels_select: { member: 'selected_channel', initial: 'initial_channel', empty: null },
  datepicker: { member: 'selected_date', initial: 'initial_date', empty: null },
  timepicker: { member: 'selected_time', initial: 'initial_time', empty: null },
  datetimepicker: { member: 'selected_date_time', initial: 'initial_date_time', empty: null },
};

const CHOICES = ['static_select', 'radio_buttons'];
const MANY = ['checkboxes', 'multi_static_select'];

type StateValues = Record<string, Record<string, Json>>;

export function stateOf(blocks: readonly Json[], draft: Draft): StateValues {
  const values: StateValues = {};
  for (const block of blocks) {
    const blockId = stringOf(block, 'block_id') ?? '';
    for (const element of interactiveElements(block)) {
      const value = stateValue(element, draft[blockId]?.[stringOf(element, 'action_id') ?? '']);
      if (value === undefined) continue;
      values[blockId] = { ...values[blockId], [stringOf(element, 'action_id') ?? '']: value };
    }
  }
  return values;
}

function stateValue(element: Json, typed: Json | undefined): Json | undefined {
  const type = stringOf(element, 'type') ?? '';
  const known = MEMBERS[type];
  if (known === undefined) return undefined;
  return typed ?? { type, [known.member]: element[known.initial] ?? known.empty };
}

export interface Field {
  readonly blockId: string;
  readonly actionId: string;
  readonly label: string;
  readonly optional: boolean;
  readonly block: Json;
  readonly element: Json;
}

/** What a person can fill in, top to bottom. */
export function fieldsOf(blocks: readonly Json[]): readonly Field[] {
  return blocks.flatMap((block) =>
    interactiveElements(block)
      .filter((element) => MEMBERS[stringOf(element, 'type') ?? ''] !== undefined)
      .map((element) => ({
        blockId: stringOf(block, 'block_id') ?? '',
        actionId: stringOf(element, 'action_id') ?? '',
        label: wordsOf(block['label']) || wordsOf(block['text']),
        optional: block['type'] !== 'input' || block['optional'] === true,
        block,
        element,
      })),
  );
}

function optionsOf(element: Json): readonly Json[] {
  return [
    ...objectsOf(element, 'options'),
    ...objectsOf(element, 'option_groups').flatMap((g) => objectsOf(g, 'options')),
  ];
}

/** The state value that results when somebody enters `value`; undefined when the element offers no such thing. */
export function entered(element: Json, value: string | readonly string[]): Json | undefined {
  const type = stringOf(element, 'type') ?? '';
  const known = MEMBERS[type];
  if (known === undefined) return undefined;
  const wanted = typeof value === 'string' ? [value] : value;
  if (CHOICES.includes(type) || MANY.includes(type)) {
    const chosen = wanted.map((one) =>
      optionsOf(element).find((o) => wordsOf(o['text']) === one || o['value'] === one),
    );
    if (chosen.some((option) => option === undefined)) return undefined;
    return { type, [known.member]: MANY.includes(type) ? chosen : (chosen[0] ?? null) };
  }
  if (type === 'multi_users_select') return { type, [known.member]: wanted };
  if (type === 'datetimepicker') return { type, [known.member]: Number(wanted[0]) };
  return { type, [known.member]: wanted[0] === '' ? known.empty : (wanted[0] ?? known.empty) };
}

/** What Slack's own client says about the fields before it sends anything, by block id. */
export function clientErrors(blocks: readonly Json[], draft: Draft): Readonly<Record<string, string>> {
  const values = stateOf(blocks, draft);
  const errors: Record<string, string> = {};
  for (const field of fieldsOf(blocks)) {
    if (field.block['type'] !== 'input') continue;
    const complaint = complaintOf(field, values[field.blockId]?.[field.actionId] ?? {});
    if (complaint !== undefined) errors[field.blockId] = complaint;
  }
  return errors;
}

function complaintOf(field: Field, state: Json): string | undefined {
  const member = MEMBERS[stringOf(field.element, 'type') ?? '']?.member ?? '';
  const value = state[member];
  const empty = value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
  if (empty) return field.optional ? undefined : 'Please complete this required field.';
  if (typeof value !== 'string') return undefined;
  const { min_length, max_length } = field.element;
  if (typeof min_length === 'number' && value.length < min_length)
    return `Please enter at least ${min_length} characters.`;
  if (typeof max_length === 'number' && value.length > max_length)
    return `Please enter at most ${max_length} characters.`;
  return undefined;
}

/** The text of a field's value. */
export function shownValue(state: Json | undefined): string {
  if (state === undefined) return '';
  const { type: _, ...rest } = state;
  const [value] = Object.values(rest);
  const one = (item: unknown): string => (isObject(item) ? wordsOf(item['text']) : String(item ?? ''));
  return Array.isArray(value) ? value.map(one).join(', ') : one(value);
}
