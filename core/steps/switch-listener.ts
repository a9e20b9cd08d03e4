import { changes, nothing, type StepDefinition, USUAL } from './definition.ts';

export const switchListener: StepDefinition<'switch-listener'> = {
  ...USUAL,
  id: 'switch-listener',
  title: 'Open the standby load balancer',
  comment: 'Lets the standby load balancer serve the application.',
  side: 'to',
  rights: ['switch-listener'],
  describe: (plan, app) =>
    app.listener === undefined
      ? nothing('no listener is configured')
      : changes(plan.to, ['elasticloadbalancing:ModifyListener'], 'forwards to the active target group'),
};
