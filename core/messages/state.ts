import {
  type Identity,
  identities,
  namesOf,
  type QuorumState,
  quorum,
  remainingApprovers,
  ruleOf,
} from '../approvals.ts';
import type { Config } from '../config/schema.ts';
import { type ApprovalRound, currentRound, type Operation, type StepState } from '../operation.ts';
import { quoted } from './block-kit.ts';
import { utcTime } from './words.ts';

/** The state of an operation, as people need to read it. */
export type Phase =
  | { readonly phase: 'starting' }
  | {
      readonly phase: 'asking';
      readonly round: ApprovalRound;
      readonly votes: readonly string[];
      readonly missing: number;
    }
  | {
      readonly phase: 'decided';
      readonly what: 'approved' | 'declined' | 'expired';
      readonly by: readonly string[];
      readonly at: string;
    }
  | { readonly phase: 'aborting'; readonly by: string; readonly reason: string }
  | { readonly phase: 'paused'; readonly steps: readonly StepState[] }
  | { readonly phase: 'running'; readonly steps: readonly StepState[] }
  | { readonly phase: 'ended'; readonly ended: NonNullable<Operation['ended']> };

/** Pure. A vote that completes the quorum shows at once, before the state machine has read it. */
export function phaseOf(operation: Operation, config: Config, now: string): Phase {
  if (operation.ended !== undefined) return { phase: 'ended', ended: operation.ended };
  if (operation.abort !== undefined) {
    return { phase: 'aborting', by: operation.abort.identity, reason: operation.abort.reason ?? '' };
  }
  const steps = [...operation.steps.values()];
  const paused = steps.filter((step) => step.status === 'paused');
  if (paused.length > 0) return { phase: 'paused', steps: paused };
  const round = currentRound(operation);
  if (round === undefined) return { phase: 'starting' };
  if (round.decision === undefined)
    return asked(quorum(config, ruleOf(config, operation), operation, round, now), round);
  // A fallback that was not approved ends nothing: what was approved before goes on.
  if (round.decision.what === 'approved' || steps.some((step) => asksMidway(step))) {
    const running = steps.filter((step) => step.status === 'running' && step.step !== 'request-approval');
    const moved = steps.some((step) => step.startedAt > (round.decision?.at ?? ''));
    return round.decision.what === 'approved' && running.length === 0 && !moved
      ? { phase: 'decided', what: 'approved', by: round.decision.by, at: round.decision.at }
      : { phase: 'running', steps: running };
  }
  return { phase: 'decided', what: round.decision.what, by: round.decision.by, at: round.decision.at };
}

/** The one step that people are asked about while it runs. */
const asksMidway = ({ step, status }: StepState): boolean => step === 'promote-database' && status !== 'done';

function asked(state: QuorumState, round: ApprovalRound): Phase {
  switch (state.state) {
    case 'pending':
      return { phase: 'asking', round, votes: state.votes, missing: state.missing };
    case 'approved':
      return { phase: 'decided', what: 'approved', by: state.by, at: state.at };
    case 'declined':
      return { phase: 'decided', what: 'declined', by: state.by, at: round.votes.at(-1)?.at ?? round.askedAt };
    case 'aborted':
      return { phase: 'aborting', by: state.by[0] ?? '', reason: state.reason };
    case 'expired':
      return { phase: 'decided', what: 'expired', by: [], at: round.deadline };
  }
}

/** Those whose approval is still wanted in a round. */
export const wantedApprovers = (operation: Operation, config: Config, round: ApprovalRound): readonly Identity[] =>
  remainingApprovers(config, ruleOf(config, operation), operation, round);

export const approvers = (config: Config): readonly Identity[] =>
  identities(config).filter((person) => person.approver);

export const nameOf = (config: Config, id: string): string => quoted(namesOf(config, [id]), 80);
export const namesAnd = (config: Config, ids: readonly string[]): string =>
  ids.length > 4
    ? `${ids
        .slice(0, 4)
        .map((id) => nameOf(config, id))
        .join(', ')} and ${ids.length - 4} more`
    : ids.map((id) => nameOf(config, id)).join(' and ');

/** When the facts beside the plan were observed: at the draft, or when people were asked again. */
export function plannedAt(operation: Operation): string {
  const drafted = operation.choices.some((choice) => choice.facts === operation.facts);
  return drafted ? operation.draftedAt : (currentRound(operation)?.askedAt ?? operation.draftedAt);
}

/** Where the writer and the traffic are, as far as the ledger knows; what was not seen is "unknown". */
export function locations(operation: Operation): { readonly writer: string; readonly traffic: string } {
  return { writer: writerLocation(operation), traffic: trafficLocation(operation) };
}

function writerLocation(operation: Operation): string {
  const { plan, noReturn } = operation;
  if (plan.database.method === 'none') return 'there is no database';
  const step = operation.steps.get('promote-database');
  if (step?.status === 'done' && step.outcome !== 'failed') return plan.to;
  const { database } = operation;
  if (database !== undefined && database.writer !== null) {
    const moving = database.movement === 'settled' ? '' : ', and it is being moved';
    return `${database.writer}, as AWS said at ${utcTime(database.at)}${moving}`;
  }
  if (noReturn?.how === 'seen') return `${plan.to}: it was there before this operation`;
  if (noReturn !== undefined)
    return `*unknown*: ${quoted(noReturn.action, 120)} was called, its completion was not seen`;
  if (plan.database.method === 'adopt')
    return `not confirmed: it was in ${plan.to}, or on its way there, before this operation`;
  const region = plan.database.writerArn?.split(':')[3];
  return region === undefined ? 'AWS named none' : `${region}: Muster did not move it`;
}

function trafficLocation(operation: Operation): string {
  const { plan } = operation;
  const step = operation.steps.get('switch-traffic');
  if (step?.outcome === 'done' || step?.outcome === 'adopted') return plan.to;
  if (step?.outcome === 'unconfirmed') return `${plan.to}, but not confirmed: ${quoted(step.detail, 120)}`;
  if ((step?.acted.length ?? 0) > 0) return '*unknown*: the change was requested, its effect was not seen';
  return `${plan.from}: Muster did not move it`;
}
