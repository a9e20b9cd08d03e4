import { SECRETS, type Secret, secretName } from '../../core/secrets.ts';
import { ACCOUNT } from '../../sandbox/world/world.ts';
import type { CallRecord } from '../../simulator/aws/faults.ts';
import type { Asked } from './policy-evaluator.ts';

/** Resources whose ARN is not known before the deployment; each template fills in its own. */
export interface Known {
  readonly macKeyArn: string;
  readonly dataKeyArn: string;
  readonly signingArn: string;
  readonly botTokenArn: string;
  readonly selfTestArn: string;
  readonly archiveArn: string;
}

export const STAND_INS: Known = {
  macKeyArn: '<macKeyArn>',
  dataKeyArn: '<dataKeyArn>',
  signingArn: '<signingArn>',
  botTokenArn: '<botTokenArn>',
  selfTestArn: '<selfTestArn>',
  archiveArn: '<archiveArn>',
};

export const filledIn = (resource: string, known: Known): string =>
  resource.replace(/^<(\w+)>/, (_, name: keyof Known) => known[name]);

/** The archive's bucket in the sandbox. */
const ARCHIVE = 'muster-archive';

type Input = Readonly<Record<string, unknown>>;
type Rights = (input: Input, call: CallRecord, known: Known) => readonly Asked[];

/** Filled in with the account whose credentials the call carried; what the request itself names stays as it is. */
const CALLED = '<account>';
const arn = (service: string, region: string, rest: string): string => `arn:aws:${service}:${region}:${CALLED}:${rest}`;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const ask = (action: string, resource: string, context: Asked['context'] = {}): Asked => ({
  action,
  resource,
  context,
});
/** Actions without a resource type are asked of everything. */
const anywhere =
  (action: string): Rights =>
  () => [ask(action, '*')];

/** The rights that a call needs, by the Service Authorization Reference. A call that is not here fails the test. */
export function rightsFor(call: CallRecord, known: Known): readonly Asked[] {
  const rights = RIGHTS[`${call.service}:${call.action}`];
  if (rights === undefined) {
    throw new Error(`test/infra/call-rights.ts does not know what ${call.service}:${call.action} needs`);
  }
  const account = call.caller.role?.accountId ?? ACCOUNT;
  return rights(call.input, call, known).map((asked) => inAccount(asked, account));
}

const inAccount = ({ action, resource, context }: Asked, account: string): Asked => {
  const filled = (value: string): string => value.replaceAll(CALLED, account);
  return {
    action,
    resource: filled(resource),
    context: Object.fromEntries(
      Object.entries(context).map(([key, value]) => [
        key,
        typeof value === 'string' ? filled(value) : value.map(filled),
      ]),
    ),
  };
};

const throughDynamo = (call: CallRecord, known: Known, actions: readonly string[]): readonly Asked[] =>
  actions.map((action) => ask(action, known.dataKeyArn, { 'kms:ViaService': `dynamodb.${call.region}.amazonaws.com` }));
const table = (input: Input, { region }: CallRecord): string =>
  arn('dynamodb', region, `table/${text(input['TableName'])}`);
