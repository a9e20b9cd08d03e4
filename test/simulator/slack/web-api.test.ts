import { ErrorCode } from '@slack/web-api';
import { beforeEach, describe, expect, it } from 'vitest';
import { actions, button, errorOf, fetchOf, START_MS, section, World } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});

const CHANNEL = 'C0DR';
const post = (more: object = {}): Promise<{ ts?: string }> =>
  world.during(world.web().chat.postMessage({ channel: CHANNEL, text: 'hello', ...more } as never));
const shown = () => world.slack.workspace.messages.in(CHANNEL);

describe('messages through the real client', () => {
  it('are posted with the blocks that came as JSON in a form', async () => {
    const { ts } = await post({ blocks: [section('*Promote shop?*'), actions(button('Approve', 'approve'))] });
    expect(shown()).toMatchObject([
      { ts, text: 'hello', blocks: [{ type: 'section' }, { type: 'actions', block_id: 'decide' }] },
    ]);
    expect(shown()[0]?.blocks[0]?.['block_id']).toMatch(/^[0-9a-f]{5}$/);
  });

  it('have unique, increasing timestamps of the virtual clock', async () => {
    const posts = await world.during(
      Promise.all([1, 2, 3].map((n) => world.web().chat.postMessage({ channel: CHANNEL, text: `${n}` }))),
    );
    const stamps = posts.map((p) => p.ts ?? '');
    expect(new Set(stamps).size).toBe(3);
    expect([...stamps].sort()).toEqual(shown().map((m) => m.ts));
    expect(Math.abs(Number(stamps[0]) * 1000 - START_MS)).toBeLessThan(1000);
  });

  it('keep every revision with its instant', async () => {
    const { ts = '' } = await post();
    await world.pass(5_000);
    await world.during(world.web().chat.update({ channel: CHANNEL, ts, text: 'changed' }));
    const [message] = shown();
    expect(message?.revisions.map((r) => r.text)).toEqual(['hello', 'changed']);
    expect((message?.revisions[1]?.at_ms ?? 0) - (message?.revisions[0]?.at_ms ?? 0)).toBeGreaterThan(5_000);
    expect(message?.revisions[1]?.by).toBe('muster-notify');
  });

  it('lose their blocks when an update brings only text', async () => {
    const { ts = '' } = await post({ blocks: [section('a')] });
    await world.during(world.web().chat.update({ channel: CHANNEL, ts, text: 'only text' }));
    expect(shown()[0]?.blocks).toEqual([]);
  });

  it('can be answered in a thread, deleted, linked and pinned', async () => {
    const { ts = '' } = await post();
    const reply = await post({ thread_ts: ts });
    expect(shown()[1]).toMatchObject({ ts: reply.ts, thread_ts: ts });
    await world.during(world.web().pins.add({ channel: CHANNEL, timestamp: ts }));
    expect(world.slack.workspace.pins(CHANNEL)).toEqual([ts]);
    expect(await world.during(errorOf(world.web().pins.add({ channel: CHANNEL, timestamp: ts })))).toBe(
      'already_pinned',
    );
    const link = await world.during(world.web().chat.getPermalink({ channel: CHANNEL, message_ts: ts }));
    expect(link.permalink).toBe(`https://harbour.slack.com/archives/C0DR/p${ts.replace('.', '')}`);
    await world.during(world.web().chat.delete({ channel: CHANNEL, ts: reply.ts ?? '' }));
    expect(shown()).toHaveLength(1);
    expect(world.slack.workspace.messages.ever(CHANNEL)).toHaveLength(2);
  });

  it('to one person are seen by that person and cannot be updated', async () => {
    const sent = await world.during(world.web().chat.postEphemeral({ channel: CHANNEL, user: 'U0ANA', text: 'psst' }));
    expect(world.slack.workspace.visibleTo('U0ANA').map((m) => m.text)).toEqual(['psst']);
    expect(world.slack.workspace.visibleTo('U0BEN')).toEqual([]);
    const ts = sent.message_ts ?? '';
    expect(await world.during(errorOf(world.web().chat.update({ channel: CHANNEL, ts, text: 'x' })))).toBe(
      'message_not_found',
    );
  });

  it('reach a person in the direct conversation', async () => {
    await post({ channel: 'U0ANA' });
    expect(world.slack.workspace.visibleTo('U0ANA').map((m) => m.channel)).toEqual(['D0ANA']);
  });
});

