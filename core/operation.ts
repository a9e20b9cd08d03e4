import type { Movement } from './database-state.ts';
import type {
  EventData,
  LedgerEvent,
  OperationOutcome,
  PlanChoice,
  Report,
  StepOutcome,
  VoteChoice,
} from './ledger.ts';
import type { StepId } from './operations/registry.ts';
import type { Plan, PlanFacts } from './plan.ts';
import type { Fence } from './steps/fence-home.ts';

export interface Vote {
  readonly identity: string;
  readonly slackUser: string;
  readonly choice: VoteChoice;
  readonly at: string;
  readonly reason: string | undefined;
  readonly step: StepId | undefined;
}

export interface ApprovalRound {
  readonly round: number;
  readonly planHash: string;
  readonly askedAt: string;
  readonly deadline: string;
  readonly why: string | null;
  /** What this round asks about: becomes the plan in force once it is approved. */
  readonly plan: Plan;
  readonly facts: PlanFacts;
  /** The newest task token of the waiting state machine. */
  readonly token: string | undefined;
  /** The newest stage in which people were paged out of band; 0: they were not. */
  readonly paged: number;
  readonly votes: readonly Vote[];
  readonly decision:
    | { readonly what: 'approved' | 'declined' | 'expired'; readonly by: readonly string[]; readonly at: string }
    | undefined;
}

/** A change as the ledger has it; what AWS answered is written for calls that cannot be rolled back. */
export type Acted = EventData['step-acting'] & {
  readonly at: string;
  readonly acceptedAt?: string;
  /** Every answer so far was a refusal, and it is tried again. */
  readonly refusedAt?: string;
};

/** Where AWS said that the writer is, since when, and what was under way before. */
export type DatabaseLook = EventData['database-observed'] & {
  readonly at: string;
  readonly before: Movement | undefined;
};

/** Why an operation cannot be rolled back: a call of its own, or the writer was seen where it was to go. */
export interface NoReturn {
  readonly how: 'called' | 'seen';
  readonly action: string;
  readonly at: string;
}

export interface StepState {
  readonly step: StepId;
  readonly status: 'running' | 'paused' | 'done';
  readonly region: string;
  readonly startedAt: string;
  readonly endedAt: string | undefined;
  readonly outcome: StepOutcome | undefined;
  readonly detail: string;
  readonly data: unknown;
  readonly acted: readonly Acted[];
  /** The act that AWS took and gave up again, the newest. */
  readonly cancelled: (EventData['step-cancelled'] & { readonly at: string }) | undefined;
  readonly pause: { readonly why: string; readonly at: string; readonly deadline: string } | undefined;
  /** When a person last said Retry; failures before it no longer count. */
  readonly resumedAt: string | undefined;
}

