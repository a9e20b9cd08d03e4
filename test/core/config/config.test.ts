import { describe, expect, test } from 'vitest';
import { isMap, isScalar, isSeq, parse, parseDocument, stringify } from 'yaml';
import { type ConfigProblem, describeProblem, parseConfig } from '../../../core/config/parse.ts';
import { config, HOME, STANDBY, shop, YAML } from '../fixture.ts';

type Path = readonly (string | number)[];
const MARK = 4_242_424_242;

const UUIDS = ['0d2f6a3e-6f0e-4d0b-9f57-0a1b2c3d4e5f', '1d2f6a3e-6f0e-4d0b-9f57-0a1b2c3d4e5f'];
const elb = (what: string, region = STANDBY): string => `arn:aws:elasticloadbalancing:${region}:111122223333:${what}`;

/** The example with every optional key written out too. */
const FULL = ((): string => {
  const raw = parse(YAML);
  raw.paging = { topicArn: `arn:aws:sns:${STANDBY}:111122223333:on-call` };
  raw.approvals.promote.page_minutes = [3, 7];
  raw.applications.shop.prewarm = true;
  raw.applications.shop.prewarmKept_minutes = 60;
  raw.slack.approverGroup = 'S0ONCALL';
  raw.applications.shop.restartTasks = true;
  raw.applications.shop.services.push({
    kind: 'ec2',
    name: 'batch',
    home: { group: 'batch', targetGroupArn: elb('targetgroup/batch/0', HOME) },
    standby: { group: 'batch', targetGroupArn: elb('targetgroup/batch/1') },
    active: { min: 1, desired: 1, max: 2 },
    idle: { min: 0, desired: 0, max: 2 },
  });
  raw.applications.shop.services[1].worker = true;
  raw.applications.shop.listener = {
    arn: elb('listener/app/shop/0/1'),
    activeTargetGroupArn: elb('targetgroup/shop-web/1'),
  };
  raw.applications.shop.workers = [
    { kind: 'eventbridge-rule', name: 'nightly', home: { name: 'a', bus: 'b' }, standby: { name: 'a', bus: 'b' } },
    {
      kind: 'schedule',
      name: 'hourly',
      home: { name: 'a', group: 'g', roleName: 'jobs/a' },
      standby: { name: 'a', group: 'g', roleName: 'jobs/a' },
    },
    { kind: 'event-source-mapping', name: 'queue', home: { uuid: UUIDS[0] }, standby: { uuid: UUIDS[1] } },
  ];
  const { home, standby, verify } = structuredClone(raw.applications.shop);
  raw.applications.plain = {
    home,
    standby,
    verify,
    services: [],
    database: { kind: 'none' },
    traffic: { ...structuredClone(raw.applications.shop.traffic), strategy: 'record', record: 'plain.example.com' },
  };
  for (const key of ['flag', 'healthCheckId', 'interval_s', 'threshold']) delete raw.applications.plain.traffic[key];
  raw.account = '999988887777';
  for (const app of Object.values<Record<string, unknown>>(raw.applications)) {
    app['account'] = { id: '111122223333', externalId: 'shop-7f3a' };
  }
  return stringify(raw);
})();

/** Every node of the document: its path, its value, and whether it is a map, a list or a value. */
function nodes(yaml: string): { path: Path; kind: 'map' | 'list' | 'value'; value: unknown }[] {
  const found: { path: Path; kind: 'map' | 'list' | 'value'; value: unknown }[] = [];
  const walk = (node: unknown, path: Path): void => {
    if (isMap(node)) {
      if (path.length > 0) found.push({ path, kind: 'map', value: node.toJSON() });
      for (const { key, value } of node.items) walk(value, [...path, String(key)]);
    } else if (isSeq(node)) {
      found.push({ path, kind: 'list', value: node.toJSON() });
      for (const [index, item] of node.items.entries()) walk(item, [...path, index]);
    } else if (isScalar(node)) {
      found.push({ path, kind: 'value', value: node.value });
    }
  };
  walk(parseDocument(yaml).contents, []);
  return found;
}

function changed(path: Path, value: unknown): string {
  const document = parseDocument(FULL);
  document.setIn(path, value);
  return String(document);
}

function removed(path: Path): string {
  const document = parseDocument(FULL);
  document.deleteIn(path);
  return String(document);
}

