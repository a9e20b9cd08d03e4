import { describe, expect, it } from 'vitest';
import { complaintsOfBlocks, complaintsOfView, type Surface } from '../../../simulator/slack/blocks.ts';
import type { Json } from '../../../simulator/slack/json.ts';
import { actions, button, section } from './world.ts';

const of = (blocks: unknown, surface: Surface = 'message'): string[] => complaintsOfBlocks(blocks, surface, '/blocks');
const plain = (text: string): Json => ({ type: 'plain_text', text });
const mrkdwn = (text: string): Json => ({ type: 'mrkdwn', text });
const long = (count: number): string => 'x'.repeat(count);
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const option = (index: number): Json => ({ text: plain(`o${index}`), value: `v${index}` });
const input = (element: Json, more: Json = {}): Json => ({ type: 'input', label: plain('L'), element, ...more });
const text = { type: 'plain_text_input', action_id: 'words' };
const raw = (words: string): Json => ({ type: 'raw_text', text: words });
const table = (rows: number, columns: number): Json => ({
  type: 'table',
  rows: many(rows, () => many(columns, () => raw('c'))),
});
const card = { type: 'task_card', task_id: 't', title: 'Promote', status: 'pending' };

describe('blocks that Slack takes', () => {
  it.each<[string, unknown]>([
    ['a section at its limit', [section(long(3000))]],
    ['ten fields of 2,000', [{ type: 'section', fields: many(10, () => mrkdwn(long(2000))) }]],
    ['a header of 150', [{ type: 'header', text: plain(long(150)) }]],
    ['ten context elements', [{ type: 'context', elements: many(10, () => mrkdwn('a')) }]],
    ['25 buttons', [actions(...many(25, (i) => button('b', `a${i}`)))]],
    ['a button at its limits', [actions(button(long(75), long(255), { value: long(2000), style: 'danger' }))]],
    ['fifty blocks', many(50, () => ({ type: 'divider' }))],
    ['an input in a message', [input(text)]],
    ['a table of 100 by 20', [table(100, 20)]],
    ['markdown of 12,000', [{ type: 'markdown', text: long(12_000) }]],
    ['a plan of task cards', [{ type: 'plan', title: 'Steps', tasks: [card] }, card]],
    [
      'a confirmation',
      [
        actions(
          button('b', 'a', {
            confirm: { title: plain(long(100)), text: mrkdwn(long(300)), confirm: plain('y'), deny: plain('n') },
          }),
        ),
      ],
    ],
    ['an image', [{ type: 'image', image_url: 'https://harbour.example/a.png', alt_text: 'a' }]],
    [
      'rich text',
      [
        {
          type: 'rich_text',
          elements: [
            {
              type: 'rich_text_section',
              elements: [
                { type: 'text', text: 'hi', style: { bold: true } },
                { type: 'user', user_id: 'U1' },
              ],
            },
          ],
        },
      ],
    ],
    [
      'a select with groups',
      [
        actions({
          type: 'static_select',
          action_id: 's',
          option_groups: [{ label: plain('g'), options: [option(1)] }],
        }),
      ],
    ],
  ])('%s', (_, blocks) => {
    expect(of(blocks)).toEqual([]);
  });
});

