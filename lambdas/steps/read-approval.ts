import { ruleOf } from '../../core/approvals.ts';
import { currentRound, type Operation } from '../../core/operation.ts';
import type { StepInput, StepResult } from '../../core/protocol.ts';
import { loadOperation } from '../adapters/ledger.ts';
import { pageIfDue } from '../page.ts';
import { settleRound } from '../runner/round.ts';
import type { StepWorld } from '../runner/world.ts';

/**
 * What the ledger says of the request: approved, go on; declined or aborted, end; expired, ask once more and page at
 * once.
 */
export async function readApproval(input: StepInput, world: StepWorld): Promise<StepResult> {
  const loaded = await loadOperation(world.ledger, input.operation);
  if (loaded === undefined) throw new Error(`the ledger knows no operation ${input.operation}`);
  const operation = await settleRound(world, loaded);
  if (operation.ended !== undefined || operation.abort !== undefined) return { status: 'stop', wait_s: 1 };
  switch (currentRound(operation)?.decision?.what) {
    case undefined:
      await pageIfDue(operation, world);
      return { status: 'again', wait_s: 1 };
    case 'approved':
      return { status: 'done', wait_s: 1 };
    case 'declined':
      return { status: 'stop', wait_s: 1 };
    case 'expired':
      return (await askOnceMore(operation, world)) ? { status: 'ask', wait_s: 1 } : { status: 'stop', wait_s: 1 };
  }
}

/** True: people are asked again. Two rounds in a row without an answer are enough. */
async function askOnceMore(operation: Operation, world: StepWorld): Promise<boolean> {
  const [last, before] = operation.rounds.toReversed();
  if (last === undefined || before?.decision?.what === 'expired') return false;
  const deadline = new Date(world.now_ms() + ruleOf(world.config, operation).expires_minutes * 60_000).toISOString();
  await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.filter((r) => r.event.type === 'approval-asked').length > last.round
      ? undefined
      : {
          type: 'approval-asked',
          by: 'step:read-approval',
          data: {
            round: last.round + 1,
            planHash: last.planHash,
            deadline,
            why: 'nobody completed the approval in time; this is the last request',
            plan: last.plan,
            facts: last.facts,
          },
        },
  );
  return true;
}
