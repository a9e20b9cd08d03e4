import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { examine } from '../../cli/doctor/doctor.ts';
import type { Finding } from '../../cli/doctor/finding.ts';
import type { Report } from '../../cli/doctor/report.ts';
import { examineSlack } from '../../cli/doctor/slack.ts';
import { slackCaller } from '../../cli/doctor/slack-api.ts';
import { FUNCTIONS } from '../../core/functions.ts';
import { type Secret, secretName } from '../../core/secrets.ts';
import type { WorkspaceSpec } from '../../simulator/slack/model.ts';
import { type CliWorld, openCliWorld, READS } from './world.ts';

let cli: CliWorld;
let slack: WorkspaceSpec;

beforeAll(async () => {
  cli = await openCliWorld();
  slack = cli.world.slack.workspace.spec;
  // Most cases run in this process: what differs is the world, not the command line.
  Object.assign(process.env, cli.environment);
});
beforeEach(async () => {
  cli.deny = () => false;
  cli.ahead_ms = 0;
  cli.world.slack.workspace.spec = slack;
  await store('signing', slack.signingSecret);
  await store('botToken', slack.botToken);
});
afterAll(() => cli.close());

const store = (secret: Secret, value: string): Promise<object> =>
  cli.world.endpoint.invoke(
    'us-west-2',
    'secrets-manager',
    'PutSecretValue',
    { SecretId: secretName('muster', secret), SecretString: value },
    { name: 'person:ana', region: undefined },
  );

/** What doctor makes of the example with `change` made to its text, and of what is deployed under `prefix`. */
const examined = (change: (yaml: string) => string = (yaml) => yaml, prefix = 'muster'): Promise<Report> =>
  examine(change(cli.yaml), 'muster.yaml', prefix);

const notWell = ({ findings }: Report): readonly Finding[] =>
  findings.filter((each) => each.status === 'bad' || each.status === 'unknown');

describe('when all is well', () => {
  test('every tick is there, nothing was changed, and the next step is said', async () => {
    const before = cli.world.calls.length;
    const report = await examined();
    expect(notWell(report)).toEqual([]);
    expect(report.ready).toBe(true);
    expect(report.next).toContain('/dr status');
    const well = report.findings.filter((each) => each.status === 'ok').map((each) => each.what);
    expect(well).toEqual(
      expect.arrayContaining([
        'global cluster shop: available, writer in us-east-1, 2 members',
        'the ledger has deletion protection',
        'the ledger has point-in-time recovery',
        'the token has all 10 scopes',
        'Muster is a member of the channel #incident',
      ]),
    );
    const calls = cli.world.calls.slice(before);
    expect(calls.filter(({ action }) => !READS.test(action))).toEqual([]);
    expect(new Set(calls.map((call) => call.region))).toEqual(new Set(['us-east-1', 'us-east-2', 'us-west-2']));
  });

  test('before the first self-test the next step is to run it', async () => {
    const { findings } = await examined();
    const found = findings.filter(({ area }) => area === 'self-test');
    expect(found).toEqual([
      expect.objectContaining({ status: 'warn', todo: expect.stringContaining('muster-self-test') }),
    ]);
  });

  test('the text has a sign a line and never shows a secret', async () => {
    await writeFile(join(cli.folder, 'muster.yaml'), cli.yaml);
    const { out, status } = await cli.muster(['doctor']);
    expect(status).toBe(0);
    expect(out).toMatch(/^Configuration\n {2}✓ muster\.yaml: shop, blog$/m);
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^READY\. Next: /);
    expect(out).not.toContain(slack.botToken);
    expect(out).not.toContain(slack.signingSecret);
  });
});

