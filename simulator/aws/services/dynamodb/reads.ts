import type {
  AttributeValue,
  BatchGetItemCommandInput,
  BatchGetItemOutput,
  GetItemCommandInput,
  GetItemOutput,
  KeysAndAttributes,
  QueryCommandInput,
  QueryOutput,
  ScanCommandInput,
  ScanOutput,
} from '@aws-sdk/client-dynamodb';
import { AwsError, type Call } from '../../service.ts';
import { holds, project } from './evaluate.ts';
import { type Condition, type Path, Placeholders, parseCondition, parseProjection } from './expressions.ts';
import { checkKey, keyAttributes, keyConditionOf, keyText, pick } from './keys.ts';
import type { Table } from './table.ts';
import { compareValues, type Item, invalid, itemBytes, normaliseItem } from './values.ts';

const PAGE_BYTES = 1024 * 1024;
const BATCH_BYTES = 16 * 1024 * 1024;
const BATCH_KEYS = 100;

/** Finds the tables, and how far an eventually consistent read looks back. */
export interface Reader {
  tableOf(name: string | undefined, call: Call): Table;
  /** Undefined: a consistent read. */
  asOf_ms(consistent: boolean | undefined, call: Call): number | undefined;
}

export function getItem(reader: Reader, input: GetItemCommandInput, call: Call): GetItemOutput {
  const table = reader.tableOf(input.TableName, call);
  const placeholders = new Placeholders(input.ExpressionAttributeNames);
  const paths = projectionOf(input.ProjectionExpression, placeholders);
  placeholders.finish();
  const item = table.get(input.Key ?? {}, reader.asOf_ms(input.ConsistentRead, call));
  return item === undefined ? {} : { Item: view(item, paths) };
}

