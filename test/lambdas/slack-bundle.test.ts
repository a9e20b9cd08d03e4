import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { absentStandIn, absentWebClient } from '../../scripts/absent-modules.ts';
import { buildLambdas } from '../../scripts/build.ts';
import { NetworkFailure, type WireRequest, type WireResponse } from '../../simulator/wire.ts';
import { createWorld, json, never, START_MS, type World } from '../simulator/lambda/world.ts';
import { APP, button, command, SECRET, submission, TEAM } from './slack-world.ts';

/** The built bundle, as Lambda loads it, in the sandbox's world and time. */
let source: string;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-receiver-'));
  await buildLambdas({ outdir: folder, only: ['slack'] });
  source = await readFile(join(folder, 'slack.cjs'), 'utf8');
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

type Host = 'secretsmanager' | 'lambda' | 'slack';
type Play = (request: WireRequest) => Promise<WireResponse>;

const hostOf = (request: WireRequest): Host => {
  const host = request.url.hostname.split('.')[0];
  return host === 'secretsmanager' || host === 'lambda' ? host : 'slack';
};

function receiverWorld(plays: Partial<Record<Host, Play>> = {}): World {
  const all: Record<Host, Play> = {
    secretsmanager: async ({ body }) =>
      json({
        SecretString: Buffer.from(body ?? [])
          .toString()
          .includes('signing')
          ? SECRET
          : 'xoxb',
      }),
    lambda: async (request) => (request.headers['x-amz-invocation-type'] === 'Event' ? json({}, 202) : json(null)),
    slack: async () => json({ ok: true, view: { id: 'V1' } }),
    ...plays,
  };
  const world = createWorld({ send: (request) => all[hostOf(request)](request) });
  const environment = {
    MUSTER_PREFIX: 'muster',
    MUSTER_SIGNING_SECRET_ID: 'signing',
    MUSTER_BOT_TOKEN_ID: 'token',
    MUSTER_SELF_TEST_KEY_ID: 'self-test',
    MUSTER_SLACK_APP_ID: APP,
    MUSTER_SLACK_TEAM_ID: TEAM,
  };
  world.define('slack', source, { timeout_s: 10, environment });
  return world;
}

function signedAt(now_ms: number, body: string): object {
  const timestamp = Math.floor(now_ms / 1000);
  const signature = createHmac('sha256', SECRET).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    requestContext: { http: { method: 'POST' } },
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(timestamp),
      'x-slack-signature': `v0=${signature}`,
    },
    body,
    isBase64Encoded: false,
  };
}

const ask = async (world: World, body: string) =>
  (await world.call('slack', signedAt(world.clock.now_ms(), body))).value;
const hosts = (world: World) => world.sent.map((sent) => hostOf(sent.request));

test('hands a command over and acknowledges it', async () => {
  const world = receiverWorld();
  expect(await ask(world, command('status'))).toMatchObject({ statusCode: 200, body: '' });
  expect(hosts(world)).toEqual(['secretsmanager', 'secretsmanager', 'lambda']);
});

test('opens the dialog of a promote, with the bot token, before it hands over', async () => {
  const world = receiverWorld();
  expect(await ask(world, command('promote shop'))).toMatchObject({ statusCode: 200, body: '' });
  expect(hosts(world)).toEqual(['secretsmanager', 'secretsmanager', 'slack', 'lambda']);
  expect(world.sent[2]?.request.headers['authorization']).toBe('Bearer xoxb');
  expect(Buffer.from(world.sent[3]?.request.body ?? []).toString()).toContain('"viewId":"V1"');
});

test('takes a button and a submission', async () => {
  const world = receiverWorld();
  expect(await ask(world, button('approve'))).toMatchObject({ statusCode: 200, body: '' });
  expect(await ask(world, submission())).toMatchObject({ statusCode: 200, body: '' });
});

test('answers in words, within three virtual seconds, when nobody answers it', async () => {
  const world = receiverWorld({ lambda: () => never, slack: () => never });
  const answer = await ask(world, command('promote'));
  expect(JSON.stringify(answer)).toContain('It may have taken your request');
  expect(world.clock.now_ms() - START_MS).toBeLessThan(3_000);
});

test('tells that nothing was started when Lambda cannot be reached', async () => {
  const refused: Play = async () => {
    throw new NetworkFailure('ECONNREFUSED', 'connect ECONNREFUSED');
  };
  const world = receiverWorld({ lambda: refused });
  expect(JSON.stringify(await ask(world, command('status')))).toContain('Nothing was started');
  expect(hosts(world).filter((host) => host === 'lambda')).toHaveLength(2);
});

test('asked for what was left out of its bundle, a stand-in throws its name', async () => {
  const world = createWorld();

  const probe = `${absentStandIn('express')}\nconst express = module.exports;
    exports = module.exports = { handler: async () => { try { express.Router(); } catch (error) { return error.message; } } };`;
  world.define('probe', probe);
  expect((await world.call('probe')).value).toBe('express is not part of this bundle');
});

test('the stand-in for the web client can be made, as Bolt does, and any use of it throws', async () => {
  const world = createWorld();
  const probe = `${absentWebClient}
    exports.handler = async () => {
      const client = new exports.WebClient('xoxb', {});
      const uses = [() => client.auth.test(), () => client.chat.postMessage({}), () => { client.token = 'xoxp'; }];
      return uses.map((use) => { try { return use(); } catch (error) { return error.message; } });
    };`;
  world.define('probe', probe);
  const refusal = '@slack/web-api is not part of this bundle';
  expect((await world.call('probe')).value).toEqual([refusal, refusal, refusal]);
});
