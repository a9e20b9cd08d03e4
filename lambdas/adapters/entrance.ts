import { createHmac } from 'node:crypto';
import type { Config } from '../../core/config/schema.ts';
import { SELF_TEST } from '../../core/kinds.ts';
import { SELF_TEST_USER } from '../../core/self-test.ts';

/** The receiver answers within 3 s or not at all, as Slack demands. */
const TIMEOUT_MS = 5_000;

/** The receiver's function URL, as whoever holds the self-test's key can call it. */
export interface Entrance {
  readonly url: string;
  readonly key: string;
  readonly slack: Config['slack'];
}

/** `/dr self-test`, as Slack would send it (https://docs.slack.dev/interactivity/implementing-slash-commands). */
export function typeSelfTest(entrance: Entrance, at_s: number, triggerId: string): Promise<string | undefined> {
  const { app_id, team_id, channel } = entrance.slack;
  const form = {
    command: '/dr',
    text: SELF_TEST,
    user_id: SELF_TEST_USER,
    team_id,
    api_app_id: app_id,
    channel_id: channel,
    trigger_id: triggerId,
  };
  return post(entrance, new URLSearchParams(form), at_s);
}

/** The button Approve (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload). */
export function pressApprove(entrance: Entrance, at_s: number, operation: string, round: number, click: string) {
  const { app_id, team_id, channel } = entrance.slack;
  const payload = {
    type: 'block_actions',
    api_app_id: app_id,
    team: { id: team_id },
    user: { id: SELF_TEST_USER, team_id },
    trigger_id: click,
    container: { type: 'message', channel_id: channel },
    channel: { id: channel },
    actions: [
      {
        type: 'button',
        action_id: 'approve',
        block_id: 'vote',
        action_ts: click,
        value: JSON.stringify({ operation, round }),
      },
    ],
  };
  return post(entrance, new URLSearchParams({ payload: JSON.stringify(payload) }), at_s);
}

/** Undefined: the receiver took it. Else why not, in words. */
async function post(entrance: Entrance, form: URLSearchParams, at_s: number): Promise<string | undefined> {
  const body = form.toString();
  const timestamp = String(at_s);
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    const answer = await fetch(entrance.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${createHmac('sha256', entrance.key).update(`v0:${timestamp}:${body}`).digest('hex')}`,
        'x-muster-self-test': 'yes',
      },
      body,
      signal: controller.signal,
    });
    const said = (await answer.text()).slice(0, 300);
    // A refusal in words comes with status 200, too: Slack shows it to the person.
    return answer.ok && said === '' ? undefined : `the receiver answered ${answer.status}: ${said}`;
  } catch (error) {
    return controller.signal.aborted
      ? `the receiver did not answer within ${TIMEOUT_MS} ms`
      : `the receiver cannot be reached: ${String(error)}`;
  } finally {
    clearTimeout(timer);
  }
}
