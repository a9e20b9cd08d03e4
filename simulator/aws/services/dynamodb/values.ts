import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../service.ts';
import { compareDecimals, formatDecimal, parseDecimal } from './decimal.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

export const MAX_ITEM_BYTES = 400 * 1024;

/** A value by its one type tag, with the content that the tag implies. */
type Tagged =
  | readonly ['S', string]
  | readonly ['N', string]
  | readonly ['B', Uint8Array]
  | readonly ['SS', string[]]
  | readonly ['NS', string[]]
  | readonly ['BS', Uint8Array[]]
  | readonly ['M', Record<string, AttributeValue>]
  | readonly ['L', AttributeValue[]]
  | readonly ['NULL', boolean]
  | readonly ['BOOL', boolean];

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

export function tagged(value: AttributeValue): Tagged {
  const tags = Object.entries(value).filter(([, content]) => content !== undefined);
  const [only] = tags;
  if (only === undefined)
    throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  if (tags.length > 1) {
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  return only as unknown as Tagged;
}

/** A checked copy: numbers in their stored form, sets without duplicates. */
export function normaliseValue(value: AttributeValue): AttributeValue {
  const [tag, content] = tagged(value);
  switch (tag) {
    case 'N':
      return { N: normaliseNumber(content) };
    case 'B':
      return { B: Uint8Array.from(content) };
    case 'NS':
      return { NS: checkSet(content.map(normaliseNumber), 'number') };
    case 'SS':
      return { SS: checkSet(content.slice(), 'string') };
    case 'BS':
      checkSet(
        content.map((each) => Buffer.from(each).toString('base64')),
        'binary',
      );
      return { BS: content.map((each) => Uint8Array.from(each)) };
    case 'M':
      return { M: normaliseItem(content) };
    case 'L':
      return { L: content.map(normaliseValue) };
    case 'NULL':
      if (!content)
        throw invalid(
          'One or more parameter values were invalid: Null attribute value types must have the value of true',
        );
      return { NULL: true };
    case 'S':
      return { S: content };
    case 'BOOL':
      return { BOOL: content };
  }
}

export function normaliseItem(item: Item): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, normaliseValue(value)]));
}

function normaliseNumber(text: string): string {
  return formatDecimal(parseDecimal(text));
}

function checkSet(members: string[], kind: string): string[] {
  if (members.length === 0)
    throw invalid(`One or more parameter values were invalid: An ${kind} set  may not be empty`);
  if (new Set(members).size < members.length) {
    throw invalid(
      `One or more parameter values were invalid: Input collection [${members.join(', ')}] contains duplicates.`,
    );
  }
  return members;
}

export function equalValues(a: AttributeValue, b: AttributeValue): boolean {
  return canonical(a) === canonical(b);
}

export function equalItems(a: Item, b: Item): boolean {
  return canonical({ M: { ...a } }) === canonical({ M: { ...b } });
}

/** The same text for equal values: sets and maps have no order. */
export function canonical(value: AttributeValue): string {
  const [tag, content] = tagged(value);
  switch (tag) {
    case 'S':
    case 'BOOL':
    case 'NULL':
      return `${tag}:${JSON.stringify(content)}`;
    case 'N':
      return `N:${normaliseNumber(content)}`;
    case 'B':
      return `B:${Buffer.from(content).toString('base64')}`;
    case 'SS':
      return `SS:${JSON.stringify(content.toSorted())}`;
    case 'NS':
      return `NS:${JSON.stringify(content.map(normaliseNumber).toSorted())}`;
    case 'BS':
      return `BS:${JSON.stringify(content.map((each) => Buffer.from(each).toString('base64')).toSorted())}`;
    case 'L':
      return `L:[${content.map(canonical).join(',')}]`;
    case 'M': {
      const entries = Object.entries(content).map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`);
      return `M:{${entries.toSorted().join(',')}}`;
    }
  }
}

/** Order of strings (UTF-8 bytes), numbers and binaries; undefined when the values have no common order. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  const [left, right] = [tagged(a), tagged(b)];
  if (left[0] === 'N' && right[0] === 'N') return compareDecimals(parseDecimal(left[1]), parseDecimal(right[1]));
  if (left[0] === 'S' && right[0] === 'S') return Buffer.compare(Buffer.from(left[1]), Buffer.from(right[1]));
  if (left[0] === 'B' && right[0] === 'B') return Buffer.compare(left[1], right[1]);
  return undefined;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
  const [tag, content] = tagged(value);
  switch (tag) {
    case 'S':
      return Buffer.byteLength(content);
    case 'N':
      return numberBytes(content);
    case 'B':
      return content.length;
    case 'SS':
      return content.reduce((sum, each) => sum + Buffer.byteLength(each), 0);
    case 'NS':
      return content.reduce((sum, each) => sum + numberBytes(each), 0);
    case 'BS':
      return content.reduce((sum, each) => sum + each.length, 0);
    case 'NULL':
    case 'BOOL':
      return 1;
    case 'L':
      return content.reduce((sum, each) => sum + 1 + valueBytes(each), 3);
    case 'M':
      return itemBytes(content) + Object.keys(content).length + 3;
  }
}

/** One byte for two significant digits, and one more. */
function numberBytes(text: string): number {
  const significant = text.replace(/[-.]/g, '').replace(/^0+|0+$/g, '').length;
  return Math.ceil(significant / 2) + 1;
}
