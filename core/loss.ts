import type { HomeVerdict, LagPoint, Observed } from './topology.ts';
import { known } from './topology.ts';

/**
 * How much may be lost in a forced move: the writes that home confirmed and the new writer does not have. One formula for
 * the bound that people approve, for the one that is checked again after the approval, and for the one that is reported:
 *
 *     bound = wroteUntil - copiedUntil
 *
 * `copiedUntil`: the standby certainly has everything that home had written until then. AuroraGlobalDBReplicationLag is a
 * maximum over the minute that begins at its timestamp, so a data point at t that says L proves everything until t - L. A
 * point that is `age` old when it is read at T gives T - age - L: the bound until T is age + L. What is copied stays
 * copied, so of several looks the latest `copiedUntil` holds, and one that has no data point takes nothing back.
 *
 * `wroteUntil`: when home wrote for the last time, at the latest.
 * - Home answers: not before the move is called. While data points come, a new one replaces the old one each minute, so
 *   that the bound goes up and down by a minute and grows no further; where none comes any more, it grows with the time that
 *   people take.
 * - Home was silent in every respect (front door, control plane, database) when the plan was made, and again after the
 *   approval: the end of the first of these looks. How long people think adds nothing.
 * - In a report also: when home's tasks were seen stopped, if nothing in the standby could still write to the old writer.
 * - Anything else is not bounded, and is said so in words.
 */

/** A look at home gives it 3 s: it may have written until the end of the look that found it silent. */
export const LOOK_S = 3;
/** A data point a minute (AWS facts, "Lag"). */
const POINT_EVERY_S = 60;
/** Older than this, the newest data point has no successor: CloudWatch shows one a minute or two late. */
const FLOWS_S = 180;
/** Time for people to approve where the bound grows meanwhile; later than this they are asked again. */
export const APPROVED_WITHIN_S = 300;

/** `2026-11-20T23:14:00.000Z`, so many seconds later. */
export const plusSeconds = (at: string, seconds: number): string =>
  new Date(Date.parse(at) + seconds * 1000).toISOString();

/** Until when the standby certainly has everything, from a lag that was read at an instant (UTC, ISO 8601). */
export function copiedUntil(lag: Observed<LagPoint>, readAt: string): Observed<string> {
  if (!lag.known) return lag;
  return known(plusSeconds(readAt, -(lag.value.age_s + lag.value.lag_ms / 1000)));
}

/** What is copied stays copied: the latest of several looks. */
export function latestCopy(first: Observed<string>, ...others: readonly Observed<string>[]): Observed<string> {
  return others.reduce((best, one) => {
    if (!one.known) return best;
    return best.known && best.value >= one.value ? best : one;
  }, first);
}

export const lossBound_s = (copied: Observed<string>, wroteUntil: string): Observed<number> =>
  copied.known ? known(Math.max(0, (Date.parse(wroteUntil) - Date.parse(copied.value)) / 1000)) : copied;

/** When home will have written for the last time, as a plan must assume that is made at `at`. */
function willWriteUntil(verdict: HomeVerdict, lag: Observed<LagPoint>, at: string): string {
  if (verdict === 'lost') return plusSeconds(at, LOOK_S);
  const flows = lag.known && lag.value.age_s <= FLOWS_S;
  return plusSeconds(at, flows ? POINT_EVERY_S : APPROVED_WITHIN_S);
}

/** What a plan made at `at` says may be lost, until it is called. */
export const plannedLoss_s = (verdict: HomeVerdict, lag: Observed<LagPoint>, at: string): Observed<number> =>
  lossBound_s(copiedUntil(lag, at), willWriteUntil(verdict, lag, at));

/** The look that a plan was made from. */
export interface FirstLook {
  readonly verdict: HomeVerdict;
  readonly lag: Observed<LagPoint>;
  /** UTC, ISO 8601. */
  readonly observedAt: string;
}

/** `not-asked`: the plan does not rest on home's silence. */
export type HomeLook = 'silent' | 'answered' | 'not-asked';

/** The look after the approval. */
export interface SecondLook {
  readonly at: string;
  readonly lag: Observed<LagPoint>;
  readonly home: HomeLook;
}

/**
 * From when on home was silent in both looks; undefined: it was not. A data point from after the first look was sent by a
 * home that was back meanwhile.
 */
export function silentSince(first: FirstLook, second: SecondLook): string | undefined {
  if (first.verdict !== 'lost' || second.home !== 'silent') return undefined;
  const end = plusSeconds(first.observedAt, LOOK_S);
  const point = second.lag.known ? plusSeconds(second.at, -second.lag.value.age_s) : undefined;
  return point !== undefined && point > end ? undefined : end;
}

/** What may be lost if the move is called now; the standby keeps what it had at the first look. */
export function lossNow_s(first: FirstLook, second: SecondLook): Observed<number> {
  const copied = latestCopy(copiedUntil(first.lag, first.observedAt), copiedUntil(second.lag, second.at));
  return lossBound_s(copied, silentSince(first, second) ?? second.at);
}

/** What is known at the end of a move that was forced. */
export interface ForcedMove {
  readonly from: string;
  /** Until when the new writer certainly has everything. */
  readonly copied: Observed<string>;
  /** From when on home was silent in every look, the last one included; undefined: it was not. */
  readonly silentSince: string | undefined;
  /** When nothing of the application was seen to run at home any more. */
  readonly fencedAt: string | undefined;
  /** Why something in the standby could write to the old writer; undefined: nothing could. */
  readonly writesAcross: string | undefined;
}

/** What was lost at most, and how that is known; null: not measured, or not bounded. */
export function reportedLoss(move: ForcedMove): { readonly rpo_s: number | null; readonly how: string } {
  const { from, copied, fencedAt, writesAcross } = move;
  if (!copied.known) return { rpo_s: null, how: `not measured: ${copied.why}` };
  const until = move.silentSince ?? fencedAt;
  if (until === undefined) {
    return { rpo_s: null, how: `not bounded: ${from} answered, and was not seen to stop writing` };
  }
  // A home that is silent in every respect takes no writes from another region either.
  if (move.silentSince === undefined && writesAcross !== undefined) {
    return {
      rpo_s: null,
      how: `not bounded: ${writesAcross}, so the standby may have written to ${from}’s old writer`,
    };
  }
  const bound = lossBound_s(copied, until);
  const stopped =
    move.silentSince === undefined
      ? `nothing of it was seen to run in ${from} from ${clock(until)} on`
      : `${from} was silent in every look from ${clock(until)} on`;
  return {
    rpo_s: bound.known ? bound.value : null,
    how: `upper bound: the standby had everything until ${clock(copied.value)} (replication lag and age of its data point), and ${stopped}`,
  };
}

const clock = (at: string): string => `${at.slice(11, 19)} UTC`;
