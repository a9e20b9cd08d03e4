import { beforeAll, describe, expect, test } from 'vitest';
import { ANA, BO, HOME, STANDBY } from '../../sandbox/rehearsal/actions.ts';
import * as forged from '../../simulator/slack/forged.ts';
import { interactionBody, viewSubmission } from '../../simulator/slack/payloads.ts';
import { filled, submit } from './pending.ts';
import { expectUnchanged, post, signed, typed } from './requests.ts';
import { eventsOf, newestOperation, type Stage, setStage } from './world.ts';

/** The promote dialog, filled in wrongly, too late, twice, or by somebody else. */
let stage: Stage;
async function openDialog(seed: string): Promise<void> {
  stage = await setStage(`bad-input-dialog/${seed}`);
  stage.world.lose(HOME);
  const told = await typed(stage, ANA, '/dr promote shop');
  expect(told.dialog).toContain(STANDBY);
}

const errors = (user = ANA) => stage.world.slack.workspace.views.top(user)?.errors;
const RIGHT = { region: STANDBY, reason: 'us-east-1 does not answer' };
const types = (operation: string) =>
  eventsOf(stage.world, stage.world.streams.op(operation)).map((event) => event.type);

describe('what leaves everything as it was', () => {
  beforeAll(() => openDialog('unchanged'));

  describe('a dialog in other hands', () => {
    const bySomebodyElse = (user: string) => {
      const view = { ...filled(stage.world, ANA, RIGHT), user };
      return signed(stage.world, interactionBody(viewSubmission(view, stage.world.slack.workspace)));
    };
    test('another approver’s is refused, and says whose it was', async () => {
      const answer = await expectUnchanged(stage, () => post(stage, bySomebodyElse(BO)));
      expect(JSON.parse(new TextDecoder().decode(answer.body))).toEqual({
        response_action: 'errors',
        errors: {
          region:
            'This plan was made for Ana Souza, not for you; nothing was started. Type `/dr promote shop` for a plan of your own.',
        },
      });
    });
    test.each(['U0GUEST', 'U0LEFT', 'U0DORA', 'U0STRANGER'])('%s is refused', async (user) => {
      const answer = await expectUnchanged(stage, () => post(stage, bySomebodyElse(user)));
      expect(new TextDecoder().decode(answer.body)).toMatch(/"response_action":"errors"/);
    });
  });

  test.each([
    ['the home region', HOME],
    ['a region that is not configured', 'eu-west-1'],
    ['capitals', 'US-WEST-2'],
    ['nothing but space', '   '],
    ['markup', '<!channel>'],
  ])('%s typed as the target is an error at the field', async (_, region) => {
    await expectUnchanged(stage, () => submit(stage, ANA, { ...RIGHT, region }));
    expect(errors()).toEqual({ region: `You typed \`${region.trim()}\`. Type the target region exactly: us-west-2.` });
  });

  test('an empty reason is an error at its field', async () => {
    await expectUnchanged(stage, () => submit(stage, ANA, { region: STANDBY, reason: ' \n ' }));
    expect(errors()).toEqual({ reason: 'A reason is needed; it goes into the record. Write in a few words why.' });
  });

  test('a dialog whose ids were changed starts nothing', async () => {
    const view = filled(stage.world, ANA, RIGHT);
    for (const private_metadata of [
      '',
      'null',
      '{',
      '{"operation":"promote-shop-20200101-0000-beef"}',
      '{"operation":7}',
    ]) {
      const other = { ...view, content: { ...view.content, private_metadata } };
      const request = signed(stage.world, interactionBody(viewSubmission(other, stage.world.slack.workspace)));
      const answer = await expectUnchanged(stage, () => post(stage, request));
      expect(new TextDecoder().decode(answer.body)).toContain('its plan is not in the ledger');
    }
  });

  test('a method that was not offered starts nothing', async () => {
    const view = filled(stage.world, ANA, RIGHT);
    const { workspace } = stage.world.slack;
    const block = {
      type: 'input',
      block_id: 'method',
      label: { type: 'plain_text', text: 'Method' },
      element: { type: 'radio_buttons', action_id: 'value', options: [] },
    };
    const draft = {
      ...view.draft,
      method: { value: { type: 'radio_buttons', selected_option: { value: 'switchover' } } },
    };
    const blocks = [block, ...(view.content['blocks'] as readonly object[])];
    const tampered = viewSubmission({ ...view, draft, content: { ...view.content, blocks } }, workspace);
    expect(JSON.stringify(tampered)).toContain('"selected_option":{"value":"switchover"}');
    const answer = await expectUnchanged(stage, () => post(stage, signed(stage.world, interactionBody(tampered))));
    expect(new TextDecoder().decode(answer.body)).toContain('it offers another method now');
  });

  test('a dialog of twenty minutes ago is out of date', async () => {
    await stage.pass(20 * 60);
    await expectUnchanged(stage, () => submit(stage, ANA, RIGHT));
    expect(errors()?.['region']).toMatch(
      /^This dialog is out of date \(its plan is 2\d minutes old\); nothing was started\. Close it and type `\/dr promote shop` again\.$/,
    );
  });
});

