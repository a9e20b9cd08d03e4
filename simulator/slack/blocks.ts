import { id, image, plain, url, words } from './composition.ts';
import { ACCESSORIES, ACTION_ELEMENTS, INPUT_ELEMENTS, imageElement } from './elements.ts';
import { isObject, type Json, objectOf, objectsOf, stringOf } from './json.ts';
import { richText } from './rich-text.ts';
import {
  anything,
  boolean,
  both,
  complaintsOf,
  list,
  oneOf,
  type Report,
  type Rule,
  type Rules,
  shape,
  string,
  tagged,
  unless,
} from './schema.ts';

/** Blocks and their limits: https://docs.slack.dev/reference/block-kit/blocks */

export type Surface = 'message' | 'update' | 'modal' | 'home';

const MARKDOWN_MAX = 12_000;
const TABLE_CELLS_MAX = 10_000;

const type = anything;
const any: Rules = { block_id: id };

const section = both(
  shape(
    { type },
    {
      ...any,
      text: words(3000),
      fields: list(words(2000), { min: 1, max: 10 }),
      accessory: tagged(ACCESSORIES),
      expand: boolean,
    },
  ),
  unless((b) => b['text'] !== undefined || b['fields'] !== undefined, 'must define either text or fields'),
);

const contextText = words(3000);
const contextElement: Rule = (value, at, report) => {
  const rule = isObject(value) && value['type'] === 'image' ? imageElement : contextText;
  rule(value, at, report);
};

const everywhere: Readonly<Record<string, Rule>> = {
  section,
  header: shape({ type, text: plain(150) }, any),
  divider: shape({ type }, any),
  context: shape({ type, elements: list(contextElement, { min: 1, max: 10 }) }, any),
  actions: shape({ type, elements: list(tagged(ACTION_ELEMENTS), { min: 1, max: 25 }) }, any),
  input: shape(
    { type, label: plain(2000), element: tagged(INPUT_ELEMENTS) },
    { ...any, hint: plain(2000), optional: boolean, dispatch_action: boolean },
  ),
  image: both(
    shape({ type, alt_text: string({ min: 1, max: 2000 }) }, { ...any, ...image, title: plain(2000) }),
    unless(
      (b) => (b['image_url'] === undefined) !== (b['slack_file'] === undefined),
      'must have either image_url or slack_file',
    ),
  ),
  rich_text: richText,
};

const cell = tagged({
  raw_text: shape({ type, text: string({ min: 1 }) }),
  raw_number: shape({ type, text: string({ min: 1 }), value: anything }),
  rich_text: richText,
});

const messagesOnly: Readonly<Record<string, Rule>> = {
  markdown: shape({ type, text: string({ min: 1, max: MARKDOWN_MAX }) }, any),
  table: shape(
    { type, rows: list(list(cell, { min: 1, max: 20 }), { min: 1, max: 100 }) },
    {
      ...any,
      column_settings: list(shape({}, { align: oneOf('left', 'center', 'right'), is_wrapped: boolean }), { max: 20 }),
    },
  ),
};

const taskCard = shape(
  { type, task_id: string({ min: 1 }), title: string({ min: 1 }) },
  {
    ...any,
    details: richText,
    output: richText,
    sources: list(shape({ type: oneOf('url'), url: url(3000), text: string() })),
    status: oneOf('pending', 'in_progress', 'complete', 'error'),
  },
);
const progress: Readonly<Record<string, Rule>> = {
  task_card: taskCard,
  plan: shape({ type, title: string({ min: 1 }) }, { ...any, tasks: list(tagged({ task_card: taskCard })) }),
};

/** Types that Slack documents and this sandbox does not know: refused by name, so that a test cannot pass with them. */
const UNKNOWN_HERE = [
  'alert',
  'call',
  'card',
  'carousel',
  'container',
  'context_actions',
  'data_table',
  'file',
  'video',
];
const notSimulated: Rule = (value, at, report) => {
  const what = isObject(value) ? String(value['type']) : 'this';
  report(`NotImplemented: the sandbox does not simulate the block type ${what}`, `${at}/type`);
};

const KINDS: Readonly<Record<Surface, Readonly<Record<string, Rule>>>> = {
  message: { ...everywhere, ...messagesOnly, ...progress },
  update: { ...everywhere, ...messagesOnly },
  modal: everywhere,
  home: everywhere,
};

