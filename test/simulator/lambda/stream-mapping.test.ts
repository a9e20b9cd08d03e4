import { describe, expect, it } from 'vitest';
import type { StreamMappingOptions } from '../../../simulator/lambda/stream-mapping.ts';
import type { StreamChange } from '../../../simulator/lambda/stream-record.ts';
import type { DiscardedBatch } from '../../../simulator/lambda/stream-shard.ts';
import { createWorld, REGION, type World } from './world.ts';

const ARN = `arn:aws:dynamodb:${REGION}:123456789012:table/muster/stream/2026-11-20T00:00:00.000`;
const HANDLER = `
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  let running = 0;
  exports.handler = async (event) => {
    const numbers = event.Records.map((record) => record.dynamodb.SequenceNumber);
    console.log(JSON.stringify({ numbers, at: Date.now() }));
    await wait(100);
    const bad = event.Records.filter((record) => record.dynamodb.NewImage?.bad?.BOOL);
    if (bad.length > 0 && bad[0].dynamodb.NewImage.partial) return { batchItemFailures: bad.map((record) => ({ itemIdentifier: record.dynamodb.SequenceNumber })) };
    if (bad.length > 0) throw new Error('bad record');
    return { batchItemFailures: [] };
  };`;

function setUp(changes: Partial<StreamMappingOptions> = {}) {
  const world = createWorld();
  world.define('notify', HANDLER);
  const discarded: DiscardedBatch[] = [];
  const mapping = world.lambda.mapStream(REGION, {
    functionName: 'notify',
    eventSourceArn: ARN,
    partitionKey: 'stream',
    maximumRetryAttempts: 2,
    onFailure: (batch) => discarded.push(batch),
    ...changes,
  });
  return { world, mapping, discarded };
}

function change(world: World, number: number, stream = 'op#1', image: StreamChange['newImage'] = {}): StreamChange {
  const keys = { stream: { S: stream }, seq: { N: String(number) } };
  return {
    eventName: 'INSERT',
    keys,
    newImage: { ...keys, ...image },
    sequenceNumber: String(number).padStart(21, '0'),
    at_ms: world.clock.now_ms(),
  };
}

const bad = { bad: { BOOL: true } };
const batches = (world: World): number[][] =>
  world.lambda.logs
    .filter(({ level }) => level === 'INFO')
    .map(({ message }) => (JSON.parse(message) as { numbers: string[] }).numbers.map(Number));

