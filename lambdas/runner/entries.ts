import type { NewEvent, StepOutcome } from '../../core/ledger.ts';
import type { Operation } from '../../core/operation.ts';
import type { StepId } from '../../core/operations/registry.ts';
import type { StepResult } from '../../core/protocol.ts';
import { loadOperation } from '../adapters/ledger.ts';
import type { StepWorld } from './world.ts';

export const again = (seconds: number): StepResult => ({ status: 'again', wait_s: seconds });
export const DONE: StepResult = { status: 'done', wait_s: 1 };
export const STOP: StepResult = { status: 'stop', wait_s: 1 };

/** How long a paused step waits for people before the operation ends as failed. */
const PAUSE_S = 4 * 3600;
export const append = async (world: StepWorld, operation: Operation, event: NewEvent): Promise<void> => {
  await world.ledger.append(world.ledger.op(operation.id), () => event);
};

export async function load(world: StepWorld, id: string): Promise<Operation> {
  const operation = await loadOperation(world.ledger, id);
  if (operation === undefined) throw new Error(`the ledger knows no operation ${id}`);
  return operation;
}

/** The end of a step, once. */
export async function finish(
  world: StepWorld,
  operation: Operation,
  step: StepId,
  outcome: StepOutcome,
  detail: string,
  data?: unknown,
): Promise<StepResult> {
  await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.some((r) => r.event.type === 'step-done' && r.event.data.step === step)
      ? undefined
      : {
          type: 'step-done',
          by: `step:${step}`,
          data: { step, outcome, detail, ...(data === undefined ? {} : { data }) },
        },
  );
  return outcome === 'failed' ? STOP : DONE;
}

export async function pause(
  world: StepWorld,
  operation: Operation,
  step: StepId,
  why: string,
  now_ms: number,
): Promise<StepResult> {
  await append(world, operation, {
    type: 'step-paused',
    by: `step:${step}`,
    data: { step, why, deadline: iso(now_ms + PAUSE_S * 1000) },
  });
  return again(2);
}

/** `refused`: the act of which every try so far was refused. */
export async function noteOnce(
  world: StepWorld,
  operation: Operation,
  step: StepId,
  note: string,
  refused?: string,
): Promise<void> {
  if (operation.notes.some((known) => known.step === step && known.note === note)) return;
  await append(world, operation, {
    type: 'step-noted',
    by: `step:${step}`,
    data: { step, note, ...(refused === undefined ? {} : { refused }) },
  });
}

export const iso = (ms: number): string => new Date(ms).toISOString();
