import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Comparator, Condition, Operand } from './expressions.ts';
import { canonical, type Item, invalid, tagged } from './values.ts';

interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

export interface KeySchema {
  readonly partition: KeyAttribute;
  readonly sort?: KeyAttribute;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys */
const MAX_PARTITION_BYTES = 2048;
const MAX_SORT_BYTES = 1024;

export function keyAttributes({ partition, sort }: KeySchema): readonly KeyAttribute[] {
  return sort === undefined ? [partition] : [partition, sort];
}

/** The key within an item that is about to be stored. */
export function keyOfItem(schema: KeySchema, item: Item): Item {
  for (const { name, type } of keyAttributes(schema)) {
    const value = item[name];
    if (value === undefined)
      throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`);
    const [actual] = tagged(value);
    if (actual !== type) {
      throw invalid(
        `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type} actual: ${actual}`,
      );
    }
  }
  const key = pick(schema, item);
  checkContent(schema, key);
  return key;
}

/** A key as Get, Update, Delete and Batch requests give it: the key's attributes and no others. */
export function checkKey(schema: KeySchema, key: Item): Item {
  const attributes = keyAttributes(schema);
  const fits = attributes.every(({ name, type }) => {
    const value = key[name];
    return value !== undefined && tagged(value)[0] === type;
  });
  if (!fits || Object.keys(key).length !== attributes.length)
    throw invalid('The provided key element does not match the schema');
  checkContent(schema, key);
  return key;
}

export function pick(schema: KeySchema, item: Item): Record<string, AttributeValue> {
  return Object.fromEntries(
    keyAttributes(schema).flatMap(({ name }) => {
      const value = item[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function checkContent(schema: KeySchema, key: Item): void {
  keyAttributes(schema).forEach(({ name }, index) => {
    const value = key[name];
    if (value === undefined || value.N !== undefined) return;
    const bytes = value.S === undefined ? (value.B?.length ?? 0) : Buffer.byteLength(value.S);
    if (bytes === 0) {
      const kind = value.S === undefined ? 'binary' : 'string';
      throw invalid(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`,
      );
    }
    const limit = index === 0 ? MAX_PARTITION_BYTES : MAX_SORT_BYTES;
    if (bytes > limit) {
      const role = index === 0 ? 'hashkey' : 'rangekey';
      throw invalid(
        `One or more parameter values were invalid: Size of ${role} has exceeded the maximum size limit of${limit} bytes`,
      );
    }
  });
}

interface KeyCondition {
  readonly partition: AttributeValue;
  /** Without a sort condition: true for every item of the partition. */
  readonly sort: Condition | undefined;
}

/** `pk = :v [AND <one condition on the sort key>]`, in either order. */
export function keyConditionOf(schema: KeySchema, condition: Condition): KeyCondition {
  const parts = condition.kind === 'and' ? [condition.left, condition.right] : [condition];
  let partition: AttributeValue | undefined;
  let sort: Condition | undefined;
  for (const part of parts) {
    const name = attributeOf(part);
    if (
      name === schema.partition.name &&
      part.kind === 'compare' &&
      part.comparator === '=' &&
      partition === undefined
    ) {
      partition = operandValue(schema.partition, part.right);
    } else if (name !== undefined && name === schema.sort?.name && sort === undefined && isKeyOperator(part)) {
      for (const operand of operandsOf(part)) operandValue(schema.sort, operand);
      sort = part;
    } else if (name !== undefined && name !== schema.partition.name && name !== schema.sort?.name) {
      throw invalid(`Query condition missed key schema element: ${missing(schema, partition)}`);
    } else {
      throw invalid('Query key condition not supported');
    }
  }
  if (partition === undefined) throw invalid(`Query condition missed key schema element: ${schema.partition.name}`);
  return { partition, sort };
}

function missing(schema: KeySchema, partition: AttributeValue | undefined): string {
  return partition === undefined ? schema.partition.name : (schema.sort?.name ?? schema.partition.name);
}

const KEY_COMPARATORS: ReadonlySet<Comparator> = new Set(['=', '<', '<=', '>', '>=']);

function isKeyOperator(condition: Condition): boolean {
  if (condition.kind === 'compare') return KEY_COMPARATORS.has(condition.comparator);
  return condition.kind === 'between' || condition.kind === 'begins_with';
}

function attributeOf(condition: Condition): string | undefined {
  const operand =
    condition.kind === 'compare'
      ? condition.left
      : 'of' in condition && condition.kind !== 'not'
        ? condition.of
        : undefined;
  if (operand?.kind !== 'path' || operand.path.length !== 1) return undefined;
  const [name] = operand.path;
  return typeof name === 'string' ? name : undefined;
}

function operandsOf(condition: Condition): readonly Operand[] {
  if (condition.kind === 'compare') return [condition.right];
  if (condition.kind === 'between') return [condition.low, condition.high];
  return condition.kind === 'begins_with' ? [condition.argument] : [];
}

function operandValue(attribute: KeyAttribute, operand: Operand): AttributeValue {
  if (operand.kind !== 'value') throw invalid('Query key condition not supported');
  if (tagged(operand.value)[0] !== attribute.type) {
    throw invalid('One or more parameter values were invalid: Condition parameter type does not match schema type');
  }
  return operand.value;
}

export function keyText(key: Item): string {
  return canonical({ M: { ...key } });
}
