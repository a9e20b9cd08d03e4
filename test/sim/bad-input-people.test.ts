import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ANA, BO, CHEN, DEE, HOME } from '../../sandbox/rehearsal/actions.ts';
import type { SlackUser } from '../../simulator/slack/model.ts';
import { askedFor, click, expectOnlyRefusals, type Pending, submit, votesOf } from './pending.ts';
import { expectUnchanged, typed } from './requests.ts';
import { type Stage, setStage } from './world.ts';

/** Who may not: strangers, guests, bots, people who left, colleagues who are not on the list. */
const OUTSIDERS = [
  ['a stranger from Slack Connect', 'U0STRANGER', 'another Slack team', 'wrong-team'],
  ['a guest', 'U0GUEST', 'Guests, bots and deactivated accounts cannot do this (a guest)', 'guest-or-bot'],
  ['a guest of one channel', 'U0SINGLE', '(a guest)', 'guest-or-bot'],
  ['a bot', 'U0OTHERBOT', '(a bot)', 'guest-or-bot'],
  ['someone who has left', 'U0LEFT', '(deactivated)', 'guest-or-bot'],
  ['a colleague who is not listed', 'U0DORA', 'You are not one of the people in muster.yaml', 'not-listed'],
] as const;
const NEXT = /Ask one of: Ana Souza, Bo Larsen, Chen Wei|tell your security team/;

function change(stage: Stage, user: string, changes: Partial<SlackUser>): void {
  const { workspace } = stage.world.slack;
  const users = workspace.spec.users.map((one) => (one.id === user ? { ...one, ...changes } : one));
  workspace.spec = { ...workspace.spec, users };
}

describe('at the command', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage('bad-input-people-typed');
    stage.world.lose(HOME);
  });

  test.each(OUTSIDERS)('%s who types promote is told why not, and whom to ask', async (_, user, sentence) => {
    const told = await expectUnchanged(stage, () => typed(stage, user, '/dr promote shop the region is gone'));
    expect(told.all).toContain(sentence);
    expect(told.all).toMatch(NEXT);
    expect(told.dialog).not.toContain('Type the target region');
    stage.world.slack.workspace.views.clear(user);
  });

  test.each(OUTSIDERS)('%s learns nothing from status', async (_, user) => {
    const told = await expectUnchanged(stage, () => typed(stage, user, '/dr status'));
    expect(told.all).toContain('You are not one of the people in muster.yaml');
    expect(told.all).not.toMatch(/us-east-1|us-west-2|writer/);
  });

  test.each(['hang', '503', 'ratelimited'] as const)(
    'while Slack does not confirm who asks (%s), nothing is drafted and another way is named',
    async (mode) => {
      const { faults } = stage.world.slack;
      faults.onCall('users.info', 1, mode);
      faults.onCall('users.info', 2, mode);
      const told = await expectUnchanged(stage, () => typed(stage, ANA, '/dr promote shop'));
      expect(told.all).toContain('Slack did not confirm who you are');
      expect(told.all).toContain('Slack is down');
      stage.world.slack.workspace.views.clear(ANA);
    },
  );
});

