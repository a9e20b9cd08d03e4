import { describe, expect, test } from 'vitest';
import type { Config } from '../../core/config/schema.ts';
import { cut, LIMITS, type Message, type ModalView, plainly, sections } from '../../core/messages/block-kit.ts';
import { promoteDialog, reasonDialog, refusalView } from '../../core/messages/dialogs.ts';
import { rootMessage } from '../../core/messages/root.ts';
import { statusText } from '../../core/messages/status.ts';
import { threadLines, threadTexts } from '../../core/messages/thread.ts';
import { refuse } from '../../core/reasons.ts';
import { complaintsOfBlocks, complaintsOfView } from '../../simulator/slack/blocks.ts';
import { config, ID, type Scene, Streams, topologyOf } from './messages-world.ts';
import { PROMOTE_STEPS, SHOWN_STEPS } from './step-ids.ts';

/** Long, and with everything in it that markup or UTF-16 can trip over. */
const LONG = `${'&<>`*_~ 🚨 <!channel> '.repeat(400)}end`;
const SCENES: readonly Scene[] = [{}, { verdict: 'healthy' }, { lag: LONG }, { status: 'failing-over' }];

/** 40 approvers with long names and 50 services. */
function big(): Config {
  const shop = config.applications['shop'];
  const web = shop?.services[0];
  if (shop === undefined || web === undefined) throw new Error('no shop');
  const people = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [
      n === 0 ? 'ana' : `person-${n}`,
      { name: `${LONG.slice(0, 200)} ${n}`, slack: [`U${n}AAAA`], approver: true },
    ]),
  );
  const services = Array.from({ length: 50 }, (_, n) => ({ ...web, name: `service-${n}` }));
  return {
    ...config,
    people,
    approvals: { ...config.approvals, promote: { ...config.approvals.promote, people: 10 } },
    applications: {
      shop: { ...shop, services, traffic: { ...shop.traffic, record: `${'a'.repeat(60)}.example.com` } },
    },
  };
}

/** Every stage of an operation whose every word is too long. */
function stages(cfg: Config, scene: Scene): readonly Streams[] {
  const upTo = (stage: number): Streams => {
    const streams = new Streams().draft(scene, cfg).pass(1).request(LONG);
    if (stage > 0) streams.ask();
    if (stage > 1)
      for (let n = 0; n < 40; n += 1)
        streams.pass(1).vote(n === 0 ? 'ana' : `person-${n}`, n < 9 ? 'approve' : 'extend', {
          reason: LONG,
          accepted: n % 3 !== 1,
          refusal: LONG,
        });
    if (stage > 2) streams.op('approval-decided', { round: 1, decision: 'approved', by: Object.keys(cfg.people) });
    if (stage > 3) {
      for (const step of SHOWN_STEPS) {
        streams.start(step).op('step-noted', { step, note: LONG });
        streams.op('step-acting', { step, action: LONG, noReturn: step === 'promote-database' });
        streams.op('step-paused', { step, why: LONG, deadline: '2026-11-21T00:00:00.000Z' });
      }
    }
    if (stage > 4) for (const step of SHOWN_STEPS) streams.done(step, LONG, 'unconfirmed');
    if (stage > 5) for (let n = 0; n < 5; n += 1) streams.ask(LONG);
    if (stage > 6) {
      const drift = Array.from({ length: 60 }, () => ({ resource: LONG, before: LONG, after: LONG }));
      const report = {
        rto_s: 1,
        rpo_s: 1,
        rpoHow: LONG,
        drift,
        noStandbySince: null,
        fence: LONG,
        notes: Array(40).fill(LONG) as string[],
      };
      streams.op('operation-ended', { outcome: 'failed', why: LONG, report });
    }
    return streams;
  };
  return Array.from({ length: 8 }, (_, stage) => upTo(stage));
}

