import * as applicationAutoScaling from '@aws-sdk/client-application-auto-scaling';
import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as ecs from '@aws-sdk/client-ecs';
import * as rds from '@aws-sdk/client-rds';
import { describe, expect, test } from 'vitest';
import type { Fault, FaultPoint } from '../../../simulator/aws/faults.ts';
import { AwsError } from '../../../simulator/aws/service.ts';
import { addressOfHost, isAwsHost } from '../../../simulator/aws/wire/address.ts';
import type { WireRequest } from '../../../simulator/wire.ts';
import { ANA, clientOptions } from './sdk-client.ts';
import { recording, START_MS, settle, world } from './world.ts';

const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (reason: unknown) => reason,
  );

function request(url: string, headers: Record<string, string>, body = '', signal?: AbortSignal): WireRequest {
  const plain = { method: 'POST', url: new URL(url), headers, body: new Uint8Array(Buffer.from(body)) };
  return signal === undefined ? plain : { ...plain, signal };
}

const signed = (name: string, region = 'us-west-2') => ({
  authorization: `AWS4-HMAC-SHA256 Credential=AKID/20261120/${region}/${name}/aws4_request, SignedHeaders=host, Signature=0`,
});

const listClusters = {
  'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters',
  'content-type': 'application/x-amz-json-1.1',
};

describe('the address', () => {
  test.each([
    ['rds.us-west-2.amazonaws.com', 'rds', 'us-west-2', undefined],
    ['route53.amazonaws.com', 'route53', 'us-east-1', undefined],
    ['sts.amazonaws.com', 'sts', 'us-east-1', undefined],
    ['sts.us-west-2.amazonaws.com', 'sts', 'us-west-2', undefined],
    ['monitoring.eu-central-1.amazonaws.com', 'monitoring', 'eu-central-1', undefined],
    ['lambda.us-gov-west-1.api.aws', 'lambda', 'us-gov-west-1', undefined],
    ['dynamodb-fips.us-west-2.amazonaws.com', 'dynamodb', 'us-west-2', undefined],
    ['111122223333.ddb.us-west-2.amazonaws.com', 'dynamodb', 'us-west-2', undefined],
    ['sync-states.us-west-2.amazonaws.com', 'states', 'us-west-2', undefined],
    ['s3.us-west-2.amazonaws.com', 's3', 'us-west-2', undefined],
    ['my.bucket.s3.us-west-2.amazonaws.com', 's3', 'us-west-2', 'my.bucket'],
    ['flags.s3.amazonaws.com', 's3', 'us-east-1', 'flags'],
    ['flags.s3.dualstack.us-west-2.amazonaws.com', 's3', 'us-west-2', 'flags'],
  ])('%s is %s in %s', (host, signingName, region, bucket) => {
    expect(addressOfHost(host)).toEqual(
      bucket === undefined ? { signingName, region } : { signingName, region, bucket },
    );
    expect(isAwsHost(host)).toBe(true);
  });

  test.each([
    'hooks.slack.com',
    '127.0.0.1',
    'abc.lambda-url.us-west-2.on.aws',
    'shop-1.us-west-2.elb.amazonaws.com',
    'c.cluster-x.us-west-2.rds.amazonaws.com',
  ])('%s is none of an API', (host) => {
    expect(isAwsHost(host)).toBe(false);
  });

  test("a loopback port learns service and region from the signature's scope", async () => {
    const { service } = recording('ecs', ecs, { ListClusters: (_, call) => ({ clusterArns: [call.region] }) });
    const { endpoint } = world([service]);
    const response = await endpoint.handle(
      request('http://127.0.0.1:4566/', { ...signed('ecs', 'eu-west-1'), ...listClusters }, '{}'),
      ANA,
    );
    expect(JSON.parse(Buffer.from(response.body).toString())).toEqual({ clusterArns: ['eu-west-1'] });
  });

  test('Auto Scaling and Application Auto Scaling are told apart', async () => {
    const groups = recording('auto-scaling', autoScaling, {
      DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [] }),
    });
    const targets = recording('application-auto-scaling', applicationAutoScaling, {
      DescribeScalableTargets: () => ({ ScalableTargets: [] }),
    });
    const { endpoint, calls } = world([groups.service, targets.service]);
    await new autoScaling.AutoScalingClient(clientOptions(endpoint.handle)).send(
      new autoScaling.DescribeAutoScalingGroupsCommand({}),
    );
    const client = new applicationAutoScaling.ApplicationAutoScalingClient(clientOptions(endpoint.handle));
    await client.send(new applicationAutoScaling.DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' }));
    const old = { ...signed('autoscaling'), 'x-amz-target': 'AnyScaleFrontendService.DescribeScalableTargets' };
    await endpoint.handle(
      request('https://autoscaling.us-west-2.amazonaws.com/', old, '{"ServiceNamespace":"ecs"}'),
      ANA,
    );
    expect(calls.map(({ service }) => service)).toEqual([
      'auto-scaling',
      'application-auto-scaling',
      'application-auto-scaling',
    ]);
  });
});

