import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeDBClustersCommand,
  DescribeGlobalClustersCommand,
  FailoverGlobalClusterCommand,
  ModifyDBProxyCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { ChangeResourceRecordSetsCommand, GetChangeCommand, Route53Client } from '@aws-sdk/client-route-53';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { CreateTopicCommand, ListTopicsCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addresses } from './dns-client.ts';
import { type RunningSandbox, startSandbox } from './sandbox-process.ts';

const HOME = 'us-east-1';
const STANDBY = 'us-west-2';

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox(30);
});
afterAll(() => sandbox.stop());

const at = (region: string) => ({ ...sandbox.sdk, region });
const eventually = { timeout: 30_000, interval: 250 };

async function writer(): Promise<string | undefined> {
  const client = new RDSClient(at(STANDBY));
  const { GlobalClusters } = await client.send(new DescribeGlobalClustersCommand({ GlobalClusterIdentifier: 'shop' }));
  return GlobalClusters?.[0]?.GlobalClusterMembers?.find((member) => member.IsWriter)?.DBClusterArn;
}

describe('the AWS SDK, in another process than the sandbox,', () => {
  test('reads a global database and fails it over', async () => {
    await sandbox.control('/faults', { durations_s: { 'rds.failover': 20 } });
    expect(await writer()).toContain(`:${HOME}:`);
    const client = new RDSClient(at(STANDBY));
    const { GlobalCluster } = await client.send(
      new FailoverGlobalClusterCommand({
        GlobalClusterIdentifier: 'shop',
        TargetDbClusterIdentifier: `arn:aws:rds:${STANDBY}:111122223333:cluster:shop-usw2`,
        AllowDataLoss: true,
      }),
    );
    expect(GlobalCluster?.Status).toBe('failing-over');
    await expect.poll(writer, eventually).toContain(`:${STANDBY}:`);
  });

  test('scales a service out and sees its tasks start', async () => {
    const client = new ECSClient(at(STANDBY));
    await client.send(new UpdateServiceCommand({ cluster: 'shop', service: 'orders', desiredCount: 2 }));
    const running = async () =>
      (await client.send(new DescribeServicesCommand({ cluster: 'shop', services: ['orders'] }))).services?.[0]
        ?.runningCount;
    await expect.poll(running, eventually).toBe(2);
  });

  test('changes a record, waits for INSYNC, and DNS answers it', async () => {
    const client = new Route53Client(at(HOME));
    const { ChangeInfo } = await client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: 'Z0SHOPEXAMPLE',
        ChangeBatch: {
          Changes: [
            {
              Action: 'UPSERT',
              ResourceRecordSet: {
                Name: 'status.shop.example.com',
                Type: 'A',
                TTL: 30,
                ResourceRecords: [{ Value: '192.0.2.7' }],
              },
            },
          ],
        },
      }),
    );
    expect(ChangeInfo?.Status).toBe('PENDING');
    const status = async () => (await client.send(new GetChangeCommand({ Id: ChangeInfo?.Id }))).ChangeInfo?.Status;
    await expect.poll(status, eventually).toBe('INSYNC');
    expect(await addresses(sandbox.ports.nameServer, 'status.shop.example.com')).toEqual(['192.0.2.7']);
  });

  test('moves the traffic with the flag and brings it back, and DNS follows', async () => {
    const client = new S3Client(at(STANDBY));
    const flag = { Bucket: 'muster-flag-usw2', Key: 'shop/standby-is-active' };
    const answered = () => addresses(sandbox.ports.dns, 'shop.example.com');
    await expect(client.send(new HeadObjectCommand(flag))).rejects.toMatchObject({
      name: 'NotFound',
      $metadata: { httpStatusCode: 404 },
    });
    expect(await answered()).toEqual(['198.51.100.10']);
    await client.send(new PutObjectCommand({ ...flag, Body: 'promoted' }));
    expect((await client.send(new HeadObjectCommand(flag))).ContentLength).toBe(8);
    await expect.poll(answered, eventually).toEqual(['203.0.113.10']);
    await client.send(new DeleteObjectCommand(flag));
    await expect.poll(answered, eventually).toEqual(['198.51.100.10']);
  });

  test('puts an item once, and not again under the same condition', async () => {
    const client = new DynamoDBClient(at(STANDBY));
    const Key = { stream: { S: 'note#outside' }, seq: { N: '0' } };
    const put = new PutItemCommand({
      TableName: 'muster-ledger',
      Item: { ...Key, body: { S: 'by hand' } },
      ConditionExpression: 'attribute_not_exists(#s)',
      ExpressionAttributeNames: { '#s': 'stream' },
    });
    await client.send(put);
    await expect(client.send(put)).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    expect((await sandbox.control('/state')).status, 'an unreadable ledger is told').toBe(409);
    await client.send(new DeleteItemCommand({ TableName: 'muster-ledger', Key }));
    expect((await sandbox.control('/state')).status).toBe(200);
  });

  test('invokes the receiver, which refuses what Slack did not sign', async () => {
    const client = new LambdaClient(at(STANDBY));
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const requestContext = { requestId: 'r', http: { method: 'POST', path: '/' } };
    const event = { version: '2.0', requestContext, headers, body: 'text=status', isBase64Encoded: false };
    const Payload = new TextEncoder().encode(JSON.stringify(event));
    const answer = await client.send(new InvokeCommand({ FunctionName: 'muster-slack', Payload }));
    expect(answer.FunctionError).toBeUndefined();
    expect(JSON.parse(new TextDecoder().decode(answer.Payload))).toMatchObject({ statusCode: 401 });
  });

  test('runs a state machine and reads its history', async () => {
    const client = new SFNClient(at(HOME));
    const definition = {
      StartAt: 'Wait',
      States: { Wait: { Type: 'Wait', Seconds: 5, Next: 'Say' }, Say: { Type: 'Pass', Result: 'done', End: true } },
    };
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({
        name: 'outside',
        definition: JSON.stringify(definition),
        roleArn: 'arn:aws:iam::111122223333:role/outside',
      }),
    );
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
    const status = async () => (await client.send(new DescribeExecutionCommand({ executionArn }))).status;
    await expect.poll(status, eventually).toBe('SUCCEEDED');
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events?.map((event) => event.type)).toEqual([
      'ExecutionStarted',
      'WaitStateEntered',
      'WaitStateExited',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ]);
  });

  test('publishes to a topic, reads a metric, and learns who it is', async () => {
    const sns = new SNSClient(at(STANDBY));
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'pager' }));
    expect((await sns.send(new PublishCommand({ TopicArn, Message: 'wake up' }))).MessageId).toMatch(/^[\w-]{36}$/);
    const { Account } = await new STSClient(at(STANDBY)).send(new GetCallerIdentityCommand({}));
    expect(Account).toBe('111122223333');
    const { body } = await sandbox.control('/state');
    const now_ms = Date.parse((body as { now: string }).now);
    const { MetricDataResults } = await new CloudWatchClient(at(STANDBY)).send(
      new GetMetricDataCommand({
        StartTime: new Date(now_ms - 30 * 60_000),
        EndTime: new Date(now_ms),
        MetricDataQueries: [
          {
            Id: 'lag',
            MetricStat: {
              Metric: {
                Namespace: 'AWS/RDS',
                MetricName: 'AuroraGlobalDBReplicationLag',
                Dimensions: [{ Name: 'DBClusterIdentifier', Value: 'shop-usw2' }],
              },
              Period: 60,
              Stat: 'Maximum',
            },
          },
        ],
      }),
    );
    expect(MetricDataResults?.[0]?.Values?.length).toBeGreaterThan(0);
  });

  test('sees each region apart from the other', async () => {
    const clusters = async (region: string) =>
      (await new RDSClient(at(region)).send(new DescribeDBClustersCommand({}))).DBClusters?.map(
        (cluster) => cluster.DBClusterIdentifier,
      );
    expect(await clusters(HOME)).toContain('shop-use1');
    expect(await clusters(HOME)).not.toContain('shop-usw2');
    expect(await clusters(STANDBY)).toContain('shop-usw2');
    await new SNSClient(at(STANDBY)).send(new CreateTopicCommand({ Name: 'only-here' }));
    const { Topics } = await new SNSClient(at(HOME)).send(new ListTopicsCommand({}));
    expect(Topics?.filter((topic) => topic.TopicArn?.endsWith('only-here'))).toEqual([]);
  });

  test('is told what the sandbox does not simulate', async () => {
    const sent = new RDSClient(at(STANDBY)).send(new ModifyDBProxyCommand({ DBProxyName: 'p' }));
    await expect(sent).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
  });
});

