import type { RdsState } from './state.ts';

/** Commits of a cluster: those of a span of time. */
export interface Commits {
  readonly clusterArn: string;
  readonly from_ms: number;
  readonly to_ms: number;
}

/**
 * What a writer's volume holds: all that it committed itself since it became the writer, what its predecessor had
 * committed until the instant up to which it arrived, and what that one held before. Whatever else was committed
 * anywhere, and be it acknowledged, is not on this volume.
 */
export function heldBy(state: RdsState, clusterArn: string): Commits[] {
  const held: Commits[] = [];
  let at = clusterArn;
  let to_ms = Number.POSITIVE_INFINITY;
  for (const change of state.writerChanges.toReversed()) {
    if (change.to.arn !== at) continue;
    held.push({ clusterArn: at, from_ms: change.at_ms, to_ms });
    if (change.from === undefined) return held;
    at = change.from.arn;
    to_ms = Math.min(to_ms, change.replicatedUntil_ms);
  }
  held.push({ clusterArn: at, from_ms: Number.NEGATIVE_INFINITY, to_ms });
  return held;
}
