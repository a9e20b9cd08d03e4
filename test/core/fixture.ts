import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { describeProblem, parseConfig } from '../../core/config/parse.ts';
import type { ApplicationConfig, Config } from '../../core/config/schema.ts';
import { bodyOf, type LedgerRecord, type NewEvent, nextEvent } from '../../core/ledger.ts';
import { foldOperation, type Operation } from '../../core/operation.ts';
import { type MethodChoice, type Plan, planHash, planPromote } from '../../core/plan.ts';
import type { Stream } from '../../core/streams.ts';
import {
  type DatabaseObserved,
  type HomeVerdict,
  known,
  type ServiceObserved,
  type Topology,
} from '../../core/topology.ts';

/** The example configuration, as it is committed. */
export const YAML = readFileSync(new URL('../../muster.yaml', import.meta.url), 'utf8');

export const HOME = 'us-east-1';
export const STANDBY = 'us-west-2';
export const START = '2026-11-20T23:14:00.000Z';
/** UTC, so many seconds after `START`. */
export const later = (seconds: number): string => new Date(Date.parse(START) + seconds * 1000).toISOString();
export const digest = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

type Raw = Record<string, unknown>;

/** The example, changed by hand, through the real parser. */
export function config(change: (raw: { applications: { shop: Raw } } & Raw) => void = () => undefined): Config {
  const raw = parse(YAML);
  change(raw);
  const result = parseConfig(stringify(raw));
  if (!result.ok) throw new Error(result.problems.map((p) => describeProblem(p)).join('\n'));
  return result.config;
}

export function shop(of: Config = config()): ApplicationConfig {
  const { shop: app } = of.applications;
  if (app === undefined) throw new Error('the example has the application shop');
  return app;
}

export const HOME_CLUSTER = `arn:aws:rds:${HOME}:111122223333:cluster:shop-use1`;
export const STANDBY_CLUSTER = `arn:aws:rds:${STANDBY}:111122223333:cluster:shop-usw2`;

/** The global cluster with its writer at home, everything well; 200 ms of lag, measured 10 s ago. */
export function database(change: Partial<DatabaseObserved> = {}): DatabaseObserved {
  return {
    globalCluster: 'shop',
    status: 'available',
    members: members('home'),
    standbyCluster: known({
      arn: STANDBY_CLUSTER,
      status: 'available',
      engineVersion: '16.4',
      instances: [{ id: 'shop-usw2-1', status: 'available' }],
    }),
    homeVersion: known('16.4'),
    lag: known({ lag_ms: 200, age_s: 10 }),
    ...change,
  };
}

export const members = (writer: 'home' | 'standby'): DatabaseObserved['members'] => [
  { clusterArn: HOME_CLUSTER, region: HOME, isWriter: writer === 'home', synchronization: 'connected' },
  { clusterArn: STANDBY_CLUSTER, region: STANDBY, isWriter: writer === 'standby', synchronization: 'connected' },
];

export function service(change: Partial<ServiceObserved> = {}): ServiceObserved {
  return { name: 'web', region: STANDBY, min: 1, max: 2, desired: 1, running: 1, healthy: 1, ...change };
}

export function topology(verdict: HomeVerdict, change: Partial<Topology> = {}): Topology {
  return {
    application: 'shop',
    at: START,
    home: { verdict, probes: [] },
    database: known(database()),
    standbyServices: [known(service()), known(service({ name: 'orders', healthy: undefined }))],
    homeServices: [],
    traffic: known({ answer: 'home', addresses: ['192.0.2.1'] }),
    ...change,
  };
}

export function planned(
  verdict: HomeVerdict = 'lost',
  change: { topology?: Partial<Topology>; app?: ApplicationConfig; choice?: MethodChoice } = {},
) {
  const result = planPromote('shop', change.app ?? shop(), topology(verdict, change.topology), change.choice);
  if (!result.ok) throw new Error(`${result.refusal.sentence} ${result.refusal.next}`);
  return result;
}

/** Events of one stream, linked as the ledger links them; the key is the test's own. */
export function chain(stream: Stream, events: readonly { event: NewEvent; at: string }[]): readonly LedgerRecord[] {
  const records: LedgerRecord[] = [];
  for (const [index, { event, at }] of events.entries()) {
    const next = nextEvent(stream, records.at(-1), event, `id-${index + 1}`, at);
    const body = bodyOf(next);
    records.push({ event: next, body, mac: digest(`key ${body}`) });
  }
  return records;
}

export const ID = 'promote-shop-20261120-2314-7f3a';

type Timed = { readonly event: NewEvent; readonly at: string };
export const timed = (event: NewEvent, seconds: number): Timed => ({ event, at: later(seconds) });

/** What every operation begins with: drafted, requested by ana, and people asked in round 1 (until 15 minutes later). */
export function opening(plan: Plan, facts: ReturnType<typeof planned>['facts'], requester = 'ana'): readonly Timed[] {
  const hash = planHash(plan, digest);
  const choice = { choice: 'proposed' as const, plan, planHash: hash, facts };
  const draft = { kind: 'promote' as const, application: 'shop', choices: [choice], viewId: null };
  const who = { requester, requesterSlack: 'U0ANA', channel: 'C0INCIDENT' };
  const asked = { round: 1, planHash: hash, deadline: later(900), why: null };
  return [
    timed({ type: 'operation-drafted', by: requester, data: { ...draft, ...who } }, 0),
    timed({ type: 'operation-requested', by: requester, data: { reason: 'home is gone', choice: 'proposed' } }, 5),
    timed({ type: 'approval-asked', by: 'step:request-approval', data: asked }, 6),
  ];
}

/** A vote as `approve` writes it. */
export function vote(
  identity: string,
  choice: 'approve' | 'decline' | 'abort' | 'retry' | 'skip',
  seconds: number,
  plan: Plan,
  more: {
    round?: number;
    step?: 'verify' | 'promote-database' | 'scale-out';
    reason?: string;
    accepted?: boolean;
  } = {},
): Timed {
  const { round = 1, accepted = true, ...rest } = more;
  const bound = { round, planHash: planHash(plan, digest), identity, slackUser: `U0${identity.toUpperCase()}` };
  return timed(
    { type: 'vote', by: identity, data: { ...bound, choice, accepted, click: `${identity}-${seconds}`, ...rest } },
    seconds,
  );
}

export function fold(events: readonly Timed[], votes: readonly Timed[] = []): Operation {
  const of = (stream: Stream, list: readonly Timed[]) => chain(stream, list).map((record) => record.event);
  const operation = foldOperation(ID, of(`op#us-west-2#${ID}`, events), of(`vote#us-west-2#${ID}`, votes));
  if (operation === undefined) throw new Error('the events must begin with operation-drafted');
  return operation;
}

/** An operation that people approved (ana asked, bo approved), and what happened since. */
export function approvedOperation(more: readonly Timed[] = [], from = planned()): Operation {
  const decided: NewEvent = {
    type: 'approval-decided',
    by: 'muster',
    data: { round: 1, decision: 'approved', by: ['ana', 'bo'] },
  };
  return fold([...opening(from.plan, from.facts), timed(decided, 60), ...more], [vote('bo', 'approve', 59, from.plan)]);
}
