import { canonical } from './canonical.ts';
import type { Movement } from './database-state.ts';
import type { OperationKind } from './kinds.ts';
import type { StepId } from './operations/registry.ts';
import type { MethodChoice, Plan, PlanFacts } from './plan.ts';
import type { Fence } from './steps/fence-home.ts';
import type { Stream } from './streams.ts';

export type StepOutcome = 'done' | 'adopted' | 'skipped' | 'not-needed' | 'unconfirmed' | 'failed';
export type OperationOutcome = 'succeeded' | 'declined' | 'expired' | 'refused' | 'aborted' | 'failed';

/** Every fact that an operation can produce: event type -> its data. */
export interface EventData {
  /** A plan was made and shown; nobody has asked for it yet. */
  'operation-drafted': {
    readonly kind: OperationKind;
    readonly application: string;
    /** What Muster proposes comes first; the others are what a person may choose instead. */
    readonly choices: readonly PlanChoice[];
    readonly requester: string;
    readonly requesterSlack: string;
    readonly channel: string;
    readonly viewId: string | null;
  };
  /** Refused before there was a plan to show. */
  'operation-refused': {
    readonly application: string;
    readonly requester: string;
    readonly code: string;
    readonly why: string;
  };
  'operation-requested': {
    readonly reason: string;
    readonly choice: MethodChoice;
    /** Why the request is not the requester's own vote; left out where it is. */
    readonly notCounted?: string;
  };
  'operation-ended': { readonly outcome: OperationOutcome; readonly why: string; readonly report?: Report };
  'approval-asked': {
    readonly round: number;
    readonly planHash: string;
    readonly deadline: string;
    /** Why people are asked again; null in the first round. */
    readonly why: string | null;
    /** The new plan, where it changed. */
    readonly plan?: Plan;
    readonly facts?: PlanFacts;
  };
  /** The task token of a waiting state machine; redacted in exports. */
  'approval-waiting': { readonly round: number; readonly token: string };
  'approval-decided': {
    readonly round: number;
    readonly decision: 'approved' | 'declined' | 'expired';
    readonly by: readonly string[];
  };
  /** Written before people are paged out of band, so that no stage is paged twice. Stages count from 1. */
  'approval-paged': { readonly round: number; readonly stage: number; readonly stages: number; readonly why: string };
  'approval-page-failed': { readonly round: number; readonly stage: number; readonly error: string };
  'step-started': { readonly step: StepId; readonly region: string };
  /** Written before the change, with what was there before it. */
  'step-acting': {
    readonly step: StepId;
    readonly action: string;
    readonly change?: Change;
    /** True for the call after which nothing brings the old state back. */
    readonly noReturn?: boolean;
  };
  /** The call was refused for certain: it had no effect. */
  'step-refused': { readonly step: StepId; readonly action: string; readonly error: string };
  /** AWS took the call after which nothing brings the old state back; `before`: what was there at this very try. */
  'step-accepted': { readonly step: StepId; readonly action: string; readonly before?: unknown };
  /** AWS took it and then gave it up by itself: the world is as it was before. */
  'step-cancelled': { readonly step: StepId; readonly action: string; readonly why: string };
  /** `refused`: the act that this note is about, which had no effect and is tried again. */
  'step-noted': { readonly step: StepId; readonly note: string; readonly refused?: string };
  /** Where the writer is as AWS says, written when it is news; `writer` null: AWS names none. */
  'database-observed': {
    readonly step: StepId;
    readonly writer: string | null;
    readonly movement: Movement;
    readonly says: string;
  };
  'step-done': {
    readonly step: StepId;
    readonly outcome: StepOutcome;
    readonly detail: string;
    readonly data?: unknown;
  };
  'step-paused': { readonly step: StepId; readonly why: string; readonly deadline: string };
  'step-resumed': { readonly step: StepId; readonly choice: 'retry' | 'skip'; readonly by: string };
  /** No execution was behind the operation: it was started again under the same name. */
  'operation-revived': { readonly why: string };
  /** What an operation without success had begun and is rolled back; `left`: what could not be rolled back. */
  'operation-undone': { readonly done: readonly string[]; readonly left: readonly string[] };
  /** Written before home is stopped, after the operation's end, with what was there before. */
  'fence-acting': { readonly action: string; readonly change: Change };
  /** What the reconciler sees of home after the operation's end; written when it is news. */
  'fence-observed': { readonly fence: Fence; readonly detail: string };
  /** vote#: every vote, the refused ones too. */
  vote: {
    readonly round: number;
    readonly planHash: string;
    readonly identity: string | null;
    readonly slackUser: string;
    readonly choice: VoteChoice;
    readonly step?: StepId;
    readonly reason?: string;
    readonly accepted: boolean;
    readonly refusal?: string;
    /** The click's own id: a click delivered twice is one vote. */
    readonly click: string;
  };
  /** view#: the root message, and how much of the ledger its thread tells. */
  'message-posted': { readonly channel: string; readonly ts: string };
  'thread-told': { readonly opSeq: number; readonly voteSeq: number };
  /** app#: the lock. It is held until the operation's own stream says that it ended. */
  'operation-started': { readonly operation: string; readonly by: string };
}

