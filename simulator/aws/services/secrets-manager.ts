import * as schemas from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../../clock.ts';
import type { Environment } from '../../environment.ts';
import type { Random } from '../../random.ts';
import { AwsError, type Call, type Operation, type Service } from '../service.ts';
import { copyTo, describe, newSecret, type Secret, type Stored, stage, versionOf } from './secrets-manager/secret.ts';

interface SecretsManagerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  /** While a region does not serve, nothing is replicated out of it or into it. */
  readonly environment?: Pick<Environment, 'regionServes'>;
}

interface SecretSpec {
  readonly name: string;
  readonly region: string;
  readonly value: string;
  readonly description?: string;
  readonly kmsKeyId?: string;
  readonly replicas?: readonly string[];
}

export interface SecretsManager {
  readonly service: Service;
  /** The replicas hold the value at once. */
  createSecret(spec: SecretSpec): { readonly arn: string };
  /** What DescribeSecret says of a replica; `Failed` and `InProgress` also stop its replication. */
  setReplicaStatus(name: string, region: string, status: schemas.StatusType, message?: string): void;
  /** The current value in a region. */
  valueIn(region: string, name: string): string | undefined;
}

const REPLICATION_LAG_MS = 2_000;
const REPLICATION_RETRY_MS = 1_000;
const MAX_SECRET_BYTES = 65_536;

export function createSecretsManager(options: SecretsManagerOptions): SecretsManager {
  const { clock } = options;
  const random = options.random.split('secrets-manager');
  const secrets = new Map<string, Secret>();

  const find = (id: string | undefined, region: string): Secret | undefined => {
    const text = id ?? '';
    return Array.from(secrets.values()).find(
      (secret) =>
        secret.region === region && (secret.name === text || secret.arn === text || secret.arn.slice(0, -7) === text),
    );
  };
  const secretOf = (id: string | undefined, call: Call): Secret => {
    const secret = find(id, call.region);
    if (secret === undefined) throw notFound("Secrets Manager can't find the specified secret.");
    return secret;
  };

  const replicate = (primary: Secret, region: string): void => {
    const replica = find(primary.name, region);
    const served =
      options.environment === undefined ||
      [primary.region, region].every((each) => options.environment?.regionServes(each));
    const status = primary.replicas.get(region);
    if (replica === undefined || status === undefined) return;
    if (served && status.status !== 'Failed') {
      copyTo(primary, replica);
      primary.replicas.set(region, { status: 'InSync' });
    } else {
      clock.after(REPLICATION_RETRY_MS, () => replicate(primary, region));
    }
  };
  const changed = (secret: Secret): void => {
    for (const [region, { status }] of secret.replicas) {
      if (status === 'InSync') secret.replicas.set(region, { status: 'InProgress' });
      clock.after(REPLICATION_LAG_MS, () => replicate(secret, region));
    }
  };

  const create = (spec: SecretSpec, stored: Omit<Stored, 'created_ms'>, suffix: string): Secret => {
    const regions = [spec.region, ...(spec.replicas ?? [])];
    const [primary, ...copies] = regions.map((region) =>
      newSecret({ ...spec, region }, options.accountId, suffix, clock.now_ms(), spec.region),
    );
    if (primary === undefined) throw new Error('A secret has a region.');
    stage(primary, { ...stored, created_ms: clock.now_ms() }, ['AWSCURRENT']);
    secrets.set(`${spec.region}/${spec.name}`, primary);
    for (const copy of copies) {
      copyTo(primary, copy);
      secrets.set(`${copy.region}/${copy.name}`, copy);
      primary.replicas.set(copy.region, { status: 'InSync' });
    }
    return primary;
  };

  const createOperation = (input: schemas.CreateSecretCommandInput, call: Call): object => {
    const { Name: name = '', ClientRequestToken: token = random.uuid() } = input;
    const stored = contentOf(input, token);
    if (stored === undefined)
      throw new AwsError('NotImplemented', 'The sandbox does not simulate a secret without a value.');
    const known = find(name, call.region);
    if (known !== undefined) {
      const same = known.versions.get(token);
      if (same === undefined || !sameContent(same, stored))
        throw new AwsError(
          'ResourceExistsException',
          `The operation failed because the secret ${name} already exists.`,
        );
      return { ARN: known.arn, Name: known.name, VersionId: token };
    }
    const spec = { name, region: call.region, value: '', ...optional(input) };
    const secret = create(
      { ...spec, replicas: (input.AddReplicaRegions ?? []).flatMap(({ Region }) => Region ?? []) },
      stored,
      random.hex(6),
    );
    return { ARN: secret.arn, Name: name, VersionId: token };
  };

  const putValue = (input: schemas.PutSecretValueCommandInput, call: Call): object => {
    const secret = secretOf(input.SecretId, call);
    refuseReplica(secret);
    const { ClientRequestToken: token = random.uuid(), VersionStages: stages = ['AWSCURRENT'] } = input;
    const stored = contentOf(input, token);
    if (stored === undefined)
      throw new AwsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
    const known = secret.versions.get(token);
    if (known !== undefined && !sameContent(known, stored)) {
      throw new AwsError(
        'ResourceExistsException',
        `You can't modify an existing version, you can only create a new version. VersionId ${token}`,
      );
    }
    stage(secret, { ...stored, created_ms: known?.created_ms ?? clock.now_ms() }, stages);
    secret.changed_ms = clock.now_ms();
    changed(secret);
    return { ARN: secret.arn, Name: secret.name, VersionId: token, VersionStages: stages };
  };

  const operations: Record<string, Operation> = {
    CreateSecret: createOperation,
    PutSecretValue: putValue,
    GetSecretValue: (input: schemas.GetSecretValueCommandInput, call) => {
      const secret = secretOf(input.SecretId, call);
      const { version, stages } = versionOf(secret, input.VersionId, input.VersionStage);
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        VersionStages: stages,
        CreatedDate: new Date(version.created_ms),
        ...(version.text === undefined ? { SecretBinary: version.bytes } : { SecretString: version.text }),
      };
    },
    DescribeSecret: (input: schemas.DescribeSecretCommandInput, call) => describe(secretOf(input.SecretId, call), find),
    ListSecrets: (input: schemas.ListSecretsCommandInput, call) =>
      listSecrets(Array.from(secrets.values()), input, call, find),
  };

  return {
    service: { id: 'secrets-manager', schemas, operations },
    createSecret: (spec) => ({
      arn: create(spec, { id: random.uuid(), text: spec.value, bytes: undefined }, random.hex(6)).arn,
    }),
    setReplicaStatus: (name, region, status, message) => {
      const primary = Array.from(secrets.values()).find(
        (secret) => secret.name === name && secret.replicas.has(region),
      );
      if (primary === undefined) throw new Error(`Secret ${name} has no replica in ${region}.`);
      primary.replicas.set(region, message === undefined ? { status } : { status, message });
    },
    valueIn: (region, name) => {
      const secret = find(name, region);
      return secret === undefined ? undefined : versionOf(secret, undefined, undefined).version.text;
    },
  };
}

