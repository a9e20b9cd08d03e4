import type { ApprovalConfig, Config } from './config/schema.ts';
import type { VoteChoice } from './ledger.ts';
import {
  type ApprovalRound,
  currentRound,
  EXTENSION_MINUTES,
  extensions,
  MOST_EXTENSIONS,
  type Operation,
  sayNoReturn,
} from './operation.ts';
import { type StepId, stepOf } from './operations/registry.ts';
import { isRefusal, type Refusal, refuse } from './reasons.ts';

/**
 * The approval rule of an operation: that of its kind. A kind without a rule of its own is approved like a
 * promote, so no kind can be without one; `config` must be what `rulesOf` (core/self-test.ts) makes of it for the
 * operation.
 */
export function ruleOf(config: Config, operation: Pick<Operation, 'plan'>): ApprovalConfig {
  return config.approvals[operation.plan.kind] ?? config.approvals.promote;
}

/** A person as the configuration knows them. */
export interface Identity {
  readonly id: string;
  readonly name: string;
  readonly slack: readonly string[];
  readonly approver: boolean;
}

/** What Slack says of an account, asked again for every action. */
export interface Account {
  readonly user: string;
  readonly team: string;
  readonly deleted: boolean;
  readonly bot: boolean;
  readonly guest: boolean;
}

export function identities(config: Config): readonly Identity[] {
  return Object.entries(config.people).map(([id, person]) => ({ id, ...person }));
}

/** The person behind a Slack account: two accounts of one person are one identity. */
export function identityOf(config: Config, slackUser: string): Identity | undefined {
  return identities(config).find((person) => person.slack.includes(slackUser));
}

/** Who may do something: everybody who reaches Muster, the people in muster.yaml, or those of them marked as approvers. */
export type Role = 'anyone' | 'listed' | 'approver';

/** The person, if they have the role, or why they may not. */
export function withRole(
  config: Config,
  role: Exclude<Role, 'anyone'>,
  person: Identity | undefined,
): Identity | Refusal {
  const approvers = approverNames(config);
  if (person === undefined) return refuse('not-listed', { approvers });
  return role === 'listed' || person.approver ? person : refuse('not-an-approver', { approvers });
}

export const approverNames = (config: Config): string =>
  identities(config)
    .filter((person) => person.approver)
    .map((person) => person.name)
    .join(', ');

/** Why this account may do nothing at all; undefined: it may be looked at further. Fails closed. */
export function accountRefusal(config: Config, account: Account): Refusal | undefined {
  if (account.team !== config.slack.team_id) return refuse('wrong-team');
  const why = account.deleted ? 'deactivated' : account.bot ? 'a bot' : account.guest ? 'a guest' : undefined;
  return why === undefined ? undefined : refuse('guest-or-bot', { why, approvers: approverNames(config) });
}

export type QuorumState =
  | { readonly state: 'pending'; readonly votes: readonly string[]; readonly missing: number }
  | { readonly state: 'approved'; readonly by: readonly string[]; readonly at: string }
  | { readonly state: 'declined'; readonly by: readonly string[]; readonly reason: string }
  | { readonly state: 'aborted'; readonly by: readonly string[]; readonly reason: string }
  | { readonly state: 'expired' };

/**
 * The state of a round. Pure: approvals are counted by identity, only approvers of the present configuration
 * count, and the requester's own counts only for the plan that they asked for.
 */
export function quorum(
  config: Config,
  rule: ApprovalConfig,
  operation: Operation,
  round: ApprovalRound,
  now: string,
): QuorumState {
  const approvers = new Set(
    identities(config)
      .filter((p) => p.approver)
      .map((p) => p.id),
  );
  if (operation.abort !== undefined) {
    return { state: 'aborted', by: [operation.abort.identity], reason: operation.abort.reason ?? '' };
  }
  const by = new Set<string>();
  if (requesterSpoke(rule, operation, round) && approvers.has(operation.requester)) by.add(operation.requester);
  if (by.size >= rule.people) return { state: 'approved', by: [...by], at: round.askedAt };
  // In the order in which the votes came: the first that decides wins.
  for (const vote of round.votes) {
    if (vote.choice === 'decline') return { state: 'declined', by: [vote.identity], reason: vote.reason ?? '' };
    if (vote.choice !== 'approve' || !approvers.has(vote.identity)) continue;
    if (!rule.requesterCounts && vote.identity === operation.requester) continue;
    by.add(vote.identity);
    if (by.size >= rule.people) return { state: 'approved', by: [...by], at: vote.at };
  }
  if (now > round.deadline) return { state: 'expired' };
  return { state: 'pending', votes: [...by], missing: rule.people - by.size };
}

/** The request, made in the dialog that shows the plan, is the requester's approval of that very plan and no other. */
export function requesterSpoke(rule: ApprovalConfig, operation: Operation, round: ApprovalRound): boolean {
  if (operation.notCounted !== undefined) return false;
  return rule.requesterCounts && round.planHash === operation.rounds[0]?.planHash;
}

