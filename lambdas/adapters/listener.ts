import {
  type Action,
  DescribeListenersCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { clientSettings, type Reach } from './clients.ts';

/** What a listener does by default with a request. */
export interface ListenerObserved {
  /** Where it leads, in words: `forward to arn:...`, `fixed-response 503`. */
  readonly leads: string;
  /** The one target group that gets everything; undefined: there is none such. */
  readonly targetGroupArn: string | undefined;
}

export interface ListenerClient {
  observe(arn: string): Promise<ListenerObserved>;
  /** Forwards everything to one target group; who is authenticated before stays so. Twice is as once. */
  forward(arn: string, targetGroupArn: string): Promise<void>;
}

export function listenerClient(region: string, reach: Reach): ListenerClient {
  const elb = new ElasticLoadBalancingV2Client(clientSettings(region, reach));
  const actions = async (arn: string): Promise<readonly Action[]> => {
    const answer = await elb.send(new DescribeListenersCommand({ ListenerArns: [arn] }));
    const found = answer.Listeners?.[0]?.DefaultActions;
    if (found === undefined) throw new Error(`the load balancer in ${region} answered without the listener ${arn}`);
    return found;
  };
  return {
    observe: async (arn) => observed(await actions(arn)),
    forward: async (arn, targetGroupArn) => {
      const DefaultActions = forwarding(await actions(arn), targetGroupArn);
      await elb.send(new ModifyListenerCommand({ ListenerArn: arn, DefaultActions }));
    },
  };
}

/** Authentication comes before the one action that ends it (ELB, "Listener rules for your Application Load Balancer"). */
const authenticates = (action: Action): boolean => action.Type?.startsWith('authenticate-') === true;
/** Orders count upwards; without one an action stands alone. */
const inOrder = (actions: readonly Action[]): Action[] => [...actions].sort((a, b) => (a.Order ?? 0) - (b.Order ?? 0));

export function observed(actions: readonly Action[]): ListenerObserved {
  const last = inOrder(actions).findLast((action) => !authenticates(action));
  switch (last?.Type) {
    case 'forward':
      return forwards(last);
    case 'fixed-response':
      return {
        leads: `fixed-response ${last.FixedResponseConfig?.StatusCode ?? ''}`.trim(),
        targetGroupArn: undefined,
      };
    case 'redirect': {
      const { Host, Path } = last.RedirectConfig ?? {};
      return { leads: `redirect to ${Host ?? ''}${Path ?? ''}`, targetGroupArn: undefined };
    }
    default:
      return { leads: last?.Type ?? 'nothing', targetGroupArn: undefined };
  }
}

function forwards(action: Action): ListenerObserved {
  const groups = action.ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: action.TargetGroupArn, Weight: 1 }];
  const used = groups.filter((group) => (group.Weight ?? 1) > 0);
  const leads = groups.map((group) => `${group.TargetGroupArn ?? '?'} (weight ${group.Weight ?? 1})`).join(', ');
  return {
    leads: groups.length === 1 ? `forward to ${groups[0]?.TargetGroupArn ?? '?'}` : `forward to ${leads}`,
    targetGroupArn: used.length === 1 ? used[0]?.TargetGroupArn : undefined,
  };
}

/** The actions that keep the authentication and end in the target group. The OIDC secret is never answered: it is kept. */
export function forwarding(actions: readonly Action[], targetGroupArn: string): Action[] {
  const kept = inOrder(actions)
    .filter(authenticates)
    .map((action) =>
      action.AuthenticateOidcConfig === undefined
        ? action
        : { ...action, AuthenticateOidcConfig: { ...action.AuthenticateOidcConfig, UseExistingClientSecret: true } },
    );
  return [...kept, { Type: 'forward', TargetGroupArn: targetGroupArn } as const].map((action, index) =>
    kept.length === 0 ? action : { ...action, Order: index + 1 },
  );
}
