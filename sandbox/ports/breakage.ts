import * as v from 'valibot';
import type { FaultPoint } from '../../simulator/aws/faults.ts';
import type { World } from '../world/world.ts';
import { Refused } from './answer.ts';

/** Selects calls of the AWS APIs: those that match every member given. */
const Calls = v.strictObject({
  region: v.optional(v.string()),
  /** As in call records: `rds`, `route-53`. */
  service: v.optional(v.string()),
  action: v.optional(v.string()),
});
const Duration = v.union([v.pipe(v.number(), v.minValue(0), v.maxValue(86_400)), v.literal('never'), v.null()]);

/** Names that the simulated services draw their durations by. */
export const DURATIONS = [
  'rds.switchover',
  'rds.failover',
  'rds.detach',
  'rds.rejoin',
  'rds.resync',
  'ecs.task-start',
  'ecs.task-stop',
  'ec2.instance-start',
  'ec2.instance-stop',
  'route-53.insync',
  'sns.delivery',
  'eventbridge.delivery',
] as const;

/** What a person may break by hand, and fix: `null` fixes. */
const Breakage = v.strictObject({
  lose: v.optional(v.string()),
  wake: v.optional(v.string()),
  slack: v.optional(v.nullable(v.picklist(['hang', '503', 'slow', 'effect-then-hang', 'ratelimited']))),
  throttle: v.optional(v.nullable(Calls)),
  hang: v.optional(v.nullable(Calls)),
  flag: v.optional(v.picklist(['lose', 'wake'])),
  durations_s: v.optional(v.record(v.picklist(DURATIONS), Duration)),
});

type Wanted = v.InferOutput<typeof Breakage>;
type Matching = v.InferOutput<typeof Calls>;

/** What is broken now, as it was requested. */
export interface Broken {
  slack: NonNullable<Wanted['slack']> | undefined;
  throttle: Matching | undefined;
  hang: Matching | undefined;
  flag: 'lost' | undefined;
  durations_s: Record<string, number | 'never'>;
}

export interface Breaker {
  readonly broken: Readonly<Broken>;
  /** Breaks or fixes what the body says, all of it or nothing. Throws Refused. */
  apply(body: unknown): void;
}

/** Breaks the world for the control port, with the same faults that scenarios use. */
export function createBreaker(world: World): Breaker {
  const broken: Broken = {
    slack: undefined,
    throttle: undefined,
    hang: undefined,
    flag: undefined,
    durations_s: {},
  };
  world.rules.push(
    (at) => (broken.hang !== undefined && matches(broken.hang, at) ? { kind: 'hang', latency_ms: 0 } : undefined),
    (at) =>
      broken.throttle !== undefined && matches(broken.throttle, at)
        ? { kind: 'error', latency_ms: 30, ...throttled(at.service) }
        : undefined,
  );
  return {
    broken,
    apply: (body) => {
      const wanted = checked(body, world);
      if (wanted.lose !== undefined) world.lose(wanted.lose);
      if (wanted.wake !== undefined) world.wake(wanted.wake);
      if (wanted.slack !== undefined) {
        broken.slack = wanted.slack ?? undefined;
        world.slack.faults.set(broken.slack);
      }
      if (wanted.throttle !== undefined) broken.throttle = wanted.throttle ?? undefined;
      if (wanted.hang !== undefined) broken.hang = wanted.hang ?? undefined;
      if (wanted.flag !== undefined) setFlag(world, broken, wanted.flag);
      for (const [name, value] of Object.entries(wanted.durations_s ?? {})) setDuration(world, broken, name, value);
    },
  };
}

function setFlag(world: World, broken: Broken, flag: 'lose' | 'wake'): void {
  if (flag === 'lose') world.flag.kill();
  else world.flag.revive();
  broken.flag = flag === 'lose' ? 'lost' : undefined;
}

function setDuration(world: World, broken: Broken, name: string, value_s: number | 'never' | null): void {
  if (value_s === null) {
    world.environment.unfix(name);
    delete broken.durations_s[name];
    return;
  }
  world.environment.fix(name, value_s === 'never' ? Number.POSITIVE_INFINITY : value_s * 1000);
  broken.durations_s[name] = value_s;
}

function checked(body: unknown, world: World): Wanted {
  const parsed = v.safeParse(Breakage, body);
  if (!parsed.success) {
    const said = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'the body'}: ${issue.message}`);
    throw new Refused(400, `${said.join('; ')}. Known: ${Object.keys(Breakage.entries).join(', ')}`);
  }
  const wanted = parsed.output;
  if (Object.keys(wanted).length === 0)
    throw new Refused(400, `nothing to do. Known: ${Object.keys(Breakage.entries).join(', ')}`);
  const regions = regionsOf(world);
  for (const region of [wanted.lose, wanted.wake, wanted.throttle?.region, wanted.hang?.region]) {
    if (region !== undefined && !regions.includes(region))
      throw new Refused(400, `there is no region ${region} here, only ${regions.join(' and ')}`);
  }
  const services = serviceIds(world);
  for (const service of [wanted.throttle?.service, wanted.hang?.service]) {
    if (service !== undefined && !services.includes(service))
      throw new Refused(400, `there is no service ${service} here, only ${services.join(', ')}`);
  }
  return wanted;
}

export function regionsOf(world: World): string[] {
  return [...new Set(Object.values(world.config.applications).flatMap((app) => [app.home, app.standby]))];
}

function serviceIds(world: World): string[] {
  const all = [...Object.values(world.services), world.route53, world.lambda, world.stepFunctions];
  return all.map(({ service }) => service.id).sort();
}

function matches(calls: Matching, at: FaultPoint): boolean {
  return (
    (calls.region ?? at.region) === at.region &&
    (calls.service ?? at.service) === at.service &&
    (calls.action ?? at.action) === at.action
  );
}

/** Each family of services has its own error code ("Common errors" page of each API reference). */
function throttled(service: string): { code: string; message: string; status: number } {
  switch (service) {
    case 's3':
      return { code: 'SlowDown', message: 'Please reduce your request rate.', status: 503 };
    case 'ec2':
      return { code: 'RequestLimitExceeded', message: 'Request limit exceeded.', status: 503 };
    case 'lambda':
      return { code: 'TooManyRequestsException', message: 'Rate Exceeded.', status: 429 };
    case 'rds':
    case 'elastic-load-balancing-v2':
    case 'auto-scaling':
    case 'sns':
    case 'sts':
    case 'route-53':
      return { code: 'Throttling', message: 'Rate exceeded', status: 400 };
    default:
      return { code: 'ThrottlingException', message: 'Rate exceeded', status: 400 };
  }
}
