import { quorum, ruleOf } from './approvals.ts';
import type { Config } from './config/schema.ts';
import { approvedRound, type Operation, type StepState, type Vote } from './operation.ts';
import { type StepId, stepOf } from './operations/registry.ts';

/** May this step go on, now? Decided from the ledger alone, before anything is touched. */
export type Gate =
  | { readonly go: 'run' }
  /** Already done: say so again. */
  | { readonly go: 'done' }
  | { readonly go: 'stop'; readonly why: string }
  /** Paused, and nobody has decided yet. */
  | { readonly go: 'wait' }
  | { readonly go: 'resume'; readonly choice: 'retry' | 'skip'; readonly vote: Vote }
  /** Paused, and nobody decided before the deadline. */
  | { readonly go: 'give-up' };

export function gate(config: Config, operation: Operation, id: StepId, now: string): Gate {
  const state = operation.steps.get(id);
  if (state?.status === 'done') return { go: 'done' };
  if (id === 'close') return operation.ended === undefined ? { go: 'run' } : { go: 'done' };
  if (operation.ended !== undefined) return { go: 'stop', why: `the operation is over: ${operation.ended.outcome}` };
  if (operation.abort !== undefined) return { go: 'stop', why: `aborted by ${operation.abort.identity}` };
  const failed = [...operation.steps.values()].find((step) => step.outcome === 'failed');
  if (failed !== undefined) return { go: 'stop', why: `${failed.step} failed` };
  if (!stepOf(id).isUnapproved && !approved(config, operation)) {
    return { go: 'stop', why: 'the ledger does not show the quorum for this plan' };
  }
  return state?.status === 'paused' ? pausedGate(operation, state, now) : { go: 'run' };
}

/**
 * The quorum, counted again from the votes: no step believes the state machine, nor the event that says approved,
 * without the approvals behind it.
 */
export function approved(config: Config, operation: Operation): boolean {
  const round = approvedRound(operation);
  if (round === undefined || round.planHash !== operation.planHash) return false;
  const counted = quorum(config, ruleOf(config, operation), { ...operation, abort: undefined }, round, round.askedAt);
  return counted.state === 'approved';
}

function pausedGate(operation: Operation, state: StepState, now: string): Gate {
  const { pause } = state;
  if (pause === undefined) return { go: 'run' };
  const vote = operation.rounds
    .flatMap((round) => round.votes)
    .find((v) => v.step === state.step && v.at >= pause.at && (v.choice === 'retry' || v.choice === 'skip'));
  if (vote !== undefined) return { go: 'resume', choice: vote.choice === 'skip' ? 'skip' : 'retry', vote };
  return now > pause.deadline ? { go: 'give-up' } : { go: 'wait' };
}

/**
 * Seconds until a step that waits looks again: every second in the first minute, rarer the longer it takes, never over
 * 20 s. Four hours of waiting are some 8,000 of an execution's 25,000 history events.
 */
export function wait_s(elapsed_s: number): number {
  return elapsed_s < 60 ? 1 : Math.min(20, Math.max(2, Math.round(elapsed_s * 0.015)));
}
