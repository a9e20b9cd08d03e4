import { Readable } from 'node:stream';
import * as s3 from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { AwsError, type Service } from '../../../simulator/aws/service.ts';
import { clientOptions } from './sdk-client.ts';
import { START_MS, type TestWorld, world } from './world.ts';

const Bucket = 'flags';
let stored: Map<string, s3.PutObjectCommandInput & { Body: Uint8Array }>;
let inputs: Record<string, unknown>[];
let aws: TestWorld;

/** A tiny bucket, to see what the wire makes of S3's shapes. */
function tinyS3(): Service {
  const keep = <T extends object>(input: T): T => {
    inputs.push(Object.fromEntries(Object.entries(input)));
    return input;
  };
  return {
    id: 's3',
    schemas: { ...s3 },
    operations: {
      PutObject: (input) => {
        stored.set(`${keep(input).Bucket}/${input.Key}`, input);
        return { ETag: '"e"', VersionId: 'v1', ChecksumCRC32: input.ChecksumCRC32 };
      },
      GetObject: (input: s3.GetObjectCommandInput) => {
        const object = stored.get(`${keep(input).Bucket}/${input.Key}`);
        if (object === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.');
        return {
          Body: object.Body,
          ContentLength: object.Body.length,
          ETag: '"e"',
          LastModified: new Date(START_MS),
          Metadata: object.Metadata,
          ContentType: object.ContentType,
        };
      },
      HeadObject: (input: s3.HeadObjectCommandInput) => {
        const object = stored.get(`${keep(input).Bucket}/${input.Key}`);
        if (object === undefined) throw new AwsError('NotFound', '');
        return { ContentLength: object.Body.length, ETag: '"e"' };
      },
      DeleteObject: (input) => {
        stored.delete(`${keep(input).Bucket}/${input.Key}`);
        return { DeleteMarker: true };
      },
      ListObjectsV2: (input) => {
        const Contents = Array.from(stored.values()).map(({ Key, Body }) => ({
          Key,
          Size: Body.length,
          LastModified: new Date(START_MS),
        }));
        return {
          Name: keep(input).Bucket,
          KeyCount: Contents.length,
          IsTruncated: false,
          Contents,
          CommonPrefixes: [{ Prefix: 'a/' }],
        };
      },
      GetBucketAcl: () => ({ Grants: [{ Grantee: { Type: 'CanonicalUser', ID: 'id' }, Permission: 'READ' }] }),
      GetBucketLocation: () => ({ LocationConstraint: 'us-west-2' }),
      PutBucketVersioning: (input) => keep(input) && {},
      ListBuckets: () => ({ Buckets: [{ Name: Bucket, CreationDate: new Date(START_MS) }] }),
    },
  };
}

beforeEach(() => {
  stored = new Map();
  inputs = [];
  aws = world([tinyS3()]);
});

describe.each([
  ['virtual-hosted', { forcePathStyle: false }],
  ['path', { forcePathStyle: true }],
])('S3 in %s style', (_, style) => {
  const client = () => new s3.S3Client({ ...clientOptions(aws.endpoint.handle), ...style });

  test('puts, heads, gets, lists and deletes an object', async () => {
    const Key = 'a/b c+d é';
    const put = await client().send(
      new s3.PutObjectCommand({
        Bucket,
        Key,
        Body: 'hello',
        Metadata: { who: 'ana' },
        ContentType: 'text/x',
        IfNoneMatch: '*',
      }),
    );
    expect(put).toMatchObject({ ETag: '"e"', VersionId: 'v1' });
    expect(inputs[0]).toMatchObject({ Bucket, Key, Metadata: { who: 'ana' }, ContentType: 'text/x', IfNoneMatch: '*' });
    expect(await client().send(new s3.HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ContentLength: 5 });
    const got = await client().send(new s3.GetObjectCommand({ Bucket, Key }));
    expect(await got.Body?.transformToString()).toBe('hello');
    expect(got).toMatchObject({ ContentLength: 5, LastModified: new Date(START_MS), Metadata: { who: 'ana' } });
    const listed = await client().send(new s3.ListObjectsV2Command({ Bucket, Prefix: 'a/', MaxKeys: 5 }));
    expect(inputs.at(-1)).toMatchObject({ Bucket, Prefix: 'a/', MaxKeys: 5 });
    expect(listed.Contents).toEqual([{ Key, Size: 5, LastModified: new Date(START_MS) }]);
    expect(listed.CommonPrefixes).toEqual([{ Prefix: 'a/' }]);
    const deleted = await client().send(new s3.DeleteObjectCommand({ Bucket, Key }));
    expect(deleted).toMatchObject({ DeleteMarker: true, $metadata: { httpStatusCode: 204 } });
    expect(stored.size).toBe(0);
  });

  test('a streamed body arrives without its chunk framing, with its trailing checksum', async () => {
    const Body = Readable.from([Buffer.from('one '), Buffer.from('two')]);
    await client().send(new s3.PutObjectCommand({ Bucket, Key: 'k', Body, ContentLength: 7 }));
    expect(Buffer.from(stored.get('flags/k')?.Body ?? []).toString()).toBe('one two');
    expect(inputs[0]).toMatchObject({ ChecksumCRC32: expect.stringMatching(/^.{6}==$/) as string });
    expect(inputs[0]?.['ContentEncoding']).toBeUndefined();
  });

  test("errors are S3's: a missing key, a missing key without a body, a body that does not match", async () => {
    await expect(client().send(new s3.GetObjectCommand({ Bucket, Key: 'no' }))).rejects.toBeInstanceOf(s3.NoSuchKey);
    await expect(client().send(new s3.HeadObjectCommand({ Bucket, Key: 'no' }))).rejects.toMatchObject({
      name: 'NotFound',
      $metadata: { httpStatusCode: 404 },
    });
    const wrong = client().send(new s3.PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ChecksumCRC32: 'AAAAAA==' }));
    await expect(wrong).rejects.toMatchObject({ name: 'BadDigest' });
    expect(stored.size).toBe(0);
  });

  test("a bucket's own operations are told from its objects'", async () => {
    const acl = await client().send(new s3.GetBucketAclCommand({ Bucket }));
    expect(acl.Grants).toEqual([{ Grantee: { Type: 'CanonicalUser', ID: 'id' }, Permission: 'READ' }]);
    expect((await client().send(new s3.GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe('us-west-2');
    await client().send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    expect(inputs.at(-1)).toMatchObject({ Bucket, VersioningConfiguration: { Status: 'Enabled' } });
    const { Buckets } = await client().send(new s3.ListBucketsCommand({}));
    expect(Buckets).toEqual([{ Name: Bucket, CreationDate: new Date(START_MS) }]);
    await expect(client().send(new s3.GetBucketTaggingCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NotImplemented',
      $metadata: { httpStatusCode: 501 },
    });
    const copy = client().send(new s3.CopyObjectCommand({ Bucket, Key: 'k', CopySource: 'flags/other' }));
    await expect(copy).rejects.toMatchObject({ message: 'The sandbox does not simulate s3:CopyObject.' });
  });
});
