import { describe, expect, test } from 'vitest';
import { type Draft, draftApplications } from '../../cli/discover/draft.ts';
import { emptyRegion, type Inventory, type RegionInventory } from '../../cli/discover/inventory.ts';
import { counterpart, shortName, stem, unique } from '../../cli/discover/names.ts';

const REGIONS = ['us-east-1', 'us-west-2'];

describe('names', () => {
  test.each([
    ['shop-use1', 'shop'],
    ['shop-us-west-2', 'shop'],
    ['web_USEAST1', 'web'],
    ['prod-east-web', 'prod-web'],
    ['till-primary', 'till'],
    ['primary-till-usw2-dr', 'till'],
    ['eastern', 'eastern'],
    ['shop', 'shop'],
  ])('%s is %s without its region and side', (name, wanted) => {
    expect(stem(name, REGIONS)).toBe(wanted);
  });

  test('a counterpart is the same name, else the only one alike, else nobody', () => {
    const find = (one: string, others: string[]) => counterpart(one, others, (each) => each, REGIONS);
    expect(find('web', ['web-usw2', 'web'])).toBe('web');
    expect(find('web-use1', ['api-usw2', 'web-usw2'])).toBe('web-usw2');
    expect(find('web-use1', ['web-usw2', 'web-us-west-2'])).toBeUndefined();
    expect(find('primary', ['secondary'])).toBeUndefined();
  });

  test('a short name is one that muster.yaml takes', () => {
    expect(shortName('Shop_API.v2')).toBe('shop-api-v2');
    expect(shortName('42')).toBe('app');
    expect(shortName('x'.repeat(60))).toHaveLength(31);
    const taken = new Set<string>();
    expect([unique('web', taken), unique('web', taken), unique('web', taken)]).toEqual(['web', 'web-2', 'web-3']);
  });
});

const service = (cluster: string, name: string, targetGroupArns: string[] = []) => ({
  cluster,
  name,
  desired: 2,
  targetGroupArns,
});
const cluster = (region: string, id: string): string => `arn:aws:rds:${region}:111122223333:cluster:${id}`;
const global = (id: string) => ({
  id,
  engine: 'aurora-mysql',
  version: '8.0',
  members: [cluster('us-east-1', `${id}-a`), cluster('us-west-2', `${id}-b`)],
});

/** A region with a load balancer, a target group and a front service for each application. */
function region(name: string, apps: readonly string[], more: Partial<RegionInventory> = {}): RegionInventory {
  return {
    ...emptyRegion(name),
    services: apps.map((app) => service(app, 'web', [`tg/${name}/${app}`])),
    targetGroups: apps.map((app) => ({
      arn: `tg/${name}/${app}`,
      name: app,
      healthPath: '/up',
      loadBalancerArns: [`lb/${name}/${app}`],
    })),
    loadBalancers: apps.map((app) => ({
      arn: `lb/${name}/${app}`,
      name: app,
      host: `${app}.${name}.elb.amazonaws.com`,
      zoneId: 'Z1',
    })),
    ...more,
  };
}

function inventory(apps: readonly string[], more: Partial<Inventory> = {}): Inventory {
  const record = (app: string) => ({
    zoneId: 'Z0',
    name: `${app}.example.com`,
    target: `${app}.us-east-1.elb.amazonaws.com`,
    targetZoneId: 'Z1',
    ipv6: false,
    failover: undefined,
    healthCheckId: undefined,
  });
  return {
    account: '111122223333',
    home: region('us-east-1', apps),
    standby: region('us-west-2', apps),
    globals: apps.map(global),
    zones: [{ id: 'Z0', name: 'example.com', isPrivate: false }],
    records: apps.map(record),
    checks: [],
    buckets: [],
    ...more,
  };
}

const only = (drafts: readonly Draft[]): Draft => {
  const [one, ...others] = drafts;
  if (one === undefined || others.length > 0) throw new Error(`${drafts.length} drafts`);
  return one;
};