describe('at the buttons', () => {
  let pending: Pending;
  beforeAll(async () => {
    pending = await askedFor(await setStage('bad-input-people-pressed'));
  });
  afterEach(() => {
    for (const user of [ANA, BO, CHEN, DEE]) pending.stage.world.slack.workspace.views.clear(user);
  });

  test.each(OUTSIDERS)('%s who presses Approve does not count', async (_, user, sentence, code) => {
    const { result, refusals } = await expectOnlyRefusals(pending, () => click(pending, user, 'approve'));
    if (user === 'U0STRANGER') {
      // Refused by the receiver: Slack shows the error beside the button.
      expect(result.notices.join()).toContain('403');
      expect(refusals).toEqual([]);
      return;
    }
    expect(result.all).toContain(sentence);
    expect(result.all).toMatch(NEXT);
    expect(refusals).toEqual([code]);
  });

  test('someone listed who is no approver does not count either, and the ledger knows that they tried', async () => {
    const { result, refusals } = await expectOnlyRefusals(pending, () => click(pending, DEE, 'approve'));
    expect(result.ephemeral).toEqual([
      'You are not an approver, so this does not count. Ask one of: Ana Souza, Bo Larsen, Chen Wei.',
    ]);
    expect(refusals).toEqual(['not-an-approver']);
    expect(votesOf(pending).at(-1)).toMatchObject({ identity: 'dee', slackUser: DEE, accepted: false });
  });

  test('the requester pressing Approve, from either account, is told who else must', async () => {
    for (const account of [ANA, 'U0ANA2']) {
      const { result, refusals } = await expectOnlyRefusals(pending, () => click(pending, account, 'approve'));
      expect(result.ephemeral.join()).toContain('You requested this, so you cannot approve it as well');
      expect(result.ephemeral.join()).toContain('Bo Larsen, Chen Wei');
      expect(refusals).toEqual(['requester-does-not-count']);
    }
  });

  test.each([
    ['left since', { deleted: true }],
    ['became a guest since', { isRestricted: true }],
  ] as const)('an approver who %s does not count', async (_, changes) => {
    change(pending.stage, BO, changes);
    const { result, refusals } = await expectOnlyRefusals(pending, () => click(pending, BO, 'approve'));
    change(pending.stage, BO, { deleted: false, isRestricted: false });
    expect(result.all).toContain('Guests, bots and deactivated accounts cannot do this');
    expect(refusals).toEqual(['guest-or-bot']);
  });

  test.each(['hang', '503'] as const)(
    'while Slack does not confirm who presses (%s), no vote counts and the way without Slack is named',
    async (mode) => {
      const { faults } = pending.stage.world.slack;
      faults.onCall('users.info', 1, mode);
      faults.onCall('users.info', 2, mode);
      const { result, refusals } = await expectOnlyRefusals(pending, () => click(pending, BO, 'approve'));
      expect(result.all).toContain('Slack did not confirm who you are');
      expect(result.all).toContain('Slack is down');
      expect(refusals).toEqual(['person-unverified']);
    },
  );
});

describe('at the dialogs of the buttons', () => {
  let pending: Pending;
  beforeAll(async () => {
    pending = await askedFor(await setStage('bad-input-people-dialogs'));
  });

  test.each(['modal:decline', 'modal:abort'])('%s by an outsider ends with an error at the field', async (button) => {
    for (const [, user, sentence, code] of [OUTSIDERS[1], OUTSIDERS[5]]) {
      const { result, refusals } = await expectOnlyRefusals(pending, async () => {
        await click(pending, user, button);
        return submit(pending.stage, user, { reason: 'I would rather not' });
      });
      const { views } = pending.stage.world.slack.workspace;
      expect(views.top(user)?.errors['reason'], result.all).toContain(sentence);
      expect(refusals).toEqual([code]);
      views.clear(user);
    }
  });

  test('a decision without a reason is an error at the field', async () => {
    const { views } = pending.stage.world.slack.workspace;
    const { refusals } = await expectOnlyRefusals(pending, async () => {
      await click(pending, BO, 'modal:decline');
      return submit(pending.stage, BO, { reason: '   ' });
    });
    expect(views.top(BO)?.errors['reason']).toBe(
      'A reason is needed; it goes into the record. Write in a few words why.',
    );
    expect(refusals).toEqual([]);
  });

  test('and after all that an approver’s vote still counts', async () => {
    await click(pending, CHEN, 'approve');
    expect(votesOf(pending).at(-1)).toMatchObject({ identity: 'chen', choice: 'approve', accepted: true });
    await pending.stage.pass(5);
    expect(pending.stage.world.operation(pending.operation)?.rounds[0]?.decision).toMatchObject({
      what: 'approved',
      by: ['ana', 'chen'],
    });
  });
});
