import type { DynamoDBStreamEvent } from 'aws-lambda';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { plainly } from '../../core/messages/block-kit.ts';
import { SlackRefusal } from '../../lambdas/notify/draw.ts';
import { operationsOf } from '../../lambdas/notify/wake.ts';
import { asked, ID, over, Streams, underWay } from '../core/messages-world.ts';
import { NotifyWorld } from './notify-world.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('which operations a batch is about', () => {
  const record = (
    stream: string,
    eventName: 'INSERT' | 'MODIFY' | 'REMOVE' = 'INSERT',
  ): DynamoDBStreamEvent['Records'][number] => ({
    eventName,
    dynamodb: { Keys: { stream: { S: stream }, seq: { N: '1' } } },
  });

  test('each once, from its own events and its votes; views, locks and changed items wake nobody', () => {
    const Records = [
      record('op#us-west-2#a'),
      record('vote#us-west-2#a'),
      record('vote#us-west-2#b'),
      record('view#us-west-2#c'),
      record('app#us-west-2#shop'),
      record('op#us-west-2#d', 'MODIFY'),
      record('op#us-west-2#e', 'REMOVE'),
      // Replicated here, and drawn by the region that wrote it.
      record('op#us-east-1#f'),
      record('op#g'),
      {},
    ];
    expect(operationsOf({ Records }, 'us-west-2')).toEqual(['a', 'b']);
  });
});

describe('drawing', () => {
  test('a draft that nobody has asked for shows nothing in the channel', async () => {
    const world = new NotifyWorld(new Streams().draft());
    await world.draw();
    expect(world.roots()).toEqual([]);
  });

  test('one root message is posted, the ledger keeps where it is, and its thread tells what happened', async () => {
    const world = new NotifyWorld(asked());
    await world.draw();
    await world.draw();
    expect(world.roots()).toHaveLength(1);
    expect(world.calls('chat.postMessage')).toHaveLength(2);
    expect(world.calls('chat.update')).toHaveLength(0);
    expect(world.view()).toEqual([
      { channel: 'C0DR', ts: world.roots()[0]?.ts },
      { opSeq: 3, voteSeq: 0 },
    ]);
    expect(world.replies()[0]?.thread_ts).toBe(world.roots()[0]?.ts);
    expect(world.replies()[0]?.text).toContain('<@U0BO> <@U0CHEN> Approval is needed');
  });

  test('a later change updates that message, from another execution environment too', async () => {
    const world = new NotifyWorld(asked());
    await world.draw();
    world.streams.pass(30).vote('bo', 'approve');
    await world.draw(new Map());
    expect(world.roots()).toHaveLength(1);
    expect(world.roots()[0]?.text).toContain('APPROVED: REAL promote of shop');
    expect(JSON.stringify(world.roots()[0]?.blocks)).not.toContain('"approve"');
    expect(world.replies()).toHaveLength(2);
  });

  test('many changes become one update in 2.5 s, which shows the newest', async () => {
    const world = new NotifyWorld(asked());
    await world.draw();
    const first_ms = world.calls('chat.postMessage')[0]?.at_ms ?? 0;
    world.streams.approve().start('preflight').done('preflight', 'holds');
    const second = world.draw();
    await second;
    world.streams.start('fence-home').done('fence-home', 'no answer', 'unconfirmed').start('promote-database');
    for (let n = 0; n < 5; n += 1) await world.draw();
    const updates = world.calls('chat.update').map((call) => call.at_ms);
    expect(updates).toHaveLength(2);
    expect((updates[0] ?? 0) - first_ms).toBeGreaterThanOrEqual(2_400);
    expect((updates[1] ?? 0) - (updates[0] ?? 0)).toBeGreaterThanOrEqual(2_400);
    expect(world.roots()[0]?.text).toContain('"Promote the database"');
  });

  test('what happens while it waits its turn is in what it draws', async () => {
    const world = new NotifyWorld(asked());
    await world.draw();
    world.streams.vote('bo', 'approve');
    world.clock.after(1_000, () =>
      world.streams
        .op('approval-decided', { round: 1, decision: 'approved', by: ['ana', 'bo'] })
        .start('promote-database'),
    );
    await world.draw();
    expect(world.calls('chat.update')).toHaveLength(1);
    expect(world.roots()[0]?.text).toContain('RUNNING');
  });

  test('an older state drawn over a newer one is put right: the last word is the newest', async () => {
    const world = new NotifyWorld(asked());
    await world.draw();
    let late = 0;
    // The state changes after the slow environment has read and before it draws; its update takes its time.
    world.meanwhile = (stream) => {
      if (stream === `op#us-west-2#${ID}` && late++ === 1)
        world.clock.after(1, () =>
          world.streams.op('operation-ended', { outcome: 'aborted', why: 'Chen Wei aborted it' }),
        );
    };
    world.streams.vote('bo', 'approve');
    await world.draw(new Map());
    expect(world.calls('chat.update').length).toBeGreaterThan(1);
    expect(world.roots()[0]?.text).toContain('ABORTED');
  });

  test('two environments at once leave one message that counts, and the other points at it', async () => {
    const world = new NotifyWorld(asked());
    await world.drawTwice();
    const posted = world.view().filter((data) => 'ts' in data);
    expect(posted).toHaveLength(1);
    expect(world.roots()).toHaveLength(2);
    const other = world.roots().find((message) => message.ts !== (posted[0] as { ts: string }).ts);
    expect(other?.text).toContain(`Posted twice; the message of ${ID} is`);
    expect(other?.blocks).toEqual([]);
  });

  test('a message that is gone gets a successor that names it', async () => {
    const world = new NotifyWorld(asked());
    await world.draw();
    const [first] = world.roots();
    if (first === undefined) throw new Error('nothing was posted');
    world.simulated.workspace.messages.remove(first, 'an administrator');
    world.streams.vote('bo', 'approve');
    await world.draw();
    expect(world.roots()).toHaveLength(1);
    expect(JSON.stringify(world.roots()[0]?.blocks)).toContain(`/p${first.ts.replace('.', '')}`);
    expect(world.view().filter((data) => 'ts' in data)).toHaveLength(2);
    world.streams.op('approval-decided', { round: 1, decision: 'approved', by: ['ana', 'bo'] });
    await world.draw();
    expect(world.roots()).toHaveLength(1);
  });

  test('the report of the end is in the thread, whole, within a minute', async () => {
    const world = new NotifyWorld(over());
    await world.draw();
    const words = world
      .replies()
      .map((message) => message.text)
      .join('\n');
    expect(words).toContain(`*Report of ${ID}*`);
    expect(words).toContain("the newest event's MAC is");
    expect(world.clock.now_ms() - Date.parse(world.streams.now)).toBeLessThan(60_000);
  });
});

