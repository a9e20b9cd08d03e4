import { describe, expect, test, vi } from 'vitest';
import { LOSS_RUNS } from './expected-runs.ts';
import { expectRun, play, type Run } from './runs.ts';

// A machine that does other things meanwhile may take its time.
vi.setConfig({ testTimeout: 240_000 });

const how = ({ world, result }: Run): string =>
  world.operation(result.operation ?? '')?.ended?.report?.rpoHow ?? 'no report';
const rounds = ({ world, result }: Run): number => world.operation(result.operation ?? '')?.rounds.length ?? 0;
const root = ({ result }: Run): string => result.channel[0]?.text ?? '';

/** What a run must show beyond its row. */
const MORE: Readonly<Record<string, (run: Run) => void>> = {
  'slow-approval': (run) => {
    expect(rounds(run)).toBe(1);
    // Ten minutes of thinking are not in it: the draft was made less than four minutes after home had died.
    expect(run.result.rpo_s).toBeLessThan(300);
    expect(how(run)).toMatch(/us-east-1 was silent in every look from/);
  },
  'home-flickers': (run) => {
    expect(rounds(run)).toBe(2);
    expect(run.world.operation(run.result.operation ?? '')?.rounds[1]?.why).toMatch(/may be lost now, more than/);
  },
  'home-fenced': (run) => {
    expect(run.result.rpo_s).not.toBeNull();
    expect(how(run)).toMatch(/nothing of it was seen to run in us-east-1 from/);
  },
  'global-writer-endpoint': (run) => {
    expect(run.result.rpo_s).toBeNull();
    expect(how(run)).toMatch(/^not bounded/);
    expect(root(run)).toContain('RPO not bounded');
  },
  'write-forwarding': (run) => {
    expect(run.result.rpo_s).toBeNull();
    expect(run.world.operation(run.result.operation ?? '')?.facts.writesAcross).toMatch(/write forwarding/);
  },
  'home-wakes-mid-move': (run) => {
    // Fixed at its first silence, the bound would have been a tenth of what was lost.
    expect(run.result.trueLoss_s).toBeGreaterThan(200);
    expect(run.result.rpo_s).toBeNull();
  },
};

describe.each(LOSS_RUNS)('$scenario', (row) => {
  test('ends as its row says, and reports no less than was lost', async () => {
    const run = await play(row.scenario);
    expectRun(row, run);
    MORE[row.scenario]?.(run);
  });
});
