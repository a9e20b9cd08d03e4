import {
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHealthCheckCommand,
  GetHostedZoneCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  TestDNSAnswerCommand,
  UpdateHealthCheckCommand,
} from '@aws-sdk/client-route-53';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { expect, test } from 'vitest';
import { createEndpoint } from '../../../simulator/aws/endpoint.ts';
import { createEventBridge } from '../../../simulator/aws/services/eventbridge/eventbridge.ts';
import { createScheduler } from '../../../simulator/aws/services/scheduler/scheduler.ts';
import { createSns } from '../../../simulator/aws/services/sns/sns.ts';
import { clientOptions } from '../wire/sdk-client.ts';
import { STANDBY, stopWorld } from './stop-world.ts';

/** The real SDK, over the real wire protocols, against these services. */
function sdkWorld() {
  const world = stopWorld();
  const deliver = (): void => undefined;
  const sns = createSns(world);
  const services = [
    world.route53.service,
    world.s3.service,
    sns.service,
    createEventBridge({ ...world, deliver }).service,
    createScheduler({ ...world, deliver }).service,
  ];
  const { clock, random, accountId } = world;
  const endpoint = createEndpoint({ services, clock, random, accountId });
  const options = clientOptions((request, caller) => endpoint.handle(request, caller));
  return { ...world, sns, options };
}

test('the SDK changes records, follows the change and reads the refusal', async () => {
  const { options, zone, check } = sdkWorld();
  const route53 = new Route53Client(options);
  const { HostedZone, DelegationSet } = await route53.send(new GetHostedZoneCommand({ Id: zone.id }));
  expect(HostedZone).toMatchObject({ Id: `/hostedzone/${zone.id}`, Name: 'example.com.' });
  expect(DelegationSet?.NameServers).toHaveLength(4);
  const change = new ChangeResourceRecordSetsCommand({
    HostedZoneId: zone.id,
    ChangeBatch: {
      Changes: [
        {
          Action: 'CREATE',
          ResourceRecordSet: {
            Name: 'drill.example.com',
            Type: 'A',
            TTL: 60,
            ResourceRecords: [{ Value: STANDBY.address }],
          },
        },
      ],
    },
  });
  const { ChangeInfo } = await route53.send(change);
  const followed = await route53.send(new GetChangeCommand({ Id: ChangeInfo?.Id }));
  expect(followed.ChangeInfo).toMatchObject({ Id: ChangeInfo?.Id, Status: 'PENDING' });
  await expect(route53.send(change)).rejects.toMatchObject({
    name: 'InvalidChangeBatch',
    message: expect.stringContaining('but it already exists'),
    $metadata: { httpStatusCode: 400 },
  });
  const healthCheck = await route53.send(new GetHealthCheckCommand({ HealthCheckId: check }));
  expect(healthCheck.HealthCheck?.HealthCheckConfig).toMatchObject({ Inverted: true, FailureThreshold: 3 });
});

test('the SDK lists records, pins a check and asks for an answer', async () => {
  const { options, zone, check } = sdkWorld();
  const route53 = new Route53Client(options);
  const { ResourceRecordSets } = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: zone.id }));
  expect(ResourceRecordSets?.map((record) => [record.Type, record.Failover])).toEqual([
    ['NS', undefined],
    ['SOA', undefined],
    ['A', 'PRIMARY'],
    ['A', 'SECONDARY'],
  ]);
  const pinned = await route53.send(new UpdateHealthCheckCommand({ HealthCheckId: check, Disabled: true }));
  expect(pinned.HealthCheck).toMatchObject({ HealthCheckVersion: 2, HealthCheckConfig: { Disabled: true } });
  const ask = { HostedZoneId: zone.id, RecordName: 'shop.example.com', RecordType: 'A' } as const;
  expect(await route53.send(new TestDNSAnswerCommand(ask))).toMatchObject({ RecordData: ['198.51.100.10'] });
  await expect(route53.send(new GetHealthCheckCommand({ HealthCheckId: 'nobody' }))).rejects.toMatchObject({
    name: 'NoSuchHealthCheck',
    $metadata: { httpStatusCode: 404 },
  });
});

