import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ANA, BO, DEE } from '../../sandbox/rehearsal/actions.ts';
import { expectUnchanged, type Told, typed } from './requests.ts';
import { type Stage, setStage } from './world.ts';

/** What people type wrong at three in the morning: each gets a sentence and the next action, and nothing changes. */
let stage: Stage;
beforeAll(async () => {
  stage = await setStage('bad-input-words');
});
afterEach(() => {
  const { workspace } = stage.world.slack;
  for (const user of [ANA, BO, DEE]) workspace.views.clear(user);
});

const dr = (words: string, user = ANA): Promise<Told> =>
  expectUnchanged(stage, () => typed(stage, user, `/dr ${words}`.trim()));

/** Markup that Slack would interpret: mentions, links, dates. Our own dates are the only ones that may be there. */
const MARKUP = /<(?!!date\^)[^>]*>/;

describe('a slip of the finger', () => {
  test.each([
    ['promtoe shop', '`promtoe` is not a command. Did you mean `/dr promote`?'],
    ['statsu', 'Did you mean `/dr status`?'],
    ['abrot x', 'Did you mean `/dr abort`?'],
    ['failback shop', '`failback` is not a command.'],
  ])('"/dr %s" gets the nearest command and the list', async (words, sentence) => {
    const told = await dr(words);
    expect(told.ephemeral).toHaveLength(1);
    expect(told.all).toContain(sentence);
    expect(told.all).toContain('`/dr promote [application] [reason]`');
  });

  test.each(['promote shpo', 'promote shpo the region is gone', 'PROMOTE Shop2'])(
    '"/dr %s" is answered in the dialog that opened, which does not wait for ever',
    async (words) => {
      const told = await dr(words);
      expect(told.dialog).toContain('There is no application');
      expect(told.dialog).toContain('shop (nearest)');
      expect(told.dialog).not.toMatch(/(Checking|Looking at) both regions/);
      expect(told.ephemeral).toEqual([]);
    },
  );

  test.each([
    ['status nope', 'There is no application `nope` in muster.yaml. Choose one of: shop'],
    ['status shop now', '`/dr status` does not take `now`. Type `/dr help status` for its form.'],
    ['help promote now', '`/dr help` does not take `now`.'],
    ['abort a b', '`/dr abort` does not take `b`.'],
    ['abort', 'Which operation? Type `/dr abort &lt;operation&gt;`; `/dr status` names the one in flight.'],
    ['abort promote-shop-20200101-0000-beef', 'There is no operation `promote-shop-20200101-0000-beef`.'],
    ['abort ../../etc', 'There is no operation `../../etc`.'],
    ['abort op#x', 'There is no operation `op#x`.'],
  ])('"/dr %s" is answered with what to type', async (words, sentence) => {
    const told = await dr(words);
    expect(told.all).toContain(sentence);
    expect(told.ephemeral).toHaveLength(1);
  });
});

describe('what is asked for and harmless', () => {
  test.each(['', 'help', 'HELP'])('"/dr %s" lists every command', async (words) => {
    const told = await dr(words);
    for (const name of ['status', 'promote', 'abort', 'help']) expect(told.all).toContain(`\`/dr ${name}`);
    expect(told.all).not.toMatch(MARKUP);
  });
  test('"/dr help promote" speaks of promote', async () => {
    const told = await dr('help promote');
    expect(told.all).toContain('`/dr promote [application] [reason]`: move an application');
    expect(told.all).not.toContain('/dr abort');
  });
  test.each(['status', 'status shop'])('"/dr %s" leads with the answer', async (words) => {
    const told = await dr(words);
    expect(told.ephemeral).toHaveLength(1);
    expect(told.all).toMatch(/ready to promote|NOT READY/i);
    expect(told.all).toContain('us-east-1');
  });
});

describe('words that want to be more than words', () => {
  test.each([
    '<!channel>',
    '<!here|here>',
    '@ana',
    '<@U0BO>',
    '<https://evil.example|Approve>',
    '`<!everyone>`',
    '&lt;!channel&gt;',
    '<!subteam^S0ONCALL>',
    ':rotating_light:',
  ])('"/dr %s" pings nobody and links nowhere', async (words) => {
    const told = await dr(words);
    expect(told.ephemeral).toHaveLength(1);
    expect(told.all).not.toMatch(MARKUP);
  });
  test.each(['status', 'abort', 'help'])('nor behind "/dr %s"', async (command) => {
    const told = await dr(`${command} <!channel>`);
    expect(told.ephemeral).toHaveLength(1);
    expect(told.all).not.toMatch(MARKUP);
  });
  test('nor in the dialog', async () => {
    const told = await dr('promote <!channel> <https://evil.example|shop>');
    expect(told.dialog).toContain('There is no application');
    expect(told.dialog).not.toMatch(MARKUP);
  });
  test.each([
    ['of one word', 'x'.repeat(4_000)],
    ['of two thousand words', 'x '.repeat(2_000)],
    ['behind status', `status ${'x'.repeat(3_990)}`],
    ['behind abort', `abort ${'x'.repeat(3_990)}`],
  ])('4,000 characters %s get a short answer', async (_, words) => {
    const told = await dr(words);
    expect(told.ephemeral).toHaveLength(1);
    expect(told.all.length).toBeLessThan(1_200);
  });
  test('null bytes and line breaks are only space or letters', async () => {
    expect((await dr('help\npromote')).all).toContain('`/dr promote [application] [reason]`');
    expect((await dr('pro\u0000mote')).all).toContain('is not a command');
  });
});
