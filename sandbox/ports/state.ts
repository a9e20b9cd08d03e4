import type { ApplicationConfig } from '../../core/config/schema.ts';
import type { Operation } from '../../core/operation.ts';
import type { RunningApplication } from '../world/applications.ts';
import type { World } from '../world/world.ts';
import { regionsOf } from './breakage.ts';

/** The true state of the world, which nobody inside can see: the answer of GET /state. */
export function stateOf(world: World, speed: number, broken: object): object {
  return {
    now: new Date(world.clock.now_ms()).toISOString(),
    speed,
    regions: Object.fromEntries(
      regionsOf(world).map((r) => [r, world.environment.regionServes(r) ? 'serves' : 'lost']),
    ),
    broken,
    applications: Object.fromEntries(world.applications.map((running) => [running.name, application(world, running)])),
    operations: world.operationIds().map((id) => ({ id, outcome: outcomeOf(world, id) })),
  };
}

function application(world: World, running: RunningApplication): object {
  const { config: app } = running;
  const [resolver = '1.1.1.1'] = app.verify.resolvers;
  const answer = world.route53.resolverAnswer(resolver, app.traffic.record, 'A', world.clock.now_ms());
  const address = answer.records.find((record) => record.type === 'A')?.data;
  return {
    home: app.home,
    standby: app.standby,
    writer: running.writerRegion() ?? null,
    writesThrough: running.writesThrough(),
    traffic: {
      record: app.traffic.record,
      resolver,
      address: address ?? null,
      region: (address && running.application.regionOf(address, world.clock.now_ms())) ?? null,
    },
    writes: Object.fromEntries([app.home, app.standby].map((region) => [region, running.application.write(region)])),
    running: Object.fromEntries(
      app.services.map((service) => [
        service.name,
        { home: count(running, service, 'home'), standby: count(running, service, 'standby') },
      ]),
    ),
  };
}

function count(
  { config: app, services: { ecs, groups } }: RunningApplication,
  service: ApplicationConfig['services'][number],
  side: 'home' | 'standby',
): number {
  return service.kind === 'ecs'
    ? ecs.runningTasks(app[side], service[side].cluster, service[side].service).length
    : groups.runningInstances(app[side], service[side].group).length;
}

function outcomeOf(world: World, id: string): string {
  const operation = world.operation(id);
  if (operation === undefined) return 'refused';
  return operation.ended?.outcome ?? 'under way';
}

/** An operation as JSON: its folded state if there is one, and the ledger's events. Task tokens are left out. */
export function operationView(world: World, id: string): object | undefined {
  const events = world.ledger().get(world.streams.op(id));
  if (events === undefined) return undefined;
  const operation = world.operation(id);
  return {
    id,
    outcome: outcomeOf(world, id),
    ...(operation === undefined ? {} : { state: plain(operation) }),
    events: events.map(({ event }) => ({ seq: event.seq, at: event.at, type: event.type })),
  };
}

function plain(operation: Operation): object {
  return {
    ...operation,
    steps: [...operation.steps.values()],
    rounds: operation.rounds.map(({ token: _, ...round }) => round),
  };
}
