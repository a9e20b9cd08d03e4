import type { Json, JsonObject } from './json.ts';

/** The Amazon States Language as far as it is simulated: https://states-language.net/spec.html, JSONPath, standard workflows. */
export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Definition extends Machine {
  readonly TimeoutSeconds?: number;
}

interface Common {
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
}

interface Onward {
  readonly Next?: string;
  readonly End?: boolean;
}

interface Handling {
  readonly ResultPath?: string | null;
  readonly ResultSelector?: JsonObject;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxAttempts?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly ResultPath?: string | null;
  readonly Next: string;
}

export interface TaskState extends Common, Onward, Handling {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Parameters?: JsonObject;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly HeartbeatSeconds?: number;
  readonly HeartbeatSecondsPath?: string;
}

export interface ParallelState extends Common, Onward, Handling {
  readonly Type: 'Parallel';
  readonly Parameters?: JsonObject;
  readonly Branches: readonly Machine[];
}

export interface MapState extends Common, Onward, Handling {
  readonly Type: 'Map';
  readonly ItemsPath?: string;
  readonly ItemSelector?: JsonObject;
  /** The former name of ItemSelector. */
  readonly Parameters?: JsonObject;
  readonly MaxConcurrency?: number;
  readonly MaxConcurrencyPath?: string;
  readonly ItemProcessor?: Machine;
  /** The former name of ItemProcessor. */
  readonly Iterator?: Machine;
}

export interface PassState extends Common, Onward {
  readonly Type: 'Pass';
  readonly Parameters?: JsonObject;
  readonly Result?: Json;
  readonly ResultPath?: string | null;
}

export interface WaitState extends Common, Onward {
  readonly Type: 'Wait';
  readonly Seconds?: number;
  readonly SecondsPath?: string;
  readonly Timestamp?: string;
  readonly TimestampPath?: string;
}

/** A comparison has `Variable` and one operator; a composite has one of And, Or, Not. */
export interface ChoiceRule {
  readonly Variable?: string;
  readonly And?: readonly ChoiceRule[];
  readonly Or?: readonly ChoiceRule[];
  readonly Not?: ChoiceRule;
  readonly Next?: string;
  readonly [operator: string]: unknown;
}

export interface ChoiceState extends Common {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

interface SucceedState extends Common {
  readonly Type: 'Succeed';
}

export interface FailState {
  readonly Type: 'Fail';
  readonly Error?: string;
  readonly ErrorPath?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
}

export type State =
  | TaskState
  | ParallelState
  | MapState
  | PassState
  | WaitState
  | ChoiceState
  | SucceedState
  | FailState;

export type StateType = State['Type'];

/** The error of a state, an execution or an intrinsic function; what Retry, Catch and the history see. */
export class StateError extends Error {
  readonly error: string | undefined;
  readonly errorCause: string | undefined;
  /** States.Runtime and its like always end the execution: no Retry, no Catch. */
  readonly terminal: boolean;
  /** Further names that Retry and Catch know this error by. */
  readonly aliases: readonly string[];

  constructor(
    error: string | undefined,
    cause: string | undefined,
    options: { readonly terminal?: boolean; readonly aliases?: readonly string[] } = {},
  ) {
    super(`${error ?? 'no error name'}: ${cause ?? ''}`);
    this.name = 'StateError';
    this.error = error;
    this.errorCause = cause;
    this.terminal = options.terminal ?? false;
    this.aliases = options.aliases ?? [];
  }
}

/**
 * Matches nothing but explicit names for States.DataLimitExceeded, as its documentation says; States.TaskFailed is
 * everything but a timeout: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function errorMatches(patterns: readonly string[], error: StateError): boolean {
  const names = [error.error, ...error.aliases];
  if (patterns.some((pattern) => names.includes(pattern))) return true;
  if (error.error === 'States.DataLimitExceeded') return false;
  if (patterns.includes('States.ALL')) return true;
  return patterns.includes('States.TaskFailed') && error.error !== 'States.Timeout';
}