const fits = (message: Message): void => {
  expect(complaintsOfBlocks(message.blocks, 'message', '')).toEqual([]);
  expect(complaintsOfBlocks(message.blocks, 'update', '')).toEqual([]);
  expect(message.text.length).toBeLessThanOrEqual(4_000);
  expect(message.text.length).toBeGreaterThan(0);
  expect(isWellFormed(JSON.stringify(message))).toBe(true);
};
const viewFits = (view: ModalView): void => {
  expect(complaintsOfView(view, 'modal')).toEqual([]);
  expect(view.private_metadata.length).toBeLessThan(400);
};
const isWellFormed = (text: string): boolean => !/\\ud[89ab]/i.test(text);

describe.each(SCENES.map((scene, n) => ({ scene, n })))('with words that are too long, scene $n', ({ scene }) => {
  const cfg = big();

  test('every stage of the root message is within Slack’s limits, as are its plainer versions', () => {
    for (const streams of stages(cfg, scene)) {
      const message = rootMessage(streams.operation(), cfg, streams.now);
      fits(message);
      fits(plainly(message));
      expect(JSON.stringify(message)).not.toContain('<!channel>');
    }
  });

  test('the thread’s messages are whole lines of at most 4,000 characters', () => {
    for (const streams of stages(cfg, scene)) {
      const news = threadLines(
        streams.operation(),
        { events: streams.events(), votes: streams.votes(), head: '' },
        { opSeq: 0, voteSeq: 0 },
        cfg,
      );
      for (const text of threadTexts(news.lines)) {
        expect(text.length).toBeLessThanOrEqual(4_000);
        expect(text).not.toContain('<!channel>');
      }
    }
  });

  test('the dialog is within Slack’s limits', () => {
    const streams = new Streams().draft(scene, cfg);
    viewFits(promoteDialog(streams.operation(), cfg, streams.now, LONG));
  });

  test('the status is within Slack’s limits', () => {
    const shop = cfg.applications['shop'];
    if (shop === undefined) throw new Error('no shop');
    expect(statusText(topologyOf(scene, cfg), cfg, shop).length).toBeLessThanOrEqual(4_000);
  });
});

test('refusals and dialogs for words are within Slack’s limits', () => {
  viewFits(refusalView(LONG, { ...refuse('draft-gone', { why: LONG, application: 'shop' }) }));
  for (const kind of ['decline', 'abort', 'skip'] as const)
    for (const step of [undefined, ...PROMOTE_STEPS]) viewFits(reasonDialog(kind, ID, 3, step));
});

describe('cutting', () => {
  test('never splits a character, an entity, a mention or a date', () => {
    const pieces = ['🚨🚨', '&amp;&lt;', '<@U0ANA>', '<!date^1^{time_secs}|x>'];
    for (const piece of pieces) {
      const text = piece.repeat(10);
      for (let limit = 4; limit < text.length; limit += 1) {
        const got = cut(text, limit);
        expect(got.length).toBeLessThanOrEqual(limit);
        const kept = got.slice(0, -3);
        expect(kept).toBe(text.slice(0, kept.length));
        expect(isWellFormed(JSON.stringify(kept))).toBe(true);
        expect(kept.replaceAll(/&(amp|lt);|<[^>]*>/g, '')).not.toMatch(/[&<>]/);
      }
    }
  });

  test('what does not fit is counted', () => {
    const lines = Array.from({ length: 200 }, (_, n) => `${n} ${'x'.repeat(90)}`);
    const blocks = sections('*All*', lines, 2);
    const text = blocks.map((block) => (block.type === 'section' ? block.text.text : '')).join('\n');
    const left = Number(/\.\.\. and (\d+) more$/.exec(text)?.[1]);
    expect(text.split('\n').length - 2 + left).toBe(200);
    for (const block of blocks)
      if (block.type === 'section') expect(block.text.text.length).toBeLessThanOrEqual(LIMITS.section);
  });
});
