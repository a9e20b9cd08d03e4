import type {
  AttributeValue,
  CancellationReason,
  DeleteItemCommandInput,
  DeleteItemOutput,
  PutItemCommandInput,
  PutItemOutput,
  TransactWriteItem,
  TransactWriteItemsCommandInput,
  TransactWriteItemsOutput,
  UpdateItemCommandInput,
  UpdateItemOutput,
} from '@aws-sdk/client-dynamodb';
import { AwsError, type Call } from '../../service.ts';
import { holds, project } from './evaluate.ts';
import { type Path, Placeholders, parseCondition } from './expressions.ts';
import { checkKey, keyAttributes, keyOfItem, keyText } from './keys.ts';
import type { Table } from './table.ts';
import { applyUpdate, parseUpdate, type Update } from './update.ts';
import { canonical, type Item, invalid, itemBytes, MAX_ITEM_BYTES, normaliseItem } from './values.ts';

type TableOf = (name: string | undefined, call: Call) => Table;

/** A write that has been checked against everything but the table's content. */
interface Write {
  readonly table: Table;
  readonly key: Item;
  /** Throws ConditionalCheckFailedException. */
  readonly check: (before: Item | undefined) => void;
  /** The item after the write; undefined: deleted. Throws when the item would be too large. */
  readonly next: (before: Item | undefined) => Item | undefined;
}

interface Conditioned {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
}

export function putItem(tableOf: TableOf, input: PutItemCommandInput, call: Call): PutItemOutput {
  allowReturn(input.ReturnValues, ['NONE', 'ALL_OLD']);
  const before = run(preparePut(tableOf(input.TableName, call), input), call);
  return input.ReturnValues === 'ALL_OLD' && before !== undefined ? { Attributes: copy(before) } : {};
}

export function deleteItem(tableOf: TableOf, input: DeleteItemCommandInput, call: Call): DeleteItemOutput {
  allowReturn(input.ReturnValues, ['NONE', 'ALL_OLD']);
  const before = run(prepareDelete(tableOf(input.TableName, call), input), call);
  return input.ReturnValues === 'ALL_OLD' && before !== undefined ? { Attributes: copy(before) } : {};
}

export function updateItem(tableOf: TableOf, input: UpdateItemCommandInput, call: Call): UpdateItemOutput {
  allowReturn(input.ReturnValues, ['NONE', 'ALL_OLD', 'UPDATED_OLD', 'ALL_NEW', 'UPDATED_NEW']);
  const table = tableOf(input.TableName, call);
  const write = prepareUpdate(table, input);
  const before = run(write, call);
  const after = table.get(write.key) ?? {};
  return attributesOf(input.ReturnValues, before, after, write.update?.paths ?? []);
}

function attributesOf(
  wanted: string | undefined,
  before: Item | undefined,
  after: Item,
  paths: readonly Path[],
): UpdateItemOutput {
  switch (wanted) {
    case 'ALL_OLD':
      return before === undefined ? {} : { Attributes: copy(before) };
    case 'ALL_NEW':
      return { Attributes: copy(after) };
    case 'UPDATED_OLD':
      return attributesIfAny(project(before ?? {}, paths));
    case 'UPDATED_NEW':
      return attributesIfAny(project(after, paths));
    default:
      return {};
  }
}

function attributesIfAny(attributes: Record<string, AttributeValue>): UpdateItemOutput {
  return Object.keys(attributes).length === 0 ? {} : { Attributes: copy(attributes) };
}

function run(write: Write, call: Call): Item | undefined {
  const before = write.table.get(write.key);
  write.check(before);
  commit(write, write.next(before), call);
  return before;
}

function commit({ table, key }: Write, item: Item | undefined, call: Call): void {
  if (item === undefined) table.delete(key, call.clock.now_ms());
  else table.put(item, call.clock.now_ms());
}

function preparePut(table: Table, input: Conditioned & { readonly Item?: Item | undefined }): Write {
  const item = normaliseItem(input.Item ?? {});
  const key = keyOfItem(table.spec.key, item);
  if (itemBytes(item) > MAX_ITEM_BYTES) throw invalid('Item size has exceeded the maximum allowed size');
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  return { table, key, check: conditionOf(input, placeholders), next: () => item };
}

function prepareDelete(table: Table, input: Conditioned & { readonly Key?: Item | undefined }): Write {
  const key = checkKey(table.spec.key, normaliseItem(input.Key ?? {}));
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  return { table, key, check: conditionOf(input, placeholders), next: () => undefined };
}

