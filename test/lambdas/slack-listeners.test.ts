import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SELF_TEST_USER } from '../../core/self-test.ts';
import {
  button,
  command,
  interaction,
  never,
  type Play,
  refusedConnection,
  SELF_TEST_KEY,
  SlackWorld,
  signedEvent,
  submission,
  TEAM,
} from './slack-world.ts';

vi.mock('../../lambdas/receiver/http.ts');

let world: SlackWorld;
beforeEach(() => {
  world = new SlackWorld();
  world.connect();
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const invoked = () => world.to('lambda.')[0];
const invokedPaths = () => world.to('lambda.').map((sent) => sent.path);
const slackPaths = () => world.sent.filter((sent) => sent.host === 'slack.com').map((sent) => sent.path);

/** The answer, and how long Slack waited for it. */
async function timed(body: string) {
  vi.useFakeTimers({ now: world.now_ms });
  world.now_ms = Date.now();
  const start_ms = Date.now();
  const running = world.answer(signedEvent(body)).then((answer) => ({ answer, took_ms: Date.now() - start_ms }));
  const tick = setInterval(() => {
    world.now_ms = Date.now();
  }, 1);
  await vi.advanceTimersByTimeAsync(5_000);
  clearInterval(tick);
  return await running;
}

const failing =
  (error: string): Play =>
  () =>
    new Response(JSON.stringify({ errorMessage: 'boom' }), { headers: { 'x-amz-function-error': error } });

describe('a command', () => {
  test('goes to the function command with its signature, asynchronously and signed', async () => {
    const event = signedEvent(command('status shop'));
    await world.answer(event);
    expect(invoked()?.host).toBe('lambda.eu-west-1.amazonaws.com');
    expect(invoked()?.path).toBe('/2015-03-31/functions/muster-command/invocations');
    expect(invoked()?.headers.get('x-amz-invocation-type')).toBe('Event');
    expect(invoked()?.headers.get('authorization')).toContain('/eu-west-1/lambda/aws4_request');
    expect(invoked()?.headers.get('x-amz-security-token')).toBe('session');
    expect(invoked()?.body).toEqual({
      kind: 'command',
      signed: {
        body: event.body,
        timestamp: event.headers?.['x-slack-request-timestamp'],
        signature: event.headers?.['x-slack-signature'],
      },
    });
    expect(slackPaths()).toEqual([]);
  });

  test.each(['promote', 'promote shop', '  PROMOTE  ', 'promote shop now'])(
    '%j opens the dialog first and passes its id',
    async (text) => {
      expect(await world.answer(signedEvent(command(text)))).toMatchObject({ statusCode: 200, body: '' });
      expect(slackPaths()).toEqual(['/api/views.open']);
      expect(world.to('slack.com')[0]?.headers.get('authorization')).toBe('Bearer xoxb-1');
      expect(world.to('slack.com')[0]?.body).toMatchObject({ trigger_id: '1.2.3' });
      expect(invoked()?.body).toMatchObject({ kind: 'command', viewId: 'V1' });
    },
  );

  test.each(['', 'help', 'promoted', 'failback'])('%j opens no dialog', async (text) => {
    await world.answer(signedEvent(command(text)));
    expect(slackPaths()).toEqual([]);
    expect(world.to('lambda.')).toHaveLength(1);
  });

  test('goes on without its dialog when Slack refuses to open it', async () => {
    world.slack = () => new Response(JSON.stringify({ ok: false, error: 'expired_trigger_id' }));
    expect(await world.answer(signedEvent(command('promote')))).toMatchObject({ statusCode: 200, body: '' });
    expect(invoked()?.body).not.toHaveProperty('viewId');
  });

  test('goes on without its dialog when Slack does not answer, in time for Slack itself', async () => {
    world.slack = never;
    const { answer, took_ms } = await timed(command('promote'));
    expect(answer).toMatchObject({ statusCode: 200, body: '' });
    expect(invoked()?.body).not.toHaveProperty('viewId');
    expect(took_ms).toBeGreaterThanOrEqual(1_200);
    expect(took_ms).toBeLessThan(1_300);
  });

  test('that cannot be handed over is tried twice and told that nothing was started', async () => {
    world.lambda = refusedConnection;
    const answer = await world.answer(signedEvent(command('status')));
    expect(world.to('lambda.')).toHaveLength(2);
    expect(JSON.parse(answer.body)).toMatchObject({ response_type: 'ephemeral' });
    expect(JSON.parse(answer.body).text).toContain('Nothing was started');
  });

  test('that is throttled once is handed over the second time', async () => {
    let calls = 0;
    world.lambda = () => new Response('', { status: calls++ === 0 ? 429 : 202 });
    expect(await world.answer(signedEvent(command('status')))).toMatchObject({ statusCode: 200, body: '' });
    expect(calls).toBe(2);
  });

  test('whose hand-over may have arrived is not repeated, and not called "nothing was started"', async () => {
    world.lambda = () => new Response('', { status: 500 });
    const answer = await world.answer(signedEvent(command('status')));
    expect(world.to('lambda.')).toHaveLength(1);
    expect(JSON.parse(answer.body).text).toContain('It may have taken your request');
    expect(answer.body).not.toContain('Nothing was started');
  });

  test('is answered within three seconds when nothing around it answers', async () => {
    world.slack = never;
    world.lambda = never;
    const { answer, took_ms } = await timed(command('promote'));
    expect(JSON.parse(answer.body).text).toContain('It may have taken your request');
    expect(took_ms).toBeLessThan(2_500);
  });

  test('that fails after its dialog opened replaces the loading view', async () => {
    world.lambda = refusedConnection;
    await world.answer(signedEvent(command('promote')));
    expect(slackPaths()).toEqual(['/api/views.open', '/api/views.update']);
    expect(JSON.stringify(world.to('slack.com')[1]?.body)).toContain('Nothing was started');
  });

  test('a secret that never answers costs less than three seconds', async () => {
    world.secretsManager = never;
    const { answer, took_ms } = await timed(command('promote'));
    expect(answer.body).toContain('Nothing was started');
    expect(took_ms).toBeLessThan(2_500);
  });
});

describe('a button', () => {
  test.each(['approve', 'retry', 'extend', 'launch'])(
    '%s is handed to approve, with its signature, asynchronously, and acknowledged with nothing',
    async (actionId) => {
      const event = signedEvent(button(actionId));
      expect(await world.answer(event)).toMatchObject({ statusCode: 200, body: '' });
      expect(invokedPaths()).toEqual(['/2015-03-31/functions/muster-approve/invocations']);
      expect(invoked()?.headers.get('x-amz-invocation-type')).toBe('Event');
      expect(invoked()?.body).toEqual({
        kind: 'action',
        signed: {
          body: event.body,
          timestamp: event.headers?.['x-slack-request-timestamp'],
          signature: event.headers?.['x-slack-signature'],
        },
      });
      expect(slackPaths()).toEqual([]);
    },
  );

  test('that needs words opens a dialog first, for command to fill', async () => {
    await world.answer(signedEvent(button('modal:decline')));
    expect(slackPaths()).toEqual(['/api/views.open']);
    expect(invokedPaths()).toEqual(['/2015-03-31/functions/muster-command/invocations']);
    expect(invoked()?.body).toMatchObject({ kind: 'action', viewId: 'V1' });
  });

  test('that needs words is handed to command although its dialog could not be opened', async () => {
    world.slack = () => new Response(JSON.stringify({ ok: false, error: 'expired_trigger_id' }));
    await world.answer(signedEvent(button('modal:decline')));
    expect(invokedPaths()).toEqual(['/2015-03-31/functions/muster-command/invocations']);
    expect(invoked()?.body).not.toHaveProperty('viewId');
  });

  test('of the self-test is handed to approve, too', async () => {
    const pressed = interaction({
      type: 'block_actions',
      user: { id: SELF_TEST_USER, team_id: TEAM },
      actions: [{ type: 'button', action_id: 'approve', block_id: 'vote', action_ts: '1' }],
    });
    const event = signedEvent(pressed, { secret: SELF_TEST_KEY, isSelfTest: true });
    expect(await world.answer(event)).toMatchObject({ statusCode: 200, body: '' });
    expect(invokedPaths()).toEqual(['/2015-03-31/functions/muster-approve/invocations']);
  });

  test('that cannot be handed over is answered to its person alone', async () => {
    world.lambda = refusedConnection;
    world.slack = () => new Response('ok');
    expect((await world.answer(signedEvent(button('approve')))).statusCode).toBe(200);
    expect(world.to('hooks.slack.com')[0]?.body).toMatchObject({
      response_type: 'ephemeral',
      replace_original: false,
      text: expect.stringContaining('Nothing was started'),
    });
  });

  test('that can neither be handed over nor answered is marked as failed by Slack', async () => {
    world.lambda = refusedConnection;
    world.slack = refusedConnection;
    expect((await world.answer(signedEvent(button('approve')))).statusCode).not.toBe(200);
  });
});

describe("a dialog's submission", () => {
  test('is asked of command and closes the dialog', async () => {
    expect(await world.answer(signedEvent(submission()))).toMatchObject({ statusCode: 200, body: '' });
    expect(invoked()?.headers.get('x-amz-invocation-type')).toBe('RequestResponse');
    expect(invoked()?.body).toMatchObject({ kind: 'submission' });
  });

  test('shows the errors that command answers', async () => {
    const errors = { response_action: 'errors', errors: { region: 'Type eu-central-1.' } };
    world.lambda = () => new Response(JSON.stringify(errors));
    expect(JSON.parse((await world.answer(signedEvent(submission()))).body)).toEqual(errors);
  });

  const failures: [string, Play, string][] = [
    ['that cannot be handed over', refusedConnection, 'Nothing was started'],
    ['whose function fails', failing('Unhandled'), 'It may have taken this'],
    ['that is answered with nonsense', () => new Response('{"response_action":"push"}'), 'It may have taken this'],
    [
      'that is answered with no errors at all',
      () => new Response('{"response_action":"errors","errors":{}}'),
      'may have',
    ],
    ['that is answered with what is not JSON', () => new Response('<html>'), 'It may have taken this'],
  ];
  test.each(failures)('%s shows it at the first input', async (_, play, words) => {
    world.lambda = play;
    const blocks = [
      { type: 'section', block_id: 's' },
      { type: 'input', block_id: 'region' },
    ];
    const body = JSON.parse((await world.answer(signedEvent(submission(blocks)))).body);
    expect(body.response_action).toBe('errors');
    expect(body.errors.region).toContain(words);
  });

  test('is answered after two seconds at most', async () => {
    world.lambda = never;
    const { answer, took_ms } = await timed(submission());
    expect(JSON.parse(answer.body).errors.region).toContain('did not answer in time');
    expect(took_ms).toBeGreaterThanOrEqual(2_000);
    expect(took_ms).toBeLessThan(2_100);
  });

  test('without an input field is left to Slack to mark as failed', async () => {
    world.lambda = refusedConnection;
    expect((await world.answer(signedEvent(submission([])))).statusCode).not.toBe(200);
  });
});

test('what Muster has no listener for is not handed over', async () => {
  const body = new URLSearchParams({
    payload: JSON.stringify({
      type: 'shortcut',
      callback_id: 'x',
      api_app_id: 'A0MUSTER',
      team: { id: 'T0TEAM' },
      user: { id: 'U1' },
    }),
  });
  expect((await world.answer(signedEvent(body.toString()))).statusCode).toBe(404);
  expect(world.to('lambda.')).toEqual([]);
});
