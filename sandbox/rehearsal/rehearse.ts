import { createHash } from 'node:crypto';
import type { Config } from '../../core/config/schema.ts';
import { kindOf } from '../../core/kinds.ts';
import type { OperationOutcome } from '../../core/ledger.ts';
import type { Operation } from '../../core/operation.ts';
import { VirtualClock } from '../../simulator/clock.ts';
import type { Artifacts } from '../world/deployment.ts';
import { createWorld, type World } from '../world/world.ts';
import { measure, watchCapacity } from './measure.ts';
import { makeResult, type RehearsalResult } from './result.ts';
import type { Scenario } from './scenario.ts';

interface RehearseOptions {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly config: Config;
  readonly artifacts: Artifacts;
  /** Called once the world is ready, before anything happens. */
  readonly onStart?: (world: World, zero_ms: () => number | undefined) => void;
  /** Awaited before each step of time, from the disaster on. */
  readonly onAdvance?: (from_ms: number, to_ms: number) => void | Promise<void>;
}

/** Three in the morning, UTC. */
const START_MS = Date.parse('2026-11-20T02:54:00Z');
/** Long enough for metrics to exist and for caches to be warm. */
const WARM_UP_MS = 6 * 60_000;
const LIMIT_MS = 26 * 3600_000;

/** Runs a scenario to its end and returns the result. The same scenario and seed give the same result. */
export async function rehearse(options: RehearseOptions): Promise<{ result: RehearsalResult; world: World }> {
  const { scenario, seed, config, artifacts } = options;
  const clock = new VirtualClock(START_MS);
  const world = createWorld({
    config,
    seed: `${scenario.name}/${seed}`,
    clock,
    artifacts,
    ...(scenario.changes === undefined ? {} : { changes: scenario.changes }),
  });
  const running = world.applications.find((app) => app.name === scenario.application);
  if (running === undefined) throw new Error(`muster.yaml has no application ${scenario.application}`);
  await clock.run({ until: () => clock.now_ms() >= START_MS + WARM_UP_MS, limit_ms: START_MS + WARM_UP_MS });
  let zero_ms = scenario.disaster === undefined ? undefined : clock.now_ms();
  options.onStart?.(world, () => zero_ms);
  scenario.disaster?.(world);
  const capacity = watchCapacity(world, running);
  let peopleDone = false;
  let failure: unknown;
  const random = world.random.split('script');
  scenario
    .people(world, {
      pause: (low_s, high_s) => clock.sleep(random.between(low_s, high_s) * 1000),
      commandGiven: () => {
        zero_ms ??= clock.now_ms();
      },
    })
    .then(
      () => {
        peopleDone = true;
      },
      (error: unknown) => {
        failure = error;
      },
    );
  const reached = await clock.run({
    until: () => failure !== undefined || (peopleDone && isQuiet(world)),
    limit_ms: clock.now_ms() + LIMIT_MS,
    ...(options.onAdvance === undefined ? {} : { onAdvance: options.onAdvance }),
  });
  if (failure !== undefined) throw failure;
  if (reached !== 'done')
    throw new Error(`the rehearsal did not end within ${LIMIT_MS / 3600_000} h: ${stuckAt(world)}`);
  world.endpoint.flush();
  const zero = zero_ms ?? clock.now_ms();
  const found = findOperation(world);
  const truth = measure(world, running, found.operation, zero, capacity.upAt_ms());
  const result = makeResult({
    scenario,
    seed,
    world,
    running,
    operation: found.operation,
    operationId: found.id,
    outcome: found.outcome,
    zero_ms: zero,
    truth,
    verified: await verifyMacs(world),
  });
  return { result, world };
}

/** Nothing of Muster is under way: operations ended, executions closed, Slack has been told. */
function isQuiet(world: World): boolean {
  const { stepFunctions, deployment } = world;
  if (deployment.stream.pending > 0) return false;
  return stepFunctions.executions(deployment.region).every((execution) => execution.status !== 'RUNNING');
}

function stuckAt(world: World): string {
  const running = world.stepFunctions.executions(world.deployment.region).filter((e) => e.status === 'RUNNING');
  return running.map((e) => `${e.name} in ${e.states.join(' > ')}`).join('; ') || 'people still wait';
}

/** The operation that the scenario is about: the first that was requested, else the first that was refused or drafted. */
function findOperation(world: World): {
  id: string | undefined;
  operation: Operation | undefined;
  outcome: OperationOutcome;
} {
  const ids = world.operationIds().filter((id) => kindOf(id) === 'promote');
  const known = ids.map((id) => ({ id, operation: world.operation(id) }));
  const asked = known.find(({ operation }) => operation?.requestedAt !== undefined);
  if (asked !== undefined) return { ...asked, outcome: asked.operation?.ended?.outcome ?? 'failed' };
  const [only] = known;
  return { id: only?.id, operation: only?.operation, outcome: only?.operation === undefined ? 'refused' : 'failed' };
}

/** Every MAC of the ledger, checked by the simulated KMS with the key that signed it. */
async function verifyMacs(world: World): Promise<boolean> {
  const { region } = world.deployment;
  for (const records of world.ledger().values()) {
    for (const record of records) {
      try {
        await world.services.kms.service.operations['VerifyMac']?.(
          {
            KeyId: 'alias/muster-ledger',
            MacAlgorithm: 'HMAC_SHA_256',
            Message: createHash('sha256').update(record.body, 'utf8').digest(),
            Mac: Buffer.from(record.mac, 'base64url'),
          },
          {
            clock: world.clock,
            random: world.random,
            accountId: '111122223333',
            region,
            caller: { name: 'auditor', region },
          },
        );
      } catch {
        return false;
      }
    }
  }
  return true;
}
