import { quorum, ruleOf } from '../../core/approvals.ts';
import { currentRound } from '../../core/operation.ts';
import type { StepInput, StepResult } from '../../core/protocol.ts';
import { loadOperation } from '../adapters/ledger.ts';
import { wake } from '../adapters/machines.ts';
import type { StepWorld } from '../runner/world.ts';

/**
 * Asks people, once a round; then, every time the state machine comes by, writes down the task token that the vote
 * completing the quorum sends back. The state waits 30 s at most and `read-approval` reads the ledger itself, so a
 * death between the two loses nothing.
 */
export async function requestApproval(input: StepInput, world: StepWorld): Promise<StepResult> {
  const { config, environment, ledger } = world;
  await ledger.append(ledger.op(input.operation), (records) => {
    const asked = records.some((r) => r.event.type === 'approval-asked');
    const drafted = records[0]?.event;
    if (asked || drafted?.type !== 'operation-drafted') return undefined;
    const request = records.find((r) => r.event.type === 'operation-requested')?.event;
    const choice = request?.type === 'operation-requested' ? request.data.choice : 'proposed';
    const chosen = drafted.data.choices.find((c) => c.choice === choice) ?? drafted.data.choices[0];
    if (chosen === undefined) return undefined;
    const deadline = new Date(world.now_ms() + ruleOf(config, chosen).expires_minutes * 60_000).toISOString();
    return {
      type: 'approval-asked',
      by: 'step:request-approval',
      data: { round: 1, planHash: chosen.planHash, deadline, why: null, plan: chosen.plan, facts: chosen.facts },
    };
  });
  const { token } = input;
  if (token !== undefined) {
    await ledger.append(ledger.op(input.operation), (records) => {
      const round = records.filter((r) => r.event.type === 'approval-asked').length;
      return { type: 'approval-waiting', by: 'step:request-approval', data: { round, token } };
    });
    // A vote may have come before its token was in the ledger: look once more, now that it is.
    const operation = await loadOperation(ledger, input.operation);
    const round = operation === undefined ? undefined : currentRound(operation);
    if (operation === undefined || round === undefined)
      throw new Error(`the ledger knows no operation ${input.operation}`);
    const now = new Date(world.now_ms()).toISOString();
    const rule = ruleOf(config, operation);
    const decided = round.decision !== undefined || quorum(config, rule, operation, round, now).state !== 'pending';
    if (decided || operation.ended !== undefined) await wake(environment, token);
  }
  return { status: 'again', wait_s: 1 };
}
