import * as kmsSdk from '@aws-sdk/client-kms';
import * as secretsSdk from '@aws-sdk/client-secrets-manager';
import * as stsSdk from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, test } from 'vitest';
import { createKms, type Kms } from '../../../simulator/aws/services/kms.ts';
import { createSecretsManager, type SecretsManager } from '../../../simulator/aws/services/secrets-manager.ts';
import { createSts, type Sts } from '../../../simulator/aws/services/sts.ts';
import { VirtualClock } from '../../../simulator/clock.ts';
import { seeded } from '../../../simulator/random.ts';
import { ANA, clientOptions } from '../wire/sdk-client.ts';
import { START_MS, world } from '../wire/world.ts';

const accountId = '111122223333';
let clock: VirtualClock;
let kms: Kms;
let secrets: SecretsManager;
let sts: Sts;
let lost: Set<string>;
let handle: ReturnType<typeof world>['endpoint']['handle'];

beforeEach(() => {
  clock = new VirtualClock(START_MS);
  lost = new Set();
  const random = seeded('stores');
  kms = createKms({ random, accountId });
  secrets = createSecretsManager({
    clock,
    random,
    accountId,
    environment: { regionServes: (region) => !lost.has(region) },
  });
  sts = createSts({ accountId });
  handle = world([kms.service, secrets.service, sts.service], undefined, clock).endpoint.handle;
});

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no rejection',
    (reason: unknown) => reason,
  );

async function advance(ms: number): Promise<void> {
  const limit_ms = clock.now_ms() + ms;
  clock.after(ms, () => undefined);
  await clock.run({ until: () => clock.now_ms() >= limit_ms, limit_ms });
}

describe('KMS', () => {
  const Message = new Uint8Array([1, 2, 3]);
  const MacAlgorithm = 'HMAC_SHA_256' as const;

  test('verifies the MACs that it made, by id, ARN or alias, and no others', async () => {
    const key = kms.createKey({ region: 'us-west-2', alias: 'muster-ledger', usage: 'GENERATE_VERIFY_MAC' });
    const client = new kmsSdk.KMSClient(clientOptions(handle));
    const { Mac, KeyId } = await client.send(
      new kmsSdk.GenerateMacCommand({ KeyId: 'alias/muster-ledger', Message, MacAlgorithm }),
    );
    expect(KeyId).toBe(key.arn);
    expect(Mac?.length).toBe(32);
    for (const id of [key.keyId, key.arn]) {
      expect(await client.send(new kmsSdk.VerifyMacCommand({ KeyId: id, Message, Mac, MacAlgorithm }))).toMatchObject({
        MacValid: true,
      });
    }
    const other = await rejection(
      client.send(new kmsSdk.VerifyMacCommand({ KeyId: key.keyId, Message: new Uint8Array([4]), Mac, MacAlgorithm })),
    );
    expect(other).toBeInstanceOf(kmsSdk.KMSInvalidMacException);
  });

  test('a multi-Region key makes the same MAC in both regions; another key does not', async () => {
    const { keyId } = kms.createKey({ region: 'us-west-2', usage: 'GENERATE_VERIFY_MAC', replicas: ['us-east-1'] });
    const single = kms.createKey({ region: 'us-west-2', usage: 'GENERATE_VERIFY_MAC' });
    const mac = async (region: string, id: string) => {
      const client = new kmsSdk.KMSClient(clientOptions(handle, region));
      return Buffer.from(
        (await client.send(new kmsSdk.GenerateMacCommand({ KeyId: id, Message, MacAlgorithm }))).Mac ?? [],
      ).toString('hex');
    };
    expect(await mac('us-east-1', keyId)).toBe(await mac('us-west-2', keyId));
    expect(await mac('us-west-2', single.keyId)).not.toBe(await mac('us-west-2', keyId));
    const elsewhere = await rejection(mac('us-east-1', single.keyId));
    expect(elsewhere).toMatchObject({
      name: 'NotFoundException',
      message: `Key 'arn:aws:kms:us-east-1:${accountId}:key/${single.keyId}' does not exist`,
    });
  });

  test('a disabled key, one that is to be deleted and one for encryption refuse', async () => {
    const { keyId, arn } = kms.createKey({ region: 'us-west-2', usage: 'GENERATE_VERIFY_MAC' });
    const client = new kmsSdk.KMSClient(clientOptions(handle));
    const generate = (KeyId: string) =>
      rejection(client.send(new kmsSdk.GenerateMacCommand({ KeyId, Message, MacAlgorithm })));
    kms.setState('us-west-2', keyId, 'Disabled');
    expect(await generate(keyId)).toMatchObject({ name: 'DisabledException', message: `${arn} is disabled.` });
    kms.setState('us-west-2', keyId, 'PendingDeletion');
    expect(await generate(keyId)).toMatchObject({
      name: 'KMSInvalidStateException',
      message: `${arn} is pending deletion.`,
    });
    expect((await client.send(new kmsSdk.DescribeKeyCommand({ KeyId: keyId }))).KeyMetadata).toMatchObject({
      Enabled: false,
      KeySpec: 'HMAC_256',
    });
    const encryption = kms.createKey({ region: 'us-west-2', usage: 'ENCRYPT_DECRYPT' });
    expect(await generate(encryption.keyId)).toMatchObject({ name: 'InvalidKeyUsageException' });
  });

  test('lists aliases in pages', async () => {
    for (const alias of ['c', 'a', 'b']) kms.createKey({ region: 'us-west-2', alias, usage: 'ENCRYPT_DECRYPT' });
    const client = new kmsSdk.KMSClient(clientOptions(handle));
    const first = await client.send(new kmsSdk.ListAliasesCommand({ Limit: 2 }));
    expect([first.Truncated, first.Aliases?.map(({ AliasName }) => AliasName)]).toEqual([true, ['alias/a', 'alias/b']]);
    const second = await client.send(new kmsSdk.ListAliasesCommand({ Marker: first.NextMarker }));
    expect([second.Truncated, second.Aliases?.map(({ AliasName }) => AliasName)]).toEqual([false, ['alias/c']]);
  });
});

