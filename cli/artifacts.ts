import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { describeProblem, parseConfig } from '../core/config/parse.ts';
import type { Config } from '../core/config/schema.ts';
import { KINDS } from '../core/kinds.ts';
import type { Scenario } from '../sandbox/rehearsal/scenario.ts';
import type { Artifacts } from '../sandbox/world/deployment.ts';
import { buildLambdas } from '../scripts/build.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** `muster.yaml` did not pass; each line says what to fix. */
export class BadConfig extends Error {
  override readonly name = 'BadConfig';
}

export async function loadConfig(file = join(ROOT, 'muster.yaml')): Promise<Config> {
  const result = parseConfig(await readFile(file, 'utf8'));
  if (result.ok) return result.config;
  throw new BadConfig(result.problems.map((problem) => describeProblem(problem, file)).join('\n'));
}

/** The bundles, built if anything changed, and the committed state machines. */
export async function loadArtifacts(config: Config, outdir = 'dist/lambdas'): Promise<Artifacts> {
  const built = await buildLambdas({ config, outdir: join(ROOT, outdir) });
  const bundles = await Promise.all(built.map(async (b) => [b.bundle, await readFile(b.file, 'utf8')] as const));
  const machines = await Promise.all(
    KINDS.map(async (name) => [name, await readFile(join(ROOT, `statemachines/${name}.asl.json`), 'utf8')] as const),
  );
  return { bundles: Object.fromEntries(bundles), machines: Object.fromEntries(machines) };
}

/**
 * A scenario's own configuration, checked like any other, and bundles that carry it. Built beside the ordinary ones, in
 * a folder named by the configuration's content.
 */
export async function loadScenario(
  base: Config,
  scenario: Scenario,
): Promise<{ readonly config: Config; readonly artifacts: Artifacts }> {
  if (scenario.config === undefined) return { config: base, artifacts: await loadArtifacts(base) };
  const changed = stringify(scenario.config(base), { aliasDuplicateObjects: false });
  const result = parseConfig(changed);
  if (!result.ok) {
    throw new BadConfig(result.problems.map((problem) => describeProblem(problem, scenario.name)).join('\n'));
  }
  const digest = createHash('sha256').update(changed).digest('hex').slice(0, 12);
  return { config: result.config, artifacts: await loadArtifacts(result.config, `dist/rehearsal/${digest}`) };
}