/** An operation: the fold of its streams. */
export interface Operation {
  readonly id: string;
  readonly application: string;
  readonly choices: readonly PlanChoice[];
  /** The plan in force: as chosen at the request, or as asked again since. */
  readonly plan: Plan;
  readonly planHash: string;
  readonly facts: PlanFacts;
  readonly requester: string;
  readonly requesterSlack: string;
  readonly channel: string;
  readonly draftedAt: string;
  readonly requestedAt: string | undefined;
  readonly reason: string;
  /** Why the request is not the requester's own vote; undefined: it is. */
  readonly notCounted: string | undefined;
  readonly rounds: readonly ApprovalRound[];
  readonly steps: ReadonlyMap<StepId, StepState>;
  readonly notes: readonly { readonly step: StepId; readonly note: string; readonly at: string }[];
  readonly noReturn: NoReturn | undefined;
  /** Where AWS said last that the writer is; undefined: nobody has looked since the plan. */
  readonly database: DatabaseLook | undefined;
  readonly abort: Vote | undefined;
  /** Home as the reconciler saw it last, after the end. */
  readonly fence: { readonly fence: Fence; readonly detail: string; readonly at: string } | undefined;
  /** What the reconciler did to home after the end. */
  readonly fenceActed: readonly (EventData['fence-acting'] & { readonly at: string })[];
  /** Undefined: nothing was rolled back yet. */
  readonly undone: (EventData['operation-undone'] & { readonly at: string }) | undefined;
  readonly ended:
    | {
        readonly outcome: OperationOutcome;
        readonly why: string;
        readonly at: string;
        readonly report: Report | undefined;
      }
    | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Operation and vote events, each in their own order -> the operation; undefined when nothing was drafted. */
export function foldOperation(
  id: string,
  events: readonly LedgerEvent[],
  votes: readonly LedgerEvent[],
): Operation | undefined {
  const first = events[0];
  if (first?.type !== 'operation-drafted') return undefined;
  const { data } = first;
  const proposed = data.choices[0];
  if (proposed === undefined) return undefined;
  const state: Mutable<Operation> = {
    id,
    application: data.application,
    choices: data.choices,
    plan: proposed.plan,
    planHash: proposed.planHash,
    facts: proposed.facts,
    requester: data.requester,
    requesterSlack: data.requesterSlack,
    channel: data.channel,
    draftedAt: first.at,
    requestedAt: undefined,
    reason: '',
    notCounted: undefined,
    rounds: [],
    steps: new Map(),
    notes: [],
    noReturn: undefined,
    database: undefined,
    abort: undefined,
    fence: undefined,
    fenceActed: [],
    undone: undefined,
    ended: undefined,
  };
  for (const event of events.slice(1)) apply(state, event);
  for (const event of votes) applyVote(state, event);
  state.noReturn ??= writerThere(state);
  return state;
}

/**
 * The point of no return is a fact of the world: behind it the writer is in the region that takes over, whoever moved it.
 * AWS's last word counts; without one, what the plan adopted.
 */
function writerThere({ plan, database, draftedAt }: Operation): NoReturn | undefined {
  if (plan.database.method === 'none') return undefined;
  const action = `the writer is in ${plan.to}`;
  if (database !== undefined && database.writer !== null) {
    return database.writer === plan.to ? { how: 'seen', action, at: database.at } : undefined;
  }
  const { method, writerArn, targetArn } = plan.database;
  return method === 'adopt' && writerArn === targetArn ? { how: 'seen', action, at: draftedAt } : undefined;
}

/** Why it cannot be rolled back, as the end of a sentence. */
export const sayNoReturn = ({ how, action, at }: NoReturn): string =>
  how === 'called' ? `${action} was called at ${at}` : `${action}, as seen at ${at}`;

function apply(state: Mutable<Operation>, event: LedgerEvent): void {
  switch (event.type) {
    case 'operation-requested':
      state.requestedAt = event.at;
      state.reason = event.data.reason;
      state.notCounted = event.data.notCounted;
      adoptPlan(state, state.choices.find((c) => c.choice === event.data.choice) ?? state);
      return;
    case 'approval-asked':
      state.rounds = [
        ...state.rounds,
        {
          round: event.data.round,
          planHash: event.data.planHash,
          askedAt: event.at,
          deadline: event.data.deadline,
          why: event.data.why,
          plan: event.data.plan ?? state.plan,
          facts: event.data.facts ?? state.facts,
          token: undefined,
          paged: 0,
          votes: [],
          decision: undefined,
        },
      ];
      return;
    case 'approval-waiting':
      changeRound(state, event.data.round, { token: event.data.token });
      return;
    case 'approval-paged':
      changeRound(state, event.data.round, { paged: event.data.stage });
      return;
    case 'approval-decided':
      changeRound(state, event.data.round, {
        decision: { what: event.data.decision, by: event.data.by, at: event.at },
      });
      if (event.data.decision === 'approved') {
        adoptPlan(state, state.rounds.find((r) => r.round === event.data.round) ?? state);
      }
      return;
    case 'operation-ended':
      state.ended = { outcome: event.data.outcome, why: event.data.why, at: event.at, report: event.data.report };
      return;
    case 'fence-observed':
      state.fence = { ...event.data, at: event.at };
      return;
    case 'fence-acting':
      state.fenceActed = [...state.fenceActed, { ...event.data, at: event.at }];
      return;
    case 'operation-undone':
      state.undone = { ...event.data, at: event.at };
      return;
    case 'step-noted':
      state.notes = [...state.notes, { step: event.data.step, note: event.data.note, at: event.at }];
      markRefused(state, event);
      return;
    case 'step-acting':
      if (event.data.noReturn === true) {
        state.noReturn ??= { how: 'called', action: event.data.action, at: event.at };
      }
      changeStep(state, event, (step) => ({ acted: [...step.acted, { ...event.data, at: event.at }] }));
      return;
    case 'step-accepted':
      changeStep(state, event, (step) => ({ acted: step.acted.map((one) => accepted(one, event)) }));
      return;
    case 'step-refused':
    case 'step-cancelled':
      if (state.noReturn?.action === event.data.action) state.noReturn = undefined;
      changeStep(state, event, (step) => ({
        acted: step.acted.filter((a) => a.action !== event.data.action),
        ...(event.type === 'step-cancelled' ? { cancelled: { ...event.data, at: event.at } } : {}),
      }));
      return;
    case 'database-observed':
      state.database = { ...event.data, at: event.at, before: state.database?.movement };
      return;
    case 'step-started':
      changeStep(state, event, () => ({ region: event.data.region }));
      return;
    case 'step-done':
      changeStep(state, event, () => ({
        status: 'done',
        endedAt: event.at,
        outcome: event.data.outcome,
        detail: event.data.detail,
        data: event.data.data,
        pause: undefined,
      }));
      return;
    case 'step-paused':
      changeStep(state, event, () => ({
        status: 'paused',
        pause: { why: event.data.why, at: event.at, deadline: event.data.deadline },
      }));
      return;
    case 'step-resumed':
      changeStep(state, event, () => ({ status: 'running', pause: undefined, resumedAt: event.at }));
      return;
    default:
      return;
  }
}

function adoptPlan(state: Mutable<Operation>, from: Pick<Operation, 'plan' | 'planHash' | 'facts'>): void {
  state.plan = from.plan;
  state.planHash = from.planHash;
  state.facts = from.facts;
}

function applyVote(state: Mutable<Operation>, event: LedgerEvent): void {
  if (event.type !== 'vote' || !event.data.accepted || event.data.identity === null) return;
  const { identity, slackUser, choice, reason, step, round, planHash } = event.data;
  const vote: Vote = { identity, slackUser, choice, at: event.at, reason, step };
  if (choice === 'abort') state.abort ??= vote;
  const asked = state.rounds.find((r) => r.round === round);
  if (asked === undefined) return;
  // An approval is bound to the plan that the person saw.
  if ((choice === 'approve' || choice === 'decline') && planHash !== asked.planHash) return;
  // More extensions than people may give do not move the deadline, whoever wrote them.
  const extended = choice === 'extend' && extensions(asked) < MOST_EXTENSIONS;
  const deadline = extended ? later(asked.deadline, EXTENSION_MINUTES) : asked.deadline;
  changeRound(state, round, { deadline, votes: [...asked.votes, vote] });
}

function changeRound(state: Mutable<Operation>, round: number, change: Partial<ApprovalRound>): void {
  state.rounds = state.rounds.map((r) => (r.round === round ? { ...r, ...change } : r));
}

function changeStep(
  state: Mutable<Operation>,
  event: LedgerEvent & { data: { step: StepId } },
  change: (step: StepState) => Partial<StepState>,
): void {
  const { step } = event.data;
  const current = state.steps.get(step) ?? {
    step,
    status: 'running' as const,
    region: state.plan.to,
    startedAt: event.at,
    endedAt: undefined,
    outcome: undefined,
    detail: '',
    data: undefined,
    acted: [],
    cancelled: undefined,
    pause: undefined,
    resumedAt: undefined,
  };
  state.steps = new Map(state.steps).set(step, { ...current, ...change(current) });
}

/** What the accepted try found before it counts: earlier ones may have been refused for minutes. */
function accepted(one: Acted, { at, data }: Extract<LedgerEvent, { type: 'step-accepted' }>): Acted {
  if (one.action !== data.action) return one;
  const { change } = one;
  const found = change === undefined || data.before === undefined ? {} : { change: { ...change, before: data.before } };
  return { ...one, ...found, acceptedAt: at };
}

const answered = (step: StepState, action: string, answer: Partial<Acted>): readonly Acted[] =>
  step.acted.map((one) => (one.action === action ? { ...one, ...answer } : one));

function markRefused(state: Mutable<Operation>, event: Extract<LedgerEvent, { type: 'step-noted' }>): void {
  const { refused } = event.data;
  if (refused === undefined) return;
  changeStep(state, event, (step) => ({ acted: answered(step, refused, { refusedAt: event.at }) }));
}

const later = (at: string, minutes: number): string => new Date(Date.parse(at) + minutes * 60_000).toISOString();

/** People are asked about one operation at most so often. */
export const MOST_ROUNDS = 3;

/** One press of `Extend` moves a round's deadline by so much, and at most so often. */
export const EXTENSION_MINUTES = 15;
export const MOST_EXTENSIONS = 2;

export const extensions = (round: ApprovalRound): number =>
  round.votes.filter((vote) => vote.choice === 'extend').length;

/** The newest round that the ledger says was approved. */
export const approvedRound = (operation: Operation): ApprovalRound | undefined =>
  operation.rounds.findLast((r) => r.decision?.what === 'approved');

/** The round that people are asked in now, or were asked in last. */
export const currentRound = (operation: Operation): ApprovalRound | undefined => operation.rounds.at(-1);
