import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TableChange } from '../../../simulator/aws/services/dynamodb/table.ts';
import { createDynamoDb, type DynamoDb, type TableHandle } from '../../../simulator/aws/services/dynamodb.ts';
import { VirtualClock } from '../../../simulator/clock.ts';
import { clientOptions } from '../wire/sdk-client.ts';
import { START_MS, world } from '../wire/world.ts';

export const TableName = 'ledger';

export interface Ledger {
  readonly db: DynamoDb;
  /** The replica in us-west-2, the region of `client`. */
  readonly table: TableHandle;
  readonly client: DynamoDBClient;
  readonly changes: { arn: string; change: TableChange }[];
  /** Regions that do not serve. */
  readonly lost: Set<string>;
  /** Lets virtual time pass. */
  advance(ms: number): Promise<void>;
}

/** A global table of two regions, and a real client for it. */
export function createLedger(readLag_ms: () => number = () => 0): Ledger {
  const clock = new VirtualClock(START_MS);
  const changes: Ledger['changes'] = [];
  const lost = new Set<string>();
  const db = createDynamoDb({
    clock,
    accountId: '111122223333',
    environment: { regionServes: (region) => !lost.has(region) },
    onChange: (arn, change) => changes.push({ arn, change }),
    readLag_ms,
  });
  const key = { partition: { name: 'stream', type: 'S' as const }, sort: { name: 'seq', type: 'N' as const } };
  const table = db.createTable({
    name: TableName,
    region: 'us-west-2',
    key,
    stream: 'NEW_AND_OLD_IMAGES',
    replicas: ['us-east-1'],
  });
  const client = new DynamoDBClient(clientOptions(world([db.service], undefined, clock).endpoint.handle));
  const advance = async (ms: number): Promise<void> => {
    const limit_ms = clock.now_ms() + ms;
    clock.after(ms, () => undefined);
    await clock.run({ until: () => clock.now_ms() >= limit_ms, limit_ms });
  };
  return { db, table, client, changes, lost, advance };
}

export const event = (seq: number, more: Record<string, AttributeValue> = {}) => ({
  stream: { S: 'op#1' },
  seq: { N: String(seq) },
  ...more,
});

export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no rejection',
    (reason: unknown) => reason,
  );
