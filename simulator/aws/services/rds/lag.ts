import type { MetricSink } from '../cloudwatch/cloudwatch.ts';
import type { RdsState } from './state.ts';

/** CloudWatch shows a minute's data point about a minute later. */
const PUBLISH_DELAY_MS = 60_000;

/**
 * `AuroraGlobalDBReplicationLag` and `AuroraGlobalDBRPOLag`, in milliseconds, a data point a minute, in the region of
 * a secondary alone. Nothing arrives: no data point.
 */
export function publishLag(state: RdsState, metrics: MetricSink): void {
  state.clusterListeners.push((cluster) => {
    const sample = (at_ms: number): number | undefined => {
      const lag = cluster.instances.length === 0 ? undefined : cluster.lag.findLast((one) => one.from_ms <= at_ms);
      return lag?.lag_ms;
    };
    for (const metricName of ['AuroraGlobalDBReplicationLag', 'AuroraGlobalDBRPOLag']) {
      metrics.register({
        region: cluster.region,
        namespace: 'AWS/RDS',
        metricName,
        dimensions: { DBClusterIdentifier: cluster.id },
        unit: 'Milliseconds',
        since_ms: cluster.created_ms,
        delay_ms: PUBLISH_DELAY_MS,
        sample,
      });
    }
  });
}
