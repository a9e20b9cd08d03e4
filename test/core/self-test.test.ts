import { describe, expect, test } from 'vitest';
import { selfTestLine } from '../../core/messages/self-test.ts';
import type { Operation } from '../../core/operation.ts';
import { rulesOf, SELF_TEST_USER, selfTestRequest } from '../../core/self-test.ts';
import { config } from './fixture.ts';

const CONFIG = config();

const NOW = '2026-11-21T12:00:00.000Z';
const hoursAgo = (hours: number): string => new Date(Date.parse(NOW) - hours * 3_600_000).toISOString();
const ended = (hours: number, outcome: 'succeeded' | 'failed', why = ''): Operation =>
  ({ ended: { outcome, why, at: hoursAgo(hours), report: undefined } }) as Operation;
const running = { ended: undefined } as Operation;

describe('the line of /dr status', () => {
  test.each<readonly [string, readonly Operation[], RegExp]>([
    ['none yet', [], /none has run yet/],
    ['the first runs', [running], /first one is running/],
    ['one passed', [ended(3, 'succeeded')], /^• \*Self-test:\* passed <!date/],
    ['one passed and another runs', [running, ended(24, 'succeeded')], /\*Self-test:\* passed/],
    ['silent for long', [ended(27, 'succeeded')], /\*NO SELF-TEST since\*.*runbook/],
    [
      'failed after a success',
      [ended(1, 'failed', 'no way'), ended(25, 'succeeded')],
      /FAILED.*no way.*last that passed/,
    ],
    ['failed ever since', [ended(1, 'failed', 'no way'), ended(25, 'failed')], /FAILED.*no way.*none of the last few/],
    ['fixed since', [ended(1, 'succeeded'), ended(25, 'failed')], /passed/],
  ])('%s', (_, recent, line) => {
    expect(selfTestLine(recent, NOW)).toMatch(line);
  });
});

describe('what the key of the self-test may ask for', () => {
  const id = 'self-test-20261121-0917-7f3a';
  test('itself, and its own approval', () => {
    expect(selfTestRequest(SELF_TEST_USER, { typed: 'self-test', triggerId: 't' })).toEqual({
      ask: 'start',
      triggerId: 't',
    });
    expect(selfTestRequest(SELF_TEST_USER, { pressed: 'approve', operation: id })).toEqual({
      ask: 'approve',
      operation: id,
    });
  });

  test.each([
    ['another command', SELF_TEST_USER, { typed: 'promote shop', triggerId: 't' }],
    ['more words', SELF_TEST_USER, { typed: 'self-test now', triggerId: 't' }],
    ['a person', 'U0ANA', { typed: 'self-test', triggerId: 't' }],
    ['another button', SELF_TEST_USER, { pressed: 'decline', operation: id }],
    ['another operation', SELF_TEST_USER, { pressed: 'approve', operation: 'promote-shop-20261121-0917-7f3a' }],
    ['an operation that begins like it', SELF_TEST_USER, { pressed: 'approve', operation: 'self-tests-1' }],
    ['no operation', SELF_TEST_USER, { pressed: 'approve', operation: '' }],
  ])('not %s', (_, user, sent) => {
    expect(selfTestRequest(user, sent)).toBeUndefined();
  });
});

test('its configuration has no application and no person but its own user', () => {
  const rules = rulesOf(CONFIG, 'self-test-20261121-0917-7f3a');
  expect(rules.applications).toEqual({});
  expect(Object.values(rules.people).flatMap((person) => person.slack)).toEqual([SELF_TEST_USER]);
  expect(rulesOf(CONFIG, 'promote-shop-20261121-0917-7f3a')).toBe(CONFIG);
});

test('its message goes where the configuration says', () => {
  const id = 'self-test-20261121-0917-7f3a';
  const quiet = { ...CONFIG, slack: { ...CONFIG.slack, selfTestChannel: 'C0QUIET' } };
  expect(rulesOf(quiet, id).slack.channel).toBe('C0QUIET');
  expect(rulesOf(CONFIG, id).slack.channel).toBe(CONFIG.slack.channel);
});
