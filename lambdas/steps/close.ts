import type { ApplicationConfig } from '../../core/config/schema.ts';
import { movedSomething } from '../../core/fence.ts';
import type { NewEvent, OperationOutcome } from '../../core/ledger.ts';
import { currentRound, type Operation } from '../../core/operation.ts';
import type { StepInput, StepResult } from '../../core/protocol.ts';
import { loadOperation } from '../adapters/ledger.ts';
import type { StepWorld } from '../runner/world.ts';
import { toUndo, undo } from '../undo.ts';

/**
 * Where every operation ends that did not succeed: what was begun is rolled back as far as that is safe, and the thread
 * says so.
 */
export async function close(input: StepInput, world: StepWorld): Promise<StepResult> {
  const operation = await loadOperation(world.ledger, input.operation);
  if (operation === undefined) throw new Error(`the ledger knows no operation ${input.operation}`);
  if (operation.ended !== undefined) return { status: 'done', wait_s: 1 };
  const end = endOf(operation);
  const app = world.config.applications[operation.application];
  const event = app === undefined ? undefined : await tidy(operation, app, end.outcome, world);
  // The function may die between this and the end: then it is set back once more, and reported once.
  if (event !== undefined) {
    await world.ledger.append(world.ledger.op(operation.id), (records) =>
      records.some((r) => r.event.type === event.type && r.event.by === event.by) ? undefined : event,
    );
  }
  await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.some((r) => r.event.type === 'operation-ended')
      ? undefined
      : { type: 'operation-ended', by: 'step:close', data: end },
  );
  return { status: 'done', wait_s: 1 };
}

/** What is rolled back now, or why it is not, as the event to write; undefined: there is nothing to say. */
async function tidy(
  operation: Operation,
  app: ApplicationConfig,
  outcome: OperationOutcome,
  world: StepWorld,
): Promise<NewEvent | undefined> {
  const by = 'step:close';
  const note = (text: string): NewEvent => ({ type: 'step-noted', by, data: { step: 'close', note: text } });
  if (movedSomething(operation)) {
    return note('capacity stays as it is: the standby may be serving already');
  }
  const list = toUndo(operation, app);
  if (list.length === 0) return undefined;
  // What was stopped at home is started again at once, whatever else is kept.
  const onlyStandby = list.every(({ side }) => side === 'standby');
  if (outcome === 'expired' && onlyStandby && app.prewarmKept_minutes > 0) {
    const until = new Date(world.now_ms() + app.prewarmKept_minutes * 60_000).toISOString();
    return note(`the standby stays pre-warmed until ${until}, in case promote is requested again`);
  }
  return { type: 'operation-undone', by, data: await undo(list, app) };
}

/** Why it ended, from the ledger. Pure. */
export function endOf(operation: Operation): { outcome: OperationOutcome; why: string } {
  if (operation.abort !== undefined) {
    return {
      outcome: 'aborted',
      why: `aborted by ${operation.abort.identity}: ${operation.abort.reason ?? 'no reason given'}`,
    };
  }
  const failed = [...operation.steps.values()].find((step) => step.outcome === 'failed');
  if (failed !== undefined) return { outcome: 'failed', why: `${failed.step}: ${failed.detail}` };
  const round = currentRound(operation);
  switch (round?.decision?.what) {
    case 'declined': {
      const vote = round.votes.find((v) => v.choice === 'decline');
      return {
        outcome: 'declined',
        why: `declined by ${vote?.identity ?? 'an approver'}: ${vote?.reason ?? 'no reason given'}`,
      };
    }
    case 'expired':
      return { outcome: 'expired', why: 'the approval was not completed in time' };
    default:
      return { outcome: 'failed', why: 'the state machine ended the operation; its history says where' };
  }
}