/** One resource, set from what it was to what it becomes. */
export interface Change {
  readonly resource: string;
  readonly region: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface PlanChoice {
  readonly choice: MethodChoice;
  readonly plan: Plan;
  readonly planHash: string;
  readonly facts: PlanFacts;
}

export type VoteChoice = 'approve' | 'decline' | 'abort' | 'retry' | 'skip' | 'extend';
export type EventType = keyof EventData;

/**
 * The version of the types and fields of events. An event is never rewritten, so a reader keeps knowing the older ones;
 * one that is newer than the reader is refused, since a fold that leaves it out would be a wrong state
 * (docs/decisions/frozen-at-first-deployment.md).
 */
export const EVENT_VERSION = 1;

export type LedgerEvent = {
  [T in EventType]: {
    /** Of the types and fields of events: see `EVENT_VERSION`. */
    readonly v: number;
    readonly stream: Stream;
    /** From 1, without gaps. */
    readonly seq: number;
    readonly id: string;
    /** UTC, ISO 8601. */
    readonly at: string;
    readonly type: T;
    /** Who: an identity (`ana`), `step:<id>`, `muster`. */
    readonly by: string;
    readonly data: EventData[T];
    /** The MAC of the event before; empty for the first. */
    readonly prev: string;
  };
}[EventType];

/** An event as stored: its canonical text and the keyed hash over exactly that text. */
export interface LedgerRecord {
  readonly event: LedgerEvent;
  readonly body: string;
  readonly mac: string;
}

export type NewEvent = {
  [T in EventType]: { readonly type: T; readonly by: string; readonly data: EventData[T] };
}[EventType];

export interface Report {
  readonly rto_s: number | null;
  readonly rpo_s: number | null;
  readonly rpoHow: string;
  readonly drift: readonly { readonly resource: string; readonly before: string; readonly after: string }[];
  readonly noStandbySince: string | null;
  readonly fence: string;
  readonly notes: readonly string[];
}

/** The next event of a stream, after `last`. */
export function nextEvent(
  stream: Stream,
  last: LedgerRecord | undefined,
  event: NewEvent,
  id: string,
  at: string,
): LedgerEvent {
  return {
    v: EVENT_VERSION,
    stream,
    seq: (last?.event.seq ?? 0) + 1,
    id,
    at,
    ...event,
    prev: last?.mac ?? '',
  } as LedgerEvent;
}

export const bodyOf = (event: LedgerEvent): string => canonical(event);

/** Links of one stream's records, in order: the first fault in words, or undefined. The MACs themselves need the key. */
export function brokenLink(records: readonly LedgerRecord[]): string | undefined {
  let prev = '';
  for (const [index, record] of records.entries()) {
    const { event } = record;
    if (event.stream !== records[0]?.event.stream) return `${event.stream}: event ${event.seq} is of another stream`;
    if (event.seq !== index + 1) return `${event.stream}: event ${index + 1} is missing (found ${event.seq})`;
    if (event.prev !== prev) return `${event.stream}: event ${event.seq} does not follow the one before it`;
    if (bodyOf(event) !== record.body) return `${event.stream}: event ${event.seq} is not the text that was signed`;
    prev = record.mac;
  }
  return undefined;
}
