import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { BUNDLING, buildLambdas } from '../scripts/build.ts';
import { quartiles, type Spread } from './quartiles.ts';

/** One bundle's times from process start to signed answer, with two secrets read and one invocation on loopback. */
export interface Contender {
  readonly spread_ms: Spread;
  readonly bytes: number;
}
export type ColdStart = Readonly<Record<Name, Contender>>;

const NAMES = ['ours', 'stock', 'minimal'] as const;
type Name = (typeof NAMES)[number];
/** A child that has not answered by then never will. */
const CHILD_LIMIT_MS = 60_000;
const HERE = fileURLToPath(new URL('.', import.meta.url));
const SIGNING_ID = 'muster/slack-signing-secret';
const SIGNING_SECRET = 'the-signing-secret-of-the-benchmark';
const APP = 'A0BENCH';
const TEAM = 'T0BENCH';

/** Rounds are interleaved, in turning order, so that a machine that slows down slows all three; the first is not counted. */
export async function coldStart(rounds: number): Promise<ColdStart> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const calls = { secret: 0, invoke: 0 };
  const server = await loopback(calls);
  try {
    const files = await bundles(folder);
    const times: Record<Name, number[]> = { ours: [], stock: [], minimal: [] };
    for (let round = 0; round <= rounds; round += 1) {
      for (const name of turned(round)) {
        const ms = await once(files[name], server, calls);
        if (round > 0) times[name].push(ms);
      }
    }
    const of = async (name: Name): Promise<Contender> => ({
      spread_ms: quartiles(times[name]),
      bytes: (await stat(files[name])).size,
    });
    return { ours: await of('ours'), stock: await of('stock'), minimal: await of('minimal') };
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
}

function turned(round: number): readonly Name[] {
  const first = round % NAMES.length;
  return [...NAMES.slice(first), ...NAMES.slice(0, first)];
}

/** All bundled alike; only ours leaves out what it does not use of Bolt. */
async function bundles(folder: string): Promise<Record<Name, string>> {
  await buildLambdas({ outdir: folder, only: ['slack'] });
  await build({
    entryPoints: { stock: join(HERE, 'stock.ts'), minimal: join(HERE, 'minimal.ts') },
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    ...BUNDLING,
  });
  return { ours: join(folder, 'slack.cjs'), stock: join(folder, 'stock.cjs'), minimal: join(folder, 'minimal.cjs') };
}

/** Stands for Secrets Manager and Lambda, and counts: a contender that skips the work is not measured. */
async function loopback(calls: { secret: number; invoke: number }): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const invoke = request.url?.startsWith('/2015-03-31/functions/muster-command/invocations') === true;
      const authorised = request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') === true;
      if (authorised) calls[invoke ? 'invoke' : 'secret'] += 1;
      response.writeHead(invoke ? 202 : 200, { 'content-type': 'application/x-amz-json-1.1' });
      const SecretString = body.includes(SIGNING_ID) ? SIGNING_SECRET : 'xoxb-bench';
      response.end(invoke ? '' : JSON.stringify({ SecretString }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function once(file: string, server: Server, calls: { secret: number; invoke: number }): Promise<number> {
  const before = { ...calls };
  const { port } = server.address() as AddressInfo;
  const args = [join(HERE, 'runner.cjs'), file, JSON.stringify(event())];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: environment(port),
    timeout: CHILD_LIMIT_MS,
  });
  const { ms, status } = JSON.parse(stdout) as { ms: number; status: number };
  const worked = calls.secret === before.secret + 2 && calls.invoke === before.invoke + 1;
  if (status !== 200 || !worked) throw new Error(`${file} answered ${status} without doing the work`);
  return ms;
}

function environment(port: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDBENCH',
    AWS_SECRET_ACCESS_KEY: 'bench',
    MUSTER_PREFIX: 'muster',
    MUSTER_SIGNING_SECRET_ID: SIGNING_ID,
    MUSTER_BOT_TOKEN_ID: 'muster/slack-bot-token',
    MUSTER_SELF_TEST_KEY_ID: 'muster/self-test-key',
    MUSTER_SLACK_APP_ID: APP,
    MUSTER_SLACK_TEAM_ID: TEAM,
  };
}

function event(): object {
  const timestamp = Math.floor(Date.now() / 1000);
  const fields = { command: '/dr', text: 'status', api_app_id: APP, team_id: TEAM, trigger_id: '1.2.3', user_id: 'U1' };
  const body = new URLSearchParams(fields).toString();
  const signature = `v0=${createHmac('sha256', SIGNING_SECRET).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  return {
    requestContext: { http: { method: 'POST' } },
    rawPath: '/',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(timestamp),
      'x-slack-signature': signature,
    },
    body,
    isBase64Encoded: false,
  };
}
