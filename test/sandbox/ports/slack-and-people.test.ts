import { createHmac } from 'node:crypto';
import { WebClient } from '@slack/web-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addresses } from './dns-client.ts';
import { type RunningSandbox, startSandbox } from './sandbox-process.ts';

const ANA = 'U0ANA';
const BO = 'U0BO';
const CHANNEL = 'C0INCIDENT';
const TOKEN = 'xoxb-sandbox-muster';
const SIGNING_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox(10);
});
afterAll(() => sandbox.stop());

const screen = async (user: string) => String((await sandbox.control(`/people/${user}`)).body);

/** One action of a person, and what the person saw; an action that was not possible fails the test. */
async function act(user: string, body: object): Promise<{ kind: string; text: string }> {
  const answer = await sandbox.control(`/people/${user}`, body);
  if (answer.status !== 200) throw new Error(`${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`);
  return answer.body as { kind: string; text: string };
}

interface Signed {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function signedCommand(text: string): Promise<Signed> {
  return (await sandbox.control('/signed-command', { user: ANA, text })).body as Signed;
}

async function send({ headers, body }: Signed): Promise<{ status: number; text: string }> {
  const { 'content-length': _, ...rest } = headers;
  const url = `http://127.0.0.1:${sandbox.ports.requestUrl}/`;
  const response = await fetch(url, { method: 'POST', headers: rest, body, signal: AbortSignal.timeout(20_000) });
  return { status: response.status, text: await response.text() };
}

describe('the request URL', () => {
  test('takes a signed /dr status, and the answer appears to that person alone', async () => {
    expect((await send(await signedCommand('status shop'))).status).toBe(200);
    await expect.poll(() => screen(ANA), { timeout: 30_000, interval: 250 }).toContain('shop: home us-east-1');
    expect(await screen(ANA)).toContain('only visible to you');
    expect(await screen(BO)).not.toContain('shop: home us-east-1');
  });

  test("takes a signature made here with the signing secret at the sandbox's time", async () => {
    const { headers, body } = await signedCommand('help');
    const timestamp = headers['x-slack-request-timestamp'] ?? '';
    const mine = createHmac('sha256', SIGNING_SECRET).update(`v0:${timestamp}:${body}`).digest('hex');
    expect(headers['x-slack-signature']).toBe(`v0=${mine}`);
    expect((await send({ headers: { ...headers, 'x-slack-signature': `v0=${mine}` }, body })).status).toBe(200);
  });

  test('refuses a body that was changed after signing, and one without a signature', async () => {
    const { headers, body } = await signedCommand('status');
    expect((await send({ headers, body: body.replace('U0ANA', 'U0BO') })).status).toBe(401);
    const { 'x-slack-signature': _, ...unsigned } = headers;
    expect((await send({ headers: unsigned, body })).status).toBe(401);
  });
});

describe("Slack's own client", () => {
  const client = (token = TOKEN) =>
    new WebClient(token, {
      slackApiUrl: `http://127.0.0.1:${sandbox.ports.slack}/api/`,
      retryConfig: { retries: 0 },
      allowAbsoluteUrls: false,
    });

  test('posts a message that people see', async () => {
    const { ok, ts } = await client().chat.postMessage({ channel: CHANNEL, text: 'hello from outside' });
    expect([ok, ts]).toEqual([true, expect.stringMatching(/^\d+\.\d{6}$/)]);
    expect(await screen(BO)).toContain('hello from outside');
  });

  test('is refused with a wrong token, and told what is not simulated', async () => {
    await expect(client('xoxb-wrong').chat.postMessage({ channel: CHANNEL, text: 'x' })).rejects.toMatchObject({
      data: { error: 'invalid_auth' },
    });
    await expect(client().apiCall('admin.users.list')).rejects.toMatchObject({ statusCode: 501 });
  });

  test('is sent back to this port for an upload, never to the real Slack', async () => {
    const { upload_url } = await client().files.getUploadURLExternal({ filename: 'a.txt', length: 5 });
    expect(upload_url).toContain(`http://127.0.0.1:${sandbox.ports.slack}/upload/`);
    const stored = await fetch(upload_url ?? '', { method: 'POST', body: 'hello' });
    expect(stored.status).toBe(200);
  });

  test('gets no answer while Slack hangs, and one again when it is fixed', async () => {
    const api = `http://127.0.0.1:${sandbox.ports.slack}/api/auth.test`;
    const ask = () =>
      fetch(api, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` }, signal: AbortSignal.timeout(1_500) });
    await sandbox.control('/faults', { slack: 'hang' });
    await expect(ask()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect((await act(ANA, { type: '/dr help' })).text).toContain('Slack is having trouble');
    await sandbox.control('/faults', { slack: null });
    expect((await ask()).status).toBe(200);
  });
});

test('home is lost, two people promote by hand, and DNS and the application follow', async () => {
  const { home, standby } = sandbox.ports.applications['shop'] ?? { home: 0, standby: 0 };
  const write = async (port: number) => {
    const url = `http://127.0.0.1:${port}/muster/check-write`;
    return (await fetch(url, { method: 'POST', signal: AbortSignal.timeout(1_000) })).json();
  };
  expect(await write(home)).toMatchObject({ region: 'us-east-1', writer: 'us-east-1' });
  await sandbox.control('/faults', { lose: 'us-east-1', durations_s: { 'rds.failover': 20, 'ecs.task-start': 10 } });
  await expect(write(home)).rejects.toMatchObject({ name: 'TimeoutError' });

  await act(ANA, { type: '/dr promote shop' });
  await act(ANA, { waitForDialog: 'us-west-2' });
  await act(ANA, { fill: { region: 'us-west-2', reason: 'us-east-1 does not answer' } });
  await act(ANA, { submit: true });
  await act(BO, { waitForMessage: 'Approve', timeout_s: 120 });
  await act(BO, { click: 'approve' });

  const outcome = async () => {
    const { body } = await sandbox.control('/operations');
    return (body as { outcome: string }[])[0]?.outcome;
  };
  await expect.poll(outcome, { timeout: 50_000, interval: 500 }).toBe('succeeded');
  expect(await addresses(sandbox.ports.dns, 'shop.example.com')).toEqual(['203.0.113.10']);
  expect(await write(standby)).toMatchObject({ region: 'us-west-2', writer: 'us-west-2' });
  const operations = JSON.stringify((await sandbox.control('/operations')).body);
  expect(operations).toContain('"type":"operation-ended"');
  expect(operations).not.toContain('"token"');
}, 120_000);
