import type { Config } from '../config/schema.ts';
import type { Operation, StepState } from '../operation.ts';
import { describeSteps, shownSteps } from '../operations/describe.ts';
import type { StepDescription } from '../steps/definition.ts';
import { type Block, quoted, sections } from './block-kit.ts';
import type { Phase } from './state.ts';
import { duration, secondsBetween, stepTitle, when } from './words.ts';

/** The steps, each with a sign and the same in words: no state is told by colour or sign alone. */
export function stepBlocks(operation: Operation, config: Config, phase: Phase): readonly Block[] {
  const app = config.applications[operation.application];
  const described = new Map(
    app === undefined ? [] : describeSteps(operation.plan, app).map(({ step, does }) => [step.id, does]),
  );
  const lines = shownSteps(operation.plan.kind).flatMap(({ id, title }) => {
    const state = operation.steps.get(id);
    const does = described.get(id);
    // A report that was never reached is left out: the message itself says how the operation ended.
    if (id === 'report' && phase.phase === 'ended' && state?.status !== 'done') return [];
    if (state !== undefined) return [stateLine(state, operation)];
    if (does?.applies === false) return [];
    return [`▫ *${title}*${waitingWords(does, phase)}`];
  });
  return sections(phase.phase === 'ended' ? '*Steps*' : '*Steps* (from top to bottom)', lines, 3);
}

/** Before anything ran, people see what would be called; after that, only that it has not started. */
function waitingWords(does: Extract<StepDescription, { applies: true }> | undefined, phase: Phase): string {
  if (phase.phase === 'ended') return ': not reached';
  if (does === undefined || phase.phase === 'running' || phase.phase === 'paused') return ': not started';
  const calls = does.calls.map((call) => `\`${call}\``).join(', ');
  const note = does.note === '' ? '' : ` (${does.note})`;
  const last = does.irreversible ? ' *Point of no return.*' : '';
  return `, ${does.region}: ${calls || 'no change in AWS'}${note}${last}`;
}

function stateLine(state: StepState, operation: Operation): string {
  const title = `*${stepTitle(state.step)}* (${state.region})`;
  if (state.status !== 'done' && operation.ended !== undefined) {
    return `✗ ${title}: NOT FINISHED when the operation ended. ${quoted(state.pause?.why ?? '', 300)}`.trimEnd();
  }
  if (state.status === 'paused') {
    const pause = state.pause;
    const until = pause === undefined ? '' : `, decision due by ${when(pause.deadline)}`;
    return `⚠ ${title}: PAUSED${until}. ${quoted(pause?.why ?? '', 300)}`;
  }
  if (state.status === 'running') {
    const note = operation.notes.filter((n) => n.step === state.step).at(-1)?.note;
    return `⏳ ${title}: running since ${when(state.startedAt)}${note === undefined ? '' : `. ${quoted(note, 200)}`}`;
  }
  const took = state.endedAt === undefined ? '' : `, ${duration(secondsBetween(state.startedAt, state.endedAt))}`;
  const detail = quoted(state.detail, 240);
  return `${outcomeWords(state)}`.replace('@', title).replace('#', took) + (detail === '' ? '' : `. ${detail}`);
}

/** `@` stands for the title, `#` for how long it took. */
function outcomeWords(state: StepState): string {
  switch (state.outcome) {
    case 'done':
      return '✓ @: done#';
    case 'adopted':
      return '✓ @: already done, adopted#';
    case 'skipped':
      return '⏭ @: SKIPPED by a person#';
    case 'not-needed':
      return '– @: not needed';
    case 'unconfirmed':
      return '? @: done, but NOT CONFIRMED#';
    case 'failed':
      return '✗ @: FAILED#';
    case undefined:
      return '✓ @: ended#';
  }
}
