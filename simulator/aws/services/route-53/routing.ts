/**
 * Which of several record sets of one name and type answers: the Developer Guide's "Choosing a routing policy" and "How
 * Amazon Route 53 chooses records when health checking is configured".
 */
import { fqdn } from './names.ts';
import { distance, placeOf, regionOfResolver } from './places.ts';
import { policyOf, type RecordSet } from './records.ts';
import { type Lookup, MAX_DEPTH } from './view.ts';

/** "Up to eight healthy records" (Developer Guide, "Multivalue answer routing"). */
const MOST_VALUES = 8;

function healthy(lookup: Lookup, set: RecordSet, depth: number): boolean {
  const { view, at_ms } = lookup;
  if (set.HealthCheckId !== undefined && !view.checkHealthy(set.HealthCheckId, at_ms)) return false;
  if (set.AliasTarget?.EvaluateTargetHealth !== true) return true;
  const target = fqdn(set.AliasTarget.DNSName ?? '');
  if (set.AliasTarget.HostedZoneId !== lookup.zone.id) return view.targetHealthy(target, at_ms);
  if (depth >= MAX_DEPTH) return true;
  const sets = [...lookup.records.values()].filter((other) => other.Name === target && other.Type === set.Type);
  return sets.some((other) => healthy(lookup, other, depth + 1));
}

/** The sets that answer; several only with multivalue answers, none where no location matches. */
export function choose(lookup: Lookup, sets: readonly RecordSet[]): readonly RecordSet[] {
  const [first] = sets;
  if (first === undefined) return [];
  switch (policyOf(first)) {
    case 'multivalue':
      return several(lookup, sets);
    case 'failover':
      return one(failover(lookup, sets));
    case 'weighted':
      return one(weighted(lookup, sets));
    case 'latency':
      return one(nearest(lookup, sets));
    case 'geolocation':
      return one(located(lookup, sets));
    case 'simple':
      return [first];
  }
}

const one = (set: RecordSet | undefined): readonly RecordSet[] => (set === undefined ? [] : [set]);

/** The first that is healthy; when none is, all count as healthy. */
function firstHealthy(lookup: Lookup, inOrder: readonly RecordSet[]): RecordSet | undefined {
  return inOrder.find((set) => healthy(lookup, set, 0)) ?? inOrder[0];
}

/** Both unhealthy: Route 53 answers the primary. */
function failover(lookup: Lookup, sets: readonly RecordSet[]): RecordSet | undefined {
  const primaryFirst = [...sets].sort((a) => (a.Failover === 'PRIMARY' ? -1 : 1));
  return firstHealthy(lookup, primaryFirst);
}

function nearest(lookup: Lookup, sets: readonly RecordSet[]): RecordSet | undefined {
  const from = regionOfResolver(lookup.salt);
  const away = (set: RecordSet): number => distance(from, set.Region ?? from);
  return firstHealthy(
    lookup,
    [...sets].sort((a, b) => away(a) - away(b)),
  );
}

/** The most specific location first; a broader one where it is unhealthy. Without a match there is no answer. */
function located(lookup: Lookup, sets: readonly RecordSet[]): RecordSet | undefined {
  const { country, subdivision, continent } = placeOf(regionOfResolver(lookup.salt));
  const fits = ({ GeoLocation: at }: RecordSet): number => {
    if (at?.SubdivisionCode !== undefined)
      return at.CountryCode === country && at.SubdivisionCode === subdivision ? 4 : 0;
    if (at?.CountryCode === '*') return 1;
    if (at?.CountryCode !== undefined) return at.CountryCode === country ? 3 : 0;
    return at?.ContinentCode === continent ? 2 : 0;
  };
  const matching = sets.filter((set) => fits(set) > 0).sort((a, b) => fits(b) - fits(a));
  return firstHealthy(lookup, matching);
}

/** "When all records are unhealthy, Route 53 responds to DNS queries with up to eight unhealthy records." */
function several(lookup: Lookup, sets: readonly RecordSet[]): readonly RecordSet[] {
  const well = sets.filter((set) => healthy(lookup, set, 0));
  const usable = well.length > 0 ? well : sets;
  if (usable.length <= MOST_VALUES) return usable;
  const start = Math.floor(
    lookup.view.draw(`multivalue/${usable[0]?.Name}/${lookup.salt}/${lookup.at_ms}`) * usable.length,
  );
  return [...usable.slice(start), ...usable.slice(0, start)].slice(0, MOST_VALUES);
}

function weighted(lookup: Lookup, sets: readonly RecordSet[]): RecordSet | undefined {
  const first = sets[0];
  if (sets.length === 1 || first === undefined) return first;
  const weight = (set: RecordSet) => set.Weight ?? 0;
  const positive = sets.filter((set) => weight(set) > 0);
  const well = (some: readonly RecordSet[]) => some.filter((set) => healthy(lookup, set, 0));
  // Weight 0 counts only when nothing with a weight is healthy; when nothing at all is, everything counts.
  const stages = [well(positive), well(sets), positive, sets];
  const candidates = stages.find((some) => some.length > 0) ?? sets;
  const even = candidates.every((set) => weight(set) === 0);
  const share = (set: RecordSet) => (even ? 1 : weight(set));
  const total = candidates.reduce((sum, set) => sum + share(set), 0);
  let left = lookup.view.draw(`weighted/${first.Name}/${lookup.salt}/${lookup.at_ms}`) * total;
  for (const set of candidates) {
    left -= share(set);
    if (left < 0) return set;
  }
  return candidates.at(-1);
}
