import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as ddb from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TableHandle } from '../../../simulator/aws/services/dynamodb.ts';
import { createLedger, event, rejection, TableName } from './dynamodb-world.ts';

let table: TableHandle;
let client: DynamoDBClient;

beforeEach(() => {
  ({ table, client } = createLedger());
});

describe('conditions', () => {
  const item = event(1, {
    n: { N: '10' },
    s: { S: 'abc' },
    set: { SS: ['x', 'y'] },
    m: { M: { parts: { L: [{ N: '1' }, { S: 'deep' }] } } },
    b: { BOOL: true },
  });
  const values = {
    ':n': { N: '9.5' },
    ':m': { N: '11' },
    ':s': { S: 'ab' },
    ':x': { S: 'x' },
    ':d': { S: 'deep' },
    ':t': { S: 'N' },
    ':three': { N: '3' },
  };

  test.each([
    ['n > :n', true],
    ['n < :n', false],
    ['n BETWEEN :n AND :m', true],
    ['n between :m and :m', false],
    ['s < :n', false],
    ['absent = :x', false],
    ['absent <> :x', true],
    ['attribute_exists(m.parts[1]) AND attribute_not_exists(m.parts[2])', true],
    ['m.parts[1] = :d', true],
    ['m.parts[1] IN (:x, :d)', true],
    ['begins_with(s, :s) AND NOT begins_with(s, :d)', true],
    ['contains(#set, :x) and contains(s, :s)', true],
    ['size(s) = :three', true],
    ['attribute_type(n, :t)', true],
    ['n < :n OR s < :s AND n > :n', false],
    ['(n > :n OR s < :s) AND n > :n', true],
    ['not n < :n and n <> :n', true],
  ])('%s is %s', async (ConditionExpression, expected) => {
    table.put(item);
    const used = Object.fromEntries(
      Object.entries(values).filter(([name]) => new RegExp(`${name}\\b`).test(ConditionExpression)),
    );
    const names = ConditionExpression.includes('#set') ? { ExpressionAttributeNames: { '#set': 'set' } } : {};
    const sent = client.send(
      new ddb.DeleteItemCommand({
        TableName,
        Key: event(1),
        ConditionExpression,
        ...names,
        ...(Object.keys(used).length > 0 ? { ExpressionAttributeValues: used } : {}),
      }),
    );
    const outcome = await sent.then(
      () => true,
      (error: unknown) => (error instanceof ddb.ConditionalCheckFailedException ? false : error),
    );
    expect(outcome).toBe(expected);
  });

  test.each([
    [
      'status = :x',
      { ':x': { S: 'x' } },
      'Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: status',
    ],
    [
      'n = :y',
      { ':x': { S: 'x' } },
      'Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :y',
    ],
    [
      'attribute_exists(n)',
      { ':x': { S: 'x' } },
      'Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}',
    ],
    ['n == :x', { ':x': { S: 'x' } }, 'Invalid ConditionExpression: Syntax error; token: "=", near: "n == :x"'],
    [
      '#n = :x',
      { ':x': { S: 'x' } },
      'Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #n',
    ],
    [
      'begins_with(n, :x)',
      { ':x': { N: '1' } },
      'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    ],
    [
      'exists(n) AND n = :x',
      { ':x': { N: '1' } },
      'Invalid ConditionExpression: Invalid function name; function: exists',
    ],
    ['(n = :x', { ':x': { N: '1' } }, 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "(n = :x"'],
  ])('%s is refused as DynamoDB words it', async (ConditionExpression, ExpressionAttributeValues, message) => {
    const command = new ddb.DeleteItemCommand({
      TableName,
      Key: event(1),
      ConditionExpression,
      ExpressionAttributeValues,
    });
    expect(await rejection(client.send(command))).toMatchObject({ name: 'ValidationException', message });
  });
});
