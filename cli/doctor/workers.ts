import { DescribeListenersCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import type { ApplicationConfig, Config, WorkerConfig } from '../../core/config/schema.ts';
import { roleNameOf } from '../../lambdas/adapters/workers.ts';
import { cliSettings } from '../aws-account.ts';
import { bad, type Finding, look, ok, warn } from './finding.ts';

type Looks = readonly Promise<readonly Finding[]>[];

export function workerLooks(area: string, app: ApplicationConfig): Looks {
  return app.workers.flatMap((worker) =>
    (['home', 'standby'] as const).map((side) => {
      const { action, state } = workerRead(worker, side, app[side]);
      const thing = `${worker.kind} ${worker.name}`;
      return look({
        area,
        thing,
        region: app[side],
        action,
        read: state,
        judge: ({ now, barred }) =>
          barred === undefined
            ? [ok(area, `${thing} in ${app[side]}: ${now ?? '?'}`)]
            : [
                bad(area, {
                  what: `${thing} in ${app[side]}: ${barred.what}`,
                  means: 'Muster may not pass that role (iam:PassRole), so it cannot switch the schedule',
                  todo: barred.todo,
                }),
              ],
        absent: {
          means: 'it cannot be switched over',
          todo: `fix the worker ${worker.name}, ${side}, in muster.yaml`,
        },
      });
    }),
  );
}

interface WorkerRead {
  readonly action: string;
  readonly state: () => Promise<WorkerNow>;
}
interface WorkerNow {
  readonly now: string | undefined;
  readonly barred?: { readonly what: string; readonly todo: string };
}

function workerRead(worker: WorkerConfig, side: 'home' | 'standby', region: string): WorkerRead {
  const settings = cliSettings(region);
  switch (worker.kind) {
    case 'eventbridge-rule': {
      const { name, bus } = worker[side];
      const command = new DescribeRuleCommand({ Name: name, EventBusName: bus });
      return {
        action: 'events:DescribeRule',
        state: async () => ({ now: (await new EventBridgeClient(settings).send(command)).State }),
      };
    }
    case 'schedule': {
      const { name, group, roleName } = worker[side];
      const command = new GetScheduleCommand({ Name: name, GroupName: group });
      return {
        action: 'scheduler:GetSchedule',
        state: async () => {
          const { State: now, Target } = await new SchedulerClient(settings).send(command);
          const has = roleNameOf(Target?.RoleArn);
          if (has === roleName) return { now };
          const what = `it has the role ${has ?? 'of no name'}, not ${roleName}`;
          const todo = `fix ${side}.roleName of the worker ${worker.name} in muster.yaml, and deploy Muster again`;
          return { now, barred: { what, todo } };
        },
      };
    }
    case 'event-source-mapping': {
      const command = new GetEventSourceMappingCommand({ UUID: worker[side].uuid });
      return {
        action: 'lambda:GetEventSourceMapping',
        state: async () => ({ now: (await new LambdaClient(settings).send(command)).State }),
      };
    }
  }
}

export function listenerLooks(area: string, { listener, standby }: ApplicationConfig): Looks {
  if (listener === undefined) return [];
  const elb = new ElasticLoadBalancingV2Client(cliSettings(standby));
  return [
    look({
      area,
      thing: `listener ${listener.arn}`,
      region: standby,
      action: 'elasticloadbalancing:DescribeListeners',
      read: () => elb.send(new DescribeListenersCommand({ ListenerArns: [listener.arn] })),
      judge: () => [ok(area, 'the listener is there')],
      absent: { means: 'users would keep seeing what the standby shows now', todo: 'fix listener.arn in muster.yaml' },
    }),
  ];
}

export function pagingLooks(config: Config): Looks {
  const area = 'paging';
  const topic = config.paging?.topicArn;
  if (topic === undefined) {
    const what = 'muster.yaml names no paging topic';
    const means = 'a request that nobody in Slack answers reaches nobody';
    return [
      Promise.resolve([
        warn(area, { what, means, todo: "add paging.topicArn: the deployment's output PagesTopicArn" }),
      ]),
    ];
  }
  const region = topic.split(':')[3] ?? '';
  const sns = new SNSClient(cliSettings(region));
  return [
    look({
      area,
      thing: `SNS topic ${topic}`,
      region,
      action: 'sns:GetTopicAttributes',
      read: () => sns.send(new GetTopicAttributesCommand({ TopicArn: topic })),
      judge: ({ Attributes }) =>
        Number(Attributes?.['SubscriptionsConfirmed'] ?? 0) > 0
          ? [ok(area, `the paging topic has ${Attributes?.['SubscriptionsConfirmed']} subscribers`)]
          : [
              warn(area, {
                what: 'the paging topic has no confirmed subscriber',
                means: 'a request that nobody in Slack answers reaches nobody',
                todo: 'subscribe your pager to it, and confirm',
              }),
            ],
      absent: {
        means: 'nobody is paged',
        todo: 'deploy Muster, which creates it, or fix paging.topicArn in muster.yaml',
      },
    }),
  ];
}
