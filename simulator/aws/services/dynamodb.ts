import * as schemas from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../clock.ts';
import type { Environment } from '../../environment.ts';
import { AwsError, type Call, type Operation, type Service } from '../service.ts';
import { keyAttributes } from './dynamodb/keys.ts';
import { batchGetItem, getItem, query, type Reader, scan } from './dynamodb/reads.ts';
import { Table, type TableChange, type TableSpec } from './dynamodb/table.ts';
import type { Item } from './dynamodb/values.ts';
import { deleteItem, putItem, transactionText, transactWriteItems, updateItem } from './dynamodb/writes.ts';

export interface DynamoDbOptions {
  readonly clock: Clock;
  readonly accountId: string;
  /** While a region does not serve, what was written in it is not replicated out of it, nor anything into it. */
  readonly environment?: Pick<Environment, 'regionServes'>;
  /** Called at the instant of each change of a table that has a stream. */
  readonly onChange?: (tableArn: string, change: TableChange) => void;
  /** How old a read without `ConsistentRead` may be at this moment; 0 unless told, at most a minute. */
  readonly readLag_ms?: () => number;
}

export interface TableHandle {
  readonly arn: string;
  readonly streamArn: string | undefined;
  /** All items as a consistent read sees them, partition by partition, each in the order of its sort key. */
  items(): Item[];
  get(key: Item): Item | undefined;
  /** Writes as a person in the console does: without a condition. The stream gets a record. */
  put(item: Item): void;
  delete(key: Item): void;
}

export interface DynamoDb {
  readonly service: Service;
  /** Creates the table, and a replica of it in each of `replicas`. */
  createTable(spec: TableSpec): TableHandle;
  /** Throws when there is no such table. */
  table(region: string, name: string): TableHandle;
  /** What DescribeTable says of a replica: `ACTIVE` unless told. */
  setReplicaStatus(name: string, region: string, status: schemas.ReplicaStatus): void;
}

const DEFAULT_REPLICATION_LAG_MS = 1_000;
const REPLICATION_RETRY_MS = 1_000;
const TOKEN_LIFE_MS = 600_000;

const LEGACY = [
  'AttributesToGet',
  'AttributeUpdates',
  'ConditionalOperator',
  'Expected',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
];

