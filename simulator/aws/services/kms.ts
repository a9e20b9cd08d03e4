import { createHmac, timingSafeEqual } from 'node:crypto';
import * as schemas from '@aws-sdk/client-kms';
import type { Random } from '../../random.ts';
import { AwsError, type Call, type Operation, type Service } from '../service.ts';

interface KmsOptions {
  readonly random: Random;
  readonly accountId: string;
}

export interface KeySpec {
  readonly region: string;
  /** A generated id unless told; `mrk-` in front makes a multi-Region key. */
  readonly keyId?: string;
  /** With or without the `alias/` in front. */
  readonly alias?: string;
  readonly usage: 'GENERATE_VERIFY_MAC' | 'ENCRYPT_DECRYPT';
  readonly state?: schemas.KeyState;
  /** Other regions that hold the same key material under the same `mrk-` id. */
  readonly replicas?: readonly string[];
}

interface KmsHandle {
  readonly keyId: string;
  readonly arn: string;
}

export interface Kms {
  readonly service: Service;
  createKey(spec: KeySpec): KmsHandle;
  setState(region: string, keyId: string, state: schemas.KeyState): void;
}

interface Key {
  readonly id: string;
  readonly arn: string;
  readonly region: string;
  readonly usage: KeySpec['usage'];
  readonly material: Uint8Array;
  /** The primary region first; with one region only it is not a multi-Region key. */
  readonly regions: readonly string[];
  state: schemas.KeyState;
}

const MAX_MESSAGE_BYTES = 4096;

