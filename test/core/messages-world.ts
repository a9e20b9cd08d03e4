import { createHash } from 'node:crypto';
import { parseConfig } from '../../core/config/parse.ts';
import type { Config } from '../../core/config/schema.ts';
import {
  bodyOf,
  type EventData,
  type LedgerEvent,
  type LedgerRecord,
  type NewEvent,
  nextEvent,
  type PlanChoice,
} from '../../core/ledger.ts';
import { foldOperation, type Operation } from '../../core/operation.ts';
import type { StepId } from '../../core/operations/registry.ts';
import { type MethodChoice, planHash, planPromote } from '../../core/plan.ts';
import type { Stream } from '../../core/streams.ts';
import { known, type Probe, type Topology, unknown } from '../../core/topology.ts';

/** A team of four, an application of two services, and a ledger that is written as the product writes it. */
const YAML = `
version: 1
slack: { team_id: T0HARBOUR, app_id: A0MUSTER, channel: C0DR }
people:
  ana: { name: Ana Souza, slack: [U0ANA], approver: true }
  bo: { name: Bo Larsen, slack: [U0BO], approver: true }
  chen: { name: Chen Wei, slack: [U0CHEN], approver: true }
  dora: { name: Dora Lind, slack: [U0DORA] }
approvals:
  promote: { people: 2 }
applications:
  shop:
    home: us-east-1
    standby: us-west-2
    database: { kind: aurora-global, globalCluster: shop-global, home: shop-east, standby: shop-west, maxLoss_s: 5 }
    services:
      - kind: ecs
        name: web
        home: { cluster: shop, service: web }
        standby: { cluster: shop-west, service: web }
        active: { min: 4, desired: 6, max: 24 }
        idle: { min: 1, desired: 1, max: 24 }
      - kind: ec2
        name: jobs
        home: { group: jobs-east }
        standby: { group: jobs-west }
        active: { min: 2, desired: 2, max: 4 }
        idle: { min: 0, desired: 0, max: 4 }
    traffic:
      strategy: record
      record: shop.example.com
      hostedZoneId: Z0123456789ABC
      ttl_s: 60
      home: { target: east.elb.example.com, zoneId: Z35SXDOTRQ7X7K }
      standby: { target: west.elb.example.com, zoneId: Z1H1FL5HABSF5 }
    verify: { healthUrl: https://shop.example.com/health, resolvers: [1.1.1.1] }
`;