describe('a stream mapping', () => {
  it('gives the function DynamoDB’s events', async () => {
    const { world, mapping } = setUp();
    world.define('notify', 'exports.handler = async (event) => console.log(JSON.stringify(event))');
    mapping.push({
      ...change(world, 1, 'op#1', {
        raw: { B: Uint8Array.from([1, 2]) },
        list: { L: [{ NULL: true }, { M: { a: { SS: ['x'] } } }] },
      }),
      oldImage: {},
    });
    await world.run();
    const event = JSON.parse(world.lambda.logs.find(({ level }) => level === 'INFO')?.message ?? '{}');
    expect(event.Records).toMatchObject([
      {
        eventName: 'INSERT',
        eventSource: 'aws:dynamodb',
        awsRegion: REGION,
        eventSourceARN: ARN,
        dynamodb: {
          Keys: { stream: { S: 'op#1' }, seq: { N: '1' } },
          NewImage: { raw: { B: 'AQI=' }, list: { L: [{ NULL: true }, { M: { a: { SS: ['x'] } } }] } },
          OldImage: {},
          SequenceNumber: '000000000000000000001',
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
      },
    ]);
  });

  it('keeps the order of a partition key, one batch at a time, batches by size', async () => {
    const { world, mapping } = setUp({ batchSize: 3 });
    for (let n = 1; n <= 8; n += 1) mapping.push(change(world, n));
    await world.run();
    expect(batches(world)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8],
    ]);
    expect(mapping.pending).toBe(0);
    expect(world.lambda.find(REGION, 'notify')?.environmentsStarted).toBe(1);
  });

  it('gathers for the batching window', async () => {
    const { world, mapping } = setUp({ batchingWindow_s: 5 });
    mapping.push(change(world, 1));
    await world.until(world.clock.sleep(4000));
    mapping.push(change(world, 2));
    await world.run();
    expect(batches(world)).toEqual([[1, 2]]);
  });

  it('reads several shards at once', async () => {
    const { world, mapping } = setUp();
    for (let n = 1; n <= 12; n += 1) mapping.push(change(world, n, `op#${n}`));
    await world.run();
    expect(
      batches(world)
        .flat()
        .sort((a, b) => a - b),
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(world.lambda.find(REGION, 'notify')?.environmentsStarted).toBeGreaterThan(1);
  });

  it('tries a failing batch again within its bound, reports it when given up, and goes on', async () => {
    const { world, mapping, discarded } = setUp();
    mapping.push(change(world, 1, 'op#1', bad));
    await world.until(world.clock.sleep(600));
    mapping.push(change(world, 2));
    await world.run();
    expect(batches(world)).toEqual([[1], [1], [1], [2]]);
    expect(discarded).toMatchObject([
      {
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3,
        records: [{ sequenceNumber: '000000000000000000001' }],
      },
    ]);
  });

  it('splits a failing batch when told to', async () => {
    const { world, mapping, discarded } = setUp({ bisectBatchOnFunctionError: true, maximumRetryAttempts: 0 });
    for (const n of [1, 2, 3, 4]) mapping.push(change(world, n, 'op#1', n === 3 ? bad : {}));
    await world.run();
    expect(batches(world)).toEqual([[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]]);
    expect(discarded.flatMap(({ records }) => records.map(({ sequenceNumber }) => Number(sequenceNumber)))).toEqual([
      3,
    ]);
  });

  it('goes on from the first record that a partial response names', async () => {
    const { world, mapping } = setUp({ reportBatchItemFailures: true, maximumRetryAttempts: 1 });
    for (const n of [1, 2, 3])
      mapping.push(change(world, n, 'op#1', n === 2 ? { ...bad, partial: { BOOL: true } } : {}));
    await world.run();
    expect(batches(world)).toEqual([
      [1, 2, 3],
      [2, 3],
    ]);
  });

  it('skips records that became too old', async () => {
    const { world, mapping, discarded } = setUp({ maximumRetryAttempts: -1, maximumRecordAge_s: 60 });
    mapping.push(change(world, 1, 'op#1', bad));
    await world.run();
    expect(batches(world).length).toBeGreaterThan(3);
    expect(discarded).toMatchObject([{ condition: 'RecordAgeExceeded' }]);
  });

  it('waits while disabled, while throttled and while the region is lost, and loses nothing', async () => {
    const { world, mapping } = setUp();
    mapping.update({ Enabled: false });
    expect(mapping.configuration().State).toBe('Disabling');
    await world.run();
    mapping.push(change(world, 1));
    await world.run();
    expect([batches(world), mapping.configuration().State, mapping.pending]).toEqual([[], 'Disabled', 1]);
    world.lost.add(REGION);
    world.define('notify', HANDLER, { reservedConcurrency: 0 });
    mapping.update({ Enabled: true });
    await world.until(world.clock.sleep(60_000));
    world.lost.clear();
    await world.until(world.clock.sleep(60_000));
    expect(batches(world)).toEqual([]);
    world.define('notify', HANDLER);
    await world.run();
    expect(batches(world)).toEqual([[1]]);
  });

  it('is seen and changed through the API', async () => {
    const { world, mapping } = setUp();
    const { operations } = world.lambda.service;
    const call = { region: REGION, accountId: '123456789012' };
    const list = operations['ListEventSourceMappings']?.({ FunctionName: 'notify' }, call as never);
    expect(list).toMatchObject({
      EventSourceMappings: [{ UUID: mapping.uuid, State: 'Enabled', MaximumRetryAttempts: 2 }],
    });
    const changed = operations['UpdateEventSourceMapping']?.(
      { UUID: mapping.uuid, BatchSize: 7, Enabled: false },
      call as never,
    );
    expect(changed).toMatchObject({ BatchSize: 7, State: 'Disabling' });
    expect(() =>
      operations['UpdateEventSourceMapping']?.({ UUID: mapping.uuid, Enabled: true }, call as never),
    ).toThrow(/Disabling/);
    expect(() => operations['GetEventSourceMapping']?.({ UUID: 'x' }, call as never)).toThrow(/does not exist/);
    await world.run();
    expect(() =>
      operations['UpdateEventSourceMapping']?.({ UUID: mapping.uuid, ParallelizationFactor: 2 }, call as never),
    ).toThrow(/not simulated/);
  });
});
