import * as v from 'valibot';
import { canBeStale } from '../../simulator/aws/stale-reads.ts';
import { API_FAILURES, failCalls } from '../world/api-faults.ts';
import type { World } from '../world/world.ts';
import { Refused } from './answer.ts';
import { breakDatabase, brokenDatabase, checkDatabase, DATABASE_BREAKAGE } from './database-breakage.ts';

/** Selects calls of the AWS APIs: those that match every member given. */
const Calls = v.strictObject({
  region: v.optional(v.string()),
  /** As in call records: `rds`, `route-53`. */
  service: v.optional(v.string()),
  action: v.optional(v.string()),
});
const Share = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
const Duration = v.union([v.pipe(v.number(), v.minValue(0), v.maxValue(86_400)), v.literal('never'), v.null()]);

/** Names that the simulated services draw their durations by. */
export const DURATIONS = [
  'rds.switchover',
  'rds.failover',
  'rds.failover-settle-cluster',
  'rds.failover-settle-global',
  'rds.switchover-settle-cluster',
  'rds.switchover-settle-global',
  'rds.write-fence',
  'rds.global-dns',
  'rds.detach',
  'rds.rejoin',
  'rds.resync',
  'ecs.task-start',
  'ecs.task-stop',
  'ec2.instance-start',
  'ec2.instance-stop',
  'scaling.scheduled-action',
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
  /** A share of calls fails, while everything behind the APIs is well. */
  fail: v.optional(v.nullable(v.strictObject({ ...Calls.entries, share: Share, how: v.picklist(API_FAILURES) }))),
  /** The names of a region's API endpoints do not resolve. */
  names: v.optional(v.strictObject({ region: v.string(), as: v.nullable(v.picklist(['not-found', 'servfail'])) })),
  /** The application answers so by itself. */
  application: v.optional(
    v.strictObject({
      name: v.string(),
      region: v.string(),
      status: v.nullable(v.picklist([500, 502, 503, 504])),
      share: v.optional(Share),
    }),
  ),
  flag: v.optional(v.picklist(['lose', 'wake'])),
  durations_s: v.optional(v.record(v.picklist(DURATIONS), Duration)),
  /** Reads of a service go on showing the state before a write for so long. */
  stale_reads: v.optional(
    v.strictObject({
      service: v.string(),
      seconds: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(3_600))),
    }),
  ),
  ...DATABASE_BREAKAGE,
});

type Wanted = v.InferOutput<typeof Breakage>;
type Matching = v.InferOutput<typeof Calls>;

/** What is broken now, as it was requested, beyond what the simulated services keep themselves. */
interface Broken {
  slack: NonNullable<Wanted['slack']> | undefined;
  throttle: Matching | undefined;
  hang: Matching | undefined;
  fail: Wanted['fail'];
  /** By region. */
  names: Record<string, 'not-found' | 'servfail'>;
  /** By application and region, the status. */
  applications: Record<string, number>;
  flag: 'lost' | undefined;
  durations_s: Record<string, number | 'never'>;
}

export interface Breaker {
  /** What is broken now. */
  broken(): object;
  /** Breaks or fixes what the body says, all of it or nothing. Throws Refused. */
  apply(body: unknown): void;
}

