import { describe, expect, test } from 'vitest';
import { brokenLink, type LedgerEvent } from '../../core/ledger.ts';
import { ANA, approve, askForPromote, BO, CHEN, HOME, STANDBY } from '../../sandbox/rehearsal/actions.ts';
import { stopExecution } from '../../sandbox/rehearsal/scenarios/reconciler.ts';
import type { World } from '../../sandbox/world/world.ts';
import { askedFor, click } from './pending.ts';
import { eventsOf, newestOperation, type Stage, setStage } from './world.ts';

const REASON = 'us-east-1 does not answer';

const of = <T extends LedgerEvent['type']>(world: World, operation: string, type: T) =>
  eventsOf(world, world.streams.op(operation)).filter(
    (event): event is Extract<LedgerEvent, { type: T }> => event.type === type,
  );

const channel = (stage: Stage): readonly string[] =>
  stage.world.slack.workspace.messages
    .in(stage.config.slack.channel)
    .filter((message) => message.ephemeralFor === undefined)
    .map((message) => message.text);

const secondsBetween = (from: string | undefined, to: string | undefined): number =>
  (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000;

const standbyWeb = (world: World): number | undefined => world.services.ecs.desired(STANDBY, 'service/shop/web');

describe('an execution that is stopped by hand before anything moved', () => {
  async function stopped(stage: Stage): Promise<{ operation: string; at: string }> {
    stage.world.lose(HOME);
    const { operation } = await askedFor(stage);
    expect(standbyWeb(stage.world)).toBe(6);
    await stage.pass(130);
    const at = new Date(stage.world.clock.now_ms()).toISOString();
    await stage.play(() => stopExecution(stage.world));
    await stage.until(() => of(stage.world, operation, 'operation-ended').length > 0, 300);
    await stage.until(() => standbyWeb(stage.world) === 1, 120);
    return { operation, at };
  }

  test('releases its lock within seconds, by its status-change event, and its pre-warm is undone', async () => {
    const stage = await setStage('released');
    const { operation, at } = await stopped(stage);
    const [end] = of(stage.world, operation, 'operation-ended');
    expect(secondsBetween(at, end?.at)).toBeLessThan(15);
    expect(end?.data).toMatchObject({
      outcome: 'failed',
      why: expect.stringMatching(/ABORTED.*Console: stopped by hand/),
    });
    await stage.pass(10);
    expect(channel(stage)[0]).toMatch(/^FAILED.*\/dr promote shop/);
    await stage.play(() => askForPromote(stage.script, stage.world.person(ANA), { reason: 'once more' }));
    expect(newestOperation(stage.world)).not.toBe(operation);
  });

  test('releases it within two minutes when that event is lost', async () => {
    const stage = await setStage('lost-event');
    // Best effort: "may not be delivered" (Step Functions Developer Guide, EventBridge).
    stage.world.environment.fix('eventbridge.delivery', Number.POSITIVE_INFINITY);
    const { operation, at } = await stopped(stage);
    const [end, ...more] = of(stage.world, operation, 'operation-ended');
    expect(more).toEqual([]);
    expect(secondsBetween(at, end?.at)).toBeGreaterThan(0);
    expect(secondsBetween(at, end?.at)).toBeLessThan(125);
  });
});

test('a request whose execution never started is started by the reconciler, under the same name', async () => {
  const stage = await setStage('revived');
  const { world } = stage;
  world.lose(HOME);
  let failing = true;
  world.rules.push((at) =>
    failing && at.action === 'StartExecution'
      ? { kind: 'error', latency_ms: 20, code: 'InternalServerError', message: 'try again', status: 500 }
      : undefined,
  );
  await stage.play(() => askForPromote(stage.script, world.person(ANA), { reason: REASON }).catch(() => undefined));
  const operation = newestOperation(world);
  expect(of(world, operation, 'operation-requested')).toHaveLength(1);
  expect(world.stepFunctions.executions(STANDBY)).toEqual([]);
  failing = false;
  await stage.until(() => of(world, operation, 'operation-revived').length > 0, 300);
  await stage.play(() => approve(stage.script, world.person(BO)));
  await stage.until(() => world.operation(operation)?.ended !== undefined, 3600);
  expect(world.operation(operation)?.ended?.outcome).toBe('succeeded');
  expect(world.stepFunctions.executions(STANDBY).map((one) => one.name)).toEqual([operation]);
});

describe('what Lambda gives up', () => {
  test('is told to the channel: who, what, and whether anything was started', async () => {
    const stage = await setStage('undelivered');
    const { world } = stage;
    world.lambda.killNext(STANDBY, 'muster-command', { afterCalls: 1 });
    await stage.play(() => world.person(BO).type('/dr status shop'));
    await stage.pass(30);
    expect(channel(stage)).toEqual([
      expect.stringMatching(
        /NOT CARRIED OUT.*<@U0BO> sent \/dr status shop .*not known whether it had an effect.*\/dr status/,
      ),
    ]);
  });

  test('a click is told too: approve had it straight from the receiver, and tried twice', async () => {
    const stage = await setStage('undelivered-click');
    const { world } = stage;
    const { operation } = await askedFor(stage);
    const before = channel(stage).length;
    for (const afterCalls of [1, 1]) world.lambda.killNext(STANDBY, 'muster-approve', { afterCalls });
    await stage.play(() => world.person(BO).click('approve'));
    await stage.pass(90);
    expect(channel(stage).slice(before)).toEqual([
      expect.stringMatching(/NOT CARRIED OUT.*<@U0BO> sent the button approve .*not known whether it had an effect/),
    ]);
    expect(eventsOf(world, world.streams.vote(operation))).toEqual([]);
    // Lambda delivers nothing again after that; the person does, and the vote counts.
    await stage.play(() => world.person(BO).click('approve'));
    await stage.pass(10);
    expect(world.operation(operation)?.rounds[0]?.decision?.by).toEqual(['ana', 'bo']);
  });

  test('says nothing of what Slack did not send', async () => {
    const stage = await setStage('forged');
    const signed = { body: 'command=%2Fdr&text=promote+shop&user_id=U0ANA', timestamp: '1', signature: 'v0=00' };
    stage.world.lambda.invokeAsync(STANDBY, 'muster-command', { kind: 'command', signed });
    await stage.pass(90);
    expect(stage.world.lambda.logs.map((line) => line.functionName)).toContain('muster-undelivered');
    expect(channel(stage)).toEqual([]);
  });
});

test('a root message that Slack could not take for hours is drawn when Slack is back', async () => {
  const stage = await setStage('slack-away');
  const { world } = stage;
  world.lose(HOME);
  const { operation } = await askedFor(stage);
  await stage.play(() => approve(stage.script, world.person(BO)));
  const now_ms = world.clock.now_ms();
  world.slack.faults.down(now_ms + 5_000, now_ms + 2 * 3_600_000, '503');
  await stage.pass(2 * 3600 - 60);
  expect(world.operation(operation)?.ended?.outcome).toBe('succeeded');
  expect(channel(stage)[0]).not.toMatch(/^DONE/);
  await stage.until(() => channel(stage)[0]?.startsWith('DONE') === true, 300);
});

describe('the Slack group that narrows the approvers', () => {
  const narrowed = (seed: string): Promise<Stage> =>
    setStage(seed, (config) => ({ ...config, slack: { ...config.slack, approverGroup: 'S0ONCALL' } }));

  test('keeps an approver out who is not in it, and lets one in who is', async () => {
    const stage = await narrowed('group');
    stage.world.lose(HOME);
    const pending = await askedFor(stage);
    const chen = await click(pending, CHEN, 'approve');
    expect(JSON.stringify(chen)).toMatch(/not in the Slack group S0ONCALL/);
    expect(stage.world.operation(pending.operation)?.rounds[0]?.votes).toEqual([]);
    await click(pending, BO, 'approve');
    await stage.until(() => stage.world.operation(pending.operation)?.rounds[0]?.decision?.what === 'approved', 60);
  });

  test('that cannot be looked up refuses every vote, the request too, and says why', async () => {
    const stage = await narrowed('group-unpaid');
    Object.assign(stage.world.slack.workspace.spec, { plan: 'free' });
    stage.world.lose(HOME);
    const pending = await askedFor(stage);
    expect(stage.world.operation(pending.operation)?.notCounted).toMatch(/paid Slack plan/);
    const bo = await click(pending, BO, 'approve');
    expect(JSON.stringify(bo)).toMatch(/paid Slack plan.*slack\.approverGroup.*Slack is down/);
    expect(stage.world.operation(pending.operation)?.rounds[0]?.votes).toEqual([]);
  });
});

test('a page that SNS does not take is said in the thread, and sent once only', async () => {
  const stage = await setStage('page-fails');
  const { world } = stage;
  world.lose(HOME);
  world.rules.push((at) =>
    at.service === 'sns'
      ? { kind: 'error', latency_ms: 20, code: 'InternalErrorException', message: 'no', status: 500 }
      : undefined,
  );
  const { operation } = await askedFor(stage);
  await stage.pass(5 * 60);
  expect(of(world, operation, 'approval-paged')).toHaveLength(1);
  expect(of(world, operation, 'approval-page-failed')).toHaveLength(1);
  expect(world.services.sns.published()).toEqual([]);
  expect(channel(stage).join('\n')).toMatch(/could not be sent.*by phone/);
  for (const records of world.ledger().values()) expect(brokenLink(records)).toBeUndefined();
});