const problemsOf = (yaml: string): readonly ConfigProblem[] => {
  const result = parseConfig(yaml);
  return result.ok ? [] : result.problems;
};

/** Words of the validator itself say nothing to a person. */
const OWN_WORDS = /^(?!.*\b(Invalid|Expected|received|undefined)\b).{5,}/;
const lineOf = (yaml: string, text: string | number): number =>
  yaml.split('\n').findIndex((line) => line.includes(String(text))) + 1;

/** What the second application repeats of the first is tried once. */
const all = nodes(FULL).filter(({ path }) => path[1] !== 'plain' || path[2] === 'traffic' || path[2] === 'database');
const named = (path: Path): string => path.join('.');

test('the example is valid, and so is one with every optional key', () => {
  expect(problemsOf(YAML)).toEqual([]);
  expect(problemsOf(FULL)).toEqual([]);
  expect(all.length).toBeGreaterThan(120);
});

describe('a wrong value is named with its key, value, line and fix', () => {
  test.each(all.map((node) => [named(node.path), node] as const))('%s', (key, { path }) => {
    const yaml = changed(path, MARK);
    const problem = problemsOf(yaml).find((p) => p.key === key);
    expect(problem).toMatchObject({ key, value: String(MARK), line: lineOf(yaml, MARK) });
    expect(problem?.fix).toMatch(OWN_WORDS);
  });
});

describe('a word where a number or a switch belongs is named', () => {
  const unlike = all.filter(({ kind, value }) => kind === 'value' && typeof value !== 'string');
  test.each(unlike.map((node) => [named(node.path), node] as const))('%s', (key, { path }) => {
    const yaml = changed(path, 'forty-two');
    const problem = problemsOf(yaml).find((p) => p.key === key);
    expect(problem).toMatchObject({ key, value: '"forty-two"', line: lineOf(yaml, 'forty-two') });
    expect(problem?.fix).toMatch(OWN_WORDS);
  });
});

describe('an empty text is named', () => {
  const texts = all.filter(({ kind, value }) => kind === 'value' && typeof value === 'string');
  test.each(texts.map((node) => [named(node.path), node] as const))('%s', (key, { path }) => {
    const problem = problemsOf(changed(path, '')).find((p) => p.key === key);
    expect(problem).toMatchObject({ key, value: '""' });
    expect(problem?.fix).toMatch(OWN_WORDS);
    expect(problem?.line).toBeGreaterThan(0);
  });
});

describe('a key that is missing is asked for by name, on the line of what it belongs to', () => {
  const optional =
    /\.(account|prewarm|restartTasks|listener|workers|worker|approver|targetGroupArn|stuckAfter_minutes|writesThrough|writeUrl|inARow|every_s|within_minutes|alarms|bus|group|requesterCounts|expires_minutes|page_minutes|approverGroup|prewarmKept_minutes)$|^paging$|^approvals\.\w+$|^people\.(dee|\w+\.slack)\b|^(people|applications)\.\w+$/;
  const keys = all.filter(({ path }) => typeof path.at(-1) === 'string');
  const needed = keys.filter(({ path }) => !optional.test(named(path)) || named(path).endsWith('home.group'));

  test('most keys are needed', () => expect(needed.length).toBeGreaterThan(90));

  const group = (path: Path): boolean => path.at(-1) === 'group' && path.includes('workers');
  test.each(needed.filter(({ path }) => !group(path)).map(({ path }) => [named(path), path] as const))(
    '%s',
    (key, path) => {
      const problem = problemsOf(removed(path)).find((p) => p.key === key);
      expect(problem).toMatchObject({ key, value: '(missing)' });
      expect(problem?.fix).toMatch(OWN_WORDS);
      if (path.length > 1) expect(problem?.line).toBeGreaterThan(0);
    },
  );
});

describe('a key that Muster does not know is refused', () => {
  const records = ['people', 'applications'];
  const maps = all.filter(({ kind, path }) => kind === 'map' && !records.includes(named(path)));
  test.each(maps.map(({ path }) => [named(path), path] as const))('in %s', (key, path) => {
    const yaml = changed([...path, 'sevrices'], 'x');
    const problem = problemsOf(yaml).find((p) => p.key === `${key}.sevrices`);
    expect(problem?.fix).toMatch(/^remove this key/);
    expect(problem?.line).toBe(lineOf(yaml, 'sevrices'));
  });
});

