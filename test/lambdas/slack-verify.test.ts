import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  APP,
  button,
  command,
  interaction,
  never,
  SELF_TEST_KEY,
  SlackWorld,
  sign,
  signedEvent,
  submission,
  type SlackWorld as World,
} from './slack-world.ts';

vi.mock('../../lambdas/receiver/http.ts');

let world: World;
beforeEach(() => {
  world = new SlackWorld();
  world.connect();
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const now_s = () => Math.floor(Date.now() / 1000);
const forwarded = () => world.to('lambda.').length;

describe('what is let in', () => {
  test('a signed command is handed over and acknowledged', async () => {
    const answer = await world.answer(signedEvent(command('status')));
    expect(answer).toMatchObject({ statusCode: 200, body: '' });
    expect(forwarded()).toBe(1);
  });

  test('a content type with a charset is the same content type', async () => {
    const contentType = 'application/x-www-form-urlencoded; charset=utf-8';
    const answer = await world.answer(signedEvent(command('status'), { contentType }));
    expect(answer.statusCode).toBe(200);
    expect(forwarded()).toBe(1);
  });

  test('a base64 body with raw UTF-8 is verified over its bytes and handed over as text', async () => {
    const body = `${command('status')}&user_name=Zoë`;
    const event = { ...signedEvent(body), body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
    expect((await world.answer(event)).statusCode).toBe(200);
    expect(world.to('lambda.')[0]?.body).toMatchObject({ signed: { body } });
  });

  test('header names are compared without their case', async () => {
    const event = signedEvent(command('status'));
    const headers = Object.fromEntries(Object.entries(event.headers ?? {}).map(([k, v]) => [k.toUpperCase(), v]));
    expect((await world.answer({ ...event, headers })).statusCode).toBe(200);
  });

  test('the Events API learns its challenge, signed', async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'c', token: 't' });
    const answer = await world.answer(signedEvent(body, { contentType: 'application/json' }));
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ challenge: 'c' });
    expect(forwarded()).toBe(0);
  });

  test('a timestamp up to a minute ahead passes: clocks differ', async () => {
    const answer = await world.answer(signedEvent(command('status'), { timestamp_s: now_s() + 55 }));
    expect(answer.statusCode).toBe(200);
  });
});

describe('what is refused, and never handed over', () => {
  const refusals: [string, number, () => Parameters<World['answer']>[0]][] = [
    ['a wrong signature', 401, () => signedEvent(command('status'), { secret: 'another' })],
    ['a body changed by one byte', 401, () => ({ ...signedEvent(command('status')), body: `${command('status')} ` })],
    ['a timestamp older than five minutes', 401, () => signedEvent(command('x'), { timestamp_s: now_s() - 302 })],
    ['a timestamp more than a minute ahead', 401, () => signedEvent(command('x'), { timestamp_s: now_s() + 65 })],
    [
      'malformed JSON that is not signed',
      401,
      () => signedEvent('{', { contentType: 'application/json', secret: 'x' }),
    ],
    ['malformed JSON that is signed', 400, () => signedEvent('{', { contentType: 'application/json' })],
    ['a malformed payload that is signed', 400, () => signedEvent('payload=%7B')],
    ['a payload that is no object', 400, () => signedEvent('payload=3')],
    ['a field given twice', 400, () => signedEvent(`${command('x')}&team_id=T0OTHER`)],
    ['a missing body', 400, () => ({ ...signedEvent(''), body: null })],
    ['an empty body', 400, () => signedEvent('')],
    ['another content type', 415, () => signedEvent('<x/>', { contentType: 'text/xml' })],
    ['no content type', 415, () => ({ ...signedEvent('x'), headers: {} })],
    ['a body over 256 KB', 413, () => signedEvent(`payload=${'x'.repeat(256 * 1024)}`)],
    ['GET', 405, () => ({ ...signedEvent('x'), requestContext: { http: { method: 'GET' } } })],
    ['an event that is no HTTP request', 405, () => ({})],
    ['another ssl_check on a signed command', 400, () => signedEvent(command('x', { ssl_check: '0' }))],
    ['a body that is not UTF-8', 400, notUtf8],
  ];

  test.each(refusals)('%s', async (_, status, event) => {
    const answer = await world.answer(event());
    expect(answer.statusCode).toBe(status);
    expect(answer.body).not.toBe('');
    expect(forwarded()).toBe(0);
  });

  function notUtf8() {
    const body = Buffer.concat([Buffer.from(`${command('status')}&x=`), Buffer.from([0xff])]);
    const event = signedEvent('');
    const headers = { ...event.headers, 'x-slack-signature': sign(body, now_s()) };
    return { ...event, headers, body: body.toString('base64'), isBase64Encoded: true };
  }
});

