import { confirmation, id, image, optionGroup, plain, plainOption, richOption, url } from './composition.ts';
import { isObject, type Json, objectsOf } from './json.ts';
import {
  anything,
  boolean,
  both,
  integer,
  list,
  matching,
  oneOf,
  type Rule,
  type Rules,
  shape,
  string,
  unless,
} from './schema.ts';

/** Interactive elements: https://docs.slack.dev/reference/block-kit/block-elements */

const actionable: Rules = { action_id: id };
const confirmable: Rules = { ...actionable, confirm: confirmation };
const field: Rules = { ...confirmable, focus_on_load: boolean };
const menu: Rules = { ...field, placeholder: plain(150) };
const multi: Rules = { ...menu, max_selected_items: integer(1, 100) };
const typed: Rules = {
  ...actionable,
  placeholder: plain(150),
  focus_on_load: boolean,
  dispatch_action_config: shape(
    {},
    { trigger_actions_on: list(oneOf('on_enter_pressed', 'on_character_entered'), { min: 1, max: 2 }) },
  ),
};

const type = anything;
const date = matching(/^\d{4}-\d{2}-\d{2}$/, 'a date as YYYY-MM-DD');
const time = matching(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time as HH:mm');

const button = shape(
  { type, text: plain(75) },
  {
    ...confirmable,
    url: url(3000),
    value: string({ max: 2000 }),
    style: oneOf('primary', 'danger'),
    accessibility_label: string({ max: 75 }),
  },
);

const options = list(plainOption, { min: 1, max: 100 });
const optionSource: Rules = { options, option_groups: list(optionGroup, { min: 1, max: 100 }) };
const oneSource = unless(
  (e) => (e['options'] === undefined) !== (e['option_groups'] === undefined),
  'must have either options or option_groups',
);

/** Initial choices must be among the options, compared by text and value. */
const initialAmongOptions: Rule = (value, at, report) => {
  if (!isObject(value)) return;
  const offered = [
    ...objectsOf(value, 'options'),
    ...objectsOf(value, 'option_groups').flatMap((g) => objectsOf(g, 'options')),
  ];
  const same = (a: Json, b: Json): boolean => a['value'] === b['value'] && textOf(a) === textOf(b);
  const known = (chosen: unknown): boolean => isObject(chosen) && offered.some((o) => same(o, chosen));
  if (value['initial_option'] !== undefined && !known(value['initial_option'])) {
    report('must be one of the provided options', `${at}/initial_option`);
  }
  const many = value['initial_options'];
  if (Array.isArray(many)) {
    many.forEach((chosen, index) => {
      if (!known(chosen)) report('must be one of the provided options', `${at}/initial_options/${index}`);
    });
  }
};

function textOf(option: Json): unknown {
  return isObject(option['text']) ? option['text']['text'] : undefined;
}

const staticSelect = both(
  shape({ type }, { ...menu, ...optionSource, initial_option: plainOption }),
  oneSource,
  initialAmongOptions,
);
const multiStaticSelect = both(
  shape({ type }, { ...multi, ...optionSource, initial_options: list(plainOption, { min: 1, max: 100 }) }),
  oneSource,
  initialAmongOptions,
);
const fewOptions = list(richOption, { min: 1, max: 10 });

const filter = shape(
  {},
  {
    include: list(oneOf('im', 'mpim', 'private', 'public'), { min: 1 }),
    exclude_external_shared_channels: boolean,
    exclude_bot_users: boolean,
  },
);

const selects: Readonly<Record<string, Rule>> = {
  static_select: staticSelect,
  multi_static_select: multiStaticSelect,
  users_select: shape({ type }, { ...menu, initial_user: string() }),
  multi_users_select: shape({ type }, { ...multi, initial_users: list(string()) }),
  conversations_select: shape(
    { type },
    {
      ...menu,
      initial_conversation: string(),
      default_to_current_conversation: boolean,
      response_url_enabled: boolean,
      filter,
    },
  ),
  channels_select: shape({ type }, { ...menu, initial_channel: string(), response_url_enabled: boolean }),
  checkboxes: both(
    shape({ type, options: fewOptions }, { ...field, initial_options: fewOptions }),
    initialAmongOptions,
  ),
  radio_buttons: both(
    shape({ type, options: fewOptions }, { ...field, initial_option: richOption }),
    initialAmongOptions,
  ),
  datepicker: shape({ type }, { ...menu, initial_date: date }),
  timepicker: shape({ type }, { ...menu, initial_time: time, timezone: string() }),
};

const overflow = shape({ type, options: list(plainOption, { min: 1, max: 5 }) }, confirmable);
const datetimepicker = shape({ type }, { ...field, initial_date_time: integer(1_000_000_000, 9_999_999_999) });

export const imageElement = both(
  shape({ type, alt_text: string({ min: 1, max: 2000 }) }, image),
  unless(
    (e) => (e['image_url'] === undefined) !== (e['slack_file'] === undefined),
    'must have either image_url or slack_file',
  ),
);

const length = integer(0, 3000);
const textInputs: Readonly<Record<string, Rule>> = {
  plain_text_input: both(
    shape(
      { type },
      {
        ...typed,
        initial_value: string({ max: 3000 }),
        multiline: boolean,
        min_length: length,
        max_length: integer(1, 3000),
      },
    ),
    unless((e) => !(Number(e['min_length']) > Number(e['max_length'])), 'min_length cannot be greater than max_length'),
  ),
  email_text_input: shape({ type }, { ...typed, initial_value: string() }),
  url_text_input: shape({ type }, { ...typed, initial_value: string() }),
  number_input: shape(
    { type, is_decimal_allowed: boolean },
    { ...typed, initial_value: string(), min_value: string(), max_value: string() },
  ),
};

export const ACTION_ELEMENTS: Readonly<Record<string, Rule>> = { ...selects, button, overflow, datetimepicker };
export const ACCESSORIES: Readonly<Record<string, Rule>> = { ...selects, button, overflow, image: imageElement };
export const INPUT_ELEMENTS: Readonly<Record<string, Rule>> = { ...selects, ...textInputs, datetimepicker };