/** HMAC keys as https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html has them; nothing is encrypted here. */
export function createKms(options: KmsOptions): Kms {
  const keys = new Map<string, Key>();
  const aliases = new Map<string, string>();
  const random = options.random.split('kms');

  const keyOf = (given: string | undefined, call: Call): Key => {
    const id = given ?? '';
    const prefix = `arn:aws:kms:${call.region}:${options.accountId}:`;
    const local = id.startsWith(prefix) ? id.slice(prefix.length) : id;
    const alias = local.startsWith('alias/');
    const target = alias ? aliases.get(`${call.region}/${local}`) : local.replace(/^key\//, '');
    const key = local.startsWith('arn:') ? undefined : keys.get(`${call.region}/${target}`);
    if (key !== undefined) return key;
    const message = alias
      ? `Alias ${prefix}${local} is not found.`
      : `Key '${local.startsWith('arn:') ? local : `${prefix}key/${target}`}' does not exist`;
    throw new AwsError('NotFoundException', message);
  };

  const mac = (
    input: { KeyId?: string | undefined; Message?: Uint8Array | undefined; MacAlgorithm?: string | undefined },
    call: Call,
  ) => {
    const key = keyOf(input.KeyId, call);
    checkUsable(key);
    const { Message: message = new Uint8Array(), MacAlgorithm: algorithm } = input;
    if (message.length < 1 || message.length > MAX_MESSAGE_BYTES) {
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length between 1 and ${MAX_MESSAGE_BYTES}`,
      );
    }
    if (algorithm !== 'HMAC_SHA_256') {
      throw new AwsError('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec HMAC_256.`);
    }
    return { key, sum: new Uint8Array(createHmac('sha256', key.material).update(message).digest()) };
  };

  const operations: Record<string, Operation> = {
    GenerateMac: (input: schemas.GenerateMacCommandInput, call) => {
      refuseDryRun(input);
      const { key, sum } = mac(input, call);
      return { Mac: sum, MacAlgorithm: input.MacAlgorithm, KeyId: key.arn };
    },
    VerifyMac: (input: schemas.VerifyMacCommandInput, call) => {
      refuseDryRun(input);
      const { key, sum } = mac(input, call);
      const given = input.Mac ?? new Uint8Array();
      if (given.length !== sum.length || !timingSafeEqual(given, sum)) throw new AwsError('KMSInvalidMacException', '');
      return { MacValid: true, MacAlgorithm: input.MacAlgorithm, KeyId: key.arn };
    },
    DescribeKey: (input: schemas.DescribeKeyCommandInput, call) => ({
      KeyMetadata: describe(keyOf(input.KeyId, call), options.accountId, keys),
    }),
    ListAliases: (input: schemas.ListAliasesCommandInput, call) => {
      const only = input.KeyId === undefined ? undefined : keyOf(input.KeyId, call).id;
      const all = Array.from(aliases)
        .filter(([name, id]) => name.startsWith(`${call.region}/`) && (only === undefined || id === only))
        .map(([name, id]) => ({ name: name.slice(call.region.length + 1), id }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const from = input.Marker === undefined ? 0 : all.findIndex(({ name }) => name === input.Marker);
      if (from < 0) throw new AwsError('InvalidMarkerException', `Could not deserialize marker '${input.Marker}'`);
      const shown = all.slice(from, from + (input.Limit ?? 50));
      const next = all[from + shown.length];
      const Aliases = shown.map(({ name, id }) => ({
        AliasName: name,
        AliasArn: `arn:aws:kms:${call.region}:${options.accountId}:${name}`,
        TargetKeyId: id,
      }));
      return { Aliases, Truncated: next !== undefined, ...(next === undefined ? {} : { NextMarker: next.name }) };
    },
  };

  const createKey = (spec: KeySpec): KmsHandle => {
    const id = spec.keyId ?? (spec.replicas === undefined ? random.uuid() : `mrk-${random.hex(32)}`);
    if (spec.replicas !== undefined && !id.startsWith('mrk-'))
      throw new Error(`Key ${id} cannot have replicas: its id must begin with mrk-.`);
    const material = random.bytes(32);
    const regions = [spec.region, ...(spec.replicas ?? [])];
    for (const region of regions) {
      const arn = `arn:aws:kms:${region}:${options.accountId}:key/${id}`;
      keys.set(`${region}/${id}`, {
        id,
        arn,
        region,
        usage: spec.usage,
        material,
        regions,
        state: spec.state ?? 'Enabled',
      });
      if (spec.alias !== undefined) aliases.set(`${region}/alias/${spec.alias.replace(/^alias\//, '')}`, id);
    }
    return { keyId: id, arn: `arn:aws:kms:${spec.region}:${options.accountId}:key/${id}` };
  };

  const setState = (region: string, keyId: string, state: schemas.KeyState): void => {
    const key = keys.get(`${region}/${keyId}`);
    if (key === undefined) throw new Error(`There is no key ${keyId} in ${region}.`);
    key.state = state;
  };

  return { service: { id: 'kms', schemas, operations }, createKey, setState };
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
function checkUsable(key: Key): void {
  if (key.state === 'Disabled') throw new AwsError('DisabledException', `${key.arn} is disabled.`);
  if (key.state !== 'Enabled') {
    const words = key.state.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
    throw new AwsError('KMSInvalidStateException', `${key.arn} is ${words}.`);
  }
  if (key.usage !== 'GENERATE_VERIFY_MAC') {
    throw new AwsError(
      'InvalidKeyUsageException',
      `${key.arn} key usage is ${key.usage} which is not valid for this operation.`,
    );
  }
}

function refuseDryRun(input: { DryRun?: boolean | undefined; GrantTokens?: string[] | undefined }): void {
  if (input.DryRun === true) throw new AwsError('NotImplemented', "The sandbox does not simulate KMS's DryRun.");
}

function describe(key: Key, accountId: string, keys: ReadonlyMap<string, Key>): schemas.KeyMetadata {
  const hmac = key.usage === 'GENERATE_VERIFY_MAC';
  const [primary, ...replicas] = key.regions;
  const at = (region: string | undefined) => ({
    Arn: keys.get(`${region}/${key.id}`)?.arn ?? '',
    Region: region ?? '',
  });
  return {
    AWSAccountId: accountId,
    KeyId: key.id,
    Arn: key.arn,
    Enabled: key.state === 'Enabled',
    KeyState: key.state,
    KeyUsage: key.usage,
    KeySpec: hmac ? 'HMAC_256' : 'SYMMETRIC_DEFAULT',
    KeyManager: 'CUSTOMER',
    Origin: 'AWS_KMS',
    Description: '',
    ...(hmac ? { MacAlgorithms: ['HMAC_SHA_256'] } : { EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] }),
    MultiRegion: key.id.startsWith('mrk-'),
    ...(key.id.startsWith('mrk-')
      ? {
          MultiRegionConfiguration: {
            MultiRegionKeyType: key.region === primary ? 'PRIMARY' : 'REPLICA',
            PrimaryKey: at(primary),
            ReplicaKeys: replicas.map(at),
          },
        }
      : {}),
  };
}
