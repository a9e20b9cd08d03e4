import type { ExecutionStatus } from '@aws-sdk/client-sfn';
import type { Clock } from '../clock.ts';
import type { Environment } from '../environment.ts';
import type { Random } from '../random.ts';
import { type Definition, StateError } from './asl.ts';
import { type EventDetails, History, WHOLE } from './history.ts';
import { walk } from './interpreter.ts';
import { parseJson } from './json.ts';
import { type InvokeLambda, type Line, serving } from './line.ts';
import { Scope } from './scope.ts';
import { named } from './tasklog.ts';
import type { Tokens } from './tokens.ts';

/** What an execution keeps of its state machine: a later update does not reach it. */
export interface Revision {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly text: string;
  readonly definition: Definition;
  readonly roleArn: string;
  readonly revisionId: string;
  readonly updated_ms: number;
}

export interface Surroundings {
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Environment;
  readonly tokens: Tokens;
  readonly invokeLambda: InvokeLambda;
  readonly onStatus: (execution: Execution) => void;
}

/** A standard workflow may run for a year: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_EXECUTION_S = 31_536_000;

export class Execution {
  readonly arn: string;
  readonly name: string;
  readonly revision: Revision;
  readonly input: string;
  readonly started_ms: number;
  readonly history: History;
  status: ExecutionStatus = 'RUNNING';
  stopped_ms: number | undefined;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  /** Reads of status are eventually consistent: how much later than it happens they see the end. */
  readonly lag_ms: number;
  readonly #around: Surroundings;
  readonly #root: Line;

  constructor(around: Surroundings, revision: Revision, arn: string, name: string, input: string) {
    this.#around = around;
    this.arn = arn;
    this.name = name;
    this.revision = revision;
    this.input = input;
    this.started_ms = around.clock.now_ms();
    this.history = new History(() => around.clock.now_ms());
    const random = around.random.split(arn);
    this.lag_ms = random.between(50, 600);
    const context = {
      Execution: {
        Id: arn,
        Input: parseJson(input),
        StartTime: new Date(this.started_ms).toISOString(),
        Name: name,
        RoleArn: revision.roleArn,
        RedriveCount: 0,
      },
      StateMachine: { Id: revision.stateMachineArn, Name: revision.name },
    };
    const scope = new Scope(around.clock);
    const run = { ...around, random, history: this.history, context };
    this.#root = { run, scope, map: undefined, previous: 0, visit: undefined, branches: [] };
  }

  start(): void {
    const { revision, input } = this;
    this.history.add('ExecutionStarted', 0, {
      executionStartedEventDetails: { input, inputDetails: WHOLE, roleArn: revision.roleArn },
    });
    this.#around.onStatus(this);
    const timeout_s = Math.min(revision.definition.TimeoutSeconds ?? MAX_EXECUTION_S, MAX_EXECUTION_S);
    this.#root.scope.after(timeout_s * 1_000, () => void this.#timeOut());
    void this.#go();
  }

  /** The names of the states that the execution is in, outermost first. */
  get states(): readonly string[] {
    const names = (line: Line): readonly string[] => [
      ...(line.visit ? [line.visit.name] : []),
      ...line.branches.flatMap(names),
    ];
    return this.stopped_ms === undefined ? names(this.#root) : [];
  }

  /** StopExecution: tasks under way are not notified, they only lose their tokens. */
  abort(error: string | undefined, cause: string | undefined): void {
    if (this.stopped_ms !== undefined) return;
    this.#end('ABORTED', 0, { executionAbortedEventDetails: named(error, cause) }, { error, cause });
  }

  async #go(): Promise<void> {
    try {
      const output = JSON.stringify(await walk(this.#root, this.revision.definition, parseJson(this.input)));
      const details = { executionSucceededEventDetails: { output, outputDetails: WHOLE } };
      this.#end('SUCCEEDED', this.#root.previous, details, { output });
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      const { error: name, errorCause: cause } = error;
      const details = { executionFailedEventDetails: named(name, cause) };
      this.#end('FAILED', this.#root.previous, details, { error: name, cause });
    }
  }

  async #timeOut(): Promise<void> {
    await serving(this.#root);
    this.#end('TIMED_OUT', 0, { executionTimedOutEventDetails: { error: 'States.Timeout' } }, {});
  }

  #end(
    status: Exclude<ExecutionStatus, 'RUNNING' | 'PENDING_REDRIVE'>,
    previous: number,
    details: EventDetails,
    result: { readonly output?: string; readonly error?: string | undefined; readonly cause?: string | undefined },
  ): void {
    this.#root.scope.stop();
    const types = {
      SUCCEEDED: 'ExecutionSucceeded',
      FAILED: 'ExecutionFailed',
      ABORTED: 'ExecutionAborted',
      TIMED_OUT: 'ExecutionTimedOut',
    } as const;
    this.history.close(types[status], previous, details);
    this.status = status;
    this.stopped_ms = this.#around.clock.now_ms();
    this.output = result.output;
    this.error = result.error;
    this.cause = result.cause;
    this.#around.onStatus(this);
  }
}
