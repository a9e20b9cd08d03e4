import { createHash } from 'node:crypto';
import { equals, isArray, isObject, type Json, parseJson } from './json.ts';

/** A call that failed: States.IntrinsicFailure. */
export class IntrinsicProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'IntrinsicProblem';
  }
}

/** The randomness of intrinsic functions. */
export interface Draws {
  next(): number;
  uuid(): string;
}

type Intrinsic = (args: readonly Json[], draws: Draws) => Json;

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new IntrinsicProblem(message);
}

function text(value: Json | undefined, what: string): string {
  check(typeof value === 'string', `${what} must be a string`);
  return value;
}

function integer(value: Json | undefined, what: string): number {
  check(typeof value === 'number', `${what} must be a number`);
  // Step Functions rounds to the nearest integer, halves upward: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
  return Math.round(value);
}

function array(value: Json | undefined, what: string): readonly Json[] {
  check(isArray(value), `${what} must be an array`);
  return value;
}

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};
const MAX_TEXT = 10_000;
const MAX_ITEMS = 1_000;

function short(value: Json | undefined, what: string): string {
  const found = text(value, what);
  check(found.length <= MAX_TEXT, `${what} is longer than ${MAX_TEXT} characters`);
  return found;
}

/** Name to [arguments at least, at most, function]. */
const FUNCTIONS: Readonly<Record<string, readonly [number, number, Intrinsic]>> = {
  'States.Format': [1, Number.POSITIVE_INFINITY, format],
  'States.StringToJson': [1, 1, ([value]) => stringToJson(text(value, 'The argument of States.StringToJson'))],
  'States.JsonToString': [1, 1, ([value]) => JSON.stringify(value)],
  'States.Array': [0, Number.POSITIVE_INFINITY, (args) => args],
  'States.ArrayLength': [1, 1, ([items]) => array(items, 'The argument of States.ArrayLength').length],
  'States.ArrayContains': [
    2,
    2,
    ([items, wanted]) =>
      array(items, 'The first argument of States.ArrayContains').some((item) => equals(item, wanted ?? null)),
  ],
  'States.ArrayGetItem': [
    2,
    2,
    ([items, index]) => getItem(array(items, 'The first argument of States.ArrayGetItem'), index),
  ],
  'States.ArrayRange': [
    3,
    3,
    ([first, last, stride]) =>
      range(
        integer(first, 'The first argument'),
        integer(last, 'The second argument'),
        integer(stride, 'The third argument'),
      ),
  ],
  'States.ArrayUnique': [1, 1, ([items]) => unique(array(items, 'The argument of States.ArrayUnique'))],
  'States.ArrayPartition': [
    2,
    2,
    ([items, size]) =>
      partition(array(items, 'The first argument of States.ArrayPartition'), integer(size, 'The size')),
  ],
  'States.MathAdd': [2, 2, ([a, b]) => integer(a, 'The first argument') + integer(b, 'The second argument')],
  'States.MathRandom': [2, 3, mathRandom],
  'States.UUID': [0, 0, (_args, draws) => draws.uuid()],
  'States.Hash': [2, 2, ([data, algorithm]) => hash(data ?? null, text(algorithm, 'The algorithm'))],
  'States.Base64Encode': [
    1,
    1,
    ([data]) => Buffer.from(short(data, 'The argument of States.Base64Encode'), 'utf8').toString('base64'),
  ],
  'States.Base64Decode': [
    1,
    1,
    ([data]) => Buffer.from(short(data, 'The argument of States.Base64Decode'), 'base64').toString('utf8'),
  ],
  'States.JsonMerge': [3, 3, jsonMerge],
  'States.StringSplit': [
    2,
    2,
    ([value, delimiters]) =>
      split(text(value, 'The first argument of States.StringSplit'), text(delimiters, 'The delimiter')),
  ],
};

export function knowsIntrinsic(name: string): boolean {
  return Object.hasOwn(FUNCTIONS, name);
}

export function callIntrinsic(name: string, args: readonly Json[], draws: Draws): Json {
  const entry = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  check(entry !== undefined, `${name} is not an intrinsic function`);
  const [least, most, fn] = entry;
  check(args.length >= least && args.length <= most, `Invalid number of arguments for ${name}`);
  return fn(args, draws);
}

function format(args: readonly Json[]): Json {
  const [template, ...values] = args;
  const parts = text(template, 'The template of States.Format').split(/(?<!\\)\{\}/);
  check(parts.length - 1 === values.length, 'number of arguments do not match the occurrences of {} in States.Format');
  const shown = values.map((value) => {
    // AWS prints some objects as JSON and some as Java maps; a state machine should not depend on it.
    check(!isObject(value) && !isArray(value), 'States.Format of an object or array is not simulated');
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
  const plain = parts.map((part) => part.replace(/\\([{}\\])/g, '$1'));
  return plain.map((part, i) => part + (shown[i] ?? '')).join('');
}

function stringToJson(value: string): Json {
  try {
    return parseJson(value);
  } catch {
    throw new IntrinsicProblem('The argument of States.StringToJson is not valid JSON');
  }
}

function getItem(items: readonly Json[], at: Json | undefined): Json {
  const index = integer(at, 'The index');
  const item = index < 0 ? undefined : items[index];
  check(item !== undefined, `Index ${index} is outside the array`);
  return item;
}

function range(first: number, last: number, stride: number): Json {
  check(stride !== 0, 'The step of States.ArrayRange must not be 0');
  const count = Math.max(0, Math.floor((last - first) / stride) + 1);
  check(count <= MAX_ITEMS, `States.ArrayRange makes at most ${MAX_ITEMS} items`);
  return Array.from({ length: count }, (_unused, i) => first + i * stride);
}

function unique(items: readonly Json[]): Json {
  return items.filter((item, i) => items.findIndex((other) => equals(item, other)) === i);
}

function partition(items: readonly Json[], size: number): Json {
  check(size > 0, 'The size of States.ArrayPartition must be positive');
  return Array.from({ length: Math.ceil(items.length / size) }, (_unused, i) => items.slice(i * size, (i + 1) * size));
}

/** From start, included, to end, excluded. A seed makes the answer a function of the seed, as documented. */
function mathRandom([start, end, seed]: readonly Json[], draws: Draws): Json {
  const low = integer(start, 'The start');
  const high = integer(end, 'The end');
  check(low < high, 'The start of States.MathRandom must be less than its end');
  if (seed === undefined) return low + Math.floor(draws.next() * (high - low));
  const digest = createHash('sha256')
    .update(String(integer(seed, 'The seed')))
    .digest();
  return low + Math.floor((digest.readUInt32BE(0) / 4_294_967_296) * (high - low));
}

function hash(data: Json, algorithm: string): Json {
  const name = Object.hasOwn(HASHES, algorithm) ? HASHES[algorithm] : undefined;
  check(name !== undefined, `States.Hash does not know the algorithm ${algorithm}`);
  const value = typeof data === 'string' ? data : JSON.stringify(data);
  return createHash(name).update(short(value, 'The data of States.Hash'), 'utf8').digest('hex');
}

function jsonMerge([first, second, deep]: readonly Json[]): Json {
  check(isObject(first) && isObject(second), 'States.JsonMerge merges two objects');
  check(deep === false, 'States.JsonMerge supports the shallow merging mode only: its third argument is false');
  return { ...first, ...second };
}

/** Every character of `delimiters` divides; empty parts are dropped. */
function split(value: string, delimiters: string): Json {
  const parts: string[] = [''];
  for (const character of value) {
    if (delimiters.includes(character)) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => part !== '');
}