describe('refusals', () => {
  const messages: [string, object, string][] = [
    ['an unknown channel', { channel: 'C0NOWHERE' }, 'channel_not_found'],
    ['a private channel without the bot', { channel: 'G0SECRET' }, 'channel_not_found'],
    ['a channel that the bot is not in', { channel: 'C0GENERAL' }, 'not_in_channel'],
    ['nothing to say', { text: '' }, 'no_text'],
    ['a text of 40,001', { text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['a thread that is not there', { thread_ts: '1.000001' }, 'thread_not_found'],
    ['blocks that are no JSON', { blocks: '[{' }, 'invalid_blocks_format'],
    ['attachments, which are not simulated', { attachments: [{ text: 'a', fallback: 'a' }] }, 'not_implemented'],
  ];
  it.each(messages)('chat.postMessage with %s', async (_, args, code) => {
    expect(await errorOf(post(args))).toBe(code);
    expect(shown()).toEqual([]);
  });

  it('tell what is wrong with blocks, and where', async () => {
    const failure = await post({ blocks: [section('x'.repeat(3001))] }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: ErrorCode.PlatformError,
      data: {
        error: 'invalid_blocks',
        response_metadata: {
          messages: [
            '[ERROR] failed to match all allowed schemas [json-pointer:/blocks/0/text]',
            '[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
          ],
        },
      },
    });
  });

  it('without a token, with a wrong one, and without the scope', async () => {
    expect(await world.during(errorOf(world.web('').auth.test()))).toBe('not_authed');
    expect(await world.during(errorOf(world.web('xoxb-wrong').auth.test()))).toBe('invalid_auth');
    world.slack.workspace.spec = { ...world.slack.workspace.spec, scopes: ['commands'] };
    const failure = await post().catch((error: unknown) => error);
    expect(failure).toMatchObject({ data: { error: 'missing_scope', needed: 'chat:write', provided: 'commands' } });
  });

  it('of updates to what is not there, or is not ours, or is too long', async () => {
    const update = (ts: string, text = 'x') =>
      world.during(errorOf(world.web().chat.update({ channel: CHANNEL, ts, text })));
    expect(await update('1.000001')).toBe('message_not_found');
    const { ts } = world.slack.workspace.messages.post({
      channel: CHANNEL,
      user: 'U0ANA',
      fromApp: false,
      text: 'mine',
      blocks: [],
      by: 'ana',
    });
    expect(await update(ts)).toBe('cant_update_message');
    const own = await post();
    expect(await update(own.ts ?? '', 'x'.repeat(4001))).toBe('msg_too_long');
  });

  it('of methods that the sandbox does not know', async () => {
    const failure = await world.during(
      world
        .web()
        .apiCall('reminders.add', {})
        .catch((error: unknown) => error),
    );
    expect(failure).toMatchObject({ code: ErrorCode.HTTPError, statusCode: 501 });
  });
});

describe('people and conversations', () => {
  it('show who is deleted, a guest, a bot or a stranger', async () => {
    const user = async (id: string) => (await world.during(world.web().users.info({ user: id }))).user;
    expect(await user('U0ANA')).toMatchObject({
      name: 'ana',
      tz: 'Europe/Lisbon',
      deleted: false,
      profile: { email: 'ana@harbour.example' },
    });
    expect(await user('U0LEFT')).toMatchObject({ deleted: true });
    expect(await user('U0GUEST')).toMatchObject({ is_restricted: true, is_ultra_restricted: false });
    expect(await user('U0SINGLE')).toMatchObject({ is_ultra_restricted: true });
    expect(await user('U0OTHERBOT')).toMatchObject({ is_bot: true });
    expect(await user('U0STRANGER')).toMatchObject({ is_stranger: true, team_id: 'T0ELSEWHERE' });
    expect(await world.during(errorOf(world.web().users.info({ user: 'U0NOBODY' })))).toBe('user_not_found');
  });

  it('hide e-mail addresses from a token without users:read.email', async () => {
    world.slack.workspace.spec = { ...world.slack.workspace.spec, scopes: ['users:read'] };
    const { user } = await world.during(world.web().users.info({ user: 'U0ANA' }));
    expect(user?.profile?.email).toBeUndefined();
  });

  it('come in pages', async () => {
    const all: (string | undefined)[] = [];
    const read = async (): Promise<void> => {
      for await (const page of world.web().paginate('users.list', { limit: 4 })) {
        all.push(...((page as { members?: { id?: string }[] }).members ?? []).map((m) => m.id));
      }
    };
    await world.during(read());
    expect(all).toEqual(world.slack.workspace.spec.users.map((u) => u.id));
  });

  it('have groups only on a paid plan', async () => {
    const listed = await world.during(world.web().usergroups.users.list({ usergroup: 'S0ONCALL' }));
    expect(listed.users).toEqual(['U0ANA', 'U0BEN']);
    world.slack.workspace.spec = { ...world.slack.workspace.spec, plan: 'free' };
    expect(await world.during(errorOf(world.web().usergroups.list()))).toBe('plan_upgrade_required');
  });

  it('let the app read only the conversations its scopes cover', async () => {
    const { channel } = await world.during(world.web().conversations.info({ channel: CHANNEL }));
    expect(channel).toMatchObject({ id: CHANNEL, name: 'dr', is_member: true });
    const { channels } = await world.during(
      world.web().conversations.list({ types: 'public_channel,private_channel' }),
    );
    expect(channels?.map((c) => c.id)).toEqual(['C0DR', 'C0GENERAL']);
    expect(await world.during(errorOf(world.web().conversations.replies({ channel: CHANNEL, ts: '1.1' })))).toBe(
      'missing_scope',
    );
    expect((await world.during(world.web().conversations.open({ users: 'U0BEN' }))).channel?.id).toBe('D0BEN');
  });

  it('show history and threads to a token that may read them', async () => {
    const { spec } = world.slack.workspace;
    world.slack.workspace.spec = { ...spec, scopes: [...spec.scopes, 'channels:history'] };
    const { ts = '' } = await post();
    await post({ thread_ts: ts, text: 'reply' });
    const history = await world.during(world.web().conversations.history({ channel: CHANNEL }));
    expect(history.messages?.map((m) => m.text)).toEqual(['hello']);
    const thread = await world.during(world.web().conversations.replies({ channel: CHANNEL, ts }));
    expect(thread.messages?.map((m) => m.text)).toEqual(['hello', 'reply']);
  });
});

describe('files', () => {
  it('are uploaded by the client in three steps and shared a little later', async () => {
    await world.during(
      world.web().files.uploadV2({
        channel_id: CHANNEL,
        filename: 'report.md',
        content: '# größer',
        initial_comment: 'The report',
      } as never),
    );
    expect(shown()).toEqual([]);
    await world.pass(2_000);
    expect(shown()).toMatchObject([{ text: 'The report', files: [{ name: 'report.md' }] }]);
    expect(Buffer.from(shown()[0]?.files[0]?.content ?? []).toString()).toBe('# größer');
  });

  it('cannot be completed before the bytes came', async () => {
    const { file_id = '' } = await world.during(
      world.web().files.getUploadURLExternal({ filename: 'a.txt', length: 3 }),
    );
    expect(
      await world.during(errorOf(world.web().files.completeUploadExternal({ files: [{ id: file_id }] } as never))),
    ).toBe('file_not_found');
  });
});

describe('rate limits', () => {
  it('tolerate a short burst of posts to a channel, then one a second', async () => {
    const burst = await world.during(
      Promise.all(
        Array.from({ length: 8 }, () => errorOf(world.web().chat.postMessage({ channel: CHANNEL, text: 'x' }))),
      ),
    );
    expect(burst.filter((code) => code === 'no error')).toHaveLength(5);
    await world.pass(1_100);
    expect(await errorOf(post())).toBe('no error');
  });

  it('stop the fifty-first update in a minute and say how long to wait', async () => {
    const { ts = '' } = await post();
    const update = () => world.during(world.web().chat.update({ channel: CHANNEL, ts, text: 'x' }));
    for (let count = 0; count < 50; count += 1) await update();
    const failure = await update().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: ErrorCode.RateLimitedError });
    const retryAfter_s = (failure as { retryAfter: number }).retryAfter;
    expect(retryAfter_s).toBeGreaterThan(30);
    await world.pass(retryAfter_s * 1000);
    await expect(update()).resolves.toMatchObject({ ok: true });
  });
});

