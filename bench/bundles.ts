import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { FLAG_ENDPOINT, FUNCTIONS } from '../core/functions.ts';
import type { Bundle } from '../scripts/build.ts';
import { quartiles, type Spread } from './quartiles.ts';

/** A deployed bundle: its size, what makes it so, and how long a fresh process takes to load it. */
export interface BundleRow {
  readonly bundle: string;
  /** The functions that run it, by their names in core/functions.ts. */
  readonly functions: readonly string[];
  readonly bytes: number;
  /** Lambda keeps a zip, which packs a file as gzip does. */
  readonly packed_bytes: number;
  /** Largest first. */
  readonly packages: readonly { readonly name: string; readonly bytes: number }[];
  /** From process start until the bundle is loaded. */
  readonly load_ms: Spread;
}

export interface BundleReport {
  readonly rows: readonly BundleRow[];
  /** The same for a module with nothing in it: what Node itself takes. */
  readonly empty_ms: Spread;
  readonly rounds: number;
}

/** A child that has not loaded by then never will. */
const CHILD_LIMIT_MS = 60_000;
const LARGEST = 4;
const LOADER = fileURLToPath(new URL('load.cjs', import.meta.url));
/** What Lambda itself sets, and clients read when they are made. */
const ENVIRONMENT = { AWS_REGION: 'us-west-2', AWS_ACCESS_KEY_ID: 'AKIDBENCH', AWS_SECRET_ACCESS_KEY: 'bench' };

/** One row a bundle, the largest first; they and the empty module take turns, so that a slow moment hits all alike. */
export async function bundleReport(bundles: readonly Bundle[], rounds: number): Promise<BundleReport> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  try {
    const empty = join(folder, 'empty.cjs');
    await writeFile(empty, 'exports.handler = async () => {};\n');
    const times = await loadInTurn([empty, ...bundles.map(({ file }) => file)], rounds);
    const rows = await Promise.all(bundles.map(async (each) => row(each, times.get(each.file) ?? [])));
    return { rows: rows.sort((a, b) => b.bytes - a.bytes), empty_ms: quartiles(times.get(empty) ?? []), rounds };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function row({ bundle, file, bytes, packages }: Bundle, times_ms: readonly number[]): Promise<BundleRow> {
  const specs = [...FUNCTIONS, FLAG_ENDPOINT].filter((spec) => spec.bundle === bundle);
  const largest = Object.entries(packages)
    .map(([name, size]) => ({ name, bytes: size }))
    .sort((a, b) => b.bytes - a.bytes);
  return {
    bundle,
    functions: specs.map(({ name }) => name),
    bytes,
    packed_bytes: gzipSync(await readFile(file), { level: 9 }).length,
    packages: largest.slice(0, LARGEST),
    load_ms: quartiles(times_ms),
  };
}

/** Every round begins with another file; the first round fills the caches and is not counted. */
async function loadInTurn(files: readonly string[], rounds: number): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>(files.map((file) => [file, []]));
  for (let round = 0; round <= rounds; round += 1) {
    const first = round % files.length;
    for (const file of [...files.slice(first), ...files.slice(0, first)]) {
      const ms = await load(file);
      if (round > 0) times.get(file)?.push(ms);
    }
  }
  return times;
}

async function load(file: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [LOADER, file], {
    env: ENVIRONMENT,
    timeout: CHILD_LIMIT_MS,
  });
  const { ms, handler } = JSON.parse(stdout) as { ms: number; handler: string };
  if (handler !== 'function') throw new Error(`${file} has no handler`);
  return ms;
}
