import { execFileSync, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runSandbox } from '../../../cli/sandbox.ts';
import { ended, muster, type RunningSandbox, startSandbox } from './sandbox-process.ts';

describe('muster sandbox', () => {
  test.each([
    [['--speed', '0'], '--speed takes a number'],
    [['--speed', 'fast'], '--speed takes a number'],
    [['--port-base', '80'], '--port-base takes a port'],
    [['--port-base', '70000'], '--port-base takes a port'],
    [['--seed', 'x'], '--seed takes a whole number'],
    [['--sped', '10'], '--sped'],
    [['now'], 'now'],
  ])('%j is answered with the usage and exit status 2', async (args, words) => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(await runSandbox(args)).toBe(2);
    expect(said.mock.calls.join('\n')).toContain(words);
    expect(said.mock.calls.join('\n')).toContain('usage: muster sandbox');
    said.mockRestore();
  });

  test('ends the process with that status, and shows its options when asked', async () => {
    expect(await ended(muster('sandbox', '--speed', 'fast'))).toMatchObject({ code: 2, out: '' });
    expect(await ended(muster('sandbox', '--help'))).toMatchObject({
      code: 0,
      out: expect.stringContaining('--port-base'),
    });
  });

  test('says in a sentence which port is taken, and leaves none open', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, err } = await ended(muster('sandbox', '--port-base', String(Math.min(port, 65_000))));
    other.close();
    expect([code, err.split('\n')[0]]).toEqual([
      1,
      `muster sandbox: port ${port} on 127.0.0.1 cannot be had: another program uses it, or you may not open it`,
    ]);
  });

  test('tells how to use it, and ends in order on Ctrl-C', async () => {
    const child = muster('sandbox', '--port-base', '0');
    const closed = ended(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', (chunk) => String(chunk).includes('By hand') && resolve());
      child.once('close', () => reject(new Error('it ended before it was open')));
    });
    child.kill('SIGINT');
    const { code, out, err } = await closed;
    expect([code, err]).toEqual([0, '']);
    for (const words of ['AWS_ENDPOINT_URL', 'describe-global-clusters', 'dig @127.0.0.1', '/healthz', '/faults'])
      expect(out).toContain(words);
    expect(out).toMatch(/The sandbox is closed\.\n$/);
  });
});

describe('the open ports', () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await startSandbox(10);
  });
  afterAll(() => sandbox.stop());

  test('are on 127.0.0.1 and on no other address of this machine', async () => {
    const { aws, slack, requestUrl, control, applications } = sandbox.ports;
    const ports = [aws, slack, requestUrl, control, ...Object.values(applications).flatMap((a) => [a.home, a.standby])];
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter((one) => one.family === 'IPv4' && !one.internal)
      .map((one) => one.address);
    for (const port of ports) {
      expect(await connects('127.0.0.1', port)).toBe(true);
      for (const address of others) expect(await connects(address, port), `${address}:${port}`).toBe(false);
    }
  });

  // Optional on a developer's machine and in CI: the SDK's own tests do not depend on it.
  const hasCli = spawnSync('aws', ['--version']).status === 0;
  test.runIf(hasCli)('serve the AWS command line (runs only where `aws` is installed)', () => {
    const aws = (...args: string[]): unknown => {
      const env = {
        PATH: process.env['PATH'],
        HOME: '/nonexistent',
        AWS_ENDPOINT_URL: sandbox.sdk.endpoint,
        AWS_ACCESS_KEY_ID: 'you',
        AWS_SECRET_ACCESS_KEY: 'any',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_PAGER: '',
      };
      const out = execFileSync('aws', [...args, '--region', 'us-west-2', '--output', 'json'], {
        env,
      });
      return out.length === 0 ? undefined : JSON.parse(String(out));
    };
    expect(aws('rds', 'describe-global-clusters')).toMatchObject({
      GlobalClusters: expect.arrayContaining([
        expect.objectContaining({ GlobalClusterIdentifier: 'shop', Status: 'available' }),
      ]),
    });
    expect(
      aws('ecs', 'update-service', '--cluster', 'shop', '--service', 'orders', '--desired-count', '1'),
    ).toMatchObject({
      service: { desiredCount: 1 },
    });
    expect(aws('s3api', 'list-buckets')).toMatchObject({ Buckets: expect.any(Array) });
    expect(aws('dynamodb', 'describe-table', '--table-name', 'muster-ledger')).toMatchObject({
      Table: { TableStatus: 'ACTIVE' },
    });
  });
});

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const end = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
