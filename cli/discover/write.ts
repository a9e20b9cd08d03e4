import { stringify } from 'yaml';
import { type ConfigProblem, parseConfig } from '../../core/config/parse.ts';
import type { Pair } from '../words.ts';
import type { Draft, ServiceDraft, TrafficDraft, WorkerDraft } from './draft.ts';
import type { Inventory } from './inventory.ts';
import type { Unread } from './reader.ts';

/** What no AWS account knows; `undefined` is left to fill in. */
export interface Answers {
  readonly team: string | undefined;
  readonly app: string | undefined;
  readonly channel: string | undefined;
  readonly people: readonly Person[];
}
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly slack: readonly string[];
}

export const NO_ANSWERS: Answers = { team: undefined, app: undefined, channel: undefined, people: [] };

export interface Written {
  readonly text: string;
  /** What still has to be filled in; empty: it is complete. */
  readonly problems: readonly ConfigProblem[];
}

export interface Sources {
  readonly pair: Pair;
  readonly found: Inventory;
  readonly unread: readonly Unread[];
  /** Terraform state files. */
  readonly files: readonly string[];
}

/** A commented `muster.yaml`. What is missing is decided by the same parser that the build uses, and listed at the top. */
export function writeConfig(drafts: readonly Draft[], answers: Answers, sources: Sources): Written {
  const body = [
    ...topLines(answers),
    '',
    'applications:',
    ...drafts.flatMap((each) => applicationLines(each, sources)),
  ];
  const result = parseConfig(body.join('\n'));
  const problems = result.ok ? [] : result.problems;
  const text = [...headLines(sources, problems), '', ...body, '', ...tailLines(sources.found), ''].join('\n');
  return { text, problems };
}

function headLines({ found, unread, files, pair }: Sources, problems: readonly ConfigProblem[]): string[] {
  const from = [...(found.account === undefined ? [] : [`account ${found.account}`]), ...files].join(', ');
  return [
    '# yaml-language-server: $schema=./muster.schema.json',
    `# Written by \`muster discover\` from ${from}: ${pair.home} is home, ${pair.standby} is the standby.`,
    '# Check it before you use it: names were paired by similarity, capacities are the current ones.',
    ...(problems.length === 0
      ? ['# Nothing is left to fill in; `muster doctor` checks it against the account.']
      : ['#', '# TO FILL IN, each marked FILL IN below:', ...problems.map(({ key, fix }) => `#   ${key}: ${fix}`)]),
    ...(unread.length === 0
      ? []
      : [
          '#',
          '# NOT READ, so not known:',
          ...unread.map((each) => `#   ${each.action} in ${each.region}: ${oneLine(each.why)}`),
        ]),
  ];
}

function topLines({ team, app, channel, people }: Answers): string[] {
  return [
    'version: 1',
    '',
    'slack:',
    known('team_id', team, "the workspace's id, such as T024BE7LD (Slack in a browser: app.slack.com/client/T...)", 2),
    known('app_id', app, "the app's id, such as A024BE7LF (api.slack.com/apps, Basic Information)", 2),
    known('channel', channel, "the channel's id, such as C024BE7LR (the channel's details, at the bottom)", 2),
    '',
    '# The authority on who may approve. All Slack accounts of one person are one vote.',
    ...(people.length === 0
      ? ['people: # FILL IN: at least two, such as  ana: { name: Ana Souza, slack: [U024BE7LH], approver: true }']
      : [
          'people:',
          ...people.map(
            ({ id, name, slack }) =>
              `  ${id}: { name: ${value(name)}, slack: [${slack.map(value).join(', ')}], approver: true }`,
          ),
        ]),
    '',
    '# The request is one vote, another person must approve. Deleting, later, asks two others.',
    'approvals:',
    '  promote: { people: 2, requesterCounts: true, expires_minutes: 15 }',
    '  delete: { people: 2, requesterCounts: false, expires_minutes: 30 }',
  ];
}

function applicationLines(draft: Draft, { pair, found }: Sources): string[] {
  return [
    ...draft.notes.map((note) => `  # NOTE: ${oneLine(note)}`),
    `  ${draft.name}:`,
    `    home: ${pair.home}`,
    `    standby: ${pair.standby}`,
    ...databaseLines(draft),
    ...servicesLines(draft),
    ...draft.workers.flatMap(workerLines),
    ...trafficLines(draft.traffic, pair, found),
    ...verifyLines(draft),
  ];
}

