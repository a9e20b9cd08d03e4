import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../core/config/parse.ts';
import { type CliWorld, openCliWorld, READS } from './world.ts';

const PAIR = ['--home', 'us-east-1', '--standby', 'us-west-2'];
let cli: CliWorld;
let files = 0;

beforeAll(async () => {
  cli = await openCliWorld();
});
afterEach(() => {
  cli.deny = () => false;
});
afterAll(() => cli.close());

const fresh = (): string => {
  files += 1;
  return `${files}.yaml`;
};
const textOf = (file: string): Promise<string> => readFile(join(cli.folder, file), 'utf8');
const problemsOf = (text: string): string[] => {
  const result = parseConfig(text);
  return result.ok ? [] : result.problems.map((problem) => problem.key);
};

/** What a person fills in by hand. */
const filled = (text: string): string =>
  text
    .replace(/team_id: # FILL IN.*/, 'team_id: T0MUSTER1')
    .replace(/app_id: # FILL IN.*/, 'app_id: A0MUSTER1')
    .replace(/channel: # FILL IN.*/, 'channel: C0INCIDENT')
    .replace(
      /people: # FILL IN.*/,
      'people: { ana: { name: Ana, slack: [U0ANA], approver: true }, bo: { name: Bo, slack: [U0BO], approver: true } }',
    );

describe('an account that is all there', () => {
  let text: string;

  beforeAll(async () => {
    const before = cli.world.calls.length;
    const said = await cli.muster(['discover', ...PAIR, '--out', 'all.yaml']);
    expect(said).toMatchObject({ status: 1, out: '' });
    expect(said.err).toContain('4 keys are left to fill in');
    const calls = cli.world.calls.slice(before);
    expect(calls.length).toBeGreaterThan(20);
    expect(calls.filter(({ action }) => !READS.test(action))).toEqual([]);
    text = await textOf('all.yaml');
  });

  test('leaves only what no account knows, and says so at the top', () => {
    const missing = ['slack.team_id', 'slack.app_id', 'slack.channel', 'people'];
    expect(problemsOf(text)).toEqual(missing);
    const head = text.slice(0, text.indexOf('version: 1'));
    for (const key of missing) expect(head).toContain(`#   ${key}: `);
    expect(text.match(/: # FILL IN/g)).toHaveLength(missing.length);
  });

  test('describes the application as the example does', () => {
    const result = parseConfig(filled(text));
    expect(result).toMatchObject({ ok: true });
    const { shop } = cli.config.applications;
    const written = result.ok ? result.config.applications : {};
    expect(Object.keys(written)).toEqual(['shop']);
    // Which endpoint an application writes through no API tells: the file has the default.
    expect(written['shop']?.database).toEqual({ ...shop?.database, writesThrough: 'cluster' });
    expect(written['shop']?.services).toEqual(shop?.services);
    expect(written['shop']?.traffic).toEqual(shop?.traffic);
    expect(written['shop']?.verify.healthUrl).toBe(shop?.verify.healthUrl);
  });
});

describe('a schedule that is on at home and off in the standby', () => {
  const schedule = (region: string, name: string, State: 'ENABLED' | 'DISABLED'): void => {
    const { clock, random } = cli.world;
    const target = {
      Arn: `arn:aws:lambda:${region}:111122223333:function:f`,
      RoleArn: `arn:aws:iam::111122223333:role/jobs/${name}`,
    };
    cli.world.services.scheduler.service.operations['CreateSchedule']?.(
      { Name: name, State, ScheduleExpression: 'rate(1 hour)', FlexibleTimeWindow: { Mode: 'OFF' }, Target: target },
      { clock, random, accountId: '111122223333', region, caller: { name: 'test', region } },
    );
  };

  beforeAll(() => {
    schedule('us-east-1', 'shop-hourly-use1', 'ENABLED');
    schedule('us-west-2', 'shop-hourly-usw2', 'DISABLED');
    // It works in both regions, and so is nobody's to switch.
    schedule('us-east-1', 'shop-metrics', 'ENABLED');
    schedule('us-west-2', 'shop-metrics', 'ENABLED');
  });

  test('is a worker, with the role that it assumes', async () => {
    const { out } = await cli.muster(['discover', ...PAIR, '--out', '-']);
    const result = parseConfig(filled(out));
    expect(result).toMatchObject({ ok: true });
    const side = (name: string) => ({ name, group: 'default', roleName: `jobs/${name}` });
    expect(result.ok && result.config.applications['shop']?.workers).toEqual([
      { kind: 'schedule', name: 'shop-hourly', home: side('shop-hourly-use1'), standby: side('shop-hourly-usw2') },
    ]);
  });

  test('whose role may not be read leaves the role to fill in', async () => {
    cli.deny = ({ action }) => action === 'GetSchedule';
    const { out } = await cli.muster(['discover', ...PAIR, '--out', '-']);
    expect(problemsOf(out)).toContain('applications.shop.workers.0.home.roleName');
    expect(out).toMatch(/# {3}scheduler:GetSchedule in us-east-1: AccessDenied/);
  });
});

test('another pair of regions finds the application of that pair', async () => {
  const said = await cli.muster(['discover', '--home', 'us-east-2', '--standby', 'us-west-2', '--out', '-']);
  const result = parseConfig(filled(said.out));
  const { blog } = cli.config.applications;
  expect(result.ok && Object.keys(result.config.applications)).toEqual(['blog']);
  expect(result.ok && result.config.applications['blog']?.traffic).toEqual(blog?.traffic);
  expect(result.ok && result.config.applications['blog']?.database).toMatchObject({ globalCluster: 'blog' });
});

test('two regions where nothing runs give a file that names what is missing, and nothing made up', async () => {
  const { out, status } = await cli.muster([
    'discover',
    '--home',
    'eu-west-1',
    '--standby',
    'eu-central-1',
    '--out',
    '-',
  ]);
  expect(status).toBe(1);
  expect(problemsOf(out)).toEqual(
    expect.arrayContaining([
      'applications.app.traffic.record',
      'applications.app.traffic.home',
      'applications.app.verify.healthUrl',
    ]),
  );
  expect(out).toContain('database: { kind: none }');
});

describe('what may not be read', () => {
  test('is listed, and the rest is written', async () => {
    cli.deny = ({ service, action }) => service === 'rds' || action === 'DescribeScalableTargets';
    const { out, status } = await cli.muster(['discover', ...PAIR, '--out', '-']);
    expect(status).toBe(1);
    for (const action of [
      'rds:DescribeGlobalClusters',
      'rds:DescribeDBClusters',
      'application-autoscaling:DescribeScalableTargets',
    ])
      expect(out).toMatch(new RegExp(`#   ${action} in us-west-2: AccessDenied`));
    expect(out).toContain('service: web');
    expect(problemsOf(out)).toContain('applications.shop.database.globalCluster');
    expect(out).not.toContain('database: { kind: none }');
    expect(out).toContain('CHECK: min and max could not be read');
  });

  test('services that could not be read are to be filled in, not left out', async () => {
    cli.deny = ({ service }) => service === 'ecs';
    const { out } = await cli.muster(['discover', ...PAIR, '--out', '-']);
    expect(problemsOf(out)).toContain('applications.shop.services');
  });

  test('load balancers that could not be read are known by the names that records lead to', async () => {
    cli.deny = ({ action }) => action === 'DescribeLoadBalancers';
    const { out } = await cli.muster(['discover', ...PAIR, '--out', '-']);
    expect(out).toContain('home: { target: shop-use1.elb.us-east-1.amazonaws.com, zoneId: Z35SXDOTRQ7X7K }');
  });
});

describe('words', () => {
  test.each([
    ['the same region twice', ['--home', 'us-west-2', '--standby', 'us-west-2'], /are both 'us-west-2'/],
    ['a region with a slip', ['--home', 'us-esat-1', '--standby', 'us-west-2'], /did you mean 'us-east-1'/],
    ['a region that does not exist', ['--home', 'us-west-9', '--standby', 'us-east-1'], /--any-region/],
    ['no standby', ['--home', 'us-west-2'], /--standby is missing/],
    ['a flag that does not exist', [...PAIR, '--colour'], /--colour/],
    ['offline without state', [...PAIR, '--offline', '--out', 'none.yaml'], /--tfstate/],
  ])('%s: exit status 2 and a sentence', async (_, args, sentence) => {
    const before = cli.world.calls.length;
    const said = await cli.muster(['discover', ...args]);
    expect(said.status).toBe(2);
    expect(said.err.split('\n')[0]).toMatch(sentence);
    expect(said.err).toContain('usage: muster discover');
    expect(cli.world.calls.length).toBe(before);
  });
});

test('a file that is there stays as it is, unless --force says otherwise', async () => {
  const file = fresh();
  await writeFile(join(cli.folder, file), 'mine\n');
  const refused = await cli.muster(['discover', ...PAIR, '--out', file]);
  expect(refused.status).toBe(2);
  expect(refused.err).toContain('is there already');
  expect(await textOf(file)).toBe('mine\n');
  await cli.muster(['discover', ...PAIR, '--out', file, '--force']);
  expect(await textOf(file)).toContain('globalCluster: shop');
});

test.each([
  [
    'none at all',
    { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
    /AWS_ACCESS_KEY_ID.*AWS_PROFILE/s,
  ],
  ['a profile that is not there', { AWS_ACCESS_KEY_ID: undefined, AWS_PROFILE: 'nobody' }, /'nobody' \(AWS_PROFILE\)/],
])('without credentials a sentence says which are missing: %s', async (_, environment, sentence) => {
  const said = await cli.muster(['discover', ...PAIR, '--out', fresh()], environment);
  expect(said.status).toBe(1);
  expect(said.err).toMatch(sentence);
  expect(said.err).toContain('What to do:');
  expect(said.err).not.toMatch(/\n\s+at /);
});
