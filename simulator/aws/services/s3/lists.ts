import type * as S3 from '@aws-sdk/client-s3';
import { AwsError, type Call, type Operation } from '../../service.ts';
import { type Bucket, bucketFor, current, sortedKeys, type Version } from './buckets.ts';
import type { Store } from './objects.ts';

type Output<T> = Omit<T, '$metadata'>;

export function listOperations(store: Pick<Store, 'buckets'>) {
  return {
    ListBuckets: (input: S3.ListBucketsRequest): Output<S3.ListBucketsCommandOutput> =>
      listBuckets([...store.buckets.values()], input),
    ListObjectsV2: (input: S3.ListObjectsV2Request, call: Call): Output<S3.ListObjectsV2CommandOutput> =>
      listObjects(bucketFor(store.buckets, input.Bucket, call), input),
    ListObjectVersions: (input: S3.ListObjectVersionsRequest, call: Call): Output<S3.ListObjectVersionsCommandOutput> =>
      listVersions(bucketFor(store.buckets, input.Bucket, call), input),
    HeadBucket: (input: S3.HeadBucketRequest, call: Call): Output<S3.HeadBucketCommandOutput> => {
      const bucket = bucketFor(store.buckets, input.Bucket, call);
      return { BucketRegion: bucket.region };
    },
    GetBucketVersioning: (
      input: S3.GetBucketVersioningRequest,
      call: Call,
    ): Output<S3.GetBucketVersioningCommandOutput> => {
      const { versioning } = bucketFor(store.buckets, input.Bucket, call);
      return versioning === undefined ? {} : { Status: versioning };
    },
    GetBucketLocation: (input: S3.GetBucketLocationRequest, call: Call): Output<S3.GetBucketLocationCommandOutput> => {
      const { region } = bucketFor(store.buckets, input.Bucket, call);
      // "Buckets in Region us-east-1 have a LocationConstraint of null" (API reference, GetBucketLocation).
      return region === 'us-east-1' ? {} : { LocationConstraint: region as S3.BucketLocationConstraint };
    },
    GetBucketReplication: (
      input: S3.GetBucketReplicationRequest,
      call: Call,
    ): Output<S3.GetBucketReplicationCommandOutput> => {
      const { replication } = bucketFor(store.buckets, input.Bucket, call);
      if (replication !== undefined) return { ReplicationConfiguration: replication };
      throw new AwsError('ReplicationConfigurationNotFoundError', 'The replication configuration was not found');
    },
  } satisfies Record<string, Operation>;
}

/** Every region's endpoint lists the buckets of all regions, by name. */
function listBuckets(all: readonly Bucket[], input: S3.ListBucketsRequest): Output<S3.ListBucketsCommandOutput> {
  const { Prefix = '', BucketRegion, ContinuationToken } = input;
  // "Max number of buckets: 10,000. If unspecified, all are listed" (API reference, ListBuckets).
  const limit = input.MaxBuckets ?? 10_000;
  if (limit < 1 || limit > 10_000) {
    throw new AwsError('InvalidArgument', 'Argument max-buckets must be an integer between 1 and 10000');
  }
  const after = ContinuationToken === undefined ? '' : tokenKey(ContinuationToken);
  const found = all
    .filter((bucket) => bucket.name.startsWith(Prefix) && bucket.name > after)
    .filter((bucket) => BucketRegion === undefined || bucket.region === BucketRegion)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  // The region "is included if the request contains at least one valid parameter" (API reference, Bucket).
  const asked = [input.Prefix, BucketRegion, ContinuationToken, input.MaxBuckets].some((each) => each !== undefined);
  return {
    Buckets: shown.map((bucket) => ({
      Name: bucket.name,
      CreationDate: new Date(bucket.created_ms),
      ...(asked ? { BucketRegion: bucket.region } : {}),
    })),
    ...(input.Prefix === undefined ? {} : { Prefix }),
    ...(shown.length < found.length && last !== undefined ? { ContinuationToken: keyToken(last.name) } : {}),
  };
}

function limitOf(maxKeys: number | undefined): number {
  return Math.min(maxKeys ?? 1000, 1000);
}

