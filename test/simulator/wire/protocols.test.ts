import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as ec2 from '@aws-sdk/client-ec2';
import * as ecs from '@aws-sdk/client-ecs';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import * as route53 from '@aws-sdk/client-route-53';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as sns from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import { AwsError, type Service } from '../../../simulator/aws/service.ts';
import { clientOptions } from './sdk-client.ts';
import { recording, world } from './world.ts';

const EIGHT = new Date('2026-11-20T08:00:00.250Z');

describe('awsQuery', () => {
  test('carries lists of structures and timestamps both ways', async () => {
    const { service, inputs } = recording('rds', rds, {
      DescribeGlobalClusters: () => ({
        Marker: 'a<b&c',
        GlobalClusters: [
          {
            GlobalClusterIdentifier: 'shop',
            GlobalClusterMembers: [
              {
                DBClusterArn: 'arn:1',
                Readers: ['arn:2', 'arn:3'],
                IsWriter: true,
                SynchronizationStatus: 'connected',
              },
              { DBClusterArn: 'arn:2', Readers: [], IsWriter: false },
            ],
            FailoverState: { Status: 'pending', IsDataLossAllowed: false },
          },
        ],
      }),
      DescribeDBClusters: () => ({
        DBClusters: [{ DBClusterIdentifier: 'home', ClusterCreateTime: EIGHT, AllocatedStorage: 3 }],
      }),
    });
    const client = new rds.RDSClient(clientOptions(world([service]).endpoint.handle));
    const filters = [
      { Name: 'db-cluster-id', Values: ['a', 'b.c=d&e'] },
      { Name: 'empty', Values: [] },
    ];
    const global = await client.send(new rds.DescribeGlobalClustersCommand({ Filters: filters, MaxRecords: 20 }));
    expect(inputs[0]).toEqual({ Filters: filters, MaxRecords: 20 });
    expect(global.Marker).toBe('a<b&c');
    expect(global.GlobalClusters?.[0]?.GlobalClusterMembers?.[0]?.Readers).toEqual(['arn:2', 'arn:3']);
    expect(global.GlobalClusters?.[0]?.GlobalClusterMembers?.[1]?.IsWriter).toBe(false);
    expect(global.GlobalClusters?.[0]?.FailoverState?.Status).toBe('pending');
    const clusters = await client.send(new rds.DescribeDBClustersCommand({}));
    expect(clusters.DBClusters?.[0]?.ClusterCreateTime).toEqual(EIGHT);
    expect(clusters.DBClusters?.[0]?.AllocatedStorage).toBe(3);
    expect(clusters.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("an error has its shape's wire code and status", async () => {
    const { service } = recording('rds', rds, {
      FailoverGlobalCluster: () => {
        throw new AwsError('GlobalClusterNotFoundFault', 'shop is <not> here');
      },
      DescribeDBInstances: () => {
        throw new AwsError('DBInstanceNotFoundFault', 'no instance');
      },
    });
    const { endpoint, calls } = world([service]);
    const client = new rds.RDSClient(clientOptions(endpoint.handle));
    const failover = client.send(
      new rds.FailoverGlobalClusterCommand({ GlobalClusterIdentifier: 'shop', TargetDbClusterIdentifier: 'b' }),
    );
    const error = await failover.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(rds.GlobalClusterNotFoundFault);
    expect(error).toMatchObject({ message: 'shop is <not> here', $metadata: { httpStatusCode: 404 } });
    const instances = await client.send(new rds.DescribeDBInstancesCommand({})).catch((reason: unknown) => reason);
    expect(instances).toBeInstanceOf(rds.DBInstanceNotFoundFault);
    expect(instances).toMatchObject({ Code: 'DBInstanceNotFound' });
    expect(calls.map(({ outcome }) => outcome)).toEqual(['GlobalClusterNotFoundFault', 'DBInstanceNotFoundFault']);
  });

  test('maps and empty answers arrive', async () => {
    const { service, inputs } = recording('sns', sns, {
      GetTopicAttributes: () => ({ Attributes: { Owner: '1', Policy: '{"a":"<b>"}' } }),
      SetTopicAttributes: () => ({}),
      Publish: () => ({ MessageId: 'm' }),
    });
    const client = new sns.SNSClient(clientOptions(world([service]).endpoint.handle));
    const read = await client.send(new sns.GetTopicAttributesCommand({ TopicArn: 'arn' }));
    expect(read.Attributes).toEqual({ Owner: '1', Policy: '{"a":"<b>"}' });
    await client.send(
      new sns.SetTopicAttributesCommand({ TopicArn: 'arn', AttributeName: 'x', AttributeValue: 'y z+%' }),
    );
    expect(inputs[1]).toEqual({ TopicArn: 'arn', AttributeName: 'x', AttributeValue: 'y z+%' });
    const attribute = { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 1]) };
    await client.send(new sns.PublishCommand({ TopicArn: 'arn', Message: 'm', MessageAttributes: { k: attribute } }));
    expect(inputs[2]).toEqual({ TopicArn: 'arn', Message: 'm', MessageAttributes: { k: attribute } });
  });

  test('a missing required member is refused before the operation runs', async () => {
    const { service, inputs } = recording('auto-scaling', autoScaling, { UpdateAutoScalingGroup: () => ({}) });
    const client = new autoScaling.AutoScalingClient(clientOptions(world([service]).endpoint.handle));
    const input = { MinSize: 1 } as autoScaling.UpdateAutoScalingGroupCommandInput;
    await expect(client.send(new autoScaling.UpdateAutoScalingGroupCommand(input))).rejects.toMatchObject({
      name: 'ValidationError',
      message:
        "1 validation error detected: Value null at 'autoScalingGroupName' failed to satisfy constraint: Member must not be null",
    });
    expect(inputs).toEqual([]);
  });
});

test('ec2Query carries filters, flat lists and nested sets', async () => {
  const { service, inputs } = recording('ec2', ec2, {
    DescribeSubnets: () => ({
      Subnets: [
        {
          SubnetId: 'subnet-1',
          AvailabilityZone: 'us-west-2a',
          MapPublicIpOnLaunch: false,
          Tags: [{ Key: 'Name', Value: 'a' }],
        },
      ],
    }),
    DescribeVpcs: () => {
      throw new AwsError('InvalidVpcID.NotFound', "The vpc ID 'vpc-9' does not exist");
    },
  });
  const client = new ec2.EC2Client(clientOptions(world([service]).endpoint.handle));
  const input = {
    SubnetIds: ['subnet-1', 'subnet-2'],
    Filters: [{ Name: 'vpc-id', Values: ['vpc-1'] }],
    DryRun: false,
    MaxResults: 5,
  };
  const { Subnets } = await client.send(new ec2.DescribeSubnetsCommand(input));
  expect(inputs[0]).toEqual(input);
  expect(Subnets).toEqual([
    {
      SubnetId: 'subnet-1',
      AvailabilityZone: 'us-west-2a',
      MapPublicIpOnLaunch: false,
      Tags: [{ Key: 'Name', Value: 'a' }],
    },
  ]);
  await expect(client.send(new ec2.DescribeVpcsCommand({ VpcIds: ['vpc-9'] }))).rejects.toMatchObject({
    name: 'InvalidVpcID.NotFound',
    $metadata: { httpStatusCode: 400 },
  });
});

describe('awsJson', () => {
  test('carries documents, timestamps and errors of ECS', async () => {
    const { service, inputs } = recording('ecs', ecs, {
      UpdateService: () => ({
        service: {
          serviceName: 'web',
          desiredCount: 4,
          createdAt: EIGHT,
          deployments: [{ rolloutState: 'COMPLETED' }],
        },
      }),
      DescribeServices: () => {
        throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
      },
    });
    const client = new ecs.ECSClient(clientOptions(world([service]).endpoint.handle));
    const { service: updated } = await client.send(
      new ecs.UpdateServiceCommand({ service: 'web', desiredCount: 4, forceNewDeployment: true }),
    );
    expect(inputs[0]).toEqual({ service: 'web', desiredCount: 4, forceNewDeployment: true });
    expect(updated).toMatchObject({ createdAt: EIGHT, desiredCount: 4, deployments: [{ rolloutState: 'COMPLETED' }] });
    const error = await client
      .send(new ecs.DescribeServicesCommand({ services: ['web'] }))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ecs.ClusterNotFoundException);
    expect(error).toMatchObject({ message: 'Cluster not found.', $metadata: { httpStatusCode: 400 } });
  });

  test("CloudWatch's timestamps and its query error codes survive", async () => {
    const { service, inputs } = recording('cloudwatch', cloudwatch, {
      GetMetricData: () => ({
        MetricDataResults: [{ Id: 'lag', Timestamps: [EIGHT], Values: [12.5], StatusCode: 'Complete' }],
      }),
      DescribeAlarms: () => {
        throw new AwsError('InvalidNextToken', 'bad token');
      },
      PutMetricData: () => ({}),
    });
    const client = new cloudwatch.CloudWatchClient(clientOptions(world([service]).endpoint.handle));
    const query = {
      StartTime: EIGHT,
      EndTime: new Date('2026-11-20T09:00:00Z'),
      MetricDataQueries: [{ Id: 'lag', ReturnData: true }],
    };
    const { MetricDataResults } = await client.send(new cloudwatch.GetMetricDataCommand(query));
    expect(inputs[0]).toEqual(query);
    expect(MetricDataResults?.[0]).toMatchObject({ Timestamps: [EIGHT], Values: [12.5] });
    const error = await client.send(new cloudwatch.DescribeAlarmsCommand({})).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(cloudwatch.InvalidNextToken);
    expect(error).toMatchObject({ Code: 'InvalidNextToken', $metadata: { httpStatusCode: 400 } });
    const data = Array.from({ length: 400 }, (_, i) => ({ MetricName: `metric-${i}-with-a-long-name`, Value: i }));
    await client.send(new cloudwatch.PutMetricDataCommand({ Namespace: 'muster', MetricData: data }));
    expect(inputs[2]).toEqual({ Namespace: 'muster', MetricData: data }); // gzip on the wire: more than 10 KB
  });
});

