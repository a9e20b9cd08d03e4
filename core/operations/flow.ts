import type { StepDefinition } from '../steps/definition.ts';

/**
 * The words in which the flow of an operation is written: plain data, from which the state machine compiles
 * (statemachines/compile.ts) and from which messages, functions, rights and the runbook's contract take their steps.
 */
export type Part<Id extends string = string> =
  | { readonly kind: 'step'; readonly step: StepDefinition<Id> }
  | { readonly kind: 'approval'; readonly request: StepDefinition<Id>; readonly read: StepDefinition<Id> }
  | {
      readonly kind: 'together';
      readonly name: string;
      readonly comment: string;
      readonly branches: readonly (readonly Part<Id>[])[];
    };

export function step<Id extends string>(definition: StepDefinition<Id>): Part<Id> {
  return { kind: 'step', step: definition };
}

/** Posts the request and sleeps on its task token; `read` alone decides, from the ledger. */
export function approval<Request extends string, Read extends string>(
  request: StepDefinition<Request>,
  read: StepDefinition<Read>,
): Part<Request | Read> {
  return { kind: 'approval', request, read };
}

/** Parts that run at the same time: each branch is a list of parts. */
export function together<Id extends string>(
  name: string,
  comment: string,
  ...branches: readonly (readonly Part<Id>[])[]
): Part<Id> {
  return { kind: 'together', name, comment, branches };
}

/** The steps of a flow, in the order in which they stand there. */
export function stepsIn<Id extends string>(parts: readonly Part<Id>[]): readonly StepDefinition<Id>[] {
  return parts.flatMap((part): readonly StepDefinition<Id>[] => {
    if (part.kind === 'step') return [part.step];
    return part.kind === 'approval' ? [part.request, part.read] : part.branches.flatMap((branch) => stepsIn(branch));
  });
}
