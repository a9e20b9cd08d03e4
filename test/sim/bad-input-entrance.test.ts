import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { ANA, HOME, STANDBY } from '../../sandbox/rehearsal/actions.ts';
import * as forged from '../../simulator/slack/forged.ts';
import type { WireRequest } from '../../simulator/wire.ts';
import { commandRequest, expectUnchanged, invocations, post, secretOf, signed } from './requests.ts';
import { eventsOf, newestOperation, type Stage, setStage } from './world.ts';

/** What reaches the function URL and is not a request of Slack's for this Muster: refused by the receiver, nothing changed. */
let stage: Stage;
beforeAll(async () => {
  stage = await setStage('bad-input-entrance');
  stage.world.lose(HOME);
});

const honest = (): WireRequest => commandRequest(stage.world, ANA, 'promote shop');
const secret = (): string => secretOf(stage.world);
const text = (body: Uint8Array): string => new TextDecoder().decode(body);

/** Refused by the receiver before it called any other function. */
async function expectRefused(request: WireRequest, status: number): Promise<string> {
  const before = invocations(stage.world);
  const answer = await expectUnchanged(stage, () => post(stage, request));
  expect(answer.status, text(answer.body)).toBe(status);
  expect(invocations(stage.world)).toBe(before);
  return text(answer.body);
}

describe('a request that Slack did not sign, or not now', () => {
  test.each<readonly [string, (request: WireRequest) => WireRequest, number]>([
    ['without a signature', (r) => forged.unsigned(r), 401],
    ['signed with another secret', (r) => forged.wrongSecret(r), 401],
    ['altered after signing', (r) => forged.altered(r, (body) => body.replace('promote', 'status ')), 401],
    ['of six minutes ago', (r) => forged.dated(r, -360, secret()), 401],
    ['of two minutes from now', (r) => forged.dated(r, 120, secret()), 401],
    ['of next year', (r) => forged.dated(r, 365 * 86_400, secret()), 401],
    ['dated with words', (r) => withHeader(r, 'x-slack-request-timestamp', 'now'), 401],
    ['with an empty signature', (r) => withHeader(r, 'x-slack-signature', ''), 401],
    ['with the scheme alone for a signature', (r) => withHeader(r, 'x-slack-signature', 'v0='), 401],
    ['with a signature of another scheme', (r) => withHeader(r, 'x-slack-signature', `v1=${'0'.repeat(64)}`), 401],
    ['with ssl_check=1 and a command smuggled along, unsigned', (r) => forged.sslCheck(r, '1'), 200],
    ['with ssl_check=true, unsigned', (r) => forged.sslCheck(r, 'true'), 401],
    ['with ssl_check=0, unsigned', (r) => forged.sslCheck(r, '0'), 401],
    ['with an empty ssl_check, unsigned', (r) => forged.sslCheck(r, ''), 401],
  ])('%s goes no further', async (_, change, status) => {
    await expectRefused(change(honest()), status);
  });

  test('a certificate check is answered with nothing in it, whatever it carries', async () => {
    expect(await expectRefused(forged.sslCheck(honest(), '1'), 200)).toBe('');
  });
});

describe('a signed request that cannot be read', () => {
  test.each<readonly [string, (request: WireRequest) => WireRequest, number]>([
    ['half a JSON', (r) => forged.malformed(r, secret()), 400],
    ['a payload that is a list', (r) => forged.withBody(r, 'payload=%5B1%2C2%5D', secret()), 400],
    ['a payload that is null', (r) => forged.withBody(r, 'payload=null', secret()), 400],
    ['no body', (r) => forged.bodyless(r, secret()), 400],
    ['a body of 300 KB', (r) => forged.oversized(r, 300_000, secret()), 413],
    ['a body of 7 MB', (r) => forged.oversized(r, 7_000_000, secret()), 413],
    ['a type that is neither form nor JSON', (r) => forged.asBinary(r), 415],
    ['no type at all', (r) => withHeader(r, 'content-type', ''), 415],
    ['XML', (r) => withHeader(r, 'content-type', 'text/xml'), 415],
    ['a field given twice', (r) => forged.withBody(r, `${text(r.body)}&command=%2Fdr`, secret()), 400],
    ['a signed ssl_check with a command', (r) => forged.withBody(r, `${text(r.body)}&ssl_check=true`, secret()), 400],
    ['bytes that are no UTF-8', (r) => notUtf8(r), 400],
    ['GET', (r) => ({ ...r, method: 'GET', body: new Uint8Array() }), 405],
    ['PUT', (r) => ({ ...r, method: 'PUT' }), 405],
    ['a button without app and workspace', (r) => forged.withBody(r, 'payload=%7B%7D', secret()), 403],
  ])('%s is refused', async (_, change, status) => {
    await expectRefused(change(honest()), status);
  });
});

