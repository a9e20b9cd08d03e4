import type { EventData } from '../../core/ledger.ts';
import type { Operation } from '../../core/operation.ts';
import { startMachine } from '../adapters/machines.ts';
import type { RequestContext } from '../context.ts';
import { takeLock } from './lock.ts';

export type Started =
  | { readonly how: 'started' }
  /** Another operation has the application's lock. */
  | { readonly how: 'held'; readonly holder: Operation }
  /** The operation's state machine has already ended. */
  | { readonly how: 'closed' };

/** Takes the lock, writes the request down and starts the kind's state machine. Twice is as once. */
export async function startOperation(
  context: RequestContext,
  operation: { readonly id: string; readonly application: string },
  by: string,
  data: EventData['operation-requested'],
): Promise<Started> {
  const { id, application } = operation;
  const holder = await takeLock(context, application, id, by);
  if (holder !== undefined) return { how: 'held', holder };
  await context.ledger.append(context.ledger.op(id), (records) =>
    records.some((r) => r.event.type === 'operation-requested') ? undefined : { type: 'operation-requested', by, data },
  );
  return { how: (await startMachine(context.environment, id)) === 'closed' ? 'closed' : 'started' };
}
