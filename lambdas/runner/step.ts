import type { ApplicationConfig, Config } from '../../core/config/schema.ts';
import type { Change, NewEvent, StepOutcome } from '../../core/ledger.ts';
import type { Operation, StepState } from '../../core/operation.ts';
import type { StepId } from '../../core/operations/registry.ts';
import type { Plan, PlanFacts } from '../../core/plan.ts';
import type { StepDefinition } from '../../core/steps/definition.ts';
import type { Environment } from '../adapters/environment.ts';
import type { Failure } from '../adapters/errors.ts';
import type { Ledger } from '../adapters/ledger.ts';

/** What a step may use. Time is an argument. */
export interface StepContext {
  readonly config: Config;
  readonly app: ApplicationConfig;
  readonly operation: Operation;
  readonly environment: Environment;
  readonly ledger: Ledger;
  /** When this round began, Unix milliseconds. */
  readonly now_ms: number;
  /** Seconds since the step started, or since the last Retry. */
  readonly elapsed_s: number;
  /** This step so far. */
  readonly state: StepState | undefined;
  /** Only in a `waitForTaskToken` state. */
  readonly token: string | undefined;
}

/** One absolute change, as data; the ledger has it before it is made. */
export interface StepChange<Action> {
  readonly action: Action;
  /** What is set to what, in words: the same change has the same words, every time. */
  readonly says: string;
  /** Undoing and the drift list read it. */
  readonly change?: Change;
  /** Nothing brings the old state back. */
  readonly noReturn?: boolean;
}

/** What a step makes of what it sees. */
export type Decision<Action, Data = unknown> =
  /** Changes run together; then the step looks again. */
  | { readonly do: 'change'; readonly changes: readonly StepChange<Action>[] }
  /** `blind`: it could not be seen, so nothing says that it takes long; it is looked at again soon. */
  | { readonly do: 'wait'; readonly why: string; readonly blind?: true }
  | { readonly do: 'done'; readonly outcome: StepOutcome; readonly detail: string; readonly data?: Data }
  /** Only people can say how to go on. `cancelled`: the act that AWS took and gave up, the world is as before it. */
  | { readonly do: 'pause'; readonly why: string; readonly cancelled?: string }
  /** The approval does not cover what must be done: people are asked about this plan. */
  | { readonly do: 'ask'; readonly why: string; readonly plan: Plan; readonly facts: PlanFacts }
  | { readonly do: 'stop' };

/** What a step makes of AWS's no. `certain`: no try of this act had its effect. */
export type Refused =
  | { readonly do: 'retry'; readonly why: string }
  | (Extract<Decision<never>, { do: 'pause' | 'ask' }> & { readonly certain: boolean });

/**
 * How a step is done: observe, decide, change what must be changed, until nothing is left to change. Running it twice
 * is the same as running it once. What it is stands in core/steps/<id>.ts; the runner (run.ts) asks that definition
 * first whether there is anything to do.
 */
export interface Step<Seen, Action, Data = unknown> {
  readonly definition: StepDefinition<StepId, Data>;
  /** Seconds from its start (or the last Retry) after which it no longer tries on its own. */
  limit_s(app: ApplicationConfig, operation: Operation): number;
  /** At the limit, or when refused for good: ask people, or go on without (best effort). */
  readonly atLimit: 'pause' | 'go-on';
  observe(context: StepContext): Promise<Seen>;
  /** Pure. */
  decide(seen: Seen, context: StepContext): Decision<Action, Data>;
  perform(action: Action, context: StepContext): Promise<void>;
  /** What was seen and is news for the ledger, whatever is decided. Pure. */
  news?(seen: Seen, context: StepContext): readonly NewEvent[];
  /** Undefined or left out: people are asked with AWS's answer. */
  refused?(action: Action, failure: Failure, context: StepContext): Refused | undefined;
  /** While people are asked what to do, it goes on looking, and is done when reality agrees by itself. */
  readonly looksWhilePaused?: true;
}
