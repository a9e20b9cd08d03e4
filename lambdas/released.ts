import type { EventBridgeEvent } from 'aws-lambda';
import { kindOf } from '../core/kinds.ts';
import { setPurpose } from './adapters/clients.ts';
import { environment } from './adapters/environment.ts';
import { createLedger, loadOperation } from './adapters/ledger.ts';
import { config } from './config.ts';
import { deathWords, endOperation } from './reconciler/locks.ts';
import { undoLater } from './reconciler/undo-later.ts';
import { recentOperations } from './reconciler/world.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
interface StatusChange {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: string;
  readonly error: string | null;
  readonly cause: string | null;
}

/** An execution of ours died: its lock is free at once. The reconciler does the same when this event is lost. */
export async function handler(
  event: EventBridgeEvent<'Step Functions Execution Status Change', StatusChange>,
): Promise<void> {
  setPurpose('released');
  const env = environment();
  const { stateMachineArn, name, status, error, cause } = event.detail;
  const isOurs = stateMachineArn === `${env.machines}-${kindOf(name)}`;
  if (!isOurs || !['FAILED', 'TIMED_OUT', 'ABORTED'].includes(status)) return;
  const world = { config, environment: env, ledger: createLedger(env), now_ms: Date.now() };
  const operation = await loadOperation(world.ledger, name);
  if (operation === undefined) return;
  const why = [error, cause].filter((word) => word !== null && word !== '').join(': ');
  await endOperation(world, name, deathWords(operation, status, why));
  const app = config.applications[operation.application];
  if (app === undefined) return;
  const watch = { name: operation.application, app, ...(await recentOperations(world.ledger, operation.application)) };
  await undoLater(watch, world);
}
