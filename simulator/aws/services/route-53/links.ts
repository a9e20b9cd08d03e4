import type { Clock } from '../../../clock.ts';
import type { Environment } from '../../../environment.ts';
import type { Random } from '../../../random.ts';
import { AwsError } from '../../service.ts';

/** What a health checker asks. */
export interface ProbeTarget {
  readonly url: URL;
  /** The address to connect to; undefined: whatever the host name resolves to. */
  readonly address: string | undefined;
}

/** A name that AWS serves: a load balancer's. */
export interface AwsName {
  readonly addresses: readonly string[];
  /** The hosted zone that an alias to it must name. */
  readonly hostedZoneId: string;
  /** Has a healthy target, for EvaluateTargetHealth. */
  readonly healthy: boolean;
}

export interface Route53Links {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  /** The HTTP status that the target answers with right now; undefined: no answer within 4 s. */
  readonly probe: (target: ProbeTarget) => number | undefined;
  /** As it is at an instant. `dnsName` in lower case, without a trailing dot and without the prefix `dualstack.`. */
  readonly awsName: (dnsName: string, at_ms: number) => AwsName | undefined;
}

/** The control plane runs in one region; so does the way from it to the name servers and checkers. */
const CONTROL_PLANE_REGION = 'us-east-1';

interface OnItsWay {
  /** What the change is of: changes of one thing arrive in the order they were accepted. */
  readonly subject: string;
  readonly duration: { readonly name: string; readonly low_ms: number; readonly high_ms: number };
  readonly effect: () => void;
}

/**
 * Carries accepted changes to the data plane after a while. Changes under way while the control plane's region is lost
 * stay under way; `resume` sends them again once it serves.
 */
export class Propagation {
  readonly #links: Route53Links;
  readonly #lastDue_ms = new Map<string, number>();
  #stalled: OnItsWay[] = [];

  constructor(links: Route53Links) {
    this.#links = links;
  }

  later(change: OnItsWay): void {
    const { clock, environment } = this.#links;
    const { subject, duration, effect } = change;
    const drawn_ms = environment.duration_ms(duration.name, duration.low_ms, duration.high_ms);
    if (!Number.isFinite(drawn_ms)) return;
    const now_ms = clock.now_ms();
    const due_ms = Math.max(now_ms + drawn_ms, this.#lastDue_ms.get(subject) ?? now_ms);
    this.#lastDue_ms.set(subject, due_ms);
    clock.after(due_ms - now_ms, () => {
      if (environment.regionServes(CONTROL_PLANE_REGION)) effect();
      else this.#stalled.push(change);
    });
  }

  resume(): void {
    if (this.#stalled.length === 0 || !this.#links.environment.regionServes(CONTROL_PLANE_REGION)) return;
    const stalled = this.#stalled;
    this.#stalled = [];
    for (const change of stalled) this.later(change);
  }
}

/** "Five requests per second per AWS account" for the whole API (Developer Guide, "Quotas"). */
const REQUESTS_PER_SECOND = 5;

export function createThrottle(clock: Clock): () => void {
  let recent: number[] = [];
  return () => {
    const now_ms = clock.now_ms();
    recent = recent.filter((at_ms) => at_ms > now_ms - 1000);
    if (recent.length >= REQUESTS_PER_SECOND) throw new AwsError('Throttling', 'Rate exceeded');
    recent.push(now_ms);
  };
}

/** `/hostedzone/Z1` and `Z1` name the same; so do `/change/C1` and `C1`. */
export function bareId(id: string | undefined): string {
  return (id ?? '').replace(/^\/?(hostedzone|change|healthcheck)\//, '');
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: T | undefined;
}

/** A page of at most 100 items, from the first for which `starts` holds. */
export function page<T>(
  all: readonly T[],
  maxItems: number | string | undefined,
  starts: (item: T) => boolean,
): Page<T> {
  const limit = maxItems === undefined ? 100 : Number(maxItems);
  if (!Number.isInteger(limit) || limit < 1) throw new AwsError('InvalidInput', `Invalid MaxItems: ${maxItems}`);
  const from = all.findIndex(starts);
  const rest = from === -1 ? [] : all.slice(from);
  const size = Math.min(limit, 300);
  return { items: rest.slice(0, size), next: rest[size] };
}
