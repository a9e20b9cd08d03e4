import { createHash } from 'node:crypto';
import type { ReplicationConfiguration } from '@aws-sdk/client-s3';
import { AwsError, type Call } from '../../service.ts';

export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly until_ms: number;
}

export interface Version {
  readonly key: string;
  /** `null` where the bucket keeps no versions. */
  readonly id: string;
  /** Undefined: a delete marker. */
  readonly body: Uint8Array | undefined;
  readonly etag: string;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly modified_ms: number;
  readonly retention: Retention | undefined;
}

export interface BucketSeed {
  readonly name: string;
  readonly region: string;
  readonly versioning?: 'Enabled' | 'Suspended';
  readonly objectLock?: { readonly mode: Retention['mode']; readonly days: number } | 'no-default';
  readonly replication?: ReplicationConfiguration;
}

export interface Bucket extends BucketSeed {
  readonly created_ms: number;
  /** For each key its versions, oldest first. */
  readonly objects: Map<string, Version[]>;
}

export interface BucketChange {
  readonly bucket: string;
  readonly region: string;
  readonly key: string;
  readonly kind: 'put' | 'delete';
  readonly at_ms: number;
}

/** A bucket answers in its own region only (User Guide, "Request redirection and the REST API"). */
export function bucketFor(buckets: ReadonlyMap<string, Bucket>, name: string | undefined, call: Call): Bucket {
  const bucket = buckets.get(name ?? '');
  if (bucket === undefined) {
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', { BucketName: name });
  }
  if (bucket.region === call.region) return bucket;
  throw new AwsError(
    'PermanentRedirect',
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
    { Endpoint: `${bucket.name}.s3.${bucket.region}.amazonaws.com`, Bucket: bucket.name },
  );
}

/** The newest version, delete marker or not. */
export function latest(bucket: Bucket, key: string): Version | undefined {
  return bucket.objects.get(key)?.at(-1);
}

/** The newest version unless it is a delete marker. */
export function current(bucket: Bucket, key: string): (Version & { readonly body: Uint8Array }) | undefined {
  const version = latest(bucket, key);
  return version?.body === undefined ? undefined : { ...version, body: version.body };
}

/** Keys in UTF-8 order, each with its versions. */
export function sortedKeys(bucket: Bucket, prefix: string): string[] {
  return [...bucket.objects.keys()]
    .filter((key) => key.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Adds a version; without versioning, or with it suspended, the version `null` is replaced. */
export function add(bucket: Bucket, version: Version): void {
  const versions = bucket.objects.get(version.key) ?? [];
  const kept = version.id === 'null' ? versions.filter((other) => other.id !== 'null') : versions;
  bucket.objects.set(version.key, [...kept, version]);
}

export function remove(bucket: Bucket, version: Version): void {
  const kept = (bucket.objects.get(version.key) ?? []).filter((other) => other.id !== version.id);
  if (kept.length === 0) bucket.objects.delete(version.key);
  else bucket.objects.set(version.key, kept);
}

export function etagOf(body: Uint8Array): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

/** Adds `"` to a tag that a client sent without. */
export function sameTag(given: string, etag: string): boolean {
  return given === '*' || given.replaceAll('"', '') === etag.replaceAll('"', '');
}
