import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { clientSettings, type Reach } from './clients.ts';

export interface AlarmsSeen {
  readonly ringing: readonly string[];
  /** Named in the configuration and not found: what it should watch is not checked. */
  readonly missing: readonly string[];
}

/** At most 100 names a call (API reference, DescribeAlarms). INSUFFICIENT_DATA is no alarm: the standby has just woken. */
export async function seeAlarms(region: string, reach: Reach, names: readonly string[]): Promise<AlarmsSeen> {
  if (names.length === 0) return { ringing: [], missing: [] };
  const answer = await new CloudWatchClient(clientSettings(region, reach)).send(
    new DescribeAlarmsCommand({
      AlarmNames: [...names],
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      MaxRecords: 100,
    }),
  );
  const found = [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])];
  return {
    ringing: found.flatMap((alarm) => (alarm.StateValue === 'ALARM' ? [alarm.AlarmName ?? ''] : [])),
    missing: names.filter((name) => !found.some((alarm) => alarm.AlarmName === name)),
  };
}