describe('when Slack fails', () => {
  test('it throws, so that the stream mapping tries again, and then draws', async () => {
    const world = new NotifyWorld(asked());
    const start_ms = world.clock.now_ms();
    world.simulated.faults.down(start_ms, start_ms + 60_000, '503');
    await expect(world.draw()).rejects.toThrow(/slack-down/);
    expect(world.roots()).toEqual([]);
    await world.during(world.clock.sleep(60_000));
    await world.draw();
    expect(world.roots()).toHaveLength(1);
  });

  test('a Slack that never answers costs seconds, not the function’s whole time', async () => {
    const world = new NotifyWorld(asked());
    const start_ms = world.clock.now_ms();
    world.simulated.faults.down(start_ms, start_ms + 3_600_000, 'hang');
    await expect(world.draw()).rejects.toBeInstanceOf(SlackRefusal);
    expect(world.clock.now_ms() - start_ms).toBeLessThan(10_000);
  });

  test('a long rate limit is left to the stream mapping, and the error says how long', async () => {
    const world = new NotifyWorld(asked());
    world.simulated.faults.onCall('chat.postMessage', 1, 'ratelimited');
    await expect(world.draw()).rejects.toThrow('rate-limited, try again in 30 s');
    expect(world.calls('chat.postMessage')).toHaveLength(1);
  });

  test('an update whose thread failed is told again, not skipped', async () => {
    const world = new NotifyWorld(asked());
    world.simulated.faults.onCall('chat.postMessage', 2, 'ratelimited');
    await expect(world.draw()).rejects.toThrow('write in the thread');
    expect(world.replies()).toEqual([]);
    await world.draw();
    expect(world.roots()).toHaveLength(1);
    expect(world.replies()).toHaveLength(1);
  });

  test('a thread that Slack refuses for good does not hold up the root message', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const world = new NotifyWorld(asked());
    const post = world.slack.postMessage;
    world.slack.postMessage = (channel, message, thread) =>
      thread === undefined
        ? post(channel, message)
        : Promise.resolve({ ok: false, failure: { kind: 'rejected', code: 'cannot_reply_to_message', why: 'no' } });
    await world.draw();
    world.streams.vote('bo', 'approve');
    await world.draw();
    expect(world.roots()[0]?.text).toContain('APPROVED');
    expect(log).toHaveBeenCalledWith(expect.stringContaining('cannot_reply_to_message'));
  });

  test('blocks that Slack refuses become plain sections with the buttons, then text alone', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const world = new NotifyWorld(asked());
    const post = world.slack.postMessage;
    const sent: number[] = [];
    world.slack.postMessage = (channel, message, thread) => {
      sent.push(message.blocks.length);
      const broken = message.blocks.map((block) =>
        sent.length === 1 ? { ...block, type: 'plan' as 'divider' } : block,
      );
      return post(channel, { ...message, blocks: broken }, thread);
    };
    await world.draw();
    expect(sent[0]).toBeGreaterThan(sent[1] ?? 99);
    const [root] = world.roots();
    expect(root?.blocks.map((block) => block['type'])).toEqual(['section', 'actions']);
    expect(JSON.stringify(root?.blocks)).toContain('APPROVAL NEEDED');
    expect(plainly({ text: 'x', blocks: [] }).blocks).toHaveLength(1);
  });

  test('a channel that Muster is not in is said by name', async () => {
    const world = new NotifyWorld(underWay());
    world.slack.postMessage = () =>
      Promise.resolve({ ok: false, failure: { kind: 'rejected', code: 'not_in_channel', why: 'not_in_channel' } });
    await expect(world.draw()).rejects.toThrow('Slack did not post the message: rejected, not_in_channel');
  });
});
