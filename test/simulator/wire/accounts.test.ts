import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { HeadBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, type Credentials, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, test } from 'vitest';
import { createEndpoint, type Endpoint } from '../../../simulator/aws/endpoint.ts';
import type { CallRecord } from '../../../simulator/aws/faults.ts';
import { Identities } from '../../../simulator/aws/identities.ts';
import type { Service } from '../../../simulator/aws/service.ts';
import { createCloudWatch } from '../../../simulator/aws/services/cloudwatch/cloudwatch.ts';
import { createEcs } from '../../../simulator/aws/services/ecs/ecs.ts';
import { createElb } from '../../../simulator/aws/services/elastic-load-balancing-v2/elastic-load-balancing-v2.ts';
import { createRds } from '../../../simulator/aws/services/rds/rds.ts';
import { createS3 } from '../../../simulator/aws/services/s3/s3.ts';
import { createSts } from '../../../simulator/aws/services/sts.ts';
import { VirtualClock } from '../../../simulator/clock.ts';
import { createEnvironment } from '../../../simulator/environment.ts';
import { seeded } from '../../../simulator/random.ts';
import { clientOptions } from './sdk-client.ts';
import { START_MS } from './world.ts';

const OWN = '111122223333';
const OTHER = '222233334444';
const STEP = { name: 'muster-step-verify', region: 'us-west-2' };
const ROLE = {
  accountId: OTHER,
  name: 'muster-step-verify-us-west-2',
  trusts: `arn:aws:iam::${OWN}:role/muster-step-verify-us-west-2`,
  externalId: 'shop-7f3a',
};
const ARN = `arn:aws:iam::${OTHER}:role/${ROLE.name}`;

let clock: VirtualClock;
let identities: Identities;
let endpoint: Endpoint;
let calls: CallRecord[];

/** Two accounts with a cluster of the same name in each, and a bucket in the other. */
beforeEach(() => {
  clock = new VirtualClock(START_MS);
  identities = new Identities();
  identities.createRole(ROLE);
  calls = [];
  const environment = createEnvironment(seeded('nature'));
  const open = (accountId: string): readonly Service[] => {
    const base = { clock, random: seeded(accountId), environment, accountId, identities };
    const ecs = createEcs({ ...base, targets: createElb(base) });
    ecs.seedCluster('us-west-2', 'shop');
    const s3 = createS3({ ...base, onChange: () => undefined });
    if (accountId === OTHER) s3.seedBucket({ name: 'flags', region: 'us-west-2' });
    return [ecs, s3, createRds({ ...base, metrics: createCloudWatch(base) }), createSts(base)].map(
      (one) => one.service,
    );
  };
  endpoint = createEndpoint({
    services: open(OWN),
    others: new Map([[OTHER, open(OTHER)]]),
    identities: { known: identities, isFunction: (key) => key === 'ASIAFUNCTION' },
    clock,
    random: seeded('accounts'),
    accountId: OWN,
    onCall: (record) => calls.push(record),
  });
});

const options = (keys: Partial<Credentials> = {}, caller = STEP) => ({
  ...clientOptions(endpoint.handle, 'us-west-2', caller),
  credentials: {
    accessKeyId: keys.AccessKeyId ?? 'ASIAFUNCTION',
    secretAccessKey: keys.SecretAccessKey ?? 'any',
    ...(keys.SessionToken === undefined ? {} : { sessionToken: keys.SessionToken }),
  },
});
const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no refusal',
    (reason) => reason,
  );
const assume = async (changes: object = {}, caller = STEP): Promise<Credentials> => {
  const input = { RoleArn: ARN, RoleSessionName: STEP.name, ExternalId: ROLE.externalId, ...changes };
  const { Credentials: given } = await new STSClient(options({}, caller)).send(new AssumeRoleCommand(input));
  if (given === undefined) throw new Error('STS gave no credentials');
  return given;
};

