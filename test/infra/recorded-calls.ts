import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, loadScenario } from '../../cli/artifacts.ts';
import type { Config } from '../../core/config/schema.ts';
import { rehearse } from '../../sandbox/rehearsal/rehearse.ts';
import type { Scenario } from '../../sandbox/rehearsal/scenario.ts';
import type { Artifacts } from '../../sandbox/world/deployment.ts';
import type { World } from '../../sandbox/world/world.ts';
import type { AssumedRole } from '../../simulator/wire.ts';
import { ROOT, sources } from '../contract/sources.ts';
import { rightsFor, STAND_INS } from './call-rights.ts';
import type { Asked } from './policy-evaluator.ts';

/** What one function needed in a run, each once. */
export interface Needed extends Asked {
  /** The function's name without the prefix. */
  readonly by: string;
  /** The role in another account whose credentials the call carried; absent: the function's own. */
  readonly role?: Pick<AssumedRole, 'accountId' | 'name'>;
}

export interface Recording {
  readonly config: Config;
  readonly needed: readonly Needed[];
}

const KEPT = join(ROOT, 'dist/recorded-calls');
const PREFIX = 'muster-';

/**
 * What rights a scenario's functions needed. Kept on disk by everything that decides the outcome (bundles, machines,
 * sandbox, this translation): a run that was played already, here or by the tests of the scenarios, is not played again.
 */
export async function recordedNeeds(scenario: Scenario): Promise<Recording> {
  const { config, artifacts } = await loadScenario(await loadConfig(), scenario);
  const kept = read(fileOf(scenario));
  if (kept?.stamp === stampOf(config, artifacts)) return { config, needed: kept.needed };
  const { world } = await rehearse({ scenario, seed: SEED, config, artifacts });
  return { config, needed: keepNeeds(scenario, config, artifacts, world) };
}

/** The seed whose runs are kept. */
export const SEED = '1';

/** Keeps what a run needed that has just been played. */
export function keepNeeds(
  scenario: Scenario,
  config: Config,
  artifacts: Artifacts,
  world: Pick<World, 'calls'>,
): readonly Needed[] {
  const found = new Map<string, Needed>();
  for (const call of world.calls) {
    if (!call.caller.name.startsWith(PREFIX)) continue;
    const { name, role } = call.caller;
    for (const asked of rightsFor(call, STAND_INS)) {
      const taken = role === undefined ? {} : { role: { accountId: role.accountId, name: role.name } };
      const one = { by: name.slice(PREFIX.length), ...taken, ...asked };
      found.set(JSON.stringify(one), one);
    }
  }
  const needed = [...found.values()];
  mkdirSync(KEPT, { recursive: true });
  // Renamed, so that another worker never reads half of it.
  const file = fileOf(scenario);
  const written = `${file}.${process.pid}`;
  writeFileSync(written, JSON.stringify({ stamp: stampOf(config, artifacts), needed }));
  renameSync(written, file);
  return needed;
}

const fileOf = (scenario: Scenario): string => join(KEPT, `${scenario.name}.json`);

function stampOf(config: Config, artifacts: Artifacts): string {
  const hash = createHash('sha256').update(JSON.stringify([config, artifacts.bundles, artifacts.machines]));
  for (const { path, text } of sources()) {
    if (/^(sandbox\/|core\/|test\/infra\/(call-rights|recorded-calls))/.test(path)) hash.update(`${path}\n${text}`);
  }
  return hash.digest('hex');
}

/** A recording that cannot be read is none: then the run is played. */
function read(file: string): { readonly stamp: string; readonly needed: readonly Needed[] } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { stamp: string; needed: Needed[] };
  } catch {
    return undefined;
  }
}