/** The kind of ledger stream that a request is about; the operation in it makes no difference to a right. */
const streamOf = (value: unknown, key: string): string =>
  text((value as Record<string, { S?: unknown }>)[key]?.S).replace(/^([^#]*#[^#]*)#.*$/, '$1#one');

const ecsService =
  (action: string): Rights =>
  (input, { region }) => {
    const services = Array.isArray(input['services']) ? input['services'] : [input['service']];
    return services.map((name) =>
      ask(action, arn('ecs', region, `service/${text(input['cluster'])}/${text(name)}`), {
        'ecs:cluster': arn('ecs', region, `cluster/${text(input['cluster'])}`),
      }),
    );
  };
/** Needs the global cluster and the member, both. */
const globalMove =
  (action: string, member: string): Rights =>
  (input) => [
    ask(action, arn('rds', '', `global-cluster:${text(input['GlobalClusterIdentifier'])}`)),
    ask(action, text(input[member])),
  ];
const object =
  (action: string): Rights =>
  (input, _, known) => {
    const bucket = text(input['Bucket']);
    const base = bucket === ARCHIVE ? known.archiveArn : `arn:aws:s3:::${bucket}`;
    return [ask(action, `${base}/${text(input['Key'])}`)];
  };
const zone = (input: Input): string => `arn:aws:route53:::hostedzone/${text(input['HostedZoneId'])}`;
const healthCheck =
  (action: string): Rights =>
  (input) => [ask(action, `arn:aws:route53:::healthcheck/${text(input['HealthCheckId'])}`)];
const mapping =
  (action: string): Rights =>
  (input, { region }) => [ask(action, arn('lambda', region, `event-source-mapping:${text(input['UUID'])}`))];
const rule =
  (action: string): Rights =>
  (input, { region }) => {
    const bus = text(input['EventBusName']) || 'default';
    const name = text(input['Name']);
    return [ask(action, arn('events', region, bus === 'default' ? `rule/${name}` : `rule/${bus}/${name}`))];
  };
const scheduleArn = (input: Input, region: string): string =>
  arn('scheduler', region, `schedule/${text(input['GroupName']) || 'default'}/${text(input['Name'])}`);

const RIGHTS: Readonly<Record<string, Rights>> = {
  'dynamodb:Query': (input, call, known) => [
    ask('dynamodb:Query', table(input, call), {
      'dynamodb:LeadingKeys': [streamOf(input['ExpressionAttributeValues'], ':stream')],
    }),
    ...throughDynamo(call, known, ['kms:Decrypt']),
  ],
  'dynamodb:PutItem': (input, call, known) => [
    ask('dynamodb:PutItem', table(input, call), { 'dynamodb:LeadingKeys': [streamOf(input['Item'], 'stream')] }),
    ...throughDynamo(call, known, ['kms:Encrypt', 'kms:Decrypt']),
  ],
  'kms:GenerateMac': (input, _, known) => [
    ask('kms:GenerateMac', known.macKeyArn, { 'kms:MacAlgorithm': text(input['MacAlgorithm']) }),
  ],
  'secrets-manager:GetSecretValue': (input, _, known) => {
    const arns = { signing: known.signingArn, botToken: known.botTokenArn, selfTest: known.selfTestArn };
    const secrets = Object.keys(SECRETS) as Secret[];
    const which = secrets.find((secret) => secretName('muster', secret) === input['SecretId']);
    return [ask('secretsmanager:GetSecretValue', which === undefined ? text(input['SecretId']) : arns[which])];
  },
  'lambda:Invoke': (input, { region }) => [
    ask('lambda:InvokeFunction', arn('lambda', region, `function:${text(input['FunctionName'])}`)),
  ],
  'lambda:GetEventSourceMapping': mapping('lambda:GetEventSourceMapping'),
  'lambda:UpdateEventSourceMapping': mapping('lambda:UpdateEventSourceMapping'),
  'sfn:StartExecution': (input) => [ask('states:StartExecution', text(input['stateMachineArn']))],
  'sfn:DescribeExecution': (input) => [ask('states:DescribeExecution', text(input['executionArn']))],
  // The token is opaque; every token of Muster's is one of its only machine.
  'sfn:SendTaskSuccess': (_, { region }) => [
    ask('states:SendTaskSuccess', arn('states', region, 'stateMachine:muster-promote')),
  ],
  'sts:AssumeRole': (input) => [
    ask('sts:AssumeRole', text(input['RoleArn']), { 'sts:ExternalId': text(input['ExternalId']) }),
  ],
  'sns:Publish': (input) => [ask('sns:Publish', text(input['TopicArn']))],
  'cloudwatch:GetMetricData': anywhere('cloudwatch:GetMetricData'),
  'cloudwatch:DescribeAlarms': (input, { region }) =>
    (Array.isArray(input['AlarmNames']) ? input['AlarmNames'] : []).map((name) =>
      ask('cloudwatch:DescribeAlarms', arn('cloudwatch', region, `alarm:${text(name)}`)),
    ),
  'ecs:DescribeServices': ecsService('ecs:DescribeServices'),
  'ecs:UpdateService': ecsService('ecs:UpdateService'),
  'ecs:ListTasks': (input, { region }) => [
    ask('ecs:ListTasks', '*', { 'ecs:cluster': arn('ecs', region, `cluster/${text(input['cluster'])}`) }),
  ],
  'ecs:DescribeTasks': (input) => (input['tasks'] as string[]).map((task) => ask('ecs:DescribeTasks', task)),
  'ecs:StopTask': (input) => [ask('ecs:StopTask', text(input['task']))],
  'application-auto-scaling:DescribeScalableTargets': anywhere('application-autoscaling:DescribeScalableTargets'),
  'application-auto-scaling:RegisterScalableTarget': (input, { region }) => [
    ask(
      'application-autoscaling:RegisterScalableTarget',
      arn('application-autoscaling', region, 'scalable-target/0ec5a1b2c3'),
      {
        'application-autoscaling:service-namespace': text(input['ServiceNamespace']),
        'application-autoscaling:scalable-dimension': text(input['ScalableDimension']),
      },
    ),
  ],
  'auto-scaling:DescribeAutoScalingGroups': anywhere('autoscaling:DescribeAutoScalingGroups'),
  'auto-scaling:UpdateAutoScalingGroup': (input, { region }) => [
    ask(
      'autoscaling:UpdateAutoScalingGroup',
      arn(
        'autoscaling',
        region,
        `autoScalingGroup:0a1b2c3d:autoScalingGroupName/${text(input['AutoScalingGroupName'])}`,
      ),
    ),
  ],
  'elastic-load-balancing-v2:DescribeTargetHealth': anywhere('elasticloadbalancing:DescribeTargetHealth'),
  'elastic-load-balancing-v2:DescribeListeners': anywhere('elasticloadbalancing:DescribeListeners'),
  'elastic-load-balancing-v2:ModifyListener': (input) => [
    ask('elasticloadbalancing:ModifyListener', text(input['ListenerArn'])),
  ],
  'rds:DescribeGlobalClusters': (input) => [
    ask('rds:DescribeGlobalClusters', arn('rds', '', `global-cluster:${text(input['GlobalClusterIdentifier'])}`)),
  ],
  'rds:DescribeDBClusters': (input, { region }) => [
    ask('rds:DescribeDBClusters', arn('rds', region, `cluster:${text(input['DBClusterIdentifier'])}`)),
  ],
  // Filtered, so that IAM is asked about all of them.
  'rds:DescribeDBInstances': (_, { region }) => [ask('rds:DescribeDBInstances', arn('rds', region, 'db:*'))],
  'rds:SwitchoverGlobalCluster': globalMove('rds:SwitchoverGlobalCluster', 'TargetDbClusterIdentifier'),
  'rds:FailoverGlobalCluster': globalMove('rds:FailoverGlobalCluster', 'TargetDbClusterIdentifier'),
  'rds:RemoveFromGlobalCluster': globalMove('rds:RemoveFromGlobalCluster', 'DbClusterIdentifier'),
  's3:HeadObject': (input, call, known) => [
    ...object('s3:GetObject')(input, call, known),
    // To tell a flag that is absent (404) from one that may not be seen (403).
    ask('s3:ListBucket', `arn:aws:s3:::${text(input['Bucket'])}`),
  ],
  's3:PutObject': object('s3:PutObject'),
  'route-53:GetHealthCheck': healthCheck('route53:GetHealthCheck'),
  'route-53:UpdateHealthCheck': healthCheck('route53:UpdateHealthCheck'),
  'route-53:ListResourceRecordSets': (input) => [ask('route53:ListResourceRecordSets', zone(input))],
  'route-53:ChangeResourceRecordSets': (input) => {
    const { Changes } = input['ChangeBatch'] as {
      Changes: { Action: string; ResourceRecordSet: { Name: string; Type: string } }[];
    };
    const names = Changes.map((change) => change.ResourceRecordSet.Name.toLowerCase().replace(/\.$/, ''));
    return [
      ask('route53:ChangeResourceRecordSets', zone(input), {
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': names,
        'route53:ChangeResourceRecordSetsRecordTypes': Changes.map((change) => change.ResourceRecordSet.Type),
        'route53:ChangeResourceRecordSetsActions': Changes.map((change) => change.Action),
      }),
    ];
  },
  'eventbridge:DescribeRule': rule('events:DescribeRule'),
  'eventbridge:EnableRule': rule('events:EnableRule'),
  'eventbridge:DisableRule': rule('events:DisableRule'),
  'scheduler:GetSchedule': (input, { region }) => [ask('scheduler:GetSchedule', scheduleArn(input, region))],
  'scheduler:UpdateSchedule': (input, { region }) => [
    ask('scheduler:UpdateSchedule', scheduleArn(input, region)),
    ask('iam:PassRole', text((input['Target'] as { RoleArn?: unknown }).RoleArn), {
      'iam:PassedToService': 'scheduler.amazonaws.com',
    }),
  ],
};