function servicesLines({ services, servicesKnown }: Draft): string[] {
  if (services.length > 0) {
    const partial = servicesKnown
      ? ''
      : ' # CHECK: not everything could be read, some may be missing or without bounds';
    return [`    services:${partial}`, ...services.flatMap(serviceLines)];
  }
  if (servicesKnown) return ['    services: [] # none was found behind the load balancer in both regions'];
  return [fillIn('services', 'they could not be read (see the top); [] if there are none', 4)];
}

function workerLines({ name, ...at }: WorkerDraft, index: number): string[] {
  const place = (side: 'home' | 'standby'): string[] => [
    `        ${side}:`,
    `          name: ${value(at[side].name)}`,
    `          group: ${value(at[side].group)}`,
    known('roleName', at[side].roleName, "the name of the schedule's role, as after 'role/' in its ARN", 10),
  ];
  return [
    ...(index > 0
      ? []
      : ['    workers: # CHECK: schedules, on in home and off in the standby; rules and mappings are yours to add']),
    '      - kind: schedule',
    `        name: ${value(name)}`,
    ...place('home'),
    ...place('standby'),
  ];
}

function databaseLines({ database }: Draft): string[] {
  if (database.kind === 'none')
    return ['    database: { kind: none } # no Aurora global cluster has members in both regions'];
  if (database.kind === 'unclear') {
    const what =
      database.candidates.length === 0
        ? 'the global clusters could not be read; { kind: none } if there is no database'
        : `one of ${database.candidates.join(', ')}: its name did not tell which`;
    const keys = ['globalCluster', 'home', 'standby'].map((key) => fillIn(key, what, 6));
    return ['    database:', '      kind: aurora-global', ...keys, '      maxLoss_s: 60'];
  }
  return [
    '    database:',
    '      kind: aurora-global',
    `      globalCluster: ${value(database.globalCluster)}`,
    `      home: ${value(database.home)}`,
    `      standby: ${value(database.standby)}`,
    '      maxLoss_s: 60 # CHECK: the data loss in seconds that your business accepts',
  ];
}

const BOUNDS: Readonly<Record<ServiceDraft['bounds'], string>> = {
  read: '',
  'no scaling target': '; CHECK: there is no scaling target',
  unread: '; CHECK: min and max could not be read',
};

function serviceLines(service: ServiceDraft): string[] {
  const place = (side: 'home' | 'standby'): string => {
    const { targetGroupArns } = service.at[side];
    const group = targetGroupArns[0] === undefined ? '' : `, targetGroupArn: ${value(targetGroupArns[0])}`;
    const more =
      targetGroupArns.length > 1 ? ` # and ${targetGroupArns.length - 1} more target groups, not watched` : '';
    const where =
      service.kind === 'ecs'
        ? `cluster: ${value(service.at[side].cluster)}, service: ${value(service.at[side].name)}`
        : `group: ${value(service.at[side].name)}`;
    return `        ${side}: { ${where}${group} }${more}`;
  };
  const capacity = ({ min, desired, max }: ServiceDraft['active']): string =>
    `{ min: ${min}, desired: ${desired}, max: ${max} }`;
  return [
    `      - kind: ${service.kind}`,
    `        name: ${value(service.name)}`,
    place('home'),
    place('standby'),
    `        active: ${capacity(service.active)} # as home runs now${BOUNDS[service.bounds]}`,
    `        idle: ${capacity(service.idle)} # as the standby runs now`,
  ];
}

function trafficLines(traffic: TrafficDraft | undefined, pair: Pair, found: Inventory): string[] {
  const load = "the load balancer's DNS name and its canonical hosted zone id";
  if (traffic === undefined) {
    return [
      '    traffic:',
      '      strategy: record # CHECK: `stop` needs no control plane during a promote (docs/configuration.md)',
      fillIn('record', 'the name that users resolve', 6),
      fillIn(
        'hostedZoneId',
        `its public zone${candidates(found.zones.filter((z) => !z.isPrivate).map((z) => `${z.name} ${z.id}`))}`,
        6,
      ),
      '      ttl_s: 60',
      fillIn('home', `{ target: ..., zoneId: ... }: ${load} in ${pair.home}`, 6),
      fillIn('standby', `{ target: ..., zoneId: ... }: ${load} in ${pair.standby}`, 6),
    ];
  }
  const side = (name: 'home' | 'standby'): string => {
    const target = traffic[name];
    return target === undefined
      ? fillIn(name, `{ target: ..., zoneId: ... }: ${load} in ${pair.standby}; none there has a name like home's`, 6)
      : `      ${name}: { target: ${value(target.target)}, zoneId: ${value(target.zoneId)} }`;
  };
  return [
    '    traffic:',
    ...strategyLines(traffic, pair),
    `      record: ${value(traffic.record)}`,
    `      hostedZoneId: ${value(traffic.zoneId)}`,
    "      ttl_s: 60 # an alias to a load balancer is answered with the load balancer's 60 s",
    side('home'),
    side('standby'),
    ...(traffic.ipv6 ? ['      ipv6: true # AAAA records stand beside its A records'] : []),
    ...flagLines(traffic, found),
  ];
}

