import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { PROMOTE_SCENARIOS } from '../../sandbox/rehearsal/scenarios.ts';
import { play, type Run } from './runs.ts';

/** `npm run loss` plays 300; a run costs some seconds. */
const RUNS = Number(process.env['LOSS_RUNS'] ?? 3);

vi.setConfig({ testTimeout: 240_000 + RUNS * 60_000 });

/** How much more than the true loss a bound may say, beyond the time until somebody asked and home was first looked at. */
const WITHIN_S = 90;

test(`over ${RUNS} runs drawn from all scenarios, no report claims less loss than there was`, async () => {
  const scenario = fc.constantFrom(...PROMOTE_SCENARIOS.map(({ name }) => name));
  const property = fc.asyncProperty(scenario, fc.integer({ min: 2, max: 1_000_000 }), async (name, seed) => {
    expectHonest(await play(name, String(seed)));
  });
  // The same sample each time; what fails is shown as it was drawn, for each run is as small as any other.
  await fc.assert(property, { numRuns: RUNS, seed: 20261120, endOnFailure: true });
});

function expectHonest(run: Run): void {
  const { rpo_s, trueLoss_s } = run.result;
  if (rpo_s !== null && trueLoss_s !== null) expect(rpo_s).toBeGreaterThanOrEqual(trueLoss_s);
  const looked_s = firstLook_s(run);
  if (looked_s === undefined || trueLoss_s === null) return;
  expect(rpo_s, 'home died at once: its silence bounds the loss').not.toBeNull();
  expect(rpo_s).toBeLessThanOrEqual(trueLoss_s + looked_s + WITHIN_S);
}

/** Seconds from when home died at once and for good until the look of the plan in force; undefined: it did not. */
function firstLook_s({ world, result, app }: Run): number | undefined {
  const operation = world.operation(result.operation ?? '');
  const isForced = ['failover', 'detach'].includes(operation?.plan.database.method ?? '');
  const served = world.environment.regionServes(app.home) || result.scenario === 'home-flickers';
  const [step] = result.steps;
  const started = operation?.steps.get(step?.id ?? 'preflight')?.startedAt;
  if (operation === undefined || !isForced || served || result.outcome !== 'succeeded') return undefined;
  if (step === undefined || started === undefined) return undefined;
  const zero_ms = Date.parse(started) - step.startedAt_s * 1000;
  return (Date.parse(operation.facts.observedAt) - zero_ms) / 1000;
}
