import { AwsError } from '../service.ts';
import type { Shape } from './model.ts';

/** As in the SDK's schemas: RFC 3339, the HTTP date of RFC 9110, seconds since the epoch. */
type TimestampFormat = 5 | 6 | 7;

export const DATE_TIME: TimestampFormat = 5;
export const HTTP_DATE: TimestampFormat = 6;
export const EPOCH_SECONDS: TimestampFormat = 7;

export function timestampFormat(shape: Shape, fallback: TimestampFormat): TimestampFormat {
  const schema: unknown = shape.getSchema();
  return schema === 5 || schema === 6 || schema === 7 ? schema : fallback;
}

export function formatTimestamp(date: Date, format: TimestampFormat): string {
  if (format === HTTP_DATE) return date.toUTCString();
  if (format === EPOCH_SECONDS) return String(date.getTime() / 1000);
  return date.toISOString();
}

export function parseTimestamp(text: string, format: TimestampFormat): Date {
  const date = format === EPOCH_SECONDS && text.trim() !== '' ? new Date(Number(text) * 1000) : new Date(text);
  if (Number.isNaN(date.getTime())) throw malformed(`Invalid timestamp: ${text}`);
  return date;
}

/** Reads what a query string, a header, a path or an XML element says of a simple value. */
export function parseScalar(shape: Shape, text: string, fallback: TimestampFormat): unknown {
  if (shape.isTimestampSchema()) return parseTimestamp(text, timestampFormat(shape, fallback));
  if (shape.isBlobSchema()) return parseBase64(text);
  if (shape.isBooleanSchema()) {
    if (/^true$/i.test(text)) return true;
    if (/^false$/i.test(text)) return false;
    throw malformed(`Invalid boolean: ${text}`);
  }
  if (shape.isNumericSchema() || shape.isBigDecimalSchema()) return parseNumber(text);
  if (shape.isBigIntegerSchema()) return BigInt(text);
  return text;
}

export function formatScalar(shape: Shape, value: unknown, fallback: TimestampFormat): string {
  if (shape.isTimestampSchema() && isDate(value)) return formatTimestamp(value, timestampFormat(shape, fallback));
  if (shape.isBlobSchema()) return Buffer.from(asBytes(shape, value)).toString('base64');
  if (shape.isStringSchema() && typeof value === 'string') return value;
  if (shape.isBooleanSchema() && typeof value === 'boolean') return String(value);
  if (isNumeric(shape) && (typeof value === 'number' || typeof value === 'bigint')) return String(value);
  throw wrongOutput(shape, value);
}

export function isNumeric(shape: Shape): boolean {
  return shape.isNumericSchema() || shape.isBigDecimalSchema() || shape.isBigIntegerSchema();
}

/** Not `instanceof`: a Lambda's values come from another context. */
export function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]';
}

function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === '[object Uint8Array]';
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isDate(value) && !isBytes(value);
}

/** A service may answer a blob as text, which is then UTF-8. */
export function asBytes(shape: Shape, value: unknown): Uint8Array {
  if (isBytes(value)) return value;
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  throw wrongOutput(shape, value);
}

export function parseBase64(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw malformed('Invalid Base64');
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** What the protocols answer to a value that is not of its type; each protocol has its own code for it. */
export const MALFORMED = 'MalformedValue';

export function malformed(message: string): AwsError {
  return new AwsError(MALFORMED, message);
}

/** A defect of the sandbox, not of the caller: it must surface, not look like an answer of AWS. */
export function wrongOutput(shape: Shape, value: unknown): Error {
  return new Error(
    `A simulated service answered ${typeof value} where ${shape.getName(true)} (${shape.getMemberName()}) is due.`,
  );
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || (Number.isNaN(number) && text !== 'NaN')) throw malformed(`Invalid number: ${text}`);
  return number;
}