/** Breaks the world for the control port, with the same faults that scenarios use. */
export function createBreaker(world: World): Breaker {
  const broken: Broken = {
    slack: undefined,
    throttle: undefined,
    hang: undefined,
    fail: undefined,
    names: {},
    applications: {},
    flag: undefined,
    durations_s: {},
  };
  // One fault of each kind at a time; the newest request replaces the one before.
  const undo: { [kind in 'throttle' | 'hang' | 'fail']?: (() => void) | undefined } = {};
  const fault = (kind: 'throttle' | 'hang' | 'fail', wanted: Parameters<typeof failCalls>[1] | null): void => {
    undo[kind]?.();
    undo[kind] = wanted === null ? undefined : failCalls(world, wanted, `control/${kind}`);
  };
  return {
    broken: () => ({
      ...Object.fromEntries(Object.entries(broken).filter(([, what]) => what !== undefined)),
      stale_reads: world.staleReads.on,
      rds: brokenDatabase(world),
    }),
    apply: (body) => {
      const wanted = checked(body, world);
      if (wanted.lose !== undefined) world.lose(wanted.lose);
      if (wanted.wake !== undefined) world.wake(wanted.wake);
      if (wanted.slack !== undefined) {
        broken.slack = wanted.slack ?? undefined;
        world.slack.faults.set(broken.slack);
      }
      if (wanted.throttle !== undefined) {
        broken.throttle = wanted.throttle ?? undefined;
        fault('throttle', wanted.throttle && { ...wanted.throttle, how: 'throttle' });
      }
      if (wanted.hang !== undefined) {
        broken.hang = wanted.hang ?? undefined;
        fault('hang', wanted.hang && { ...wanted.hang, how: 'hang' });
      }
      if (wanted.fail !== undefined) {
        broken.fail = wanted.fail ?? undefined;
        fault('fail', wanted.fail);
      }
      if (wanted.names !== undefined) setNames(world, broken, wanted.names);
      if (wanted.application !== undefined) setApplication(world, broken, wanted.application);
      if (wanted.flag !== undefined) setFlag(world, broken, wanted.flag);
      for (const [name, value] of Object.entries(wanted.durations_s ?? {})) setDuration(world, broken, name, value);
      const stale = wanted.stale_reads;
      if (stale !== undefined) world.staleReads.set(stale.service, stale.seconds ?? undefined);
      breakDatabase(world, wanted);
    },
  };
}

function setFlag(world: World, broken: Broken, flag: 'lose' | 'wake'): void {
  if (flag === 'lose') world.flag.kill();
  else world.flag.revive();
  broken.flag = flag === 'lose' ? 'lost' : undefined;
}

function setNames(world: World, broken: Broken, { region, as }: NonNullable<Wanted['names']>): void {
  world.network.faults.setRegionNames(region, as ?? undefined);
  if (as === null) delete broken.names[region];
  else broken.names[region] = as;
}

function setApplication(world: World, broken: Broken, wanted: NonNullable<Wanted['application']>): void {
  const { name, region, status, share } = wanted;
  const running = world.applications.find((one) => one.name === name);
  running?.fail(region, status === null ? undefined : { status, ...(share === undefined ? {} : { share }) });
  if (status === null) delete broken.applications[`${name} in ${region}`];
  else broken.applications[`${name} in ${region}`] = status;
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
  const { lose, wake, throttle, hang, fail, names, application } = wanted;
  const named = [lose, wake, throttle?.region, hang?.region, fail?.region, names?.region, application?.region];
  for (const region of named) {
    if (region !== undefined && !regions.includes(region))
      throw new Refused(400, `there is no region ${region} here, only ${regions.join(' and ')}`);
  }
  const services = serviceIds(world);
  for (const service of [throttle?.service, hang?.service, fail?.service, wanted.stale_reads?.service]) {
    if (service !== undefined && !services.includes(service))
      throw new Refused(400, `there is no service ${service} here, only ${services.join(', ')}`);
  }
  const known = world.applications.map(({ name }) => name);
  if (application !== undefined && !known.includes(application.name))
    throw new Refused(400, `there is no application ${application.name} here, only ${known.join(', ')}`);
  const stale = wanted.stale_reads?.service;
  if (stale !== undefined && !canBeStale(stale)) throw new Refused(400, `reads of ${stale} are never stale`);
  checkDatabase(world, wanted);
  return wanted;
}

export function regionsOf(world: World): string[] {
  return [...new Set(Object.values(world.config.applications).flatMap((app) => [app.home, app.standby]))];
}

function serviceIds(world: World): string[] {
  const all = [...Object.values(world.services), world.route53, world.lambda, world.stepFunctions];
  return all.map(({ service }) => service.id).sort();
}
