import type { Filter } from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import { page } from '../regional/input.ts';

/** RDS pages: MaxRecords 20 to 100, 100 when absent. */
export function records<T>(
  all: readonly T[],
  max: number | undefined,
  marker: string | undefined,
): { readonly items: T[]; readonly marker: { Marker?: string } } {
  if (max !== undefined && (max < 20 || max > 100)) {
    const message = `Invalid value ${max} for MaxRecords. Must be between 20 and 100`;
    throw new AwsError('InvalidParameterValue', message);
  }
  const { items, next } = page(all, marker, max ?? 100, 'InvalidParameterValue');
  return { items, marker: next === undefined ? {} : { Marker: next } };
}

type Values<T> = Readonly<Record<string, (item: T) => readonly (string | undefined)[]>>;

export function filterBy<T>(filters: readonly Filter[] | undefined, all: readonly T[], values: Values<T>): T[] {
  return (filters ?? []).reduce(
    (kept, filter) => {
      const valuesOf = values[filter.Name ?? ''];
      if (valuesOf === undefined) {
        throw new AwsError('InvalidParameterValue', `Unrecognized filter name: ${filter.Name}`);
      }
      return kept.filter((item) => valuesOf(item).some((value) => filter.Values?.includes(value ?? '') === true));
    },
    [...all],
  );
}
