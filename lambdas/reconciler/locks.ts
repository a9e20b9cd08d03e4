import type { NewEvent } from '../../core/ledger.ts';
import { type Operation, sayNoReturn } from '../../core/operation.ts';
import { assertNever } from '../../core/reasons.ts';
import { describeMachine, type ExecutionSeen, startMachine } from '../adapters/machines.ts';
import type { Recent, ReconcilerWorld } from './world.ts';

/**
 * The lock, the request and the execution follow within milliseconds; after this long the function in between has died.
 */
const DEAD_AFTER_S = 120;
/** An operation must not begin long after it was asked for. */
const REVIVED_WITHIN_S = 15 * 60;

export type Reconciliation =
  | { readonly do: 'nothing' }
  /** Requested, and no execution is behind it. */
  | { readonly do: 'revive' }
  | { readonly do: 'end'; readonly why: string };

const NOTHING: Reconciliation = { do: 'nothing' };

/**
 * A lock must not outlive what holds it. Status-change events of Step Functions are best effort (User Guide, "Event
 * delivery"), so every minute the lock is compared with the execution behind it.
 */
export async function reconcile(watch: Recent, world: ReconcilerWorld): Promise<void> {
  const [holder] = watch.recent;
  if (holder === undefined || holder.ended !== undefined) return;
  const age_s = (world.now_ms - Date.parse(holder.requestedAt ?? watch.lockedAt ?? holder.draftedAt)) / 1000;
  if (age_s <= DEAD_AFTER_S) return;
  const seen = holder.requestedAt === undefined ? undefined : await describeMachine(world.environment, holder.id);
  const decision = decideReconcile(holder, seen, age_s);
  switch (decision.do) {
    case 'nothing':
      return;
    case 'revive':
      await startMachine(world.environment, holder.id);
      await note(world, holder, {
        type: 'operation-revived',
        by: 'muster:reconciler',
        data: { why: 'no execution was behind it' },
      });
      return;
    case 'end':
      await endOperation(world, holder.id, decision.why);
      return;
    default:
      assertNever(decision);
  }
}

/** Pure. `seen` undefined: it was never requested, so that nothing was looked for. */
export function decideReconcile(holder: Operation, seen: ExecutionSeen | undefined, age_s: number): Reconciliation {
  if (holder.ended !== undefined || age_s <= DEAD_AFTER_S) return NOTHING;
  if (holder.requestedAt === undefined) {
    return { do: 'end', why: 'it was never requested: the command died before it could start anything' };
  }
  switch (seen?.status) {
    case undefined:
    case 'RUNNING':
      return NOTHING;
    case 'MISSING':
      return age_s <= REVIVED_WITHIN_S
        ? { do: 'revive' }
        : { do: 'end', why: 'it never ran, and is too old to begin now' };
    default:
      return { do: 'end', why: deathWords(holder, seen?.status ?? 'unknown', seen?.cause) };
  }
}

/** What a dead execution means for people, with the next command. */
export function deathWords(operation: Operation, status: string, cause: string | undefined): string {
  const how = `its execution ended as ${status}${cause === undefined || cause === '' ? '' : ` (${cause.slice(0, 200)})`}`;
  const left =
    operation.noReturn === undefined
      ? 'Nothing irreversible was called; what was begun is being rolled back'
      : `The point of no return is passed (${sayNoReturn(operation.noReturn)}), and nothing is rolled back`;
  return `${how}. ${left}. The lock is free: \`/dr promote ${operation.application}\` adopts what is done and does what remains`;
}

/** The end, once: it releases the lock. */
export async function endOperation(world: ReconcilerWorld, id: string, why: string): Promise<void> {
  await world.ledger.append(world.ledger.op(id), (records) =>
    records.length === 0 || records.some((r) => r.event.type === 'operation-ended')
      ? undefined
      : { type: 'operation-ended', by: 'muster:reconciler', data: { outcome: 'failed', why } },
  );
}

const note = async (world: ReconcilerWorld, operation: Operation, event: NewEvent): Promise<void> => {
  await world.ledger.append(world.ledger.op(operation.id), () => event);
};
