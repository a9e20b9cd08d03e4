import { SELF_TEST } from '../core/kinds.ts';
import { setPurpose } from './adapters/clients.ts';
import { environment } from './adapters/environment.ts';
import { createLedger } from './adapters/ledger.ts';
import { config } from './config.ts';
import { fenceLater } from './reconciler/fence-later.ts';
import { reconcile } from './reconciler/locks.ts';
import { pinLater } from './reconciler/pin-later.ts';
import { redraw } from './reconciler/redraw.ts';
import { tellStuck } from './reconciler/stuck.ts';
import { undoLater } from './reconciler/undo-later.ts';
import { type ReconcilerWorld, recentOperations, type Watch } from './reconciler/world.ts';

type Duty = (watch: Watch, world: ReconcilerWorld) => Promise<void>;
const DUTIES: readonly Duty[] = [reconcile, fenceLater, pinLater, undoLater, redraw, tellStuck];

/** Every minute: what must be put right without anybody asking. A duty that fails does not stop the others. */
export async function handler(): Promise<void> {
  setPurpose('reconciler');
  const env = environment();
  const world = { config, environment: env, ledger: createLedger(env), now_ms: Date.now() };
  const watched = Object.entries(config.applications).map(async ([name, app]) => {
    const watch = { name, app, ...(await recentOperations(world.ledger, name)) };
    return Promise.allSettled(DUTIES.map((duty) => duty(watch, world)));
  });
  // The self-test has a lock that must not outlive its execution, and nothing else to look after.
  const tested = recentOperations(world.ledger, SELF_TEST, 1).then((recent) =>
    Promise.allSettled([reconcile(recent, world)]),
  );
  const results = await Promise.allSettled([...watched, tested]);
  const failures = results
    .flatMap((one) => (one.status === 'fulfilled' ? one.value : [one]))
    .flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
}
