import type { StepId } from './operations/registry.ts';

/** What the state machine hands to a step function. Everything else is in the ledger. */
export interface StepInput {
  readonly operation: string;
  readonly step: StepId;
  /** Only in a `waitForTaskToken` state. */
  readonly token?: string;
  /** Only for the function `crashed`: what Step Functions caught after its retries. */
  readonly error?: { readonly Error: string; readonly Cause?: string };
}

/**
 * What a step function answers.
 * `done`: reality agrees, go on. `again`: call the step again after `wait_s` seconds.
 * `ask`: the approval no longer covers the plan, ask people again. `stop`: the operation ends without this step.
 */
export interface StepResult {
  readonly status: 'done' | 'again' | 'ask' | 'stop';
  /** Whole seconds, at least 1; used with `again`. */
  readonly wait_s: number;
}