describe('restXml', () => {
  test("Route 53's change batch is decoded as it was meant", async () => {
    const { service, inputs } = recording('route-53', route53, {
      ChangeResourceRecordSets: () => ({ ChangeInfo: { Id: '/change/C1', Status: 'PENDING', SubmittedAt: EIGHT } }),
      ListResourceRecordSets: () => ({
        ResourceRecordSets: [{ Name: 'a.', Type: 'A', TTL: 60, ResourceRecords: [{ Value: '1.2.3.4' }] }],
        IsTruncated: false,
        MaxItems: 300,
      }),
    });
    const { endpoint, calls } = world([service]);
    const client = new route53.Route53Client(clientOptions(endpoint.handle));
    const alias = { HostedZoneId: 'Z2', DNSName: 'lb.example.com', EvaluateTargetHealth: false };
    const ChangeBatch = {
      Comment: 'a & b',
      Changes: [
        {
          Action: 'UPSERT' as const,
          ResourceRecordSet: { Name: 'shop.example.com', Type: 'A' as const, AliasTarget: alias },
        },
        {
          Action: 'DELETE' as const,
          ResourceRecordSet: {
            Name: 't',
            Type: 'TXT' as const,
            TTL: 60,
            ResourceRecords: [{ Value: '"x"' }, { Value: '"y"' }],
          },
        },
      ],
    };
    const { ChangeInfo } = await client.send(
      new route53.ChangeResourceRecordSetsCommand({ HostedZoneId: '/hostedzone/Z1', ChangeBatch }),
    );
    expect(inputs[0]).toEqual({ HostedZoneId: 'Z1', ChangeBatch });
    expect(ChangeInfo).toEqual({ Id: '/change/C1', Status: 'PENDING', SubmittedAt: EIGHT });
    const listed = await client.send(
      new route53.ListResourceRecordSetsCommand({ HostedZoneId: 'Z1', StartRecordName: 'a b', MaxItems: 5 }),
    );
    expect(inputs[1]).toEqual({ HostedZoneId: 'Z1', StartRecordName: 'a b', MaxItems: 5 });
    expect(listed.ResourceRecordSets).toEqual([
      { Name: 'a.', Type: 'A', TTL: 60, ResourceRecords: [{ Value: '1.2.3.4' }] },
    ]);
    expect(calls.map(({ region }) => region)).toEqual(['us-east-1', 'us-east-1']);
  });

  test('an error carries its list of messages', async () => {
    const { service } = recording('route-53', route53, {
      ChangeResourceRecordSets: () => {
        throw new AwsError('InvalidChangeBatch', '[wrong]', { messages: ['wrong', 'and wrong again'] });
      },
      GetChange: () => {
        throw new AwsError('NoSuchChange', 'none');
      },
    });
    const client = new route53.Route53Client(clientOptions(world([service]).endpoint.handle));
    const batch = { Changes: [] };
    const error = await client
      .send(new route53.ChangeResourceRecordSetsCommand({ HostedZoneId: 'Z1', ChangeBatch: batch }))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(route53.InvalidChangeBatch);
    expect(error).toMatchObject({ messages: ['wrong', 'and wrong again'], $metadata: { httpStatusCode: 400 } });
    await expect(client.send(new route53.GetChangeCommand({ Id: 'C1' }))).rejects.toMatchObject({
      name: 'NoSuchChange',
      $metadata: { httpStatusCode: 404 },
    });
  });
});

