import { describe, expect, test } from 'vitest';
import { FLAG_ENDPOINT, FUNCTIONS, type FunctionSpec } from '../../core/functions.ts';
import { ALL_STEPS } from './step-ids.ts';

/**
 * Written out, not derived: how late a call may still start, how many may run at once and who is told of what was given
 * up. The other tests compare what is built and deployed with the table; this one says what the table must be.
 */
type Limits = Pick<FunctionSpec, 'timeout_s' | 'retries' | 'maximumAge_s'> & Partial<FunctionSpec>;
const OURS: Readonly<Record<string, Limits>> = {
  slack: { timeout_s: 10, retries: 0, maximumAge_s: 60, reservedConcurrency: 60 },
  command: { timeout_s: 60, retries: 0, maximumAge_s: 60, onFailure: 'undelivered' },
  approve: { timeout_s: 60, retries: 1, maximumAge_s: 180, onFailure: 'undelivered' },
  undelivered: { timeout_s: 30, retries: 2, maximumAge_s: 3600 },
  reconciler: { timeout_s: 60, retries: 0, maximumAge_s: 60, reservedConcurrency: 1, schedule: 'rate(1 minute)' },
  released: { timeout_s: 60, retries: 2, maximumAge_s: 3600, onExecution: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
  notify: { timeout_s: 60, retries: 0, maximumAge_s: 60, reservedConcurrency: 1 },
  archive: { timeout_s: 60, retries: 2, maximumAge_s: 3600 },
  relay: { timeout_s: 30, retries: 2, maximumAge_s: 3600 },
  'self-test': { timeout_s: 900, retries: 0, maximumAge_s: 3600, schedule: 'cron(17 9 * * ? *)' },
  crashed: { timeout_s: 30, retries: 0, maximumAge_s: 60 },
};

/** All of a row but its bundle and its memory, which nothing hangs on but speed. */
const limitsOf = ({ name: _name, bundle: _bundle, memory_mb: _memory, environment, ...limits }: FunctionSpec) => ({
  ...limits,
  environment,
});

describe('the table of functions', () => {
  test('has these functions and one for each step, and no other', () => {
    const names = [...Object.keys(OURS), ...ALL_STEPS.map((id) => `step-${id}`)];
    expect(FUNCTIONS.map(({ name }) => name).sort()).toEqual(names.sort());
  });

  test.each(Object.entries(OURS))('%s has its limits, and no environment of its own', (name, limits) => {
    const [spec, ...more] = FUNCTIONS.filter((one) => one.name === name);
    expect(more).toEqual([]);
    expect(spec && limitsOf(spec)).toEqual({ ...limits, environment: {} });
  });

  test.each(ALL_STEPS)('the function of %s runs this step, for a minute, and is never called again by Lambda', (id) => {
    const spec = FUNCTIONS.find(({ name }) => name === `step-${id}`);
    const environment = { MUSTER_STEP: id };
    expect(spec && limitsOf(spec)).toEqual({ timeout_s: 60, retries: 0, maximumAge_s: 60, environment });
    expect(spec?.bundle).toBe('step');
  });

  test('leaves out the flag’s endpoint, which answers Route 53 in time and costs a bounded amount', () => {
    expect(FUNCTIONS).not.toContain(FLAG_ENDPOINT);
    expect(limitsOf(FLAG_ENDPOINT)).toEqual({
      timeout_s: 3,
      retries: 0,
      maximumAge_s: 60,
      reservedConcurrency: 5,
      environment: {},
    });
  });
});
