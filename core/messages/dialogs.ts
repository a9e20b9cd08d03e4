import { ruleOf } from '../approvals.ts';
import type { Config } from '../config/schema.ts';
import type { PlanChoice } from '../ledger.ts';
import type { Operation } from '../operation.ts';
import { describeSteps } from '../operations/describe.ts';
import type { StepId } from '../operations/registry.ts';
import { neededFromLeft } from '../plan.ts';
import type { Refusal } from '../reasons.ts';
import {
  type Block,
  context,
  cut,
  entities,
  LIMITS,
  type ModalView,
  type Option,
  plain,
  quoted,
  section,
  sections,
  type TextInput,
} from './block-kit.ts';
import { downtimeWords, duration, lossShort, lossWords, methodTitle, noReturnWords, stepTitle, when } from './words.ts';

/** Dialogs carry ids only; what is submitted is judged against the ledger. */
const view = (
  callback_id: string,
  ids: object,
  title: string,
  blocks: readonly Block[],
  submit?: string,
): ModalView => ({
  type: 'modal',
  callback_id,
  private_metadata: JSON.stringify(ids),
  title: plain(title, LIMITS.modalTitle),
  ...(submit === undefined ? {} : { submit: plain(submit, LIMITS.modalTitle) }),
  close: plain(submit === undefined ? 'Close' : 'Cancel', LIMITS.modalTitle),
  blocks: blocks.slice(0, LIMITS.modalBlocks),
});

/**
 * What `/dr promote` shows before anything is asked or started: what would happen, what may be lost, what cannot be
 * taken back. `reason`: what was typed behind the command.
 */
export function promoteDialog(operation: Operation, config: Config, now: string, reason = ''): ModalView {
  const { plan, application } = operation;
  const { people, requesterCounts, expires_minutes } = ruleOf(config, operation);
  const own = requesterCounts ? ', yours included if you are an approver' : ', yours not included';
  const blocks: readonly Block[] = [
    section(`*REAL: ${application} would move from ${plan.from} to ${plan.to}.* Nothing has been started.`),
    ...planSections(operation, config),
    ...others(operation),
    ...methodInput(operation.choices),
    input('region', `Type the target region: ${plan.to}`, {
      type: 'plain_text_input',
      action_id: 'value',
      placeholder: plain('The region that takes over', LIMITS.option),
      max_length: 40,
    }),
    input('reason', 'Why? It goes into the record.', reasonInput(reason)),
    context(
      `Pressing Ask puts this before the approvers: ${people} voice${people === 1 ? '' : 's'} within ${expires_minutes} minutes${own}. ${app(config, application)?.prewarm === true ? 'Meanwhile the standby is pre-warmed, which is undone if nobody approves. ' : ''}Plan of ${when(operation.draftedAt)}, shown ${when(now)}.`,
    ),
  ];
  return view('promote', { operation: operation.id }, 'Promote', blocks, 'Ask');
}

const app = (config: Config, name: string) => config.applications[name];

function planSections(operation: Operation, config: Config): readonly Block[] {
  const { plan, facts } = operation;
  const control = neededFromLeft(plan);
  const bound =
    plan.maxLoss_s === null || plan.maxLoss_s === 0
      ? ''
      : ` Asked again if the lag passes ${duration(plan.maxLoss_s)}.`;
  const summary = [
    `• *Method:* ${methodTitle(plan.database.method)}. ${quoted(facts.why)}`,
    `• *Data lost:* ${lossWords(plan, facts, operation.draftedAt)}.${bound}`,
    `• *Downtime expected:* ${downtimeWords(facts)}, from the approval to the first served write.`,
    `• *Cannot be taken back:* ${noReturnWords(plan)}.`,
    control === undefined
      ? `• *Needs nothing of ${plan.from}:* no control plane there is on the path.`
      : `• *NEEDS ${plan.from}, the region being left:* ${control}.`,
    ...facts.notices.slice(0, 6).map((notice) => `• ${quoted(notice)}`),
  ];
  const application = app(config, operation.application);
  const steps = application === undefined ? [] : describeSteps(plan, application);
  const lines = steps
    .flatMap(({ step, does }) => (does.applies ? [{ title: step.title, does }] : []))
    .map(({ title, does }, index) => {
      const calls = does.calls.map((call) => `\`${call}\``).join(', ') || 'no change in AWS';
      const last = does.irreversible ? ' *Cannot be taken back.*' : '';
      return `${index + 1}. *${title}*, ${does.region}: ${calls}${does.note === '' ? '' : ` (${does.note})`}${last}`;
    });
  return [section(summary.join('\n')), ...sections('*Steps and what they call*', lines, 3)];
}