describe('faults', () => {
  const bare = () => fetchOf(world.slack, { name: 'test', region: undefined });
  const call = (text: string) =>
    bare()('https://slack.com/api/chat.postMessage', {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-sandbox-muster', 'content-type': 'application/json' },
      body: JSON.stringify({ channel: CHANNEL, text }),
    });
  const orNothing = (work: Promise<Response>, wait_ms: number) =>
    world.during(
      Promise.race([work.then((r) => String(r.status)), world.clock.sleep(wait_ms).then(() => 'no answer')]),
    );

  it('hang: nobody answers and nothing happens', async () => {
    world.slack.faults.down(START_MS, START_MS + 60_000, 'hang');
    expect(await orNothing(call('a'), 50_000)).toBe('no answer');
    expect(shown()).toEqual([]);
    await world.pass(11_000);
    expect(await orNothing(call('b'), 50_000)).toBe('200');
  });

  it('503: an error page', async () => {
    world.slack.faults.down(START_MS, START_MS + 60_000, '503');
    expect(await orNothing(call('a'), 50_000)).toBe('503');
    expect(shown()).toEqual([]);
  });

  it('slow: it happens, seconds later', async () => {
    world.slack.faults.down(START_MS, START_MS + 60_000, 'slow');
    expect(await orNothing(call('a'), 50_000)).toBe('200');
    expect(world.clock.now_ms() - START_MS).toBeGreaterThan(5_000);
  });

  it('effect-then-hang of one call: posted, and the answer is lost', async () => {
    world.slack.faults.onCall('chat.postMessage', 2, 'effect-then-hang');
    expect(await orNothing(call('a'), 1_000)).toBe('200');
    expect(await orNothing(call('b'), 9_000)).toBe('no answer');
    expect(await orNothing(call('c'), 1_000)).toBe('200');
    expect(shown().map((m) => m.text)).toEqual(['a', 'b', 'c']);
    expect(world.slack.workspace.calls.map((c) => c.result)).toEqual(['ok', 'ok', 'ok']);
  });
});

it('a JSON body that is not JSON is refused as such', async () => {
  const response = await world.during(
    fetchOf(world.slack, { name: 'test', region: undefined })('https://slack.com/api/chat.postMessage', {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-sandbox-muster', 'content-type': 'application/json; charset=utf-8' },
      body: '{"channel":',
    }),
  );
  expect(await response.json()).toEqual({ ok: false, error: 'invalid_json' });
});
