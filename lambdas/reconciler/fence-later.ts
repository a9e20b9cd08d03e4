import { toZero } from '../../core/capacity.ts';
import type { ApplicationConfig, WorkerConfig } from '../../core/config/schema.ts';
import { isUnfenced, newestFence, owner } from '../../core/fence.ts';
import type { EventData } from '../../core/ledger.ts';
import type { Operation } from '../../core/operation.ts';
import type { Fence } from '../../core/steps/fence-home.ts';
import { capacityClient } from '../adapters/capacity.ts';
import { bestEffort } from '../adapters/clients.ts';
import { attempt } from '../adapters/errors.ts';
import { inAccountOf } from '../adapters/reach.ts';
import { type WorkerObserved, workerClient } from '../adapters/workers.ts';
import { capacityChange } from '../steps/capacity-change.ts';
import { judgeFence, type Seen } from '../steps/fence-home.ts';
import { isStillNewest, type ReconcilerWorld, type Watch } from './world.ts';

/** Home is given this long for each look and each change. */
const HOME_CALL_MS = 3_000;

export interface HomeSeen {
  readonly services: readonly Seen[];
  readonly workers: readonly { readonly worker: WorkerConfig; readonly state: WorkerObserved | undefined }[];
}

/** One thing of home's to be stopped, and how. */
type FenceChange = EventData['fence-acting'] &
  (
    | { readonly kind: 'service'; readonly name: string; readonly capacity: NonNullable<ReturnType<typeof toZero>> }
    | { readonly kind: 'worker'; readonly name: string }
  );

export interface FenceDecision {
  readonly changes: readonly FenceChange[];
  readonly fence: Fence;
  readonly detail: string;
}

/**
 * Home's tasks, crons and consumers wake up when the region does. Whatever a forced move left unfenced is asked for
 * every minute and stopped as soon as home answers, until nothing of it is seen to run, or until a later operation owns
 * the application.
 */
export async function fenceLater(watch: Watch, world: ReconcilerWorld): Promise<void> {
  const operation = owner(watch.recent);
  if (operation === undefined || !isUnfenced(operation)) return;
  const decision = decideFenceLater(await seeHome(watch.app, operation), operation, watch.app);
  const acted = await stop(decision.changes, operation, watch, world);
  const before = newestFence(operation);
  // Only what is new: a home that stays silent is not reported again every minute.
  if (before?.later === true && before.fence === decision.fence) return;
  if (before?.fence === 'unreachable' && decision.fence === 'unreachable') return;
  if (decision.changes.length > 0 && !acted) return;
  await world.ledger.append(world.ledger.op(operation.id), () => ({
    type: 'fence-observed',
    by: 'muster:reconciler',
    data: { fence: decision.fence, detail: decision.detail },
  }));
}

async function seeHome(app: ApplicationConfig, operation: Operation): Promise<HomeSeen> {
  const { from } = operation.plan;
  const reach = inAccountOf(app, bestEffort(HOME_CALL_MS));
  const capacity = capacityClient(from, 'home', reach);
  const workersAtHome = workerClient(from, 'home', reach);
  const [services, workers] = await Promise.all([
    Promise.all(app.services.map((service) => attempt(capacity.observe(service)))),
    Promise.all(
      app.workers.map(async (worker) => {
        const state = await attempt(workersAtHome.observe(worker));
        return { worker, state: state.ok ? state.value : undefined };
      }),
    ),
  ]);
  return { services, workers };
}

