import type { Gate } from '../../core/gate.ts';
import type { Operation } from '../../core/operation.ts';
import type { StepId } from '../../core/operations/registry.ts';
import type { StepResult } from '../../core/protocol.ts';
import { again, append, finish } from './entries.ts';
import type { StepWorld } from './world.ts';

/** What people said of a paused step (or that nobody said anything), put into the ledger. */
export async function carryOut(
  verdict: Extract<Gate, { go: 'resume' | 'give-up' }>,
  world: StepWorld,
  operation: Operation,
  step: StepId,
): Promise<StepResult> {
  if (verdict.go === 'give-up') {
    return finish(world, operation, step, 'failed', 'nobody decided in time how to go on');
  }
  const { choice, vote } = verdict;
  await append(world, operation, {
    type: 'step-resumed',
    by: vote.identity,
    data: { step, choice, by: vote.identity },
  });
  return choice === 'skip'
    ? finish(world, operation, step, 'skipped', `skipped by ${vote.identity}: ${vote.reason ?? ''}`)
    : again(1);
}
