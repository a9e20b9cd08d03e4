import * as v from 'valibot';
import type { Operation } from '../operation.ts';
import type { StepId } from '../operations/registry.ts';
import type { StepDefinition } from './definition.ts';

/** What a step left in the ledger when it was done; undefined: it is not done, left nothing, or something of another shape. */
export function resultOf<Data>(operation: Operation, { id, data }: StepDefinition<StepId, Data>): Data | undefined {
  const left = operation.steps.get(id)?.data;
  if (data === undefined || left === undefined) return undefined;
  const parsed = v.safeParse(data, left);
  return parsed.success ? parsed.output : undefined;
}
