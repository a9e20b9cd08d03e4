import { ruleOf } from '../approvals.ts';
import type { Config } from '../config/schema.ts';
import { type ApprovalRound, extensions, type Operation } from '../operation.ts';
import { type Block, listed, quoted, section } from './block-kit.ts';
import { nameOf, namesAnd, type Phase, wantedApprovers } from './state.ts';
import { when } from './words.ts';

/** Every round: who approved, who can still approve, until when; a decision replaces the buttons. */
export function approvalBlocks(operation: Operation, config: Config, phase: Phase): readonly Block[] {
  const lines = operation.rounds.slice(-3).flatMap((round) => roundLines(operation, config, phase, round));
  return lines.length === 0 ? [] : [section(lines.join('\n'))];
}

function roundLines(operation: Operation, config: Config, phase: Phase, round: ApprovalRound): readonly string[] {
  const title = operation.rounds.length > 1 ? `*Approval, round ${round.round}:*` : '*Approval:*';
  const again = round.why === null ? [] : [`_Asked again because ${quoted(round.why, 400)}_`];
  return [...again, `${title} ${stateWords(operation, config, phase, round)}`];
}

function stateWords(operation: Operation, config: Config, phase: Phase, round: ApprovalRound): string {
  const newest = operation.rounds.at(-1) === round;
  const decided =
    round.decision ??
    (newest && phase.phase === 'decided' ? { what: phase.what, by: phase.by, at: phase.at } : undefined);
  if (decided !== undefined) return decisionWords(config, round, decided);
  if (!newest || phase.phase === 'ended' || phase.phase === 'aborting') return 'ended without a decision.';
  const rule = ruleOf(config, operation);
  const given = round.votes.filter((vote) => vote.choice === 'approve');
  const counted = phase.phase === 'asking' ? phase.votes : given.map((vote) => vote.identity);
  const wanted = wantedApprovers(operation, config, round).map((person) => quoted(person.name, 80));
  return [
    `${counted.length} of ${rule.people} approved${counted.length > 0 ? ` (${approvalsIn(operation, config, round, counted)})` : ''}.`,
    `Can still approve: ${listed(wanted, 12) || 'nobody else is configured'}.`,
    `Until ${when(round.deadline)}${extensions(round) === 0 ? '' : `, extended ${extensions(round) === 1 ? 'once' : 'twice'}`}.`,
    ...(config.slack.approverGroup === undefined
      ? []
      : [`Only members of the Slack group \`${config.slack.approverGroup}\` can approve.`]),
    ...(operation.notCounted === undefined
      ? []
      : [`The request does not count as an approval: ${quoted(operation.notCounted, 300)}.`]),
    ...(round.paged === 0 ? [] : [`Paged out of band ${round.paged === 1 ? 'once' : `${round.paged} times`}.`]),
  ].join(' ');
}

function approvalsIn(operation: Operation, config: Config, round: ApprovalRound, counted: readonly string[]): string {
  const words = counted.map((id) => {
    const vote = round.votes.find((v) => v.identity === id && v.choice === 'approve');
    const how = vote === undefined && id === operation.requester ? ', by requesting it' : '';
    return `${nameOf(config, id)}${how}`;
  });
  return listed(words, 10);
}

function decisionWords(
  config: Config,
  round: ApprovalRound,
  decided: { readonly what: 'approved' | 'declined' | 'expired'; readonly by: readonly string[]; readonly at: string },
): string {
  switch (decided.what) {
    case 'approved':
      return `Approved by ${namesAnd(config, decided.by)} at ${when(decided.at)}.`;
    case 'declined': {
      const reason = round.votes.find((vote) => vote.choice === 'decline')?.reason ?? '';
      return `Declined by ${namesAnd(config, decided.by)} at ${when(decided.at)}: ${quoted(reason, 400) || 'no reason given'}`;
    }
    case 'expired':
      return `Expired at ${when(decided.at)}: not enough approvals.`;
  }
}
