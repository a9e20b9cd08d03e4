import type { DescribeAlarmsInput, DescribeAlarmsOutput, MetricAlarm, StateValue } from '@aws-sdk/client-cloudwatch';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { page } from '../regional/input.ts';

/** An alarm that was set up before: its description and, at any instant, its state. */
export interface SeedAlarm {
  readonly region: string;
  readonly description: MetricAlarm & { readonly AlarmName: string };
  state(now_ms: number): StateValue;
}

export function alarmOperations(alarms: readonly SeedAlarm[], accountId: string): Record<string, Operation> {
  return { DescribeAlarms: (input: DescribeAlarmsInput, call) => describe(alarms, accountId, input, call) };
}

function describe(
  alarms: readonly SeedAlarm[],
  accountId: string,
  input: DescribeAlarmsInput,
  call: Call,
): DescribeAlarmsOutput {
  for (const name of ['ChildrenOfAlarmName', 'ParentsOfAlarmName', 'ActionPrefix'] as const) {
    if (input[name] !== undefined) throw new AwsError('NotImplemented', `DescribeAlarms with ${name} is not simulated`);
  }
  const found = alarms
    .filter(({ region, description: { AlarmName: name } }) => {
      const named = input.AlarmNames === undefined || input.AlarmNames.includes(name);
      return region === call.region && named && name.startsWith(input.AlarmNamePrefix ?? '');
    })
    .map(({ region, description, state }) => ({
      AlarmArn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${description.AlarmName}`,
      ActionsEnabled: true,
      ...description,
      StateValue: state(call.clock.now_ms()),
    }))
    .filter((alarm) => input.StateValue === undefined || alarm.StateValue === input.StateValue);
  const { items, next } = page(found, input.NextToken, input.MaxRecords ?? 50, 'InvalidNextToken');
  return { CompositeAlarms: [], MetricAlarms: items, ...(next === undefined ? {} : { NextToken: next }) };
}
