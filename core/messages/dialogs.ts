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
import {
  downtimeWords,
  duration,
  kindTitle,
  lossShort,
  lossWords,
  methodTitle,
  noReturnWords,
  stepTitle,
  when,
} from './words.ts';

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
 * rolled back. `reason`: what was typed behind the command.
 */
export function promoteDialog(operation: Operation, config: Config, now: string, reason = ''): ModalView {
  const { plan, application } = operation;
  const { people, requesterCounts, expires_minutes } = ruleOf(config, operation);
  const own = requesterCounts ? ', yours included if you are an approver' : ', yours not included';
  const blocks: readonly Block[] = [
    section(`*${kindTitle(plan)} of ${application} from ${plan.from} to ${plan.to}.* Nothing has been started.`),
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
      `Ask sends this to the approvers: ${people} approval${people === 1 ? ' is' : 's are'} needed within ${expires_minutes} minutes${own}. ${app(config, application)?.prewarm === true ? 'Meanwhile the standby is pre-warmed; this is rolled back if it is not approved. ' : ''}Plan made ${when(operation.draftedAt)}, shown ${when(now)}.`,
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
      : ` Approval is asked again if more may be lost than ${duration(plan.maxLoss_s)}.`;
  const summary = [
    `• *Method:* ${methodTitle(plan.database.method)}. ${quoted(facts.why)}`,
    `• *Data lost:* ${lossWords(plan, facts, operation.draftedAt)}.${bound}`,
    `• *Downtime expected:* ${downtimeWords(facts)}, from the approval to the first served write.`,
    `• *Point of no return:* ${noReturnWords(plan)}.`,
    control === undefined
      ? `• *Does not need ${plan.from}:* no call to a control plane there has to succeed.`
      : `• *NEEDS ${plan.from}, the region being left:* ${control}.`,
    ...facts.notices.slice(0, 6).map((notice) => `• ${quoted(notice)}`),
  ];
  const application = app(config, operation.application);
  const steps = application === undefined ? [] : describeSteps(plan, application);
  const lines = steps
    .flatMap(({ step, does }) => (does.applies ? [{ title: step.title, does }] : []))
    .map(({ title, does }, index) => {
      const calls = does.calls.map((call) => `\`${call}\``).join(', ') || 'no change in AWS';
      const last = does.irreversible ? ' *Point of no return.*' : '';
      return `${index + 1}. *${title}*, ${does.region}: ${calls}${does.note === '' ? '' : ` (${does.note})`}${last}`;
    });
  return [section(summary.join('\n')), ...sections('*Steps and their AWS calls*', lines, 3)];
}

/** What else may be chosen, each with what it costs. */
function others(operation: Operation): readonly Block[] {
  const [proposed, ...rest] = operation.choices;
  if (proposed === undefined || rest.length === 0) return [];
  const lines = rest.slice(0, 4).map(({ plan, facts }) => {
    const control = neededFromLeft(plan);
    return `• *${methodTitle(plan.database.method)}:* ${lossShort(plan, facts)}; downtime ${downtimeWords(facts)}; ${control === undefined ? `does not need ${plan.from}` : `needs ${plan.from}: ${control}`}.`;
  });
  return [section(['*Other methods that you can choose below*', ...lines].join('\n'))];
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

/** Shown at once, since a trigger is valid for 3 s; the plan replaces it. */
export const loadingView = (title = 'Muster'): ModalView =>
  view('loading', {}, title, [section('Checking both regions. This takes a few seconds and starts nothing.')]);

export type ReasonKind = 'decline' | 'abort' | 'skip';
export const isReasonKind = (kind: string): kind is ReasonKind => Object.hasOwn(REASON_DIALOGS, kind);

/** Asks for the reason of a decision that stops an operation or leaves a step out. */
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
    says: '*Declining* `{operation}` ends this request: nothing is moved, and the pre-warm is rolled back. It can be requested again.',
  },
  abort: {
    title: 'Abort',
    submit: 'Abort',
    says: '*Aborting* `{operation}` ends it before the point of no return. Capacity that it changed is rolled back; other steps that are done stay done.',
  },
  skip: {
    title: 'Skip a step',
    submit: 'Skip',
    says: '*Skipping* "{step}" continues `{operation}` without it. Muster does not check this step later: you are responsible for it.',
  },
} as const satisfies Record<ReasonKind, { title: string; submit: string; says: string }>;
