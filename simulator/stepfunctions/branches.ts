import type { HistoryEventType } from '@aws-sdk/client-sfn';
import { type Machine, type MapState, type ParallelState, StateError } from './asl.ts';
import { itemProcessor } from './definition.ts';
import { isArray, type Json, type JsonObject } from './json.ts';
import { branchOf, causeIn, inState, type Line, limited, record, sight, visitOf } from './line.ts';
import { fill, select } from './template.ts';

type Walk = (line: Line, machine: Machine, input: Json) => Promise<Json>;

/** How the branches of one state differ: by what they run, and by the events around an iteration. */
interface Fork {
  readonly count: number;
  readonly concurrency: number;
  /** Starts branch `i`, whose first event follows event `previous`. */
  readonly open: (i: number, previous: number) => Line;
  readonly body: (branch: Line, i: number) => Promise<Json>;
  /** Notes how branch `i` ended, after event `previous`. */
  readonly close: (i: number, how: 'Succeeded' | 'Failed' | 'Aborted', previous: number) => void;
}

/** One attempt of a Parallel state: every branch gets a copy of the input, the output is the array of their outputs. */
export async function attemptParallel(line: Line, state: ParallelState, input: Json, walk: Walk): Promise<Json> {
  const template = state.Parameters;
  const value = template === undefined ? input : inState(line, () => fill(template, sight(line, input)));
  limited(visitOf(line).name, value);
  record(line, 'ParallelStateStarted');
  const results = await fork(line, {
    count: state.Branches.length,
    concurrency: state.Branches.length,
    open: () => branchOf(line),
    body: (branch, i) => walk(branch, at(state.Branches, i), value),
    close: () => undefined,
  });
  line.run.history.add('ParallelStateSucceeded', line.previous);
  return results;
}

/** Inline mode runs at most 40 iterations at once: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html */
const MAX_ITERATIONS_AT_ONCE = 40;

/** One attempt of an inline Map state. */
export async function attemptMap(line: Line, state: MapState, input: Json, walk: Walk): Promise<Json> {
  const name = visitOf(line).name;
  const concurrency = inState(line, () => concurrencyOf(line, state, input));
  const items = inState(line, () => select(state.ItemsPath, sight(line, input)));
  if (!isArray(items)) throw runtime(line, `Reference path "${state.ItemsPath ?? '$'}" must point to array.`);
  const machine = itemProcessor(state);
  const selector = state.ItemSelector ?? state.Parameters;
  const { history } = line.run;
  record(line, 'MapStateStarted', { mapStateStartedEventDetails: { length: items.length } });
  const results = await fork(line, {
    count: items.length,
    concurrency: Math.min(concurrency || MAX_ITERATIONS_AT_ONCE, MAX_ITERATIONS_AT_ONCE),
    open: (i, previous) => {
      const branch = branchOf(line, { Item: { Index: i, Value: at(items, i) } });
      branch.previous = history.add('MapIterationStarted', previous, {
        mapIterationStartedEventDetails: { name, index: i },
      });
      return branch;
    },
    body: async (branch, i) => walk(branch, machine, itemInput(line, selector, input, branch.map, at(items, i))),
    close: (i, how, previous) => {
      history.add(`MapIteration${how}`, previous, { [`mapIteration${how}EventDetails`]: { name, index: i } });
    },
  });
  history.add('MapStateSucceeded', line.previous);
  return results;
}

function itemInput(
  line: Line,
  selector: JsonObject | undefined,
  input: Json,
  map: JsonObject | undefined,
  item: Json,
): Json {
  const value = selector === undefined ? item : inState(line, () => fill(selector, sight(line, input, map)));
  limited(visitOf(line).name, value);
  return value;
}

function concurrencyOf(line: Line, state: MapState, input: Json): number {
  const path = state.MaxConcurrencyPath;
  if (path === undefined) return state.MaxConcurrency ?? 0;
  const found = select(path, sight(line, input));
  if (typeof found === 'number' && Number.isInteger(found) && found >= 0) return found;
  const value = JSON.stringify(found);
  throw runtime(line, `The MaxConcurrencyPath field refers to value ${value} which is not a valid integer: ${path}`);
}

function runtime(line: Line, sentence: string): StateError {
  return new StateError('States.Runtime', causeIn(line, sentence), { terminal: true });
}

function at<T>(list: readonly T[], i: number): T {
  const item = list[i];
  if (item === undefined) throw new RangeError(`No element ${i} among ${list.length}`);
  return item;
}

/** Runs branches; the first that fails stops the others where they are. */
function fork(line: Line, plan: Fork): Promise<readonly Json[]> {
  const results: Json[] = new Array(plan.count);
  const branches: Line[] = [];
  const done = new Set<number>();
  line.branches = branches;
  return new Promise((resolve, reject) => {
    let over = false;
    const launch = (previous: number): void => {
      const i = branches.length;
      const branch = plan.open(i, previous);
      branches.push(branch);
      plan
        .body(branch, i)
        .then((result) => succeed(branch, i, result))
        .catch((error: unknown) => fail(branch, i, error));
    };
    const succeed = (branch: Line, i: number, result: Json): void => {
      if (over) return;
      done.add(i);
      results[i] = result;
      line.previous = branch.previous;
      plan.close(i, 'Succeeded', branch.previous);
      branch.scope.stop();
      if (branches.length < plan.count) launch(branch.previous);
      else if (done.size === plan.count) finish();
    };
    const fail = (branch: Line, i: number, error: unknown): void => {
      if (over) return;
      for (const other of branches) other.scope.stop();
      line.previous = branch.previous;
      over = true;
      try {
        if (error instanceof StateError && !error.terminal) abortEvents(plan, branches, done, i, branch.previous);
        line.branches = [];
        reject(error);
      } catch (limit) {
        reject(limit);
      }
    };
    const finish = (): void => {
      over = true;
      line.branches = [];
      resolve(results);
    };
    try {
      while (branches.length < Math.min(plan.count, plan.concurrency)) launch(line.previous);
      if (plan.count === 0) finish();
    } catch (error) {
      reject(error);
    }
  });
}

const ABORTED: Readonly<Record<string, HistoryEventType>> = {
  Task: 'TaskStateAborted',
  Wait: 'WaitStateAborted',
  Parallel: 'ParallelStateAborted',
  Map: 'MapStateAborted',
};

/** The order in real histories: what failed, then what was stopped, all after the event that failed. */
function abortEvents(
  plan: Fork,
  branches: readonly Line[],
  done: ReadonlySet<number>,
  failed: number,
  event: number,
): void {
  for (const [i, branch] of branches.entries()) {
    if (done.has(i)) continue;
    plan.close(i, i === failed ? 'Failed' : 'Aborted', event);
    const type = branch.visit?.type;
    // A Task that failed is itself noted as aborted; a Parallel or Map that failed has said so already.
    if (i === failed && type !== 'Task') continue;
    abortState(branch, event);
  }
}

function abortState(branch: Line, event: number): void {
  for (const inner of branch.branches) abortState(inner, event);
  const type = branch.visit && ABORTED[branch.visit.type];
  if (type) branch.run.history.add(type, event);
}
