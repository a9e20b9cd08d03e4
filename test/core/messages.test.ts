import { describe, expect, test } from 'vitest';
import { plainLine, rootMessage } from '../../core/messages/root.ts';
import { threadLines } from '../../core/messages/thread.ts';
import { buttonsOf, readable } from './messages-text.ts';
import { asked, config, ID, over, type Scene, Streams, underWay } from './messages-world.ts';

const shop = config.applications['shop'];
if (shop === undefined) throw new Error('no shop');
const HEALTHY: Scene = {
  verdict: 'healthy',
  probes: [{ what: 'RDS', result: 'ok', detail: '' }],
  lag: { lag_ms: 12, age_s: 20 },
};

const root = (streams: Streams, cfg = config) => rootMessage(streams.operation(), cfg, streams.now);
const labels = (streams: Streams): readonly string[] => buttonsOf(root(streams)).map((button) => button.action_id);
const thread = (streams: Streams, told = { opSeq: 0, voteSeq: 0 }) =>
  threadLines(
    streams.operation(),
    { events: streams.events(), votes: streams.votes(), head: 'MAC-OF-THE-HEAD' },
    told,
    config,
  );

describe('the request', () => {
  test('leads with the answer: approval is needed, it is real, what moves from where to where', () => {
    const [first] = root(asked()).blocks;
    expect(first).toEqual({
      type: 'header',
      text: { type: 'plain_text', text: 'APPROVAL NEEDED (1 of 2) · REAL promote of shop, us-east-1 → us-west-2' },
    });
  });

  test('says everything that matters in the text that a notification shows, without markup', () => {
    const { text } = root(asked());
    expect(text).toContain('APPROVAL NEEDED (1 of 2): REAL promote of shop from us-east-1 to us-west-2.');
    expect(text).toContain('until 23:29 UTC. Can still approve: Bo Larsen, Chen Wei.');
    expect(text).toContain('up to 1 min 38 s of writes may be lost');
    expect(text).toContain('Asked by Ana Souza: home is dark.');
    expect(text).not.toMatch(/<!date|\*|`/);
  });

  test('shows the loss with the age of the lag, the downtime and what cannot be rolled back', () => {
    const words = readable(root(asked()));
    expect(words).toContain(
      'up to *1 min 38 s* of writes (lag 5 s, measured 1 min 30 s before the plan of 2026-11-20 23:14:05 UTC)',
    );
    expect(words).toContain('about 3 min to 12 min');
    expect(words).toContain('once AWS has accepted `FailoverGlobalCluster`, it cannot be aborted');
  });

  test('says that an unmeasured loss is unknown, and that approving accepts it', () => {
    const scene: Scene = { lag: 'CloudWatch has no data point; last 4 ms 90 s ago' };
    const words = readable(root(asked(scene)));
    expect(words).toContain(
      '*unknown*: CloudWatch has no data point; last 4 ms 90 s ago. Approving accepts a loss that nobody could measure',
    );
    expect(root(asked(scene)).text).toContain('data loss UNKNOWN');
    expect(words).not.toContain('up to *0');
  });

  test('names who may still give the missing vote, not those who gave theirs', () => {
    const words = readable(root(asked()));
    expect(words).toContain('1 of 2 approved (Ana Souza, by requesting it). Can still approve: Bo Larsen, Chen Wei.');
    expect(words).not.toContain('Dora');
  });

  test('has a deadline in the reader’s zone with UTC for clients that cannot', () => {
    expect(JSON.stringify(root(asked()).blocks)).toMatch(
      /<!date\^\d+\^\{date_short_pretty\} \{time_secs\}\|2026-11-20 23:29:28 UTC>/,
    );
  });

  test('warns when a control plane in the region being left is on the path', () => {
    expect(readable(root(asked()))).toContain('NEEDS us-east-1, the region being left:* Route 53');
    expect(readable(root(asked(HEALTHY)))).toContain(
      "RDS (a switchover is called in the primary's region) and Route 53",
    );
  });

  test('asks again louder in a second round, and says why', () => {
    const streams = asked()
      .pass(1_000)
      .op('approval-decided', { round: 1, decision: 'expired', by: [] })
      .ask('nobody answered');
    expect(readable(root(streams))).toContain('APPROVAL NEEDED AGAIN');
    expect(readable(root(streams))).toContain('Asked again because nobody answered');
  });
});

describe('buttons', () => {
  test('are there only while they can be pressed', () => {
    expect(labels(new Streams().draft().request())).toEqual(['modal:abort']);
    expect(labels(asked())).toEqual(['approve', 'modal:decline', 'extend', 'modal:abort']);
    expect(labels(asked().vote('bo', 'approve'))).toEqual(['modal:abort']);
    expect(labels(underWay())).toEqual([]);
    expect(labels(over())).toEqual([]);
    expect(labels(asked().vote('chen', 'abort', { reason: 'no' }))).toEqual([]);
    expect(labels(asked().vote('chen', 'decline', { reason: 'no' }))).toEqual([]);
    expect(labels(asked().pass(16 * 60))).toEqual([]);
  });

  test('carry ids and nothing else', () => {
    const values = buttonsOf(root(asked())).map((button) => JSON.parse(button.value) as unknown);
    expect(values).toEqual(Array.from({ length: 4 }, () => ({ operation: ID, round: 1 })));
  });

  test('Approve repeats what will happen, and whether data may be lost, before it counts', () => {
    const [approve] = buttonsOf(root(asked()));
    expect(approve?.confirm?.title.text).toBe('Move shop from us-east-1 to us-west-2?');
    expect(approve?.confirm?.text.text).toBe(
      'Failover by force: up to 1 min 38 s of writes may be lost. Downtime about 3 min to 12 min. It cannot be aborted once FailoverGlobalCluster is accepted. Yours is the last approval needed: it starts at once.',
    );
    expect(approve?.confirm?.style).toBe('danger');
  });

  test('are replaced by who approved, at once, before the state machine has taken note', () => {
    const words = readable(root(asked().pass(60).vote('bo', 'approve')));
    expect(words).toContain('Approved by Ana Souza and Bo Larsen at 2026-11-20 23:15:28 UTC.');
    expect(words).not.toContain('[Approve]');
  });

  test('a paused step offers Retry and Skip, and no Abort past the point of no return', () => {
    const pause = { why: 'resolvers still answer home', deadline: '2026-11-20T23:40:00.000Z' };
    const paused = underWay()
      .done('promote-database', 'there')
      .start('switch-traffic')
      .op('step-paused', { step: 'switch-traffic', ...pause });
    expect(labels(paused)).toEqual(['retry', 'modal:skip']);
    expect(JSON.parse(buttonsOf(root(paused))[0]?.value ?? '')).toEqual({
      operation: ID,
      round: 1,
      step: 'switch-traffic',
    });
    expect(readable(root(paused))).toContain('Can decide: Ana Souza, Bo Larsen, Chen Wei.');
    expect(root(paused).text).toContain('Writer: us-west-2. Traffic: us-east-1: Muster did not move it.');
  });

  test('neither the database nor the check of the plan can be skipped', () => {
    const pause = { why: 'stuck', deadline: '2026-11-20T23:40:00.000Z' };
    expect(labels(underWay().op('step-paused', { step: 'promote-database', ...pause }))).toEqual(['retry']);
    const early = asked()
      .approve()
      .start('preflight')
      .op('step-paused', { step: 'preflight', ...pause });
    expect(labels(early)).toEqual(['retry', 'modal:abort']);
  });
});

describe('under way', () => {
  test('says what runs now, since when, and that no action is needed', () => {
    const { text } = root(underWay());
    expect(text).toContain('RUNNING: REAL promote of shop');
    expect(text).toContain('"Promote the database" in us-west-2 since 23:15 UTC. No action needed.');
    expect(text).toContain('The point of no return was passed at 23:15 UTC: it can no longer be aborted.');
  });

  test('tells each step’s state in words beside its sign, with how long it took', () => {
    const words = readable(root(underWay()));
    expect(words).toContain('✓ *Check that the plan still holds* (us-west-2): done');
    expect(words).toContain(
      '? *Fence home* (us-east-1): done, but NOT CONFIRMED, 3 s. us-east-1 did not answer within 3 s',
    );
    expect(words).toContain('⏳ *Promote the database* (us-west-2): running since 2026-11-20 23:15:33 UTC');
    expect(words).toContain('▫ *Move the traffic*: not started');
  });
});

describe('the end', () => {
  test('says the outcome, where writer and traffic are, what is unprotected and the next command', () => {
    const words = readable(root(over()));
    expect(words).toContain('# DONE in 6 min 14 s · REAL promote of shop');
    expect(words).toContain('*Writer:* us-west-2');
    expect(words).toContain('*Traffic:* us-west-2');
    expect(words).toContain('*RTO* (until the first served write): 6 min 12 s');
    expect(words).toContain('*RPO* (what may be lost, upper bound): not measured');
    expect(words).toContain('*NO STANDBY since 2026-11-20 23:19:00 UTC*');
    expect(words).toContain('us-east-1 did not answer within 3 s: its tasks may wake up with it');
    expect(words).toContain('`/dr status shop`');
  });

  test('a failure past the point of no return does not claim to know where the writer is', () => {
    const failed = underWay().pass(600).op('operation-ended', { outcome: 'failed', why: 'nobody decided in time' });
    const words = readable(root(failed));
    expect(words).toContain('# FAILED');
    expect(words).toContain(
      '*Writer:* *unknown*: failover of shop-global to shop-west was called, its completion was not seen',
    );
    expect(words).toContain('it adopts what is done and does what remains');
    expect(words).toContain('✗ *Promote the database* (us-west-2): NOT FINISHED when the operation ended');
    expect(words).toContain('*RTO* (until the first served write): not measured');
  });

  test('a declined request says that nothing was moved, by whom, and how to ask again', () => {
    const streams = asked().vote('bo', 'decline', { reason: 'false alarm' });
    streams.op('approval-decided', { round: 1, decision: 'declined', by: ['bo'] });
    const words = readable(root(streams.op('operation-ended', { outcome: 'declined', why: 'Bo Larsen declined' })));
    expect(words).toContain('Declined by Bo Larsen at 2026-11-20 23:14:28 UTC: false alarm');
    expect(words).toContain('us-east-1: Muster did not move it');
    expect(words).toContain('`/dr promote shop` asks again');
    expect(words).not.toContain('RTO');
  });

  test('an unconfirmed move of the traffic is not reported as done', () => {
    const streams = underWay().start('switch-traffic').done('switch-traffic', 'one resolver disagrees', 'unconfirmed');
    const ended = streams.op('operation-ended', { outcome: 'failed', why: 'x' });
    expect(readable(root(ended))).toContain('*Traffic:* us-west-2, but not confirmed: one resolver disagrees');
  });
});

describe('text that people or AWS wrote', () => {
  const HOSTILE = '<!channel> & *bold* `code` <https://evil.example|click>\n# header <@U0ANA>';

  test('cannot mention anybody, link anywhere or break the markup around them', () => {
    const streams = new Streams().draft().request(HOSTILE).ask();
    for (const shown of [JSON.stringify(root(streams)), JSON.stringify(thread(streams).lines)]) {
      expect(shown).not.toContain('<!channel>');
      expect(shown).not.toContain('<https://evil');
      expect(shown).toContain('&lt;!channel&gt; &amp;');
    }
  });

  test('are themselves again in a terminal', () => {
    const streams = new Streams().draft().request('a < b & c').ask();
    expect(plainLine(streams.operation(), config, streams.now)).toContain('Asked by Ana Souza: a < b & c.');
  });
});

describe('the thread', () => {
  test('mentions those whose approval is missing, and nobody once it is decided', () => {
    expect(thread(asked()).lines.at(-1)).toContain('<@U0BO> <@U0CHEN> Approval is needed until');
    expect(thread(asked()).lines.join('\n')).not.toContain('<@U0ANA>');
    expect(thread(underWay()).lines.join('\n')).not.toContain('<@');
  });

  test('tells only what is new, and where it stands then', () => {
    const streams = asked();
    const { told } = thread(streams);
    expect(thread(streams, told).lines).toEqual([]);
    streams.vote('bo', 'approve');
    expect(thread(streams, told).lines).toEqual([expect.stringContaining('Bo Larsen: *approve* (round 1)')]);
    expect(thread(streams, told).told).toEqual({ opSeq: 3, voteSeq: 1 });
    expect(thread(streams, { opSeq: 3, voteSeq: 1 }).lines).toEqual([]);
  });

  test('tells of a vote that was not counted, and why', () => {
    const streams = asked().vote(null, 'approve', { accepted: false, refusal: 'not-listed' });
    expect(thread(streams).lines.at(-1)).toContain('<@U0STRANGER>: approve was not counted (not-listed)');
  });

  test('never shows the task token', () => {
    const streams = asked().op('approval-waiting', { round: 1, token: 'SECRET-TOKEN' });
    expect(JSON.stringify([thread(streams), root(streams)])).not.toContain('SECRET-TOKEN');
  });

  test('ends with a report that says what was not measured', () => {
    const words = thread(over()).lines.join('\n');
    for (const line of [
      `*Report of ${ID}*`,
      '*Type:* REAL promote, live (not a rehearsal)',
      '*Requested by:* Ana Souza at 2026-11-20 23:14:25 UTC',
      'approved by Ana Souza, Bo Larsen at 2026-11-20 23:15:28 UTC',
      '*RTO:* 6 min 12 s (from the command to the first served write)',
      '*RPO:* not measured',
      '*Deviations:* Fence home unconfirmed',
      '*Failback:* not part of this operation',
      'min 1, desired 1 → min 4, desired 6',
      'MAC-OF-THE-HEAD',
    ])
      expect(words).toContain(line);
    expect(words.split('*Report of')[1]).not.toContain('<!date');
  });

  test('orders the timeline by time, with the point of no return', () => {
    const { lines } = thread(over());
    const times = lines
      .slice(lines.indexOf('*Timeline, UTC*') + 1)
      .filter((line) => /^• 2026/.test(line))
      .map((line) => line.slice(2, 21));
    expect(times.length).toBeGreaterThan(7);
    expect(times).toEqual([...times].sort());
  });
});