describe("Slack's check of the certificate", () => {
  const unsigned = (body: string) => ({
    requestContext: { http: { method: 'POST' } },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });

  test('ssl_check=1 is answered unsigned, without reading the secret', async () => {
    expect(await world.answer(unsigned('ssl_check=1&token=t'))).toMatchObject({ statusCode: 200, body: '' });
    expect(world.sent).toEqual([]);
  });

  test.each(['ssl_check=0', 'ssl_check=', 'ssl_check=1&ssl_check=2', `${command('promote')}`])(
    'unsigned %s is refused',
    async (body) => {
      expect((await world.answer(unsigned(body))).statusCode).toBe(401);
      expect(world.sent).toEqual([]);
    },
  );

  test('ssl_check=1 is answered signed, too', async () => {
    expect(await world.answer(signedEvent('ssl_check=1&token=t'))).toMatchObject({ statusCode: 200, body: '' });
    expect(forwarded()).toBe(0);
  });

  test.each([unsigned, signedEvent])('ssl_check=1 beside a command starts nothing', async (event) => {
    await world.answer(event(command('promote', { ssl_check: '1' })));
    expect(forwarded()).toBe(0);
  });
});

describe('who is asked for', () => {
  test('a command of another app gets a clear answer and nothing is handed over', async () => {
    const answer = await world.answer(signedEvent(command('promote', { api_app_id: 'A0OTHER' })));
    expect(JSON.parse(answer.body).text).toContain('another Slack app or workspace');
    expect(new Set(world.sent.map((sent) => sent.host))).toEqual(new Set(['secretsmanager.eu-west-1.amazonaws.com']));
  });

  test('a command of another workspace gets a clear answer and nothing is handed over', async () => {
    const answer = await world.answer(signedEvent(command('promote', { team_id: 'T0OTHER' })));
    expect(JSON.parse(answer.body).text).toContain('Nothing was started');
    expect(forwarded()).toBe(0);
  });

  test('the button of a Slack Connect stranger is refused', async () => {
    const body = interaction({ type: 'block_actions', user: { id: 'U9', team_id: 'T0OTHER' }, actions: [] });
    expect((await world.answer(signedEvent(body))).statusCode).toBe(403);
    expect(forwarded()).toBe(0);
  });

  test('a dialog of another app shows the refusal at its first field', async () => {
    const data = JSON.parse(new URLSearchParams(submission()).get('payload') ?? '');
    const answer = await world.answer(signedEvent(interaction({ ...data, api_app_id: 'A0OTHER' })));
    expect(JSON.parse(answer.body)).toMatchObject({ response_action: 'errors' });
    expect(JSON.parse(answer.body).errors.region).toContain('another Slack app');
  });

  test('a request that names no app is not ours', async () => {
    const body = new URLSearchParams(command('promote'));
    body.delete('api_app_id');
    expect(APP).not.toBe('');
    await world.answer(signedEvent(body.toString()));
    expect(forwarded()).toBe(0);
  });
});

describe('the key of the self-test', () => {
  const withKey = (body: string, isSelfTest = true) => signedEvent(body, { secret: SELF_TEST_KEY, isSelfTest });
  const actor = { user_id: 'self-test' };

  test('lets the self-test’s actor through, and reads no other secret for it', async () => {
    expect(await world.answer(withKey(command('self-test', actor)))).toMatchObject({ statusCode: 200, body: '' });
    expect(world.to('secretsmanager.').map(({ body }) => body)).toEqual([{ SecretId: 'self-test' }]);
    expect(forwarded()).toBe(1);
  });

  test.each([
    ['a person’s command', command('promote shop'), 403],
    ['a person’s button', button('approve'), 403],
    ['a dialog of its actor', interaction({ type: 'view_submission', user: { id: 'self-test' }, view: {} }), 403],
    ['the URL’s verification', JSON.stringify({ type: 'url_verification', challenge: 'c' }), 403],
  ])('does not authorise %s', async (_, body, status) => {
    const contentType = body.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded';
    const event = signedEvent(body, { secret: SELF_TEST_KEY, isSelfTest: true, contentType });
    expect((await world.answer(event)).statusCode).toBe(status);
    expect(forwarded()).toBe(0);
  });

  test('is not Slack’s signature, nor is Slack’s the self-test’s', async () => {
    expect((await world.answer(withKey(command('self-test', actor), false))).statusCode).toBe(401);
    const slacks = signedEvent(command('self-test', actor), { isSelfTest: true });
    expect((await world.answer(slacks)).statusCode).toBe(401);
    expect(forwarded()).toBe(0);
  });
});

