import { DescribeContinuousBackupsCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { cliSettings } from '../aws-account.ts';
import { DEPLOY, type DeploymentTarget, NOT_DEPLOYED, partsOf } from './deployment-target.ts';
import { bad, type Finding, look, ok, type Trouble, warn } from './finding.ts';

const AREA = 'deployment';

/** The record of every operation: its table, what protects it, the key that signs it, and who is informed of it. */
export const ledgerLooks = (deployment: DeploymentTarget): readonly Promise<readonly Finding[]>[] => [
  tableLook(deployment),
  backupsLook(deployment),
  keyLook(deployment),
  streamLook(deployment),
];

function tableLook({ prefix, region }: DeploymentTarget): Promise<readonly Finding[]> {
  const { table } = partsOf(prefix);
  const dynamodb = new DynamoDBClient(cliSettings(region));
  return look({
    area: AREA,
    thing: `table ${table}`,
    region,
    action: 'dynamodb:DescribeTable',
    read: () => dynamodb.send(new DescribeTableCommand({ TableName: table })),
    judge: ({ Table: found }) => [
      found?.TableStatus === 'ACTIVE'
        ? ok(AREA, `the ledger ${table} is active`)
        : bad(AREA, {
            what: `the ledger ${table} is ${found?.TableStatus}`,
            means: 'nothing can be recorded, so nothing runs',
            todo: 'wait, or check the DynamoDB console',
          }),
      ...protection(
        found?.DeletionProtectionEnabled === true,
        'deletion protection',
        'one call could delete every record',
      ),
      ...(found?.StreamSpecification?.StreamViewType === 'NEW_AND_OLD_IMAGES'
        ? []
        : [
            bad(AREA, {
              what: `the ledger ${table} has no stream of new and old images`,
              means: 'Slack messages are not updated, and changes of the ledger are not noticed',
              todo: DEPLOY,
            }),
          ]),
    ],
    absent: NOT_DEPLOYED,
  });
}

function protection(isOn: boolean, what: string, means: string): readonly Finding[] {
  if (isOn) return [ok(AREA, `the ledger has ${what}`)];
  return [bad(AREA, { what: `the ledger has no ${what}`, means, todo: DEPLOY })];
}

function backupsLook({ prefix, region }: DeploymentTarget): Promise<readonly Finding[]> {
  const { table } = partsOf(prefix);
  const dynamodb = new DynamoDBClient(cliSettings(region));
  return look({
    area: AREA,
    thing: `backups of the table ${table}`,
    region,
    action: 'dynamodb:DescribeContinuousBackups',
    read: () => dynamodb.send(new DescribeContinuousBackupsCommand({ TableName: table })),
    judge: ({ ContinuousBackupsDescription: found }) =>
      protection(
        found?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED',
        'point-in-time recovery',
        'a damaged ledger could not be brought back',
      ),
    absent: NOT_DEPLOYED,
  });
}

function keyLook({ prefix, region }: DeploymentTarget): Promise<readonly Finding[]> {
  const { macKey } = partsOf(prefix);
  const kms = new KMSClient(cliSettings(region));
  const means = 'no event can be signed, so nothing runs';
  return look({
    area: AREA,
    thing: `key ${macKey}`,
    region,
    action: 'kms:DescribeKey',
    read: () => kms.send(new DescribeKeyCommand({ KeyId: macKey })),
    judge: ({ KeyMetadata: found }) => {
      const isRight = found?.KeyState === 'Enabled' && found.KeyUsage === 'GENERATE_VERIFY_MAC';
      if (isRight) return [ok(AREA, `the ledger's key ${macKey} is enabled`)];
      const trouble: Trouble = {
        what: `the key ${macKey} is ${found?.KeyState}, for ${found?.KeyUsage}`,
        means,
        todo: 'enable it, or cancel its deletion, in the KMS console',
      };
      return [bad(AREA, trouble)];
    },
    absent: { means, todo: DEPLOY },
  });
}

function streamLook({ prefix, region }: DeploymentTarget): Promise<readonly Finding[]> {
  const FunctionName = partsOf(prefix).function('notify');
  const lambda = new LambdaClient(cliSettings(region));
  return look({
    area: AREA,
    thing: `stream mapping of ${FunctionName}`,
    region,
    action: 'lambda:ListEventSourceMappings',
    read: () => lambda.send(new ListEventSourceMappingsCommand({ FunctionName })),
    judge: ({ EventSourceMappings: list }) => {
      const state = list?.[0]?.State;
      if (state === 'Enabled') return [ok(AREA, "the ledger's stream reaches notify")];
      const trouble = {
        what: `the ledger's stream does not reach notify (${state ?? 'no mapping'})`,
        means: 'Slack shows no progress; operations run all the same',
        todo: DEPLOY,
      };
      return [state === undefined ? bad(AREA, trouble) : warn(AREA, trouble)];
    },
    absent: NOT_DEPLOYED,
  });
}
