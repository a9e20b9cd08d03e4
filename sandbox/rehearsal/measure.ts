import type { ApplicationConfig } from '../../core/config/schema.ts';
import type { Operation } from '../../core/operation.ts';
import type { Rds } from '../../simulator/aws/services/rds/rds.ts';
import { firstAnswered } from '../../simulator/aws/services/route-53/answers.ts';
import type { Application } from '../application/application.ts';
import { firstServedWrite } from '../application/user.ts';
import type { RunningApplication } from '../world/applications.ts';
import { waysIn } from '../world/origin.ts';
import { CHECKED_EVERY_S } from '../world/seed.ts';
import type { World } from '../world/world.ts';
import { type Span, total_ms, union, without } from './spans.ts';

/** What the simulator knows and the product cannot: the truth of this seed. */
export interface Truth {
  /** From zero to the first write that a user behind a configured resolver got served, sampled each second. */
  readonly rto_s: number | null;
  /** Commits that the new writer never got, in seconds of writing. */
  readonly loss_s: number | null;
  /** The fastest possible run after the approval, with the durations that this seed drew. */
  readonly lowerBound_s: number | null;
}

/** Notes when the standby's capacity is up, which only continuous watching can tell. */
export function watchCapacity(
  world: World,
  running: RunningApplication,
): { readonly upAt_ms: () => number | undefined } {
  let up: number | undefined;
  const look = (): void => {
    if (up === undefined && capacityIsUp(running)) up = world.clock.now_ms();
    world.clock.after(1_000, look);
  };
  look();
  return { upAt_ms: () => up };
}

function capacityIsUp({ config: app, services }: RunningApplication): boolean {
  const { ecs, groups, elb } = services;
  return app.services.every((service) => {
    const ids =
      service.kind === 'ecs'
        ? ecs.runningTasks(app.standby, service.standby.cluster, service.standby.service).map((task) => task.ip)
        : groups.runningInstances(app.standby, service.standby.group).map((instance) => instance.id);
    const { targetGroupArn } = service.standby;
    const healthy = targetGroupArn === undefined ? ids : elb.healthyTargets(targetGroupArn);
    return ids.length >= service.active.desired && healthy.length >= service.active.desired;
  });
}

export function measure(
  world: World,
  running: RunningApplication,
  operation: Operation | undefined,
  zero_ms: number,
  upAt_ms: number | undefined,
): Truth {
  const { config: app, application } = running;
  const { database } = app;
  const until_ms = world.clock.now_ms();
  const [resolver = ''] = app.verify.resolvers;
  const user = { application, host: app.traffic.record, resolve: world.route53.resolverAnswer };
  const moved = operation?.steps.get('verify')?.status === 'done';
  const from_ms = world.environment.regionServes(app.home)
    ? firstOutage_ms(user, resolver, zero_ms, until_ms)
    : zero_ms;
  const write = moved ? firstServedWrite(user, { resolver, after_ms: from_ms, until_ms }) : undefined;
  return {
    rto_s: write === undefined ? null : seconds(write.at_ms - zero_ms),
    loss_s: database.kind === 'none' || !moved ? null : seconds(lost_ms(running, database.globalCluster)),
    lowerBound_s: operation === undefined || !moved ? null : lowerBound_s(world, running, operation, upAt_ms),
  };
}

interface LossLinks {
  readonly application: Pick<Application, 'regions' | 'servedBy'>;
  readonly services: { readonly rds: Pick<Rds, 'writerChanges' | 'heldBy'> };
}

/**
 * Rows that users were told are written and that are not on the volume of the newest writer, in milliseconds of serving:
 * whoever committed them and whenever, also behind a move that left two writers, and whichever region's tasks took them.
 * Both regions' tasks may write to one database at once: that is one loss, not two.
 */