describe('Secrets Manager', () => {
  const get = async (region: string, more: Partial<secretsSdk.GetSecretValueCommandInput> = {}) =>
    (
      await new secretsSdk.SecretsManagerClient(clientOptions(handle, region)).send(
        new secretsSdk.GetSecretValueCommand({ SecretId: 'slack', ...more }),
      )
    ).SecretString;

  test('a replica follows its primary, and stays old while its region is lost', async () => {
    secrets.createSecret({ name: 'slack', region: 'us-east-1', value: 'v1', replicas: ['us-west-2'] });
    expect([await get('us-east-1'), await get('us-west-2')]).toEqual(['v1', 'v1']);
    lost.add('us-west-2');
    const home = new secretsSdk.SecretsManagerClient(clientOptions(handle, 'us-east-1'));
    await home.send(new secretsSdk.PutSecretValueCommand({ SecretId: 'slack', SecretString: 'v2' }));
    await advance(30_000);
    expect([await get('us-east-1'), await get('us-west-2')]).toEqual(['v2', 'v1']);
    const during = await home.send(new secretsSdk.DescribeSecretCommand({ SecretId: 'slack' }));
    expect(during.ReplicationStatus).toEqual([{ Region: 'us-west-2', Status: 'InProgress' }]);
    lost.clear();
    await advance(1_000);
    expect(await get('us-west-2')).toBe('v2');
    const after = await new secretsSdk.SecretsManagerClient(clientOptions(handle)).send(
      new secretsSdk.DescribeSecretCommand({ SecretId: 'slack' }),
    );
    expect(after).toMatchObject({
      PrimaryRegion: 'us-east-1',
      ReplicationStatus: [{ Region: 'us-west-2', Status: 'InSync' }],
    });
    expect(await get('us-west-2', { VersionStage: 'AWSPREVIOUS' })).toBe('v1');
  });

  test('a replica cannot be written', async () => {
    secrets.createSecret({ name: 'slack', region: 'us-east-1', value: 'v1', replicas: ['us-west-2'] });
    const client = new secretsSdk.SecretsManagerClient(clientOptions(handle));
    const put = rejection(client.send(new secretsSdk.PutSecretValueCommand({ SecretId: 'slack', SecretString: 'v2' })));
    expect(await put).toMatchObject({ name: 'InvalidRequestException' });
    expect(secrets.valueIn('us-west-2', 'slack')).toBe('v1');
  });

  test('a secret that is not there, and a version that is not, are told apart from a value', async () => {
    expect(await rejection(get('us-west-2'))).toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
    secrets.createSecret({ name: 'slack', region: 'us-west-2', value: 'v1' });
    expect(await rejection(get('us-west-2', { VersionStage: 'AWSPENDING' }))).toMatchObject({
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    });
  });

  test('a creation may be repeated with its token, and is refused with another value', async () => {
    const client = new secretsSdk.SecretsManagerClient(clientOptions(handle));
    const create = (SecretString: string) =>
      client.send(
        new secretsSdk.CreateSecretCommand({
          Name: 'slack',
          SecretString,
          ClientRequestToken: '11111111-1111-4111-a111-111111111111',
        }),
      );
    const first = await create('a');
    expect((await create('a')).ARN).toBe(first.ARN);
    expect(await rejection(create('b'))).toBeInstanceOf(secretsSdk.ResourceExistsException);
    const { SecretList } = await client.send(
      new secretsSdk.ListSecretsCommand({ Filters: [{ Key: 'name', Values: ['sl'] }] }),
    );
    expect(SecretList?.map(({ Name }) => Name)).toEqual(['slack']);
    expect(await get('us-west-2', { SecretId: first.ARN ?? '' })).toBe('a');
  });
});

describe('STS', () => {
  test('says who calls', async () => {
    const person = new stsSdk.STSClient(clientOptions(handle));
    expect(await person.send(new stsSdk.GetCallerIdentityCommand({}))).toMatchObject({
      Account: accountId,
      Arn: `arn:aws:iam::${accountId}:user/ana`,
    });
    const step = new stsSdk.STSClient(clientOptions(handle, 'us-west-2', { ...ANA, name: 'muster-step-verify' }));
    expect((await step.send(new stsSdk.GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:sts::${accountId}:assumed-role/muster-step-verify/muster-step-verify`,
    );
  });

  test('gives a role only to who knows its external id', async () => {
    const { arn } = sts.createRole({ name: 'home', externalId: 'secret' });
    const client = new stsSdk.STSClient(clientOptions(handle));
    const assume = (ExternalId?: string) =>
      client.send(
        new stsSdk.AssumeRoleCommand({
          RoleArn: arn,
          RoleSessionName: 'session',
          ...(ExternalId === undefined ? {} : { ExternalId }),
        }),
      );
    expect(await rejection(assume())).toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
    const { Credentials } = await assume('secret');
    expect(Credentials?.Expiration).toEqual(new Date(START_MS + 3_600_000));
    const again = await assume('secret');
    expect(again.Credentials?.AccessKeyId).not.toBe(Credentials?.AccessKeyId);
  });
});
