import { beforeAll, describe, expect, it } from 'vitest';
import { bundled, createWorld, json, never, type Outside, REGION, real_ms, START_MS, type World } from './world.ts';

/** The real clients, as a step would use them. */
const SOURCE = `
  import { DescribeGlobalClustersCommand, RDSClient } from '@aws-sdk/client-rds';
  import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
  import { WebClient } from '@slack/web-api';
  const limits = { requestTimeout: 3000, connectionTimeout: 1000, throwOnRequestTimeout: true };
  const rds = new RDSClient({ maxAttempts: 3 });
  const impatient = new RDSClient({ maxAttempts: 1, requestHandler: limits });
  const dynamo = new DynamoDBClient({ requestHandler: limits });
  const slack = new WebClient('xoxb-1', { timeout: 4000, retryConfig: { retries: 0 } });
  const timed = async (work) => {
    const start = Date.now();
    const result = await work().catch((error) => ({ name: error.name, isError: error instanceof Error }));
    return { result, took_ms: Date.now() - start };
  };
  const actions = {
    both: async () => [await rds.send(new DescribeGlobalClustersCommand({})), await slack.chat.postMessage({ channel: 'C1', text: 'hi' })],
    hang: () => timed(() => impatient.send(new DescribeGlobalClustersCommand({}))),
    retry: () => timed(() => rds.send(new DescribeGlobalClustersCommand({}))),
    dynamo: () => timed(() => dynamo.send(new GetItemCommand({ TableName: 't', Key: { k: { B: new Uint8Array([1]) } } }))),
    slack: () => timed(() => slack.chat.postMessage({ channel: 'C1', text: 'hi' })),
    abort: () => timed(() => rds.send(new DescribeGlobalClustersCommand({}), { abortSignal: AbortSignal.timeout(700) })),
  };
  export const handler = async (event) => actions[event.action]();
`;

const xml = (body: string, status = 200) => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: Buffer.from(body),
});
const CLUSTERS = xml(
  '<DescribeGlobalClustersResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeGlobalClustersResult><GlobalClusters><GlobalClusterMember><GlobalClusterIdentifier>shop</GlobalClusterIdentifier></GlobalClusterMember></GlobalClusters></DescribeGlobalClustersResult></DescribeGlobalClustersResponse>',
);
const THROTTLED = xml(
  '<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>',
  400,
);

/** Each service answers within 20 ms to 2 s of the world's time. */
const slowWorld: Outside = {
  send: async ({ url }, { clock, sent }) => {
    await clock.sleep(20 + ((sent.length * 397) % 1980));
    return url.hostname.startsWith('rds') ? CLUSTERS : json({ ok: true, ts: '1.1' });
  },
};