export function lost_ms({ application, services }: LossLinks, globalCluster: string): number {
  const survivor = services.rds.writerChanges(globalCluster).at(-1)?.toArn;
  if (survivor === undefined) return 0;
  const held = services.rds.heldBy(survivor);
  return application.regions.reduce((sum_ms, { region }) => {
    const kept: Span[] = held.filter(({ clusterArn }) => clusterArn.split(':')[3] === region);
    return sum_ms + total_ms(without(union(application.servedBy(region)), kept));
  }, 0);
}

/** In a planned move users are served until the writer moves: what counts is the first write served by the standby. */
function firstOutage_ms(
  user: Parameters<typeof firstServedWrite>[0],
  resolver: string,
  zero_ms: number,
  until_ms: number,
): number {
  let last_ms = zero_ms;
  for (let at_ms = zero_ms; at_ms <= until_ms; at_ms += 1_000) {
    const address = user.resolve(resolver, user.host, 'A', at_ms).records.find((record) => record.type === 'A')?.data;
    const region = address && user.application.regionOf(address, at_ms);
    if (region === user.application.regions[1]?.region) return at_ms;
    last_ms = at_ms;
  }
  return last_ms;
}

/** fence bound + max(database, scale-out) + replaced tasks + propagation + the verification's own minimum, as this seed drew them. */
function lowerBound_s(
  world: World,
  running: RunningApplication,
  operation: Operation,
  upAt_ms: number | undefined,
): number {
  const { config: app } = running;
  const votedAt_ms = Date.parse(operation.rounds.findLast((r) => r.decision?.what === 'approved')?.decision?.at ?? '');
  const fence_s = !operation.plan.forced ? 0 : operation.facts.verdict === 'lost' ? 3 : fenceTook_s(operation);
  const scale_s = upAt_ms === undefined ? 0 : Math.max(0, seconds(upAt_ms - votedAt_ms));
  const database_s = databaseDrawn_s(world, running, operation);
  const both_s = operation.plan.forced ? Math.max(database_s, scale_s) : scale_s + database_s;
  const { inARow, every_s } = app.verify;
  const led_s = Math.max(propagation_s(world, app, operation), toldAfter_s(running, operation));
  return round(fence_s + both_s + replaced_s(world, app, operation) + led_s + (inARow - 1) * every_s);
}

/**
 * How long the tasks took to start that replace those from before the promotion. Tasks that were begun in the same instant
 * started together; a service whose tasks can only be stopped one by one has each wait for the one before.
 */
function replaced_s(world: World, app: ApplicationConfig, operation: Operation): number {
  const promotedAt = operation.steps.get('promote-database')?.endedAt;
  if (!app.restartTasks || promotedAt === undefined) return 0;
  const took = app.services.map((service) => {
    if (service.kind !== 'ecs') return 0;
    const { cluster, service: name, targetGroupArn } = service.standby;
    const batches = new Map<number, number>();
    for (const task of world.services.ecs.runningTasks(app.standby, cluster, name)) {
      if (task.created_ms < Date.parse(promotedAt)) continue;
      const start_ms = task.started_ms - task.created_ms;
      batches.set(task.created_ms, Math.max(batches.get(task.created_ms) ?? 0, start_ms));
    }
    const checked_s = targetGroupArn === undefined ? 0 : CHECKED_EVERY_S;
    return [...batches.values()].reduce((sum_s, start_ms) => sum_s + seconds(start_ms) + checked_s, 0);
  });
  return Math.max(0, ...took);
}

/** From the promotion until a person gave the application its new database address, where one had to. */
function toldAfter_s(running: RunningApplication, operation: Operation): number {
  const told_ms = running.databaseEndpointUsedAt_ms();
  const promotedAt = operation.steps.get('promote-database')?.endedAt;
  return told_ms === undefined || promotedAt === undefined ? 0 : seconds(told_ms - Date.parse(promotedAt));
}

/** A home that answers is fenced when its tasks have stopped, or the bound is over. */
function fenceTook_s(operation: Operation): number {
  const step = operation.steps.get('fence-home');
  return step?.endedAt === undefined ? 0 : Math.min(15, seconds(Date.parse(step.endedAt) - Date.parse(step.startedAt)));
}

