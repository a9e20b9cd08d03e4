import { quorum, ruleOf } from '../../core/approvals.ts';
import { currentRound, MOST_ROUNDS, type Operation } from '../../core/operation.ts';
import type { StepId } from '../../core/operations/registry.ts';
import { planHash } from '../../core/plan.ts';
import type { StepResult } from '../../core/protocol.ts';
import { digest } from '../digest.ts';
import { again, append, finish, iso, load } from './entries.ts';
import type { StepWorld } from './world.ts';

/** The approval no longer covers what must be done: people are asked about this plan. */
export async function askAgain(
  world: StepWorld,
  operation: Operation,
  id: StepId,
  ask: { readonly why: string; readonly plan: Operation['plan']; readonly facts: Operation['facts'] },
): Promise<StepResult> {
  const next = (currentRound(operation)?.round ?? 0) + 1;
  if (next > MOST_ROUNDS) {
    return finish(
      world,
      operation,
      id,
      'failed',
      `the plan changed a third time (${ask.why}): start again with a new plan`,
    );
  }
  const hash = planHash(ask.plan, digest);
  const deadline = iso(world.now_ms() + ruleOf(world.config, operation).expires_minutes * 60_000);
  await append(world, operation, {
    type: 'approval-asked',
    by: `step:${id}`,
    data: { round: next, planHash: hash, deadline, why: ask.why, plan: ask.plan, facts: ask.facts },
  });
  return id === 'preflight' ? { status: 'ask', wait_s: 1 } : again(2);
}

/** Writes down what the votes say of the round that people are asked in, once. */
export async function settleRound(world: StepWorld, operation: Operation): Promise<Operation> {
  const asked = currentRound(operation);
  if (asked === undefined || asked.decision !== undefined || operation.ended !== undefined) return operation;
  const state = quorum(world.config, ruleOf(world.config, operation), operation, asked, iso(world.now_ms()));
  if (state.state === 'pending' || state.state === 'aborted') return operation;
  await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.some((r) => r.event.type === 'approval-decided' && r.event.data.round === asked.round)
      ? undefined
      : {
          type: 'approval-decided',
          by: 'muster',
          data: { round: asked.round, decision: state.state, by: state.state === 'expired' ? [] : state.by },
        },
  );
  return load(world, operation.id);
}
