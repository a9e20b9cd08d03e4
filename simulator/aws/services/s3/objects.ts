import type * as S3 from '@aws-sdk/client-s3';
import type { Clock } from '../../../clock.ts';
import type { Random } from '../../../random.ts';
import { AwsError, type Call, type Operation } from '../../service.ts';
import {
  add,
  type Bucket,
  type BucketChange,
  bucketFor,
  current,
  etagOf,
  latest,
  type Retention,
  remove,
  sameTag,
  type Version,
} from './buckets.ts';

type Output<T> = Omit<T, '$metadata'>;
/** The codec reads and writes whole bodies; the SDK's stream types are for its clients. */
type GetOutput = Omit<S3.GetObjectCommandOutput, '$metadata' | 'Body'> & { readonly Body: Uint8Array };
type PutInput = Omit<S3.PutObjectRequest, 'Body'> & { readonly Body?: unknown };

export interface Store {
  readonly buckets: Map<string, Bucket>;
  readonly clock: Clock;
  readonly random: Random;
  readonly onChange: (change: BucketChange) => void;
}

export function objectOperations(store: Store) {
  return {
    PutObject: (input: PutInput, call: Call): Output<S3.PutObjectCommandOutput> => {
      const bucket = bucketFor(store.buckets, input.Bucket, call);
      checkWrite(bucket, input);
      const version = put(store, bucket, input);
      return { ETag: version.etag, ...versionId(version) };
    },
    GetObject: (input: S3.GetObjectRequest, call: Call): GetOutput => {
      if (input.Range !== undefined) throw new AwsError('NotImplemented', 'The sandbox does not simulate ranges.');
      const version = read(bucketFor(store.buckets, input.Bucket, call), input);
      return { ...describe(version), Body: version.body };
    },
    HeadObject: (input: S3.HeadObjectRequest, call: Call): Output<S3.HeadObjectCommandOutput> =>
      // An answer to HEAD has no body, so no code: the SDK calls every 404 of it NotFound.
      describe(read(bucketFor(store.buckets, input.Bucket, call), input)),
    DeleteObject: (input: S3.DeleteObjectRequest, call: Call): Output<S3.DeleteObjectCommandOutput> => {
      const bucket = bucketFor(store.buckets, input.Bucket, call);
      return input.VersionId === undefined ? deleteKey(store, bucket, input) : deleteVersion(store, bucket, input);
    },
    GetObjectRetention: (
      input: S3.GetObjectRetentionRequest,
      call: Call,
    ): Output<S3.GetObjectRetentionCommandOutput> => {
      const bucket = bucketFor(store.buckets, input.Bucket, call);
      if (bucket.objectLock === undefined) {
        throw new AwsError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
      }
      const { retention } = find(bucket, input);
      if (retention === undefined) {
        throw new AwsError(
          'NoSuchObjectLockConfiguration',
          'The specified object does not have a ObjectLock configuration',
        );
      }
      return { Retention: { Mode: retention.mode, RetainUntilDate: new Date(retention.until_ms) } };
    },
  } satisfies Record<string, Operation>;
}

interface Which {
  readonly Key: string | undefined;
  readonly VersionId?: string | undefined;
}

