import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { FUNCTIONS, type FunctionSpec } from '../../core/functions.ts';
import { KINDS, type OperationKind, SELF_TEST } from '../../core/kinds.ts';
import { type Secret, secretName } from '../../core/secrets.ts';
import { acknowledge } from '../constructs/acknowledge.ts';
import { Alarms } from '../constructs/alarms.ts';
import { LedgerStore } from '../constructs/ledger.ts';
import { MusterMachine } from '../constructs/machine.ts';
import { MusterFunction } from '../constructs/muster-function.ts';
import { roleFor } from '../constructs/policy.ts';
import { receiverUrl } from '../constructs/receiver-url.ts';
import { readStream } from '../constructs/stream.ts';
import { AlarmTopic, subscribeToAurora } from '../constructs/topic.ts';
import {
  arn,
  type DeploymentTarget,
  deploymentIn,
  functionArn,
  functionName,
  homeRegions,
  homeTopicName,
  machinesArn,
  roleNameOf,
  tableName,
  topicName,
} from '../deployment-target.ts';
import type { Own } from '../grants/muster.ts';
import { grantsOf, isAsynchronous, STREAM_READERS, schedulerGrants } from '../grants.ts';
import { watch } from './alarms.ts';

export interface MusterStackProps extends StackProps {
  readonly deployment: DeploymentTarget;
  /** Who gets alarms by e-mail; nobody when left out: the topic may have other subscribers. */
  readonly email?: string;
  /** Where docs/runbook.md can be read. */
  readonly runbook: string;
  /** Keeps one receiver warm, at about the price of a small machine (docs/costs.md). */
  readonly warm: boolean;
}

