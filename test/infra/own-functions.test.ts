import { beforeEach, describe, expect, test } from 'vitest';
import { loadArtifacts, loadConfig } from '../../cli/artifacts.ts';
import { FLAG_ENDPOINT } from '../../core/functions.ts';
import { createWorld, type World } from '../../sandbox/world/world.ts';
import { VirtualClock } from '../../simulator/clock.ts';

/** The functions that only the deployment knows, as built, in the sandbox. */
const REGION = 'us-west-2';
const START_MS = Date.UTC(2026, 10, 20, 3);
const FLAG = { bucket: 'muster-flag-usw2', key: 'shop/standby-is-active' };

let world: World;
let clock: VirtualClock;

beforeEach(async () => {
  const config = await loadConfig();
  const artifacts = await loadArtifacts(config);
  clock = new VirtualClock(START_MS);
  world = createWorld({ config, seed: 'own-functions', clock, artifacts });
  world.lambda.define(REGION, {
    name: 'flag',
    source: artifacts.bundles[FLAG_ENDPOINT.bundle] ?? '',
    handler: 'index.handler',
    timeout_s: FLAG_ENDPOINT.timeout_s,
    memory_mb: FLAG_ENDPOINT.memory_mb,
    retries: 0,
    maximumAge_s: 60,
    environment: { FLAG_BUCKET: FLAG.bucket, FLAG_KEY: FLAG.key },
  });
});

async function invoke(name: string, event: unknown = {}): Promise<{ error: boolean; value: unknown }> {
  const pending = world.lambda.invoke(REGION, name, event);
  let settled = false;
  const done = pending.finally(() => {
    settled = true;
  });
  await clock.run({ until: () => settled, limit_ms: clock.now_ms() + 120_000 });
  const answer = await done;
  return { error: answer.functionError !== undefined, value: JSON.parse(answer.payload) };
}

const said = (): string => world.lambda.logs.map((line) => JSON.stringify(line)).join('\n');

describe('the flag’s endpoint', () => {
  test('answers 404 while the flag is absent and 200 while it stands', async () => {
    expect(await invoke('flag')).toMatchObject({ error: false, value: { statusCode: 404 } });
    world.services.s3.seedObject(FLAG.bucket, FLAG.key, 'promote-shop-20261120-2314-7f3a');
    expect(await invoke('flag')).toMatchObject({ error: false, value: { statusCode: 200 } });
  });

  test.each([
    ['may not look', { kind: 'error', code: 'AccessDenied', message: 'Access Denied', status: 403, latency_ms: 20 }],
    ['is told to slow down', { kind: 'error', code: 'SlowDown', message: 'Slow', status: 503, latency_ms: 20 }],
    ['gets no answer', { kind: 'hang', latency_ms: 0 }],
  ] as const)('answers 503 in time when it %s: home keeps its users', async (_, fault) => {
    world.services.s3.seedObject(FLAG.bucket, FLAG.key, 'promote-shop-20261120-2314-7f3a');
    world.rules.push((at) => (at.service === 's3' ? fault : undefined));
    const before_ms = clock.now_ms();
    expect(await invoke('flag')).toMatchObject({ error: false, value: { statusCode: 503 } });
    expect(clock.now_ms() - before_ms).toBeLessThan(2_500);
    expect(said()).toContain('in doubt');
  });
});

