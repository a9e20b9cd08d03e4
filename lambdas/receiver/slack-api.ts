import { CallFailure, call } from './calls.ts';
import { LOOKING } from './words.ts';

/** A trigger id lives 3 s, and the hand-over needs its share of them. */
const VIEW_LIMIT_MS = 1_200;

/**
 * Opens the modal that `command` fills in later. Undefined when Slack would not, or without a token (''): views fail
 * open.
 */
export async function openLoadingView(
  botToken: string,
  triggerId: string,
  left_ms: number,
): Promise<string | undefined> {
  if (botToken === '') return undefined;
  const body = { trigger_id: triggerId, view: modal(LOOKING) };
  try {
    const answer = await slackCall('views.open', botToken, body, Math.min(left_ms, VIEW_LIMIT_MS));
    const view = answer['view'];
    return typeof view === 'object' && view !== null && 'id' in view && typeof view.id === 'string'
      ? view.id
      : undefined;
  } catch (error) {
    console.error(`views.open failed, going on without a dialog: ${String(error)}`);
    return undefined;
  }
}

/** Best effort: a loading view that nothing will fill must say so. */
export async function replaceLoadingView(
  botToken: string,
  viewId: string,
  text: string,
  left_ms: number,
): Promise<void> {
  try {
    await slackCall('views.update', botToken, { view_id: viewId, view: modal(text) }, left_ms);
  } catch (error) {
    console.error(`views.update failed: ${String(error)}`);
  }
}

/** Answers the person whose button it was, for them alone. False when it did not reach Slack. */
export async function respondTo(responseUrl: string, text: string, left_ms: number): Promise<boolean> {
  try {
    const url = new URL(responseUrl);
    if (url.protocol !== 'https:') return false;
    const body = JSON.stringify({ response_type: 'ephemeral', replace_original: false, text });
    const answer = await call({ method: 'POST', url, headers: { 'content-type': 'application/json' }, body }, left_ms);
    return answer.status === 200;
  } catch (error) {
    console.error(`response_url failed: ${String(error)}`);
    return false;
  }
}

function modal(text: string): object {
  return {
    type: 'modal',
    callback_id: 'loading',
    title: { type: 'plain_text', text: 'Muster' },
    close: { type: 'plain_text', text: 'Close' },
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }],
  };
}

async function slackCall(
  method: 'views.open' | 'views.update',
  botToken: string,
  body: object,
  limit_ms: number,
): Promise<Readonly<Record<string, unknown>>> {
  const headers = { authorization: `Bearer ${botToken}`, 'content-type': 'application/json; charset=utf-8' };
  const url = new URL(`https://slack.com/api/${method}`);
  const answer = await call({ method: 'POST', url, headers, body: JSON.stringify(body) }, limit_ms);
  const data = JSON.parse(answer.text) as Readonly<Record<string, unknown>>;
  if (data['ok'] !== true) throw new CallFailure('none', `${method}: ${String(data['error'])}`);
  return data;
}
