import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { Clock } from '../clock.ts';
import type { Environment } from '../environment.ts';
import type { Random } from '../random.ts';
import { StateError, type StateType } from './asl.ts';
import type { EventDetails, History } from './history.ts';
import { IntrinsicProblem } from './intrinsics.ts';
import { exceedsPayloadLimit, type Json, type JsonObject } from './json.ts';
import { PathProblem } from './path.ts';
import { Scope } from './scope.ts';
import type { Sight } from './template.ts';
import type { Tokens } from './tokens.ts';

/** `error` is the function's `errorType`, or the name of the Lambda API's error (`TooManyRequestsException`). */
export type LambdaOutcome =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: string; readonly cause: string };

export type InvokeLambda = (region: string, functionName: string, payload: unknown) => Promise<LambdaOutcome>;

/** What all lines of one execution share. */
interface Run {
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Environment;
  readonly tokens: Tokens;
  readonly history: History;
  readonly invokeLambda: InvokeLambda;
  /** `$$.Execution` and `$$.StateMachine`. */
  readonly context: JsonObject;
}

/** The state that a line is in. */
interface Visit {
  readonly name: string;
  readonly type: StateType;
  readonly enteredId: number;
  readonly enteredTime: string;
  retries: number;
  token?: string;
}

/** One line of control: the execution itself, a branch of a Parallel state or an iteration of a Map state. */
export interface Line {
  readonly run: Run;
  readonly scope: Scope;
  /** `$$.Map`, inside a Map state. */
  readonly map: JsonObject | undefined;
  /** `previousEventId` of this line's next event. */
  previous: number;
  visit: Visit | undefined;
  /** The branches under way, while in a Parallel or Map state. */
  branches: readonly Line[];
}

export function branchOf(parent: Line, map: JsonObject | undefined = parent.map): Line {
  const scope = new Scope(parent.run.clock, parent.scope);
  return { run: parent.run, scope, map, previous: parent.previous, visit: undefined, branches: [] };
}

/** Appends to the history, after what this line did last. */
export function record(line: Line, type: HistoryEventType, details: EventDetails = {}): number {
  line.previous = line.run.history.add(type, line.previous, details);
  return line.previous;
}

/** How often a lost region is checked again. */
const OUTAGE_POLL_MS = 1_000;

/** Pauses the line while its region does not serve. */
export async function serving(line: Line): Promise<void> {
  while (!line.run.environment.regionServes(line.run.region)) await line.scope.sleep(OUTAGE_POLL_MS);
}

/** A state transition of a standard workflow takes some tens of milliseconds. */
export async function transition(line: Line): Promise<void> {
  await line.scope.sleep(line.run.random.between(15, 60));
  await serving(line);
}

export function visitOf(line: Line): Visit {
  if (!line.visit) throw new Error('The line is in no state');
  return line.visit;
}

const COUNTS_RETRIES: ReadonlySet<StateType> = new Set<StateType>(['Task', 'Parallel', 'Map']);

/** The context object: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
function contextOf(line: Line): JsonObject {
  const visit = visitOf(line);
  const retries = COUNTS_RETRIES.has(visit.type) ? { RetryCount: visit.retries } : {};
  return {
    ...line.run.context,
    State: { EnteredTime: visit.enteredTime, Name: visit.name, ...retries },
    ...(visit.token === undefined ? {} : { Task: { Token: visit.token } }),
    ...(line.map === undefined ? {} : { Map: line.map }),
  };
}

export function sight(line: Line, input: Json, map: JsonObject | undefined = line.map): Sight {
  return { input, context: contextOf({ ...line, map }), draws: line.run.random };
}

/** Turns an error of a path or an intrinsic function into the error that Step Functions reports. */
export function inState<T>(line: Line, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PathProblem)
      throw new StateError('States.Runtime', causeIn(line, error.message), { terminal: true });
    if (error instanceof IntrinsicProblem)
      throw new StateError('States.IntrinsicFailure', causeIn(line, error.message));
    throw error;
  }
}

export function causeIn(line: Line, sentence: string): string {
  const visit = visitOf(line);
  return `An error occurred while executing the state '${visit.name}' (entered at the event id #${visit.enteredId}). ${sentence}`;
}

/** The value as text; States.DataLimitExceeded over 256 KiB. `what` is the state's name or the resource type. */
export function limited(what: string, value: Json): string {
  const text = JSON.stringify(value);
  if (exceedsPayloadLimit(text)) throw dataLimitExceeded(what);
  return text;
}

function dataLimitExceeded(what: string): StateError {
  return new StateError(
    'States.DataLimitExceeded',
    `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}
