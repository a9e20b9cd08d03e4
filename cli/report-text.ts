import { duration, stepTitle } from '../core/messages/words.ts';
import type { RehearsalResult, StepResultLine } from '../sandbox/rehearsal/result.ts';

const SIGN: Readonly<Record<string, string>> = {
  done: '[done]',
  adopted: '[adopted]',
  'not-needed': '[not needed]',
  unconfirmed: '[UNCONFIRMED]',
  skipped: '[SKIPPED]',
  failed: '[FAILED]',
};

/** The first words of a rehearsal in the terminal. */
export const headline = (run: Pick<RehearsalResult, 'application' | 'scenario' | 'seed'>): string =>
  `SIMULATED: promote of ${run.application}, scenario ${run.scenario}, seed ${run.seed}`;

/** Slack's messages say REAL, so that a drill is never taken for the real thing; in a rehearsal they must not. */
export const asSimulated = (text: string): string => text.replaceAll(/\bREAL\b/g, 'SIMULATED');

/** What a terminal shows at the end of a rehearsal. */
export function reportText(result: RehearsalResult): string {
  const { world } = result;
  const home = result.calls.filter((call) => call.bestEffort);
  const unanswered = result.calls.filter((call) => call.outcome === 'NoAnswer');
  const [root] = result.channel;
  return [
    `${headline(result)}: ${result.outcome.toUpperCase()}`,
    '',
    ...(root === undefined ? [] : ['What the channel says', `  ${asSimulated(root.text)}`, '']),
    'People',
    `  asked by ${result.requestedBy ?? 'nobody'}`,
    ...(result.approvals.length > 0
      ? [`  approved by ${result.approvals.map((a) => `${a.by} at ${clock(a.at_s)}`).join(', ')}`]
      : ['  not approved']),
    '',
    ...(result.steps.length === 0 ? [] : ['Steps (time from zero)', ...result.steps.map(stepLine), '']),
    'Measured',
    `  RTO        ${measured(result.rto_s)} until the first write that a user got served`,
    `  RPO        ${measured(result.rpo_s)} at most, by what Muster could measure; the true loss was ${measured(result.trueLoss_s)}`,
    `  overhead   ${measured(result.overhead_s)} beyond ${measured(result.lowerBound_s)}, the least that this scenario allows after approval`,
    '',
    'The world now',
    `  database writer in ${world.writerRegion ?? 'no region'}`,
    `  users led to ${world.trafficRegion ?? 'nowhere'} (${world.dnsAnswer.join(', ')})`,
    ...world.services.map((s) => `  ${s.region}  ${s.service}: ${s.running} of ${s.desired} running`),
    `  home's fence: ${world.fence ?? 'not part of it'}`,
    '',
    `AWS calls: ${result.calls.length}, of these ${home.length} best effort and ${unanswered.length} never answered`,
    `Ledger: ${result.ledger.events} events, ${result.ledger.verified ? 'chain verified' : 'CHAIN BROKEN'}`,
    '',
    'Other scenarios: npm run -s rehearse -- --list',
  ].join('\n');
}

function stepLine(step: StepResultLine): string {
  const took = step.endedAt_s === null ? '' : ` in ${duration(step.endedAt_s - step.startedAt_s)}`;
  const sign = SIGN[step.outcome ?? ''] ?? `[${step.outcome ?? '?'}]`;
  const title = stepTitle(step.id).padEnd(34);
  return `  ${clock(step.startedAt_s)}  ${sign.padEnd(13)} ${title} ${step.region}${took}${step.detail === '' ? '' : `: ${step.detail}`}`;
}

const measured = (value_s: number | null): string => (value_s === null ? 'not measured' : duration(value_s));

/** `+06:41` from zero. */
export function clock(at_s: number): string {
  const whole = Math.max(0, Math.round(at_s));
  const two = (n: number): string => String(n).padStart(2, '0');
  return `+${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
}
