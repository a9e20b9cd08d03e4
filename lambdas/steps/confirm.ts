import { approved } from '../../core/gate.ts';
import type { EventData } from '../../core/ledger.ts';
import type { StepInput, StepResult } from '../../core/protocol.ts';
import { SELF_TEST_PATIENCE_S } from '../../core/self-test.ts';
import { loadOperation } from '../adapters/ledger.ts';
import type { StepWorld } from '../runner/world.ts';

const LOOKS_EVERY_S = 5;

/** The self-test's last step: it has succeeded once people can see it in Slack, and not before. */
export async function confirm(input: StepInput, world: StepWorld): Promise<StepResult> {
  const operation = await loadOperation(world.ledger, input.operation);
  if (operation === undefined) throw new Error(`the ledger knows no operation ${input.operation}`);
  if (operation.ended !== undefined) return { status: 'done', wait_s: 1 };
  if (!approved(world.config, operation)) return { status: 'stop', wait_s: 1 };
  const view = await world.ledger.read(world.ledger.view(operation.id));
  const isPosted = view.some((record) => record.event.type === 'message-posted');
  const approvedAt = operation.rounds.at(-1)?.decision?.at ?? operation.draftedAt;
  const waited_s = (world.now_ms() - Date.parse(approvedAt)) / 1000;
  if (!isPosted && waited_s < SELF_TEST_PATIENCE_S) return { status: 'again', wait_s: LOOKS_EVERY_S };
  const data: EventData['operation-ended'] = isPosted
    ? { outcome: 'succeeded', why: 'request, ledger, state machine, approval and message: all of them work' }
    : {
        outcome: 'failed',
        why: `no message in Slack after ${Math.round(waited_s)} s: notify does not run, or Slack does not take it`,
      };
  await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.some((r) => r.event.type === 'operation-ended')
      ? undefined
      : { type: 'operation-ended', by: 'step:confirm', data },
  );
  return { status: 'done', wait_s: 1 };
}