export function createDynamoDb(options: DynamoDbOptions): DynamoDb {
  const tables = new Map<string, Table>();
  const statuses = new Map<string, schemas.ReplicaStatus>();
  const tokens = new Map<string, { readonly text: string; readonly at_ms: number }>();

  const tableOf = (name: string | undefined, call: Call): Table => {
    const table = tables.get(`${call.region}/${nameOf(name)}`);
    if (table === undefined) throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
    return table;
  };
  const reader: Reader = {
    tableOf,
    asOf_ms: (consistent, call) => {
      const lag_ms = consistent === true ? 0 : (options.readLag_ms?.() ?? 0);
      return lag_ms === 0 ? undefined : call.clock.now_ms() - lag_ms;
    },
  };

  const transact = (input: schemas.TransactWriteItemsCommandInput, call: Call): object => {
    const token = input.ClientRequestToken;
    if (token === undefined) return transactWriteItems(tableOf, input, call);
    const now_ms = call.clock.now_ms();
    const seen = tokens.get(`${call.region}/${token}`);
    if (seen !== undefined && now_ms - seen.at_ms < TOKEN_LIFE_MS) {
      if (seen.text === transactionText(input)) return {};
      throw new AwsError(
        'IdempotentParameterMismatchException',
        'The request uses the same client token as a previous, but non-identical request.',
      );
    }
    const output = transactWriteItems(tableOf, input, call);
    tokens.set(`${call.region}/${token}`, { text: transactionText(input), at_ms: now_ms });
    return output;
  };

  const operations: Record<string, Operation> = {
    GetItem: (input: schemas.GetItemCommandInput, call) => getItem(reader, input, call),
    BatchGetItem: (input: schemas.BatchGetItemCommandInput, call) => batchGetItem(reader, input, call),
    Query: (input: schemas.QueryCommandInput, call) => query(reader, input, call),
    Scan: (input: schemas.ScanCommandInput, call) => scan(reader, input, call),
    PutItem: (input: schemas.PutItemCommandInput, call) => putItem(tableOf, input, call),
    UpdateItem: (input: schemas.UpdateItemCommandInput, call) => updateItem(tableOf, input, call),
    DeleteItem: (input: schemas.DeleteItemCommandInput, call) => deleteItem(tableOf, input, call),
    TransactWriteItems: transact,
    DescribeTable: (input: schemas.DescribeTableCommandInput, call) => {
      const table = tables.get(`${call.region}/${nameOf(input.TableName)}`);
      if (table === undefined)
        throw new AwsError(
          'ResourceNotFoundException',
          `Requested resource not found: Table: ${input.TableName} not found`,
        );
      return { Table: describe(table, statuses) };
    },
    DescribeContinuousBackups: (input: schemas.DescribeContinuousBackupsCommandInput, call) => {
      const table = tables.get(`${call.region}/${nameOf(input.TableName)}`);
      if (table === undefined) throw new AwsError('TableNotFoundException', `Table not found: ${input.TableName}`);
      return { ContinuousBackupsDescription: continuousBackups(table, call.clock.now_ms()) };
    },
    ListTables: (input: schemas.ListTablesCommandInput, call) => listTables(tables, input, call),
  };

  const createTable = (spec: TableSpec): TableHandle => {
    const regions = [spec.region, ...(spec.replicas ?? [])];
    const siblings = regions.map((region) => {
      const others = regions.filter((other) => other !== region);
      const own: TableSpec = others.length === 0 ? spec : { ...spec, region, replicas: others };
      const table: Table = new Table(own, options.accountId, options.clock.now_ms(), (change) =>
        options.onChange?.(table.arn, change),
      );
      tables.set(`${region}/${spec.name}`, table);
      return table;
    });
    for (const from of siblings) from.onCommit = replicator(options, from, siblings);
    return handleOf(tables, options.clock, spec.region, spec.name);
  };

  return {
    service: { id: 'dynamodb', schemas, operations: withoutLegacy(operations) },
    createTable,
    table: (region, name) => handleOf(tables, options.clock, region, name),
    setReplicaStatus: (name, region, status) => {
      statuses.set(`${region}/${name}`, status);
    },
  };
}

