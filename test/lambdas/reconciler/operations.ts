import type { NewEvent } from '../../../core/ledger.ts';
import type { Operation } from '../../../core/operation.ts';
import { planHash } from '../../../core/plan.ts';
import { digest, fold, later, opening, planned, timed, vote } from '../../core/fixture.ts';

export const at_ms = (seconds: number): number => Date.parse(later(seconds));
export const lost = planned('lost');

type Timed = ReturnType<typeof timed>;

/** A forced promote that was requested at second 5, with the events since. */
export const operationWith = (more: readonly Timed[] = [], votes: readonly Timed[] = []): Operation =>
  fold([...opening(lost.plan, lost.facts), ...more], votes);

export const approvedBy = (seconds: number): readonly Timed[] => [
  timed(
    { type: 'approval-decided', by: 'muster', data: { round: 1, decision: 'approved', by: ['ana', 'bo'] } },
    seconds,
  ),
];
export const approvals = [vote('bo', 'approve', 59, lost.plan)];

export const end = (
  outcome: Extract<NewEvent, { type: 'operation-ended' }>['data']['outcome'],
  seconds: number,
): Timed => timed({ type: 'operation-ended', by: 'step:close', data: { outcome, why: 'so it went' } }, seconds);

export const fenceStep = (fence: string, seconds: number): Timed =>
  timed(
    {
      type: 'step-done',
      by: 'step:fence-home',
      data: {
        step: 'fence-home',
        outcome: fence === 'fenced' ? 'done' : 'unconfirmed',
        detail: fence,
        data: { fence },
      },
    },
    seconds,
  );

const before = { min: 1, desired: 1, max: 2 };
const afterwards = { min: 4, desired: 6, max: 24 };

/** The standby's `web` was pre-warmed. */
export const prewarmed = (seconds: number): Timed =>
  timed(
    {
      type: 'step-acting',
      by: 'step:prewarm',
      data: {
        step: 'prewarm',
        action: 'set ecs web in us-west-2',
        change: { resource: 'ecs web', region: 'us-west-2', before, after: afterwards },
      },
    },
    seconds,
  );

/** Home's `web` was stopped. */
export const homeStopped = (seconds: number): Timed =>
  timed(
    {
      type: 'step-acting',
      by: 'step:fence-home',
      data: {
        step: 'fence-home',
        action: 'set ecs web in us-east-1',
        change: {
          resource: 'ecs web',
          region: 'us-east-1',
          before: afterwards,
          after: { min: 0, desired: 0, max: 24 },
        },
      },
    },
    seconds,
  );

export const noReturn = (seconds: number): Timed =>
  timed(
    {
      type: 'step-acting',
      by: 'step:promote-database',
      data: { step: 'promote-database', action: 'FailoverGlobalCluster', noReturn: true },
    },
    seconds,
  );

export const undone = (left: readonly string[], seconds: number): Timed =>
  timed({ type: 'operation-undone', by: 'step:close', data: { done: [], left } }, seconds);

export const hash = planHash(lost.plan, digest);

/** A forced promote that succeeded at second 400, with what the fence step said of home. */
export const promoted = (fence: string, more: readonly Timed[] = []): Operation =>
  operationWith([...approvedBy(60), fenceStep(fence, 70), noReturn(80), end('succeeded', 400), ...more], approvals);