describe('blocks that Slack refuses', () => {
  it.each<[string, unknown, string]>([
    [
      'a section of 3,001',
      [section(long(3001))],
      'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ],
    ['an empty section text', [section('')], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
    ['a section with nothing', [{ type: 'section' }], 'must define either text or fields [json-pointer:/blocks/0]'],
    [
      'eleven fields',
      [{ type: 'section', fields: many(11, () => mrkdwn('a')) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
    ],
    [
      'a field of 2,001',
      [{ type: 'section', fields: [mrkdwn(long(2001))] }],
      'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
    ],
    [
      'a header of 151',
      [{ type: 'header', text: plain(long(151)) }],
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a header in mrkdwn',
      [{ type: 'header', text: mrkdwn('a') }],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
    ],
    [
      'eleven context elements',
      [{ type: 'context', elements: many(11, () => mrkdwn('a')) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
    ],
    ['no actions', [actions()], 'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]'],
    [
      '26 buttons',
      [actions(...many(26, (i) => button('b', `a${i}`)))],
      'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'a button text of 76',
      [actions(button(long(76), 'a'))],
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
    ],
    [
      'a button value of 2,001',
      [actions(button('b', 'a', { value: long(2001) }))],
      'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
    ],
    [
      'an action_id of 256',
      [actions(button('b', long(256)))],
      'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
    ],
    [
      'a button with `disabled`',
      [actions(button('b', 'a', { disabled: true }))],
      'invalid additional property: disabled [json-pointer:/blocks/0/elements/0]',
    ],
    [
      'a button style of its own',
      [actions(button('b', 'a', { style: 'warning' }))],
      'must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]',
    ],
    [
      'a confirmation text of 301',
      [actions(button('b', 'a', { confirm: { text: plain(long(301)) } }))],
      'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
    ],
    [
      'a confirmation title of 101',
      [actions(button('b', 'a', { confirm: { title: plain(long(101)), text: plain('t') } }))],
      'must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]',
    ],
    [
      'two equal action ids in a block',
      [actions(button('b', 'a'), button('c', 'a'))],
      'action_id already exists: a [json-pointer:/blocks/0]',
    ],
    [
      'two equal block ids',
      [
        { type: 'divider', block_id: 'd' },
        { type: 'divider', block_id: 'd' },
      ],
      'block_id already exists: d [json-pointer:/blocks/1/block_id]',
    ],
    ['51 blocks', many(51, () => ({ type: 'divider' })), 'no more than 50 items allowed [json-pointer:/blocks]'],
    ['an unknown block', [{ type: 'sectoin' }], 'unsupported type: sectoin [json-pointer:/blocks/0/type]'],
    [
      'a block type from the prototype',
      [{ type: 'constructor' }],
      'unsupported type: constructor [json-pointer:/blocks/0/type]',
    ],
    ['a block without a type', [{}], 'missing required field: type [json-pointer:/blocks/0]'],
    [
      'a text input among actions',
      [actions(text)],
      'unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]',
    ],
    [
      '101 options',
      [actions({ type: 'static_select', options: many(101, option) })],
      'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'a select without options',
      [actions({ type: 'static_select' })],
      'must have either options or option_groups [json-pointer:/blocks/0/elements/0]',
    ],
    [
      'an initial option that is not offered',
      [actions({ type: 'static_select', options: [option(1)], initial_option: option(2) })],
      'must be one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]',
    ],
    [
      'eleven radio buttons',
      [actions({ type: 'radio_buttons', options: many(11, option) })],
      'no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'six overflow options',
      [actions({ type: 'overflow', options: many(6, option) })],
      'no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    ['a table of 101 rows', [table(101, 1)], 'no more than 100 items allowed [json-pointer:/blocks/0/rows]'],
    ['a table of 21 columns', [table(1, 21)], 'no more than 20 items allowed [json-pointer:/blocks/0/rows/0]'],
    ['two tables', [table(1, 1), table(1, 1)], 'only_one_table_allowed [json-pointer:/blocks]'],
    [
      'markdown of 12,001 in two blocks',
      [
        { type: 'markdown', text: long(12_000) },
        { type: 'markdown', text: 'x' },
      ],
      'markdown blocks must be less than 12001 characters together [json-pointer:/blocks]',
    ],
    [
      'an image without alt_text',
      [{ type: 'image', image_url: 'https://harbour.example/a.png' }],
      'missing required field: alt_text [json-pointer:/blocks/0]',
    ],
    ['blocks that are no list', { type: 'divider' }, 'must be an array [json-pointer:/blocks]'],
    [
      'a block that the sandbox does not know',
      [{ type: 'carousel', elements: [] }],
      'NotImplemented: the sandbox does not simulate the block type carousel [json-pointer:/blocks/0/type]',
    ],
  ])('%s', (_, blocks, complaint) => {
    expect(of(blocks)).toContain(complaint);
  });

  it('a plan in an update, since nobody could confirm it', () => {
    expect(of([card], 'update')).toEqual(['unsupported type: task_card [json-pointer:/blocks/0/type]']);
  });

  it('a table in a dialog', () => {
    expect(of([table(1, 1)], 'modal')).toEqual(['unsupported type: table [json-pointer:/blocks/0/type]']);
  });
});

describe('dialogs', () => {
  const modal = (changes: Json = {}): Json => ({
    type: 'modal',
    title: plain('Promote'),
    submit: plain('Go'),
    blocks: [input(text)],
    ...changes,
  });

  it('take inputs, titles of 24 and a hundred blocks', () => {
    expect(complaintsOfView(modal({ title: plain(long(24)), private_metadata: long(3000) }), 'modal')).toEqual([]);
    expect(complaintsOfView(modal({ blocks: many(100, () => ({ type: 'divider' })) }), 'modal')).toEqual([]);
  });

  it.each<[string, Json, string]>([
    ['a title of 25', { title: plain(long(25)) }, 'must be less than 25 characters [json-pointer:/view/title/text]'],
    ['a submit of 25', { submit: plain(long(25)) }, 'must be less than 25 characters [json-pointer:/view/submit/text]'],
    ['a close of 25', { close: plain(long(25)) }, 'must be less than 25 characters [json-pointer:/view/close/text]'],
    ['no submit beside an input', { submit: undefined }, 'missing required field: submit [json-pointer:/view]'],
    ['no title', { title: undefined }, 'missing required field: title [json-pointer:/view]'],
    [
      'private_metadata of 3,001',
      { private_metadata: long(3001) },
      'must be less than 3001 characters [json-pointer:/view/private_metadata]',
    ],
    [
      '101 blocks',
      { blocks: many(101, () => ({ type: 'divider' })) },
      'no more than 100 items allowed [json-pointer:/view/blocks]',
    ],
    ['a property of its own', { colour: 'red' }, 'invalid additional property: colour [json-pointer:/view]'],
  ])('refuse %s', (_, changes, complaint) => {
    expect(complaintsOfView(modal(changes), 'modal')).toContain(complaint);
  });
});
