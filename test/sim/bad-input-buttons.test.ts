import { beforeAll, describe, expect, test } from 'vitest';
import { BO, CHEN } from '../../sandbox/rehearsal/actions.ts';
import * as forged from '../../simulator/slack/forged.ts';
import { interactionBody } from '../../simulator/slack/payloads.ts';
import { askedFor, click, expectOnlyRefusals, type Pending, submit, tamperedClick, votesOf } from './pending.ts';
import { actionPayload, actionRequest, expectUnchanged, post, signed, typed } from './requests.ts';
import { isQuiet, setStage } from './world.ts';

describe('an Approve whose value was tampered with', () => {
  let pending: Pending;
  beforeAll(async () => {
    pending = await askedFor(await setStage('bad-input-buttons-tampered'));
  });
  const value = (changes: object): string => JSON.stringify({ operation: pending.operation, round: 1, ...changes });

  test.each<readonly [string, () => string]>([
    ['garbage', () => '{"operation":'],
    ['nothing', () => ''],
    ['a list', () => '[]'],
    ['an operation that is no id', () => value({ operation: 'op#../../x' })],
    ['an operation of 3,000 characters', () => value({ operation: 'x'.repeat(3_000) })],
    ['a round that is no number', () => value({ round: '1' })],
    ['a negative round', () => value({ round: -1 })],
    ['a step that there is not', () => value({ step: 'delete-everything' })],
  ])('%s is not read, and says so', async (_, made) => {
    const { result, refusals } = await expectOnlyRefusals(pending, () =>
      tamperedClick(pending, BO, 'approve', { value: made() }),
    );
    expect(result.ephemeral).toEqual([
      'Muster cannot read this button or dialog; nothing was done. Use the newest message in the channel, or type `/dr status`.',
    ]);
    expect(refusals).toEqual([]);
  });

  test.each([
    ['another round', { round: 2 }, 'This button belongs to an earlier plan', ['request-outdated']],
    ['no round', { round: undefined }, 'This button belongs to an earlier plan', ['request-outdated']],
    ['an operation that never was', { operation: 'promote-shop-20200101-0000-beef' }, 'There is no operation', []],
  ])('%s does not count', async (_, changes, sentence, codes) => {
    const { result, refusals } = await expectOnlyRefusals(pending, () =>
      tamperedClick(pending, BO, 'approve', { value: value(changes) }),
    );
    expect(result.ephemeral.join()).toContain(sentence);
    expect(refusals).toEqual(codes);
  });

  test.each(['retry', 'launch', '__proto__', 'modal:launch'])('the button %s decides nothing', async (action_id) => {
    await expectOnlyRefusals(pending, () => tamperedClick(pending, BO, 'approve', { action_id }));
    pending.stage.world.slack.workspace.views.clear(BO);
  });

  test('a button with a dialog that there is not says so in the dialog', async () => {
    const action_id = 'modal:launch';
    const { refusals } = await expectOnlyRefusals(pending, () => tamperedClick(pending, BO, 'approve', { action_id }));
    const view = pending.stage.world.slack.workspace.views.top(BO);
    expect(JSON.stringify(view?.content)).toContain('Muster cannot read this button or dialog');
    expect(refusals).toEqual([]);
    pending.stage.world.slack.workspace.views.clear(BO);
  });

  test('a decline dialog with a garbled value says so instead of waiting', async () => {
    await expectOnlyRefusals(pending, () => tamperedClick(pending, BO, 'modal:decline', { value: '{' }));
    const view = pending.stage.world.slack.workspace.views.top(BO);
    expect(JSON.stringify(view?.content)).toContain('Muster cannot read this button or dialog');
    pending.stage.world.slack.workspace.views.clear(BO);
  });
});