describe('a schedule that must work in one region only', () => {
  const schedule = (region: string, State: 'ENABLED' | 'DISABLED'): Promise<object> => {
    const Target = {
      Arn: `arn:aws:lambda:${region}:111122223333:function:f`,
      RoleArn: `arn:aws:iam::111122223333:role/jobs/${region}`,
    };
    const input = {
      Name: 'hourly',
      State,
      ScheduleExpression: 'rate(1 hour)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target,
    };
    return cli.world.endpoint.invoke(region, 'scheduler', 'CreateSchedule', input, { name: 'person:ana', region });
  };
  const worker = (yaml: string): string =>
    yaml.replace(
      '    traffic:\n      strategy: stop',
      [
        '    workers:',
        '      - kind: schedule',
        '        name: hourly',
        '        home: { name: hourly, roleName: jobs/us-east-1 }',
        '        standby: { name: hourly, roleName: jobs/us-west-2 }',
        '    traffic:',
        '      strategy: stop',
      ].join('\n'),
    );

  test('is well with the role that muster.yaml names, and is not with another', async () => {
    await schedule('us-east-1', 'ENABLED');
    await schedule('us-west-2', 'DISABLED');
    const well = await examined(worker);
    expect(notWell(well)).toEqual([]);
    expect(well.findings.map((each) => each.what)).toContain('schedule hourly in us-east-1: ENABLED');
    const other = await examined((yaml) => worker(yaml).replace('jobs/us-west-2', 'jobs/us-west-1'));
    expect(notWell(other)).toMatchObject([
      {
        area: 'application shop',
        what: 'schedule hourly in us-west-2: it has the role jobs/us-west-2, not jobs/us-west-1',
        todo: expect.stringMatching(/standby\.roleName of the worker hourly.*deploy Muster again/),
      },
    ]);
  });
});