test('the SDK writes a flag once, reads it and takes it away', async () => {
  const { options, s3: bucket } = sdkWorld();
  const s3 = new S3Client(options);
  const at = { Bucket: 'flags', Key: 'shop/promoted' };
  const write = () => s3.send(new PutObjectCommand({ ...at, Body: '{"by":"ana"}', IfNoneMatch: '*' }));
  const { ETag, VersionId } = await write();
  expect(VersionId).toMatch(/^[0-9a-f]{32}$/);
  await expect(write()).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
  const read = await s3.send(new GetObjectCommand(at));
  expect(read).toMatchObject({ ETag, VersionId, ContentLength: 12 });
  expect(await read.Body?.transformToString()).toBe('{"by":"ana"}');
  const listed = await s3.send(new ListObjectsV2Command({ Bucket: 'flags', Prefix: 'shop/' }));
  expect(listed.Contents).toMatchObject([{ Key: 'shop/promoted', Size: 12 }]);
  expect(await s3.send(new DeleteObjectCommand(at))).toMatchObject({ DeleteMarker: true });
  await expect(s3.send(new GetObjectCommand(at))).rejects.toMatchObject({ name: 'NoSuchKey' });
  await expect(s3.send(new HeadObjectCommand(at))).rejects.toMatchObject({ name: 'NotFound' });
  await expect(s3.send(new HeadBucketCommand({ Bucket: 'none' }))).rejects.toMatchObject({ name: 'NotFound' });
  const versions = await s3.send(new ListObjectVersionsCommand({ Bucket: 'flags' }));
  expect([versions.Versions?.length, versions.DeleteMarkers?.length]).toEqual([1, 1]);
  expect(bucket.keys('flags')).toEqual([]);
});

test("the SDK is redirected from another region's endpoint", async () => {
  const { options } = sdkWorld();
  const s3 = new S3Client({ ...options, region: 'us-east-1' });
  await expect(s3.send(new GetObjectCommand({ Bucket: 'flags', Key: 'x' }))).rejects.toMatchObject({
    name: 'PermanentRedirect',
    $metadata: { httpStatusCode: 301 },
  });
});

test('the SDK publishes, makes a rule and a schedule', async () => {
  const { options, sns } = sdkWorld();
  const TopicArn = sns.seedTopic('us-west-2', 'alarms');
  const { MessageId } = await new SNSClient(options).send(new PublishCommand({ TopicArn, Message: 'é & <x>' }));
  expect(sns.published()).toMatchObject([{ id: MessageId, message: 'é & <x>' }]);

  const Arn = 'arn:aws:lambda:us-west-2:111122223333:function:muster-reconcile';
  const bridge = new EventBridgeClient(options);
  await bridge.send(new PutRuleCommand({ Name: 'r', ScheduleExpression: 'rate(1 minute)' }));
  await bridge.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 'one', Arn }] }));
  const { Targets } = await bridge.send(new ListTargetsByRuleCommand({ Rule: 'r' }));
  expect(Targets).toEqual([{ Id: 'one', Arn }]);

  const scheduler = new SchedulerClient(options);
  const schedule = {
    Name: 'undo',
    ScheduleExpression: 'at(2026-11-21T00:14:00)',
    Target: { Arn, RoleArn: 'arn:aws:iam::111122223333:role/r' },
    FlexibleTimeWindow: { Mode: 'OFF' as const },
  };
  await scheduler.send(new CreateScheduleCommand(schedule));
  expect(await scheduler.send(new GetScheduleCommand({ Name: 'undo' }))).toMatchObject({
    ...schedule,
    State: 'ENABLED',
  });
  await expect(scheduler.send(new GetScheduleCommand({ Name: 'none' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 404 },
  });
});
