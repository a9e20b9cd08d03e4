import type { DynamoDBStreamEvent } from 'aws-lambda';
import { setPurpose } from './adapters/clients.ts';
import { environment } from './adapters/environment.ts';
import { createLedger } from './adapters/ledger.ts';
import { botToken } from './adapters/secrets.ts';
import { createSlack } from './adapters/slack.ts';
import { config } from './config.ts';
import { type Drawn, drawOperation } from './notify/draw.ts';
import { operationsOf, type Redraw } from './notify/wake.ts';

/** Lives as long as the execution environment: what was drawn when. Losing it costs one update too many. */
const memory = new Map<string, Drawn>();

/**
 * The ledger's stream only says that there is something to read; what is drawn is read from the ledger. One operation
 * that Slack refuses does not keep the others from being drawn; then it throws, and the mapping sends the batch again.
 */
export async function handler(event: DynamoDBStreamEvent | Redraw): Promise<void> {
  setPurpose('notify');
  const env = environment();
  const operations = operationsOf(event, env.region);
  if (operations.length === 0) return;
  const world = {
    ledger: createLedger(env),
    slack: createSlack(await botToken(env)),
    config,
    now: () => Date.now(),
    sleep: (delay_ms: number) => new Promise<void>((resolve) => setTimeout(resolve, delay_ms)),
    memory,
  };
  const failures: unknown[] = [];
  for (const id of operations) {
    await drawOperation(world, id).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
}