describe('what is not served', () => {
  const { service } = recording('ecs', ecs, { ListClusters: () => ({ clusterArns: [] }) });
  const aws = () => world([service, recording('rds', rds, {}).service]);
  const url = 'https://ecs.us-west-2.amazonaws.com/';

  test('an unsigned request is refused', async () => {
    const response = await aws().endpoint.handle(request(url, listClusters, '{}'), ANA);
    expect([response.status, JSON.parse(Buffer.from(response.body).toString())]).toEqual([
      403,
      { __type: 'MissingAuthenticationToken', message: 'Request is missing Authentication Token' },
    ]);
  });

  test('an operation that the sandbox lacks says so', async () => {
    const client = new ecs.ECSClient(clientOptions(aws().endpoint.handle));
    expect(await outcomeOf(client.send(new ecs.CreateClusterCommand({})))).toMatchObject({
      name: 'NotImplemented',
      message: 'The sandbox does not simulate ecs:CreateCluster.',
      $metadata: { httpStatusCode: 501 },
    });
  });

  test('an operation that nobody knows is answered as AWS does', async () => {
    const headers = { ...signed('ecs'), 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.Nonsense' };
    const json = await aws().endpoint.handle(request(url, headers, '{}'), ANA);
    expect([json.status, Buffer.from(json.body).toString()]).toEqual([
      400,
      expect.stringContaining('UnknownOperationException'),
    ]);
    const form = { ...signed('rds'), 'content-type': 'application/x-www-form-urlencoded' };
    const query = await aws().endpoint.handle(
      request('https://rds.us-west-2.amazonaws.com/', form, 'Action=Nonsense&Version=2014-10-31'),
      ANA,
    );
    expect([query.status, Buffer.from(query.body).toString()]).toEqual([
      400,
      expect.stringContaining(
        '<Code>InvalidAction</Code><Message>Could not find operation Nonsense for version 2014-10-31</Message>',
      ),
    ]);
  });

  test('a service that is not there says so', async () => {
    const response = await aws().endpoint.handle(request('https://sqs.us-west-2.amazonaws.com/', signed('sqs')), ANA);
    expect([response.status, Buffer.from(response.body).toString()]).toEqual([
      501,
      expect.stringContaining('The sandbox does not simulate the service sqs.'),
    ]);
  });

  test('a body that is not JSON, and a value of the wrong type, do not reach the operation', async () => {
    for (const body of ['{', '[]', '{"maxResults":"ten"}']) {
      const response = await aws().endpoint.handle(request(url, { ...signed('ecs'), ...listClusters }, body), ANA);
      expect([response.status, Buffer.from(response.body).toString()]).toEqual([
        400,
        expect.stringContaining('SerializationException'),
      ]);
    }
  });
});

describe('faults', () => {
  const world_ = (fault: Fault | ((at: FaultPoint) => Fault)) => {
    const effects: number[] = [];
    const { service } = recording('ecs', ecs, {
      UpdateService: (_, call) => {
        effects.push(call.clock.now_ms() - START_MS);
        return { service: { serviceName: 'web' } };
      },
    });
    const aws = world([service], typeof fault === 'function' ? fault : () => fault);
    const update = (signal?: AbortSignal) => {
      const headers = {
        ...signed('ecs'),
        'x-amz-target': 'AmazonEC2ContainerServiceV20141113.UpdateService',
        'user-agent': 'aws-sdk-js/3',
      };
      return aws.endpoint.handle(
        request('https://ecs.us-west-2.amazonaws.com/', headers, '{"service":"web"}', signal),
        ANA,
      );
    };
    return { ...aws, effects, update };
  };

  test('half of the latency lies before the effect, half after it', async () => {
    const { update, clock, effects, calls } = world_({ kind: 'answer', latency_ms: 40 });
    expect((await settle(clock, update())).status).toBe(200);
    expect(effects).toEqual([20]);
    expect(calls).toEqual([
      {
        at_ms: START_MS,
        region: 'us-west-2',
        service: 'ecs',
        action: 'UpdateService',
        input: { service: 'web' },
        outcome: 'ok',
        latency_ms: 40,
        caller: ANA,
        userAgent: 'aws-sdk-js/3',
      },
    ]);
  });

  test('a rule sees who calls what, where and with which input', async () => {
    const seen: FaultPoint[] = [];
    const { update } = world_((at) => {
      seen.push(at);
      return { kind: 'answer', latency_ms: 0 };
    });
    await update();
    expect(seen).toEqual([
      { region: 'us-west-2', service: 'ecs', action: 'UpdateService', input: { service: 'web' }, caller: ANA },
    ]);
  });

  test('an error before the effect leaves no effect, one after it leaves it', async () => {
    const error = { latency_ms: 10, code: 'ThrottlingException', message: 'Rate exceeded', status: 400 };
    const before = world_({ kind: 'error', ...error });
    const response = await settle(before.clock, before.update());
    expect([response.status, JSON.parse(Buffer.from(response.body).toString())]).toEqual([
      400,
      { __type: 'ThrottlingException', message: 'Rate exceeded' },
    ]);
    const after = world_({ kind: 'effect-then-error', ...error, code: 'ServerException', status: 500 });
    expect((await settle(after.clock, after.update())).status).toBe(500);
    expect([before.effects, after.effects]).toEqual([[], [5]]);
    expect([before.calls[0]?.outcome, after.calls[0]?.outcome]).toEqual(['ThrottlingException', 'ServerException']);
  });

  test('a refused connection is a network failure', async () => {
    const { update, clock, effects, calls } = world_({ kind: 'refuse-connection', latency_ms: 2 });
    expect(await settle(clock, outcomeOf(update()))).toMatchObject({ name: 'NetworkFailure', code: 'ECONNREFUSED' });
    expect([effects, calls[0]?.outcome]).toEqual([[], 'ECONNREFUSED']);
  });

  test.each([
    ['hang', []],
    ['effect-then-hang', [5]],
  ] as const)('a client that gives up on %s is recorded then, once', async (kind, expected) => {
    const { update, clock, effects, calls, endpoint } = world_({ kind, latency_ms: 10 });
    const controller = new AbortController();
    let answered = false;
    void update(controller.signal).then(() => {
      answered = true;
    });
    clock.after(3_000, () => controller.abort());
    await clock.run({ until: () => controller.signal.aborted, limit_ms: START_MS + 10_000 });
    endpoint.flush();
    expect([answered, effects]).toEqual([false, expected]);
    expect(calls.map(({ outcome, latency_ms }) => [outcome, latency_ms])).toEqual([['NoAnswer', 3_000]]);
  });

  test('a request that was sent has its effect after its client gave up', async () => {
    const { update, clock, effects, calls } = world_({ kind: 'answer', latency_ms: 1_000 });
    const controller = new AbortController();
    const response = update(controller.signal);
    clock.after(100, () => controller.abort());
    await settle(clock, response);
    expect(effects).toEqual([500]);
    expect(calls.map(({ outcome, latency_ms }) => [outcome, latency_ms])).toEqual([['NoAnswer', 100]]);
  });

  test('a call that nobody ever answers is recorded at the end', async () => {
    const { update, clock, calls, endpoint } = world_({ kind: 'hang', latency_ms: 0 });
    void update();
    await clock.run({ until: () => false, limit_ms: START_MS + 10_000 });
    expect(calls).toEqual([]);
    endpoint.flush();
    expect(calls.map(({ outcome }) => outcome)).toEqual(['NoAnswer']);
  });

  test('calls are recorded in the order in which they end', async () => {
    let latency_ms = 100;
    const { update, clock, calls } = world_(() => {
      latency_ms -= 30;
      return { kind: 'answer', latency_ms };
    });
    await settle(clock, Promise.all([update(), update(), update()]));
    expect(calls.map((call) => call.latency_ms)).toEqual([10, 40, 70]);
  });
});

describe('the in-process entrance', () => {
  test('runs the same operations with the same checks, faults and records', async () => {
    const { service, inputs } = recording('ecs', ecs, {
      UpdateService: () => ({ service: { serviceName: 'web' } }),
      DescribeServices: () => {
        throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
      },
    });
    const { endpoint, calls, clock } = world([service], () => ({ kind: 'answer', latency_ms: 8 }));
    const invoke = (action: string, input: object) =>
      settle(clock, outcomeOf(endpoint.invoke('us-west-2', 'ecs', action, input, ANA)));
    expect(await invoke('UpdateService', { service: 'web' })).toEqual({ service: { serviceName: 'web' } });
    expect(await invoke('UpdateService', {})).toMatchObject({
      code: 'InvalidParameterException',
      message: 'service can not be blank.',
    });
    expect(await invoke('DescribeServices', { services: ['web'] })).toMatchObject({
      name: 'AwsError',
      code: 'ClusterNotFoundException',
    });
    expect(await invoke('ListClusters', {})).toMatchObject({ code: 'NotImplemented' });
    expect(await invoke('Nonsense', {})).toMatchObject({ message: 'The sandbox has no operation ecs:Nonsense.' });
    expect(inputs[0]).toEqual({ service: 'web' });
    expect(calls.map(({ outcome, latency_ms }) => [outcome, latency_ms])).toEqual([
      ['ok', 8],
      ['InvalidParameterException', 8],
      ['ClusterNotFoundException', 8],
      ['NotImplemented', 8],
    ]);
  });

  test("what the caller does to an answer does not reach the service's state", async () => {
    const state = { clusterArns: ['a'] };
    const { endpoint } = world([recording('ecs', ecs, { ListClusters: () => state }).service]);
    const answer = (await endpoint.invoke('us-west-2', 'ecs', 'ListClusters', {}, ANA)) as typeof state;
    answer.clusterArns.push('b');
    expect(state.clusterArns).toEqual(['a']);
  });
});

test('each call of a service draws other random numbers', async () => {
  const { service } = recording('ecs', ecs, { ListClusters: (_, call) => ({ clusterArns: [call.random.uuid()] }) });
  const { endpoint } = world([service]);
  const draw = () => endpoint.invoke('us-west-2', 'ecs', 'ListClusters', {}, ANA);
  expect(await draw()).not.toEqual(await draw());
});
