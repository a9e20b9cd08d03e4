/**
 * Health checks as a pure function of what happened: the endpoint's answers and the check's settings over time.
 * Nothing runs while nothing changes; the status at any instant is computed when somebody asks.
 */

/** From `at_ms` on the endpoint answers (or does not). */
export interface Observation {
  readonly at_ms: number;
  readonly ok: boolean;
  /** The HTTP status it answers with; undefined: nobody answers. */
  readonly status: number | undefined;
}

/** What Route 53's checkers go by from `at_ms` on. */
export interface Settings {
  readonly at_ms: number;
  readonly threshold: number;
  readonly inverted: boolean;
  readonly disabled: boolean;
}

/** Immutable: an appended history is a new object. */
export interface CheckHistory {
  /** Before there is data a check counts as healthy, and an inverted one as unhealthy (Developer Guide, "How Route 53 determines ..."). */
  readonly initial: boolean;
  readonly interval_ms: number;
  /** One entry for each checker: when, in the interval, it asks. */
  readonly phases_ms: readonly number[];
  readonly observations: readonly Observation[];
  readonly settings: readonly Settings[];
}

interface StatusChange {
  readonly at_ms: number;
  readonly healthy: boolean;
}

/** "If more than 18% of health checkers report that an endpoint is healthy, Route 53 considers it healthy." */
const QUORUM = 0.18;

interface Segment extends Settings {
  readonly to_ms: number;
  readonly ok: boolean;
}

const timelines = new WeakMap<CheckHistory, readonly StatusChange[]>();

/** Every change of the status, oldest first; the last ones may lie ahead and hold if nothing else happens. */
export function timeline(history: CheckHistory): readonly StatusChange[] {
  const known = timelines.get(history);
  if (known !== undefined) return known;
  const computed = computeTimeline(history);
  timelines.set(history, computed);
  return computed;
}

export function healthyAt(history: CheckHistory, at_ms: number): boolean {
  let healthy = true;
  for (const change of timeline(history)) {
    if (change.at_ms > at_ms) break;
    healthy = change.healthy;
  }
  return healthy;
}

function computeTimeline(history: CheckHistory): readonly StatusChange[] {
  const segments = segmentsOf(history);
  const flips = history.phases_ms.flatMap((phase_ms, checker) =>
    checkerFlips(segments, phase_ms, history).map((flip) => ({ ...flip, checker })),
  );
  const instants = [...new Set([...segments.map((segment) => segment.at_ms), ...flips.map((flip) => flip.at_ms)])];
  instants.sort((a, b) => a - b);
  flips.sort((a, b) => a.at_ms - b.at_ms);

  const states = history.phases_ms.map(() => history.initial);
  const changes: StatusChange[] = [];
  let done = 0;
  for (const at_ms of instants) {
    for (let flip = flips[done]; flip !== undefined && flip.at_ms <= at_ms; flip = flips[done]) {
      states[flip.checker] = flip.healthy;
      done += 1;
    }
    const settings = history.settings.filter((entry) => entry.at_ms <= at_ms).at(-1);
    const endpoint = states.filter((state) => state).length > QUORUM * states.length;
    // A disabled check is always healthy; inverted on top of it, always unhealthy (API reference, HealthCheckConfig).
    const healthy = (settings?.disabled === true || endpoint) !== (settings?.inverted === true);
    if (changes.at(-1)?.healthy !== healthy) changes.push({ at_ms, healthy });
  }
  return changes;
}

function segmentsOf(history: CheckHistory): readonly Segment[] {
  const instants = [...new Set([...history.observations, ...history.settings].map((entry) => entry.at_ms))];
  instants.sort((a, b) => a - b);
  return instants.flatMap((at_ms, index) => {
    const settings = history.settings.filter((entry) => entry.at_ms <= at_ms).at(-1);
    const observation = history.observations.filter((entry) => entry.at_ms <= at_ms).at(-1);
    if (settings === undefined || observation === undefined) return [];
    const to_ms = instants[index + 1] ?? Number.POSITIVE_INFINITY;
    return [{ ...settings, at_ms, to_ms, ok: observation.ok }];
  });
}

/** FailureThreshold consecutive results of one kind flip a checker, in either direction. */
function checkerFlips(
  segments: readonly Segment[],
  phase_ms: number,
  { initial, interval_ms }: CheckHistory,
): StatusChange[] {
  const flips: StatusChange[] = [];
  let healthy = initial;
  let run = 0;
  let running = initial;
  for (const segment of segments) {
    if (segment.disabled) {
      run = 0;
      continue;
    }
    const first = Math.ceil((segment.at_ms - phase_ms) / interval_ms);
    const count = Math.ceil((segment.to_ms - phase_ms) / interval_ms) - first;
    if (count <= 0) continue;
    if (segment.ok !== running) {
      running = segment.ok;
      run = 0;
    }
    const needed = Math.max(1, segment.threshold - run);
    if (running !== healthy && count >= needed) {
      healthy = running;
      flips.push({ at_ms: phase_ms + (first + needed - 1) * interval_ms, healthy });
    }
    run += count;
  }
  return flips;
}