describe('one click, delivered more than once', () => {
  test('is one vote; the same person again is told so; then the other buttons are stale', async () => {
    const stage = await setStage('bad-input-buttons-replayed');
    const pending = await askedFor(stage);
    const old = pending.request();
    const request = actionRequest(stage.world, actionPayload(stage.world, BO, old, 'approve'));
    const slack = { name: 'slack', region: undefined };
    const twice = [request, forged.replayed(request)];
    await stage.play(() => Promise.all(twice.map((one) => stage.world.network.send(one, slack))));
    await post(stage, forged.replayed(request));
    expect(votesOf(pending).map((vote) => vote.accepted)).toEqual([true]);
    expect(stage.world.operation(pending.operation)?.rounds[0]?.decision?.by).toEqual(['ana', 'bo']);
    // The message on Chen's phone is a minute old.
    const late = await click(pending, CHEN, 'approve', old);
    expect(late.ephemeral.join()).toMatch(/already approved, by Ana Souza and Bo Larsen/);
    expect(votesOf(pending).filter((vote) => vote.accepted)).toHaveLength(1);
    expect(stage.world.stepFunctions.executions(stage.world.deployment.region)).toHaveLength(1);
  });
});

describe('an operation that is over', () => {
  let pending: Pending;
  let old: ReturnType<Pending['request']>;
  beforeAll(async () => {
    const stage = await setStage('bad-input-buttons-over');
    pending = await askedFor(stage);
    old = pending.request();
    await click(pending, BO, 'modal:decline');
    await submit(stage, BO, { reason: '<!channel> not now' });
    await stage.until(() => isQuiet(stage.world), 600);
    await stage.pass(10);
    expect(stage.world.operation(pending.operation)?.ended?.outcome).toBe('declined');
  });

  test.each(['approve', 'extend'])('its %s button decides nothing any more', async (button) => {
    const { result, refusals } = await expectOnlyRefusals(pending, () => click(pending, CHEN, button, old));
    expect(result.ephemeral.join()).toBe(
      `\`${pending.operation}\` is already over: declined. \`/dr status shop\` shows where things are.`,
    );
    expect(refusals).toEqual(['operation-over']);
  });

  test('nor does its decline dialog', async () => {
    const { refusals } = await expectOnlyRefusals(pending, async () => {
      await click(pending, CHEN, 'modal:decline', old);
      await submit(pending.stage, CHEN, { reason: 'me too' });
    });
    expect(refusals).toEqual(['operation-over']);
    pending.stage.world.slack.workspace.views.clear(CHEN);
  });

  test('nor /dr abort', async () => {
    const { result, refusals } = await expectOnlyRefusals(pending, () =>
      typed(pending.stage, CHEN, `/dr abort ${pending.operation}`),
    );
    expect(result.ephemeral.join()).toContain('is already over: declined');
    expect(refusals).toEqual(['operation-over']);
  });

  test('its dialog sent once more starts nothing', async () => {
    const { stage, operation } = pending;
    const view = {
      type: 'view_submission',
      user: { id: 'U0ANA', team_id: stage.config.slack.team_id },
      api_app_id: stage.config.slack.app_id,
      team: { id: stage.config.slack.team_id },
      view: {
        id: 'V1',
        callback_id: 'promote',
        private_metadata: JSON.stringify({ operation }),
        blocks: [{ type: 'input', block_id: 'region' }],
        state: { values: { region: { value: { value: 'us-west-2' } }, reason: { value: { value: 'again' } } } },
      },
    };
    const answer = await expectUnchanged(stage, () => post(stage, signed(stage.world, interactionBody(view))));
    expect(new TextDecoder().decode(answer.body)).toContain('is already over: declined');
  });

  test('and the reason that was typed pings nobody', () => {
    const messages = pending.stage.world.slack.workspace.messages.in(pending.stage.config.slack.channel);
    const shown = messages.flatMap((m) => m.revisions).map((r) => `${r.text}\n${JSON.stringify(r.blocks)}`);
    expect(shown.join('\n')).toContain('&lt;!channel&gt; not now');
    expect(shown.join('\n')).not.toContain('<!channel>');
  });
});

describe('/dr abort while people are asked', () => {
  test('by somebody who is no approver is refused; by an approver it ends the operation', async () => {
    const stage = await setStage('bad-input-buttons-abort');
    const pending = await askedFor(stage);
    const { result, refusals } = await expectOnlyRefusals(pending, () =>
      typed(stage, 'U0DEE', `/dr abort ${pending.operation}`),
    );
    expect(result.ephemeral.join()).toContain('You are not an approver');
    expect(refusals).toEqual(['not-an-approver']);
    await typed(stage, CHEN, `/dr abort ${pending.operation}`);
    await stage.until(() => isQuiet(stage.world), 600);
    expect(stage.world.operation(pending.operation)?.ended?.outcome).toBe('aborted');
  });
});
