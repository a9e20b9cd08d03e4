import { currentRound, type Operation } from './operation.ts';

/** A decision that takes longer has probably not been noticed in Slack. */
const UNDECIDED_MINUTES = 10;
/** Longer than any step takes that goes well. */
const LONG_MINUTES = 60;
/** The state machine asks within seconds. */
const UNASKED_MINUTES = 5;

/** Why an operation that runs needs somebody to look at it; undefined: it does not. Pure. */
export function stuckWhy(operation: Operation, now_ms: number): string | undefined {
  if (operation.ended !== undefined || operation.requestedAt === undefined) return undefined;
  const minutesSince = (at: string): number => (now_ms - Date.parse(at)) / 60_000;
  if (currentRound(operation) === undefined && minutesSince(operation.requestedAt) > UNASKED_MINUTES) {
    return 'nobody was asked for an approval';
  }
  for (const { step, status, startedAt, resumedAt, pause } of operation.steps.values()) {
    if (status === 'paused' && pause !== undefined && minutesSince(pause.at) > UNDECIDED_MINUTES) {
      return `${step} is paused, and nobody has decided`;
    }
    if (status === 'running' && minutesSince(resumedAt ?? startedAt) > LONG_MINUTES) {
      return `${step} has run for more than ${LONG_MINUTES} minutes`;
    }
  }
  return undefined;
}