describe('the two secrets', () => {
  test('are read once for five minutes, then again', async () => {
    await world.answer(signedEvent(command('a')));
    await world.answer(signedEvent(command('b')));
    expect(world.to('secretsmanager.')).toHaveLength(2);
    world.now_ms += 5 * 60_000;
    const timestamp_s = Math.floor(world.now_ms / 1000);
    await world.answer(signedEvent(command('c'), { timestamp_s }));
    expect(world.to('secretsmanager.')).toHaveLength(4);
  });

  test('rotated, is what signs from then on', async () => {
    await world.answer(signedEvent(command('a')));
    world.secrets = { signing: 'rotated-secret', token: 'xoxb-2' };
    world.now_ms += 5 * 60_000;
    const timestamp_s = Math.floor(world.now_ms / 1000);
    expect((await world.answer(signedEvent(command('b'), { timestamp_s }))).statusCode).toBe(401);
    const rotated = signedEvent(command('b'), { timestamp_s, secret: 'rotated-secret' });
    expect(await world.answer(rotated)).toMatchObject({ statusCode: 200, body: '' });
  });

  test('that cannot be read at first is tried twice, told in words, and starts nothing', async () => {
    world.secretsManager = () => new Response('{}', { status: 500 });
    const answer = await world.answer(signedEvent(command('promote')));
    expect(world.to('secretsmanager.')).toHaveLength(4);
    expect(JSON.parse(answer.body).text).toContain('Nothing was started');
    expect(forwarded()).toBe(0);
  });

  test.each([
    ['fails', () => new Response('{}', { status: 500 })],
    ['never answers', never],
  ])('a bot token whose reading %s costs the dialog and nothing else', async (_, read) => {
    const { secretsManager } = world;
    world.secretsManager = (sent) =>
      (sent.body as { SecretId: string }).SecretId === 'token' ? read(sent) : secretsManager(sent);
    for (const body of [button('approve'), command('promote shop')]) {
      expect(await world.answer(signedEvent(body))).toMatchObject({ statusCode: 200, body: '' });
    }
    expect(forwarded()).toBe(2);
    expect(world.to('slack.')).toEqual([]);
  });

  test('that cannot be read makes Slack mark a button as failed', async () => {
    world.secretsManager = () => new Response('{}', { status: 500 });
    expect((await world.answer(signedEvent(interaction({ type: 'block_actions' })))).statusCode).toBe(503);
  });

  test('that cannot be read again goes on serving', async () => {
    await world.answer(signedEvent(command('a')));
    world.secretsManager = () => new Response('{}', { status: 500 });
    world.now_ms += 5 * 60_000;
    const event = signedEvent(command('b'), { timestamp_s: Math.floor(world.now_ms / 1000) });
    expect(await world.answer(event)).toMatchObject({ statusCode: 200, body: '' });
  });

  test('of another shape verifies nothing and is never printed', async () => {
    world.secretsManager = () => new Response(JSON.stringify({ SecretString: '{"signing_secret": "hush"}' }));
    const answer = await world.answer(signedEvent(command('promote')));
    expect(JSON.parse(answer.body).text).toContain('Nothing was started');
    expect(JSON.stringify(vi.mocked(console.error).mock.calls)).not.toContain('hush');
  });

  test('a missing setting verifies nothing', async () => {
    world.variables['MUSTER_SLACK_TEAM_ID'] = undefined;
    const answer = await world.answer(signedEvent(command('promote')));
    expect(JSON.parse(answer.body).text).toContain('settings cannot be read');
    expect(world.sent).toEqual([]);
  });
});