describe('restJson1', () => {
  test("Lambda's Invoke carries a payload and headers both ways", async () => {
    const { service, inputs } = recording('lambda', lambda, {
      Invoke: () => ({
        StatusCode: 200,
        FunctionError: 'Unhandled',
        ExecutedVersion: '$LATEST',
        Payload: '{"errorMessage":"é"}',
      }),
      GetFunction: () => {
        throw new AwsError('ResourceNotFoundException', 'Function not found: arn');
      },
    });
    const client = new lambda.LambdaClient(clientOptions(world([service]).endpoint.handle));
    const FunctionName = 'arn:aws:lambda:us-west-2:1:function:f';
    const invoked = await client.send(
      new lambda.InvokeCommand({
        FunctionName,
        InvocationType: 'RequestResponse',
        Qualifier: 'live',
        Payload: '{"a":1}',
      }),
    );
    expect(inputs[0]).toEqual({
      FunctionName,
      InvocationType: 'RequestResponse',
      Qualifier: 'live',
      Payload: new Uint8Array(Buffer.from('{"a":1}')),
    });
    expect(invoked.Payload?.transformToString()).toBe('{"errorMessage":"é"}');
    expect(invoked).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled', ExecutedVersion: '$LATEST' });
    const error = await client.send(new lambda.GetFunctionCommand({ FunctionName })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(lambda.ResourceNotFoundException);
    expect(error).toMatchObject({
      message: 'Function not found: arn',
      Type: 'User',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test("the Scheduler's paths, bodies and timestamps arrive", async () => {
    const { service, inputs } = recording('scheduler', scheduler, {
      CreateSchedule: () => ({ ScheduleArn: 'arn:s' }),
      GetSchedule: () => ({ Name: 'n', StartDate: EIGHT }),
    });
    const client = new scheduler.SchedulerClient(clientOptions(world([service]).endpoint.handle));
    const Target = { Arn: 'arn:t', RoleArn: 'arn:r', Input: '{}' };
    const input = {
      Name: 'a.b',
      GroupName: 'g',
      ScheduleExpression: 'at(2026-11-20T08:00:00)',
      StartDate: EIGHT,
      Target,
      FlexibleTimeWindow: { Mode: 'OFF' as const },
    };
    expect(await client.send(new scheduler.CreateScheduleCommand(input))).toMatchObject({ ScheduleArn: 'arn:s' });
    expect(inputs[0]).toMatchObject(input);
    expect(await client.send(new scheduler.GetScheduleCommand({ Name: 'n', GroupName: 'g' }))).toMatchObject({
      StartDate: EIGHT,
    });
    expect(inputs[1]).toEqual({ Name: 'n', GroupName: 'g' });
  });
});

test('an output with a member that the API lacks is a defect that shows', async () => {
  const service: Service = { id: 'ecs', schemas: ecs, operations: { ListClusters: () => ({ clusterArn: [] }) } };
  const client = new ecs.ECSClient(clientOptions(world([service]).endpoint.handle));
  await expect(client.send(new ecs.ListClustersCommand({}))).rejects.toThrow(
    /member clusterArn, which .*ListClustersResponse does not have/,
  );
});
