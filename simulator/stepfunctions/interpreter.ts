import type { HistoryEventType } from '@aws-sdk/client-sfn';
import { type FailState, type Machine, type PassState, type State, StateError, type WaitState } from './asl.ts';
import { attemptMap, attemptParallel } from './branches.ts';
import { choose, timestamp_ms } from './choice.ts';
import { handled, output, place, type Step } from './handling.ts';
import { WHOLE } from './history.ts';
import type { Json } from './json.ts';
import { causeIn, inState, type Line, record, serving, sight, transition, visitOf } from './line.ts';
import { attemptTask } from './task.ts';
import { evaluateText, fill, select } from './template.ts';

/** Walks a machine from StartAt to its end and answers the output; throws StateError. */
export async function walk(line: Line, machine: Machine, input: Json): Promise<Json> {
  let name = machine.StartAt;
  let value = input;
  for (;;) {
    await transition(line);
    const state = Object.hasOwn(machine.States, name) ? machine.States[name] : undefined;
    if (!state) throw new Error(`A state machine without its state ${name} was accepted`);
    enter(line, name, state, value);
    const step = await run(line, state, value);
    exit(line, state, step.output);
    if (step.next === undefined) return step.output;
    name = step.next;
    value = step.output;
  }
}

function enter(line: Line, name: string, state: State, value: Json): void {
  const type: HistoryEventType = `${state.Type}StateEntered`;
  const input = { input: JSON.stringify(value), inputDetails: WHOLE };
  const enteredId = record(line, type, { stateEnteredEventDetails: { name, ...input } });
  const enteredTime = new Date(line.run.clock.now_ms()).toISOString();
  line.visit = { name, type: state.Type, enteredId, enteredTime, retries: 0 };
}

function exit(line: Line, state: State, value: Json): void {
  if (state.Type === 'Fail') throw new Error('A Fail state went on');
  const details = { name: visitOf(line).name, output: JSON.stringify(value), outputDetails: WHOLE };
  record(line, `${state.Type}StateExited`, { stateExitedEventDetails: details });
  line.visit = undefined;
}

async function run(line: Line, state: State, raw: Json): Promise<Step> {
  switch (state.Type) {
    case 'Task':
      return handled(
        line,
        state,
        raw,
        (input) => attemptTask(line, state, input),
        () => undefined,
      );
    case 'Parallel':
      return handled(
        line,
        state,
        raw,
        (input) => attemptParallel(line, state, input, walk),
        () => {
          record(line, 'ParallelStateFailed');
        },
      );
    case 'Map':
      return handled(
        line,
        state,
        raw,
        (input) => attemptMap(line, state, input, walk),
        () => {
          record(line, 'MapStateFailed');
        },
      );
    case 'Fail':
      throw inState(line, () => failure(line, state, raw));
    default:
      return simple(line, state, raw);
  }
}

async function simple(
  line: Line,
  state: Exclude<State, { Type: 'Task' | 'Parallel' | 'Map' | 'Fail' }>,
  raw: Json,
): Promise<Step> {
  const input = inState(line, () => select(state.InputPath, sight(line, raw)));
  switch (state.Type) {
    case 'Pass':
      return { output: pass(line, state, raw, input), next: state.Next };
    case 'Wait':
      await line.scope.sleep(delay_ms(line, state, input));
      await serving(line);
      return { output: output(line, input, state.OutputPath), next: state.Next };
    case 'Succeed':
      return { output: output(line, input, state.OutputPath), next: undefined };
    case 'Choice': {
      const next = inState(line, () => choose(state, sight(line, input)));
      if (next === undefined) {
        throw new StateError(
          'States.NoChoiceMatched',
          causeIn(line, 'No choice rule matched and there is no Default.'),
        );
      }
      return { output: output(line, input, state.OutputPath), next };
    }
  }
}

function pass(line: Line, state: PassState, raw: Json, input: Json): Json {
  const template = state.Parameters;
  const value = template === undefined ? input : inState(line, () => fill(template, sight(line, input)));
  return output(
    line,
    place(line, state.ResultPath, raw, state.Result === undefined ? value : state.Result),
    state.OutputPath,
  );
}

function failure(line: Line, state: FailState, raw: Json): StateError {
  const text = (path: string | undefined, fixed: string | undefined, field: string): string | undefined => {
    if (path === undefined) return fixed;
    const found = evaluateText(path, field, sight(line, raw));
    if (typeof found === 'string') return found;
    throw runtime(line, `The ${field} field must refer to a string: ${path} == ${JSON.stringify(found)}`);
  };
  return new StateError(
    text(state.ErrorPath, state.Error, 'ErrorPath'),
    text(state.CausePath, state.Cause, 'CausePath'),
  );
}

function delay_ms(line: Line, state: WaitState, input: Json): number {
  if (state.Seconds !== undefined) return state.Seconds * 1_000;
  const until =
    state.Timestamp ?? (state.TimestampPath === undefined ? undefined : timestampAt(line, state.TimestampPath, input));
  if (until !== undefined) return bounded(line, timestamp_ms(until) - line.run.clock.now_ms());
  const path = state.SecondsPath ?? '$';
  const seconds = inState(line, () => select(path, sight(line, input)));
  if (typeof seconds !== 'number' || !Number.isInteger(seconds)) {
    throw runtime(line, `The SecondsPath parameter cannot be parsed as a long value: ${path} == ${shown(seconds)}`);
  }
  if (seconds < 0) throw runtime(line, `The SecondsPath parameter references a negative value: ${path} == ${seconds}`);
  return bounded(line, seconds * 1_000);
}

function timestampAt(line: Line, path: string, input: Json): Json {
  const found = inState(line, () => select(path, sight(line, input)));
  if (!Number.isNaN(timestamp_ms(found))) return found;
  const sentence =
    'The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string';
  throw runtime(line, `${sentence}: ${path} == ${shown(found)}`);
}

function shown(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A wait may last 99,999,999 s when written down, but no more than 2^31 - 1 s otherwise. */
function bounded(line: Line, wait_ms: number): number {
  if (wait_ms > 2_147_483_647_000) throw runtime(line, 'Wait state delay is too long.');
  return Math.max(0, wait_ms);
}

function runtime(line: Line, sentence: string): StateError {
  return new StateError('States.Runtime', causeIn(line, sentence), { terminal: true });
}
