import { shownSteps } from '../../../core/operations/describe.ts';
import { ANA, approve, askForPromote, BO, CHEN, HOME, promoteByTwo, STANDBY } from '../actions.ts';
import type { Scenario } from '../scenario.ts';

export const slackDownMidRun: Scenario = {
  name: 'slack-down-mid-run',
  says: 'Slack hangs and then fails for minutes while the operation runs: it goes on, and the messages catch up',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await promoteByTwo(world, script, { reason: 'us-east-1 does not answer' });
    await script.pause(5, 20);
    const now_ms = world.clock.now_ms();
    const hangs_ms = world.random.split('slack-down').between(60_000, 120_000);
    world.slack.faults.down(now_ms, now_ms + hangs_ms, 'hang');
    world.slack.faults.down(now_ms + hangs_ms, now_ms + 2 * hangs_ms, '503');
  },
};

/** Half of the steps' functions die once, each at an await of its own. */
export const stepLambdaDies: Scenario = {
  name: 'step-lambda-dies',
  says: 'functions of several steps die half way: each is called again, finds what it had done, and goes on',
  application: 'shop',
  disaster: (world) => {
    world.lose(HOME);
    const random = world.random.split('step-lambda-dies');
    for (const { id } of shownSteps('promote')) {
      if (random.next() < 0.4) continue;
      world.lambda.killNext(STANDBY, `muster-step-${id}`, { afterCalls: 1 + Math.floor(random.between(0, 12)) });
    }
  },
  people: (world, script) => promoteByTwo(world, script, { reason: 'us-east-1 does not answer' }),
};

export const twoEngineersAtOnce: Scenario = {
  name: 'two-engineers-at-once',
  says: 'two engineers ask for the same promote in the same minute: the first runs, the second is told who runs it',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 150);
    const [ana, bo, chen] = [world.person(ANA), world.person(BO), world.person(CHEN)];
    const second = async (): Promise<void> => {
      await chen.type('/dr promote shop');
      await chen.waitForModal(STANDBY, { timeout_s: 60 });
      // Reads longer than Ana does.
      await script.pause(60, 90);
      await chen.fill('region', STANDBY);
      await chen.fill('reason', 'us-east-1 is gone');
      const seen = await chen.submit();
      if (seen.kind !== 'errors' || !seen.text.includes('already running')) {
        throw new Error(`the second request was not refused: ${JSON.stringify(seen)}`);
      }
      await chen.dismiss();
    };
    const first = async (): Promise<void> => {
      await askForPromote(script, ana, { reason: 'us-east-1 does not answer' });
      await approve(script, bo);
    };
    await Promise.all([first(), second()]);
  },
};
