import { ruleOf } from '../approvals.ts';
import type { Config } from '../config/schema.ts';
import type { Report } from '../ledger.ts';
import { currentRound, type Operation, type StepState } from '../operation.ts';
import { neededFromLeft } from '../plan.ts';
import { assertNever } from '../reasons.ts';
import {
  type Block,
  context,
  cut,
  divider,
  header,
  LIMITS,
  listed,
  type Message,
  quoted,
  section,
  unescaped,
} from './block-kit.ts';
import { approvalBlocks } from './root-approval.ts';
import { decisionBlocks, pausedBlocks } from './root-buttons.ts';
import { endedBlocks, nextCommand } from './root-ended.ts';
import { stepBlocks } from './root-steps.ts';
import { approvers, locations, nameOf, namesAnd, type Phase, phaseOf, plannedAt, wantedApprovers } from './state.ts';
import {
  downtimeWords,
  duration,
  kindTitle,
  lossShort,
  lossWords,
  methodTitle,
  noReturnWords,
  secondsBetween,
  stepTitle,
  utcTime,
  when,
} from './words.ts';

/**
 * The one message of an operation, from the request to its end; the thread has the details. It leads with what a
 * person who is woken needs first: is it real, what moves, what happens now, and must I do something.
 */
export function rootMessage(operation: Operation, config: Config, now: string): Message {
  const phase = phaseOf(operation, config, now);
  return {
    text: cut(summaryOf(operation, config, phase), LIMITS.text),
    blocks: blocksOf(operation, config, phase, now).slice(0, LIMITS.messageBlocks),
  };
}

/** The same in one line, for a terminal. */
export function plainLine(operation: Operation, config: Config, now: string): string {
  return unescaped(summaryOf(operation, config, phaseOf(operation, config, now)));
}

