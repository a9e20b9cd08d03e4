import { createSocket } from 'node:dgram';
import { globSync, readFileSync } from 'node:fs';
import {
  DescribeDBClustersCommand,
  DescribeGlobalClustersCommand,
  FailoverGlobalClusterCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DURATIONS } from '../../../sandbox/ports/breakage.ts';
import { addresses } from './dns-client.ts';
import { type RunningSandbox, startSandbox } from './sandbox-process.ts';

const HOME = 'us-east-1';
const STANDBY = 'us-west-2';
const REFUSED = 'InvalidGlobalClusterStateFault';

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox(10);
});
afterAll(() => sandbox.stop());
afterEach(async () => {
  await sandbox.control('/faults', { wake: HOME, throttle: null, hang: null, slack: null, flag: 'wake' });
});

async function describeClusters(region: string): Promise<string> {
  const client = new RDSClient({ ...sandbox.sdk, region });
  const abortSignal = AbortSignal.timeout(2_000);
  return client.send(new DescribeGlobalClustersCommand({}), { abortSignal }).then(
    () => 'ok',
    (error: Error) => error.name,
  );
}

describe('faults by hand', () => {
  test('a lost region answers nothing until it wakes, and the other one goes on', async () => {
    const { body } = await sandbox.control('/faults', { lose: HOME });
    expect(body).toMatchObject({ regions: { [HOME]: 'lost', [STANDBY]: 'serves' } });
    expect([await describeClusters(HOME), await describeClusters(STANDBY)]).toEqual(['AbortError', 'ok']);
    await sandbox.control('/faults', { wake: HOME });
    expect(await describeClusters(HOME)).toBe('ok');
  });

  test('a service throttles with the error of its own API', async () => {
    await sandbox.control('/faults', { throttle: { region: STANDBY, service: 'rds' } });
    expect([await describeClusters(STANDBY), await describeClusters(HOME)]).toEqual(['Throttling', 'ok']);
    await sandbox.control('/faults', { throttle: { service: 's3' } });
    const sent = new S3Client({ ...sandbox.sdk, region: STANDBY }).send(new ListBucketsCommand({}));
    await expect(sent).rejects.toMatchObject({ name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
  });

  test('one action hangs while the others answer', async () => {
    await sandbox.control('/faults', { hang: { region: HOME, action: 'DescribeGlobalClusters' } });
    expect(await describeClusters(HOME)).toBe('AbortError');
    expect((await sandbox.control('/state')).body).toMatchObject({ broken: { hang: { region: HOME } } });
    const { body } = await sandbox.control('/calls');
    expect(body).toContainEqual(
      expect.objectContaining({
        region: HOME,
        action: 'DescribeGlobalClusters',
        outcome: 'NoAnswer',
        caller: 'person:AKIDANA',
      }),
    );
  });

  test('a database shows another status for a while, and its moves go wrong in the ways that have a name', async () => {
    const client = new RDSClient({ ...sandbox.sdk, region: STANDBY });
    const status = async () =>
      (await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'shop-usw2' }))).DBClusters?.[0]?.Status;
    const shown = { region: STANDBY, id: 'shop-usw2', status: 'backing-up' };
    const { body } = await sandbox.control('/faults', {
      status: shown,
      rds: { 'failover-refused': { code: REFUSED } },
    });
    expect(body).toMatchObject({ broken: { rds: { 'failover-refused': { code: REFUSED } } } });
    expect(await status()).toBe('backing-up');
    const failover = new FailoverGlobalClusterCommand({
      GlobalClusterIdentifier: 'shop',
      TargetDbClusterIdentifier: 'arn:aws:rds:us-west-2:111122223333:cluster:shop-usw2',
      AllowDataLoss: true,
    });
    await expect(client.send(failover)).rejects.toMatchObject({ name: REFUSED });
    const off = { status: { ...shown, status: null }, rds: { 'failover-refused': null } };
    expect((await sandbox.control('/faults', off)).body).toMatchObject({ broken: { rds: {} } });
    expect(await status()).toBe('available');
  });

  test('reads of a service lag, and an application writes another way', async () => {
    const { body } = await sandbox.control('/faults', {
      stale_reads: { service: 'ecs', seconds: 20 },
      writes_through: { application: 'shop', way: 'own-cluster' },
    });
    expect(body).toMatchObject({
      broken: { stale_reads: { ecs: 20 } },
      applications: {
        shop: { writesThrough: 'own-cluster', writes: { [STANDBY]: { served: false, reason: 'read-only' } } },
      },
    });
    const back = await sandbox.control('/faults', {
      stale_reads: { service: 'ecs', seconds: null },
      writes_through: { application: 'shop', way: 'global-endpoint' },
    });
    expect(back.body).toMatchObject({ broken: { stale_reads: {} }, applications: { shop: {} } });
  });

  test('a share of calls fails, until it is fixed', async () => {
    const { body } = await sandbox.control('/faults', { fail: { region: HOME, share: 0.5, how: '503' } });
    expect(body).toMatchObject({ broken: { fail: { region: HOME, share: 0.5, how: '503' } } });
    const found: string[] = [];
    for (let count = 0; count < 24; count += 1) found.push(await describeClusters(HOME));
    expect(new Set(found)).toEqual(new Set(['ok', 'ServiceUnavailable']));
    expect(await describeClusters(STANDBY)).toBe('ok');
    await sandbox.control('/faults', { fail: null });
    expect(new Set([await describeClusters(HOME), await describeClusters(HOME)])).toEqual(new Set(['ok']));
  });

  test('an application fails by itself, until it is fixed', async () => {
    const { home } = sandbox.ports.applications['shop'] ?? { home: 0 };
    const status = async (): Promise<number> => (await fetch(`http://127.0.0.1:${home}/healthz`)).status;
    const application = { name: 'shop', region: HOME };
    expect(await status()).toBe(200);
    const { body } = await sandbox.control('/faults', { application: { ...application, status: 503 } });
    expect(body).toMatchObject({ broken: { applications: { 'shop in us-east-1': 503 } } });
    expect(await status()).toBe(503);
    await sandbox.control('/faults', { application: { ...application, status: null } });
    expect(await status()).toBe(200);
    const unknown = await sandbox.control('/faults', { application: { ...application, name: 'ship', status: 503 } });
    expect(unknown).toMatchObject({ status: 400, body: { error: expect.stringContaining('no application ship') } });
  });

  test('names of a region do not resolve inside the world, and the state says so', async () => {
    const names = { region: HOME, as: 'servfail' };
    const { body } = await sandbox.control('/faults', { names });
    expect(body).toMatchObject({ broken: { names: { [HOME]: 'servfail' } } });
    const after = await sandbox.control('/faults', { names: { ...names, as: null } });
    expect(after.body).toMatchObject({ broken: { names: {} } });
  });

  test('all of a request is done or nothing of it', async () => {
    const answer = await sandbox.control('/faults', { lose: HOME, throttle: { service: 'rdz' } });
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining('no service rdz') } });
    expect((await sandbox.control('/state')).body).toMatchObject({ regions: { [HOME]: 'serves' } });
  });

  test.each([
    [{ lose: 'eu-north-9' }, 'no region eu-north-9'],
    [{ explode: true }, 'Known: lose, wake'],
    [{}, 'nothing to do'],
    [{ durations_s: { 'rds.nothing': 5 } }, 'rds.nothing'],
    [{ durations_s: { 'rds.failover': -1 } }, 'rds.failover'],
    [{ slack: 'down' }, 'slack'],
    [{ status: { region: STANDBY, id: 'ghost', status: 'stopped' } }, 'no ghost in us-west-2'],
    [{ status: { id: 'ghost', status: 'stopped' } }, 'no ghost among the global clusters'],
    [{ cancel_transfer: 'ghost' }, 'no global cluster ghost'],
    [{ rds: { 'failover-explodes': {} } }, 'failover-explodes'],
    [{ stale_reads: { service: 's3', seconds: 5 } }, 'reads of s3 are never stale'],
    [{ writes_through: { application: 'ghost', way: 'own-cluster' } }, 'no application ghost'],
    [[], 'nothing to do'],
    ['lose us-east-1', 'the body'],
  ])('%j is refused in words', async (body, words) => {
    const answer = await sandbox.control('/faults', body);
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(words) } });
  });

  test('every duration that can be set is one that a service draws', () => {
    const root = new URL('../../../', import.meta.url);
    const files = globSync('simulator/aws/services/**/*.ts', { cwd: root.pathname });
    const code = files.map((file) => readFileSync(new URL(file, root), 'utf8')).join('\n');
    for (const name of DURATIONS) {
      // RDS puts its own name before what it draws.
      const drawn = name.startsWith('rds.') ? `duration('${name.slice(4)}'` : `'${name}'`;
      expect(code, name).toContain(drawn);
    }
  });
});

