import {
  type Catcher,
  errorMatches,
  type MapState,
  type ParallelState,
  type Retrier,
  StateError,
  type TaskState,
} from './asl.ts';
import type { Json } from './json.ts';
import { inState, type Line, limited, serving, sight, visitOf } from './line.ts';
import { assign, PathProblem, parsePath } from './path.ts';
import { fill, select } from './template.ts';

/** The result of a state. */
export interface Step {
  readonly output: Json;
  /** undefined: this was the line's last state. */
  readonly next: string | undefined;
}

type Handled = TaskState | ParallelState | MapState;

/**
 * Runs a state that has Retry and Catch: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 * `attempt` works on the state's effective input; `failed` notes in the history that no retrier took the error.
 */
export async function handled(
  line: Line,
  state: Handled,
  raw: Json,
  attempt: (input: Json) => Promise<Json>,
  failed: () => void,
): Promise<Step> {
  const used = new Map<Retrier, number>();
  for (;;) {
    try {
      const input = inState(line, () => select(state.InputPath, sight(line, raw)));
      return { output: conclude(line, state, raw, await attempt(input)), next: state.Next };
    } catch (error) {
      if (!(error instanceof StateError) || error.terminal) throw error;
      const delay_s = nextDelay_s(line, state.Retry ?? [], error, used);
      if (delay_s !== undefined) {
        await line.scope.sleep(delay_s * 1_000);
        await serving(line);
        visitOf(line).retries += 1;
        continue;
      }
      failed();
      const catcher = (state.Catch ?? []).find((entry) => errorMatches(entry.ErrorEquals, error));
      if (!catcher) throw error;
      return { output: caught(line, catcher, raw, error), next: catcher.Next };
    }
  }
}

/** Seconds until the next attempt; undefined when the first retrier that matches has no attempts left, or none matches. */
function nextDelay_s(
  line: Line,
  retriers: readonly Retrier[],
  error: StateError,
  used: Map<Retrier, number>,
): number | undefined {
  const retrier = retriers.find((entry) => errorMatches(entry.ErrorEquals, error));
  if (!retrier) return undefined;
  const { IntervalSeconds = 1, BackoffRate = 2, MaxAttempts = 3, MaxDelaySeconds, JitterStrategy = 'NONE' } = retrier;
  const before = used.get(retrier) ?? 0;
  if (before >= MaxAttempts) return undefined;
  used.set(retrier, before + 1);
  const backoff_s = Math.min(IntervalSeconds * BackoffRate ** before, MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return JitterStrategy === 'FULL' ? line.run.random.between(0, backoff_s) : backoff_s;
}

/** ResultSelector, ResultPath, OutputPath. */
function conclude(line: Line, state: Handled, raw: Json, result: Json): Json {
  const selector = state.ResultSelector;
  const selected = selector === undefined ? result : inState(line, () => fill(selector, sight(line, result)));
  return output(line, place(line, state.ResultPath, raw, selected), state.OutputPath);
}

/** The error of a step without one shows as null in a catcher's output. */
function caught(line: Line, catcher: Catcher, raw: Json, error: StateError): Json {
  const found = { Error: error.error ?? null, Cause: error.errorCause ?? null };
  const value = place(line, catcher.ResultPath, raw, found);
  limited(visitOf(line).name, value);
  return value;
}

/** ResultPath: into the state's raw input. */
export function place(line: Line, path: string | null | undefined, raw: Json, result: Json): Json {
  if (path === null) return raw;
  if (path === undefined || path === '$') return result;
  try {
    return assign(parsePath(path), raw, result);
  } catch (error) {
    if (!(error instanceof PathProblem)) throw error;
    const cause = `${error.message} '${JSON.stringify(raw)}' of the state '${visitOf(line).name}'`;
    throw new StateError('States.ResultPathMatchFailure', cause);
  }
}

/** OutputPath, and the limit on what a state may hand on. */
export function output(line: Line, value: Json, path: string | null | undefined): Json {
  const selected = inState(line, () => select(path, sight(line, value)));
  limited(visitOf(line).name, selected);
  return selected;
}