describe('the archive', () => {
  const record = (eventName: 'INSERT' | 'MODIFY' | 'REMOVE', seq: string, id: string) => ({
    eventID: id,
    eventName,
    dynamodb: {
      Keys: { stream: { S: 'op#us-west-2#promote-shop-20261120-2314-7f3a' }, seq: { N: seq } },
      ...(eventName === 'REMOVE' ? {} : { NewImage: { body: { S: `event ${seq}` }, mac: { S: 'mac' } } }),
      ...(eventName === 'INSERT' ? {} : { OldImage: { body: { S: `old ${seq}` } } }),
    },
  });
  const stored = (key: string): unknown => {
    const body = world.services.s3.read('muster-archive', key);
    return body === undefined ? undefined : JSON.parse(Buffer.from(body).toString('utf8'));
  };

  test('keeps every event as it was written, and a second delivery changes nothing', async () => {
    const event = { Records: [record('INSERT', '1', 'a'), record('INSERT', '12', 'b')] };
    expect((await invoke('muster-archive', event)).error).toBe(false);
    expect((await invoke('muster-archive', event)).error).toBe(false);
    expect(world.services.s3.keys('muster-archive').toSorted()).toEqual([
      'op/us-west-2/promote-shop-20261120-2314-7f3a/000001-insert.json',
      'op/us-west-2/promote-shop-20261120-2314-7f3a/000012-insert.json',
    ]);
    expect(stored('op/us-west-2/promote-shop-20261120-2314-7f3a/000012-insert.json')).toEqual({
      event: 'insert',
      new: { body: { S: 'event 12' }, mac: { S: 'mac' } },
      old: null,
    });
    expect(said()).not.toContain('LedgerChanged');
  });

  test('leaves another region’s new events to that region, and still keeps what was changed of them', async () => {
    const elsewhere = (eventName: 'INSERT' | 'MODIFY', seq: string) => {
      const { dynamodb, ...rest } = record(eventName, seq, 'x');
      return { ...rest, dynamodb: { ...dynamodb, Keys: { stream: { S: 'op#us-east-1#promote-a' }, seq: { N: seq } } } };
    };
    await invoke('muster-archive', { Records: [elsewhere('INSERT', '1'), elsewhere('MODIFY', '2')] });
    expect(world.services.s3.keys('muster-archive')).toEqual(['op/us-east-1/promote-a/000002-modify-x.json']);
    expect(said()).toMatch(/LedgerChanged\\?\\?":1/);
  });

  test('keeps what was changed beside what it was, and says so as the metric of the alarm', async () => {
    await invoke('muster-archive', { Records: [record('MODIFY', '3', 'c'), record('REMOVE', '4', 'd')] });
    expect(stored('op/us-west-2/promote-shop-20261120-2314-7f3a/000003-modify-c.json')).toMatchObject({
      new: { body: { S: 'event 3' } },
      old: { body: { S: 'old 3' } },
    });
    expect(stored('op/us-west-2/promote-shop-20261120-2314-7f3a/000004-remove-d.json')).toMatchObject({ new: null });
    expect(said()).toMatch(/LedgerChanged\\?\\?":2/);
    expect(said()).toContain('Prefix');
  });

  test('fails when the bucket does not take an event, so that the stream sends it again', async () => {
    world.rules.push((at) =>
      at.service === 's3'
        ? { kind: 'error', code: 'AccessDenied', message: 'Access Denied', status: 403, latency_ms: 20 }
        : undefined,
    );
    expect((await invoke('muster-archive', { Records: [record('INSERT', '1', 'a')] })).error).toBe(true);
  });
});

test('the relay tells the standby’s topic what Aurora says at home', async () => {
  const event = {
    Records: [
      {
        Sns: {
          TopicArn: 'arn:aws:sns:us-east-1:111122223333:muster-aurora',
          Subject: 'RDS Notification Message',
          Message: '{"Event Message":"Global failover to DB cluster shop-usw2 completed"}',
        },
      },
    ],
  };
  expect((await invoke('muster-relay', event)).error).toBe(false);
  const published = world.calls.filter((call) => call.service === 'sns' && call.action === 'Publish');
  expect(published.map((call) => [call.region, call.outcome, call.input['TopicArn'], call.input['Subject']])).toEqual([
    [REGION, 'ok', 'arn:aws:sns:us-west-2:111122223333:muster-pages', 'Aurora in us-east-1: RDS Notification Message'],
  ]);
});
