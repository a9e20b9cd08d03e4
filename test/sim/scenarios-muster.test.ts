import { expect, test, vi } from 'vitest';
import { MUSTER_RUNS } from './expected-runs.ts';
import { capacity, expectRun, play, type Run } from './runs.ts';

// A machine that does other things meanwhile may take its time.
vi.setConfig({ testTimeout: 240_000 });

/** What a run must show beyond its row. */
const MORE: Readonly<Record<string, (run: Run) => void>> = {
  planned: (run) => {
    expect(run.result.rpo_s).toBe(0);
    expect(run.result.trueLoss_s).toBe(0);
    expect(capacity(run, 'us-east-1')).toEqual({ web: 1, orders: 0 });
  },
  declined: (run) => {
    expect(capacity(run, 'us-west-2')).toEqual({ web: 1, orders: 0 });
  },
  'slack-down-mid-run': (run) => {
    const root = run.world.slack.workspace.messages
      .in(run.world.config.slack.channel)
      .find((message) => message.ts === run.result.channel[0]?.ts);
    const finished = (root?.revisions ?? []).map((revision) => finishedSteps(JSON.stringify(revision.blocks)));
    expect(finished.length).toBeGreaterThan(4);
    expect(finished.at(-1)).toBeGreaterThan(8);
    expect(finished).toEqual(finished.toSorted((a, b) => a - b));
    const refused = run.world.slack.workspace.calls.filter(
      (call) => call.caller.includes('notify') && call.result !== 'ok',
    );
    expect(refused.length).toBeGreaterThan(0);
  },
  'step-lambda-dies': ({ world }) => {
    const died = world.lambda.logs.filter((line) => /Runtime\.ExitError|exited/.test(line.message));
    expect(new Set(died.map((line) => line.functionName)).size).toBeGreaterThan(1);
  },
  'two-engineers-at-once': ({ world }) => {
    expect(world.stepFunctions.executions(world.deployment.region)).toHaveLength(1);
  },
};

/** Lines of the message that say of a step that it is over. */
const finishedSteps = (blocks: string): number => (blocks.match(/[✓–?] \*/g) ?? []).length;

test.each(MUSTER_RUNS)('$scenario: $outcome, database by $database, traffic $traffic', async (row) => {
  const run = await play(row.scenario);
  expectRun(row, run);
  MORE[row.scenario]?.(run);
});

test.each(['step-lambda-dies', 'abort-before-no-return'])(
  'the same seed gives the same run to the last byte: %s',
  async (scenario) => {
    const [one, two] = [await play(scenario, '7'), await play(scenario, '7')];
    expect(JSON.stringify(two.result)).toBe(JSON.stringify(one.result));
  },
);
