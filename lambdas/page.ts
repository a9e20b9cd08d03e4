import { ruleOf } from '../core/approvals.ts';
import type { ApprovalConfig } from '../core/config/schema.ts';
import { pageText } from '../core/messages/page.ts';
import { plainLine } from '../core/messages/root.ts';
import { type ApprovalRound, currentRound, type Operation } from '../core/operation.ts';
import { failureOf } from './adapters/errors.ts';
import { publishPage } from './adapters/pages.ts';
import type { StepWorld } from './runner/world.ts';

export interface PageDue {
  readonly round: number;
  /** From 1. */
  readonly stage: number;
  readonly stages: number;
  readonly why: string;
}

/**
 * The page that is due for the round that people are asked in, if any. A round that follows an unanswered one
 * pages at once. Stages that were missed are not caught up on. Pure.
 */
export function pageDue(operation: Operation, rule: ApprovalConfig, now_ms: number): PageDue | undefined {
  const round = currentRound(operation);
  if (round === undefined || round.decision !== undefined || operation.ended !== undefined) return undefined;
  const minutes = pagesAtOnce(operation, round) ? [0, ...rule.page_minutes] : rule.page_minutes;
  const passed = (now_ms - Date.parse(round.askedAt)) / 60_000;
  const stage = minutes.filter((after) => passed >= after).length;
  if (stage <= round.paged) return undefined;
  const after = minutes[stage - 1] ?? 0;
  const why =
    after === 0
      ? 'the request before this one was not answered at all'
      : `nobody has completed the approval for ${after} minutes`;
  return { round: round.round, stage, stages: minutes.length, why };
}

const pagesAtOnce = (operation: Operation, round: ApprovalRound): boolean =>
  operation.rounds.find((one) => one.round === round.round - 1)?.decision?.what === 'expired';

/** Pages whoever does not look at Slack, once a stage: the ledger has it first, so that a death in between pages nobody twice. */
export async function pageIfDue(operation: Operation, world: StepWorld): Promise<void> {
  const topicArn = world.config.paging?.topicArn;
  const due = pageDue(operation, ruleOf(world.config, operation), world.now_ms());
  if (topicArn === undefined || due === undefined) return;
  const { appended } = await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.some(
      (r) => r.event.type === 'approval-paged' && r.event.data.round === due.round && r.event.data.stage >= due.stage,
    )
      ? undefined
      : { type: 'approval-paged', by: 'step:read-approval', data: due },
  );
  if (appended === undefined) return;
  const now = new Date(world.now_ms()).toISOString();
  const { subject, text } = pageText(operation, world.config, plainLine(operation, world.config, now), due.why);
  try {
    await publishPage(topicArn, subject, text);
  } catch (error) {
    // The approval goes on without it: Slack still has the request, and the thread says that nobody was paged.
    const data = { round: due.round, stage: due.stage, error: failureOf(error).text };
    await world.ledger.append(world.ledger.op(operation.id), () => ({
      type: 'approval-page-failed',
      by: 'step:read-approval',
      data,
    }));
  }
}
