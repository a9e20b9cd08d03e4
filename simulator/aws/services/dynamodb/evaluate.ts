import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Comparator, Condition, Operand, Path } from './expressions.ts';
import { compareValues, equalValues, type Item, tagged } from './values.ts';

/** Whether a condition holds for an item; an empty item stands for one that does not exist. */
export function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, item) && holds(condition.right, item);
    case 'or':
      return holds(condition.left, item) || holds(condition.right, item);
    case 'not':
      return !holds(condition.of, item);
    case 'exists':
      return (valueAt(item, condition.path) !== undefined) === condition.expected;
    case 'compare':
      return compares(operandValue(condition.left, item), condition.comparator, operandValue(condition.right, item));
    case 'between': {
      const value = operandValue(condition.of, item);
      return (
        compares(value, '>=', operandValue(condition.low, item)) &&
        compares(value, '<=', operandValue(condition.high, item))
      );
    }
    case 'in': {
      const value = operandValue(condition.of, item);
      return condition.among.some((each) => compares(value, '=', operandValue(each, item)));
    }
    case 'type':
    case 'begins_with':
    case 'contains':
      return calls(condition.kind, operandValue(condition.of, item), operandValue(condition.argument, item));
  }
}

/** A missing attribute equals nothing and is unequal to everything; it has no order. */
function compares(
  left: AttributeValue | undefined,
  comparator: Comparator,
  right: AttributeValue | undefined,
): boolean {
  if (left === undefined || right === undefined) return comparator === '<>';
  if (comparator === '=') return equalValues(left, right);
  if (comparator === '<>') return !equalValues(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  if (comparator === '<') return order < 0;
  if (comparator === '<=') return order <= 0;
  return comparator === '>' ? order > 0 : order >= 0;
}

function calls(
  name: 'type' | 'begins_with' | 'contains',
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (left === undefined || right === undefined) return false;
  const [subject, argument] = [tagged(left), tagged(right)];
  if (name === 'type') return argument[0] === 'S' && subject[0] === argument[1];
  if (subject[0] === 'S' && argument[0] === 'S') {
    return name === 'begins_with' ? subject[1].startsWith(argument[1]) : subject[1].includes(argument[1]);
  }
  if (subject[0] === 'B' && argument[0] === 'B') {
    const at = Buffer.from(subject[1]).indexOf(argument[1]);
    return name === 'begins_with' ? at === 0 : at >= 0;
  }
  return name === 'contains' && holdsMember(left, right);
}

function holdsMember(collection: AttributeValue, member: AttributeValue): boolean {
  const [tag, content] = tagged(collection);
  if (tag === 'L') return content.some((each) => equalValues(each, member));
  if (tag === 'SS') return content.some((S) => equalValues({ S }, member));
  if (tag === 'NS') return content.some((N) => equalValues({ N }, member));
  return tag === 'BS' && content.some((B) => equalValues({ B }, member));
}

function operandValue(operand: Operand, item: Item): AttributeValue | undefined {
  if (operand.kind === 'value') return operand.value;
  const value = valueAt(item, operand.path);
  if (operand.kind === 'path' || value === undefined) return value;
  const size = sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

function sizeOf(value: AttributeValue): number | undefined {
  const [tag, content] = tagged(value);
  if (tag === 'N' || tag === 'NULL' || tag === 'BOOL') return undefined;
  return tag === 'M' ? Object.keys(content).length : content.length;
}

export function valueAt(item: Item, path: Path): AttributeValue | undefined {
  let value: AttributeValue | undefined = { M: { ...item } };
  for (const segment of path) {
    if (value === undefined) return undefined;
    if (typeof segment === 'number') value = value.L?.[segment];
    else value = value.M !== undefined && Object.hasOwn(value.M, segment) ? value.M[segment] : undefined;
  }
  return value;
}

/** The parts of an item that the paths name, in the item's own structure; list elements close up. */
export function project(item: Item, paths: readonly Path[]): Record<string, AttributeValue> {
  const present = paths.filter((path) => valueAt(item, path) !== undefined);
  return projectMap({ M: { ...item } }, present).M ?? {};
}

function projectMap(value: AttributeValue, paths: readonly Path[]): AttributeValue {
  if (paths.some((path) => path.length === 0)) return value;
  const heads = Array.from(new Set(paths.map(([head]) => head)));
  const under = (head: string | number | undefined): Path[] =>
    paths.filter((path) => path[0] === head).map((path) => path.slice(1));
  if (value.L !== undefined) {
    const indices = heads.filter((head) => typeof head === 'number').sort((a, b) => a - b);
    return { L: indices.flatMap((index) => partOf(value.L?.[index], under(index))) };
  }
  const names = heads.filter((head) => typeof head === 'string');
  return {
    M: Object.fromEntries(names.flatMap((name) => partOf(value.M?.[name], under(name)).map((part) => [name, part]))),
  };
}

function partOf(value: AttributeValue | undefined, paths: readonly Path[]): AttributeValue[] {
  return value === undefined ? [] : [projectMap(value, paths)];
}
