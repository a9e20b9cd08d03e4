import { randomUUID } from 'node:crypto';
import { SELF_TEST } from '../core/kinds.ts';
import { currentRound, type Operation } from '../core/operation.ts';
import { setPurpose } from './adapters/clients.ts';
import { type Entrance, pressApprove, typeSelfTest } from './adapters/entrance.ts';
import { environment } from './adapters/environment.ts';
import { createLedger, type Ledger, loadOperation } from './adapters/ledger.ts';
import { count } from './adapters/metric.ts';
import { selfTestKey } from './adapters/secrets.ts';
import { config } from './config.ts';
import { operationId } from './operation-id.ts';

/** Lambda stops at 15 minutes; before that the result must have been counted. */
const LIMIT_MS = 14 * 60_000;
/** A request that is not in the ledger by then is not on its way any more. */
const REQUEST_LIMIT_MS = 2 * 60_000;
const LOOKS_EVERY_MS = 3_000;
/** A request or a click that was lost is sent again: it carries the same id and is taken once. */
const SENDS_EVERY_MS = 20_000;

/**
 * Every day: plays the person of an operation that does nothing, through the front door, and follows it in the ledger
 * to its end. It counts a success or none (`SelfTestPassed`), and the alarm is on missing successes, so that a dead
 * Muster needs to report nothing.
 */
export async function handler(): Promise<void> {
  setPurpose(SELF_TEST);
  const env = environment();
  const began_ms = Date.now();
  const at_s = Math.floor(began_ms / 1000);
  const triggerId = randomUUID();
  const operation = operationId(SELF_TEST, at_s, triggerId);
  let why: string | undefined;
  try {
    const entrance = { url: variable('MUSTER_RECEIVER_URL'), key: await selfTestKey(env), slack: config.slack };
    why = await play({ entrance, ledger: createLedger(env), began_ms, at_s, triggerId, operation });
  } catch (error) {
    why = String(error);
  }
  const took_s = (Date.now() - began_ms) / 1000;
  count(env.prefix, 'SelfTestPassed', why === undefined ? 1 : 0, { operation, took_s, ...(why && { why }) });
}

interface Play {
  readonly entrance: Entrance;
  readonly ledger: Ledger;
  readonly began_ms: number;
  readonly at_s: number;
  readonly triggerId: string;
  readonly operation: string;
}

/** Undefined: it went the whole way. Else what did not work, in words. */
async function play(test: Play): Promise<string | undefined> {
  let refused: string | undefined;
  const sent_ms = { request: Number.NEGATIVE_INFINITY, vote: Number.NEGATIVE_INFINITY };
  const due = (what: keyof typeof sent_ms): boolean => Date.now() - sent_ms[what] >= SENDS_EVERY_MS;
  for (;;) {
    const seen = await loadOperation(test.ledger, test.operation);
    if (seen?.ended !== undefined) return seen.ended.outcome === 'succeeded' ? undefined : seen.ended.why;
    const passed_ms = Date.now() - test.began_ms;
    if (seen === undefined && passed_ms > REQUEST_LIMIT_MS) {
      return `the request never reached the ledger: ${refused ?? 'the receiver took it, and command did nothing'}`;
    }
    if (passed_ms > LIMIT_MS) return `it did not end within ${LIMIT_MS / 60_000} minutes`;
    if (seen === undefined && due('request')) {
      sent_ms.request = Date.now();
      refused = await typeSelfTest(test.entrance, test.at_s, test.triggerId);
    }
    if (seen !== undefined && wantsApproval(seen) && due('vote')) {
      sent_ms.vote = Date.now();
      const round = currentRound(seen)?.round ?? 1;
      const now_s = Math.floor(sent_ms.vote / 1000);
      await pressApprove(test.entrance, now_s, test.operation, round, `${test.triggerId}-${now_s}`);
    }
    await new Promise<void>((resolve) => setTimeout(resolve, LOOKS_EVERY_MS));
  }
}

const wantsApproval = (operation: Operation): boolean => {
  const round = currentRound(operation);
  return round !== undefined && round.decision === undefined && round.votes.length === 0;
};

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set: deploy Muster again, its stack sets it`);
  return value;
}
