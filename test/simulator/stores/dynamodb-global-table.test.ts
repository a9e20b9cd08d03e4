import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as ddb from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DynamoDb, TableHandle } from '../../../simulator/aws/services/dynamodb.ts';
import { START_MS } from '../wire/world.ts';
import { createLedger, event, type Ledger, TableName } from './dynamodb-world.ts';

let db: DynamoDb;
let table: TableHandle;
let client: DynamoDBClient;
let lost: Set<string>;
let advance: Ledger['advance'];

beforeEach(() => {
  ({ db, table, client, lost, advance } = createLedger());
});

describe('a global table', () => {
  test('is described with its replicas and stream', async () => {
    db.setReplicaStatus(TableName, 'us-east-1', 'INACCESSIBLE_ENCRYPTION_CREDENTIALS');
    const { Table } = await client.send(new ddb.DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableArn: 'arn:aws:dynamodb:us-west-2:111122223333:table/ledger',
      KeySchema: [
        { AttributeName: 'stream', KeyType: 'HASH' },
        { AttributeName: 'seq', KeyType: 'RANGE' },
      ],
      Replicas: [{ RegionName: 'us-east-1', ReplicaStatus: 'INACCESSIBLE_ENCRYPTION_CREDENTIALS' }],
      LatestStreamArn: table.streamArn,
      CreationDateTime: new Date(START_MS),
    });
    expect((await client.send(new ddb.ListTablesCommand({}))).TableNames).toEqual([TableName]);
  });

  test('replicates after the lag, and a lost region catches up when it is back', async () => {
    const home = db.table('us-east-1', TableName);
    table.put(event(1));
    expect(home.items()).toEqual([]);
    await advance(1_000);
    expect(home.items()).toEqual([event(1)]);
    lost.add('us-east-1');
    table.put(event(2));
    await advance(60_000);
    expect(home.items()).toEqual([event(1)]);
    lost.clear();
    await advance(1_000);
    expect(home.items()).toEqual([event(1), event(2)]);
  });

  test('settles on the same winner in both regions', async () => {
    const home = db.table('us-east-1', TableName);
    table.put(event(1, { from: { S: 'west' } }));
    home.put(event(1, { from: { S: 'east' } }));
    await advance(2_000);
    expect(home.items()).toEqual(table.items());
    await advance(10);
    home.put(event(1, { from: { S: 'later' } }));
    await advance(2_000);
    expect(table.items()).toEqual([event(1, { from: { S: 'later' } })]);
  });
});