export function batchGetItem(reader: Reader, input: BatchGetItemCommandInput, call: Call): BatchGetItemOutput {
  const requests = Object.entries(input.RequestItems ?? {});
  const count = requests.reduce((sum, [, { Keys = [] }]) => sum + Keys.length, 0);
  if (count === 0)
    throw invalid(
      "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  if (count > BATCH_KEYS) throw invalid('Too many items requested for the BatchGetItem call');
  const Responses: Record<string, Record<string, AttributeValue>[]> = {};
  const UnprocessedKeys: Record<string, KeysAndAttributes> = {};
  let bytes = 0;
  for (const [name, request] of requests) {
    const table = reader.tableOf(name, call);
    const placeholders = new Placeholders(request.ExpressionAttributeNames);
    const paths = projectionOf(request.ProjectionExpression, placeholders);
    placeholders.finish();
    const found: Record<string, AttributeValue>[] = [];
    const left: Item[] = [];
    for (const key of distinctKeys(table, request.Keys ?? [])) {
      const item = bytes < BATCH_BYTES ? table.get(key, reader.asOf_ms(request.ConsistentRead, call)) : undefined;
      if (bytes >= BATCH_BYTES) left.push(key);
      if (item === undefined) continue;
      bytes += itemBytes(item);
      found.push(view(item, paths));
    }
    Responses[name] = found;
    if (left.length > 0) UnprocessedKeys[name] = { ...request, Keys: left };
  }
  return { Responses, UnprocessedKeys };
}

function distinctKeys(table: Table, keys: readonly Item[]): readonly Item[] {
  const checked = keys.map((key) => checkKey(table.spec.key, normaliseItem(key)));
  if (new Set(checked.map(keyText)).size < checked.length)
    throw invalid('Provided list of item keys contains duplicates');
  return checked;
}

export function query(reader: Reader, input: QueryCommandInput, call: Call): QueryOutput {
  const table = reader.tableOf(input.TableName, call);
  refuseIndex(input.IndexName);
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  if (input.KeyConditionExpression === undefined)
    throw invalid('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  const condition = parseCondition('KeyConditionExpression', input.KeyConditionExpression, placeholders);
  const { partition, sort } = keyConditionOf(table.spec.key, condition);
  const selection = selectionOf(table, input, placeholders);
  const items = table.items(partition, reader.asOf_ms(input.ConsistentRead, call));
  const matching = items.filter((item) => sort === undefined || holds(sort, item));
  return page(table, selection.forward ? matching : matching.reverse(), input, selection);
}

export function scan(reader: Reader, input: ScanCommandInput, call: Call): ScanOutput {
  const table = reader.tableOf(input.TableName, call);
  refuseIndex(input.IndexName);
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  const selection = selectionOf(table, input, placeholders);
  if (input.TotalSegments !== undefined)
    throw new AwsError('NotImplemented', 'The sandbox does not simulate parallel scans.');
  const items = table.items(undefined, reader.asOf_ms(input.ConsistentRead, call));
  if (input.ExclusiveStartKey !== undefined) refuseGone(table, items, input.ExclusiveStartKey);
  return page(table, items, input, selection);
}

interface Selection {
  readonly filter: Condition | undefined;
  readonly paths: readonly Path[] | undefined;
  readonly countOnly: boolean;
  readonly forward: boolean;
}

function selectionOf(table: Table, input: QueryCommandInput | ScanCommandInput, placeholders: Placeholders): Selection {
  const filter =
    input.FilterExpression === undefined
      ? undefined
      : parseCondition('FilterExpression', input.FilterExpression, placeholders);
  const paths = projectionOf(input.ProjectionExpression, placeholders);
  placeholders.finish();
  if (filter !== undefined && 'KeyConditionExpression' in input) refuseKeyFilter(table, filter);
  if (input.Select === 'COUNT' && paths !== undefined)
    throw invalid('Cannot specify the ProjectionExpression when choosing to get only the Count');
  if (input.Limit !== undefined && input.Limit < 1) {
    throw invalid(
      `1 validation error detected: Value '${input.Limit}' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1`,
    );
  }
  const forward = !('ScanIndexForward' in input) || input.ScanIndexForward !== false;
  return { filter, paths, countOnly: input.Select === 'COUNT', forward };
}

/** A query's filter may not name the key: that is the key condition's part. */
function refuseKeyFilter(table: Table, filter: Condition): void {
  const keys = new Set(keyAttributes(table.spec.key).map(({ name }) => name));
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('path' in node && Array.isArray(node.path) && keys.has(node.path[0])) {
      throw invalid(
        `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${node.path[0]}`,
      );
    }
    if ('kind' in node && node.kind !== 'value') for (const child of Object.values(node)) visit(child);
    else if (Array.isArray(node)) node.forEach(visit);
  };
  visit(filter);
}

/** Limit and the 1 MB count what was read, before the filter. */
function page(
  table: Table,
  items: readonly Item[],
  input: QueryCommandInput | ScanCommandInput,
  selection: Selection,
): QueryOutput {
  const rest = items.slice(startOf(table, items, input.ExclusiveStartKey, selection.forward));
  const shown: Record<string, AttributeValue>[] = [];
  let [read, bytes, count] = [0, 0, 0];
  for (const item of rest) {
    read += 1;
    bytes += itemBytes(item);
    if (selection.filter === undefined || holds(selection.filter, item)) {
      count += 1;
      if (!selection.countOnly) shown.push(view(item, selection.paths));
    }
    if (read === input.Limit || bytes >= PAGE_BYTES) break;
  }
  const last = rest[read - 1];
  const stopped = last !== undefined && (read === input.Limit || (bytes >= PAGE_BYTES && read < rest.length));
  return {
    ...(selection.countOnly ? {} : { Items: shown }),
    Count: count,
    ScannedCount: read,
    ...(stopped ? { LastEvaluatedKey: pick(table.spec.key, last) } : {}),
  };
}

/** Behind the given key, or, if that item is gone by now, behind where it was in the order of the sort key. */
function startOf(table: Table, items: readonly Item[], start: Item | undefined, forward: boolean): number {
  if (start === undefined) return 0;
  const key = checkStart(table, start);
  const found = items.findIndex((item) => keyText(pick(table.spec.key, item)) === keyText(key));
  if (found >= 0) return found + 1;
  const name = table.spec.key.sort?.name ?? '';
  const from = key[name];
  const behind = items.findIndex((item) => {
    const value = item[name];
    const order = value === undefined || from === undefined ? undefined : compareValues(value, from);
    return order !== undefined && (forward ? order > 0 : order < 0);
  });
  return behind < 0 ? items.length : behind;
}

/** AWS scans in the order of the partitions' hashes; here a start key is valid only while its item exists. */
function refuseGone(table: Table, items: readonly Item[], start: Item): void {
  const key = keyText(checkStart(table, start));
  if (items.some((item) => keyText(pick(table.spec.key, item)) === key)) return;
  throw new AwsError('NotImplemented', 'The sandbox cannot continue a scan behind an item that is gone.');
}

function checkStart(table: Table, start: Item): Item {
  try {
    return checkKey(table.spec.key, normaliseItem(start));
  } catch (cause) {
    throw Object.assign(invalid('The provided starting key is invalid'), { cause });
  }
}

function projectionOf(expression: string | undefined, placeholders: Placeholders): readonly Path[] | undefined {
  return expression === undefined ? undefined : parseProjection(expression, placeholders);
}

function view(item: Item, paths: readonly Path[] | undefined): Record<string, AttributeValue> {
  return structuredClone(paths === undefined ? { ...item } : project(item, paths));
}

function refuseIndex(name: string | undefined): void {
  if (name !== undefined) throw invalid(`The table does not have the specified index: ${name}`);
}