describe('a role in another account', () => {
  test('is assumed by the function that it trusts, with the external id, and then is the caller', async () => {
    const keys = await assume();
    expect(await new STSClient(options(keys)).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: OTHER,
      Arn: `arn:aws:sts::${OTHER}:assumed-role/${ROLE.name}/${STEP.name}`,
    });
    expect(calls.at(-1)?.caller).toEqual({
      ...STEP,
      role: { accountId: OTHER, name: ROLE.name, session: STEP.name },
    });
  });

  test.each<[string, object, typeof STEP]>([
    ['another function', {}, { ...STEP, name: 'muster-step-close' }],
    ['the same function in another region', {}, { ...STEP, region: 'eu-west-1' }],
    ['another external id', { ExternalId: 'shop' }, STEP],
    ['no external id', { ExternalId: undefined }, STEP],
    ['a role that is not there', { RoleArn: `${ARN}x` }, STEP],
  ])('refuses %s', async (_, changes, caller) => {
    expect(await refusal(assume(changes, caller))).toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
  });

  test.each([{ RoleSessionName: 'with space' }, { RoleSessionName: 'x' }, { ExternalId: 'a b' }])(
    'STS does not take %o',
    async (changes) => {
      expect(await refusal(assume(changes))).toMatchObject({ name: 'ValidationError' });
    },
  );
});

describe('what an account has', () => {
  test('is seen with its credentials, and not with another’s', async () => {
    const keys = await assume();
    const head = (given?: Credentials) =>
      new S3Client(options(given)).send(new ListObjectsV2Command({ Bucket: 'flags' }));
    expect(await head(keys)).toMatchObject({ KeyCount: 0 });
    expect(await refusal(head())).toMatchObject({ name: 'NoSuchBucket' });
  });

  test('has its own ARNs', async () => {
    const keys = await assume();
    const failures = async (given?: Credentials) => {
      const command = new DescribeServicesCommand({ cluster: 'shop', services: ['web'] });
      return (await new ECSClient(options(given)).send(command)).failures?.[0]?.arn;
    };
    expect(await failures(keys)).toContain(OTHER);
    expect(await failures()).toContain(OWN);
  });
});

describe('temporary keys', () => {
  const asked = (keys: Partial<Credentials>) => ({
    ecs: refusal(new ECSClient(options(keys)).send(new DescribeServicesCommand({ services: ['web'] }))),
    rds: refusal(new RDSClient(options(keys)).send(new DescribeDBClustersCommand({}))),
    s3: refusal(new S3Client(options(keys)).send(new HeadBucketCommand({ Bucket: 'flags' }))),
  });

  test('are valid for an hour, then every service says that they have expired', async () => {
    const keys = await assume();
    expect(keys.Expiration?.getTime()).toBe(START_MS + 3_600_000);
    const pass = (ms: number) => {
      clock.after(ms, () => undefined);
      const until = clock.now_ms() + ms;
      return clock.run({ until: () => clock.now_ms() >= until, limit_ms: until });
    };
    await pass(3_599_000);
    expect(await asked(keys).rds).toBe('no refusal');
    await pass(1_000);
    const { ecs, rds, s3 } = asked(keys);
    expect(await ecs).toMatchObject({ name: 'ExpiredTokenException' });
    expect(await rds).toMatchObject({ name: 'ExpiredToken' });
    expect(await s3).toMatchObject({ $metadata: { httpStatusCode: 403 } });
    expect(calls.slice(-3).map((call) => [call.action, call.outcome])).toContainEqual([
      'DescribeDBClusters',
      'ExpiredToken',
    ]);
  });

  test.each([
    ['that nobody gave', async () => ({ AccessKeyId: 'ASIANOBODY', SessionToken: 'x' })],
    ['with another session’s token', async () => ({ ...(await assume()), SessionToken: 'x' })],
  ])('%s are unknown to every service', async (_, given) => {
    const { ecs, rds, s3 } = asked(await given());
    expect(await ecs).toMatchObject({ name: 'UnrecognizedClientException' });
    expect(await rds).toMatchObject({ name: 'InvalidClientTokenId' });
    expect(await s3).toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});