function find(bucket: Bucket, { Key = '', VersionId }: Which): Version & { body: Uint8Array } {
  const version =
    VersionId === undefined
      ? latest(bucket, Key)
      : bucket.objects.get(Key)?.find((candidate) => candidate.id === VersionId);
  if (version === undefined && VersionId !== undefined) {
    throw new AwsError('NoSuchVersion', 'The specified version does not exist.', { Key, VersionId });
  }
  if (version !== undefined && version.body === undefined && VersionId !== undefined) {
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.');
  }
  if (version?.body === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.', { Key });
  return { ...version, body: version.body };
}

interface Conditional extends Which {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
}

const FAILED = 'At least one of the pre-conditions you specified did not hold';

function read(bucket: Bucket, input: Conditional): Version & { body: Uint8Array } {
  const version = find(bucket, input);
  if (input.IfMatch !== undefined && !sameTag(input.IfMatch, version.etag)) {
    throw new AwsError('PreconditionFailed', FAILED, { Condition: 'If-Match' });
  }
  if (input.IfNoneMatch !== undefined && sameTag(input.IfNoneMatch, version.etag)) {
    throw new AwsError('NotModified', 'Not Modified');
  }
  return version;
}

function describe(version: Version & { readonly body: Uint8Array }) {
  const { retention } = version;
  return {
    ETag: version.etag,
    ContentLength: version.body.byteLength,
    ContentType: version.contentType,
    LastModified: new Date(Math.floor(version.modified_ms / 1000) * 1000),
    Metadata: { ...version.metadata },
    ...versionId(version),
    ...(retention === undefined
      ? {}
      : { ObjectLockMode: retention.mode, ObjectLockRetainUntilDate: new Date(retention.until_ms) }),
  };
}

function versionId(version: Version): { VersionId?: string } {
  return version.id === 'null' ? {} : { VersionId: version.id };
}

/** Conditional writes (User Guide, "Preventing object overwrites with conditional requests"). */
function checkWrite(bucket: Bucket, input: PutInput): void {
  const existing = current(bucket, input.Key ?? '');
  if (input.IfNoneMatch !== undefined && input.IfNoneMatch !== '*') {
    throw new AwsError('NotImplemented', 'A header you provided implies functionality that is not implemented');
  }
  if (input.IfNoneMatch === '*' && existing !== undefined) {
    throw new AwsError('PreconditionFailed', FAILED, { Condition: 'If-None-Match' });
  }
  if (input.IfMatch !== undefined && existing === undefined) {
    throw new AwsError('NoSuchKey', 'The specified key does not exist.', { Key: input.Key });
  }
  if (input.IfMatch !== undefined && existing !== undefined && !sameTag(input.IfMatch, existing.etag)) {
    throw new AwsError('PreconditionFailed', FAILED, { Condition: 'If-Match' });
  }
  if (input.ObjectLockLegalHoldStatus !== undefined) {
    throw new AwsError('NotImplemented', 'The sandbox does not simulate legal holds.');
  }
}

function put(store: Store, bucket: Bucket, input: PutInput): Version {
  const body = bytesOf(input.Body);
  const now_ms = store.clock.now_ms();
  const version: Version = {
    key: input.Key ?? '',
    id: bucket.versioning === 'Enabled' ? store.random.hex(32) : 'null',
    body,
    etag: etagOf(body),
    contentType: input.ContentType ?? 'application/octet-stream',
    metadata: { ...input.Metadata },
    modified_ms: now_ms,
    retention: retentionOf(bucket, input, now_ms),
  };
  add(bucket, version);
  store.onChange({ bucket: bucket.name, region: bucket.region, key: version.key, kind: 'put', at_ms: now_ms });
  return version;
}

function bytesOf(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array();
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return Uint8Array.from(body);
  throw new AwsError('NotImplemented', 'The sandbox reads bodies that are bytes or text.');
}

function retentionOf(bucket: Bucket, input: PutInput, now_ms: number): Retention | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = input;
  if ((mode === undefined) !== (until === undefined)) {
    throw new AwsError(
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    );
  }
  if (mode !== undefined && until !== undefined) {
    if (bucket.objectLock === undefined) {
      throw new AwsError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
    }
    if (until.getTime() <= now_ms) {
      throw new AwsError('InvalidArgument', 'The retain until date must be in the future!');
    }
    return { mode, until_ms: until.getTime() };
  }
  if (bucket.objectLock === undefined || bucket.objectLock === 'no-default') return undefined;
  return { mode: bucket.objectLock.mode, until_ms: now_ms + bucket.objectLock.days * 86_400_000 };
}

/** Without a version: a delete marker where versions are kept. Deleting what is not there succeeds. */
function deleteKey(store: Store, bucket: Bucket, input: S3.DeleteObjectRequest): Output<S3.DeleteObjectCommandOutput> {
  const key = input.Key ?? '';
  const existed = current(bucket, key) !== undefined;
  const now_ms = store.clock.now_ms();
  const told = () => {
    if (existed) store.onChange({ bucket: bucket.name, region: bucket.region, key, kind: 'delete', at_ms: now_ms });
  };
  if (bucket.versioning === undefined) {
    const only = latest(bucket, key);
    if (only !== undefined) remove(bucket, only);
    told();
    return {};
  }
  const marker: Version = {
    key,
    id: bucket.versioning === 'Enabled' ? store.random.hex(32) : 'null',
    body: undefined,
    etag: '',
    contentType: '',
    metadata: {},
    modified_ms: now_ms,
    retention: undefined,
  };
  add(bucket, marker);
  told();
  return { DeleteMarker: true, ...versionId(marker) };
}

function deleteVersion(
  store: Store,
  bucket: Bucket,
  input: S3.DeleteObjectRequest,
): Output<S3.DeleteObjectCommandOutput> {
  const key = input.Key ?? '';
  const now_ms = store.clock.now_ms();
  const version = bucket.objects.get(key)?.find((candidate) => candidate.id === input.VersionId);
  if (version === undefined) return { VersionId: input.VersionId };
  const { retention } = version;
  const locked = retention !== undefined && retention.until_ms > now_ms;
  const bypassed = retention?.mode === 'GOVERNANCE' && input.BypassGovernanceRetention === true;
  if (locked && !bypassed) {
    throw new AwsError('AccessDenied', 'Access Denied because object protected by object lock.');
  }
  const before = current(bucket, key);
  remove(bucket, version);
  const after = current(bucket, key);
  if (before?.id !== after?.id) {
    const kind = after === undefined ? 'delete' : 'put';
    store.onChange({ bucket: bucket.name, region: bucket.region, key, kind, at_ms: now_ms });
  }
  return { VersionId: version.id, ...(version.body === undefined ? { DeleteMarker: true } : {}) };
}
