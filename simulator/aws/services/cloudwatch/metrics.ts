import type { Dimension, MetricDatum, StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { Clock } from '../../../clock.ts';
import { AwsError } from '../../service.ts';

/** A metric that a simulated service publishes, a data point a minute, as a function of time. */
export interface MetricSource {
  readonly region: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly unit: StandardUnit;
  /** There are no data points before. */
  readonly since_ms: number;
  /** A data point can be read this long after its minute began. */
  readonly delay_ms: number;
  /** The value at an instant not in the future; undefined: no data point. */
  sample(at_ms: number): number | undefined;
}

export interface Point {
  readonly at_ms: number;
  readonly value: number;
}

export interface MetricName {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly Dimension[];
}

interface Stored extends MetricName {
  readonly region: string;
  readonly unit: StandardUnit | undefined;
  readonly points: Point[];
}

const MINUTE_MS = 60_000;
/** One-minute data points are kept for 15 days; older ones exist at coarser periods, which is not simulated. */
const KEPT_MS = 15 * 24 * 60 * MINUTE_MS;

/** Metrics of services (functions of time) and metrics that callers put. */
export class MetricStore {
  readonly #clock: Clock;
  readonly #sources = new Map<string, MetricSource>();
  readonly #stored = new Map<string, Stored>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A source of the same region, name and dimensions replaces the one before. */
  register(source: MetricSource): void {
    const dimensions = Object.entries(source.dimensions).map(([Name, Value]) => ({ Name, Value }));
    this.#sources.set(key(source.region, { ...source, dimensions }), source);
  }

  put(region: string, namespace: string, datum: MetricDatum): void {
    const metricName = datum.MetricName;
    if (metricName === undefined || metricName === '') {
      throw new AwsError('MissingParameter', 'The parameter MetricData.member.1.MetricName is required.');
    }
    const values = valuesOf(datum);
    const name: MetricName = { namespace, metricName, dimensions: datum.Dimensions ?? [] };
    const id = key(region, name);
    const stored = this.#stored.get(id) ?? { ...name, region, unit: datum.Unit, points: [] };
    this.#stored.set(id, stored);
    const at_ms = datum.Timestamp?.getTime() ?? this.#clock.now_ms();
    stored.points.push(...values.map((value) => ({ at_ms, value })));
  }

  names(region: string): MetricName[] {
    const sources = [...this.#sources.values()]
      .filter((source) => source.region === region)
      .map(({ namespace, metricName, dimensions }) => ({
        namespace,
        metricName,
        dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      }));
    return [...sources, ...[...this.#stored.values()].filter((stored) => stored.region === region)];
  }

  unit(region: string, name: MetricName): StandardUnit {
    const id = key(region, name);
    return this.#sources.get(id)?.unit ?? this.#stored.get(id)?.unit ?? 'None';
  }

  /** Data points in [start, end) that can be read now, oldest first. */
  points(region: string, name: MetricName, start_ms: number, end_ms: number): Point[] {
    const now_ms = this.#clock.now_ms();
    const from_ms = Math.max(start_ms, now_ms - KEPT_MS);
    const id = key(region, name);
    const source = this.#sources.get(id);
    const sampled = source === undefined ? [] : samples(source, from_ms, end_ms, now_ms);
    const stored = this.#stored.get(id)?.points ?? [];
    const put = stored.filter((point) => point.at_ms >= from_ms && point.at_ms < end_ms && point.at_ms <= now_ms);
    return [...sampled, ...put].sort((a, b) => a.at_ms - b.at_ms);
  }
}

function samples(source: MetricSource, start_ms: number, end_ms: number, now_ms: number): Point[] {
  const points: Point[] = [];
  const first_ms = Math.ceil(Math.max(start_ms, source.since_ms) / MINUTE_MS) * MINUTE_MS;
  for (let at_ms = first_ms; at_ms < end_ms && at_ms + source.delay_ms <= now_ms; at_ms += MINUTE_MS) {
    const value = source.sample(at_ms);
    if (value !== undefined) points.push({ at_ms, value });
  }
  return points;
}

function valuesOf(datum: MetricDatum): number[] {
  if (datum.StatisticValues !== undefined) {
    throw new AwsError('NotImplemented', 'PutMetricData with StatisticValues is not simulated');
  }
  if (datum.Value !== undefined) return [datum.Value];
  const counts = datum.Counts ?? [];
  return (datum.Values ?? []).flatMap((value, index) => Array.from({ length: counts[index] ?? 1 }, () => value));
}

/** The very same dimensions make the very same metric; CloudWatch does not aggregate over the others. */
function key(region: string, name: MetricName): string {
  const dimensions = name.dimensions.map((one) => `${one.Name}=${one.Value}`).sort();
  return JSON.stringify([region, name.namespace, name.metricName, dimensions]);
}
