import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { Alarms, lambdaMetric } from '../constructs/alarms.ts';
import { flagBucket, StopSwitch, type StopTraffic } from '../constructs/stop-switch.ts';
import { AlarmTopic } from '../constructs/topic.ts';
import { type DeploymentTarget, topicArn, topicName } from '../deployment-target.ts';

export interface StopStackProps extends StackProps {
  readonly deployment: DeploymentTarget;
  readonly runbook: string;
  /** In another account than Muster's the alarms have a topic there, of the same name. */
  readonly ownTopic: boolean;
}

/** Applications of the strategy `stop`, by name. */
export const stopApplications = (deployment: DeploymentTarget): readonly (readonly [string, StopTraffic])[] =>
  Object.entries(deployment.config.applications).flatMap(([name, { traffic }]) =>
    traffic.strategy === 'stop' ? [[name, traffic] as const] : [],
  );

/**
 * The switches of the traffic strategy `stop`, apart from Muster: a deployment of Muster cannot touch what leads users,
 * and a team may build the same in its own code instead (docs/stop-strategy.md).
 */
export class StopStack extends Stack {
  constructor(scope: Construct, id: string, props: StopStackProps) {
    super(scope, id, props);
    const { deployment } = props;
    const topic = props.ownTopic
      ? new AlarmTopic(this, 'Pages', topicName(deployment)).topic
      : Topic.fromTopicArn(this, 'Pages', topicArn(deployment));
    const alarms = new Alarms(this, 'Alarms', { deployment, topic, runbook: props.runbook });
    const applications = stopApplications(deployment);
    const names = [...new Set(applications.map(([, traffic]) => traffic.flag.bucket))];
    const buckets = new Map(names.map((bucket, index) => [bucket, flagBucket(this, `Flags${index}`, bucket)]));
    for (const [name, traffic] of applications) {
      const bucket = buckets.get(traffic.flag.bucket);
      if (bucket === undefined) throw new Error(`the flag bucket of ${name} is not in the stack`);
      const stop = new StopSwitch(this, `Stop-${name}`, { deployment, name, traffic, bucket: bucket as IBucket });
      alarms.add({
        kind: 'flag',
        of: name,
        says: `The endpoint that the health check of ${name} asks fails or is throttled.`,
        metric: lambdaMetric(deployment, stop.functionName, 'Errors'),
        threshold: 1,
      });
      new CfnOutput(this, `HealthCheckOf${name}`, {
        value: stop.healthCheckId,
        description: `applications.${name}.traffic.healthCheckId of muster.yaml`,
      });
    }
  }
}
