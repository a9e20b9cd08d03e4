import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../../simulator/slack/json.ts';
import { dialog, messagesIn, never, plain } from './people-world.ts';
import { answer, errorOf, received, World } from './world.ts';

let world: World;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  world = new World();
});
afterEach(() => {
  vi.useRealTimers();
});

const { vote } = messagesIn(() => world);

describe('slash commands', () => {
  it('arrive as the documented form', async () => {
    const forms: Json[] = [];
    world.app = (r) => {
      forms.push(received(r));
      return Promise.resolve(answer(200, ''));
    };
    await world.during(world.client.command('U0ANA', 'C0DR', '/dr  promote shop @ben #dr <b> '));
    expect(forms).toEqual([
      {
        token: expect.any(String),
        team_id: 'T0HARBOUR',
        team_domain: 'harbour',
        channel_id: 'C0DR',
        channel_name: 'dr',
        user_id: 'U0ANA',
        user_name: 'ana',
        command: '/dr',
        text: 'promote shop <@U0BEN|ben> <#C0DR|dr> &lt;b&gt;',
        api_app_id: 'A0MUSTER',
        is_enterprise_install: 'false',
        response_url: expect.stringMatching(/^https:\/\/hooks\.slack\.com\/commands\/T0HARBOUR\//),
        trigger_id: expect.stringMatching(/^\w+\.\w+\.\w+$/),
      },
    ]);
  });

  it('show the text of the answer to the one who typed', async () => {
    world.app = () => Promise.resolve(answer(200, 'Ready to promote'));
    expect(await world.during(world.person('U0ANA').type('/dr status'))).toMatchObject({
      kind: 'ephemeral',
      text: '(only visible to you)\nReady to promote',
    });
    expect(world.person('U0BEN').messages()).toEqual([]);
  });

  it('show JSON answers to everybody when they say so', async () => {
    world.app = () => Promise.resolve(answer(200, { response_type: 'in_channel', text: 'hello all' }));
    await world.during(world.client.command('U0ANA', 'C0DR', '/dr help'));
    expect(
      world
        .person('U0BEN')
        .messages()
        .map((m) => m.text),
    ).toEqual(['hello all']);
  });

  it('time out after three seconds of the virtual clock, whatever comes later', async () => {
    world.app = async () => {
      await world.clock.sleep(3_001);
      return answer(200, 'too late');
    };
    const seen = await world.during(world.person('U0ANA').type('/dr status'));
    expect(seen).toMatchObject({
      kind: 'error',
      notice: { code: 'operation_timeout' },
      text: '/dr failed with the error "operation_timeout"',
    });
    await world.pass(5_000);
    expect(world.person('U0ANA').messages()).toEqual([]);
  });

  it('tell the app by the signal that nobody waits any more', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    world.app = (r) => {
      signals.push(r.signal);
      return never();
    };
    await world.during(world.client.command('U0ANA', 'C0DR', '/dr status'));
    expect(signals.map((s) => s?.aborted)).toEqual([true]);
  });

  it.each([
    [500, 'dispatch_failed'],
    [401, 'dispatch_failed'],
  ])('answered with status %d fail visibly', async (status, code) => {
    world.app = () => Promise.resolve(answer(status, ''));
    expect(await world.during(world.client.command('U0ANA', 'C0DR', '/dr status'))).toMatchObject({
      kind: 'failed',
      notice: { code },
    });
  });

  it('that are unknown, or typed in a thread, never reach the app', async () => {
    world.app = never;
    expect(await world.during(world.client.command('U0ANA', 'C0DR', '/rd status'))).toMatchObject({
      notice: { text: '/rd is not a valid command.' },
    });
    expect(await world.during(world.client.command('U0ANA', 'C0DR', '/dr status', true))).toMatchObject({
      notice: { code: 'slackbot' },
    });
  });

  it('cannot be sent while Slack is down', async () => {
    const now = world.clock.now_ms();
    world.slack.faults.down(now, now + 60_000, '503');
    expect(await world.during(world.client.command('U0ANA', 'C0DR', '/dr'))).toMatchObject({
      notice: { code: 'slack_unreachable' },
    });
  });
});

describe('triggers and response URLs', () => {
  const trigger = () => world.slack.workspace.newTrigger('U0ANA');
  const open = (trigger_id: string) =>
    world.during(errorOf(world.web().views.open({ trigger_id, view: dialog as never })));

  it('a trigger opens one dialog within three seconds', async () => {
    const id = trigger();
    expect(await open(id)).toBe('no error');
    expect(await open(id)).toBe('exchanged_trigger_id');
    const old = trigger();
    await world.pass(3_001);
    expect(await open(old)).toBe('expired_trigger_id');
    expect(await open('1.2.3')).toBe('invalid_trigger_id');
  });

  it('a refused view does not cost the trigger', async () => {
    const id = trigger();
    const wrong = { ...dialog, title: plain('x'.repeat(25)) };
    expect(await world.during(errorOf(world.web().views.open({ trigger_id: id, view: wrong as never })))).toBe(
      'invalid_arguments',
    );
    expect(await open(id)).toBe('no error');
  });

  const respond = async (url: string, body: Json) =>
    (
      await world.during(
        world.slack.handle(
          {
            method: 'POST',
            url: new URL(url),
            headers: { 'content-type': 'application/json' },
            body: new TextEncoder().encode(JSON.stringify(body)),
          },
          { name: 'app', region: undefined },
        ),
      )
    ).status;

  it('a response URL works five times, for half an hour', async () => {
    const url = world.slack.workspace.newResponseUrl('U0ANA', 'C0DR', undefined);
    for (let use = 0; use < 5; use += 1) expect(await respond(url, { text: `${use}` })).toBe(200);
    expect(await respond(url, { text: 'six' })).toBe(404);
    expect(world.person('U0ANA').messages()).toHaveLength(5);
    expect(world.person('U0BEN').messages()).toHaveLength(0);
    const late = world.slack.workspace.newResponseUrl('U0ANA', 'C0DR', undefined);
    await world.pass(30 * 60_000 + 1);
    expect(await respond(late, { text: 'late' })).toBe(404);
  });

  it('a response URL of a click can replace and delete the message', async () => {
    const { ts } = vote();
    const url = world.slack.workspace.newResponseUrl('U0ANA', 'C0DR', { ts });
    expect(await respond(url, { replace_original: true, text: 'Approved' })).toBe(200);
    expect(world.person('U0BEN').screen()).toBe('#dr\nApproved');
    expect(await respond(url, { delete_original: true })).toBe(200);
    expect(world.person('U0BEN').messages()).toEqual([]);
  });
});
