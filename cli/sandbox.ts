import { parseArgs } from 'node:util';
import { LiveClock } from '../sandbox/ports/clock.ts';
import { type OpenPorts, openPorts, PortTaken } from '../sandbox/ports/ports.ts';
import { createWorld, type World } from '../sandbox/world/world.ts';
import { BadConfig, loadArtifacts, loadConfig } from './artifacts.ts';
import { sandboxText } from './sandbox-text.ts';

const USAGE = `usage: muster sandbox [--speed N] [--port-base PORT] [--seed N] [--json]

  --speed N         how many sandbox seconds pass in one real second, 0.1 to 100 (default 1)
  --port-base PORT  the first of the ports, 1024 to 65000, or 0 for any that are free (default 4566)
  --seed N          another seed draws other durations (default 1)
  --json            print the ports as one JSON object and nothing else

Ends on Ctrl-C. exit status: 0 ended by you, 1 a port is taken, 2 wrong usage`;

interface Options {
  readonly speed: number;
  readonly portBase: number;
  readonly seed: string;
  readonly json: boolean;
}

/** The world is this old when its ports open: targets are healthy, metrics exist, caches are warm. */
const WARM_UP_MS = 6 * 60_000;

/** `muster sandbox ...`: the simulated world on local ports, until a signal ends it. */
export async function runSandbox(args: readonly string[]): Promise<number> {
  const options = parse(args);
  if (typeof options === 'number') return options;
  try {
    const { world, open } = await openSandbox(options);
    const ended = untilSignal();
    const { speed, json } = options;
    console.log(json ? JSON.stringify(open.ports) : sandboxText(world, open.ports, speed));
    await ended;
    await open.close();
    if (!json) console.log('\nThe sandbox is closed.');
    // The world's own clock would keep the process alive.
    process.exit(0);
  } catch (error) {
    return failed(error);
  }
}

async function openSandbox({ speed, portBase, seed }: Options): Promise<{ world: World; open: OpenPorts }> {
  const config = await loadConfig();
  const artifacts = await loadArtifacts(config);
  const open_ms = Date.now();
  const clock = new LiveClock(open_ms - WARM_UP_MS, speed);
  const world = createWorld({ config, artifacts, clock, seed: `sandbox/${seed}` });
  await clock.goLive(open_ms);
  return { world, open: await openPorts({ world, speed, portBase }) };
}

/** The first signal ends the sandbox in order; a second one, if that should hang, at once. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

function failed(error: unknown): never {
  if (error instanceof PortTaken) {
    console.error(`muster sandbox: ${error.message}: another program uses it, or you may not open it`);
    console.error('End that program, or choose other ports with --port-base.');
    process.exit(1);
  }
  if (error instanceof BadConfig) {
    console.error(`muster: fix muster.yaml first\n${error.message}`);
    process.exit(2);
  }
  throw error;
}

/** Options, or the exit status after telling why not. */
function parse(args: readonly string[]): Options | number {
  let values: ReturnType<typeof parseWords>['values'];
  try {
    ({ values } = parseWords(args));
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const speed = Number(values.speed ?? '1');
  if (!/^\d+(\.\d+)?$/.test(values.speed ?? '1') || speed < 0.1 || speed > 100)
    return wrong(`--speed takes a number from 0.1 to 100, not '${values.speed}'`);
  const portBase = Number(values['port-base'] ?? '4566');
  if (!/^\d+$/.test(values['port-base'] ?? '4566') || (portBase !== 0 && (portBase < 1024 || portBase > 65_000)))
    return wrong(`--port-base takes a port from 1024 to 65000, or 0, not '${values['port-base']}'`);
  const seed = values.seed ?? '1';
  if (!/^\d{1,9}$/.test(seed)) return wrong(`--seed takes a whole number, not '${seed}'`);
  return { speed, portBase, seed, json: values.json === true };
}

const parseWords = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    options: {
      speed: { type: 'string' },
      'port-base': { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });

function wrong(why: string): number {
  console.error(`muster sandbox: ${why}\n\n${USAGE}`);
  return 2;
}