describe('the configuration', () => {
  test('a key that is wrong is told with its line, and nothing else is asked', async () => {
    const before = cli.world.calls.length;
    const report = await examined((yaml) => yaml.replace('home: us-east-1', 'home: mars'));
    expect(report.ready).toBe(false);
    expect(notWell(report).map((each) => each.what)).toEqual([
      expect.stringMatching(/yaml:\d+: applications\.shop\.home is "mars"/),
    ]);
    expect(cli.world.calls.length).toBe(before);
  });

  const WRONG: readonly (readonly [from: string, to: string, area: string, what: RegExp])[] = [
    ['globalCluster: shop', 'globalCluster: shoop', 'application shop', /no global cluster shoop/],
    ['home: shop-use1', 'home: shop-use2', 'application shop', /no database cluster shop-use2 in us-east-1/],
    ['service: orders', 'service: order', 'application shop', /no active ECS service shop\/order in us-east-1/],
    ['/0123456789abcdef', '/0123456789abcdee', 'application shop', /no target group shop-web in us-east-1/],
    ['5d1f6a3e', '5d1f6a3f', 'application shop', /no health check 5d1f6a3f/],
    ['muster-flag-usw2', 'muster-flag-else', 'application shop', /no flag bucket muster-flag-else/],
    [
      'record: shop.example.com',
      'record: shops.example.com',
      'application shop',
      /shops\.example\.com has no A record/,
    ],
    ['target: blog-use2.', 'target: blog-use3.', 'application blog', /blog\.example\.com leads to neither target/],
    [':muster-pages', ':muster-page', 'paging', /no SNS topic .*muster-page /],
    ['channel: C0INCIDENT', 'channel: C0ELSEWHERE', 'Slack', /channel_not_found/],
    ['[U0ANA, U0ANA2]', '[U0ANA, U0LEFT]', 'Slack', /Ana Souza's account U0LEFT is deactivated/],
    ['[U0BO]', '[U0BOO]', 'Slack', /Bo Larsen's account U0BOO is not known/],
    ['[U0CHEN]', '[U0GUEST]', 'Slack', /Chen Wei's account U0GUEST is a guest/],
  ];

  test('names everything that is not there or not right, each with what it means and what to do', async () => {
    const change = (yaml: string): string => WRONG.reduce((text, [from, to]) => text.replace(from, to), yaml);
    const report = await examined(change);
    const wrong = notWell(report);
    for (const [, , area, what] of WRONG) {
      const found = wrong.filter((each) => what.test(each.what));
      expect(found, String(what)).toEqual([
        expect.objectContaining({ area, status: 'bad', means: expect.any(String), todo: expect.any(String) }),
      ]);
    }
    expect(report.ready).toBe(false);
  });

  describe('of IPv6', () => {
    const dualStack = (yaml: string): string => yaml.replaceAll(/( +)ttl_s: 60\n/g, '$&$1ipv6: true\n');
    const saying = ({ findings }: Report, what: string): readonly Finding[] =>
      findings.filter((each) => `${each.status} ${each.what}`.includes(what));

    test('wants the AAAA records that it promises', async () => {
      const wrong = notWell(await examined(dualStack)).map((each) => each.what);
      expect(wrong).toEqual(['shop', 'blog'].map((app) => `${app}.example.com has no AAAA record in Z0SHOPEXAMPLE`));
    });

    test('is asked for where AAAA records stand, and judges those', async () => {
      const change = async (Action: 'CREATE' | 'DELETE') => {
        // Route 53 takes five requests a second, and what was examined last has used them.
        await setTimeout(1_100);
        await cli.world.endpoint.invoke(
          'us-east-1',
          'route-53',
          'ChangeResourceRecordSets',
          { HostedZoneId: 'Z0SHOPEXAMPLE', ChangeBatch: { Changes: [{ Action, ResourceRecordSet: straight }] } },
          { name: 'person:ana', region: undefined },
        );
      };
      const straight = {
        Name: 'shop.example.com',
        Type: 'AAAA',
        AliasTarget: {
          HostedZoneId: 'Z35SXDOTRQ7X7K',
          DNSName: 'dualstack.shop-use1.elb.us-east-1.amazonaws.com',
          EvaluateTargetHealth: false,
        },
      };
      await change('CREATE');
      try {
        const report = await examined();
        expect(saying(report, 'warn shop.example.com has AAAA records')).toHaveLength(1);
        expect(saying(report, 'bad shop.example.com (AAAA): PRIMARY does not lead')).toHaveLength(1);
        expect(saying(await examined(dualStack), 'has AAAA records')).toEqual([]);
      } finally {
        await change('DELETE');
      }
    });
  });

  test('a hosted zone that is not there is named', async () => {
    const report = await examined((yaml) => yaml.replace('Z0SHOPEXAMPLE', 'Z0NOBODY'));
    expect(notWell(report).map((each) => each.what)).toEqual(['there is no hosted zone Z0NOBODY in Route 53']);
  });

  test('another team or app than was deployed means: deploy again', async () => {
    const report = await examined((yaml) => yaml.replace('A0MUSTER1', 'A0PLACEHOLDER'));
    expect(notWell(report)).toEqual([
      expect.objectContaining({
        area: 'deployment',
        what: expect.stringContaining('slack.app_id'),
        todo: 'npx cdk deploy Muster',
      }),
      expect.objectContaining({
        area: 'Slack',
        what: 'slack.app_id is still the placeholder',
        todo: expect.stringContaining('A0MUSTER1'),
      }),
    ]);
  });
});

describe('the secrets', () => {
  test('as the deployment made them up: the next step is the manifest with the URL', async () => {
    await store('signing', 'PlaceholderPlaceholder012345678901234567');
    await store('botToken', 'PlaceholderPlaceholder012345678901234567');
    const report = await examined();
    expect(notWell(report)[0]).toMatchObject({
      area: 'secret',
      what: 'the secret muster/slack-signing-secret is still the placeholder',
    });
    expect(report.next).toContain(`npx muster manifest --url ${cli.world.deployment.requestUrl}`);
    expect(report.next).toContain('put-secret-value --region us-west-2 --secret-id muster/slack-signing-secret');
    // A secret in a command stays in the shell's history, and every process of the machine sees it.
    expect(report.next).toContain('--secret-string file:///dev/stdin');
  });
});

describe('Slack', () => {
  test('a token that Slack does not know is a cross', async () => {
    await store('botToken', 'xoxb-of-somebody-else');
    expect(notWell(await examined())).toEqual([
      expect.objectContaining({ what: 'Slack refuses the bot token: invalid_auth' }),
    ]);
  });

  test.each<[string, Partial<WorkspaceSpec>, RegExp]>([
    [
      'a scope is missing',
      { scopes: ['chat:write', 'users:read', 'channels:read'] },
      /lacks the scopes commands, users:read\.email/,
    ],
    [
      'Muster was not invited',
      { channels: [{ id: 'C0INCIDENT', name: 'incident', kind: 'public', members: ['U0ANA'] }] },
      /no member of the channel #incident/,
    ],
    [
      'the channel is archived',
      { channels: [{ id: 'C0INCIDENT', name: 'incident', kind: 'public', members: [], isArchived: true }] },
      /archived/,
    ],
    ['it is another workspace', { teamId: 'T0ELSEWHERE' }, /of workspace T0ELSEWHERE/],
    ['it is another app', { appId: 'A0OTHER' }, /the token is of A0OTHER/],
  ])('%s', async (_, change, what) => {
    cli.world.slack.workspace.spec = { ...slack, ...change };
    const found = await examineSlack(cli.config, slackCaller(slack.botToken));
    const wrong = found.filter((each) => each.status === 'bad').map((each) => each.what);
    expect(wrong.join('\n')).toMatch(what);
  });

  test('a channel of the self-test’s own is looked at as well', async () => {
    const incident = { id: 'C0INCIDENT', name: 'incident', kind: 'public' as const, members: [slack.botUserId] };
    const quiet = { id: 'C0QUIET', name: 'quiet', kind: 'public' as const, members: ['U0ANA'] };
    cli.world.slack.workspace.spec = { ...slack, channels: [incident, quiet] };
    const config = { ...cli.config, slack: { ...cli.config.slack, selfTestChannel: quiet.id } };
    const found = await examineSlack(config, slackCaller(slack.botToken));
    expect(found.filter((each) => each.status === 'bad')).toEqual([
      expect.objectContaining({
        what: 'Muster is no member of the channel #quiet',
        means: 'every self-test fails, and its alarm rings',
      }),
    ]);
  });

  test('that does not answer is not called well', async () => {
    const found = await examineSlack(cli.config, slackCaller(slack.botToken, 'http://127.0.0.1:9/api'));
    expect(found).toEqual([expect.objectContaining({ area: 'Slack', status: 'unknown' })]);
  });
});

describe('AWS', () => {
  test('what may not be read is neither well nor wrong, names the action, and is not ready', async () => {
    cli.deny = ({ service, region }) => service === 'rds' && region === 'us-east-1';
    const report = await examined();
    expect(notWell(report)).toEqual([
      expect.objectContaining({
        status: 'unknown',
        what: expect.stringContaining('AccessDenied to rds:DescribeDBClusters'),
      }),
    ]);
    expect(report.ready).toBe(false);
  });

  test.each([
    [10 * 60_000, 'bad', /(59\d|60\d) s behind/],
    [-60_000, 'warn', /(5\d|6\d) s ahead/],
  ])('a clock that is %d ms off is told', async (ahead_ms, status, what) => {
    cli.ahead_ms = ahead_ms;
    const report = await examined();
    const clock = report.findings.find((each) => each.what.includes('clock'));
    expect(clock).toMatchObject({ status, what: expect.stringMatching(what) });
  });

  test('without credentials a sentence says which variables are missing', async () => {
    await writeFile(join(cli.folder, 'muster.yaml'), cli.yaml);
    const said = await cli.muster(['doctor'], { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined });
    expect(said.status).toBe(1);
    expect(said.out).toMatch(/✗ there are no AWS credentials: neither AWS_ACCESS_KEY_ID/);
  });
});

describe('the deployment', () => {
  test('that is not there at all: deploy', async () => {
    const report = await examined(undefined, 'other');
    expect(report.ready).toBe(false);
    expect(notWell(report)[0]).toMatchObject({
      what: 'Muster is not deployed in us-west-2',
      todo: 'npx cdk deploy Muster',
    });
    expect(notWell(report).map((each) => each.what)).toEqual(
      expect.arrayContaining([
        'there is no table other-ledger in us-west-2',
        'there is no secret other/slack-signing-secret in us-west-2',
        'there is no secret other/slack-bot-token in us-west-2',
      ]),
    );
  });

  test('of a ledger without its protections is no deployment to trust', async () => {
    const { dynamodb } = cli.world.services;
    const key = { partition: { name: 'stream', type: 'S' as const }, sort: { name: 'seq', type: 'N' as const } };
    dynamodb.createTable({ name: 'bare-ledger', region: 'us-west-2', key });
    const report = await examined(undefined, 'bare');
    expect(notWell(report).map((each) => each.what)).toEqual(
      expect.arrayContaining([
        'the ledger has no deletion protection',
        'the ledger has no point-in-time recovery',
        'the ledger bare-ledger has no stream of new and old images',
      ]),
    );
  });

  test('in home by mistake is found, and so is one that is not complete', async () => {
    const [spec] = FUNCTIONS;
    if (spec === undefined) throw new Error('there are no functions');
    const { lambda } = cli.world;
    const source = 'exports.handler = async () => null;';
    const options = {
      source,
      handler: 'index.handler',
      timeout_s: 3,
      memory_mb: 128,
      environment: {},
      retries: 0 as const,
      maximumAge_s: 60,
    };
    lambda.define('us-east-1', { ...options, name: `stray-${spec.name}` });
    lambda.define('us-west-2', { ...options, name: `stray-${spec.name}` });
    const report = await examined(undefined, 'stray');
    const what = notWell(report).map((each) => each.what);
    expect(what).toContain("Muster's functions are in us-east-1, which is home");
    expect(what.join('\n')).toMatch(/functions are missing in us-west-2: stray-/);
  });
});
