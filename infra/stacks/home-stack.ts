import { Stack, type StackProps } from 'aws-cdk-lib';
import { CfnSubscription } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { AlarmTopic, subscribeToAurora } from '../constructs/topic.ts';
import { type DeploymentTarget, functionArn, homeTopicName } from '../deployment-target.ts';

/**
 * All that Muster ever puts into a home region, and it may be left out: Aurora's own events of home's clusters, sent
 * to the standby. Nothing of an operation needs it.
 */
export class HomeStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    props: StackProps & { readonly deployment: DeploymentTarget; readonly home: string },
  ) {
    super(scope, id, props);
    const { topic } = new AlarmTopic(this, 'Aurora', homeTopicName(props.deployment));
    subscribeToAurora(this, props.deployment, props.home, topic);
    new CfnSubscription(this, 'Relay', {
      topicArn: topic.topicArn,
      protocol: 'lambda',
      endpoint: functionArn(props.deployment, 'relay'),
    });
  }
}
