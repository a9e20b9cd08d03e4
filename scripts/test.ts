import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * All checks in the order of what they cost: format and lint, types, tests. Stops at the first that fails. The last
 * line always reads `N passed, N failed`; a failed check that is not a test counts as one failed test.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules/.bin');

interface Totals {
  readonly passed: number;
  readonly failed: number;
}

function run(command: string, args: readonly string[]): boolean {
  const PATH = `${BIN}${delimiter}${process.env['PATH'] ?? ''}`;
  const { status } = spawnSync(join(BIN, command), args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH },
  });
  return status === 0;
}

function vitest(more: readonly string[]): Totals {
  const folder = mkdtempSync(join(tmpdir(), 'muster-test-'));
  try {
    const report = join(folder, 'report.json');
    const passed = run('vitest', ['run', '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`, ...more]);
    return totals(report, passed);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Vitest can also fail without a failed test (a file that does not load, an unhandled error): never zero then. */
function totals(report: string, ok: boolean): Totals {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
    const failed = numFailedTests ?? 0;
    return { passed: numPassedTests ?? 0, failed: ok ? failed : Math.max(1, failed) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

function finish(stopped: string | undefined, { passed, failed }: Totals): void {
  if (stopped !== undefined) console.log(`\n${stopped} failed; the checks after it did not run.`);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

const none = { passed: 0, failed: 1 };
if (!run('biome', ['ci', ...(process.stdout.isTTY ? [] : ['--colors=off']), '.']))
  finish('Format and lint (npm run fix)', none);
else if (!run('tsc', ['--noEmit'])) finish('The type check (npm run types)', none);
else finish(undefined, vitest(process.argv.slice(2)));