describe('a request by hand', () => {
  const post = (headers: Record<string, string>, body: string, path = '/') =>
    fetch(`${sandbox.sdk.endpoint}${path}`, { method: 'POST', headers, body, signal: AbortSignal.timeout(5_000) });
  const signed = (service: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDANA/20261121/us-west-2/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  });

  test('without a signature is refused', async () => {
    const response = await post({}, 'Action=DescribeGlobalClusters&Version=2014-10-31');
    expect([response.status, await response.text()]).toEqual([
      403,
      expect.stringContaining('MissingAuthenticationToken'),
    ]);
  });

  test('for an operation that AWS does not have is answered as AWS does', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...signed('rds') };
    const query = await post(form, 'Action=PromoteEverything&Version=2014-10-31');
    expect([query.status, await query.text()]).toEqual([400, expect.stringContaining('InvalidAction')]);
    const target = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.Nothing' };
    const json = await post({ ...target, ...signed('dynamodb') }, '{}');
    expect([json.status, await json.text()]).toEqual([400, expect.stringContaining('UnknownOperationException')]);
  });

  test('for a service that nobody simulates is answered NotImplemented', async () => {
    const response = await post(signed('braket'), '{}', '/devices');
    expect([response.status, await response.text()]).toEqual([501, expect.stringContaining('braket')]);
  });

  test('with more than the port takes is refused, and the port goes on', async () => {
    const large = await post(signed('rds'), 'x'.repeat(17 * 1024 * 1024)).then(
      (response) => response.status,
      // The port may break the connection while the client still sends.
      () => 413,
    );
    expect(large).toBe(413);
    expect(await writer()).toBeDefined();
  });

  test('with a path that looks like a host stays on the port', async () => {
    const response = await post(signed('s3'), '', '//rds.us-east-1.amazonaws.com/x');
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
  });
});
