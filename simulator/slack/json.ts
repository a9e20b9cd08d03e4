/** Foreign JSON, read without trusting its shape. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function stringOf(from: Json, key: string): string | undefined {
  const value = from[key];
  return typeof value === 'string' ? value : undefined;
}

export function objectOf(from: Json, key: string): Json | undefined {
  const value = from[key];
  return isObject(value) ? value : undefined;
}

export function objectsOf(from: Json, key: string): readonly Json[] {
  const value = from[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The words of a text object or of a plain string. */
export function wordsOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return isObject(value) ? (stringOf(value, 'text') ?? '') : '';
}