function prepareUpdate(
  table: Table,
  input: Conditioned & { readonly Key?: Item | undefined; readonly UpdateExpression?: string | undefined },
): Write & { readonly update: Update | undefined } {
  const key = checkKey(table.spec.key, normaliseItem(input.Key ?? {}));
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  const update = input.UpdateExpression === undefined ? undefined : parseUpdate(input.UpdateExpression, placeholders);
  for (const { name } of keyAttributes(table.spec.key)) {
    if (update?.paths.some(([head]) => head === name)) {
      throw invalid(
        `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
      );
    }
  }
  const next = (before: Item | undefined): Item => {
    const after = update === undefined ? (before ?? key) : applyUpdate(update, before ?? key);
    if (itemBytes(after) > MAX_ITEM_BYTES) throw invalid('Item size to update has exceeded the maximum allowed size');
    return after;
  };
  return { table, key, check: conditionOf(input, placeholders), next, update };
}

function conditionOf(input: Conditioned, placeholders: Placeholders): Write['check'] {
  const { ConditionExpression: expression, ReturnValuesOnConditionCheckFailure: wanted } = input;
  const condition =
    expression === undefined ? undefined : parseCondition('ConditionExpression', expression, placeholders);
  placeholders.finish();
  return (before) => {
    if (condition === undefined || holds(condition, before ?? {})) return;
    const Item = wanted === 'ALL_OLD' && before !== undefined ? { Item: copy(before) } : {};
    throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed', Item);
  };
}

const MAX_ACTIONS = 100;

/** All or nothing, within one region. */
export function transactWriteItems(
  tableOf: TableOf,
  input: TransactWriteItemsCommandInput,
  call: Call,
): TransactWriteItemsOutput {
  const items = input.TransactItems ?? [];
  if (items.length < 1 || items.length > MAX_ACTIONS) {
    throw invalid(
      `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length between 1 and ${MAX_ACTIONS}`,
    );
  }
  const writes = items.map((item) => prepareAction(tableOf, item, call));
  const targets = writes.map(({ table, key }) => `${table.arn} ${keyText(key)}`);
  if (new Set(targets).size < targets.length)
    throw invalid('Transaction request cannot include multiple operations on one item');
  const outcomes = writes.map((write) => attempt(write));
  if (outcomes.some(({ reason }) => reason.Code !== 'None')) throw cancelled(outcomes.map(({ reason }) => reason));
  writes.forEach((write, index) => {
    if (!write.checkOnly) commit(write, outcomes[index]?.next, call);
  });
  return {};
}

function prepareAction(tableOf: TableOf, item: TransactWriteItem, call: Call): Write & { readonly checkOnly: boolean } {
  const { Put, Update, Delete, ConditionCheck } = item;
  const given = [Put, Update, Delete, ConditionCheck].filter((each) => each !== undefined);
  const [only] = given;
  if (only === undefined || given.length > 1) {
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  const table = tableOf(only.TableName, call);
  if (Put !== undefined) return { ...preparePut(table, Put), checkOnly: false };
  if (Update !== undefined) return { ...prepareUpdate(table, Update), checkOnly: false };
  return { ...prepareDelete(table, Delete ?? ConditionCheck ?? {}), checkOnly: Delete === undefined };
}

function attempt(write: Write): { readonly reason: CancellationReason; readonly next?: Item | undefined } {
  const before = write.table.get(write.key);
  try {
    write.check(before);
    return { reason: { Code: 'None' }, next: write.next(before) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const Code = error.code === 'ConditionalCheckFailedException' ? 'ConditionalCheckFailed' : 'ValidationError';
    return { reason: { Code, Message: error.message, ...error.members } };
  }
}

function cancelled(reasons: readonly CancellationReason[]): AwsError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return new AwsError('TransactionCanceledException', message, { CancellationReasons: reasons });
}

/** A transaction's identity for the ten minutes in which its token may be repeated. */
export function transactionText(input: TransactWriteItemsCommandInput): string {
  const plain = JSON.stringify(input.TransactItems, (_, value: unknown) =>
    value instanceof Uint8Array ? canonical({ B: value }) : value,
  );
  return plain ?? '';
}

function allowReturn(wanted: string | undefined, allowed: readonly string[]): void {
  if (wanted !== undefined && !allowed.includes(wanted)) {
    throw invalid(
      allowed.length === 2 ? 'ReturnValues can only be ALL_OLD or NONE' : `Unknown ReturnValues: ${wanted}`,
    );
  }
}

function copy(item: Item): Record<string, AttributeValue> {
  return structuredClone({ ...item });
}
