import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../../simulator/slack/json.ts';
import { boltApp } from './bolt.ts';
import { dialog, messagesIn, plain } from './people-world.ts';
import { answer, errorOf, received, section, World } from './world.ts';

let world: World;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  world = new World();
});
afterEach(() => {
  vi.useRealTimers();
});

const { vote } = messagesIn(() => world);

describe('dialogs with a real Bolt app', () => {
  const submitted: Json[] = [];
  beforeEach(() => {
    submitted.length = 0;
    const app = boltApp(world);
    app.command('/dr', async ({ ack, client, body }) => {
      await client.views.open({ trigger_id: body.trigger_id, view: dialog as never });
      await ack();
    });
    app.view('promote', async ({ ack, view, body, client }) => {
      submitted.push(view as unknown as Json);
      const region = view.state.values['region']?.['typed']?.value;
      if (region !== 'eu-west-1') {
        await ack({ response_action: 'errors', errors: { region: 'shop stands by in eu-west-1' } });
        return;
      }
      await ack();
      await client.chat.postEphemeral({ channel: 'C0DR', user: body.user.id, text: `asked as <@${body.user.id}>` });
    });
    app.action('approve', async ({ ack, respond, body }) => {
      await ack();
      await respond({ text: `thank you, <@${body.user.id}>`, replace_original: false });
    });
  });

  it('open, refuse at the field, and close', async () => {
    const ana = world.person('U0ANA');
    const play = async () => {
      const opened = await ana.type('/dr promote shop');
      await ana.fill('Kind', 'failover');
      const incomplete = await ana.submit();
      await ana.fill('Target region', 'eu-west-2');
      const refused = await ana.submit();
      const { id } = await ana.waitForModal('stands by');
      await ana.fill('region', 'eu-west-1');
      return { opened, incomplete, refused, id, closed: await ana.submit() };
    };
    const { opened, incomplete, refused, id, closed } = await world.during(play());
    expect(opened).toMatchObject({ kind: 'modal' });
    expect(opened.text).toBe(
      '== Promote shop ==\nExpected data loss: 4 s\nTarget region: <>\nKind: <>  {switchover | failover}\n[Ask for approval] [Close]',
    );
    expect(incomplete).toMatchObject({ kind: 'errors', errors: { region: 'Please complete this required field.' } });
    expect(refused).toMatchObject({ kind: 'errors', errors: { region: 'shop stands by in eu-west-1' } });
    expect(refused.text).toContain('Target region: eu-west-2\n  ! shop stands by in eu-west-1');
    expect(['closed', 'ephemeral']).toContain(closed.kind);
    expect(submitted).toHaveLength(2);
    expect(submitted[1]).toMatchObject({
      id,
      callback_id: 'promote',
      private_metadata: 'op-1',
      root_view_id: id,
      previous_view_id: null,
      state: {
        values: {
          region: { typed: { type: 'plain_text_input', value: 'eu-west-1' } },
          kind: { chosen: { type: 'static_select', selected_option: { text: plain('failover'), value: 'failover' } } },
        },
      },
    });
    await world.pass(1_000);
    expect(ana.screen()).toContain('asked as @ana');
  });

  it("answer a click through Bolt's respond", async () => {
    vote();
    const seen = await world.during(world.person('U0BEN').click('Approve'));
    expect(seen).toMatchObject({ kind: 'ephemeral', text: '(only visible to you)\nthank you, @ben' });
  });

  it('refuse a choice that is not offered and a field that is not there', async () => {
    const ana = world.person('U0ANA');
    await world.during(ana.type('/dr promote shop'));
    await expect(world.during(ana.fill('Kind', 'detach'))).rejects.toThrow("ana could not choose 'detach' for 'Kind'");
    await expect(world.during(ana.fill('Reason', 'x'))).rejects.toThrow("ana found no field 'Reason'");
  });
});

