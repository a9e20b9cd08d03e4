import { shownValue, stateOf } from './inputs.ts';
import { isObject, type Json, objectOf, objectsOf, stringOf, wordsOf } from './json.ts';
import type { Draft, Message, View, WorkspaceSpec } from './model.ts';

/** What a person reads, as plain text: for a terminal and for scripted people. */

export function renderMessage(message: Message): string {
  const lines =
    message.blocks.length > 0 ? message.blocks.map((block) => renderBlock(block, {})) : [readable(message.text)];
  const files = message.files.map((file) => `[file: ${file.title}]`);
  const only = message.ephemeralFor === undefined ? [] : ['(only visible to you)'];
  return [...only, ...lines, ...files].filter((line) => line !== '').join('\n');
}

export function renderView(view: View): string {
  const { content } = view;
  const body = objectsOf(content, 'blocks').flatMap((block) => {
    const error = view.errors[stringOf(block, 'block_id') ?? ''];
    return [renderBlock(block, view.draft), ...(error === undefined ? [] : [`  ! ${error}`])];
  });
  const submit = content['submit'] === undefined ? [] : [`[${wordsOf(content['submit'])}]`];
  const close = `[${wordsOf(content['close']) || 'Close'}]`;
  const title = view.type === 'modal' ? [`== ${wordsOf(content['title'])} ==`] : [];
  const buttons = view.type === 'modal' ? [[...submit, close].join(' ')] : [];
  return [...title, ...body, ...buttons].filter((line) => line !== '').join('\n');
}

function renderBlock(block: Json, draft: Draft): string {
  switch (block['type']) {
    case 'section':
      return joined([
        words(block['text']),
        ...objectsOf(block, 'fields').map(words),
        element(objectOf(block, 'accessory')),
      ]);
    case 'header':
      return `# ${words(block['text'])}`;
    case 'divider':
      return '----';
    case 'context':
      return objectsOf(block, 'elements')
        .map((e) => (e['type'] === 'image' ? (stringOf(e, 'alt_text') ?? '') : words(e)))
        .join('  ');
    case 'actions':
      return objectsOf(block, 'elements').map(element).join(' ');
    case 'input':
      return renderInput(block, draft);
    case 'image':
      return `[image: ${stringOf(block, 'alt_text') ?? ''}]`;
    case 'markdown':
      return stringOf(block, 'text') ?? '';
    case 'table':
      return renderTable(block);
    case 'plan':
      return joined([stringOf(block, 'title') ?? '', ...objectsOf(block, 'tasks').map(renderTask)]);
    case 'task_card':
      return renderTask(block);
    default:
      return flatWords(block);
  }
}

function renderInput(block: Json, draft: Draft): string {
  const field = objectOf(block, 'element') ?? {};
  const state = stateOf([block], draft)[stringOf(block, 'block_id') ?? '']?.[stringOf(field, 'action_id') ?? ''];
  const optional = block['optional'] === true ? ' (optional)' : '';
  const placeholder = wordsOf(field['placeholder']);
  const options = objectsOf(field, 'options').map((option) => words(option['text']));
  const choices = options.length > 0 ? `  {${options.join(' | ')}}` : '';
  const hint = block['hint'] === undefined ? [] : [`  ${words(block['hint'])}`];
  return joined([`${words(block['label'])}${optional}: ${shownValue(state) || `<${placeholder}>`}${choices}`, ...hint]);
}

function renderTable(block: Json): string {
  const rows = Array.isArray(block['rows']) ? block['rows'] : [];
  const cell = (value: unknown): string =>
    isObject(value) && value['type'] === 'rich_text' ? flatWords(value) : wordsOf(value);
  return rows.map((row) => (Array.isArray(row) ? row.map(cell).join(' | ') : '')).join('\n');
}

function renderTask(task: Json): string {
  return `(${stringOf(task, 'status') ?? 'pending'}) ${stringOf(task, 'title') ?? ''}`;
}

function element(e: Json | undefined): string {
  if (e === undefined) return '';
  if (e['type'] === 'button') return `[${words(e['text'])}]`;
  if (e['type'] === 'image') return `[image: ${stringOf(e, 'alt_text') ?? ''}]`;
  const options = objectsOf(e, 'options').map((option) => words(option['text']));
  return `{${options.length > 0 ? options.join(' | ') : wordsOf(e['placeholder'])}}`;
}

/** Every word of a rich text, in order. */
function flatWords(value: Json): string {
  const nested = objectsOf(value, 'elements').map(flatWords);
  const own = stringOf(value, 'text') ?? stringOf(value, 'fallback') ?? stringOf(value, 'name') ?? mention(value);
  const isLine = ['rich_text', 'rich_text_list'].includes(stringOf(value, 'type') ?? '');
  return own + nested.join(isLine ? '\n' : '');
}

function mention(value: Json): string {
  const user = stringOf(value, 'user_id');
  const channel = stringOf(value, 'channel_id');
  if (user !== undefined) return `@${user}`;
  return channel === undefined ? '' : `#${channel}`;
}

/** Slack's markup as its reader sees it: dates by their fallback, links by their label, entities as characters. */
function words(value: unknown): string {
  const raw = wordsOf(value);
  if (isObject(value) && value['type'] === 'plain_text') return raw;
  return readable(raw);
}

function readable(mrkdwn: string): string {
  return mrkdwn
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<([@#]?)[^|>]*\|([^>]*)>/g, '$1$2')
    .replace(/<!(here|channel|everyone)>/g, '@$1')
    .replace(/<([^>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** Replaces the ids of users and channels by their names, as Slack's clients do. */
export function withNames(rendered: string, spec: WorkspaceSpec): string {
  const names = new Map<string, string>();
  for (const user of spec.users) names.set(`@${user.id}`, `@${user.name}`);
  for (const channel of spec.channels) names.set(`#${channel.id}`, `#${channel.name}`);
  return rendered.replace(/[@#][A-Z0-9]{2,}/g, (mention) => names.get(mention) ?? mention);
}

function joined(lines: readonly string[]): string {
  return lines.filter((line) => line !== '').join('\n');
}