function listSecrets(
  all: readonly Secret[],
  input: schemas.ListSecretsCommandInput,
  call: Call,
  find: (id: string, region: string) => Secret | undefined,
): object {
  if (input.Filters?.some(({ Key }) => Key !== 'name'))
    throw new AwsError('NotImplemented', 'The sandbox filters secrets by name only.');
  const prefixes = input.Filters?.flatMap(({ Values }) => Values ?? []) ?? [];
  const mine = all
    .filter(
      ({ region, name }) =>
        region === call.region && (prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix))),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const from = input.NextToken === undefined ? 0 : Number(input.NextToken);
  if (!Number.isInteger(from))
    throw new AwsError('InvalidNextTokenException', 'You can only use a next token that Secrets Manager returned.');
  const shown = mine.slice(from, from + (input.MaxResults ?? 100));
  const next = from + shown.length;
  // A list entry has another member for its versions, and no replicas.
  const SecretList = shown.map((secret) => {
    const { VersionIdsToStages, ReplicationStatus: _, ...entry } = describe(secret, find);
    return { ...entry, SecretVersionsToStages: VersionIdsToStages };
  });
  return { SecretList, ...(next < mine.length ? { NextToken: String(next) } : {}) };
}

function contentOf(
  input: { SecretString?: string | undefined; SecretBinary?: Uint8Array | undefined },
  id: string,
): Omit<Stored, 'created_ms'> | undefined {
  const { SecretString: text, SecretBinary: bytes } = input;
  if (text !== undefined && bytes !== undefined)
    throw new AwsError(
      'InvalidParameterException',
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  if (text === undefined && bytes === undefined) return undefined;
  if ((bytes?.length ?? Buffer.byteLength(text ?? '')) > MAX_SECRET_BYTES) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to ${MAX_SECRET_BYTES}`,
    );
  }
  return { id, text, bytes };
}

function sameContent(a: Pick<Stored, 'text' | 'bytes'>, b: Pick<Stored, 'text' | 'bytes'>): boolean {
  return a.text === b.text && Buffer.compare(a.bytes ?? new Uint8Array(), b.bytes ?? new Uint8Array()) === 0;
}

function optional(input: schemas.CreateSecretCommandInput): Pick<SecretSpec, 'description' | 'kmsKeyId'> {
  return {
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.KmsKeyId === undefined ? {} : { kmsKeyId: input.KmsKeyId }),
  };
}

function refuseReplica(secret: Secret): void {
  if (secret.primaryRegion === secret.region) return;
  throw new AwsError(
    'InvalidRequestException',
    `Operation not permitted on a replica secret. Call must be made in primary secret's region.`,
  );
}

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}
