import type {
  DescribeTargetGroupAttributesInput,
  ModifyTargetGroupAttributesInput,
  TargetGroupAttribute,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { required } from '../regional/input.ts';
import type { TargetGroupState } from './model.ts';
import type { ElbState } from './state.ts';

const DELAY = 'deregistration_delay.timeout_seconds';
/** "The range is 0-3600 seconds. The default value is 300 seconds" (API reference, TargetGroupAttribute). */
const LONGEST_DELAY_S = 3600;

/** Attributes of target groups. Only the deregistration delay can be changed; the others are shown as AWS sets them. */
export function attributeOperations(state: ElbState): Record<string, Operation> {
  return {
    DescribeTargetGroupAttributes: (input: DescribeTargetGroupAttributesInput, call) => ({
      Attributes: show(state.targetGroup(call.region, required(input.TargetGroupArn, 'TargetGroupArn'))),
    }),
    ModifyTargetGroupAttributes: (input: ModifyTargetGroupAttributesInput, call) => modify(state, input, call),
  };
}

function show(group: TargetGroupState): TargetGroupAttribute[] {
  const values: Readonly<Record<string, string>> = {
    [DELAY]: String(group.deregistrationDelay_s),
    'stickiness.enabled': 'false',
    'stickiness.type': 'lb_cookie',
    'load_balancing.algorithm.type': 'round_robin',
    'slow_start.duration_seconds': '0',
  };
  return Object.entries(values).map(([Key, Value]) => ({ Key, Value }));
}

/** Whatever drains already keeps the delay that it began with. */
function modify(state: ElbState, input: ModifyTargetGroupAttributesInput, call: Call): object {
  const group = state.targetGroup(call.region, required(input.TargetGroupArn, 'TargetGroupArn'));
  for (const { Key: key, Value: value } of required(input.Attributes, 'Attributes')) {
    if (key !== DELAY) throw new AwsError('NotImplemented', `The attribute ${key} of a target group is not simulated`);
    const delay_s = Number(value);
    if (value === undefined || !Number.isInteger(delay_s) || delay_s < 0 || delay_s > LONGEST_DELAY_S) {
      throw new AwsError('InvalidConfigurationRequestException', `${DELAY} must be from 0 to ${LONGEST_DELAY_S}`);
    }
    group.deregistrationDelay_s = delay_s;
  }
  return { Attributes: show(group) };
}
