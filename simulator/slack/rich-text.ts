import { id, url } from './composition.ts';
import { anything, boolean, integer, list, matching, oneOf, type Rule, shape, string, tagged } from './schema.ts';

/** Rich text: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */

const type = anything;
const style = shape(
  {},
  {
    bold: boolean,
    italic: boolean,
    strike: boolean,
    code: boolean,
    underline: boolean,
    highlight: boolean,
    client_highlight: boolean,
    unlink: boolean,
  },
);

const inline = tagged({
  text: shape({ type, text: string({ min: 1 }) }, { style }),
  link: shape({ type, url: url(3000) }, { text: string(), unsafe: boolean, style }),
  user: shape({ type, user_id: string({ min: 1 }) }, { style }),
  usergroup: shape({ type, usergroup_id: string({ min: 1 }) }, { style }),
  channel: shape({ type, channel_id: string({ min: 1 }) }, { style }),
  broadcast: shape({ type, range: oneOf('here', 'channel', 'everyone') }, { style }),
  color: shape({ type, value: matching(/^#[0-9a-fA-F]{6}$/, 'a colour as #rrggbb') }, { style }),
  emoji: shape(
    { type, name: string({ min: 1 }) },
    { unicode: string(), skin_tone: integer(1, 6), style, url: string() },
  ),
  date: shape(
    { type, timestamp: integer(0, 9_999_999_999), format: string({ min: 1 }) },
    { url: url(3000), fallback: string(), style },
  ),
});

const inlines = list(inline);
const border = oneOf(0, 1);
const section = shape({ type, elements: inlines });

const element = tagged({
  rich_text_section: section,
  rich_text_list: shape(
    { type, style: oneOf('bullet', 'ordered'), elements: list(tagged({ rich_text_section: section })) },
    { indent: integer(0, 8), offset: integer(0, 10_000), border },
  ),
  rich_text_quote: shape({ type, elements: inlines }, { border }),
  rich_text_preformatted: shape({ type, elements: inlines }, { border, language: string() }),
});

export const richText: Rule = shape({ type, elements: list(element, { min: 1 }) }, { block_id: id });
