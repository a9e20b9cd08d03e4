import * as v from 'valibot';
import type { RdsFaults } from '../../simulator/aws/services/rds/faults.ts';
import type { Rds } from '../../simulator/aws/services/rds/rds.ts';
import type { World } from '../world/world.ts';
import { Refused } from './answer.ts';

const Seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(86_400));
const kinds = v.optional(v.array(v.picklist(['failover', 'switchover'])));
const Codes = v.picklist(['InvalidGlobalClusterStateFault', 'InvalidDBClusterStateFault']);
const Nothing = v.strictObject({});

/** Faults of moves of the writer, with the names of the simulated RDS (`simulator/aws/services/rds/faults.ts`). */
const DatabaseFaults = v.strictObject({
  'failover-cancelled': v.optional(
    v.nullable(v.strictObject({ kinds, after_s: v.optional(Seconds), times: v.optional(v.number()) })),
  ),
  'failover-hangs': v.optional(v.nullable(v.strictObject({ kinds }))),
  'failover-refused': v.optional(v.nullable(v.strictObject({ kinds, code: Codes, for_s: v.optional(Seconds) }))),
  'settles-as': v.optional(
    v.nullable(
      v.strictObject({
        kinds,
        cluster: v.optional(v.string()),
        global: v.optional(v.string()),
        needsOldRegion: v.optional(v.boolean()),
      }),
    ),
  ),
  'hidden-patch-difference': v.optional(v.nullable(Nothing)),
  'detach-ends-transfer': v.optional(v.nullable(Nothing)),
});

/** What a person may do to the databases by hand; members of the body of POST /faults. */
export const DATABASE_BREAKAGE = {
  rds: v.optional(DatabaseFaults),
  /** A cluster or instance of a region, or without a region a global cluster, shows this status; null: its own again. */
  status: v.optional(
    v.strictObject({
      region: v.optional(v.string()),
      id: v.string(),
      status: v.nullable(v.string()),
      for_s: v.optional(Seconds),
      refuses: v.optional(v.boolean()),
    }),
  ),
  /** The SynchronizationStatus that a member of a global cluster shows. */
  synchronization: v.optional(v.strictObject({ region: v.string(), id: v.string(), status: v.nullable(v.string()) })),
  /** Takes back the move of a global cluster that is under way. */
  cancel_transfer: v.optional(v.string()),
  writes_through: v.optional(
    v.strictObject({
      application: v.string(),
      way: v.picklist(['global-endpoint', 'own-cluster', 'write-forwarding']),
    }),
  ),
} as const;

const Wanted = v.strictObject(DATABASE_BREAKAGE);
type Wanted = v.InferOutput<typeof Wanted>;

const everyRds = (world: World): Rds[] =>
  [world.accounts.own, ...world.accounts.others].map(({ services }) => services.rds);

/** Throws Refused for what names nothing that is there. */
export function checkDatabase(world: World, wanted: Wanted): void {
  for (const named of [wanted.status, wanted.synchronization]) {
    if (named === undefined) continue;
    const { region, id } = named;
    if (everyRds(world).some((rds) => rds.knows(region, id))) continue;
    const where = region === undefined ? 'among the global clusters' : `in ${region}`;
    throw new Refused(400, `there is no ${id} ${where}`);
  }
  const global = wanted.cancel_transfer;
  if (global !== undefined && !everyRds(world).some((rds) => rds.knows(undefined, global)))
    throw new Refused(400, `there is no global cluster ${global}`);
  const application = wanted.writes_through?.application;
  if (application !== undefined && !world.applications.some(({ name }) => name === application))
    throw new Refused(400, `there is no application ${application}`);
}

export function breakDatabase(world: World, wanted: Wanted): void {
  for (const rds of everyRds(world)) {
    setFaults(rds, wanted.rds ?? {});
    setStatus(rds, wanted);
    const global = wanted.cancel_transfer;
    if (global !== undefined && rds.knows(undefined, global)) rds.cancelTransfer(global);
  }
  const { application, way } = wanted.writes_through ?? {};
  if (way !== undefined) world.applications.find(({ name }) => name === application)?.setWritesThrough(way);
}

function setFaults(rds: Rds, wanted: NonNullable<Wanted['rds']>): void {
  for (const [name, options] of Object.entries(wanted)) {
    // The schema above has the names of RdsFaults, and no others.
    const fault = name as keyof RdsFaults;
    if (options === null) rds.faults.turnOff(fault);
    else if (options !== undefined) rds.faults.turnOn(fault, inMilliseconds(options) as RdsFaults[typeof fault]);
  }
}

/** `after_s` and `for_s` are the simulator's `after_ms` and `for_ms`. */
function inMilliseconds(options: object): object {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) =>
      name.endsWith('_s') && typeof value === 'number' ? [`${name.slice(0, -2)}_ms`, value * 1000] : [name, value],
    ),
  );
}

function setStatus(rds: Rds, { status: shown, synchronization: sync }: Wanted): void {
  if (shown !== undefined && rds.knows(shown.region, shown.id)) {
    const options = {
      ...(shown.for_s === undefined ? {} : { for_ms: shown.for_s * 1000 }),
      ...(shown.refuses === undefined ? {} : { refuses: shown.refuses }),
    };
    if (shown.region === undefined) rds.setGlobalStatus(shown.id, shown.status, options);
    else rds.setStatus(shown.region, shown.id, shown.status, options);
  }
  if (sync !== undefined && rds.knows(sync.region, sync.id)) rds.setSynchronization(sync.region, sync.id, sync.status);
}

/** What is on in any account, by name. */
export function brokenDatabase(world: World): object {
  return Object.assign({}, ...everyRds(world).map((rds) => rds.faults.on)) as object;
}
