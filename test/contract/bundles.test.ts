import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeProblem, parseConfig } from '../../core/config/parse.ts';
import { type Bundle, buildLambdas, bundleNames } from '../../scripts/build.ts';
import { ROOT } from './sources.ts';

const RECEIVER_LIMIT_BYTES = 320_000;
let folder: string;
let config: unknown;
let bundles: readonly Bundle[];

beforeAll(async () => {
  const parsed = parseConfig(await readFile(join(ROOT, 'muster.yaml'), 'utf8'));
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => describeProblem(problem)).join('\n'));
  config = parsed.config;
  folder = await mkdtemp(join(tmpdir(), 'muster-bundles-'));
  bundles = await buildLambdas({ config, outdir: folder });
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const receiver = (): Bundle => {
  const found = bundles.find((each) => each.bundle === 'slack');
  if (found === undefined) throw new Error('no receiver was built');
  return found;
};

test('there is one bundle for each that core/functions.ts names', async () => {
  expect(bundles.map((each) => each.bundle)).toEqual(bundleNames());
  for (const { file, bytes } of bundles) expect((await stat(file)).size).toBe(bytes);
});

test('no bundle contains a line of the sandbox, the command line, the scripts or the tests', () => {
  for (const { bundle, inputs } of bundles) {
    expect(inputs, bundle).toContain(`lambdas/${bundle}.ts`);
    expect(inputs.filter((path) => /^(simulator|sandbox|cli|test|scripts|bench|infra)\//.test(path))).toEqual([]);
  }
});

test('every bundle loads and has a handler that Lambda accepts', () => {
  const require = createRequire(import.meta.url);
  for (const { bundle, file } of bundles) {
    const loaded = require(file) as { handler?: unknown };
    expect(typeof loaded.handler, bundle).toBe('function');
    // With a third argument the runtime for Node 24 refuses the handler (Runtime.CallbackHandlerDeprecated).
    expect((loaded.handler as { length: number }).length, bundle).toBeLessThanOrEqual(2);
  }
});

describe('the receiver', () => {
  test('has no AWS SDK client in it', () => {
    expect(receiver().inputs.filter((path) => path.includes('@aws-sdk/client-'))).toEqual([]);
  });

  test('is small enough to start fast', () => {
    expect(receiver().bytes).toBeLessThan(RECEIVER_LIMIT_BYTES);
  });

  test('carries stock Bolt, and nothing of its servers, sockets, OAuth and web client', () => {
    const { inputs } = receiver();
    expect(inputs).toContain('node_modules/@slack/bolt/dist/App.js');
    expect(inputs).toContain('node_modules/@slack/bolt/dist/receivers/AwsLambdaReceiver.js');
    const heavy =
      /node_modules\/(@slack\/(socket-mode|oauth|web-api|bolt\/dist\/receivers\/(Express|HTTP|SocketMode)Receiver)|express|raw-body|path-to-regexp|undici|iconv-lite|mime-db)\b/;
    expect(inputs.filter((path) => heavy.test(path))).toEqual([]);
  });

  test('leaves the web client to the bundles that call Slack with it', () => {
    const client = 'node_modules/@slack/web-api/dist/WebClient.js';
    expect(bundles.filter(({ inputs }) => inputs.includes(client)).map(({ bundle }) => bundle)).toContain('notify');
  });
});

describe('credentials', () => {
  test('come from the environment alone: no bundle carries another source', () => {
    const sources = /credential-provider-(http|ini|process|sso|web-identity|login|imds)|token-providers/;
    for (const { bundle, inputs } of bundles) {
      expect(
        inputs.filter((path) => sources.test(path)),
        bundle,
      ).toEqual([]);
    }
    // Only the functions that work on applications assume roles in other accounts.
    const takesOnRoles = bundles.filter(({ inputs }) => inputs.some((path) => path.includes('nested-clients')));
    expect(takesOnRoles.map(({ bundle }) => bundle)).toEqual(['command', 'reconciler', 'released', 'step']);
    const relay = bundles.find(({ bundle }) => bundle === 'relay');
    expect(relay?.inputs).toContain('node_modules/@aws-sdk/credential-provider-env/dist-es/fromEnv.js');
  });

  test('that are not there are said to be missing', async () => {
    const relay = bundles.find(({ bundle }) => bundle === 'relay')?.file ?? '';
    const event = {
      Records: [{ Sns: { TopicArn: 'arn:aws:sns:us-east-1:111122223333:t', Subject: 's', Message: 'm' } }],
    };
    const call = `require(${JSON.stringify(relay)}).handler(${JSON.stringify(event)}).catch((e) => console.log(e.message))`;
    const env = {
      AWS_REGION: 'us-west-2',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      MUSTER_PAGES_TOPIC_ARN: 'arn:aws:sns:us-west-2:111122223333:muster-pages',
    };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', call], { env });
    expect(stdout).toContain('no AWS credentials in the environment');
  });
});

test('what has not changed is not built again, and what is damaged is', async () => {
  const { file } = receiver();
  const before = (await stat(file)).mtimeMs;
  expect(await buildLambdas({ config, outdir: folder })).toEqual(bundles);
  expect((await stat(file)).mtimeMs).toBe(before);
  await writeFile(file, '');
  await buildLambdas({ config, outdir: folder });
  expect((await stat(file)).size).toBe(receiver().bytes);
});

test('the configuration is in the bundle, and another one makes another bundle', async () => {
  const outdir = join(folder, 'other');
  const text = async () => readFile(join(outdir, 'step.cjs'), 'utf8');
  await buildLambdas({ config: { marker: 'first-configuration' }, outdir, only: ['step'] });
  expect(await text()).toContain('first-configuration');
  await buildLambdas({ config: { marker: 'second-configuration' }, outdir, only: ['step'] });
  expect(await text()).toContain('second-configuration');
});

test('every bundle that core/functions.ts names has its source', () => {
  for (const name of bundleNames()) expect(existsSync(join(ROOT, `lambdas/${name}.ts`)), name).toBe(true);
});
