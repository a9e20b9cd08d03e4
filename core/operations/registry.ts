import { KINDS, kindOf, type OperationKind } from '../kinds.ts';
import type { StepDefinition } from '../steps/definition.ts';
import type { OperationDefinition } from './definition.ts';
import { stepsIn } from './flow.ts';
import { promote } from './promote.ts';
import { selfTest } from './self-test.ts';

/** Every kind of operation. */
export const OPERATIONS = { promote, 'self-test': selfTest } as const satisfies Record<
  OperationKind,
  OperationDefinition
>;

/** Every step of any operation: the file's name, the Task state's and the function's. */
export type StepId = (typeof OPERATIONS)[OperationKind] extends OperationDefinition<infer Id> ? Id : never;

/** The steps of a kind in the order of its flow; the one that ends it early comes last. */
export function stepsOf(kind: OperationKind): readonly StepDefinition<StepId>[] {
  const { flow, close }: OperationDefinition<StepId> = OPERATIONS[kind];
  return [...stepsIn(flow), close];
}

const definitions = new Map<string, StepDefinition<StepId>>(
  KINDS.flatMap((kind) => stepsOf(kind)).map((step) => [step.id, step]),
);

/** Every step, each once. */
export const STEPS: readonly StepDefinition<StepId>[] = [...definitions.values()];

export const isStepId = (word: string): word is StepId => definitions.has(word);

export function stepOf(id: StepId): StepDefinition<StepId> {
  const found = definitions.get(id);
  if (found === undefined) throw new Error(`no operation has the step ${id}`);
  return found;
}

/** The definition of an operation by its id. Throws for an id that is no operation's. */
export function operationOf(id: string): OperationDefinition<StepId> {
  const kind = kindOf(id);
  if (kind === undefined) throw new Error(`no operation of ours is called ${id}`);
  return OPERATIONS[kind];
}
