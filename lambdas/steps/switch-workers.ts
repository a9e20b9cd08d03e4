import type { WorkerConfig } from '../../core/config/schema.ts';
import { switchWorkers as definition, type WorkersData } from '../../core/steps/switch-workers.ts';
import type { Observed } from '../../core/topology.ts';
import { bestEffort, NEEDED } from '../adapters/clients.ts';
import { attempt, type Failure } from '../adapters/errors.ts';
import { inAccountOf } from '../adapters/reach.ts';
import { type WorkerObserved, workerClient } from '../adapters/workers.ts';
import type { Decision, Step, StepChange, StepContext } from '../runner/step.ts';

/** What home says of a worker; `not-asked`: its time is used up. */
export type HomeSeen =
  | { readonly kind: 'seen'; readonly value: WorkerObserved }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'not-asked' };

export interface WorkerSeen {
  readonly worker: WorkerConfig;
  readonly standby: Observed<WorkerObserved>;
  readonly home: HomeSeen;
}

export interface WorkerAction {
  readonly worker: string;
  readonly side: 'home' | 'standby';
  readonly enabled: boolean;
}

/** Home is given this long in all, from the step's start. */
const HOME_BOUND_S = 3;
/** Once home has answered, one call more costs at most this. */
const HOME_CALL_MS = 1_000;

/**
 * What must work in one region only works in the standby from here on: home's is disabled first, as far as home answers
 * within its bound, then the standby's is enabled. What stays enabled at home, or idle in the standby, is named,
 * never assumed away; no worker keeps users waiting.
 */
export const switchWorkers: Step<readonly WorkerSeen[], WorkerAction, WorkersData> = {
  definition,
  limit_s: () => 2 * 60,
  atLimit: 'go-on',
  observe: async (context) => {
    const standby = workerClient(context.operation.plan.to, 'standby', inAccountOf(context.app, NEEDED));
    const patience_ms = homePatience_ms(context);
    const home = workerClient(context.operation.plan.from, 'home', inAccountOf(context.app, bestEffort(patience_ms)));
    return Promise.all(
      context.app.workers.map(async (worker) => {
        const [there, here] = await Promise.all([
          attempt(standby.observe(worker)),
          patience_ms === 0 ? undefined : attempt(home.observe(worker)),
        ]);
        return {
          worker,
          standby: there.ok ? { known: true, value: there.value } : { known: false, why: there.failure.text },
          home: homeSeen(here),
        };
      }),
    );
  },
  decide: decideWorkers,
  perform: async (action, context) => {
    const worker = context.app.workers.find((w) => w.name === action.worker);
    if (worker === undefined) throw new Error(`muster.yaml no longer has the worker ${action.worker}`);
    const { from, to } = context.operation.plan;
    if (action.side === 'standby') {
      await workerClient(to, 'standby', inAccountOf(context.app, NEEDED)).set(worker, action.enabled, context.now_ms);
      return;
    }
    // Best effort: what home makes of it is seen in the next look; nothing here may hold up the standby.
    const home = workerClient(from, 'home', inAccountOf(context.app, bestEffort(HOME_CALL_MS)));
    await attempt(home.set(worker, action.enabled, context.now_ms));
  },
};

function homeSeen(result: Awaited<ReturnType<typeof attempt<WorkerObserved>>> | undefined): HomeSeen {
  if (result === undefined) return { kind: 'not-asked' };
  return result.ok ? { kind: 'seen', value: result.value } : { kind: 'failed', failure: result.failure };
}

/** How long one call to home may take; 0: home is not asked any more. */
export function homePatience_ms(context: Pick<StepContext, 'state' | 'elapsed_s' | 'operation'>): number {
  const left_s = HOME_BOUND_S - context.elapsed_s;
  if (left_s > 0) return Math.round(Math.max(0.5, left_s) * 1000);
  return triedAtHome(context) ? HOME_CALL_MS : 0;
}

const triedAtHome = (context: Pick<StepContext, 'state' | 'operation'>): boolean =>
  context.state?.acted.some((done) => done.change?.region === context.operation.plan.from) === true;

