import type {
  Datapoint,
  GetMetricDataInput,
  GetMetricDataOutput,
  GetMetricStatisticsInput,
  GetMetricStatisticsOutput,
  ListMetricsInput,
  ListMetricsOutput,
  MetricDataQuery,
  MetricDataResult,
  PutMetricDataInput,
} from '@aws-sdk/client-cloudwatch';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { page, required } from '../regional/input.ts';
import type { MetricName, MetricStore, Point } from './metrics.ts';

export function metricOperations(store: MetricStore): Record<string, Operation> {
  return {
    GetMetricData: (input: GetMetricDataInput, call) => getMetricData(store, input, call),
    GetMetricStatistics: (input: GetMetricStatisticsInput, call) => getMetricStatistics(store, input, call),
    ListMetrics: (input: ListMetricsInput, call) => listMetrics(store, input, call),
    PutMetricData: (input: PutMetricDataInput, call) => putMetricData(store, input, call),
  };
}

interface Bucket {
  readonly at_ms: number;
  readonly values: readonly number[];
}

const STATISTICS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Average: (values) => sum(values) / values.length,
  Sum: sum,
  Minimum: (values) => Math.min(...values),
  Maximum: (values) => Math.max(...values),
  SampleCount: (values) => values.length,
};

function getMetricData(store: MetricStore, input: GetMetricDataInput, call: Call): GetMetricDataOutput {
  const queries = required(input.MetricDataQueries, 'MetricDataQueries');
  if (queries.length > 500) throw invalid('The collection MetricDataQueries must not have a size greater than 500.');
  const { start_ms, end_ms } = range(input.StartTime, input.EndTime);
  if (input.MaxDatapoints !== undefined || input.NextToken !== undefined) {
    throw new AwsError('NotImplemented', 'GetMetricData in pages is not simulated');
  }
  const results = queries
    .filter((query) => query.ReturnData !== false)
    .map((query) => answer(store, query, start_ms, end_ms, input.ScanBy === 'TimestampAscending', call));
  return { MetricDataResults: results, Messages: [] };
}

function answer(
  store: MetricStore,
  query: MetricDataQuery,
  start_ms: number,
  end_ms: number,
  ascending: boolean,
  call: Call,
): MetricDataResult {
  const stat = query.MetricStat;
  if (stat === undefined || query.Expression !== undefined) {
    throw new AwsError('NotImplemented', 'GetMetricData with an Expression is not simulated');
  }
  const name: MetricName = {
    namespace: required(stat.Metric?.Namespace, 'Namespace'),
    metricName: required(stat.Metric?.MetricName, 'MetricName'),
    dimensions: stat.Metric?.Dimensions ?? [],
  };
  const compute = STATISTICS[stat.Stat ?? ''];
  if (compute === undefined) throw new AwsError('NotImplemented', `The statistic ${stat.Stat} is not simulated`);
  const points = store.points(call.region, name, start_ms, end_ms);
  const inTime = buckets(points, period(stat.Period), start_ms);
  // The default order is the newest first.
  const ordered = ascending ? inTime : inTime.reverse();
  return {
    Id: query.Id,
    Label: query.Label ?? name.metricName,
    Timestamps: ordered.map((bucket) => new Date(bucket.at_ms)),
    Values: ordered.map((bucket) => compute(bucket.values)),
    StatusCode: 'Complete',
  };
}

function getMetricStatistics(
  store: MetricStore,
  input: GetMetricStatisticsInput,
  call: Call,
): GetMetricStatisticsOutput {
  const name: MetricName = {
    namespace: required(input.Namespace, 'Namespace'),
    metricName: required(input.MetricName, 'MetricName'),
    dimensions: input.Dimensions ?? [],
  };
  const { start_ms, end_ms } = range(input.StartTime, input.EndTime);
  if (input.ExtendedStatistics !== undefined) {
    throw new AwsError('NotImplemented', 'GetMetricStatistics with ExtendedStatistics is not simulated');
  }
  const statistics = input.Statistics ?? [];
  if (statistics.length === 0)
    throw missing('At least one of the parameters Statistics and ExtendedStatistics is required.');
  const unit = store.unit(call.region, name);
  const matches = input.Unit === undefined || input.Unit === unit;
  const points = matches ? store.points(call.region, name, start_ms, end_ms) : [];
  const datapoints = buckets(points, period(input.Period), start_ms).map((bucket): Datapoint => {
    const values = statistics.map((statistic) => [statistic, STATISTICS[statistic]?.(bucket.values)]);
    return { Timestamp: new Date(bucket.at_ms), Unit: unit, ...Object.fromEntries(values) };
  });
  return { Label: name.metricName, Datapoints: datapoints };
}

function listMetrics(store: MetricStore, input: ListMetricsInput, call: Call): ListMetricsOutput {
  const found = store
    .names(call.region)
    .filter(
      (name) =>
        (input.Namespace === undefined || name.namespace === input.Namespace) &&
        (input.MetricName === undefined || name.metricName === input.MetricName) &&
        (input.Dimensions ?? []).every((wanted) =>
          name.dimensions.some(
            (one) => one.Name === wanted.Name && (wanted.Value === undefined || one.Value === wanted.Value),
          ),
        ),
    );
  const { items, next } = page(found, input.NextToken, 500, 'InvalidParameterValue');
  return {
    Metrics: items.map(({ namespace, metricName, dimensions }) => ({
      Namespace: namespace,
      MetricName: metricName,
      Dimensions: [...dimensions],
    })),
    ...(next === undefined ? {} : { NextToken: next }),
  };
}

function putMetricData(store: MetricStore, input: PutMetricDataInput, call: Call): object {
  const namespace = required(input.Namespace, 'Namespace');
  // PutMetricData: the namespaces of AWS services are reserved.
  if (namespace.startsWith('AWS/')) throw invalid('The value AWS/ for parameter Namespace is invalid.');
  for (const datum of input.MetricData ?? []) store.put(call.region, namespace, datum);
  return {};
}

function buckets(points: readonly Point[], period_s: number, start_ms: number): Bucket[] {
  const period_ms = period_s * 1000;
  // CloudWatch rounds the start down to the period's boundary.
  const origin_ms = Math.floor(start_ms / period_ms) * period_ms;
  const grouped = new Map<number, number[]>();
  for (const { at_ms, value } of points) {
    const bucket_ms = origin_ms + Math.floor((at_ms - origin_ms) / period_ms) * period_ms;
    const values = grouped.get(bucket_ms) ?? [];
    values.push(value);
    grouped.set(bucket_ms, values);
  }
  return [...grouped].map(([at_ms, values]) => ({ at_ms, values }));
}

function range(start: Date | undefined, end: Date | undefined): { start_ms: number; end_ms: number } {
  const start_ms = required(start, 'StartTime').getTime();
  const end_ms = required(end, 'EndTime').getTime();
  if (start_ms >= end_ms) throw invalid('The parameter StartTime must be less than the parameter EndTime.');
  return { start_ms, end_ms };
}

function period(period_s: number | undefined): number {
  const value = required(period_s, 'Period');
  if (value < 60 || value % 60 !== 0) throw invalid('The parameter Period must be a multiple of 60.');
  return value;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}

function missing(message: string): AwsError {
  return new AwsError('MissingParameter', message);
}