function databaseDrawn_s(world: World, running: RunningApplication, operation: Operation): number {
  const { method } = operation.plan.database;
  const drawn = (name: string): number => world.environment.drawn(`rds.${name}`).at(-1) ?? 0;
  switch (method) {
    // A failover is over when the target is the writer; a switchover when the global cluster is available too.
    case 'switchover':
      return seconds(drawn(method) + drawn('switchover-settle-global'));
    case 'failover':
      return (
        givenUp_s(running, operation) + retried_s(running, operation) + tookAws_s(running, operation, drawn(method))
      );
    case 'detach':
      return seconds(Math.max(drawn('detach'), drawn('detach-leave')));
    case 'adopt':
      return adopted_s(running, operation);
    default:
      return 0;
  }
}

/** From the call that AWS took until the writer moved: as drawn, or longer where it hung. */
function tookAws_s({ services }: RunningApplication, { plan, steps }: Operation, drawn_ms: number): number {
  if (plan.database.method === 'none') return 0;
  const change = services.rds.writerChanges(plan.database.globalCluster).at(-1);
  const took = steps.get('promote-database')?.acted.findLast((act) => act.acceptedAt !== undefined);
  const real_ms =
    change === undefined || took?.acceptedAt === undefined ? 0 : change.at_ms - Date.parse(took.acceptedAt);
  return seconds(Math.max(drawn_ms, real_ms));
}

/** A failover that AWS took back: until it had done so, and until people then said to call it again. */
function retried_s({ services }: RunningApplication, operation: Operation): number {
  const step = operation.steps.get('promote-database');
  if (step?.cancelled === undefined || step.resumedAt === undefined) return 0;
  const failed = services.rds.events().findLast((event) => event.id === 'RDS-EVENT-0239');
  const thought_ms = Date.parse(step.resumedAt) - Date.parse(step.cancelled.at);
  return failed === undefined ? 0 : seconds(Math.max(0, failed.at_ms - approvedAt_ms(operation) + thought_ms));
}

/** What was left, after the approval, of a failover that somebody else began. */
function adopted_s({ services }: RunningApplication, operation: Operation): number {
  const { plan } = operation;
  if (plan.database.method !== 'adopt') return 0;
  const change = services.rds.writerChanges(plan.database.globalCluster).at(-1);
  return change === undefined ? 0 : Math.max(0, seconds(change.at_ms - approvedAt_ms(operation)));
}

const approvedAt_ms = ({ rounds }: Operation): number =>
  Date.parse(rounds.findLast((r) => r.decision?.what === 'approved')?.decision?.at ?? '');

/** Aurora takes no failover before it has given up a switchover of its own. */
function givenUp_s({ services }: RunningApplication, operation: Operation): number {
  const cancelled = services.rds.events().findLast((event) => event.id === 'RDS-EVENT-0186');
  return cancelled === undefined ? 0 : Math.max(0, seconds(cancelled.at_ms - approvedAt_ms(operation)));
}

/** From the switch (the flag, the record) to the last configured resolver that answers the standby. */
function propagation_s(world: World, app: ApplicationConfig, operation: Operation): number {
  const [switched] = operation.steps.get('switch-traffic')?.acted ?? [];
  if (switched === undefined) return 0;
  const after_ms = Date.parse(switched.at);
  const application = world.applications.find((a) => a.config === app)?.application;
  if (application === undefined) return 0;
  const { view, resolvers, data } = waysIn(world.route53.view, application, app.standby, app.verify.resolvers);
  const wanted = { name: app.traffic.record, type: 'A', data, after_ms, until_ms: world.clock.now_ms() };
  const instants = resolvers.map((resolver) => firstAnswered(view, resolver, wanted) ?? after_ms);
  return seconds(Math.max(...instants) - after_ms);
}

const seconds = (ms: number): number => round(ms / 1000);
export const round = (value: number): number => Math.round(value * 1000) / 1000;
