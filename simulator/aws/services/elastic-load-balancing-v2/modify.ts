import type {
  Action,
  DeregisterTargetsInput,
  ModifyListenerInput,
  RegisterTargetsInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { refuseUnsimulated, required } from '../regional/input.ts';
import { showListener } from './describe.ts';
import type { TargetGroupState } from './model.ts';
import { type ElbState, forwardsOf } from './state.ts';

export function modifyOperations(state: ElbState): Record<string, Operation> {
  return {
    ModifyListener: (input: ModifyListenerInput, call) => modifyListener(state, input, call),
    RegisterTargets: (input: RegisterTargetsInput, call) => {
      const group = state.targetGroup(call.region, required(input.TargetGroupArn, 'TargetGroupArn'));
      for (const target of required(input.Targets, 'Targets')) {
        requireTarget(group, required(target.Id, 'Targets.member.Id'));
        register(state, group, required(target.Id, 'Targets.member.Id'), target.Port);
      }
      return {};
    },
    DeregisterTargets: (input: DeregisterTargetsInput, call) => {
      const group = state.targetGroup(call.region, required(input.TargetGroupArn, 'TargetGroupArn'));
      for (const target of required(input.Targets, 'Targets')) deregister(state, group, target.Id ?? '', target.Port);
      return {};
    },
  };
}

function modifyListener(state: ElbState, input: ModifyListenerInput, call: Call): object {
  refuseUnsimulated(input, ['ListenerArn', 'DefaultActions', 'Port', 'Protocol'], 'ModifyListener');
  const listener = state.listener(call.region, required(input.ListenerArn, 'ListenerArn'));
  if (input.DefaultActions !== undefined) {
    requireActions(state, call.region, input.DefaultActions);
    const rule = listener.rules.find((one) => one.priority === 'default');
    if (rule !== undefined) rule.actions = input.DefaultActions;
  }
  const taken = state.listenersOf(listener.loadBalancerArn).some((one) => one !== listener && one.port === input.Port);
  if (taken) throw new AwsError('DuplicateListenerException', 'A listener already exists on this port');
  listener.port = input.Port ?? listener.port;
  listener.protocol = input.Protocol ?? listener.protocol;
  return { Listeners: [showListener(listener)] };
}

/** Refuses actions that AWS would not take as a rule's or a listener's. */
export function requireActions(state: ElbState, region: string, actions: readonly Action[]): void {
  const last = actions.at(-1);
  if (last === undefined) throw new AwsError('ValidationError', 'At least one action must be specified');
  if (!['forward', 'redirect', 'fixed-response'].includes(last.Type ?? '')) {
    throw new AwsError('InvalidLoadBalancerActionException', 'The last action must route, redirect or answer');
  }
  for (const action of actions) {
    requireAnswer(action);
    const weights = forwardsOf(action);
    for (const arn of weights.keys()) state.targetGroup(region, arn);
    if (action.Type === 'forward' && weights.size === 0) {
      throw new AwsError('ValidationError', 'A forward action must name a target group');
    }
    // ForwardConfig: weights are 0 to 999.
    for (const weight of weights.values()) {
      if (Number.isInteger(weight) && weight >= 0 && weight <= 999) continue;
      throw new AwsError('InvalidLoadBalancerActionException', 'Target group weight must be between 0 and 999');
    }
  }
}

const CONTENT_TYPES = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'];

/** FixedResponseActionConfig: "2XX, 4XX, or 5XX", a body of at most 1,024 characters, one of five content types. */
function requireAnswer({ Type: type, FixedResponseConfig: fixed }: Action): void {
  if (type !== 'fixed-response') return;
  const { StatusCode: status = '', MessageBody: body = '', ContentType: content = 'text/plain' } = fixed ?? {};
  if (/^[245]\d\d$/.test(status) && body.length <= 1024 && CONTENT_TYPES.includes(content)) return;
  throw new AwsError('ValidationError', 'A fixed response needs a 2XX, 4XX or 5XX status, and a body that is allowed');
}

function requireTarget(group: TargetGroupState, id: string): void {
  if (group.targetType === 'instance' ? /^i-[0-9a-f]{8,17}$/.test(id) : /^\d+\.\d+\.\d+\.\d+$/.test(id)) return;
  const message =
    group.targetType === 'instance'
      ? `The instance ID '${id}' is not valid`
      : `The IP address '${id}' is not a valid IPv4 address`;
  throw new AwsError(group.targetType === 'instance' ? 'InvalidTargetException' : 'ValidationError', message);
}

/** Registering again what is registered changes nothing; what drains is registered again. */
export function register(state: ElbState, group: TargetGroupState, id: string, port = group.port): void {
  const known = state.targets(group).find((one) => one.id === id && one.port === port);
  if (known !== undefined && known.drainedAt_ms === undefined) return;
  group.targets = group.targets.filter((one) => one !== known);
  const now_ms = state.now_ms();
  group.targets.push({
    id,
    port,
    registered_ms: now_ms,
    passingSince_ms: now_ms,
    failingSince_ms: undefined,
    state: 'initial',
    drainedAt_ms: undefined,
  });
}

export function deregister(state: ElbState, group: TargetGroupState, id: string, port?: number): void {
  for (const target of state.targets(group)) {
    if (target.id !== id || (port !== undefined && target.port !== port)) continue;
    target.drainedAt_ms ??= state.now_ms() + group.deregistrationDelay_s * 1000;
  }
}