describe('what starts one operation and no more', () => {
  test('an error at the field put right', async () => {
    await openDialog('right');
    await expectUnchanged(stage, () => submit(stage, ANA, { ...RIGHT, region: HOME }));
    await submit(stage, ANA, RIGHT);
    expect(types(newestOperation(stage.world))).toContain('operation-requested');
  });
  test('submitted twice, and the bytes once more, it is one operation', async () => {
    await openDialog('twice');
    const view = filled(stage.world, ANA, RIGHT);
    const body = interactionBody(viewSubmission(view, stage.world.slack.workspace));
    const request = signed(stage.world, body);
    await post(stage, request);
    const id = newestOperation(stage.world);
    await post(stage, forged.replayed(request));
    await post(stage, signed(stage.world, body));
    expect(types(id).filter((type) => type === 'operation-requested')).toHaveLength(1);
    expect(eventsOf(stage.world, stage.world.streams.app('shop'))).toHaveLength(1);
    expect(stage.world.stepFunctions.executions(STANDBY)).toHaveLength(1);
  });

  test('two commands at once by one person are two plans and one operation; the second is told who runs what since when', async () => {
    await openDialog('two');
    const first = filled(stage.world, ANA, RIGHT);
    const again = await typed(stage, ANA, '/dr promote shop and quickly');
    expect(again.dialog).toContain('and quickly');
    const second = filled(stage.world, ANA, RIGHT);
    const send = (view: typeof first) =>
      stage.world.network.send(
        signed(stage.world, interactionBody(viewSubmission(view, stage.world.slack.workspace))),
        { name: 'slack', region: undefined },
      );
    const answers = await stage.play(() => Promise.all([send(first), send(second)]));
    await stage.pass(20);
    const texts = answers.map((answer) => new TextDecoder().decode(answer.body));
    expect(texts.filter((text) => text === '')).toHaveLength(1);
    expect(texts.find((text) => text !== '')).toMatch(
      /is already running for shop, started by Ana Souza at \d\d:\d\d UTC.*\/dr abort promote-shop-/,
    );
    expect(stage.world.stepFunctions.executions(STANDBY)).toHaveLength(1);
    expect(eventsOf(stage.world, stage.world.streams.app('shop'))).toHaveLength(1);
  });
  test('words in the reason ping nobody, neither in the channel nor in the record', async () => {
    await openDialog('words');
    const reason = '<!channel> <!here> @everyone <@U0CHEN> <https://evil.example|Approve> :boom: *bold* `code` & more';
    await submit(stage, ANA, { region: STANDBY, reason });
    await stage.pass(30);
    const id = newestOperation(stage.world);
    expect(
      eventsOf(stage.world, stage.world.streams.op(id)).find((e) => e.type === 'operation-requested')?.data,
    ).toMatchObject({
      reason,
    });
    const messages = stage.world.slack.workspace.messages.in(stage.config.slack.channel);
    const shown = messages.flatMap((message) => message.revisions).map((r) => `${r.text}\n${JSON.stringify(r.blocks)}`);
    expect(shown.join('\n')).toContain('&lt;!channel&gt;');
    // Approvers are named by us, never by what somebody typed; dates are ours.
    for (const text of shown)
      expect(text).not.toMatch(/<!(channel|here|everyone|subteam)|<https:\/\/evil|<@U0CHEN>.*evil/);
  });
});
