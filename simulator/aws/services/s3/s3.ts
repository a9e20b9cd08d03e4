import * as schemas from '@aws-sdk/client-s3';
import type { Clock } from '../../../clock.ts';
import type { Environment } from '../../../environment.ts';
import type { Random } from '../../../random.ts';
import type { Service } from '../../service.ts';
import { add, type Bucket, type BucketChange, type BucketSeed, current, etagOf } from './buckets.ts';
import { listOperations } from './lists.ts';
import { objectOperations, type Store } from './objects.ts';

interface S3Links {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  /** What is there under a key changed. */
  readonly onChange?: (change: BucketChange) => void;
}

interface S3 {
  readonly service: Service;
  seedBucket(seed: BucketSeed): void;
  seedObject(bucket: string, key: string, body: string): void;
  /** The newest version's body; undefined: no such object, or deleted. */
  read(bucket: string, key: string): Uint8Array | undefined;
  keys(bucket: string): readonly string[];
}

/** S3: strongly consistent, a bucket in one region. A lost region does not answer at all: the network sees to that. */
export function createS3({ clock, random, onChange = () => undefined }: S3Links): S3 {
  const buckets = new Map<string, Bucket>();
  const store: Store = { buckets, clock, random, onChange };
  const known = (name: string): Bucket => {
    const bucket = buckets.get(name);
    if (bucket === undefined) throw new Error(`No bucket ${name} was seeded.`);
    return bucket;
  };
  return {
    service: { id: 's3', schemas, operations: { ...objectOperations(store), ...listOperations(store) } },
    seedBucket: (seed) => {
      if (seed.objectLock !== undefined && seed.versioning !== 'Enabled') {
        throw new Error(`Bucket ${seed.name}: Object Lock needs versioning.`);
      }
      buckets.set(seed.name, { ...seed, created_ms: clock.now_ms(), objects: new Map() });
    },
    seedObject: (name, key, text) => {
      const body = new TextEncoder().encode(text);
      const bucket = known(name);
      add(bucket, {
        key,
        id: bucket.versioning === 'Enabled' ? random.hex(32) : 'null',
        body,
        etag: etagOf(body),
        contentType: 'application/octet-stream',
        metadata: {},
        modified_ms: clock.now_ms(),
        retention: undefined,
      });
      onChange({ bucket: name, region: bucket.region, key, kind: 'put', at_ms: clock.now_ms() });
    },
    read: (name, key) => current(known(name), key)?.body,
    keys: (name) => [...known(name).objects.keys()].filter((key) => current(known(name), key) !== undefined),
  };
}
