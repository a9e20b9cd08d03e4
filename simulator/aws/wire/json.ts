import type { Shape } from './model.ts';
import {
  asBytes,
  EPOCH_SECONDS,
  formatTimestamp,
  isDate,
  isNumeric,
  isRecord,
  malformed,
  parseBase64,
  parseTimestamp,
  timestampFormat,
  wrongOutput,
} from './scalars.ts';

/** JSON of the AWS JSON and REST JSON protocols. Unknown members are ignored, wrong types refused, nulls dropped. */
function readJson(shape: Shape, value: unknown): unknown {
  if (shape.isDocumentSchema()) return value;
  if (shape.isStructSchema()) return readStruct(shape, value);
  if (shape.isListSchema()) {
    if (!Array.isArray(value)) throw unexpected('list', value);
    const member = shape.getValueSchema();
    const sparse = isSparse(shape);
    return value
      .filter((item) => sparse || item !== null)
      .map((item) => (item === null ? null : readJson(member, item)));
  }
  if (shape.isMapSchema()) {
    if (!isRecord(value)) throw unexpected('map', value);
    const member = shape.getValueSchema();
    const present = Object.entries(value).filter(([, item]) => item !== null || isSparse(shape));
    return Object.fromEntries(present.map(([key, item]) => [key, item === null ? null : readJson(member, item)]));
  }
  return readScalar(shape, value);
}

export function readStruct(shape: Shape, value: unknown): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  if (shape.isUnitSchema()) return read;
  if (!isRecord(value)) throw unexpected('structure', value);
  for (const [name, member] of shape.structIterator()) {
    const item = Object.hasOwn(value, name) ? value[name] : undefined;
    if (item !== undefined && item !== null) read[name] = readJson(member, item);
  }
  return read;
}

function readScalar(shape: Shape, value: unknown): unknown {
  if (shape.isStringSchema()) {
    if (typeof value === 'string') return value;
    throw unexpected('String', value);
  }
  if (shape.isBooleanSchema()) {
    if (typeof value === 'boolean') return value;
    throw unexpected('Boolean', value);
  }
  if (shape.isBlobSchema()) {
    if (typeof value === 'string') return parseBase64(value);
    throw unexpected('Blob', value);
  }
  if (shape.isTimestampSchema()) {
    if (typeof value === 'number') return new Date(Math.round(value * 1000));
    if (typeof value === 'string') return parseTimestamp(value, timestampFormat(shape, EPOCH_SECONDS));
    throw unexpected('Timestamp', value);
  }
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw unexpected('Number', value);
}

/** The JSON value of an output or of an error's members. A member that the shape does not know is a defect. */
export function writeJson(shape: Shape, value: unknown): unknown {
  if (shape.isDocumentSchema()) return value;
  if (shape.isStructSchema()) {
    if (!isRecord(value)) throw wrongOutput(shape, value);
    return writeStruct(shape, value);
  }
  if (shape.isListSchema()) {
    if (!Array.isArray(value)) throw wrongOutput(shape, value);
    const member = shape.getValueSchema();
    return value.map((item) => (item === null || item === undefined ? null : writeJson(member, item)));
  }
  if (shape.isMapSchema()) {
    if (!isRecord(value)) throw wrongOutput(shape, value);
    const member = shape.getValueSchema();
    const present = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(present.map(([key, item]) => [key, item === null ? null : writeJson(member, item)]));
  }
  return writeScalar(shape, value);
}

export function writeStruct(shape: Shape, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const [name, member] of shape.structIterator()) {
    const item = value[name];
    if (item !== undefined && item !== null) written[name] = writeJson(member, item);
  }
  return written;
}

/** Refuses an output with a member that the API does not have: a misspelt one would silently be missing on the wire. */
export function checkMembers(shape: Shape, value: Readonly<Record<string, unknown>>): void {
  const known = new Set(shape.isUnitSchema() ? [] : Array.from(shape.structIterator(), ([name]) => name));
  for (const name of Object.keys(value)) {
    if (!known.has(name) && name !== '$metadata' && value[name] !== undefined) {
      throw new Error(`A simulated service answered the member ${name}, which ${shape.getName(true)} does not have.`);
    }
  }
}

function writeScalar(shape: Shape, value: unknown): unknown {
  if (shape.isTimestampSchema()) {
    if (!isDate(value)) throw wrongOutput(shape, value);
    const format = timestampFormat(shape, EPOCH_SECONDS);
    return format === EPOCH_SECONDS ? value.getTime() / 1000 : formatTimestamp(value, format);
  }
  if (shape.isBlobSchema()) return Buffer.from(asBytes(shape, value)).toString('base64');
  if (isNumeric(shape) && typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (shape.isStringSchema() && typeof value === 'string') return value;
  if (shape.isBooleanSchema() && typeof value === 'boolean') return value;
  throw wrongOutput(shape, value);
}

function isSparse(shape: Shape): boolean {
  return shape.getMergedTraits().sparse === 1;
}

function unexpected(expected: string, value: unknown): Error {
  const found = Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
  return malformed(`Expected ${expected}, found ${found}`);
}
