import { isOperationId } from '../../core/command-words.ts';
import { isStepId, type StepId } from '../../core/operations/registry.ts';

/**
 * What Slack sends, cut down to what is trusted: ids and typed words. Everything else of a payload (the message's text,
 * labels) is rendered from the ledger and never read back. https://docs.slack.dev/reference/interaction-payloads
 */
interface Sender {
  readonly user: string;
  /** The workspace of the person; another one than ours for a guest from Slack Connect. */
  readonly team: string;
  readonly appId: string;
}

export interface CommandPayload extends Sender {
  readonly kind: 'command';
  readonly command: string;
  /** What was typed after the command, with Slack's escapes undone. */
  readonly text: string;
  readonly channel: string;
  /** Unique to one sending: the dedupe key. */
  readonly triggerId: string;
  readonly responseUrl: string;
}

export interface ActionPayload extends Sender {
  readonly kind: 'action';
  readonly actionId: string;
  /** What our own button carries; undefined when it is not of our form. */
  readonly ids: Ids | undefined;
  readonly channel: string;
  readonly triggerId: string;
  /** Unique to one click of one person: the dedupe key. */
  readonly click: string;
  readonly responseUrl: string | undefined;
}

export interface SubmissionPayload extends Sender {
  readonly kind: 'submission';
  readonly callbackId: string;
  readonly viewId: string;
  /** From `private_metadata`. */
  readonly ids: Ids | undefined;
  /** Block id -> what was typed or chosen; an empty input is ''. */
  readonly values: Readonly<Record<string, string>>;
}

export type SlackPayload = CommandPayload | ActionPayload | SubmissionPayload;

/** The ids that a button's value or a dialog's `private_metadata` carries. */
export interface Ids {
  readonly operation: string;
  readonly kind?: 'decline' | 'abort' | 'skip';
  readonly round?: number;
  readonly step?: StepId;
}

type Data = Readonly<Record<string, unknown>>;

/** A verified body -> what it says; undefined when it is nothing that Muster knows. Never throws. */
export function parsePayload(body: string): SlackPayload | undefined {
  const form = new URLSearchParams(body);
  const payload = form.get('payload');
  if (payload === null) return form.has('command') ? commandOf(form) : undefined;
  const data = jsonObject(payload);
  if (data?.['type'] === 'block_actions') return actionOf(data);
  return data?.['type'] === 'view_submission' ? submissionOf(data) : undefined;
}

function commandOf(form: URLSearchParams): CommandPayload {
  const field = (name: string): string => form.get(name) ?? '';
  return {
    kind: 'command',
    user: field('user_id'),
    team: field('team_id'),
    appId: field('api_app_id'),
    command: field('command'),
    text: unescaped(field('text')),
    channel: field('channel_id'),
    triggerId: field('trigger_id'),
    responseUrl: field('response_url'),
  };
}

function actionOf(data: Data): ActionPayload | undefined {
  const [first] = Array.isArray(data['actions']) ? data['actions'] : [];
  const action = object(first);
  if (action === undefined) return undefined;
  const sender = senderOf(data);
  const container = object(data['container']);
  const responseUrl = text(data['response_url']);
  return {
    kind: 'action',
    ...sender,
    actionId: text(action['action_id']),
    ids: parseIds(text(action['value'])),
    channel: text(container?.['channel_id']) || text(object(data['channel'])?.['id']),
    triggerId: text(data['trigger_id']),
    click: [text(container?.['message_ts']), sender.user, text(action['action_id']), text(action['action_ts'])].join(
      '/',
    ),
    responseUrl: responseUrl === '' ? undefined : responseUrl,
  };
}

function submissionOf(data: Data): SubmissionPayload | undefined {
  const view = object(data['view']);
  if (view === undefined) return undefined;
  const state = object(object(view['state'])?.['values']) ?? {};
  return {
    kind: 'submission',
    ...senderOf(data),
    callbackId: text(view['callback_id']),
    viewId: text(view['id']),
    ids: parseIds(text(view['private_metadata'])),
    values: Object.fromEntries(Object.entries(state).map(([block, actions]) => [block, inputValue(actions)])),
  };
}

/** A block has one input here: what was typed, or the value of the option that was chosen. */
function inputValue(actions: unknown): string {
  const [first] = Object.values(object(actions) ?? {});
  const element = object(first);
  return text(element?.['value']) || text(object(element?.['selected_option'])?.['value']);
}

function senderOf(data: Data): Sender {
  const user = object(data['user']);
  return {
    user: text(user?.['id']),
    team: text(user?.['team_id']) || text(object(data['team'])?.['id']),
    appId: text(data['api_app_id']),
  };
}

const KINDS = ['decline', 'abort', 'skip'] as const;

/** JSON from a button or a dialog; anything that is not exactly of our form is undefined. */
export function parseIds(json: string): Ids | undefined {
  const data = jsonObject(json);
  const operation = text(data?.['operation']);
  if (data === undefined || !isOperationId(operation)) return undefined;
  const { round } = data;
  const kind = KINDS.find((known) => known === data['kind']);
  const named = text(data['step']);
  const step = isStepId(named) ? named : undefined;
  if (round !== undefined && !(Number.isSafeInteger(round) && Number(round) >= 0)) return undefined;
  if ((data['kind'] !== undefined && kind === undefined) || (data['step'] !== undefined && step === undefined)) {
    return undefined;
  }
  return {
    operation,
    ...(kind === undefined ? {} : { kind }),
    ...(round === undefined ? {} : { round: Number(round) }),
    ...(step === undefined ? {} : { step }),
  };
}

/**
 * With `should_escape`, people and channels arrive as `<@U123|ana>` and `<#C123|dr>`, and `&`, `<`, `>` as entities
 * (https://docs.slack.dev/interactivity/implementing-slash-commands). Words go into the record as they were typed.
 */
function unescaped(typed: string): string {
  return typed
    .replace(
      /<([@#])([A-Z0-9]+)(?:\|([^>]*))?>/g,
      (_, sign: string, id: string, name?: string) => `${sign}${name || id}`,
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function jsonObject(json: string): Data | undefined {
  try {
    return object(JSON.parse(json));
  } catch {
    return undefined;
  }
}

function object(value: unknown): Data | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : undefined;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
