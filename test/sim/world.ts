import { loadArtifacts, loadConfig, loadScenario } from '../../cli/artifacts.ts';
import type { Config } from '../../core/config/schema.ts';
import type { LedgerEvent } from '../../core/ledger.ts';
import type { Script } from '../../sandbox/rehearsal/scenario.ts';
import type { Artifacts } from '../../sandbox/world/deployment.ts';
import { createWorld, type World } from '../../sandbox/world/world.ts';
import { VirtualClock } from '../../simulator/clock.ts';

/** Three in the morning, UTC. */
const START_MS = Date.parse('2026-11-20T02:54:00Z');
/** Long enough for metrics to exist and for caches to be warm. */
const WARM_UP_S = 120;
const PATIENCE_S = 4 * 3600;

/** A whole world and its clock, for tests that play it step by step. */
export interface Stage {
  readonly world: World;
  readonly config: Config;
  readonly script: Script;
  /** Lets the world run until `action` has ended. */
  play<T>(action: () => Promise<T>): Promise<T>;
  /** Lets the world run for a while. */
  pass(seconds: number): Promise<void>;
  until(condition: () => boolean, limit_s?: number): Promise<void>;
}

/** Built once for a test file. */
let built: Promise<{ readonly config: Config; readonly artifacts: Artifacts }> | undefined;
async function build(): Promise<{ readonly config: Config; readonly artifacts: Artifacts }> {
  const config = await loadConfig();
  return { config, artifacts: await loadArtifacts(config) };
}

async function changed(base: Config, change: (config: Config) => Config) {
  const nobody = { name: 'changed', says: '', application: 'shop', people: async () => undefined };
  return loadScenario(base, { ...nobody, config: change });
}

/** `change`: how the configuration differs from the example; the bundles carry it. */
export async function setStage(seed: string, change?: (config: Config) => Config): Promise<Stage> {
  built ??= build();
  const base = await built;
  const { config, artifacts } = change === undefined ? base : await changed(base.config, change);
  const clock = new VirtualClock(START_MS);
  const world = createWorld({ config, seed, clock, artifacts });
  const random = world.random.split('script');
  const until = async (condition: () => boolean, limit_s = PATIENCE_S): Promise<void> => {
    const reached = await clock.run({ until: condition, limit_ms: clock.now_ms() + limit_s * 1000 });
    if (reached !== 'done') throw new Error(`the world went ${reached} after ${limit_s} s before that came true`);
  };
  const play = async <T>(action: () => Promise<T>): Promise<T> => {
    let ended = false;
    const result = action().finally(() => {
      ended = true;
    });
    // Looked at below: until then a rejection has somebody who waits for it.
    result.catch(() => undefined);
    await until(() => ended);
    return result;
  };
  const pass = (seconds: number): Promise<void> => play(() => clock.sleep(seconds * 1000));
  await pass(WARM_UP_S);
  const script: Script = {
    pause: (low_s, high_s) => clock.sleep(random.between(low_s, high_s) * 1000),
    commandGiven: () => undefined,
  };
  return { world, config, script, play, pass, until };
}

/** The operation that was drafted last. */
export function newestOperation(world: World): string {
  const at = (id: string): string => world.ledger().get(world.streams.op(id))?.[0]?.event.at ?? '';
  const [newest] = [...world.operationIds()].sort((a, b) => at(b).localeCompare(at(a)));
  if (newest === undefined) throw new Error('the ledger has no operation');
  return newest;
}

export function eventsOf(world: World, stream: string): readonly LedgerEvent[] {
  return (world.ledger().get(stream) ?? []).map((record) => record.event);
}

/** Nothing of Muster is under way: executions closed, Slack has been told. */
export function isQuiet(world: World): boolean {
  const { stepFunctions, deployment } = world;
  if (deployment.stream.pending > 0) return false;
  return stepFunctions.executions(deployment.region).every((execution) => execution.status !== 'RUNNING');
}