function listObjects(bucket: Bucket, input: S3.ListObjectsV2Request): Output<S3.ListObjectsV2CommandOutput> {
  const prefix = input.Prefix ?? '';
  const limit = limitOf(input.MaxKeys);
  const after = input.ContinuationToken === undefined ? input.StartAfter : tokenKey(input.ContinuationToken);
  const keys = sortedKeys(bucket, prefix).filter((key) => current(bucket, key) !== undefined);
  const entries = grouped(keys, prefix, input.Delimiter).filter(({ name }) => after === undefined || name > after);
  const shown = entries.slice(0, limit);
  const last = shown.at(-1);
  const truncated = entries.length > shown.length;
  return {
    Name: bucket.name,
    Prefix: prefix,
    MaxKeys: limit,
    KeyCount: shown.length,
    IsTruncated: truncated,
    ...(input.Delimiter === undefined ? {} : { Delimiter: input.Delimiter }),
    ...(truncated && last !== undefined ? { NextContinuationToken: keyToken(last.name) } : {}),
    Contents: shown.flatMap(({ name, isPrefix }) => {
      const version = isPrefix ? undefined : current(bucket, name);
      return version === undefined ? [] : [{ Key: name, ...facts(version), Size: version.body.byteLength }];
    }),
    CommonPrefixes: shown.filter(({ isPrefix }) => isPrefix).map(({ name }) => ({ Prefix: name })),
  };
}

interface Entry {
  readonly name: string;
  readonly isPrefix: boolean;
}

/** Keys that share everything up to the delimiter are one entry (API reference, ListObjectsV2, CommonPrefixes). */
function grouped(keys: readonly string[], prefix: string, delimiter: string | undefined): Entry[] {
  const entries = new Map<string, Entry>();
  for (const name of keys) {
    const end = delimiter === undefined ? -1 : name.indexOf(delimiter, prefix.length);
    const entry =
      end === -1 ? { name, isPrefix: false } : { name: name.slice(0, end + (delimiter ?? '').length), isPrefix: true };
    entries.set(entry.name, entry);
  }
  return [...entries.values()];
}

function keyToken(key: string): string {
  return Buffer.from(key).toString('base64');
}

function tokenKey(token: string): string {
  return Buffer.from(token, 'base64').toString();
}

function facts(version: Version) {
  return { ETag: version.etag, LastModified: new Date(version.modified_ms), StorageClass: 'STANDARD' as const };
}

/** Keys in order, and each key's versions newest first. */
function listVersions(bucket: Bucket, input: S3.ListObjectVersionsRequest): Output<S3.ListObjectVersionsCommandOutput> {
  if (input.Delimiter !== undefined) {
    throw new AwsError('NotImplemented', 'The sandbox does not simulate a delimiter in ListObjectVersions.');
  }
  const all = sortedKeys(bucket, input.Prefix ?? '').flatMap((key) => {
    const versions = bucket.objects.get(key) ?? [];
    return versions.map((version, index) => ({ version, isLatest: index === versions.length - 1 })).reverse();
  });
  const marker = all.findIndex(
    ({ version }) => version.key === input.KeyMarker && version.id === input.VersionIdMarker,
  );
  const rest = all.filter(({ version }, index) =>
    input.VersionIdMarker === undefined
      ? input.KeyMarker === undefined || version.key > input.KeyMarker
      : index > marker,
  );
  const limit = limitOf(input.MaxKeys);
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  const truncated = rest.length > shown.length;
  const describe = ({ version, isLatest }: (typeof all)[number]) => ({
    Key: version.key,
    VersionId: version.id,
    IsLatest: isLatest,
    LastModified: new Date(version.modified_ms),
  });
  return {
    Name: bucket.name,
    Prefix: input.Prefix ?? '',
    MaxKeys: limit,
    IsTruncated: truncated,
    ...(truncated && last !== undefined
      ? { NextKeyMarker: last.version.key, NextVersionIdMarker: last.version.id }
      : {}),
    Versions: shown.flatMap((entry) => {
      const { body } = entry.version;
      return body === undefined ? [] : [{ ...describe(entry), ...facts(entry.version), Size: body.byteLength }];
    }),
    DeleteMarkers: shown.filter(({ version }) => version.body === undefined).map(describe),
  };
}
