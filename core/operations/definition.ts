import type { OperationKind } from '../kinds.ts';
import type { StepDefinition } from '../steps/definition.ts';
import type { Part } from './flow.ts';

/** An operation kind: its flow, and what people read of it. One file a kind; the state machine compiles from it. */
export interface OperationDefinition<Id extends string = string> {
  readonly kind: OperationKind;
  /** The comment of its state machine. */
  readonly comment: string;
  /** Beyond every bound of its steps; nothing may run for ever. */
  readonly timeout_s: number;
  readonly flow: readonly Part<Id>[];
  /** Where an operation ends that stops early. How it ended is in the ledger. */
  readonly close: StepDefinition<Id>;
  /** Where the sides of its plan lie: the rights of its steps follow from it. */
  readonly moves: { readonly from: 'home'; readonly to: 'standby' };
  /** What people call it, so that a drill is never taken for the real thing: "REAL promote of shop from ... to ...". */
  readonly title: string;
  /** What people see in Slack: a root message with every event in its thread, or one short message. */
  readonly messages: 'root-and-thread' | 'one-line';
  /** What to type to have it asked for again; undefined: nobody asks for it by a command. */
  command(application: string): string | undefined;
}

/** Keeps the ids of its steps as a type, so that every table over steps is known to be whole. */
export const operation = <Id extends string, Close extends string>(
  definition: Omit<OperationDefinition<Id>, 'close'> & { readonly close: StepDefinition<Close> },
): OperationDefinition<Id | Close> => definition;
