import { commandNamed } from '../commands.ts';
import type { Report } from '../ledger.ts';
import type { Operation } from '../operation.ts';
import { assertNever } from '../reasons.ts';
import { type Block, listed, quoted, section } from './block-kit.ts';
import { locations } from './state.ts';
import { duration, when } from './words.ts';

type Ended = NonNullable<Operation['ended']>;

/** The result: what was measured, where things are, what is unprotected now, and the next command. */
export function endedBlocks(operation: Operation, ended: Ended): readonly Block[] {
  const { writer, traffic } = locations(operation);
  const lines = [
    `• *Writer:* ${writer}`,
    `• *Traffic:* ${traffic}`,
    ...(ranAtAll(operation) ? measuredLines(operation, ended) : []),
    `• *Next:* ${nextCommand(operation)}`,
  ];
  return [section(lines.join('\n'))];
}

const ranAtAll = (operation: Operation): boolean =>
  operation.rounds.some((round) => round.decision?.what === 'approved');

function measuredLines(operation: Operation, ended: Ended): readonly string[] {
  const { report } = ended;
  const drift = report?.drift ?? [];
  return [
    `• *RTO* (until the first served write): ${report?.rto_s == null ? 'not measured' : duration(report.rto_s)}`,
    `• *RPO* (what may be lost, upper bound): ${lossVerdict(report)}`,
    `• *Home fenced:* ${fenceVerdict(operation, ended)}`,
    `• *Standby:* ${standbyWords(ended)}`,
    ...(drift.length === 0
      ? []
      : [
          `• *Differs from the infrastructure code now:* ${listed(
            drift.map((d) => quoted(d.resource, 80)),
            5,
          )} (all in the thread)`,
        ]),
    ...(report?.notes ?? []).slice(0, 5).map((note) => `• ${quoted(note)}`),
  ];
}

/** A figure never stands without how it is known, and where there is none its place says why. */
export function lossVerdict(report: Report | undefined): string {
  if (report === undefined) return 'not measured';
  const { rpo_s, rpoHow } = report;
  if (rpo_s === null) return quoted(rpoHow, 300) || 'not measured';
  return `${duration(rpo_s)}${rpoHow === '' ? '' : ` (${quoted(rpoHow, 300)})`}`;
}

export function fenceVerdict(operation: Operation, ended: Ended): string {
  const { fence } = operation;
  if (fence?.fence === 'fenced') return `*fenced later*, at ${when(fence.at)}: ${quoted(fence.detail)}`;
  if (fence !== undefined) return `*NOT FENCED* (${fence.fence}), seen at ${when(fence.at)}: ${quoted(fence.detail)}`;
  if (ended.report !== undefined && ended.report.fence !== '') return quoted(ended.report.fence);
  const step = operation.steps.get('fence-home');
  return step?.outcome === undefined ? 'not known' : `${step.outcome}: ${quoted(step.detail) || 'no detail'}`;
}

export function standbyWords(ended: Ended): string {
  if (ended.report === undefined) return 'not measured';
  const since = ended.report.noStandbySince;
  return since === null
    ? 'there is one'
    : `*NO STANDBY since ${when(since)}*: if this region fails too, there is nothing to move to`;
}

/** What to type now. Only commands that exist are named. */
export function nextCommand(operation: Operation): string {
  const { application, ended, noReturn } = operation;
  const status = `\`/dr status ${application}\``;
  if (ended === undefined) return status;
  switch (ended.outcome) {
    case 'succeeded':
      return commandNamed('failback') !== undefined
        ? `\`/dr failback ${application}\` when home is healthy; ${status} shows whether it is.`
        : `${status} shows where things are.`;
    case 'declined':
    case 'expired':
    case 'refused':
    case 'aborted':
      return `\`/dr promote ${application}\` asks again, if it is still needed.`;
    case 'failed':
      return `${status}, then \`/dr promote ${application}\`: ${noReturn === undefined ? 'it starts from the beginning' : 'it adopts what is done and does what remains'}.`;
    default:
      return assertNever(ended.outcome);
  }
}
