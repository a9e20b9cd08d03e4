import * as schemas from '@aws-sdk/client-cloudwatch';
import type { Service } from '../../service.ts';
import type { ServiceOptions } from '../regional/options.ts';
import { alarmOperations, type SeedAlarm } from './alarms.ts';
import { type MetricSource, MetricStore } from './metrics.ts';
import { metricOperations } from './queries.ts';

export interface MetricSink {
  register(source: MetricSource): void;
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
