import { expect, test } from 'vitest';
import type { BucketChange } from '../../../simulator/aws/services/s3/buckets.ts';
import { createS3 } from '../../../simulator/aws/services/s3/s3.ts';
import { advance, fakeCall, refusal, START_MS, testWorld } from './helpers.ts';

function s3World() {
  const world = testWorld();
  const changes: BucketChange[] = [];
  const s3 = createS3({ ...world, onChange: (change) => changes.push(change) });
  s3.seedBucket({ name: 'plain', region: 'us-west-2' });
  s3.seedBucket({ name: 'kept', region: 'us-west-2', versioning: 'Enabled' });
  s3.seedBucket({
    name: 'locked',
    region: 'us-west-2',
    versioning: 'Enabled',
    objectLock: { mode: 'COMPLIANCE', days: 1 },
  });
  const invoke = async (action: string, input: object, region = 'us-west-2'): Promise<Record<string, unknown>> => {
    const operation = s3.service.operations[action];
    if (operation === undefined) throw new Error(`no operation ${action}`);
    return { ...(await operation(input, fakeCall(world.clock, region))) };
  };
  const put = (Bucket: string, Key: string, Body: string, extra: object = {}) =>
    invoke('PutObject', { Bucket, Key, Body: new TextEncoder().encode(Body), ...extra });
  const get = async (Bucket: string, Key: string, extra: object = {}) => {
    const { Body } = await invoke('GetObject', { Bucket, Key, ...extra });
    return new TextDecoder().decode(Body as Uint8Array);
  };
  return { ...world, s3, changes, invoke, put, get };
}

test('what was put is read, with its MD5 as its tag', async () => {
  const { put, get, invoke } = s3World();
  expect(await put('plain', 'a/b', 'hello')).toEqual({ ETag: '"5d41402abc4b2a76b9719d911017c592"' });
  expect(await get('plain', 'a/b')).toBe('hello');
  expect(await invoke('HeadObject', { Bucket: 'plain', Key: 'a/b' })).toMatchObject({
    ContentLength: 5,
    LastModified: new Date(START_MS),
  });
});

test('what is missing says which: the key, the version, the bucket', async () => {
  const { invoke } = s3World();
  expect(await refusal(() => invoke('GetObject', { Bucket: 'plain', Key: 'x' }))).toBe('NoSuchKey');
  expect(await refusal(() => invoke('HeadObject', { Bucket: 'plain', Key: 'x' }))).toBe('NoSuchKey');
  expect(await refusal(() => invoke('GetObject', { Bucket: 'kept', Key: 'x', VersionId: 'v' }))).toBe('NoSuchVersion');
  expect(await refusal(() => invoke('GetObject', { Bucket: 'none', Key: 'x' }))).toBe('NoSuchBucket');
  expect(await refusal(() => invoke('HeadBucket', { Bucket: 'none' }))).toBe('NoSuchBucket');
});

test("another region's endpoint redirects", async () => {
  const { invoke } = s3World();
  await expect(invoke('GetObject', { Bucket: 'plain', Key: 'x' }, 'us-east-1')).rejects.toMatchObject({
    code: 'PermanentRedirect',
    members: { Endpoint: 'plain.s3.us-west-2.amazonaws.com' },
  });
});

test('a second writer with If-None-Match loses, also against a delete marker only until it is gone', async () => {
  const { put, invoke } = s3World();
  const create = () => put('kept', 'flag', 'one', { IfNoneMatch: '*' });
  await create();
  expect(await refusal(create)).toBe('PreconditionFailed');
  await invoke('DeleteObject', { Bucket: 'kept', Key: 'flag' });
  expect(await refusal(create)).toBe('accepted');
});

test('a write with If-Match needs the current tag', async () => {
  const { put } = s3World();
  expect(await refusal(() => put('plain', 'k', 'a', { IfMatch: '"x"' }))).toBe('NoSuchKey');
  const { ETag } = await put('plain', 'k', 'a');
  expect(await refusal(() => put('plain', 'k', 'b', { IfMatch: '"x"' }))).toBe('PreconditionFailed');
  expect(await refusal(() => put('plain', 'k', 'b', { IfMatch: ETag }))).toBe('accepted');
});

test('a read with a tag that still holds is not modified', async () => {
  const { put, invoke } = s3World();
  const { ETag } = await put('plain', 'k', 'a');
  const read = (extra: object) => refusal(() => invoke('GetObject', { Bucket: 'plain', Key: 'k', ...extra }));
  expect(await read({ IfNoneMatch: ETag })).toBe('NotModified');
  expect(await read({ IfMatch: '"other"' })).toBe('PreconditionFailed');
});

