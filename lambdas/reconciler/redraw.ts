import type { LedgerRecord } from '../../core/ledger.ts';
import type { Operation } from '../../core/operation.ts';
import { invokeRedraw } from '../adapters/functions.ts';
import type { Recent, ReconcilerWorld } from './world.ts';

/** The stream's own retries come first. */
const STALE_AFTER_MS = 5 * 60_000;
/** A message that could not be drawn for a day will not be missed any more. */
const GIVEN_UP_MS = 24 * 3_600_000;

/** Slack may be down for longer than the stream mapping tries: what is not told yet is given to `notify` once more. */
export async function redraw(watch: Recent, world: ReconcilerWorld): Promise<void> {
  for (const operation of watch.recent) {
    if (operation.requestedAt === undefined || isOldNews(operation, world.now_ms)) continue;
    const [op, votes, view] = await Promise.all([
      world.ledger.read(world.ledger.op(operation.id)),
      world.ledger.read(world.ledger.vote(operation.id)),
      world.ledger.read(world.ledger.view(operation.id)),
    ]);
    if (isStale(op, votes, view, world.now_ms)) await invokeRedraw(world.environment, operation.id);
  }
}

/** Over for so long that nothing of it is worth a look any more. Pure. */
function isOldNews({ ended, fence, undone }: Operation, now_ms: number): boolean {
  if (ended === undefined) return false;
  const last_ms = Math.max(...[ended.at, fence?.at, undone?.at].map((at) => (at === undefined ? 0 : Date.parse(at))));
  return now_ms - last_ms > GIVEN_UP_MS;
}

/** Something that people should see has been in the ledger for long, and the channel does not have it. Pure. */
export function isStale(
  op: readonly LedgerRecord[],
  votes: readonly LedgerRecord[],
  view: readonly LedgerRecord[],
  now_ms: number,
): boolean {
  const told = view.findLast((r) => r.event.type === 'thread-told')?.event;
  const { opSeq, voteSeq } = told?.type === 'thread-told' ? told.data : { opSeq: 0, voteSeq: 0 };
  const untold = [...op.filter((r) => r.event.seq > opSeq), ...votes.filter((r) => r.event.seq > voteSeq)];
  const since_ms = Math.min(...untold.map((r) => Date.parse(r.event.at)));
  const age_ms = now_ms - since_ms;
  return age_ms > STALE_AFTER_MS && age_ms < GIVEN_UP_MS;
}
