import type { AttributeValue, DynamoDBClient, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import * as ddb from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TableHandle } from '../../../simulator/aws/services/dynamodb.ts';
import { createLedger, event, type Ledger, rejection, TableName } from './dynamodb-world.ts';

let table: TableHandle;
let client: DynamoDBClient;
let advance: Ledger['advance'];
let lag_ms: number;

beforeEach(() => {
  lag_ms = 0;
  ({ table, client, advance } = createLedger(() => lag_ms));
});

describe('a query', () => {
  beforeEach(() => {
    for (const seq of [10, 9, 100, 1, 2]) table.put(event(seq, { kind: { S: seq % 2 === 0 ? 'even' : 'odd' } }));
    table.put({ stream: { S: 'op#2' }, seq: { N: '1' } });
  });
  const run = (more: Partial<QueryCommandInput> = {}, range = '', values: Record<string, AttributeValue> = {}) =>
    client.send(
      new ddb.QueryCommand({
        TableName,
        KeyConditionExpression: `#stream = :s${range}`,
        ...more,
        ExpressionAttributeNames: { '#stream': 'stream', ...more.ExpressionAttributeNames },
        ExpressionAttributeValues: { ':s': { S: 'op#1' }, ...values },
      }),
    );
  const seqs = (items: Record<string, AttributeValue>[] | undefined) => items?.map(({ seq }) => seq?.N);

  test('returns one partition in the order of its numbers, either way', async () => {
    expect(seqs((await run()).Items)).toEqual(['1', '2', '9', '10', '100']);
    expect(seqs((await run({ ScanIndexForward: false, Limit: 2 })).Items)).toEqual(['100', '10']);
  });

  test('takes conditions on the sort key', async () => {
    expect(seqs((await run({}, ' AND seq > :n', { ':n': { N: '9' } })).Items)).toEqual(['10', '100']);
    expect(seqs((await run({}, ' AND seq BETWEEN :a AND :b', { ':a': { N: '2' }, ':b': { N: '10' } })).Items)).toEqual([
      '2',
      '9',
      '10',
    ]);
  });

  test('is paged by its limit before the filter, and goes on behind an item that is gone', async () => {
    const filter = { FilterExpression: 'kind = :k', Limit: 2 };
    const first = await run(filter, '', { ':k': { S: 'odd' } });
    expect(first).toMatchObject({ Count: 1, ScannedCount: 2, LastEvaluatedKey: event(2) });
    table.delete(event(2));
    const second = await run({ ...filter, ExclusiveStartKey: first.LastEvaluatedKey }, '', { ':k': { S: 'odd' } });
    expect(second).toMatchObject({ Count: 1, ScannedCount: 2, LastEvaluatedKey: event(10) });
    const back = await run({ ScanIndexForward: false, ExclusiveStartKey: event(2) });
    expect(seqs(back.Items)).toEqual(['1']);
  });

  test('is paged at one megabyte', async () => {
    for (let seq = 200; seq < 206; seq += 1) table.put(event(seq, { x: { S: 'x'.repeat(300_000) } }));
    const first = await run({}, ' AND seq >= :n', { ':n': { N: '200' } });
    expect(first).toMatchObject({ Count: 4, LastEvaluatedKey: event(203) });
    const second = await run({ ExclusiveStartKey: first.LastEvaluatedKey }, ' AND seq >= :n', { ':n': { N: '200' } });
    expect(second.Count).toBe(2);
    expect(second.LastEvaluatedKey).toBeUndefined();
  });

  test('counts and projects', async () => {
    const counted = await run({ Select: 'COUNT' });
    expect([counted.Count, counted.Items]).toEqual([5, undefined]);
    const projected = await run({ ProjectionExpression: 'seq', Limit: 1 });
    expect(projected.Items).toEqual([{ seq: { N: '1' } }]);
  });

  test.each<[string, Partial<QueryCommandInput>, string, Record<string, AttributeValue>, string]>([
    [
      'with text for a number',
      { KeyConditionExpression: '#stream = :s AND seq = :s', ProjectionExpression: 'seq' },
      '',
      {},
      'Condition parameter type does not match schema type',
    ],
    [
      'with another attribute',
      {},
      ' AND kind = :k',
      { ':k': { S: 'odd' } },
      'Query condition missed key schema element: seq',
    ],
    ['with <> on the sort key', {}, ' AND seq <> :k', { ':k': { N: '1' } }, 'Query key condition not supported'],
    [
      'with a filter on the key',
      { FilterExpression: 'seq > :k' },
      '',
      { ':k': { N: '1' } },
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: seq',
    ],
    [
      'on an index that is not there',
      { IndexName: 'by-kind' },
      '',
      {},
      'The table does not have the specified index: by-kind',
    ],
  ])('%s is refused', async (_, more, range, values, message) => {
    expect(await rejection(run(more, range, values))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('reads', () => {
  test('without ConsistentRead may be old, with it never', async () => {
    table.put(event(1, { v: { N: '1' } }));
    await advance(500);
    table.put(event(1, { v: { N: '2' } }));
    table.put(event(2));
    lag_ms = 400;
    const read = async (ConsistentRead: boolean) =>
      (await client.send(new ddb.GetItemCommand({ TableName, Key: event(1), ConsistentRead }))).Item?.['v'];
    expect([await read(false), await read(true)]).toEqual([{ N: '1' }, { N: '2' }]);
    const query = {
      TableName,
      KeyConditionExpression: '#s = :s',
      ExpressionAttributeNames: { '#s': 'stream' },
      ExpressionAttributeValues: { ':s': { S: 'op#1' } },
    };
    expect((await client.send(new ddb.QueryCommand(query))).Count).toBe(1);
    expect((await client.send(new ddb.QueryCommand({ ...query, ConsistentRead: true }))).Count).toBe(2);
    await advance(400);
    expect(await read(false)).toEqual({ N: '2' });
  });

  test('in batches find what is there and refuse duplicates', async () => {
    table.put(event(1));
    const { Responses, UnprocessedKeys } = await client.send(
      new ddb.BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [event(1), event(2)] } } }),
    );
    expect([Responses, UnprocessedKeys]).toEqual([{ [TableName]: [event(1)] }, {}]);
    const twice = new ddb.BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [event(1), event(1)] } } });
    expect(await rejection(client.send(twice))).toMatchObject({
      message: 'Provided list of item keys contains duplicates',
    });
  });

  test('of a table that is not there, or with a key that does not fit, are refused', async () => {
    const missing = await rejection(client.send(new ddb.GetItemCommand({ TableName: 'nowhere', Key: event(1) })));
    expect(missing).toBeInstanceOf(ddb.ResourceNotFoundException);
    const wrong = await rejection(client.send(new ddb.GetItemCommand({ TableName, Key: { stream: { S: 'x' } } })));
    expect(wrong).toMatchObject({
      name: 'ValidationException',
      message: 'The provided key element does not match the schema',
    });
    const legacy = await rejection(
      client.send(new ddb.GetItemCommand({ TableName, Key: event(1), AttributesToGet: ['a'] })),
    );
    expect(legacy).toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
  });
});
