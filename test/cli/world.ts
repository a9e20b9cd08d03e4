import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { parseConfig } from '../../core/config/parse.ts';
import type { Config } from '../../core/config/schema.ts';
import { FUNCTIONS } from '../../core/functions.ts';
import { KINDS } from '../../core/kinds.ts';
import { openPorts } from '../../sandbox/ports/ports.ts';
import { createWorld, type World } from '../../sandbox/world/world.ts';
import { buildCli } from '../../scripts/build-cli.ts';
import { compileMachine } from '../../scripts/compile-machines.ts';
import type { FaultPoint } from '../../simulator/aws/faults.ts';
import { type Clock, WallClock } from '../../simulator/clock.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface CliWorld {
  readonly world: World;
  readonly yaml: string;
  readonly config: Config;
  /** A folder of the test's own; the command line runs in it. */
  readonly folder: string;
  /** Calls for which this is true are denied. */
  deny: (at: FaultPoint) => boolean;
  /** How far the world's clock is ahead of this machine's. */
  ahead_ms: number;
  /** What leads an SDK client, or the command line, to the world. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `muster <args>`, as `npx muster` runs it, against the world. */
  muster(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Said>;
  close(): Promise<void>;
}

/** The example's world, or a changed one's, on local ports, and the built command line. Its functions are never called, so they do nothing. */
export async function openCliWorld(change = (config: Config): Config => config): Promise<CliWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-cli-'));
  const example = await readFile(join(ROOT, 'muster.yaml'), 'utf8');
  const base = parseConfig(example);
  if (!base.ok) throw new Error('the example is not valid');
  const changed = change(base.config);
  const yaml = changed === base.config ? example : stringify(changed, { aliasDuplicateObjects: false });
  const parsed = parseConfig(yaml);
  if (!parsed.ok) throw new Error('the example, changed, is not valid');
  const idle = 'exports.handler = async () => ({ status: "done", wait_s: 1 });';
  const bundles = Object.fromEntries(FUNCTIONS.map((spec) => [spec.bundle, idle]));
  const machines = Object.fromEntries(KINDS.map((kind) => [kind, compileMachine(kind)]));
  const wall = new WallClock();
  const clock: Clock = {
    now_ms: () => wall.now_ms() + opened.ahead_ms,
    after: (delay_ms, fn) => wall.after(delay_ms, fn),
    sleep: (delay_ms) => wall.sleep(delay_ms),
    hold: () => wall.hold(),
  };
  const opened = { ahead_ms: 0, deny: (_: FaultPoint): boolean => false };
  const world = createWorld({
    config: parsed.config,
    seed: 'cli',
    clock,
    artifacts: { bundles, machines },
  });
  world.rules.push((at) =>
    opened.deny(at)
      ? { kind: 'error', latency_ms: 0, code: 'AccessDenied', message: 'not allowed', status: 403 }
      : undefined,
  );
  const listening = await openPorts({ world, speed: 1, portBase: 0 });
  const { file } = await buildCli(join(folder, 'bin'));
  const environment = {
    PATH: process.env['PATH'],
    // No profile of whoever runs the tests.
    HOME: folder,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${listening.ports.aws}`,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ACCESS_KEY_ID: 'AKIASTRANGER',
    AWS_SECRET_ACCESS_KEY: 'of-no-use-anywhere',
    SLACK_API_URL: `http://127.0.0.1:${listening.ports.slack}/api/`,
  };
  return Object.assign(opened, {
    world,
    yaml,
    config: parsed.config,
    folder,
    environment,
    muster: (args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
      run(file, args, folder, { ...environment, ...more }),
    close: async () => {
      await listening.close();
      await rm(folder, { recursive: true });
    },
  });
}

function run(file: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Said> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [file, ...args], { cwd, env, timeout: 50_000 }, (error, out, err) => {
      const { code } = (error ?? { code: 0 }) as { code?: number | string | null };
      resolve({ status: typeof code === 'number' ? code : -1, out, err });
    });
    child.stdin?.end();
  });
}

/** Everything that reads in AWS begins so. */
export const READS = /^(Get|List|Describe|Head|Query$)/;