/** What else may be chosen, each with what it costs. */
function others(operation: Operation): readonly Block[] {
  const [proposed, ...rest] = operation.choices;
  if (proposed === undefined || rest.length === 0) return [];
  const lines = rest.slice(0, 4).map(({ plan, facts }) => {
    const control = neededFromLeft(plan);
    return `• *${methodTitle(plan.database.method)}:* ${lossShort(plan, facts)}; downtime ${downtimeWords(facts)}; ${control === undefined ? `needs nothing of ${plan.from}` : `needs ${plan.from}: ${control}`}.`;
  });
  return [section(['*If you choose another method below*', ...lines].join('\n'))];
}

function methodInput(choices: readonly PlanChoice[]): readonly Block[] {
  const options = choices.slice(0, 5).map(
    ({ choice, plan, facts }, index): Option => ({
      text: plain(`${methodTitle(plan.database.method)}${index === 0 ? ' (proposed)' : ''}`, LIMITS.option),
      description: plain(lossShort(plan, facts), LIMITS.option),
      value: choice,
    }),
  );
  const [first] = options;
  if (first === undefined || options.length < 2) return [];
  return [
    {
      type: 'input',
      block_id: 'method',
      label: plain('Method', LIMITS.label),
      element: { type: 'radio_buttons', action_id: 'value', options, initial_option: first },
    },
  ];
}

const input = (block_id: string, label: string, element: TextInput): Block => ({
  type: 'input',
  block_id,
  label: plain(label, LIMITS.label),
  element,
});

const REASON_MAX = 1_000;

const reasonInput = (initial: string): TextInput => ({
  type: 'plain_text_input',
  action_id: 'value',
  multiline: true,
  max_length: REASON_MAX,
  ...(initial.trim() === '' ? {} : { initial_value: cut(initial.trim(), REASON_MAX) }),
});

/** What happened, and the next action. */
export const refusalView = (title: string, refusal: Refusal): ModalView =>
  view('refusal', {}, title, [section(entities(refusal.sentence)), section(`*Next:* ${entities(refusal.next)}`)]);

/** Shown at once, since a trigger lives 3 s; what is observed replaces it. */
export const loadingView = (title = 'Muster'): ModalView =>
  view('loading', {}, title, [
    section('Looking at both regions. This takes a few seconds; nothing is started by looking.'),
  ]);

export type ReasonKind = 'decline' | 'abort' | 'skip';
export const isReasonKind = (kind: string): kind is ReasonKind => Object.hasOwn(REASON_DIALOGS, kind);

/** Words for a decision that stops or leaves out something. */
export function reasonDialog(kind: ReasonKind, operation: string, round: number, step?: StepId): ModalView {
  const { title, submit, says } = REASON_DIALOGS[kind];
  const what = says
    .replace('{operation}', operation)
    .replace('{step}', step === undefined ? 'this step' : stepTitle(step));
  const ids = { operation, kind, round, ...(step === undefined ? {} : { step }) };
  return view(
    'reason',
    ids,
    title,
    [section(what), input('reason', 'Why? It goes into the record.', reasonInput(''))],
    submit,
  );
}

const REASON_DIALOGS = {
  decline: {
    title: 'Decline',
    submit: 'Decline',
    says: '*Declining* `{operation}` ends this request: nothing is moved, and what was pre-warmed is undone. Others can ask anew.',
  },
  abort: {
    title: 'Abort',
    submit: 'Abort',
    says: '*Aborting* `{operation}` ends it before anything that cannot be taken back; what was pre-warmed is undone. Steps that are done stay done.',
  },
  skip: {
    title: 'Skip a step',
    submit: 'Skip',
    says: '*Skipping* "{step}" lets `{operation}` go on without it. Nobody checks afterwards whether it came right: that is then yours.',
  },
} as const satisfies Record<ReasonKind, { title: string; submit: string; says: string }>;
