import type { ListenerConfig } from '../../core/config/schema.ts';
import { switchListener as definition } from '../../core/steps/switch-listener.ts';
import { NEEDED } from '../adapters/clients.ts';
import { type ListenerObserved, listenerClient } from '../adapters/listener.ts';
import { inAccountOf } from '../adapters/reach.ts';
import type { Decision, Step, StepContext } from '../runner/step.ts';

export interface ListenerAction {
  readonly arn: string;
  readonly targetGroupArn: string;
}

/** The standby's listener leads to the application instead of to where it led while it stood by. */
export const switchListener: Step<ListenerObserved | undefined, ListenerAction> = {
  definition,
  limit_s: () => 5 * 60,
  atLimit: 'pause',
  observe: async ({ app, operation }) =>
    app.listener === undefined
      ? undefined
      : listenerClient(operation.plan.to, inAccountOf(app, NEEDED)).observe(app.listener.arn),
  decide: (seen, context) => decideListener(seen, context.app.listener, context),
  perform: async (action, { app, operation }) =>
    listenerClient(operation.plan.to, inAccountOf(app, NEEDED)).forward(action.arn, action.targetGroupArn),
};

export function decideListener(
  seen: ListenerObserved | undefined,
  listener: ListenerConfig | undefined,
  context: Pick<StepContext, 'operation' | 'state'>,
): Decision<ListenerAction> {
  if (listener === undefined || seen === undefined) throw new Error('there is no listener to switch');
  const { arn, activeTargetGroupArn } = listener;
  if (seen.targetGroupArn === activeTargetGroupArn) {
    const acted = (context.state?.acted.length ?? 0) > 0;
    return {
      do: 'done',
      outcome: acted ? 'done' : 'adopted',
      detail: `the listener forwards to ${activeTargetGroupArn}`,
    };
  }
  return {
    do: 'change',
    changes: [
      {
        action: { arn, targetGroupArn: activeTargetGroupArn },
        says: `make listener ${arn} forward to ${activeTargetGroupArn}`,
        change: {
          resource: `listener ${arn}`,
          region: context.operation.plan.to,
          before: seen.leads,
          after: `forward to ${activeTargetGroupArn}`,
        },
      },
    ],
  };
}
