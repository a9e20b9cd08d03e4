import { gate } from '../core/gate.ts';
import { stepOf } from '../core/operations/registry.ts';
import type { StepInput, StepResult } from '../core/protocol.ts';
import { assertNever } from '../core/reasons.ts';
import { rulesOf } from '../core/self-test.ts';
import { environment } from './adapters/environment.ts';
import { createLedger, loadOperation } from './adapters/ledger.ts';
import { config } from './config.ts';
import { pause } from './runner/entries.ts';
import { carryOut } from './runner/paused.ts';

/** Each round of a step that dies costs some twenty history events, of 25,000: an hour of it is 1,000. */
const PAUSED_WAIT_S = 60;

/**
 * A step's function died more often than Step Functions retries. Its operation pauses and people are asked, in the
 * same way as when the step itself gives up: the step reads the pause when it is called again.
 */
export async function handler(input: StepInput): Promise<StepResult> {
  const env = environment();
  const rules = rulesOf(config, input.operation);
  const world = { config: rules, environment: env, ledger: createLedger(env), now_ms: () => Date.now() };
  const operation = await loadOperation(world.ledger, input.operation);
  if (operation === undefined) throw new Error(`the ledger knows no operation ${input.operation}`);
  const verdict = gate(rules, operation, input.step, new Date().toISOString());
  switch (verdict.go) {
    case 'stop':
      return { status: 'stop', wait_s: 1 };
    case 'wait':
      return { status: 'again', wait_s: PAUSED_WAIT_S };
    case 'done':
      return { status: 'again', wait_s: 1 };
    case 'resume':
    case 'give-up':
      return carryOut(verdict, world, operation, input.step);
    case 'run': {
      // These ask and end; nobody can be asked about them, so they are tried until they run.
      if (stepOf(input.step).afterCrash === 'call-again') return { status: 'again', wait_s: PAUSED_WAIT_S };
      const cause = `${input.error?.Error ?? 'unknown'} ${(input.error?.Cause ?? '').slice(0, 300)}`;
      return pause(world, operation, input.step, `its function failed again and again: ${cause}`, Date.now());
    }
    default:
      return assertNever(verdict);
  }
}