function summaryOf(operation: Operation, config: Config, phase: Phase): string {
  const { plan, facts } = operation;
  const what = `${kindTitle(plan)} of ${operation.application} from ${plan.from} to ${plan.to}`;
  const asked = `Asked by ${nameOf(config, operation.requester)}: ${reasonOf(operation, 200)}.`;
  const parts = [
    `${headlineOf(operation, config, phase)}: ${what}. ${phase.phase === 'ended' ? nowPlain(operation, config, phase) : capital(nowPlain(operation, config, phase))}`,
  ];
  if (phase.phase === 'starting' || phase.phase === 'asking') {
    parts.push(
      `Plan: ${methodTitle(plan.database.method)}, ${lossShort(plan, facts)}, ${downtimeWords(facts)} of downtime.`,
      asked,
    );
  }
  return parts.join(' ').replaceAll(/[*`]/g, '');
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

const reasonOf = (operation: Operation, limit: number): string => quoted(operation.reason, limit) || 'no reason given';

function blocksOf(operation: Operation, config: Config, phase: Phase, now: string): readonly Block[] {
  const { plan } = operation;
  const title = `${headlineOf(operation, config, phase)} · ${kindTitle(plan)} of ${operation.application}, ${plan.from} → ${plan.to}`;
  const top: readonly Block[] = [header(title), section(`*Now:* ${nowWords(operation, config, phase)}`)];
  const asked = section(
    `*Asked by* ${nameOf(config, operation.requester)}, ${when(operation.requestedAt ?? operation.draftedAt)}\n*Why:* ${reasonOf(operation, 800)}`,
  );
  const foot = context(
    `\`${operation.id}\` · plan \`${operation.planHash.slice(0, 12)}\` · details are in the thread · drawn ${when(now)}`,
  );
  const approval = approvalBlocks(operation, config, phase);
  const steps = stepBlocks(operation, config, phase);
  if (phase.phase === 'ended') {
    return [...top, ...endedBlocks(operation, phase.ended), asked, ...approval, divider, ...steps, foot];
  }
  if (phase.phase === 'paused' || phase.phase === 'running') {
    const buttons = [...pausedBlocks(operation), ...decisionBlocks(operation, config, phase)];
    return [...top, ...buttons, divider, ...steps, divider, asked, ...planBlocks(operation), ...approval, foot];
  }
  const buttons = decisionBlocks(operation, config, phase);
  return [...top, asked, ...planBlocks(operation), ...approval, ...buttons, divider, ...steps, foot];
}

function planBlocks(operation: Operation): readonly Block[] {
  const { plan, facts } = operation;
  const control = neededFromLeft(plan);
  const bound =
    plan.maxLoss_s === null || plan.maxLoss_s === 0
      ? ''
      : `; approval is asked again if more may be lost than ${duration(plan.maxLoss_s)}`;
  const lines = [
    '*The plan*',
    `• *Database:* ${methodTitle(plan.database.method)}. ${quoted(facts.why)}`,
    `• *Data lost:* ${lossWords(plan, facts, plannedAt(operation))}${bound}.`,
    `• *Downtime expected:* ${downtimeWords(facts)} from the approval to the first served write.`,
    `• *Point of no return:* ${noReturnWords(plan)}.`,
    ...(control === undefined ? [] : [`• *NEEDS ${plan.from}, the region being left:* ${control}.`]),
    ...facts.notices.slice(0, 6).map((notice) => `• ${quoted(notice)}`),
  ];
  return [section(lines.join('\n'))];
}

/** The first words of everything: the answer. */
function headlineOf(operation: Operation, config: Config, phase: Phase): string {
  switch (phase.phase) {
    case 'starting':
      return 'STARTING';
    case 'asking': {
      const { people } = ruleOf(config, operation);
      const again = phase.round.round > 1 ? 'APPROVAL NEEDED AGAIN' : 'APPROVAL NEEDED';
      return `${again} (${people - phase.missing} of ${people})`;
    }
    case 'decided':
      return phase.what.toUpperCase();
    case 'aborting':
      return 'ABORTING';
    case 'paused':
      return 'PAUSED, A DECISION IS NEEDED';
    case 'running':
      return 'RUNNING';
    case 'ended':
      return endedHeadline(operation);
    default:
      return assertNever(phase);
  }
}

const ENDINGS = {
  succeeded: 'DONE',
  declined: 'DECLINED',
  expired: 'EXPIRED',
  refused: 'REFUSED',
  aborted: 'ABORTED',
  failed: 'FAILED',
} as const;

function endedHeadline(operation: Operation): string {
  const { ended } = operation;
  if (ended === undefined) return 'ENDED';
  const took = secondsBetween(operation.requestedAt ?? operation.draftedAt, ended.at);
  return ended.outcome === 'succeeded' ? `DONE in ${duration(took)}` : ENDINGS[ended.outcome];
}

/** What happens now and who is waited for, with dates in the reader's zone. */
function nowWords(operation: Operation, config: Config, phase: Phase): string {
  // The list below it has the rest.
  if (phase.phase === 'ended') return quoted(phase.ended.why, 800) || 'it has ended.';
  return sentence(operation, config, phase, when);
}

const nowPlain = (operation: Operation, config: Config, phase: Phase): string =>
  sentence(operation, config, phase, utcTime);

function sentence(operation: Operation, config: Config, phase: Phase, time: (at: string) => string): string {
  switch (phase.phase) {
    case 'starting':
      return 'Muster is starting. No action needed yet.';
    case 'asking': {
      const wanted = wantedApprovers(operation, config, phase.round).map((person) => quoted(person.name, 80));
      const names = wanted.length === 0 ? 'nobody else is configured' : listed(wanted, 8);
      return `waiting for ${phase.missing} more approval${phase.missing === 1 ? '' : 's'} until ${time(phase.round.deadline)}. Can still approve: ${names}.`;
    }
    case 'decided':
      return decidedWords(config, phase, time);
    case 'aborting':
      return `${nameOf(config, phase.by)} aborted it (${quoted(phase.reason, 200) || 'no reason given'}). Muster is rolling back the capacity that it changed. No action needed.`;
    case 'paused':
      return pausedWords(operation, config, phase.steps, time);
    case 'running':
      return runningWords(operation, phase.steps, time);
    case 'ended':
      return endedWords(operation, phase.ended);
    default:
      return assertNever(phase);
  }
}

function decidedWords(
  config: Config,
  phase: Extract<Phase, { phase: 'decided' }>,
  time: (at: string) => string,
): string {
  switch (phase.what) {
    case 'approved':
      return `approved by ${namesAnd(config, phase.by)} at ${time(phase.at)}. Muster continues by itself. No action needed.`;
    case 'declined':
      return `declined by ${namesAnd(config, phase.by)}. Muster is rolling back the pre-warm.`;
    case 'expired':
      return `the deadline of ${time(phase.at)} has passed without enough approvals.`;
    default:
      return assertNever(phase.what);
  }
}

function pausedWords(
  operation: Operation,
  config: Config,
  steps: readonly StepState[],
  time: (at: string) => string,
): string {
  const what = steps.map((step) => {
    const until = step.pause === undefined ? '' : ` An approver must decide by ${time(step.pause.deadline)}.`;
    return `"${stepTitle(step.step)}" in ${step.region} is paused: ${quoted(step.pause?.why ?? '', 300)}.${until}`;
  });
  const { writer, traffic } = locations(operation);
  const who = listed(
    approvers(config).map((person) => quoted(person.name, 80)),
    8,
  );
  return `${what.join(' ')} Can decide: ${who}. Writer: ${writer}. Traffic: ${traffic}.`;
}

function runningWords(operation: Operation, steps: readonly StepState[], time: (at: string) => string): string {
  const what = steps.map((step) => `"${stepTitle(step.step)}" in ${step.region} since ${time(step.startedAt)}`);
  const past =
    operation.noReturn === undefined
      ? ''
      : ` The point of no return was passed at ${time(operation.noReturn.at)}: it can no longer be aborted.`;
  return `${what.length === 0 ? 'waiting for the next step to start' : what.join(' and ')}. No action needed.${past}`;
}

function endedWords(operation: Operation, ended: NonNullable<Operation['ended']>): string {
  const { writer, traffic } = locations(operation);
  const why = quoted(ended.why, 400);
  const report = ended.report;
  const measured =
    ended.outcome === 'succeeded'
      ? ` RTO ${measuredWords(report?.rto_s)}, RPO ${lossInShort(report)}.`
      : ` ${currentRound(operation)?.decision?.what === 'approved' ? '' : 'It was never approved. '}`.trimEnd();
  return `${why}${why.endsWith('.') ? '' : '.'}${measured} Writer: ${writer}. Traffic: ${traffic}. Next: ${nextCommand(operation)}`;
}

/** `not bounded: ...` and `not measured: ...` in their first words; the why stands below. */
const lossInShort = (report: Report | undefined): string =>
  report?.rpo_s == null ? report?.rpoHow.split(':')[0] || 'not measured' : duration(report.rpo_s);

export const measuredWords = (span_s: number | null | undefined): string =>
  span_s === null || span_s === undefined ? 'not measured' : duration(span_s);
