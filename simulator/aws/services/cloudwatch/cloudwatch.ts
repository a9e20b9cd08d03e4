import type { MetricAlarm, StandardUnit, StateValue } from '@aws-sdk/client-cloudwatch';
import * as schemas from '@aws-sdk/client-cloudwatch';
import type { Service } from '../../service.ts';
import type { ServiceOptions } from '../regional/options.ts';
import { alarmOperations } from './alarms.ts';
import { MetricStore } from './metrics.ts';
import { metricOperations } from './queries.ts';

/** A metric that a simulated service publishes, a data point a minute, told by a function of time. */
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

export interface MetricSink {
  register(source: MetricSource): void;
}

/** An alarm that was set up before: its description and, at any instant, its state. */
export interface SeedAlarm {
  readonly region: string;
  readonly description: MetricAlarm & { readonly AlarmName: string };
  state(now_ms: number): StateValue;
}

export interface CloudWatch extends MetricSink {
  readonly service: Service;
  seedAlarm(alarm: SeedAlarm): void;
}

export function createCloudWatch(options: ServiceOptions): CloudWatch {
  const store = new MetricStore(options.clock);
  const alarms: SeedAlarm[] = [];
  return {
    service: {
      id: 'cloudwatch',
      schemas,
      operations: { ...metricOperations(store), ...alarmOperations(alarms, options.accountId) },
    },
    register: (source) => store.register(source),
    seedAlarm: (alarm) => {
      alarms.push(alarm);
    },
  };
}