/** What to stop now, and what may be said of home as it was seen. `fenced` only when nothing is left to stop. Pure. */
export function decideFenceLater(seen: HomeSeen, operation: Operation, app: ApplicationConfig): FenceDecision {
  const { from } = operation.plan;
  const services = app.services.flatMap((service, index): FenceChange[] => {
    const one = seen.services[index];
    const capacity = one?.ok ? toZero(one.value) : undefined;
    if (!one?.ok || capacity === undefined) return [];
    const { says, change } = capacityChange(service, one.value, capacity);
    return change === undefined ? [] : [{ kind: 'service', name: service.name, capacity, action: says, change }];
  });
  const workers = seen.workers.flatMap(({ worker, state }): FenceChange[] => {
    // What Muster may not switch is for people to fix: it is named in the detail, and tried as soon as it may be.
    if (state?.state !== 'enabled' || state.barred !== undefined) return [];
    const change = { resource: `${worker.kind} ${worker.name}`, region: from, before: state.raw, after: 'disabled' };
    return [{ kind: 'worker', name: worker.name, action: `disable ${worker.kind} ${worker.name} in ${from}`, change }];
  });
  const changes = [...services, ...workers];
  const fence = judgeHome(seen, changes.length);
  return { changes, fence, detail: sayHome(fence, from, seen) };
}

function judgeHome(seen: HomeSeen, changesLeft: number): Fence {
  const workersSeen = seen.workers.some(({ state }) => state !== undefined);
  // Nothing to look at proves nothing.
  const verdict = seen.services.length > 0 || workersSeen ? judgeFence(seen.services) : 'unreachable';
  const workersStill = seen.workers.every(({ state }) => state?.state === 'disabled');
  if (verdict === 'fenced') return changesLeft === 0 && workersStill ? 'fenced' : 'draining';
  if (verdict === 'unreachable') return 'unreachable';
  // Everything answered: it was set to 0 just now, or is still on its way there.
  return seen.services.every((one) => one.ok) ? 'draining' : 'unknown';
}

function sayHome(fence: Fence, from: string, seen: HomeSeen): string {
  const running = seen.services.flatMap((one) =>
    one.ok && one.value.running > 0 ? [`${one.value.name} ${one.value.running}`] : [],
  );
  const working = seen.workers.flatMap(({ worker, state }) => {
    if (state?.state === 'disabled') return [];
    return [state?.barred === undefined ? worker.name : `${worker.name} (${state.barred})`];
  });
  const what = [...running, ...working].join(', ');
  switch (fence) {
    case 'fenced':
      return `nothing of it runs in ${from} any more`;
    case 'draining':
      return `${from} answers again and is being stopped${what === '' ? '' : `; still at work: ${what}`}`;
    case 'unreachable':
      return `${from} does not answer: its tasks may wake up with it`;
    case 'unknown':
      return `${from} answers only in part: what runs there is not known`;
  }
}

/** False: the application has a new owner, and nothing was touched. */
async function stop(
  changes: readonly FenceChange[],
  operation: Operation,
  watch: Watch,
  world: ReconcilerWorld,
): Promise<boolean> {
  if (changes.length === 0) return false;
  for (const { action, change } of changes) {
    // Written before it is done, with what was there; a second try of the same change needs no second entry.
    if (operation.fenceActed.some((done) => done.action === action)) continue;
    await world.ledger.append(world.ledger.op(operation.id), () => ({
      type: 'fence-acting',
      by: 'muster:reconciler',
      data: { action, change },
    }));
  }
  // A failback takes the lock first and makes its changes afterwards: whichever comes second sees the other.
  if (!(await isStillNewest(world.ledger, watch))) return false;
  await Promise.all(changes.map((change) => attempt(perform(change, operation, watch.app, world.now_ms))));
  return true;
}

async function perform(
  change: FenceChange,
  operation: Operation,
  app: ApplicationConfig,
  now_ms: number,
): Promise<void> {
  const { from } = operation.plan;
  const reach = inAccountOf(app, bestEffort(HOME_CALL_MS));
  if (change.kind === 'service') {
    const service = app.services.find((one) => one.name === change.name);
    if (service === undefined) return;
    await capacityClient(from, 'home', reach).set(service, change.capacity);
    return;
  }
  const worker = app.workers.find((one) => one.name === change.name);
  if (worker !== undefined) await workerClient(from, 'home', reach).set(worker, false, now_ms);
}