function strategyLines({ check }: TrafficDraft, pair: Pair): string[] {
  if (check !== undefined) return ['      strategy: stop # the failover pair and the inverted health check are there'];
  return [
    ...(pair.home === 'us-east-1'
      ? [
          "      # NOTE: Route 53's record changes are served from us-east-1: with home there, `stop` is what survives it.",
        ]
      : []),
    '      strategy: record # `stop` needs no control plane during a promote: docs/configuration.md',
  ];
}

function flagLines({ check, bucket }: TrafficDraft, found: Inventory): string[] {
  if (check === undefined) return [];
  const inStandby = found.buckets.filter((each) => each.region === found.standby.region).map((each) => each.name);
  const key = check.path?.replace(/^\//, '');
  return [
    '      flag:',
    bucket === undefined
      ? fillIn('bucket', `the bucket that the health endpoint looks into${candidates(inStandby)}`, 8)
      : `        bucket: ${value(bucket)} # CHECK: by its name`,
    key === undefined
      ? fillIn('key', 'the object that is there while the standby is active', 8)
      : `        key: ${value(key)} # the health check's path`,
    `      healthCheckId: ${value(check.id)}`,
    check.interval_s === 10 || check.interval_s === 30
      ? `      interval_s: ${check.interval_s}`
      : fillIn('interval_s', `10 or 30; the health check has ${check.interval_s}`, 6),
    `      threshold: ${check.threshold}`,
  ];
}

function verifyLines({ traffic, healthPath }: Draft): string[] {
  const record = traffic?.record;
  const path = healthPath ?? '/';
  return [
    '    verify:',
    record === undefined
      ? fillIn('healthUrl', 'an address that answers 200 when users are served', 6)
      : `      healthUrl: ${value(`https://${record}${path}`)} # CHECK: ${healthPath === undefined ? 'no health check path was found' : "the target group's health check path"}`,
    '      # writeUrl: https://... # a POST that writes harmlessly; without it RTO is "not measured"',
    '      resolvers: [1.1.1.1, 8.8.8.8]',
  ];
}

const LISTED = 20;

/** What else the account has: `muster.yaml` has no key for it, and a standby without it may not work. */
function tailLines({ home, standby, buckets }: Inventory): string[] {
  const missing = (what: string, names: readonly string[], others: readonly string[]): string[] => {
    const lacking = names.filter((name) => !others.includes(name));
    return lacking.length === 0 ? [] : [`#   ${what} in ${home.region} only: ${shortened(lacking)}`];
  };
  const inHome = buckets.filter((each) => each.region === home.region).map((each) => each.name);
  const lines = [
    ...missing('secrets', home.secrets, standby.secrets),
    ...missing('DynamoDB tables', home.tables, standby.tables),
    ...(inHome.length === 0 ? [] : [`#   buckets in ${home.region}: ${shortened(inHome)}`]),
  ];
  return lines.length === 0
    ? []
    : ['# Also found. Muster does not move it: does the application need it in the standby region?', ...lines];
}

const shortened = (names: readonly string[]): string =>
  names.length <= LISTED ? names.join(', ') : `${names.slice(0, LISTED).join(', ')} and ${names.length - LISTED} more`;

const candidates = (names: readonly string[]): string => (names.length === 0 ? '' : `; there are: ${shortened(names)}`);
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
const fillIn = (key: string, what: string, indent: number): string =>
  `${' '.repeat(indent)}${key}: # FILL IN: ${oneLine(what)}`;
const known = (key: string, text: string | undefined, what: string, indent: number): string =>
  text === undefined ? fillIn(key, what, indent) : `${' '.repeat(indent)}${key}: ${value(text)}`;

/** A scalar as YAML needs it in a flow mapping, quoted only where it must be. */
const value = (text: string): string => {
  const written = stringify(text, { lineWidth: 0 }).trim();
  return /[{}[\],]/.test(text) && !/^["']/.test(written) ? JSON.stringify(text) : written;
};
