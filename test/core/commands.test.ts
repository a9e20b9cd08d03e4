import { describe, expect, test } from 'vitest';
import { COMMANDS, helpText, parseCommand } from '../../core/commands.ts';
import { nearest } from '../../core/nearest.ts';
import { sayRefusal } from '../../core/reasons.ts';

const ONE = ['shop'];
const TWO = ['shop', 'billing'];
const parsed = (typed: string, applications = ONE) => {
  const result = parseCommand(typed, applications);
  return result.ok ? result.command : result.refusal.code;
};
const said = (typed: string, applications = ONE): string => {
  const result = parseCommand(typed, applications);
  return result.ok ? '' : sayRefusal(result.refusal);
};

describe('what was typed', () => {
  test.each([
    ['', { name: 'help', about: undefined }],
    ['help', { name: 'help', about: undefined }],
    ['HELP Promote', { name: 'help', about: 'promote' }],
    ['status', { name: 'status', application: undefined }],
    ['  status   shop ', { name: 'status', application: 'shop' }],
    ['promote', { name: 'promote', application: 'shop', reason: '' }],
    ['promote shop', { name: 'promote', application: 'shop', reason: '' }],
    ['Promote shop the database   is gone', { name: 'promote', application: 'shop', reason: 'the database is gone' }],
    ['promote database is gone', { name: 'promote', application: 'shop', reason: 'database is gone' }],
    ['abort promote-shop-1', { name: 'abort', operation: 'promote-shop-1' }],
  ])('%j is understood', (typed, command) => {
    expect(parsed(typed)).toEqual(command);
  });
  test.each([
    ['promot shop', 'unknown-command'],
    ['failover', 'unknown-command'],
    ['constructor', 'unknown-command'],
    ['status shop now', 'too-many-words'],
    ['help promote now', 'too-many-words'],
    ['abort a b', 'too-many-words'],
    ['abort', 'operation-missing'],
    ['abort <!channel>', 'unknown-operation'],
    ['status ship', 'unknown-application'],
    ['promote sohp database is gone', 'unknown-application'],
    ['promote billing', 'unknown-application'],
  ])('%j is refused: %s', (typed, code) => {
    expect(parsed(typed)).toBe(code);
  });
  test('the application must be named where there is more than one', () => {
    expect(parsed('promote', TWO)).toBe('application-missing');
    expect(parsed('promote database is gone', TWO)).toBe('unknown-application');
    expect(parsed('promote billing gone', TWO)).toEqual({ name: 'promote', application: 'billing', reason: 'gone' });
  });
});

describe('a refusal helps on', () => {
  test('with the nearest command', () => expect(said('promot shop')).toContain('Did you mean `/dr promote`?'));
  test('with the nearest application', () => expect(said('status biling', TWO)).toContain('billing (nearest)'));
  test('and guesses nothing for a word that is near to nothing', () => {
    expect(said('xyzzy')).not.toContain('Did you mean');
  });
  test('and cannot be made to speak for whoever typed it', () => {
    expect(said('`<!channel>`')).not.toContain('`<!channel>`');
    expect(said('x'.repeat(500)).length).toBeLessThan(200);
  });
});

test.each([
  ['promtoe', 'promote'],
  ['PROMOTE', 'promote'],
  ['stauts', 'status'],
  ['abrot', 'abort'],
  ['hlep', 'help'],
  ['he', undefined],
  ['failback', undefined],
])('the command nearest to %s is %s', (word, found) => {
  expect(
    nearest(
      word,
      COMMANDS.map((c) => c.name),
    ),
  ).toBe(found);
});

describe('help', () => {
  test('has a line for every command', () => {
    for (const { form, says } of COMMANDS) expect(helpText(undefined)).toContain(`\`${form}\`: ${says}`);
  });
  test('about one command speaks of that one alone', () => {
    expect(helpText('abort')).toContain('/dr abort');
    expect(helpText('abort')).not.toContain('/dr promote');
  });
  test('about what there is not gives the whole list', () => expect(helpText('nonsense')).toBe(helpText(undefined)));
});