describe('keys that contradict one another', () => {
  const app = (raw: { applications: Record<string, Record<string, unknown>> }) =>
    raw.applications['shop'] as Record<string, unknown> & {
      services: Record<string, unknown>[];
      database: Record<string, unknown>;
      traffic: { standby: Record<string, unknown>; home: Record<string, unknown> };
      workers: Record<string, unknown>[];
      listener: Record<string, unknown>;
    };
  const cases: readonly [string, (raw: ReturnType<typeof parse>) => void, string, RegExp][] = [
    [
      'more approvals than approvers',
      (r) => (r.approvals.promote.people = 4),
      'approvals.promote.people',
      /3 of the people/,
    ],
    ['two people with one account', (r) => (r.people.bo.slack = ['U0ANA2']), 'people.bo.slack.0', /already ana's/],
    ['one account twice', (r) => (r.people.bo.slack = ['U0BO', 'U0BO']), 'people.bo.slack.1', /twice/],
    ['one region for both', (r) => (app(r)['standby'] = HOME), 'applications.shop.standby', /another region/],
    [
      'one cluster for both',
      (r) => (app(r).database['standby'] = 'shop-use1'),
      'applications.shop.database.standby',
      /same identifier/,
    ],
    [
      'one load balancer for both',
      (r) => (app(r).traffic.standby['target'] = app(r).traffic.home['target']),
      'applications.shop.traffic.standby.target',
      /own load balancer/,
    ],
    [
      'two services of one name',
      (r) => (app(r).services[1] = { ...app(r).services[1], name: 'web' }),
      'applications.shop.services.1.name',
      /two services/,
    ],
    [
      "a target group of home's at the standby",
      (r) => (app(r).services[0] = { ...app(r).services[0], standby: app(r).services[0]?.['home'] }),
      'applications.shop.services.0.standby.targetGroupArn',
      /in us-west-2/,
    ],
    [
      'a worker that runs in both regions',
      (r) => (app(r).services[0] = { ...app(r).services[0], worker: true }),
      'applications.shop.services.0.idle.desired',
      /one region only/,
    ],
    [
      'a minimum above what is wanted',
      (r) => (app(r).services[0] = { ...app(r).services[0], active: { min: 7, desired: 6, max: 24 } }),
      'applications.shop.services.0.active',
      /min <= desired <= max/,
    ],
    [
      'two workers of one name',
      (r) => (app(r).workers[1] = { ...app(r).workers[1], name: 'nightly' }),
      'applications.shop.workers.1.name',
      /two workers/,
    ],
    [
      "a listener of home's",
      (r) => (app(r).listener['arn'] = elb('listener/app/shop/0/1', HOME)),
      'applications.shop.listener.arn',
      /in us-west-2/,
    ],
    [
      'one global cluster for two applications',
      (r) => (r.applications.plain.database = app(r).database),
      'applications.plain.database.globalCluster',
      /belongs to shop/,
    ],
    [
      'two standby regions',
      (r) => (r.applications.plain = { ...r.applications.plain, standby: 'eu-west-1', services: [] }),
      'applications',
      /one standby region/,
    ],
    [
      'a paging topic that is lost with home',
      (r) => (r.paging.topicArn = `arn:aws:sns:${HOME}:111122223333:muster-pages`),
      'paging.topicArn',
      /standby region: us-west-2/,
    ],
    [
      'pages that do not come later and later',
      (r) => (r.approvals.promote.page_minutes = [7, 3]),
      'approvals.promote.page_minutes',
      /rising/,
    ],
    [
      'a load balancer of home at the standby',
      (r) => (app(r).traffic.standby['target'] = `other-2.${HOME}.elb.amazonaws.com`),
      'applications.shop.traffic.standby.target',
      /in us-west-2/,
    ],
    [
      "a network load balancer of the standby's at home",
      (r) => (app(r).traffic.home['target'] = `other-2.elb.${STANDBY}.amazonaws.com`),
      'applications.shop.traffic.home.target',
      /in us-east-1/,
    ],
    [
      'one record for two applications',
      (r) => (r.applications.plain.traffic['record'] = 'Shop.example.com'),
      'applications.plain.traffic.record',
      /applications\.shop\.traffic\.record names it already/,
    ],
    [
      'one flag for two applications',
      (r) => (r.applications.plain.traffic = { ...app(r).traffic, record: 'plain.example.com' }),
      'applications.plain.traffic.flag.key',
      /already/,
    ],
    [
      'one ECS service under two names',
      (r) => (app(r).services[1] = { ...app(r).services[0], name: 'other' }),
      'applications.shop.services.1.home.service',
      /services\.0\.home\.service names it already/,
    ],
    [
      'one worker in two applications',
      (r) => (r.applications.plain.workers = [app(r).workers[2]]),
      'applications.plain.workers.0.home.uuid',
      /already/,
    ],
    ['no application at all', (r) => (r.applications = {}), 'applications', /at least one/],
  ];
  test.each(cases)('%s', (_, change, key, fix) => {
    const raw = parse(FULL);
    change(raw);
    const problems = problemsOf(stringify(raw));
    expect(problems.map((p) => p.key)).toContain(key);
    const problem = problems.find((p) => p.key === key);
    expect(problem?.fix).toMatch(fix);
    expect(problem?.line).toBeGreaterThan(0);
  });
});

test('a problem reads as one line that an editor can jump to', () => {
  const [problem] = problemsOf(YAML.replace('home: us-east-1', 'home: mars'));
  expect(problem === undefined ? '' : describeProblem(problem)).toBe(
    `muster.yaml:${lineOf(YAML, 'home: us-east-1')}: applications.shop.home is "mars": write an AWS region, such as 'us-west-2'`,
  );
});

test('every problem is told at once, not the first alone', () => {
  const yaml = YAML.replace('version: 1', 'version: 2')
    .replace('ttl_s: 60', 'ttl_s: 6000')
    .replace('inARow: 3', 'inARow: 0');
  expect(problemsOf(yaml).map((p) => p.key)).toEqual([
    'version',
    'applications.shop.traffic.ttl_s',
    'applications.shop.verify.inARow',
  ]);
});

test.each([
  ['a tab', 'version: 1\n\tslack: {}\n', 2],
  ['a key twice', 'version: 1\nversion: 1\n', 2],
  ['an open bracket', 'version: [1\n', 2],
])('what is not YAML is said with its line: %s', (_, yaml, line) => {
  const [problem] = problemsOf(yaml);
  expect(problem).toMatchObject({ key: '(the file)' });
  expect(problem?.line).toBeLessThanOrEqual(line);
  expect(problem?.fix).toMatch(/^this is not YAML: /);
});

test.each([
  ['nothing', ''],
  ['a list', '- 1\n'],
  ['a word', 'muster\n'],
])('a file that is %s is refused', (_, yaml) => {
  expect(problemsOf(yaml).length).toBeGreaterThan(0);
  for (const problem of problemsOf(yaml)) expect(describeProblem(problem)).toMatch(OWN_WORDS);
});

test('workers say where each of them is, in both regions', () => {
  const workers = shop(
    config((raw) => {
      raw.applications.shop['workers'] = [
        { kind: 'eventbridge-rule', name: 'nightly', home: { name: 'nightly' }, standby: { name: 'nightly-usw2' } },
        {
          kind: 'schedule',
          name: 'hourly',
          home: { name: 'hourly', roleName: 'jobs/hourly' },
          standby: { name: 'hourly', group: 'dr', roleName: 'hourly-dr' },
        },
      ];
    }),
  ).workers;
  expect(workers).toEqual([
    {
      kind: 'eventbridge-rule',
      name: 'nightly',
      home: { name: 'nightly', bus: 'default' },
      standby: { name: 'nightly-usw2', bus: 'default' },
    },
    {
      kind: 'schedule',
      name: 'hourly',
      home: { name: 'hourly', group: 'default', roleName: 'jobs/hourly' },
      standby: { name: 'hourly', group: 'dr', roleName: 'hourly-dr' },
    },
  ]);
});

test.each(['*', 'jobs/*', 'jo?s/a', 'arn:aws:iam::111122223333:role/a', '/a', 'jobs/', 'a b', 'x'.repeat(65)])(
  'a role is named in full, never as the pattern %s',
  (roleName) => {
    const path = ['applications', 'shop', 'workers', 1, 'home', 'roleName'];
    expect(problemsOf(changed(path, roleName)).map(({ key }) => key)).toEqual([named(path)]);
  },
);