/** Muster, in the standby region: everything but what has a stack of its own (stop-stack.ts, home-stack.ts). */
export class MusterStack extends Stack {
  constructor(scope: Construct, id: string, props: MusterStackProps) {
    super(scope, id, props);
    const { deployment } = props;
    const inOwnAccount = deploymentIn(deployment, undefined);
    const store = new LedgerStore(this, 'Ledger', deployment);
    const secretArns = secretsOf(this, deployment);
    const dropped = new Queue(this, 'Dropped', {
      queueName: `${deployment.prefix}-dropped`,
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    acknowledge(dropped, 'AwsSolutions-SQS3', 'It is where dropped events end: itself a dead-letter queue.');
    const machines = KINDS.map((kind) => new MusterMachine(this, MACHINE_IDS[kind], deployment, kind));
    const streamArn = store.table.tableStreamArn;
    if (streamArn === undefined) throw new Error('the ledger’s table has no stream');
    const own: Own = {
      secretArns,
      macKeyArn: store.macKey.keyArn,
      dataKeyArn: store.dataKey.keyArn,
      streamArn,
      archiveArn: store.archive.bucketArn,
      droppedQueueArn: dropped.queueArn,
    };
    const { topic } = new AlarmTopic(this, 'Pages', topicName(deployment));
    // The same variables as in the sandbox's deployment; a test compares the two.
    const environment = {
      MUSTER_PREFIX: deployment.prefix,
      MUSTER_TABLE: tableName(deployment),
      MUSTER_MAC_KEY_ID: store.macKey.keyArn,
      MUSTER_SIGNING_SECRET_ID: secretName(deployment.prefix, 'signing'),
      MUSTER_BOT_TOKEN_ID: secretName(deployment.prefix, 'botToken'),
      MUSTER_SELF_TEST_KEY_ID: secretName(deployment.prefix, 'selfTest'),
      MUSTER_SLACK_APP_ID: deployment.config.slack.app_id,
      MUSTER_SLACK_TEAM_ID: deployment.config.slack.team_id,
      MUSTER_MACHINES: machinesArn(deployment),
    };
    const special: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      archive: { MUSTER_ARCHIVE_BUCKET: store.archive.bucketName },
      relay: { MUSTER_PAGES_TOPIC_ARN: topic.topicArn },
    };
    const functions = new Map<string, LambdaFunction>();
    for (const spec of FUNCTIONS) {
      const more = special[spec.name] ?? {};
      const { lambda } = new MusterFunction(this, pascal(spec.name), {
        deployment,
        spec,
        grants: grantsOf(spec, deployment, own),
        roleName: roleNameOf(deployment, spec.name),
        environment: { ...environment, ...more },
        ...(isAsynchronous(spec) ? { givenUpTo: givenUpTo(deployment, spec, dropped) } : {}),
      });
      functions.set(spec.name, lambda);
      if (spec.schedule !== undefined) callOnSchedule(this, deployment, spec, lambda, spec.schedule);
      if (spec.onExecution !== undefined) callOnExecution(this, spec, lambda, machines);
    }
    for (const name of STREAM_READERS) {
      const lambda = functions.get(name);
      if (lambda !== undefined)
        readStream(this, `${pascal(name)}Stream`, { lambda, streamArn, droppedTo: dropped.queueArn });
    }
    const relay = functions.get('relay');
    if (relay !== undefined) takeFromHome(this, inOwnAccount, relay);
    if (props.email !== undefined) topic.addSubscription(new EmailSubscription(props.email));
    subscribeToAurora(this, inOwnAccount, deployment.region, topic);
    watch(new Alarms(this, 'Alarms', { deployment, topic, runbook: props.runbook }), { deployment, dropped, machines });
    const receiver = functions.get('slack');
    if (receiver === undefined) throw new Error('core/functions.ts has no receiver');
    const url = receiverUrl(this, receiver, props.warm);
    functions.get(SELF_TEST)?.addEnvironment('MUSTER_RECEIVER_URL', url);
    new CfnOutput(this, 'RequestUrl', {
      value: url,
      description: 'Goes into the Slack manifest: npx muster manifest --url',
    });
    new CfnOutput(this, 'SigningSecretName', {
      value: secretName(deployment.prefix, 'signing'),
      description: 'Takes the signing secret of the Slack app',
    });
    new CfnOutput(this, 'BotTokenName', {
      value: secretName(deployment.prefix, 'botToken'),
      description: 'Takes its bot token',
    });
    new CfnOutput(this, 'PagesTopicArn', { value: topic.topicArn, description: 'paging.topicArn of muster.yaml' });
  }
}

/**
 * Never change one that is deployed: CloudFormation makes the new machine first, and fails because the name is in use.
 */
const MACHINE_IDS: Readonly<Record<OperationKind, string>> = { promote: 'Promote', 'self-test': 'SelfTestMachine' };

/**
 * The secrets without Slack's values: people put those in, once, and never a deployment (docs/security.md). Until then
 * they are random, so that nothing is accepted; the self-test's key stays random, and no person ever needs it.
 */
function secretsOf(scope: Construct, deployment: DeploymentTarget): Readonly<Record<Secret, string>> {
  const make = (secret: Secret, description: string, why: string): string => {
    const made = new CfnSecret(scope, `Secret${secret}`, {
      name: secretName(deployment.prefix, secret),
      description,
      generateSecretString: { passwordLength: 40, excludePunctuation: true },
    });
    acknowledge(made, 'AwsSolutions-SMG4', why);
    return made.ref;
  };
  const slacks = 'Slack has no API that rotates it without people.';
  return {
    signing: make('signing', 'The signing secret of the Slack app: 32 characters', slacks),
    botToken: make('botToken', 'The bot token of the Slack app: xoxb-...', slacks),
    selfTest: make(
      'selfTest',
      'Signs the daily self-test',
      'It opens nothing but the self-test, which changes nothing.',
    ),
  };
}

/** A function that informs people, or the queue that an alarm watches. */
const givenUpTo = (deployment: DeploymentTarget, spec: FunctionSpec, dropped: Queue): string =>
  spec.onFailure === undefined ? dropped.queueArn : functionArn(deployment, spec.onFailure);

/** EventBridge Scheduler: a minute that is missed is not made up for. */
function callOnSchedule(
  scope: Construct,
  deployment: DeploymentTarget,
  spec: FunctionSpec,
  target: LambdaFunction,
  rate: string,
): void {
  const id = pascal(spec.name);
  const role = roleFor(
    scope,
    `${id}ScheduleRole`,
    new ServicePrincipal('scheduler.amazonaws.com'),
    schedulerGrants(deployment, spec.name),
  );
  new CfnSchedule(scope, `${id}Schedule`, {
    name: functionName(deployment, spec.name),
    scheduleExpression: rate,
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: target.functionArn,
      roleArn: role.roleArn,
      retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
    },
  });
}

/** Status-change events are best effort; the reconciler does the same a little later. */
function callOnExecution(
  scope: Construct,
  spec: FunctionSpec,
  target: LambdaFunction,
  machines: readonly MusterMachine[],
): void {
  const id = pascal(spec.name);
  const rule = new CfnRule(scope, `${id}Rule`, {
    description: 'An execution of Muster’s died: its lock is released',
    eventPattern: {
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { status: spec.onExecution, stateMachineArn: machines.map(({ machine }) => machine.ref) },
    },
    targets: [{ id: 'function', arn: target.functionArn }],
  });
  new CfnPermission(scope, `${id}RulePermission`, {
    action: 'lambda:InvokeFunction',
    functionName: target.functionName,
    principal: 'events.amazonaws.com',
    sourceArn: rule.attrArn,
  });
}

/** Topics at home may call the relay; their subscriptions are in home's own stack (home-stack.ts). */
function takeFromHome(scope: Construct, deployment: DeploymentTarget, relay: LambdaFunction): void {
  for (const region of homeRegions(deployment)) {
    new CfnPermission(scope, `Relay-${region}`, {
      action: 'lambda:InvokeFunction',
      functionName: relay.functionName,
      principal: 'sns.amazonaws.com',
      sourceArn: arn('sns', region, homeTopicName(deployment)),
    });
  }
}

/** `step-fence-home` -> `StepFenceHome`: the construct's id. */
const pascal = (name: string): string => name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