/** A click or a typed word, as judged. */
export interface VoteRequest {
  readonly slackUser: string;
  readonly choice: VoteChoice;
  /** The round that the button belongs to. */
  readonly round: number;
  readonly step: StepId | undefined;
  readonly reason: string | undefined;
}

export type Judgement =
  | { readonly accepted: true; readonly identity: Identity }
  | { readonly accepted: false; readonly identity: Identity | undefined; readonly refusal: Refusal };

/** May this vote count, now? Pure; every refusal is from the closed list. */
export function judgeVote(
  config: Config,
  rule: ApprovalConfig,
  operation: Operation,
  request: VoteRequest,
  now: string,
): Judgement {
  const identity = identityOf(config, request.slackUser);
  const no = (refusal: Refusal): Judgement => ({ accepted: false, identity, refusal });
  const person = withRole(config, 'approver', identity);
  if (isRefusal(person)) return no(person);
  if (operation.ended !== undefined) {
    return no(
      refuse('operation-over', {
        operation: operation.id,
        outcome: operation.ended.outcome,
        application: operation.application,
      }),
    );
  }
  const refusal =
    request.choice === 'abort'
      ? abortRefusal(operation)
      : request.choice === 'retry' || request.choice === 'skip'
        ? decisionRefusal(operation, request)
        : approvalRefusal(config, rule, operation, person, request, now);
  return refusal === undefined ? { accepted: true, identity: person } : no(refusal);
}

function abortRefusal(operation: Operation): Refusal | undefined {
  const { noReturn } = operation;
  return noReturn === undefined
    ? undefined
    : refuse('past-no-return', { operation: operation.id, what: sayNoReturn(noReturn) });
}

function decisionRefusal(operation: Operation, request: VoteRequest): Refusal | undefined {
  const step = request.step === undefined ? undefined : operation.steps.get(request.step);
  if (step?.status !== 'paused') return refuse('nothing-to-decide', { application: operation.application });
  const why = stepOf(step.step).neverSkipped;
  return request.choice === 'skip' && why !== undefined
    ? refuse('skip-not-allowed', { step: step.step, why })
    : undefined;
}

function approvalRefusal(
  config: Config,
  rule: ApprovalConfig,
  operation: Operation,
  identity: Identity,
  request: VoteRequest,
  now: string,
): Refusal | undefined {
  const round = currentRound(operation);
  if (round === undefined || request.round !== round.round) return refuse('request-outdated');
  // A command that starts operations of a kind is called like the kind (core/commands.ts).
  const command = operation.plan.kind;
  const state = quorum(config, rule, operation, round, now);
  const decided = round.decision;
  if (state.state === 'approved' || decided?.what === 'approved') {
    const by = state.state === 'approved' ? state.by : (decided?.by ?? []);
    const at = state.state === 'approved' ? state.at : (decided?.at ?? now);
    return refuse('already-decided', { decision: 'approved', by: namesOf(config, by), at });
  }
  if (state.state === 'declined' || state.state === 'aborted') {
    return refuse('already-decided', { decision: state.state, by: namesOf(config, state.by), at: now });
  }
  if (state.state === 'expired' || decided?.what === 'expired') {
    return refuse('request-expired', { at: round.deadline, command, application: operation.application });
  }
  if (request.choice === 'extend' && extensions(round) >= MOST_EXTENSIONS) {
    const minutes = String(MOST_EXTENSIONS * EXTENSION_MINUTES);
    return refuse('extended-enough', { minutes, at: round.deadline, command });
  }
  if (request.choice !== 'approve') return undefined;
  const others = remainingNames(config, rule, operation, round);
  const own = round.votes.find((vote) => vote.choice === 'approve' && vote.identity === identity.id);
  if (own !== undefined) return refuse('already-voted', { at: own.at, others });
  if (identity.id === operation.requester && (!rule.requesterCounts || requesterSpoke(rule, operation, round))) {
    return refuse('requester-does-not-count', { others });
  }
  return undefined;
}

/** The approvers who can still approve: they have not approved, and are not counted by their request. */
export function remainingApprovers(
  config: Config,
  rule: ApprovalConfig,
  operation: Operation,
  round: ApprovalRound,
): readonly Identity[] {
  const taken = new Set(round.votes.filter((vote) => vote.choice === 'approve').map((vote) => vote.identity));
  if (!rule.requesterCounts || requesterSpoke(rule, operation, round)) taken.add(operation.requester);
  return identities(config).filter((person) => person.approver && !taken.has(person.id));
}

/** Their names, in one line. */
export function remainingNames(
  config: Config,
  rule: ApprovalConfig,
  operation: Operation,
  round: ApprovalRound,
): string {
  const names = remainingApprovers(config, rule, operation, round).map((person) => person.name);
  return names.join(', ') || 'nobody else is configured';
}

export function namesOf(config: Config, ids: readonly string[]): string {
  return ids.map((id) => config.people[id]?.name ?? id).join(' and ');
}