test('two applications get each their own services and database', () => {
  const drafts = draftApplications(inventory(['shop', 'blog']), []);
  expect(drafts.map((each) => each.name)).toEqual(['shop', 'blog']);
  for (const each of drafts) {
    expect(each.database).toMatchObject({ kind: 'aurora-global', globalCluster: each.name });
    expect(each.services.map((one) => one.kind === 'ecs' && one.at.home.cluster)).toEqual([each.name]);
    expect(each.traffic?.standby?.target).toBe(`${each.name}.us-west-2.elb.amazonaws.com`);
  }
});

test('what runs beside the front in the same cluster belongs to it, what is behind another load balancer does not', () => {
  const apps = ['shop'];
  const others = [service('shop', 'worker'), service('shop', 'other', ['tg/us-east-1/other'])];
  const home = region('us-east-1', apps);
  const standby = region('us-west-2', apps);
  const found = inventory(apps, {
    home: { ...home, services: [...others, ...home.services] },
    standby: { ...standby, services: [...others, ...standby.services] },
  });
  expect(only(draftApplications(found, [])).services.map((each) => each.name)).toEqual(['web', 'worker']);
});

test('a service without a counterpart is a note, not a guess', () => {
  const found = inventory(['shop'], { standby: { ...region('us-west-2', ['shop']), services: [] } });
  const draft = only(draftApplications(found, []));
  expect(draft.services).toEqual([]);
  expect(draft.notes.join('\n')).toContain('shop/web is in home only');
});

describe('the database', () => {
  const globals = [global('alpha'), global('beta')];

  test('whose name does not tell is left to a person, with the candidates', () => {
    const drafts = draftApplications(inventory(['shop', 'blog'], { globals }), []);
    for (const each of drafts) expect(each.database).toEqual({ kind: 'unclear', candidates: ['alpha', 'beta'] });
  });

  test('that is the only one belongs to the only application', () => {
    const found = inventory(['shop'], { globals: [global('alpha')] });
    expect(only(draftApplications(found, [])).database).toMatchObject({ globalCluster: 'alpha', home: 'alpha-a' });
  });

  test('that could not be read is unclear, not absent', () => {
    const unread = [{ action: 'rds:DescribeGlobalClusters', region: 'us-west-2', denied: true, why: 'AccessDenied' }];
    expect(only(draftApplications(inventory(['shop'], { globals: [] }), unread)).database.kind).toBe('unclear');
    expect(only(draftApplications(inventory(['shop'], { globals: [] }), [])).database.kind).toBe('none');
  });

  test('whose writer is elsewhere, or whose versions differ, is noted', () => {
    const turned = { ...global('shop'), members: [...global('shop').members].reverse() };
    const versions = (id: string, version: string) => ({ clusters: [{ id, arn: '', version }] });
    const found = inventory(['shop'], {
      globals: [turned],
      home: region('us-east-1', ['shop'], versions('shop-a', '8.0.1')),
      standby: region('us-west-2', ['shop'], versions('shop-b', '8.0.2')),
    });
    const notes = only(draftApplications(found, [])).notes.join('\n');
    expect(notes).toContain('NOT in us-east-1 now');
    expect(notes).toContain('8.0.1, 8.0.2');
  });
});

test('an EC2 group behind the load balancer is a service of kind ec2', () => {
  const group = (name: string, arn: string) => ({ name, min: 1, desired: 2, max: 4, targetGroupArns: [arn] });
  const found = inventory(['shop'], {
    home: region('us-east-1', ['shop'], { services: [], groups: [group('shop-use1', 'tg/us-east-1/shop')] }),
    standby: region('us-west-2', ['shop'], { services: [], groups: [group('shop-usw2', 'tg/us-west-2/shop')] }),
  });
  expect(only(draftApplications(found, [])).services).toMatchObject([
    {
      kind: 'ec2',
      name: 'shop',
      at: { home: { name: 'shop-use1' }, standby: { name: 'shop-usw2' } },
      active: { min: 1, desired: 2, max: 4 },
    },
  ]);
});
