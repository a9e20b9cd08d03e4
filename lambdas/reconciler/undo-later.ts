import type { ApplicationConfig } from '../../core/config/schema.ts';
import { movedSomething } from '../../core/fence.ts';
import type { Operation } from '../../core/operation.ts';
import { toUndo, undo } from '../undo.ts';
import { isStillNewest, type ReconcilerWorld, type Watch } from './world.ts';

/** What could not be set back is tried again for this long; then people must do it, and the thread has said so. */
const RETRIED_MINUTES = 60;

/**
 * Rolls back an operation that came to nothing: the pre-warm of an expired request when its time is over, and
 * what `close` could not set back, or died before, as soon as the reconciler sees it.
 */
export async function undoLater(watch: Watch, world: ReconcilerWorld): Promise<void> {
  const operation = nextUndo(watch.recent, watch.app, world.now_ms);
  if (operation === undefined) return;
  // The lock is asked once more: a new request would go on with the capacity as it is.
  if (!(await isStillNewest(world.ledger, watch))) return;
  const data = await undo(toUndo(operation, watch.app), watch.app);
  const same = operation.undone !== undefined && sameWords(operation.undone.left, data.left);
  if (same) return;
  await world.ledger.append(world.ledger.op(operation.id), () => ({
    type: 'operation-undone',
    by: 'muster:reconciler',
    data,
  }));
}

const sameWords = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') === b.join('\n');

/**
 * The operation whose beginnings are to be set back now. Newest first: an older one has the older state, and must come
 * after the newer ones. None while the newest runs, and none behind one that succeeded or moved something. Pure.
 */
export function nextUndo(
  newestFirst: readonly Operation[],
  app: ApplicationConfig,
  now_ms: number,
): Operation | undefined {
  for (const operation of newestFirst) {
    const { ended } = operation;
    if (ended === undefined || ended.outcome === 'succeeded' || movedSomething(operation)) return undefined;
    const state = undoState(operation, app, now_ms);
    if (state === 'due') return operation;
    if (state === 'wait') return undefined;
  }
  return undefined;
}

function undoState(operation: Operation, app: ApplicationConfig, now_ms: number): 'settled' | 'wait' | 'due' {
  const { ended, undone } = operation;
  if (ended === undefined) return 'wait';
  const list = toUndo(operation, app);
  if (list.length === 0 || undone?.left.length === 0) return 'settled';
  const kept = ended.outcome === 'expired' && undone === undefined && list.every(({ side }) => side === 'standby');
  const due_ms = Date.parse(ended.at) + (kept ? app.prewarmKept_minutes * 60_000 : 0);
  if (now_ms < due_ms) return 'wait';
  return now_ms - due_ms <= RETRIED_MINUTES * 60_000 ? 'due' : 'settled';
}
