import { request as httpRequest } from 'node:http';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as rds from '@aws-sdk/client-rds';
import * as s3 from '@aws-sdk/client-s3';
import { afterEach, describe, expect, test } from 'vitest';
import type { FaultRule } from '../../../simulator/aws/faults.ts';
import { openPort, type Port } from '../../../simulator/aws/port.ts';
import type { Service } from '../../../simulator/aws/service.ts';
import { createDynamoDb } from '../../../simulator/aws/services/dynamodb.ts';
import { WallClock } from '../../../simulator/clock.ts';
import { ANA } from './sdk-client.ts';
import { recording, type TestWorld, world } from './world.ts';

let port: Port | undefined;

afterEach(async () => {
  await port?.close();
  port = undefined;
});

async function open(
  services: readonly Service[],
  faults?: FaultRule,
): Promise<{ aws: TestWorld; options: object; url: string }> {
  const aws = world(services, faults);
  port = await openPort({ handle: aws.endpoint.handle, port: 0, callerOf: () => ANA });
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
  return { aws, url: port.url, options: { endpoint: port.url, region: 'us-west-2', credentials, maxAttempts: 1 } };
}

describe('the port', () => {
  test('serves the SDK over a real socket', async () => {
    const { service, inputs } = recording('rds', rds, {
      DescribeGlobalClusters: (_, call) => ({ Marker: call.region }),
    });
    const { options } = await open([service]);
    const client = new rds.RDSClient(options);
    expect((await client.send(new rds.DescribeGlobalClustersCommand({ GlobalClusterIdentifier: 'shop' }))).Marker).toBe(
      'us-west-2',
    );
    expect(inputs).toEqual([{ GlobalClusterIdentifier: 'shop' }]);
    client.destroy();
  });

  test('serves DynamoDB with its errors', async () => {
    const db = createDynamoDb({ clock: new WallClock(), accountId: '111122223333' });
    db.createTable({ name: 't', region: 'us-west-2', key: { partition: { name: 'pk', type: 'S' } } });
    const client = new dynamodb.DynamoDBClient((await open([db.service])).options);
    const put = { TableName: 't', Item: { pk: { S: 'a' } }, ConditionExpression: 'attribute_not_exists(pk)' };
    await client.send(new dynamodb.PutItemCommand(put));
    await expect(client.send(new dynamodb.PutItemCommand(put))).rejects.toBeInstanceOf(
      dynamodb.ConditionalCheckFailedException,
    );
    client.destroy();
  });

  test("serves S3's uploads and heads", async () => {
    const { service, inputs } = recording('s3', s3, {
      PutObject: () => ({ ETag: '"e"' }),
      HeadObject: () => ({ ContentLength: 12 }),
    });
    const client = new s3.S3Client({ ...(await open([service])).options, forcePathStyle: true });
    await client.send(new s3.PutObjectCommand({ Bucket: 'flags', Key: 'shop', Body: new Uint8Array([1, 2]) }));
    expect(inputs[0]).toMatchObject({ Bucket: 'flags', Key: 'shop', Body: new Uint8Array([1, 2]) });
    expect((await client.send(new s3.HeadObjectCommand({ Bucket: 'flags', Key: 'shop' }))).ContentLength).toBe(12);
    client.destroy();
  });

  test('breaks the socket when the connection is refused', async () => {
    const { service } = recording('rds', rds, {});
    const { options } = await open([service], () => ({ kind: 'refuse-connection', latency_ms: 0 }));
    const client = new rds.RDSClient(options);
    await expect(client.send(new rds.DescribeGlobalClustersCommand({}))).rejects.toMatchObject({ code: 'ECONNRESET' });
    client.destroy();
  });

  test('notices a client that hangs up', async () => {
    const { service } = recording('rds', rds, {});
    const { aws, url } = await open([service], () => ({ kind: 'hang', latency_ms: 0 }));
    const headers = {
      authorization: 'AWS4-HMAC-SHA256 Credential=A/20261120/us-west-2/rds/aws4_request',
      'content-type': 'application/x-www-form-urlencoded',
    };
    const sent = httpRequest(url, { method: 'POST', headers });
    sent.on('error', () => undefined);
    sent.end('Action=DescribeGlobalClusters&Version=2014-10-31');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(aws.calls).toEqual([]);
    sent.destroy();
    await expect.poll(() => aws.calls.map(({ outcome }) => outcome)).toEqual(['NoAnswer']);
  });

  test('shows a defect of a service to whoever asked', async () => {
    const { service } = recording('rds', rds, {
      DescribeGlobalClusters: () => {
        throw new TypeError('a defect');
      },
    });
    const { url, aws } = await open([service]);
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=A/20261120/us-west-2/rds/aws4_request' };
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ Action: 'DescribeGlobalClusters', Version: '2014-10-31' }),
    });
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('TypeError: a defect')]);
    expect(aws.calls[0]?.outcome).toBe('SandboxDefect');
  });
});
