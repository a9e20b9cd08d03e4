import { namesOf } from '../../core/approvals.ts';
import type { Operation } from '../../core/operation.ts';
import { type Refusal, refuse } from '../../core/reasons.ts';
import { loadOperation } from '../adapters/ledger.ts';
import { startMachine } from '../adapters/machines.ts';
import type { RequestContext } from '../context.ts';

/**
 * One operation an application at a time. The lock is the application's own stream: it is held by the newest
 * `operation-started` until that operation's stream says that it ended.
 */
export async function lockHolder(context: RequestContext, application: string): Promise<Operation | undefined> {
  const [last] = (await context.ledger.newest(context.ledger.app(application), 1)).map((record) => record.event);
  if (last?.type !== 'operation-started') return undefined;
  const operation = await loadOperation(context.ledger, last.data.operation);
  return operation === undefined || operation.ended !== undefined ? undefined : operation;
}

/** Takes the lock for `operation`, or answers who holds it. Taking it twice is as once. */
export async function takeLock(
  context: RequestContext,
  application: string,
  operation: string,
  by: string,
): Promise<Operation | undefined> {
  let holder: Operation | undefined;
  await context.ledger.append(context.ledger.app(application), async (records) => {
    holder = undefined;
    const last = records.findLast((r) => r.event.type === 'operation-started')?.event;
    if (last?.type === 'operation-started') {
      if (last.data.operation === operation) return undefined;
      const running = await loadOperation(context.ledger, last.data.operation);
      if (running !== undefined && running.ended === undefined) {
        holder = running;
        return undefined;
      }
    }
    return { type: 'operation-started', by, data: { operation, by } };
  });
  return holder;
}

/** A lock without an execution behind it (a death between the two) is started again, under the same name. */
export async function reviveHolder(context: RequestContext, holder: Operation): Promise<void> {
  if (holder.requestedAt !== undefined) await startMachine(context.environment, holder.id);
}

export const alreadyRunning = (context: RequestContext, holder: Operation): Refusal =>
  refuse('already-running', {
    operation: holder.id,
    application: holder.application,
    who: namesOf(context.config, [holder.requester]),
    since: `${holder.draftedAt.slice(11, 16)} UTC`,
  });