export function configOf(yaml = YAML): Config {
  const parsed = parseConfig(yaml);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

export const config = configOf();
export const ID = 'promote-shop-20261120-2314-7f3a';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const EAST = 'arn:aws:rds:us-east-1:111122223333:cluster:shop-east';
const WEST = 'arn:aws:rds:us-west-2:111122223333:cluster:shop-west';

export interface Scene {
  readonly probes?: readonly Probe[];
  readonly verdict?: Topology['home']['verdict'];
  readonly lag?: { readonly lag_ms: number; readonly age_s: number } | string;
  readonly writer?: 'home' | 'standby';
  readonly status?: string;
  readonly traffic?: 'home' | 'standby' | 'mixed' | 'neither';
}

export function topologyOf(scene: Scene = {}, cfg: Config = config): Topology {
  const standby = scene.writer === 'standby';
  const services = (region: string, running: number): Topology['homeServices'] =>
    (cfg.applications['shop']?.services ?? []).map((service) =>
      known({ name: service.name, region, min: 1, max: 24, desired: running, running, healthy: running }),
    );
  return {
    application: 'shop',
    at: '2026-11-20T23:14:00.000Z',
    home: {
      verdict: scene.verdict ?? 'lost',
      probes: scene.probes ?? [
        { what: 'RDS in us-east-1', result: 'silent', detail: 'no answer within 3 s' },
        { what: 'shop.example.com', result: 'silent', detail: '' },
      ],
    },
    database: known({
      globalCluster: 'shop-global',
      status: scene.status ?? 'available',
      members: [
        { clusterArn: EAST, region: 'us-east-1', isWriter: !standby, synchronization: undefined },
        { clusterArn: WEST, region: 'us-west-2', isWriter: standby, synchronization: 'connected' },
      ],
      standbyCluster: known({
        arn: WEST,
        status: 'available',
        engineVersion: '8.0',
        instances: [{ id: 'shop-west-1', status: 'available' }],
      }),
      homeVersion: unknown('home does not answer'),
      lag: typeof scene.lag === 'string' ? unknown(scene.lag) : known(scene.lag ?? { lag_ms: 5_000, age_s: 90 }),
    }),
    standbyServices: services('us-west-2', standby ? 6 : 1),
    homeServices: services('us-east-1', 6),
    traffic: known({ answer: scene.traffic ?? 'home', addresses: ['192.0.2.10'] }),
  };
}

export function choicesOf(scene: Scene = {}, cfg: Config = config): readonly PlanChoice[] {
  const app = cfg.applications['shop'];
  if (app === undefined) throw new Error('no shop');
  const wanted: readonly MethodChoice[] = ['proposed', 'switchover', 'failover'];
  const made = wanted.flatMap((choice): PlanChoice[] => {
    const result = planPromote('shop', app, topologyOf(scene, cfg), choice);
    return result.ok
      ? [{ choice, plan: result.plan, planHash: planHash(result.plan, digest), facts: result.facts }]
      : [];
  });
  const [proposed] = made;
  return made.filter((c) => c === proposed || c.plan.database.method !== proposed?.plan.database.method);
}

/** One operation's streams, written event by event; time moves only when told. */
export class Streams {
  readonly id: string;
  readonly records = new Map<Stream, LedgerRecord[]>();
  #now_ms = Date.parse('2026-11-20T23:14:05.000Z');

  constructor(id = ID) {
    this.id = id;
  }

  get now(): string {
    return new Date(this.#now_ms).toISOString();
  }

  pass(span_s: number): this {
    this.#now_ms += span_s * 1000;
    return this;
  }

  append(stream: Stream, event: NewEvent): LedgerRecord {
    const records = this.records.get(stream) ?? [];
    const made = nextEvent(stream, records.at(-1), event, `${stream}/${records.length + 1}`, this.now);
    const body = bodyOf(made);
    const record = { event: made, body, mac: digest(body) };
    this.records.set(stream, [...records, record]);
    return record;
  }

  /** An event of the operation; the type names its data. */
  op<T extends NewEvent['type']>(type: T, data: EventData[T], by = 'muster'): this {
    this.append(`op#us-west-2#${this.id}`, { type, by, data } as NewEvent);
    return this;
  }

  vote(identity: string | null, choice: EventData['vote']['choice'], more: Partial<EventData['vote']> = {}): this {
    const round = this.operation().rounds.at(-1);
    this.append(`vote#us-west-2#${this.id}`, {
      type: 'vote',
      by: identity ?? 'stranger',
      data: {
        round: round?.round ?? 1,
        planHash: round?.planHash ?? '',
        identity,
        slackUser: identity === null ? 'U0STRANGER' : (config.people[identity]?.slack[0] ?? 'U0OTHER'),
        choice,
        accepted: true,
        click: `${this.now}/${choice}/${identity}`,
        ...more,
      },
    });
    return this;
  }

  draft(scene: Scene = {}, cfg: Config = config): this {
    return this.op('operation-drafted', {
      kind: 'promote',
      application: 'shop',
      choices: choicesOf(scene, cfg),
      requester: 'ana',
      requesterSlack: 'U0ANA',
      channel: 'C0DR',
      viewId: 'V1',
    });
  }

  request(reason = 'home is dark', choice: MethodChoice = 'proposed'): this {
    return this.op('operation-requested', { reason, choice }, 'ana');
  }

  ask(why: string | null = null): this {
    const operation = this.operation();
    const deadline = new Date(this.#now_ms + 15 * 60_000).toISOString();
    return this.op('approval-asked', {
      round: operation.rounds.length + 1,
      planHash: operation.planHash,
      deadline,
      why,
    });
  }

  approve(): this {
    return this.vote('bo', 'approve').op('approval-decided', { round: 1, decision: 'approved', by: ['ana', 'bo'] });
  }

  start(step: StepId, region = 'us-west-2'): this {
    return this.op('step-started', { step, region });
  }

  done(step: StepId, detail: string, outcome: EventData['step-done']['outcome'] = 'done'): this {
    return this.op('step-done', { step, outcome, detail });
  }

  events(stream: Stream = `op#us-west-2#${this.id}`): readonly LedgerEvent[] {
    return (this.records.get(stream) ?? []).map((record) => record.event);
  }

  votes(): readonly LedgerEvent[] {
    return this.events(`vote#us-west-2#${this.id}`);
  }

  operation(): Operation {
    const operation = foldOperation(this.id, this.events(), this.votes());
    if (operation === undefined) throw new Error('nothing was drafted');
    return operation;
  }
}

/** A promote from the draft to the moment at which people are asked. */
export const asked = (scene: Scene = {}): Streams => new Streams().draft(scene).pass(20).request().pass(3).ask();

/** ... approved, and the failover called. */
export function underWay(scene: Scene = {}): Streams {
  return asked(scene)
    .pass(60)
    .approve()
    .pass(2)
    .start('preflight')
    .done('preflight', 'the plan still holds')
    .start('fence-home', 'us-east-1')
    .pass(3)
    .done('fence-home', 'us-east-1 did not answer within 3 s: its tasks may wake up with it', 'unconfirmed')
    .start('promote-database')
    .op('step-acting', { step: 'promote-database', action: 'failover of shop-global to shop-west', noReturn: true });
}

/** ... and over, measured. */
export function over(): Streams {
  return underWay()
    .pass(200)
    .done('promote-database', 'the writer is in us-west-2')
    .start('scale-out')
    .pass(30)
    .done('scale-out', 'web 6 of 6, jobs 2 of 2')
    .start('switch-traffic')
    .pass(70)
    .done('switch-traffic', 'shop.example.com answers 192.0.2.20 in us-west-2')
    .start('verify')
    .pass(6)
    .done('verify', '3 health checks in a row through 1.1.1.1; no write address is configured')
    .start('report')
    .op('operation-ended', {
      outcome: 'succeeded',
      why: 'shop runs in us-west-2',
      report: {
        rto_s: 372,
        rpo_s: null,
        rpoHow: 'not measured',
        drift: [{ resource: 'ecs web (us-west-2)', before: 'min 1, desired 1', after: 'min 4, desired 6' }],
        noStandbySince: '2026-11-20T23:19:00.000Z',
        fence: 'us-east-1 did not answer within 3 s: its tasks may wake up with it',
        notes: ['us-east-1 may wake up with its tasks'],
      },
    });
}
