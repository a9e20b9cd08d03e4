import { approvedRound, type Operation } from './operation.ts';
import { type Fence, fenceHome } from './steps/fence-home.ts';
import { resultOf } from './steps/result.ts';
import { switchWorkers } from './steps/switch-workers.ts';

export interface FenceVerdict {
  readonly fence: Fence;
  /** In words, with what was seen. */
  readonly detail: string;
  /** UTC, ISO 8601. */
  readonly at: string;
  /** True: seen by the reconciler, after the operation ended. */
  readonly later: boolean;
}

/** The newest verdict on home's tasks; undefined: this operation has none. */
export function newestFence(operation: Operation): FenceVerdict | undefined {
  const later = operation.fence;
  if (later !== undefined) return { ...later, later: true };
  const tasks = stepVerdict(operation);
  const workers = operation.steps.get('switch-workers');
  if (operation.plan.forced && mayWorkAtHome(operation) && (tasks === undefined || tasks.fence === 'fenced')) {
    // Stopped tasks are not enough: crons and consumers may work in both regions.
    return { fence: 'unknown', detail: workers?.detail ?? '', at: workers?.endedAt ?? '', later: false };
  }
  return tasks;
}

/** Some worker at home was not seen disabled, or the step gave up before it could look. */
function mayWorkAtHome(operation: Operation): boolean {
  const step = operation.steps.get('switch-workers');
  if (step?.endedAt === undefined || step.outcome !== 'unconfirmed') return false;
  const left = resultOf(operation, switchWorkers);
  return left === undefined || left.stranded.length > 0;
}

function stepVerdict(operation: Operation): FenceVerdict | undefined {
  const step = operation.steps.get('fence-home');
  if (step?.endedAt === undefined) return undefined;
  if (step.outcome === 'not-needed') return fencedByNobody(operation, step.endedAt);
  // A step that was skipped or gave up saw nothing.
  return {
    fence: resultOf(operation, fenceHome)?.fence ?? 'unknown',
    detail: step.detail,
    at: step.endedAt,
    later: false,
  };
}

/** Planned as a switchover, then forced by the fallback: nobody stopped home's tasks, and nobody has looked. */
function fencedByNobody(operation: Operation, at: string): FenceVerdict | undefined {
  const planned = operation.rounds[0]?.plan;
  if (!operation.plan.forced || planned === undefined || planned.forced) return undefined;
  return {
    fence: 'unknown',
    detail: 'the fallback was forced after a planned start: home was not fenced',
    at,
    later: false,
  };
}

/** A forced move succeeded, and home has not been seen stopped since. */
export function isUnfenced(operation: Operation): boolean {
  if (operation.ended?.outcome !== 'succeeded' || !operation.plan.forced) return false;
  const verdict = newestFence(operation);
  return verdict !== undefined && verdict.fence !== 'fenced';
}

/**
 * Something may have been moved, by this operation or before it: what is left of it is more than its pre-warm, and the
 * standby may be serving.
 */
export const movedSomething = (operation: Operation): boolean =>
  operation.noReturn !== undefined || (operation.steps.get('switch-traffic')?.acted.length ?? 0) > 0;

/**
 * The operation that decided where an application runs now, from its operations, newest first. Requests that came to
 * nothing (declined, expired, aborted, failed before anything moved) decide nothing, nor does one that found the writer
 * moved and was never approved; undefined while one is under way.
 */
export function owner(newestFirst: readonly Operation[]): Operation | undefined {
  for (const operation of newestFirst) {
    if (operation.ended === undefined) return undefined;
    if (operation.ended.outcome === 'succeeded') return operation;
    if (movedSomething(operation) && approvedRound(operation) !== undefined) return operation;
  }
  return undefined;
}