describe('the control port', () => {
  const raw = (path: string, init: RequestInit) =>
    fetch(`http://127.0.0.1:${sandbox.ports.control}${path}`, { ...init, signal: AbortSignal.timeout(5_000) });

  test('lists what it can do', async () => {
    const { status, body } = await sandbox.control('/');
    expect([status, body]).toEqual([200, expect.stringContaining('POST /faults')]);
  });

  test('names what it does not know', async () => {
    expect(await sandbox.control('/nothing')).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining('/nothing') },
    });
    expect(await sandbox.control('/faults')).toMatchObject({ status: 405, body: { error: '/faults takes POST' } });
    expect(await sandbox.control('/operations/promote-none')).toMatchObject({ status: 404 });
    expect((await raw('/faults', { method: 'POST', body: '{"lose":' })).status).toBe(400);
    expect((await raw('/faults', { method: 'POST', body: ' '.repeat(70_000) })).status).toBe(413);
  });

  test('takes nothing from pages of other sites', async () => {
    const from = (origin: string) =>
      raw('/faults', { method: 'POST', headers: { origin }, body: '{"wake":"us-east-1"}' });
    expect((await from('https://example.com')).status).toBe(403);
    expect((await from('http://127.0.0.1.example.com')).status).toBe(403);
    expect((await from('http://localhost:8080')).status).toBe(200);
  });

  test('controls only people who can sign in, and only as their screen allows', async () => {
    const { body } = await sandbox.control('/people');
    expect(body).toContainEqual({ id: 'U0ANA', name: 'ana' });
    expect(await sandbox.control('/people/U0NOBODY', { type: '/dr' })).toMatchObject({ status: 404 });
    expect(await sandbox.control('/people/U0LEFT', { type: '/dr' })).toMatchObject({ status: 404 });
    expect(await sandbox.control('/people/U0CHEN', { submit: true })).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining('no dialog open') },
    });
    expect(await sandbox.control('/people/U0CHEN', { click: 'approve', timeout_s: 5 })).toMatchObject({ status: 409 });
    expect(await sandbox.control('/people/U0CHEN', { dance: true })).toMatchObject({ status: 400 });
  });
});

test('what is not DNS does not end the DNS port', async () => {
  const socket = createSocket('udp4');
  const junk = [Buffer.alloc(0), Buffer.alloc(12), Buffer.alloc(512, 0xff), Buffer.from('not a question')];
  // A header that announces a question, and a name whose label never ends.
  junk.push(Buffer.concat([Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.alloc(40, 0x3f)]));
  junk.push(Buffer.concat([Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.from([0xc0, 0x0c, 0, 1, 0, 1])]));
  // A type and a class that nobody has given a name.
  junk.push(
    Buffer.concat([Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.from([1, 97, 0, 0xff, 0xf0, 0x12, 0x34])]),
  );
  for (const port of [sandbox.ports.dns, sandbox.ports.nameServer]) {
    for (const bytes of junk) await new Promise((resolve) => socket.send(bytes, port, '127.0.0.1', resolve));
    expect(await addresses(port, 'shop.example.com')).toEqual(['198.51.100.10']);
  }
  socket.close();
});