/** A name or the table's ARN. */
function nameOf(name: string | undefined): string {
  return name?.replace(/^arn:aws:dynamodb:[^:]*:[^:]*:table\//, '') ?? '';
}

function withoutLegacy(operations: Readonly<Record<string, Operation>>): Record<string, Operation> {
  const guarded = Object.entries(operations).map(([name, operation]): [string, Operation] => [
    name,
    (input: Readonly<Record<string, unknown>>, call) => {
      const legacy = LEGACY.find((parameter) => input[parameter] !== undefined);
      if (legacy !== undefined)
        throw new AwsError('NotImplemented', `The sandbox does not simulate DynamoDB's legacy parameter ${legacy}.`);
      return operation(input, call);
    },
  ]);
  return Object.fromEntries(guarded);
}

/** Each write arrives in every other region after the lag, once both regions serve; the last writer wins. */
function replicator(options: DynamoDbOptions, from: Table, siblings: readonly Table[]): Table['onCommit'] {
  const { clock, environment } = options;
  const serves = (region: string): boolean => environment?.regionServes(region) ?? true;
  const lag_ms = from.spec.replicationLag_ms ?? DEFAULT_REPLICATION_LAG_MS;
  return (key, item, written_ms) => {
    for (const to of siblings.filter((sibling) => sibling !== from)) {
      const deliver = (): void => {
        if (serves(from.spec.region) && serves(to.spec.region))
          to.replicate(key, item, written_ms, from.spec.region, clock.now_ms());
        else clock.after(REPLICATION_RETRY_MS, deliver);
      };
      clock.after(lag_ms, deliver);
    }
  };
}

function handleOf(tables: ReadonlyMap<string, Table>, clock: Clock, region: string, name: string): TableHandle {
  const table = tables.get(`${region}/${name}`);
  if (table === undefined) throw new Error(`There is no table ${name} in ${region}.`);
  return {
    arn: table.arn,
    streamArn: table.streamArn,
    items: () => structuredClone(table.items()),
    get: (key) => structuredClone(table.get(key)),
    put: (item) => table.put(item, clock.now_ms()),
    delete: (key) => table.delete(key, clock.now_ms()),
  };
}

function describe(table: Table, statuses: ReadonlyMap<string, schemas.ReplicaStatus>): schemas.TableDescription {
  const { name, key, stream, replicas = [] } = table.spec;
  return {
    TableName: name,
    TableArn: table.arn,
    TableStatus: 'ACTIVE',
    CreationDateTime: new Date(table.created_ms),
    KeySchema: keyAttributes(key).map((attribute, index) => ({
      AttributeName: attribute.name,
      KeyType: index === 0 ? 'HASH' : 'RANGE',
    })),
    AttributeDefinitions: keyAttributes(key).map((attribute) => ({
      AttributeName: attribute.name,
      AttributeType: attribute.type,
    })),
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ItemCount: table.items().length,
    TableSizeBytes: table.sizeBytes(),
    DeletionProtectionEnabled: table.spec.deletionProtection ?? false,
    ...(stream === undefined || table.streamArn === undefined
      ? {}
      : {
          StreamSpecification: { StreamEnabled: true, StreamViewType: stream },
          LatestStreamArn: table.streamArn,
          LatestStreamLabel: table.streamArn.replace(/^.*\/stream\//, ''),
        }),
    ...(replicas.length === 0
      ? {}
      : {
          GlobalTableVersion: '2019.11.21',
          Replicas: replicas.map((region) => ({
            RegionName: region,
            ReplicaStatus: statuses.get(`${region}/${name}`) ?? 'ACTIVE',
          })),
        }),
  };
}

const RECOVERY_DAYS = 35;

/** "ContinuousBackupsStatus is ENABLED on all tables at table creation" (API reference, DescribeContinuousBackups). */
function continuousBackups(table: Table, now_ms: number): schemas.ContinuousBackupsDescription {
  const days_ms = RECOVERY_DAYS * 86_400_000;
  return {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription: table.spec.pointInTimeRecovery
      ? {
          PointInTimeRecoveryStatus: 'ENABLED',
          RecoveryPeriodInDays: RECOVERY_DAYS,
          EarliestRestorableDateTime: new Date(Math.max(table.created_ms, now_ms - days_ms)),
          // "typically 5 minutes before the current time" (API reference, PointInTimeRecoveryDescription).
          LatestRestorableDateTime: new Date(Math.max(table.created_ms, now_ms - 300_000)),
        }
      : { PointInTimeRecoveryStatus: 'DISABLED' },
  };
}

function listTables(
  tables: ReadonlyMap<string, Table>,
  input: schemas.ListTablesCommandInput,
  call: Call,
): schemas.ListTablesOutput {
  const { ExclusiveStartTableName: after = '', Limit = 100 } = input;
  const names = Array.from(tables.values())
    .filter(({ spec }) => spec.region === call.region && spec.name > after)
    .map(({ spec }) => spec.name)
    .sort();
  const TableNames = names.slice(0, Limit);
  const last = TableNames.at(-1);
  return {
    TableNames,
    ...(TableNames.length < names.length && last !== undefined ? { LastEvaluatedTableName: last } : {}),
  };
}