export function decideWorkers(
  seen: readonly WorkerSeen[],
  context: Pick<StepContext, 'operation' | 'state' | 'elapsed_s'>,
): Decision<WorkerAction, WorkersData> {
  const { from, to } = context.operation.plan;
  const atHome = seen.flatMap(({ worker, home }) =>
    home.kind === 'seen' && mustChange('enabled', home.value) ? [workerChange(worker, 'home', from, home.value)] : [],
  );
  const tried = (change: StepChange<WorkerAction>): boolean =>
    context.state?.acted.some((done) => done.action === change.says) === true;
  const untried = atHome.filter((change) => !tried(change));
  const inTime = context.elapsed_s < HOME_BOUND_S;
  // Home first, once: wherever home answers, a worker works in one region only.
  if (inTime && untried.length > 0) return { do: 'change', changes: untried };
  const there = seen.flatMap(({ worker, standby }) =>
    standby.known && mustChange('disabled', standby.value) ? [workerChange(worker, 'standby', to, standby.value)] : [],
  );
  if (there.length > 0) return { do: 'change', changes: inTime ? [...there, ...atHome] : there };
  const waiting = seen.flatMap(({ worker, standby }) => {
    if (!standby.known) return [`${worker.name} in ${to} cannot be seen (${standby.why})`];
    const isSettled = standby.value.state === 'enabled' || standby.value.barred !== undefined;
    return isSettled ? [] : [`${worker.name} in ${to} is ${standby.value.raw}`];
  });
  if (waiting.length > 0) return { do: 'wait', why: waiting.join('; ') };
  return finished(seen, context);
}

/** It is in the state that must change, and can be changed. */
const mustChange = (state: WorkerObserved['state'], seen: WorkerObserved): boolean =>
  seen.state === state && seen.barred === undefined;

/**
 * The standby's are enabled, but for those that only people can fix. What home's do is reported as it was seen last.
 */
function finished(
  seen: readonly WorkerSeen[],
  context: Pick<StepContext, 'operation' | 'state'>,
): Decision<WorkerAction, WorkersData> {
  const { from, to } = context.operation.plan;
  const stranded = seen.flatMap(({ worker, home }) => {
    const why = strandedWhy(home);
    return why === undefined ? [] : [{ worker: worker.name, why }];
  });
  const idle = seen.flatMap(({ worker, standby }) =>
    standby.known && standby.value.state !== 'enabled'
      ? [{ worker: worker.name, why: standby.value.barred ?? standby.value.raw }]
      : [],
  );
  const enabled = seen.filter(({ worker }) => !idle.some((one) => one.worker === worker.name));
  const works = `${enabled.map(({ worker }) => worker.name).join(', ') || 'none'} enabled in ${to}`;
  const listed = (list: typeof idle): string => list.map(({ worker, why }) => `${worker} (${why})`).join(', ');
  if (stranded.length > 0 || idle.length > 0) {
    const notThere = idle.length === 0 ? '' : `; NOT WORKING in ${to}: ${listed(idle)}`;
    const stillHere =
      stranded.length === 0
        ? ''
        : `; not known to be disabled in ${from}: ${listed(stranded)}. They may work in both regions once it wakes up`;
    return {
      do: 'done',
      outcome: 'unconfirmed',
      detail: `${works}${notThere}${stillHere}`,
      data: { stranded, idle },
    };
  }
  const acted = (context.state?.acted.length ?? 0) > 0;
  return {
    do: 'done',
    outcome: acted ? 'done' : 'adopted',
    detail: `${works}, disabled in ${from}`,
    data: { stranded, idle },
  };
}

function strandedWhy(home: HomeSeen): string | undefined {
  switch (home.kind) {
    case 'not-asked':
      return 'home was not reached';
    case 'failed':
      return home.failure.kind === 'silent' ? 'home was not reached' : home.failure.text;
    case 'seen':
      // On its way out is out: Lambda has accepted it.
      if (home.value.state === 'disabled' || home.value.raw === 'Disabling') return undefined;
      return [home.value.raw, home.value.barred].filter((word) => word !== undefined).join(': ');
  }
}

function workerChange(
  worker: WorkerConfig,
  side: WorkerAction['side'],
  region: string,
  before: WorkerObserved,
): StepChange<WorkerAction> {
  const enabled = side === 'standby';
  return {
    action: { worker: worker.name, side, enabled },
    says: `${enabled ? 'enable' : 'disable'} ${worker.kind} ${worker.name} (${identify(worker, side)}) in ${region}`,
    change: {
      resource: `${worker.kind} ${worker.name}`,
      region,
      before: before.raw,
      after: enabled ? 'enabled' : 'disabled',
    },
  };
}

function identify(worker: WorkerConfig, side: WorkerAction['side']): string {
  switch (worker.kind) {
    case 'eventbridge-rule':
      return `${worker[side].bus}/${worker[side].name}`;
    case 'schedule':
      return `${worker[side].group}/${worker[side].name}`;
    case 'event-source-mapping':
      return worker[side].uuid;
  }
}
