import { readFileSync, statSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions as EsbuildOptions, type Metafile } from 'esbuild';
import { describeProblem, parseConfig } from '../core/config/parse.ts';
import { FLAG_ENDPOINT, FUNCTIONS } from '../core/functions.ts';
import { absentModules } from './absent-modules.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** How every bundle is made; the bench makes its contenders so too. */
export const BUNDLING = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // The AWS packages' ES modules can be shaken, their CommonJS cannot: half the size.
  mainFields: ['module', 'main'],
  conditions: ['module'],
  legalComments: 'none',
  logLevel: 'silent',
} as const satisfies EsbuildOptions;

export interface BuildOptions {
  /** The validated configuration of `muster.yaml`, which becomes the constant MUSTER_CONFIG; data that JSON can carry. */
  readonly config?: unknown;
  readonly outdir: string;
  /** Only these bundles; all that core/functions.ts names when left out. */
  readonly only?: readonly string[];
}

export interface Bundle {
  readonly bundle: string;
  readonly file: string;
  readonly bytes: number;
  /** Every source file in it, relative to the repository. */
  readonly inputs: readonly string[];
  /** Bytes of it by package, once minified; `muster` is what is ours. */
  readonly packages: Readonly<Record<string, number>>;
}

export function bundleNames(): string[] {
  return [...new Set([...FUNCTIONS, FLAG_ENDPOINT].map((spec) => spec.bundle))];
}

/**
 * One CommonJS file a bundle: `<outdir>/<bundle>.cjs` from `lambdas/<bundle>.ts`. CommonJS because Bolt calls `require`
 * at run time, which an ES module output refuses. What has not changed since the last build is left as it is.
 */
export async function buildLambdas(options: BuildOptions): Promise<readonly Bundle[]> {
  const names = options.only ?? bundleNames();
  const settings = JSON.stringify([options.config ?? null, names]);
  const record = join(options.outdir, '.build.json');
  const earlier = await readRecord(record);
  if (earlier?.settings === settings && earlier.stamp === stamp(earlier.bundles)) return earlier.bundles;

  await mkdir(options.outdir, { recursive: true });
  await rm(record, { force: true });
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: names.map((name) => ({ in: `lambdas/${name}.ts`, out: name })),
    outdir: options.outdir,
    outExtension: { '.js': '.cjs' },
    ...BUNDLING,
    define: { MUSTER_CONFIG: options.config === undefined ? 'undefined' : JSON.stringify(options.config) },
    metafile: true,
    plugins: [absentModules],
  });
  const bundles = bundlesOf(result.metafile, options.outdir, names);
  const built: BuildRecord = { settings, stamp: stamp(bundles), bundles };
  await writeFile(record, JSON.stringify(built));
  return bundles;
}

function bundlesOf(metafile: Metafile, outdir: string, names: readonly string[]): readonly Bundle[] {
  return names.map((bundle) => {
    const output = Object.values(metafile.outputs).find((each) => each.entryPoint === `lambdas/${bundle}.ts`);
    if (output === undefined) throw new Error(`esbuild wrote nothing for lambdas/${bundle}.ts`);
    const inputs = Object.keys(output.inputs).filter((path) => !/^absent(-client|-credentials)?:/.test(path));
    return { bundle, file: join(outdir, `${bundle}.cjs`), bytes: output.bytes, inputs, packages: packagesOf(output) };
  });
}

function packagesOf({ inputs }: Metafile['outputs'][string]): Readonly<Record<string, number>> {
  const bytes: Record<string, number> = {};
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const name = packageOf(path);
    bytes[name] = (bytes[name] ?? 0) + bytesInOutput;
  }
  return bytes;
}

/** Of `node_modules/a/node_modules/@b/c/d.js` it is `@b/c`; of a file of the repository, and of a stand-in, `muster`. */
const packageOf = (path: string): string => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'muster';

interface BuildRecord {
  readonly settings: string;
  readonly stamp: string;
  readonly bundles: readonly Bundle[];
}

/** Times and sizes of all that went in and came out, and of what decides how it is built. */
function stamp(bundles: readonly Bundle[]): string {
  const files = bundles.flatMap(({ file, inputs }) => [file, ...inputs.map((path) => join(ROOT, path))]);
  const rules = ['package-lock.json', 'scripts/build.ts', 'scripts/absent-modules.ts'].map((path) => join(ROOT, path));
  return [...new Set([...files, ...rules])]
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? `${file} absent` : `${file} ${stat.mtimeMs} ${stat.size}`;
    })
    .join('\n');
}

/** A record that cannot be read is no record: then everything is built. */
async function readRecord(file: string): Promise<BuildRecord | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as BuildRecord;
  } catch {
    return undefined;
  }
}

async function main(): Promise<void> {
  const parsed = parseConfig(readFileSync(join(ROOT, 'muster.yaml'), 'utf8'));
  if (!parsed.ok) {
    for (const problem of parsed.problems) console.error(describeProblem(problem));
    process.exitCode = 1;
    return;
  }
  for (const { bundle, bytes } of await buildLambdas({ config: parsed.config, outdir: join(ROOT, 'dist/lambdas') })) {
    console.log(`dist/lambdas/${bundle}.cjs  ${(bytes / 1000).toFixed(0)} KB`);
  }
}

if (import.meta.main) await main();
