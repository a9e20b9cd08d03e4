/** Times from `from_ms` on and before `to_ms`. */
export interface Span {
  readonly from_ms: number;
  readonly to_ms: number;
}

/** The same times as spans in order that do not touch. */
export function union(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const { from_ms, to_ms } of spans.toSorted((a, b) => a.from_ms - b.from_ms)) {
    const last = joined.at(-1);
    if (last !== undefined && from_ms <= last.to_ms) {
      joined[joined.length - 1] = { from_ms: last.from_ms, to_ms: Math.max(last.to_ms, to_ms) };
    } else if (to_ms > from_ms) {
      joined.push({ from_ms, to_ms });
    }
  }
  return joined;
}

/** What is left of the spans outside of others. */
export function without(spans: readonly Span[], others: readonly Span[]): Span[] {
  return others.reduce<Span[]>(
    (left, other) =>
      left.flatMap((span) =>
        [
          { from_ms: span.from_ms, to_ms: Math.min(span.to_ms, other.from_ms) },
          { from_ms: Math.max(span.from_ms, other.to_ms), to_ms: span.to_ms },
        ].filter(({ from_ms, to_ms }) => to_ms > from_ms),
      ),
    [...spans],
  );
}

export const total_ms = (spans: readonly Span[]): number =>
  spans.reduce((sum, { from_ms, to_ms }) => sum + to_ms - from_ms, 0);
