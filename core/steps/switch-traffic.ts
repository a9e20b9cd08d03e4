import * as v from 'valibot';
import { ROUTE_53_REGION } from '../plan.ts';
import { assertNever } from '../reasons.ts';
import { changes, nothing, type StepDefinition, USUAL } from './definition.ts';

export interface TrafficData {
  readonly pinned: boolean;
}

export const switchTraffic: StepDefinition<'switch-traffic', TrafficData> = {
  ...USUAL,
  id: 'switch-traffic',
  title: 'Move the traffic',
  comment: 'Moves the traffic to the standby region.',
  side: 'to',
  rights: ['set-flag', 'see-health-check', 'pin-health-check', 'change-record'],
  data: v.object({ pinned: v.boolean() }),
  describe: (plan) => {
    const { strategy, record } = plan.traffic;
    switch (strategy) {
      case 'stop':
        return changes(
          plan.to,
          ['s3:PutObject'],
          `the flag that moves ${record}: data plane only; then route53:UpdateHealthCheck pins it, best effort`,
        );
      case 'record':
        return changes(
          ROUTE_53_REGION,
          ['route53:ChangeResourceRecordSets'],
          `${record}; this control plane is in us-east-1`,
        );
      case 'none':
        return nothing('no traffic is moved');
      default:
        return assertNever(strategy);
    }
  },
};
