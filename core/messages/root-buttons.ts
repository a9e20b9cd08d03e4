import { ruleOf } from '../approvals.ts';
import type { Config } from '../config/schema.ts';
import {
  currentRound,
  EXTENSION_MINUTES,
  extensions,
  MOST_EXTENSIONS,
  type Operation,
  type StepState,
} from '../operation.ts';
import { type StepId, stepOf } from '../operations/registry.ts';
import { actions, type Block, type Button, type Confirm, LIMITS, plain, section } from './block-kit.ts';
import type { Phase } from './state.ts';
import { downtimeWords, lossShort, methodTitle, noReturnCall, stepTitle } from './words.ts';

/** A button carries ids only; its handler reads the ledger again. */
const ids = (operation: Operation, step?: StepId): string =>
  JSON.stringify({
    operation: operation.id,
    round: currentRound(operation)?.round ?? 0,
    ...(step === undefined ? {} : { step }),
  });

/** Slack shows about 30 characters of a button. */
const button = (action_id: string, text: string, value: string): Button => ({
  type: 'button',
  action_id,
  text: plain(text, 75),
  value,
});

/** Approve, Decline and Extend while people are asked; Abort until the point of no return. No button that could only be refused. */
export function decisionBlocks(operation: Operation, config: Config, phase: Phase): readonly Block[] {
  if (phase.phase === 'ended' || phase.phase === 'aborting') return [];
  const asking = phase.phase === 'asking';
  if (phase.phase === 'decided' && phase.what !== 'approved') return [];
  return actions([
    ...(asking ? [approve(operation, config, phase.missing), decline(operation)] : []),
    ...(asking && extensions(phase.round) < MOST_EXTENSIONS
      ? [button('extend', `Extend ${EXTENSION_MINUTES} minutes`, ids(operation))]
      : []),
    ...(operation.noReturn === undefined ? [abort(operation)] : []),
  ]);
}

function approve(operation: Operation, config: Config, missing: number): Button {
  return {
    ...button('approve', 'Approve', ids(operation)),
    style: 'primary',
    confirm: approveConfirm(operation, config, missing),
  };
}

/** Says again what will happen, since a button is easily pressed by mistake. */
function approveConfirm(operation: Operation, config: Config, missing: number): Confirm {
  const { plan, facts } = operation;
  const { people } = ruleOf(config, operation);
  const call = noReturnCall(plan);
  const words = [
    `${methodTitle(plan.database.method)}: ${lossShort(plan, facts)}.`,
    `Downtime ${downtimeWords(facts)}.`,
    call === undefined ? '' : `It cannot be aborted once ${call} is accepted.`,
    missing === 1
      ? 'Yours is the last approval needed: it starts at once.'
      : `${people - missing} of ${people} approved so far.`,
  ];
  return {
    title: plain(`Move ${operation.application} from ${plan.from} to ${plan.to}?`, LIMITS.confirmTitle),
    text: plain(words.filter(Boolean).join(' '), LIMITS.confirmText),
    confirm: plain('Approve', LIMITS.confirmButton),
    deny: plain('Not yet', LIMITS.confirmButton),
    ...(plan.forced ? { style: 'danger' } : {}),
  };
}

const decline = (operation: Operation): Button => button('modal:decline', 'Decline ...', ids(operation));
const abort = (operation: Operation): Button => ({
  ...button('modal:abort', 'Abort ...', ids(operation)),
  style: 'danger',
});

/** One row of buttons for each step that waits for a decision. */
export function pausedBlocks(operation: Operation): readonly Block[] {
  const paused = [...operation.steps.values()].filter((step) => step.status === 'paused');
  return paused
    .slice(0, 6)
    .flatMap((step) => [
      section(`*${stepTitle(step.step)}* is paused: what should Muster do?`),
      ...pausedRow(operation, step),
    ]);
}

function pausedRow(operation: Operation, { step }: StepState): readonly Block[] {
  return actions([
    { ...button('retry', 'Retry', ids(operation, step)), style: 'primary' },
    ...(stepOf(step).neverSkipped !== undefined ? [] : [button('modal:skip', 'Skip ...', ids(operation, step))]),
  ]);
}