describe('answers to a submission', () => {
  const play = async (response: ReturnType<typeof answer>) => {
    world.slack.workspace.views.open('U0ANA', { ...dialog, blocks: [section('Sure?')] });
    world.app = () => Promise.resolve(response);
    return world.during(world.person('U0ANA').submit());
  };
  const next = { ...dialog, title: plain('Next'), blocks: [section('next')] };

  it('empty: closes the dialog', async () => {
    expect(await play(answer(200, ''))).toMatchObject({ kind: 'closed' });
  });

  it('update: replaces it; push: lays another on top; clear: closes all', async () => {
    expect((await play(answer(200, { response_action: 'update', view: next }))).text).toContain('== Next ==');
    expect(world.slack.workspace.views.stack('U0ANA')).toHaveLength(1);
    expect((await play(answer(200, { response_action: 'push', view: next }))).text).toContain('== Next ==');
    expect(world.slack.workspace.views.stack('U0ANA')).toHaveLength(2);
    expect(await play(answer(200, { response_action: 'clear' }))).toMatchObject({ kind: 'closed' });
  });

  it.each<[string, ReturnType<typeof answer>]>([
    ['an HTTP error', answer(500, '')],
    ['something else than JSON', answer(200, 'ok')],
    ['an unknown action', answer(200, { response_action: 'shout' })],
    ['errors for a block without an input', answer(200, { response_action: 'errors', errors: { nowhere: 'x' } })],
    [
      'a view that Slack refuses',
      answer(200, { response_action: 'update', view: { ...next, title: plain('x'.repeat(25)) } }),
    ],
  ])('%s: trouble connecting, and the dialog stays', async (_, response) => {
    expect(await play(response)).toMatchObject({ kind: 'error', text: 'We had some trouble connecting. Try again?' });
    expect(world.slack.workspace.views.top('U0ANA')).toBeDefined();
  });
});

describe('views', () => {
  const update = (args: Json) => world.during(errorOf(world.web().views.update({ view: dialog, ...args } as never)));

  it('are updated while a person types, without losing what was typed', async () => {
    const view = world.slack.workspace.views.open('U0ANA', dialog);
    const ana = world.person('U0ANA');
    await world.during(ana.fill('Target region', 'eu-west-1'));
    expect(await update({ view_id: view.id, hash: view.hash })).toBe('no error');
    expect(ana.screen()).toContain('Target region: eu-west-1');
    expect(await update({ view_id: view.id, hash: view.hash })).toBe('hash_conflict');
  });

  it('are gone once closed', async () => {
    const view = world.slack.workspace.views.open('U0ANA', { ...dialog, external_id: 'op-1' });
    expect(await update({ external_id: 'op-1' })).toBe('no error');
    await world.during(world.person('U0ANA').dismiss());
    expect(await update({ view_id: view.id })).toBe('not_found');
  });

  it('tell the app that they were closed only when asked to', async () => {
    const payloads: Json[] = [];
    world.app = (r) => {
      payloads.push(received(r));
      return Promise.resolve(answer(200, ''));
    };
    world.slack.workspace.views.open('U0ANA', dialog);
    await world.during(world.person('U0ANA').dismiss());
    world.slack.workspace.views.open('U0ANA', { ...dialog, notify_on_close: true });
    await world.during(world.person('U0ANA').dismiss());
    expect(payloads).toMatchObject([{ type: 'view_closed', is_cleared: false, view: { callback_id: 'promote' } }]);
  });

  it('may be three deep', async () => {
    const push = () =>
      world.during(
        errorOf(
          world.web().views.push({ trigger_id: world.slack.workspace.newTrigger('U0ANA'), view: dialog as never }),
        ),
      );
    world.slack.workspace.views.open('U0ANA', dialog);
    expect([await push(), await push(), await push()]).toEqual(['no error', 'no error', 'push_limit_reached']);
  });

  it('are published to the Home tab', async () => {
    const view = { type: 'home', blocks: [section('Ready')] } as never;
    await world.during(world.web().views.publish({ user_id: 'U0ANA', view }));
    expect(world.slack.workspace.views.home('U0ANA')?.content['blocks']).toMatchObject([{ type: 'section' }]);
    expect(await world.during(errorOf(world.web().views.publish({ user_id: 'U0NOBODY', view })))).toBe(
      'user_not_found',
    );
  });
});

it('a choice outside of an input block tells the app at once', async () => {
  const payloads: Json[] = [];
  world.app = (r) => {
    payloads.push(received(r));
    return Promise.resolve(answer(200, ''));
  };
  const select = { type: 'static_select', action_id: 'app', options: [{ text: plain('shop'), value: 's' }] };
  const view = world.slack.workspace.views.open('U0ANA', {
    ...dialog,
    blocks: [{ type: 'actions', block_id: 'pick', elements: [select] }],
  });
  await world.during(world.person('U0ANA').fill('app', 'shop'));
  expect(payloads).toMatchObject([
    {
      type: 'block_actions',
      container: { type: 'view', view_id: view.id },
      view: { state: { values: { pick: { app: { selected_option: { value: 's' } } } } } },
      actions: [{ type: 'static_select', action_id: 'app', block_id: 'pick', selected_option: { value: 's' } }],
    },
  ]);
  expect(payloads[0]).not.toHaveProperty('response_url');
});