test('deleting in a versioned bucket leaves a marker, and deleting the marker brings the object back', async () => {
  const { put, get, invoke, s3 } = s3World();
  const first = await put('kept', 'k', 'one');
  const marker = await invoke('DeleteObject', { Bucket: 'kept', Key: 'k' });
  expect(marker).toMatchObject({ DeleteMarker: true });
  expect(await refusal(() => get('kept', 'k'))).toBe('NoSuchKey');
  expect(await get('kept', 'k', { VersionId: first['VersionId'] })).toBe('one');
  expect(await refusal(() => get('kept', 'k', { VersionId: marker['VersionId'] }))).toBe('MethodNotAllowed');
  expect(await invoke('ListObjectVersions', { Bucket: 'kept' })).toMatchObject({
    Versions: [{ Key: 'k', IsLatest: false, VersionId: first['VersionId'] }],
    DeleteMarkers: [{ Key: 'k', IsLatest: true }],
  });
  await invoke('DeleteObject', { Bucket: 'kept', Key: 'k', VersionId: marker['VersionId'] });
  expect(await get('kept', 'k')).toBe('one');
  expect(s3.keys('kept')).toEqual(['k']);
});

test('a locked version cannot be deleted before its time, though a marker can hide it', async () => {
  const { put, invoke, clock } = s3World();
  const { VersionId } = await put('locked', 'k', 'one');
  expect(await invoke('GetObjectRetention', { Bucket: 'locked', Key: 'k' })).toEqual({
    Retention: { Mode: 'COMPLIANCE', RetainUntilDate: new Date(START_MS + 86_400_000) },
  });
  const remove = () =>
    refusal(() => invoke('DeleteObject', { Bucket: 'locked', Key: 'k', VersionId, BypassGovernanceRetention: true }));
  expect(await remove()).toBe('AccessDenied');
  expect(await refusal(() => invoke('DeleteObject', { Bucket: 'locked', Key: 'k' }))).toBe('accepted');
  await advance(clock, 86_400_000);
  expect(await remove()).toBe('accepted');
});

test('governance can be bypassed by who says so; no lock configuration is an error', async () => {
  const { put, invoke } = s3World();
  const until = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: new Date(START_MS + 1_000) };
  const { VersionId } = await put('locked', 'k', 'one', until);
  const remove = (extra: object) =>
    refusal(() => invoke('DeleteObject', { Bucket: 'locked', Key: 'k', VersionId, ...extra }));
  expect(await remove({})).toBe('AccessDenied');
  expect(await remove({ BypassGovernanceRetention: true })).toBe('accepted');
  expect(await refusal(() => put('kept', 'k', 'x', until))).toBe('InvalidRequest');
});

test('listing groups by delimiter and goes on where it stopped', async () => {
  const { put, invoke } = s3World();
  for (const key of ['b', 'a/1', 'a/2', 'c']) await put('plain', key, 'x');
  const first = await invoke('ListObjectsV2', { Bucket: 'plain', Delimiter: '/', MaxKeys: 2 });
  expect(first).toMatchObject({ CommonPrefixes: [{ Prefix: 'a/' }], Contents: [{ Key: 'b' }], IsTruncated: true });
  const next = { Bucket: 'plain', Delimiter: '/', ContinuationToken: first['NextContinuationToken'] };
  expect(await invoke('ListObjectsV2', next)).toMatchObject({
    CommonPrefixes: [],
    Contents: [{ Key: 'c', Size: 1 }],
    IsTruncated: false,
  });
});

test('versions are paged in order, newest first', async () => {
  const { put, invoke } = s3World();
  for (const body of ['1', '2', '3']) await put('kept', 'k', body);
  const seen: unknown[] = [];
  let next: object | undefined = {};
  while (next !== undefined) {
    const page = await invoke('ListObjectVersions', { Bucket: 'kept', MaxKeys: 1, ...next });
    seen.push(...(page['Versions'] as { IsLatest: boolean }[]).map((version) => version.IsLatest));
    next =
      page['IsTruncated'] === true
        ? { KeyMarker: page['NextKeyMarker'], VersionIdMarker: page['NextVersionIdMarker'] }
        : undefined;
  }
  expect(seen).toEqual([true, false, false]);
});

test('a put and a delete are reported, a delete of nothing is not', async () => {
  const { put, invoke, changes } = s3World();
  await put('plain', 'k', 'x');
  await invoke('DeleteObject', { Bucket: 'plain', Key: 'k' });
  await invoke('DeleteObject', { Bucket: 'plain', Key: 'k' });
  expect(changes.map(({ key, kind }) => [key, kind])).toEqual([
    ['k', 'put'],
    ['k', 'delete'],
  ]);
});

test('a bucket tells its region, its versioning and that it does not replicate', async () => {
  const { invoke } = s3World();
  expect(await invoke('GetBucketLocation', { Bucket: 'kept' })).toEqual({ LocationConstraint: 'us-west-2' });
  expect(await invoke('GetBucketVersioning', { Bucket: 'kept' })).toEqual({ Status: 'Enabled' });
  expect(await invoke('GetBucketVersioning', { Bucket: 'plain' })).toEqual({});
  expect(await refusal(() => invoke('GetBucketReplication', { Bucket: 'kept' }))).toBe(
    'ReplicationConfigurationNotFoundError',
  );
});
