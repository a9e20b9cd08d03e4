import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as ddb from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TableHandle } from '../../../simulator/aws/services/dynamodb.ts';
import { START_MS } from '../wire/world.ts';
import { createLedger, event, type Ledger, rejection, TableName } from './dynamodb-world.ts';

let table: TableHandle;
let client: DynamoDBClient;
let changes: Ledger['changes'];

beforeEach(() => {
  ({ table, client, changes } = createLedger());
});

describe('an append', () => {
  const append = (seq: number, id: string) =>
    client.send(
      new ddb.PutItemCommand({
        TableName,
        Item: event(seq, { id: { S: id } }),
        ConditionExpression: 'attribute_not_exists(#s)',
        ExpressionAttributeNames: { '#s': 'stream' },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );

  test('of two writers at once one wins, and the other is shown what is there', async () => {
    const [first, second] = await Promise.all([
      append(1, 'a').catch((e: unknown) => e),
      append(1, 'b').catch((e: unknown) => e),
    ]);
    expect(first).toMatchObject({ $metadata: { httpStatusCode: 200 } });
    expect(second).toBeInstanceOf(ddb.ConditionalCheckFailedException);
    expect(second).toMatchObject({
      message: 'The conditional request failed',
      Item: event(1, { id: { S: 'a' } }),
      $metadata: { httpStatusCode: 400 },
    });
    expect(table.items()).toEqual([event(1, { id: { S: 'a' } })]);
  });

  test('is told by the stream once, with images; a write that changes nothing is not', async () => {
    await append(1, 'a');
    table.put(event(1, { id: { S: 'a' } }));
    table.put(event(1, { id: { S: 'forged' } }));
    table.delete(event(1));
    const here = changes.filter(({ arn }) => arn === table.arn).map(({ change }) => change);
    expect(here.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
    expect(here[1]).toMatchObject({
      keys: event(1),
      oldImage: { id: { S: 'a' } },
      newImage: { id: { S: 'forged' } },
      at_ms: START_MS,
    });
    expect(BigInt(here[1]?.sequenceNumber ?? 0)).toBeGreaterThan(BigInt(here[0]?.sequenceNumber ?? 0));
  });

  test('without the condition replaces what was there', async () => {
    await append(1, 'a');
    const { Attributes } = await client.send(
      new ddb.PutItemCommand({ TableName, Item: event(1, { x: { NULL: true } }), ReturnValues: 'ALL_OLD' }),
    );
    expect(Attributes).toEqual(event(1, { id: { S: 'a' } }));
    expect(table.items()).toEqual([event(1, { x: { NULL: true } })]);
  });
});

describe('values', () => {
  test('of every type come back as they were stored, numbers in their plain form', async () => {
    const value = {
      S: 'é',
      B: new Uint8Array([0, 200]),
      SS: ['b', 'a'],
      NS: ['1', '2'],
      L: [{ BOOL: false }, { NULL: true as const }],
      M: { a: { N: '1' } },
    };
    const members = Object.fromEntries(
      Object.entries(value).map(([tag, content]) => [`v${tag}`, { [tag]: content } as unknown as AttributeValue]),
    );
    await client.send(
      new ddb.PutItemCommand({
        TableName,
        Item: event(1, { ...members, n: { N: '-0012.500e3' }, big: { N: '12345678901234567890123456789012345678' } }),
      }),
    );
    const { Item } = await client.send(new ddb.GetItemCommand({ TableName, Key: event(1), ConsistentRead: true }));
    expect(Item).toEqual(
      event(1, { ...members, n: { N: '-12500' }, big: { N: '12345678901234567890123456789012345678' } }),
    );
  });

  test.each([
    [
      'an empty key',
      event(1, { stream: { S: '' } }),
      /AttributeValue for a key attribute cannot contain an empty string value. Key: stream/,
    ],
    ['a missing key', { stream: { S: 'x' } }, /Missing the key seq in the item/],
    ['a key of the wrong type', event(1, { seq: { S: '1' } }), /Type mismatch for key seq expected: N actual: S/],
    ['a value without a type', event(1, { x: {} as AttributeValue }), /AttributeValue is empty/],
    [
      'a value of two types',
      event(1, { x: { S: 'a', N: '1' } as unknown as AttributeValue }),
      /more than one datatypes set/,
    ],
    ['what is no number', event(1, { x: { N: '1x' } }), /cannot be converted to a numeric value: 1x/],
    ['39 digits', event(1, { x: { N: '1'.repeat(39) } }), /more than 38 significant digits/],
    ['an empty set', event(1, { x: { SS: [] } }), /may not be empty/],
    ['a set with a duplicate', event(1, { x: { NS: ['1', '1.0'] } }), /contains duplicates/],
    [
      'an item over 400 KB',
      event(1, { x: { S: 'x'.repeat(400 * 1024) } }),
      /Item size has exceeded the maximum allowed size/,
    ],
  ])('%s is refused', async (_, Item, message) => {
    const error = await rejection(
      client.send(new ddb.PutItemCommand({ TableName, Item: Item as Record<string, AttributeValue> })),
    );
    expect(error).toMatchObject({ name: 'ValidationException', message: expect.stringMatching(message) as string });
    expect(table.items()).toEqual([]);
  });
});

describe('an update', () => {
  const update = (
    UpdateExpression: string,
    values?: Record<string, AttributeValue>,
    more: Partial<ddb.UpdateItemCommandInput> = {},
  ) =>
    client.send(
      new ddb.UpdateItemCommand({
        TableName,
        Key: event(1),
        UpdateExpression,
        ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
        ...more,
      }),
    );

  test('creates the item, sets, adds, removes, and answers what is asked for', async () => {
    const created = await update(
      'SET a = :one, m = :m, l = :l ADD n :one, tags :t',
      {
        ':one': { N: '1' },
        ':m': { M: { x: { S: 'x' } } },
        ':l': { L: [{ N: '0' }, { N: '1' }, { N: '2' }] },
        ':t': { SS: ['p'] },
      },
      { ReturnValues: 'ALL_NEW' },
    );
    expect(created.Attributes).toMatchObject({ ...event(1), a: { N: '1' }, n: { N: '1' }, tags: { SS: ['p'] } });
    const values = {
      ':one': { N: '1' },
      ':z': { S: 'z' },
      ':more': { L: [{ S: 'end' }] },
      ':t': { SS: ['q'] },
      ':gone': { SS: ['p'] },
    };
    const changed = await update(
      'SET a = a + :one, b = if_not_exists(b, :z), m.x = :z, l2 = list_append(l, :more) REMOVE l[0], l[2] ADD tags :t',
      { ...values, ':gone': { SS: ['p'] } } as never,
      { ReturnValues: 'UPDATED_NEW' },
    ).catch((e: unknown) => e);
    expect(changed).toMatchObject({
      message: 'Value provided in ExpressionAttributeValues unused in expressions: keys: {:gone}',
    });
    const { ':gone': _, ...used } = values;
    const { Attributes } = await update(
      'SET a = a + :one, b = if_not_exists(b, :z), m.x = :z, l2 = list_append(l, :more) REMOVE l[0], l[2] ADD tags :t',
      used,
      { ReturnValues: 'ALL_NEW' },
    );
    expect(Attributes).toMatchObject({
      a: { N: '2' },
      b: { S: 'z' },
      m: { M: { x: { S: 'z' } } },
      l: { L: [{ N: '1' }] },
      tags: { SS: ['p', 'q'] },
    });
    expect(Attributes?.['l2']).toEqual({ L: [{ N: '0' }, { N: '1' }, { N: '2' }, { S: 'end' }] });
    const emptied = await update(
      'DELETE tags :both SET a = a - :one',
      { ':both': { SS: ['p', 'q'] }, ':one': { N: '1' } },
      { ReturnValues: 'ALL_NEW' },
    );
    expect(emptied.Attributes?.['tags']).toBeUndefined();
    expect(emptied.Attributes?.['a']).toEqual({ N: '1' });
    const old = await update('SET a = :v', { ':v': { N: '7' } }, { ReturnValues: 'UPDATED_OLD' });
    expect(old.Attributes).toEqual({ a: { N: '1' } });
  });

  test.each([
    ['SET seq = :v', 'Cannot update attribute seq. This attribute is part of the key'],
    ['SET a = absent + :v', 'The provided expression refers to an attribute that does not exist in the item'],
    ['SET a.b = :v', 'The document path provided in the update expression is invalid for update'],
    [
      'SET a = :v, a.b = :v',
      'Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]',
    ],
    [
      'SET a = :v SET b = :v',
      'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;',
    ],
    ['SET a = s + :v', 'An operand in the update expression has an incorrect data type'],
  ])('%s is refused', async (expression, message) => {
    table.put(event(1, { s: { S: 's' } }));
    expect(await rejection(update(expression, { ':v': { N: '1' } }))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message) as string,
    });
    expect(table.items()).toEqual([event(1, { s: { S: 's' } })]);
  });
});

describe('a transaction', () => {
  const put = (seq: number): ddb.TransactWriteItem => ({
    Put: {
      TableName,
      Item: event(seq),
      ConditionExpression: 'attribute_not_exists(seq)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  });

  test('writes all or nothing, and says which condition failed', async () => {
    await client.send(new ddb.TransactWriteItemsCommand({ TransactItems: [put(1), put(2)] }));
    const error = await rejection(client.send(new ddb.TransactWriteItemsCommand({ TransactItems: [put(3), put(2)] })));
    expect(error).toBeInstanceOf(ddb.TransactionCanceledException);
    expect(error).toMatchObject({
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', Item: event(2) },
      ],
    });
    expect(table.items()).toEqual([event(1), event(2)]);
  });

  test('may be repeated with its token, and two writes to one item are refused', async () => {
    const command = new ddb.TransactWriteItemsCommand({ TransactItems: [put(1)], ClientRequestToken: 'token' });
    await client.send(command);
    await client.send(command);
    const other = new ddb.TransactWriteItemsCommand({ TransactItems: [put(2)], ClientRequestToken: 'token' });
    expect(await rejection(client.send(other))).toMatchObject({ name: 'IdempotentParameterMismatchException' });
    const twice = new ddb.TransactWriteItemsCommand({ TransactItems: [put(4), put(4)] });
    expect(await rejection(client.send(twice))).toMatchObject({
      message: 'Transaction request cannot include multiple operations on one item',
    });
  });
});
