import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { configIn, otherAccounts, roleName } from '../../../core/access.ts';
import { type ConfigProblem, parseConfig } from '../../../core/config/parse.ts';
import { FUNCTIONS } from '../../../core/functions.ts';
import { ELSEWHERE, inAnotherAccount } from '../../../sandbox/rehearsal/scenarios/accounts.ts';
import { config, STANDBY, YAML } from '../fixture.ts';

const OWN = '999988887777';
const THERE = { id: '111122223333', externalId: 'shop-7f3a' };
const elb = (account: string): string =>
  `arn:aws:elasticloadbalancing:${STANDBY}:${account}:listener/app/shop/0123456789abcdef/0123456789abcdef`;

/** The example, whose ARNs are of one account, wholly in it; Muster in another. */
function elsewhere(change: (raw: ReturnType<typeof parse>) => void = () => undefined): string {
  const raw = parse(YAML);
  raw.account = OWN;
  for (const app of Object.values<Record<string, unknown>>(raw.applications)) app['account'] = { ...THERE };
  change(raw);
  return stringify(raw);
}
const problemsOf = (yaml: string): readonly ConfigProblem[] => {
  const result = parseConfig(yaml);
  return result.ok ? [] : result.problems;
};

test('every application may live in another account', () => expect(problemsOf(elsewhere())).toEqual([]));

const cases: readonly [string, (raw: ReturnType<typeof parse>) => void, string, RegExp][] = [
  [
    "nobody said which account is Muster's",
    (r) => delete r.account,
    'account',
    /the account that Muster is deployed in/,
  ],
  [
    "Muster's own account as another",
    (r) => (r.account = THERE.id),
    'applications.shop.account.id',
    /leave 'account' out/,
  ],
  [
    'two external ids for one account',
    (r) => (r.applications.blog.account.externalId = 'blog-9d21'),
    'applications.blog.account.externalId',
    /the same as applications\.shop\.account/,
  ],
  [
    'a target group of another account',
    (r) => {
      const { standby } = r.applications.shop.services[0];
      standby.targetGroupArn = standby.targetGroupArn.replace(THERE.id, OWN);
    },
    'applications.shop.services.0.standby.targetGroupArn',
    /in account 111122223333/,
  ],
  [
    'a listener of another account',
    (r) => (r.applications.shop.listener = { arn: elb(OWN), activeTargetGroupArn: elb(THERE.id) }),
    'applications.shop.listener.arn',
    /in account 111122223333/,
  ],
  [
    "a target group of another account, in Muster's own",
    (r) => delete r.applications.blog.account,
    'applications.blog.services.0.home.targetGroupArn',
    /in account 999988887777/,
  ],
  [
    'one hosted zone in two accounts',
    (r) => delete r.applications.blog.account,
    'applications.blog.traffic.hostedZoneId',
    /applications\.shop, which lives in another/,
  ],
  [
    'one flag bucket in two accounts',
    (r) => {
      const { traffic } = structuredClone(r.applications.shop);
      r.applications.blog = { ...r.applications.blog, account: undefined, services: [], traffic };
    },
    'applications.blog.traffic.flag.bucket',
    /applications\.shop, which lives in another/,
  ],
];
test.each(cases)('%s', (_, change, key, fix) => {
  const problem = problemsOf(elsewhere(change)).find((one) => one.key === key);
  expect(problem?.fix).toMatch(fix);
});

describe('an external id', () => {
  const withId = (externalId: unknown): readonly string[] =>
    problemsOf(elsewhere((r) => (r.applications.shop.account.externalId = externalId))).map((one) => one.fix);
  test.each(['x', 'with space', 'ü-7f3a', 'a'.repeat(1225)])('STS would not take %s', (id) => {
    expect(withId(id).join()).toMatch(/2 to 1224 letters/);
  });
  test.each(['ab', 'A.b_c+d=e,f@g:h/i-0', 'a'.repeat(1224)])('STS takes %s', (id) => {
    expect(withId(id).join()).not.toMatch(/2 to 1224 letters/);
  });
});

test.each([111122223333, '11112222333', '1111-2222-3333'])('%s is no account', (id) => {
  const problems = problemsOf(elsewhere((r) => (r.applications.shop.account.id = id)));
  expect(problems.map((one) => one.fix).join()).toMatch(/12 digits, in quotation marks/);
});

test('the same name in another account is another thing', () => {
  const twin = (account: object): readonly string[] => {
    const yaml = elsewhere((r) => {
      const { shop, blog } = r.applications;
      const { services, database } = structuredClone(shop);
      for (const one of services) for (const side of ['home', 'standby']) delete one[side].targetGroupArn;
      const rule = { name: 'nightly', roleName: 'jobs' };
      const workers = [{ kind: 'schedule', name: 'nightly', home: rule, standby: rule }];
      shop.workers = workers;
      r.applications.blog = { ...blog, home: shop.home, services, workers, database, account };
      r.applications.blog.traffic = { ...blog.traffic, hostedZoneId: 'Z0BLOG' };
      r.applications.blog.traffic.home = { target: 'blog.example.net', zoneId: 'Z35SXDOTRQ7X7K' };
    });
    return problemsOf(yaml).map((one) => one.key);
  };
  expect(twin({ id: '333344445555', externalId: 'blog-9d21' })).toEqual([]);
  expect([...twin(THERE)].sort()).toEqual(
    expect.arrayContaining([
      'applications.blog.database.globalCluster',
      'applications.blog.services.0.home.service',
      'applications.blog.workers.0.home.name',
    ]),
  );
});

test('what belongs to which account', () => {
  const mixed = inAnotherAccount(config());
  expect(Object.keys(configIn(mixed, undefined).applications)).toEqual(['blog']);
  expect(Object.keys(configIn(mixed, ELSEWHERE.id).applications)).toEqual(['shop']);
  expect(otherAccounts(mixed)).toEqual([ELSEWHERE]);
});

test('no role’s name is longer than IAM takes, in the region with the longest name', () => {
  const names = FUNCTIONS.map(({ name }) => roleName(`muster-${name}`, 'ap-southeast-1'));
  expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(64);
});