describe('the real AWS SDK and the real Slack client in an environment', () => {
  let source = '';
  beforeAll(() => {
    source = bundled(SOURCE);
  });

  function worldWith(outside: Outside, seed?: string): World {
    const world = createWorld(outside, seed);
    world.define('f', source, { timeout_s: 300 });
    return world;
  }

  it('call the region’s endpoint and Slack, signed with the function’s credentials and the world’s time', async () => {
    const world = worldWith(slowWorld);
    const { error, value } = await world.call('f', { action: 'both' });
    expect([error, value]).toMatchObject([
      false,
      [{ GlobalClusters: [{ GlobalClusterIdentifier: 'shop' }] }, { ok: true, ts: '1.1' }],
    ]);
    const [rds, slack] = world.sent;
    const key = world.lambda.find(REGION, 'f')?.credentials;
    expect(rds?.request.url.href).toBe(`https://rds.${REGION}.amazonaws.com/`);
    expect(rds?.request.headers['authorization']).toContain(
      `Credential=${key?.accessKeyId}/20261120/${REGION}/rds/aws4_request`,
    );
    expect(rds?.request.headers['x-amz-date']).toBe('20261120T231400Z');
    expect(rds?.request.headers['x-amz-security-token']).toBe(key?.sessionToken);
    expect(slack?.request.headers['authorization']).toBe('Bearer xoxb-1');
  });

  it('a hanging endpoint ends at the SDK’s request timeout of 3 s, in no real time', async () => {
    const world = worldWith({ send: () => never });
    await world.call('f', { action: 'none' });
    let value: unknown;
    const spent_ms = await real_ms(async () => {
      value = (await world.call('f', { action: 'hang' })).value;
    });
    expect(value).toEqual({ result: { name: 'TimeoutError', isError: true }, took_ms: 3000 });
    expect(spent_ms).toBeLessThan(1000);
    expect(world.sent[0]?.request.signal?.aborted).toBe(true);
  });

  it('an abort signal and Slack’s own time limit end on the world’s clock', async () => {
    const world = worldWith({ send: () => never });
    expect((await world.call('f', { action: 'abort' })).value).toEqual({
      result: { name: 'AbortError', isError: true },
      took_ms: 700,
    });
    expect((await world.call('f', { action: 'slack' })).value).toMatchObject({ took_ms: 4000 });
  });

  it('retries of the SDK wait in virtual time and end in success', async () => {
    const world = worldWith({ send: async (_, { sent }) => (sent.length < 3 ? THROTTLED : CLUSTERS) });
    const { value } = await world.call('f', { action: 'retry' });
    expect(value).toMatchObject({ result: { GlobalClusters: [{}] } });
    expect(world.sent.length).toBe(3);
    expect((value as { took_ms: number }).took_ms).toBeGreaterThan(0);
  });

  it('binary attributes pass through JSON clients', async () => {
    const world = worldWith({ send: async () => json({ Item: { b: { B: 'AQI=' } } }) });
    expect((await world.call('f', { action: 'dynamo' })).value).toMatchObject({
      result: { Item: { b: { B: { 0: 1, 1: 2 } } } },
    });
    expect(Buffer.from(world.sent[0]?.request.body ?? []).toString()).toContain('"B":"AQ=="');
  });

  it('300 cold calls at once never time out by accident', async () => {
    const world = createWorld(slowWorld);
    const small = bundled(`
      import { DescribeGlobalClustersCommand, RDSClient } from '@aws-sdk/client-rds';
      const rds = new RDSClient({ requestHandler: { requestTimeout: 3000, connectionTimeout: 1000, throwOnRequestTimeout: true } });
      export const handler = async () => (await rds.send(new DescribeGlobalClustersCommand({}))).$metadata.attempts;
    `);
    world.define('f', small);
    const answers = await world.until(
      Promise.all(Array.from({ length: 300 }, () => world.lambda.invoke(REGION, 'f', {}))),
    );
    expect(answers.map(({ payload }) => payload)).toEqual(Array(300).fill('1'));
    expect([world.lambda.find(REGION, 'f')?.environmentsStarted, world.sent.length]).toEqual([300, 300]);
  });

  it('the same seed sends the same bytes at the same instants', async () => {
    const transcript = async (seed: string): Promise<string[]> => {
      const world = worldWith(slowWorld, seed);
      const answers = ['both', 'dynamo', 'slack', 'both', 'retry', 'both'].map((action) =>
        world.lambda.invoke(REGION, 'f', { action }),
      );
      await world.until(Promise.all(answers));
      await world.run();
      const lines = world.sent.map(({ at_ms, request, caller }) =>
        [
          at_ms,
          caller.requestId,
          request.url.href,
          JSON.stringify(request.headers),
          Buffer.from(request.body).toString(),
        ].join(' '),
      );
      return [...lines, ...world.lambda.logs.map((line) => JSON.stringify(line))];
    };
    const first = await transcript('one');
    expect(first.length).toBeGreaterThan(20);
    expect(await transcript('one')).toEqual(first);
    expect(await transcript('two')).not.toEqual(first);
  });

  it('leaves no real timer, socket or file behind', async () => {
    const world = worldWith({ send: () => never });
    // vitest's own timer, set when a test starts, would be gone by the end: it fires 100 ms later, before this one.
    await new Promise((resolve) => setTimeout(resolve, 150));
    const before = process.getActiveResourcesInfo().filter((name) => name !== 'Immediate');
    for (const action of ['hang', 'abort', 'slack']) await world.call('f', { action });
    await world.run();
    const after = process.getActiveResourcesInfo().filter((name) => name !== 'Immediate');
    expect(after.sort()).toEqual(before.sort());
    expect(world.clock.now_ms()).toBeGreaterThan(START_MS);
  });

  it('a bundle loads in some tens of milliseconds and a warm invocation takes a few', async () => {
    const world = worldWith(slowWorld);
    await world.call('f', { action: 'both' });
    const warm_ms = await real_ms(async () => {
      for (let i = 0; i < 20; i += 1) await world.call('f', { action: 'both' });
    });
    world.lambda.find(REGION, 'f')?.coolDown();
    const cold_ms = await real_ms(() => world.call('f', { action: 'both' }));
    console.info(
      `bundle ${Math.round(source.length / 1024)} KB: cold ${cold_ms.toFixed(1)} ms, warm ${(warm_ms / 20).toFixed(1)} ms of real time`,
    );
    expect(warm_ms / 20).toBeLessThan(200);
    expect(cold_ms).toBeLessThan(2000);
  });
});

describe('stock Bolt', () => {
  it('loads, verifies a signature by the world’s clock and answers through a function URL', async () => {
    const { createHmac } = await import('node:crypto');
    const world = createWorld();
    const source = bundled(`
      import { App, AwsLambdaReceiver } from '@slack/bolt';
      const receiver = new AwsLambdaReceiver({ signingSecret: 'secret' });
      const app = new App({ authorize: async () => ({ botToken: 'xoxb-1', botId: 'B', botUserId: 'U' }), receiver });
      app.command('/dr', async ({ ack, command }) => ack('got ' + command.text));
      export const handler = async (event, context) => (await receiver.start())(event, context);
    `);
    world.define('slack', source, { timeout_s: 10 });
    const url = new URL(`https://${world.lambda.urlHost(REGION, 'slack')}/`);
    const post = (at_ms: number) => {
      const body = new URLSearchParams({
        command: '/dr',
        text: 'status',
        user_id: 'U1',
        team_id: 'T1',
        channel_id: 'C1',
      }).toString();
      const timestamp = String(Math.floor(at_ms / 1000));
      const signature = `v0=${createHmac('sha256', 'secret').update(`v0:${timestamp}:${body}`).digest('hex')}`;
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': signature,
      };
      return world.until(world.lambda.serveUrl({ method: 'POST', url, headers, body: Buffer.from(body) }) ?? never);
    };
    const good = await post(world.clock.now_ms());
    expect([good.status, Buffer.from(good.body).toString()]).toEqual([200, 'got status']);
    expect((await post(world.clock.now_ms() - 600_000)).status).toBe(401);
  });
});
