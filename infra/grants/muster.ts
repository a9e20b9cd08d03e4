import { KINDS } from '../../core/kinds.ts';
import type { Secret } from '../../core/secrets.ts';
import type { StreamKind } from '../../core/streams.ts';
import {
  arn,
  type DeploymentTarget,
  functionArn,
  logGroupName,
  machineArn,
  tableArn,
  topicArn,
} from '../deployment-target.ts';
import { type Grant, grant } from './grant.ts';

/** Resources of Muster's own whose ARNs only CloudFormation knows. */
export interface Own {
  readonly secretArns: Readonly<Record<Secret, string>>;
  /** Signs the ledger's chain. */
  readonly macKeyArn: string;
  /** Encrypts the ledger's table. */
  readonly dataKeyArn: string;
  readonly streamArn: string;
  readonly archiveArn: string;
  readonly droppedQueueArn: string;
}

/**
 * Rights to partitions of the ledger. `ForAllValues` alone is true of a request without a key, hence `Null`
 * (DynamoDB developer guide, "Using IAM policy conditions for fine-grained access control").
 */
const ofPartitions = (
  deployment: DeploymentTarget,
  kinds: readonly StreamKind[],
): NonNullable<Grant['conditions']> => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': kinds.map((kind) => `${kind}#${deployment.region}#*`) },
  Null: { 'dynamodb:LeadingKeys': 'false' },
});

/** DynamoDB uses the table's key with the caller's rights (DynamoDB developer guide, "Encryption at rest usage notes"). */
const KEY_READS = ['kms:Decrypt', 'kms:DescribeKey'];
const KEY_WRITES = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/** Reads and appends. PutItem alone: nobody may update or delete, and the condition on each append is the product's. */
export function ledger(
  deployment: DeploymentTarget,
  own: Own,
  reads: readonly StreamKind[],
  appends: readonly StreamKind[],
): readonly Grant[] {
  const table = [tableArn(deployment)];
  const through = { 'kms:ViaService': `dynamodb.${deployment.region}.amazonaws.com` };
  const key = { resources: [own.dataKeyArn], conditions: { StringEquals: through } };
  return [
    { sid: 'LedgerRead', actions: ['dynamodb:Query'], resources: table, conditions: ofPartitions(deployment, reads) },
    { sid: 'LedgerKey', actions: appends.length === 0 ? KEY_READS : [...KEY_READS, ...KEY_WRITES], ...key },
    ...(appends.length === 0
      ? []
      : [
          {
            sid: 'LedgerAppend',
            actions: ['dynamodb:PutItem'],
            resources: table,
            conditions: ofPartitions(deployment, appends),
          },
          {
            sid: 'LedgerSign',
            actions: ['kms:GenerateMac'],
            resources: [own.macKeyArn],
            conditions: { StringEquals: { 'kms:MacAlgorithm': 'HMAC_SHA_256' } },
          },
        ]),
  ];
}

export const readSecrets = (own: Own, ...secrets: readonly Secret[]): readonly Grant[] => [
  {
    sid: 'Secrets',
    actions: ['secretsmanager:GetSecretValue'],
    resources: secrets.map((secret) => own.secretArns[secret]),
  },
];

export const invoke = (deployment: DeploymentTarget, ...names: readonly string[]): readonly Grant[] => [
  { sid: 'Invoke', actions: ['lambda:InvokeFunction'], resources: names.map((name) => functionArn(deployment, name)) },
];

const machineArns = (deployment: DeploymentTarget): readonly string[] =>
  KINDS.map((kind) => machineArn(deployment, kind));

export const startMachines = (deployment: DeploymentTarget): readonly Grant[] => [
  { sid: 'Start', actions: ['states:StartExecution'], resources: machineArns(deployment) },
];

export const describeExecutions = (deployment: DeploymentTarget): readonly Grant[] => [
  {
    sid: 'Executions',
    actions: ['states:DescribeExecution'],
    resources: KINDS.map((kind) => arn('states', deployment.region, `execution:${deployment.prefix}-${kind}:*`)),
    pattern: 'an execution is named after its operation, which does not exist yet',
  },
];

/** The task token names the execution; the right is checked on its state machine. */
export const answerTasks = (deployment: DeploymentTarget): readonly Grant[] => [
  { sid: 'Wake', actions: ['states:SendTaskSuccess'], resources: machineArns(deployment) },
];

/** The topic that `muster.yaml` pages people through. */
export const page = (deployment: DeploymentTarget): readonly Grant[] => {
  const topic = deployment.config.paging?.topicArn;
  return grant({ sid: 'Page', actions: ['sns:Publish'], resources: topic === undefined ? [] : [topic] });
};

/** A stream mapping reads on the function's behalf (Lambda developer guide, "Using Lambda with DynamoDB"). */
export const readStream = (own: Own): readonly Grant[] => [
  {
    sid: 'Stream',
    actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
    resources: [own.streamArn],
  },
  // No condition here: which service's name the stream's own reads carry is not documented.
  { sid: 'StreamKey', actions: ['kms:Decrypt'], resources: [own.dataKeyArn] },
  {
    sid: 'Streams',
    actions: ['dynamodb:ListStreams'],
    resources: ['*'],
    pattern: 'ListStreams has no resource-level permission, and Lambda asks for it when the mapping is made',
  },
];

/** Events that Lambda gave up on are kept by Lambda with the function's role. */
export const dropped = (own: Own): readonly Grant[] => [
  { sid: 'Dropped', actions: ['sqs:SendMessage'], resources: [own.droppedQueueArn] },
];

export const archiveWrite = (own: Own): readonly Grant[] => [
  {
    sid: 'Archive',
    actions: ['s3:PutObject'],
    resources: [`${own.archiveArn}/*`],
    pattern: 'one object an event of the ledger',
  },
];

/** Every function's own log group and no other. */
export const writeLogs = (deployment: DeploymentTarget, name: string): readonly Grant[] => [
  {
    sid: 'Logs',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [arn('logs', deployment.region, `log-group:${logGroupName(deployment, name)}:*`)],
    pattern: 'Lambda names the log streams of a log group itself',
  },
];

/** The events of home's Aurora go to the stack's own topic. */
export const relayPages = (deployment: DeploymentTarget): readonly Grant[] => [
  { sid: 'Relay', actions: ['sns:Publish'], resources: [topicArn(deployment)] },
];
