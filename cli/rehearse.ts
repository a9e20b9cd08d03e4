import { parseArgs } from 'node:util';
import { nearest } from '../core/nearest.ts';
import { rehearse } from '../sandbox/rehearsal/rehearse.ts';
import type { RehearsalResult } from '../sandbox/rehearsal/result.ts';
import type { Scenario } from '../sandbox/rehearsal/scenario.ts';
import { PROMOTE_SCENARIOS } from '../sandbox/rehearsal/scenarios.ts';
import { BadConfig, loadConfig, loadScenario } from './artifacts.ts';
import { LiveView } from './live-view.ts';
import { asSimulated, reportText } from './report-text.ts';

const USAGE = `usage: muster rehearse [promote] [--scenario NAME] [--seed N] [--json] [--pace | --no-pace] [--list]

  Without options: promote, home-region-lost, paced so that there is something to watch.
  --scenario NAME  which scenario to run; --list names them all
  --seed N         another seed draws other durations; the same seed gives the same run (default 1)
  --json           print one JSON object and nothing else
  --pace           show it live, about 35 times as fast as the world's clock (needs a terminal)
  --no-pace        as fast as this machine can

exit status: 0 succeeded, 1 anything else, 2 wrong usage`;

interface Options {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly json: boolean;
  readonly paced: boolean;
}

/** `muster rehearse ...`: runs one scenario against the built Lambdas in the simulated world. */
export async function rehearseCommand(args: readonly string[]): Promise<number> {
  const options = parse(args);
  if (typeof options === 'number') return options;
  try {
    const { scenario, seed } = options;
    const { config, artifacts } = await loadScenario(await loadConfig(), scenario);
    const view = options.paced ? new LiveView(scenario, seed) : undefined;
    const { result } = await rehearse({
      scenario,
      seed,
      config,
      artifacts,
      ...(view === undefined
        ? {}
        : {
            onStart: (world, zero_ms) => view.start(world, zero_ms),
            onAdvance: (from_ms, to_ms) => view.advance(from_ms, to_ms),
          }),
    });
    view?.finish();
    console.log(options.json ? asSimulated(JSON.stringify(result)) : reportText(result));
    return exitStatus(result);
  } catch (error) {
    if (!(error instanceof BadConfig)) throw error;
    console.error(`muster: fix muster.yaml first\n${error.message}`);
    return 2;
  }
}

const exitStatus = (result: RehearsalResult): number => (result.outcome === 'succeeded' ? 0 : 1);

/** Options, or the exit status after telling why not. */
function parse(args: readonly string[]): Options | number {
  let values: ReturnType<typeof parseWords>['values'];
  let positionals: string[];
  try {
    ({ values, positionals } = parseWords(args));
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  if (values.list === true) {
    const width = Math.max(...PROMOTE_SCENARIOS.map((s) => s.name.length));
    console.log(PROMOTE_SCENARIOS.map((s) => `${s.name.padEnd(width)}  ${s.says}`).join('\n'));
    return 0;
  }
  const [kind = 'promote', extra] = positionals;
  if (kind !== 'promote') return wrong(`'${kind}' cannot be rehearsed, only promote`);
  if (extra !== undefined) return wrong(`unexpected argument '${extra}'`);
  const name = values.scenario ?? 'home-region-lost';
  const scenario = PROMOTE_SCENARIOS.find((s) => s.name === name);
  if (scenario === undefined) {
    const near = nearest(
      name,
      PROMOTE_SCENARIOS.map((s) => s.name),
    );
    return wrong(
      `there is no scenario '${name}'${near === undefined ? '' : `; did you mean '${near}'?`} --list names them`,
    );
  }
  const seed = values.seed ?? '1';
  if (!/^\d{1,9}$/.test(seed)) return wrong(`--seed takes a whole number, not '${seed}'`);
  const json = values.json === true;
  const bare = args.length === 0;
  const paced = !json && values['no-pace'] !== true && process.stdout.isTTY === true && (bare || values.pace === true);
  return { scenario, seed, json, paced };
}

const parseWords = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      scenario: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'boolean' },
      pace: { type: 'boolean' },
      'no-pace': { type: 'boolean' },
      list: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });

function wrong(why: string): number {
  console.error(`muster rehearse: ${why}\n\n${USAGE}`);
  return 2;
}
