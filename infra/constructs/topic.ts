import { Aws } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnEventSubscription } from 'aws-cdk-lib/aws-rds';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { DeploymentTarget } from '../deployment-target.ts';

/**
 * Where alarms and Aurora's own events are published. Not encrypted with a key: it carries names of alarms and
 * clusters, and every service that publishes would need that key at the very moment.
 */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { topicName: name, enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'ServicesOfThisAccount',
        effect: Effect.ALLOW,
        principals: ['cloudwatch.amazonaws.com', 'events.rds.amazonaws.com'].map((name) => new ServicePrincipal(name)),
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
  }
}

/**
 * What Aurora itself says of switchovers, failovers, resynchronisation and its write fence
 * (Aurora user guide, "Amazon RDS event categories and event messages").
 */
export function subscribeToAurora(scope: Construct, deployment: DeploymentTarget, region: string, topic: Topic): void {
  const clusters = Object.values(deployment.config.applications).flatMap(({ database, home, standby }) =>
    database.kind === 'aurora-global'
      ? [...(home === region ? [database.home] : []), ...(standby === region ? [database.standby] : [])]
      : [],
  );
  if (clusters.length === 0) return;
  new CfnEventSubscription(scope, 'AuroraEvents', {
    subscriptionName: `${deployment.prefix}-${region}`,
    snsTopicArn: topic.topicArn,
    sourceType: 'db-cluster',
    sourceIds: [...new Set(clusters)],
    eventCategories: ['failover', 'failure', 'global-failover', 'notification'],
    enabled: true,
  });
}
