import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../../simulator/slack/json.ts';
import { messagesIn, never, plain } from './people-world.ts';
import { actions, answer, button, received, section, World } from './world.ts';

let world: World;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  world = new World();
});
afterEach(() => {
  vi.useRealTimers();
});

const { request, vote } = messagesIn(() => world);

describe('clicks', () => {
  it('arrive with the message, the action, a trigger and a response URL', async () => {
    const payloads: Json[] = [];
    world.app = (r) => {
      payloads.push(received(r));
      return Promise.resolve(answer(200, ''));
    };
    const message = vote();
    await world.during(world.person('U0BEN', { patience_s: 1 }).click('Approve'));
    expect(payloads).toMatchObject([
      {
        type: 'block_actions',
        user: { id: 'U0BEN', username: 'ben', team_id: 'T0HARBOUR' },
        api_app_id: 'A0MUSTER',
        team: { id: 'T0HARBOUR', domain: 'harbour' },
        container: { type: 'message', message_ts: message.ts, channel_id: 'C0DR', is_ephemeral: false },
        channel: { id: 'C0DR', name: 'dr' },
        message: { type: 'message', ts: message.ts, text: 'Promote shop?', blocks: message.blocks },
        state: { values: {} },
        actions: [
          {
            type: 'button',
            block_id: 'decide',
            action_id: 'approve',
            value: 'op-1',
            text: plain('Approve'),
            action_ts: expect.stringMatching(/^\d+\.\d{6}$/),
          },
        ],
        trigger_id: expect.any(String),
        response_url: expect.stringContaining('https://hooks.slack.com/actions/'),
      },
    ]);
  });

  it('show the person what came of it: the redrawn message, in words with names', async () => {
    const message = vote();
    world.app = async () => {
      world.clock.after(700, () =>
        world.slack.workspace.messages.revise(message, 'Approved', [section('Approved by <@U0BEN>')], 'notify'),
      );
      return answer(200, '');
    };
    expect(await world.during(world.person('U0BEN').click('Approve'))).toMatchObject({
      kind: 'message',
      text: 'Approved by @ben',
    });
  });

  it('end in a warning triangle when the app fails or is late', async () => {
    vote();
    world.app = () => Promise.resolve(answer(500, ''));
    expect(await world.during(world.person('U0BEN').click('Approve'))).toMatchObject({
      kind: 'error',
      notice: { code: 'action_failed' },
    });
    world.app = never;
    expect(await world.during(world.person('U0BEN').click('Approve'))).toMatchObject({
      kind: 'error',
      notice: { code: 'operation_timeout' },
    });
  });

  it('are impossible where the button is not on the screen', async () => {
    const message = vote();
    world.slack.workspace.messages.revise(message, 'Declined', [section('Declined')], 'notify');
    const started_ms = world.clock.now_ms();
    await expect(world.during(world.person('U0ANA').click('Approve', { timeout_s: 600 }))).rejects.toThrow(
      "ana waited 600 s for a button 'Approve' and saw:\n#dr\nDeclined",
    );
    expect(world.clock.now_ms() - started_ms).toBe(600_000);
  });

  it('do not happen when the button disappears during the reaction time', async () => {
    const message = vote();
    const clicks: string[] = [];
    world.app = (r) => {
      clicks.push(String(received(r)['type']));
      return Promise.resolve(answer(200, ''));
    };
    world.clock.after(500, () => world.slack.workspace.messages.revise(message, 'Expired', [], 'notify'));
    await expect(world.during(world.person('U0ANA').click('Approve', { timeout_s: 30 }))).rejects.toThrow(
      'ana waited 30 s',
    );
    expect(clicks).toEqual([]);
  });

  it('are not offered to people outside of the channel', async () => {
    request([actions(button('Approve', 'approve'))]);
    world.slack.workspace.spec = {
      ...world.slack.workspace.spec,
      channels: world.slack.workspace.spec.channels.map((c) => ({
        ...c,
        members: c.members.filter((m) => m !== 'U0CHEN'),
      })),
    };
    await expect(world.during(world.person('U0CHEN').click('Approve', { timeout_s: 10 }))).rejects.toThrow('(nothing)');
  });

  it('wait for the button to appear, and take the newest', async () => {
    const values: unknown[] = [];
    world.app = (r) => {
      values.push((received(r)['actions'] as Json[])[0]?.['value']);
      return Promise.resolve(answer(200, ''));
    };
    world.clock.after(60_000, () => {
      request([actions(button('Approve', 'approve', { value: 'older' }))]);
      request([actions(button('Approve', 'approve', { value: 'newer' }))]);
    });
    await world.during(world.person('U0BEN', { patience_s: 1 }).click('Approve'));
    expect(values).toEqual(['newer']);
  });

  it('in an ephemeral message carry no message', async () => {
    const payloads: Json[] = [];
    world.app = (r) => {
      payloads.push(received(r));
      return Promise.resolve(answer(200, ''));
    };
    world.slack.workspace.messages.post({
      channel: 'C0DR',
      user: 'U0MUSTERBOT',
      fromApp: true,
      text: '',
      blocks: [actions(button('Retry', 'retry'))],
      by: 't',
      ephemeralFor: 'U0ANA',
    });
    await world.during(world.person('U0ANA', { patience_s: 1 }).click('Retry'));
    expect(payloads[0]).toMatchObject({ container: { is_ephemeral: true } });
    expect(payloads[0]).not.toHaveProperty('message');
  });
});
