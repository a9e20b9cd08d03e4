import { SELF_TEST } from '../kinds.ts';
import { accountRules } from './accounts.ts';
import { overlapRules } from './overlaps.ts';
import type { ApplicationConfig, Config, Contradiction } from './schema.ts';

/** What no single key of `muster.yaml` shows: rules between keys. */
export function contradictions(config: Config): readonly Contradiction[] {
  return [
    ...approvalRules(config),
    ...peopleRules(config),
    ...pagingRules(config),
    ...fleetRules(config),
    ...reservedRules(config),
    ...overlapRules(config),
    ...accountRules(config),
    ...Object.entries(config.applications).flatMap(([name, app]) =>
      [...sideRules(app), ...serviceRules(app), ...workerRules(app), ...listenerRules(app)].map((found) => ({
        ...found,
        path: ['applications', name, ...found.path],
      })),
    ),
  ];
}

/** A quorum that nobody could ever complete. */
function approvalRules(config: Config): Contradiction[] {
  const approvers = Object.values(config.people).filter((person) => person.approver).length;
  return Object.entries(config.approvals).flatMap(([kind, approval]) =>
    approval.people <= approvers
      ? []
      : [
          {
            path: ['approvals', kind, 'people'],
            value: approval.people,
            fix: `${approvers} of the people listed may approve: mark more with 'approver: true', or ask for fewer`,
          },
        ],
  );
}

/** The daily self-test's lock and its person have this name in the ledger. */
function reservedRules(config: Config): Contradiction[] {
  return (['applications', 'people'] as const).flatMap((list) =>
    SELF_TEST in config[list]
      ? [{ path: [list, SELF_TEST], value: SELF_TEST, fix: "choose another name: this is the daily self-test's" }]
      : [],
  );
}

/** One account is one person: otherwise one click would be two votes. */
function peopleRules(config: Config): Contradiction[] {
  const owners = new Map<string, string>();
  const found: Contradiction[] = [];
  for (const [id, person] of Object.entries(config.people)) {
    person.slack.forEach((account, index) => {
      const other = owners.get(account);
      const fix = other === id ? 'remove it: it is there twice' : `this account is already ${other}'s`;
      if (other !== undefined) found.push({ path: ['people', id, 'slack', index], value: account, fix });
      owners.set(account, id);
    });
  }
  return found;
}

/** Muster pages from the region that it lives in; a topic at home would be lost with home. */
function pagingRules(config: Config): Contradiction[] {
  const topic = config.paging?.topicArn;
  const standbys = [...new Set(Object.values(config.applications).map((app) => app.standby))];
  if (topic === undefined || standbys.includes(topic.split(':')[3] ?? '')) return [];
  return [
    { path: ['paging', 'topicArn'], value: topic, fix: `name a topic in the standby region: ${standbys.join(' or ')}` },
  ];
}

/** Rules between applications. */
function fleetRules(config: Config): Contradiction[] {
  const found: Contradiction[] = [];
  const entries = Object.entries(config.applications);
  if (entries.length === 0) {
    found.push({ path: ['applications'], value: {}, fix: 'describe at least one application' });
  }
  const clusters = new Map<string, string>();
  for (const [name, { database, account }] of entries) {
    if (database.kind !== 'aurora-global') continue;
    const cluster = `${account?.id ?? 'own'} ${database.globalCluster}`;
    const other = clusters.get(cluster);
    if (other !== undefined) {
      found.push({
        path: ['applications', name, 'database', 'globalCluster'],
        value: database.globalCluster,
        fix: `it belongs to ${other} already: a global cluster moves with one application`,
      });
    }
    clusters.set(cluster, name);
  }
  const standbys = new Set(entries.map(([, app]) => app.standby));
  if (standbys.size > 1) {
    found.push({
      path: ['applications'],
      value: [...standbys],
      fix: 'give all applications one standby region: Muster runs there, once',
    });
  }
  return found;
}

/** Home and standby share no region, cluster or load balancer. */
function sideRules(app: ApplicationConfig): Contradiction[] {
  const { database, traffic } = app;
  const found: Contradiction[] = [];
  if (app.home === app.standby) {
    found.push({ path: ['standby'], value: app.standby, fix: 'name another region than home' });
  }
  if (database.kind === 'aurora-global' && database.home === database.standby) {
    found.push({
      path: ['database', 'standby'],
      value: database.standby,
      fix: 'name the standby cluster: it has the same identifier as home',
    });
  }
  if (traffic.home.target === traffic.standby.target) {
    found.push({
      path: ['traffic', 'standby', 'target'],
      value: traffic.standby.target,
      fix: "name the standby's own load balancer: it has the same host name as home's",
    });
  }
  for (const side of ['home', 'standby'] as const) {
    const region = balancerRegion(traffic[side].target);
    if (region === undefined || region === app[side]) continue;
    const fix = `name a load balancer in ${app[side]}, where ${side} is`;
    found.push({ path: ['traffic', side, 'target'], value: traffic[side].target, fix });
  }
  return found;
}

function serviceRules(app: ApplicationConfig): Contradiction[] {
  return app.services.flatMap((service, index) => {
    const path = ['services', index];
    const found = sharedName(app.services, index, path, 'services');
    for (const side of ['home', 'standby'] as const) {
      const arn = service[side].targetGroupArn;
      if (arn === undefined || regionOf(arn) === app[side]) continue;
      found.push({
        path: [...path, side, 'targetGroupArn'],
        value: arn,
        fix: `name a target group in ${app[side]}, where ${side} is`,
      });
    }
    if (service.kind === 'ecs' && service.worker && service.idle.desired > 0) {
      found.push({
        path: [...path, 'idle', 'desired'],
        value: service.idle.desired,
        fix: 'make it 0: a worker runs in one region only',
      });
    }
    return found;
  });
}

function workerRules(app: ApplicationConfig): Contradiction[] {
  return app.workers.flatMap((_, index) => sharedName(app.workers, index, ['workers', index], 'workers'));
}

function listenerRules(app: ApplicationConfig): Contradiction[] {
  const { listener } = app;
  if (listener === undefined) return [];
  return (['arn', 'activeTargetGroupArn'] as const)
    .filter((key) => regionOf(listener[key]) !== app.standby)
    .map((key) => ({
      path: ['listener', key],
      value: listener[key],
      fix: `name one in ${app.standby}: it is the standby's`,
    }));
}

function sharedName(
  list: readonly { readonly name: string }[],
  index: number,
  path: readonly PropertyKey[],
  what: string,
): Contradiction[] {
  const name = list[index]?.name;
  return list.findIndex((item) => item.name === name) === index
    ? []
    : [{ path: [...path, 'name'], value: name, fix: `give it another name: two ${what} share it` }];
}

/** AWS writes a load balancer's region before `elb` or after it, as its kind has it. */
const balancerRegion = (host: string): string | undefined =>
  /\.([a-z]{2}(?:-[a-z]+)+-\d)\.elb\.amazonaws\.com/.exec(host)?.[1] ??
  /\.elb\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com/.exec(host)?.[1];

/** `arn:aws:elasticloadbalancing:us-west-2:...` -> `us-west-2`. */
const regionOf = (arn: string): string => arn.split(':')[3] ?? '';