describe('a signed request of somebody else’s', () => {
  test.each([
    ['another app', { api_app_id: 'A0OTHER' }],
    ['no app', { api_app_id: '' }],
    ['another workspace', { team_id: 'T0ELSEWHERE' }],
    ['no workspace', { team_id: '' }],
  ])('%s is told so, and nothing else happens', async (_, changes) => {
    const body = await expectRefused(commandRequest(stage.world, ANA, 'promote shop', changes), 200);
    expect(JSON.parse(body)).toMatchObject({ response_type: 'ephemeral' });
    expect(body).toContain('another Slack app or workspace');
    expect(body).toContain('Nothing was started');
  });
});

describe('the functions behind the receiver, called with a request that it would have refused', () => {
  const inbound = (request: WireRequest, changes: Partial<{ body: string; signature: string; timestamp: string }>) => ({
    kind: 'command',
    viewId: 'V0',
    signed: {
      body: text(request.body),
      timestamp: request.headers['x-slack-request-timestamp'] ?? '',
      signature: request.headers['x-slack-signature'] ?? '',
      ...changes,
    },
  });
  const bad = (request: WireRequest) => [
    inbound(request, { signature: `v0=${'0'.repeat(64)}` }),
    inbound(request, { signature: '' }),
    inbound(request, { timestamp: '' }),
    inbound(request, { body: text(request.body).replace(ANA, 'U0BO') }),
    inbound(request, { timestamp: String(Number(request.headers['x-slack-request-timestamp']) - 600) }),
    inbound(commandRequest(stage.world, ANA, 'promote shop', { api_app_id: 'A0OTHER' }), {}),
    inbound(commandRequest(stage.world, ANA, 'promote shop', { team_id: 'T0ELSEWHERE' }), {}),
    inbound(signed(stage.world, 'hello=world'), {}),
    { kind: 'command' },
    null,
  ];

  test.each(['muster-command', 'muster-approve'])('%s throws and changes nothing', async (name) => {
    await expectUnchanged(stage, async () => {
      for (const payload of bad(honest())) {
        const answer = await stage.play(() => stage.world.lambda.invoke(STANDBY, name, payload));
        expect(answer.functionError, answer.payload).toBe('Unhandled');
      }
    });
  });
});

describe('what the receiver accepts', () => {
  test('a header with a charset, and the same bytes twice: one draft', async () => {
    const request = forged.withCharset(honest());
    expect((await post(stage, request)).status).toBe(200);
    const id = newestOperation(stage.world);
    expect(eventsOf(stage.world, stage.world.streams.op(id)).map((event) => event.type)).toEqual(['operation-drafted']);
    const answer = await expectUnchanged(stage, () => post(stage, forged.replayed(request)));
    expect(answer.status).toBe(200);
    expect(stage.world.operationIds()).toEqual([id]);
  });

  test('letters beyond ASCII as they are', async () => {
    const answer = await expectUnchanged(stage, () =>
      post(stage, forged.rawUtf8(commandRequest(stage.world, ANA, 'help'), secret())),
    );
    expect(answer.status).toBe(200);
  });
});

function withHeader(request: WireRequest, name: string, value: string): WireRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}

/** Correctly signed over exactly these bytes. */
function notUtf8(request: WireRequest): WireRequest {
  const body = Uint8Array.from([...request.body, 0xff, 0xfe]);
  const hmac = createHmac('sha256', secret())
    .update(`v0:${request.headers['x-slack-request-timestamp']}:`)
    .update(body);
  return withHeader({ ...request, body }, 'x-slack-signature', `v0=${hmac.digest('hex')}`);
}
