import type { RuleState, Target } from '@aws-sdk/client-eventbridge';
import type { Clock, Timer } from '../../../clock.ts';
import type { Environment } from '../../../environment.ts';
import type { Random } from '../../../random.ts';
import { AwsError } from '../../service.ts';
import { nextTime, type Schedule } from '../scheduler/expressions.ts';
import { matches, type Pattern } from './patterns.ts';

/** An event as targets get it (EventBridge User Guide, "Event structure"). */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** UTC, ISO 8601, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

export interface EventBridgeLinks {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  /** Hands an event (or a target's constant input) to a target; Lambda functions are the only ones simulated. */
  readonly deliver: (targetArn: string, event: unknown) => void | Promise<void>;
}

export interface Rule {
  readonly region: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly eventPattern: string | undefined;
  readonly pattern: Pattern | undefined;
  readonly scheduleExpression: string | undefined;
  readonly schedule: Schedule | undefined;
  readonly state: RuleState;
  readonly created_ms: number;
  readonly targets: ReadonlyMap<string, Target>;
}

/** The rules of the default event bus in each region. */
export class Rules {
  readonly #links: EventBridgeLinks;
  readonly #rules = new Map<string, Rule>();
  readonly #timers = new Map<string, Timer>();
  readonly #events: BusEvent[] = [];

  constructor(links: EventBridgeLinks) {
    this.#links = links;
  }

  events(): readonly BusEvent[] {
    return this.#events;
  }

  all(region: string): Rule[] {
    return [...this.#rules.values()]
      .filter((rule) => rule.region === region)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(region: string, name: string | undefined): Rule | undefined {
    return this.#rules.get(`${region}/${name}`);
  }

  get(region: string, name: string | undefined): Rule {
    const rule = this.find(region, name);
    if (rule !== undefined) return rule;
    throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
  }

  put(rule: Rule): void {
    const key = `${rule.region}/${rule.name}`;
    const before = this.#rules.get(key);
    this.#rules.set(key, rule);
    const same = before?.scheduleExpression === rule.scheduleExpression && before?.state === rule.state;
    if (!same) this.#arm(rule);
  }

  delete(rule: Rule): void {
    const key = `${rule.region}/${rule.name}`;
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
    this.#rules.delete(key);
  }

  /** Puts an event on the bus: each enabled rule that matches hands it to its targets. */
  emit(region: string, event: BusEvent): void {
    if (!this.#links.environment.regionServes(region)) return;
    this.#events.push(event);
    for (const rule of this.all(region)) {
      if (rule.state !== 'DISABLED' && rule.pattern !== undefined && matches(rule.pattern, event)) {
        this.#hand(rule, event);
      }
    }
  }

  event(region: string, given: Pick<BusEvent, 'source' | 'detail-type' | 'detail'> & Partial<BusEvent>): BusEvent {
    const { random, clock, accountId } = this.#links;
    const time = `${new Date(clock.now_ms()).toISOString().slice(0, 19)}Z`;
    return { version: '0', id: random.uuid(), account: accountId, time, region, resources: [], ...given };
  }

  /** Delivery takes a while, and a target that is slow or fails holds up no other. */
  #hand(rule: Rule, event: BusEvent): void {
    const { clock, environment, deliver } = this.#links;
    const delay_ms = environment.duration_ms('eventbridge.delivery', 50, 2_000);
    if (!Number.isFinite(delay_ms)) return;
    for (const target of rule.targets.values()) {
      const input: unknown = target.Input === undefined ? event : JSON.parse(target.Input);
      clock.after(delay_ms, () => {
        if (environment.regionServes(rule.region)) void deliver(target.Arn ?? '', input);
      });
    }
  }

  #arm(rule: Rule, after_ms = this.#links.clock.now_ms()): void {
    const { clock, environment } = this.#links;
    const key = `${rule.region}/${rule.name}`;
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
    if (rule.schedule === undefined || rule.state === 'DISABLED') return;
    const due_ms = nextTime(rule.schedule, rule.created_ms, after_ms);
    if (due_ms === undefined) return;
    // "The scheduled rule runs within that minute, but not on the precise 0th second" (User Guide, scheduled rules).
    const delay_ms = environment.duration_ms('eventbridge.schedule-delay', 0, 59_000);
    if (!Number.isFinite(delay_ms)) return;
    const timer = clock.after(due_ms - clock.now_ms() + delay_ms, () => this.#fire(key, due_ms));
    this.#timers.set(key, timer);
  }

  /** A rule does not catch up on what it missed while its region was lost. */
  #fire(key: string, due_ms: number): void {
    const rule = this.#rules.get(key);
    if (rule === undefined) return;
    this.#arm(rule, due_ms);
    if (!this.#links.environment.regionServes(rule.region)) return;
    const arn = `arn:aws:events:${rule.region}:${this.#links.accountId}:rule/${rule.name}`;
    const time = `${new Date(due_ms).toISOString().slice(0, 19)}Z`;
    const given = { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {}, resources: [arn], time };
    this.#hand(rule, this.event(rule.region, given));
  }
}