/** Complaints about the blocks of a message or a view; empty when Slack would take them. */
export function complaintsOfBlocks(blocks: unknown, surface: Surface, at: string): string[] {
  const refused = Object.fromEntries(UNKNOWN_HERE.map((name) => [name, notSimulated]));
  const max = surface === 'message' || surface === 'update' ? 50 : 100;
  const rule = both(list(tagged({ ...refused, ...KINDS[surface] }), { max }), together);
  return complaintsOf(rule, blocks, at);
}

/** Rules that span several blocks. */
const together: Rule = (value, at, report) => {
  if (!Array.isArray(value)) return;
  const blocks = value.filter(isObject);
  uniqueBlockIds(blocks, at, report);
  for (const [index, block] of blocks.entries()) uniqueActionIds(block, `${at}/${index}`, report);
  const markdown = blocks
    .filter((b) => b['type'] === 'markdown')
    .reduce((sum, b) => sum + (stringOf(b, 'text') ?? '').length, 0);
  if (markdown > MARKDOWN_MAX) report(`markdown blocks must be less than ${MARKDOWN_MAX + 1} characters together`, at);
  const focused = blocks.flatMap(interactiveElements).filter((e) => e['focus_on_load'] === true);
  if (focused.length > 1) report('only one element can have focus_on_load', at);
  tables(blocks, at, report);
};

function uniqueBlockIds(blocks: readonly Json[], at: string, report: Report): void {
  const seen = new Set<string>();
  for (const [index, block] of blocks.entries()) {
    const blockId = stringOf(block, 'block_id');
    if (blockId === undefined) continue;
    if (seen.has(blockId)) report(`block_id already exists: ${blockId}`, `${at}/${index}/block_id`);
    seen.add(blockId);
  }
}

function uniqueActionIds(block: Json, at: string, report: Report): void {
  const seen = new Set<string>();
  for (const element of interactiveElements(block)) {
    const actionId = stringOf(element, 'action_id');
    if (actionId === undefined) continue;
    if (seen.has(actionId)) report(`action_id already exists: ${actionId}`, at);
    seen.add(actionId);
  }
}

function tables(blocks: readonly Json[], at: string, report: Report): void {
  const found = blocks.filter((b) => b['type'] === 'table');
  if (found.length > 1) report('only_one_table_allowed', at);
  const size = found.reduce((sum, table) => sum + JSON.stringify(table['rows'] ?? []).length, 0);
  const framing = found.reduce((sum, table) => sum + framingOf(table['rows']), 0);
  if (size - framing > TABLE_CELLS_MAX)
    report(`tables must be less than ${TABLE_CELLS_MAX + 1} characters together`, at);
}

/** The length of a table's JSON without the values of `text`. */
function framingOf(rows: unknown): number {
  const bare = JSON.stringify(rows ?? [], (key, value: unknown) =>
    key === 'text' && typeof value === 'string' ? '' : value,
  );
  return bare.length;
}

/** Elements that can carry an action id, wherever in the block they sit. */
export function interactiveElements(block: Json): readonly Json[] {
  if (block['type'] === 'actions') return objectsOf(block, 'elements');
  const single = objectOf(block, block['type'] === 'input' ? 'element' : 'accessory');
  return single === undefined || single['type'] === 'image' ? [] : [single];
}

const viewCommon: Rules = {
  private_metadata: string({ max: 3000 }),
  callback_id: string({ max: 255 }),
  external_id: string({ max: 255 }),
};
const modal = shape(
  { type, title: plain(24), blocks: anything },
  {
    ...viewCommon,
    close: plain(24),
    submit: plain(24),
    clear_on_close: boolean,
    notify_on_close: boolean,
    submit_disabled: boolean,
  },
);
const home = shape({ type, blocks: anything }, viewCommon);

/** Complaints about a modal or a Home tab: https://docs.slack.dev/reference/views */
export function complaintsOfView(view: unknown, kind: 'modal' | 'home'): string[] {
  const complaints = complaintsOf(tagged({ [kind]: kind === 'modal' ? modal : home }), view, '/view');
  if (!isObject(view)) return complaints;
  complaints.push(...(view['blocks'] === undefined ? [] : complaintsOfBlocks(view['blocks'], kind, '/view/blocks')));
  const asks = objectsOf(view, 'blocks').some((block) => block['type'] === 'input');
  if (kind === 'modal' && asks && view['submit'] === undefined) {
    complaints.push('missing required field: submit [json-pointer:/view]');
  }
  return complaints;
}
