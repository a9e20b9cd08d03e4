/**
 * Counts in CloudWatch's namespace `Muster` by a log line, which needs no right to CloudWatch
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 * `said` stands in the line beside it and is not counted.
 */
export function count(prefix: string, metric: string, value: number, said: object): void {
  const metrics = {
    Namespace: 'Muster',
    Dimensions: [['Prefix']],
    Metrics: [{ Name: metric, Unit: 'Count' }],
  };
  const line = { _aws: { Timestamp: Date.now(), CloudWatchMetrics: [metrics] }, Prefix: prefix, [metric]: value };
  console.log(JSON.stringify({ ...said, ...line }));
}
