import { describe, expect, test } from 'vitest';
import type { Finding } from '../../cli/doctor/finding.ts';
import { judgeSecret } from '../../cli/doctor/secret.ts';
import { judgeTests } from '../../cli/doctor/self-test.ts';
import type { Operation } from '../../core/operation.ts';

describe('a secret', () => {
  test.each<readonly ['signing' | 'botToken', string, RegExp]>([
    ['signing', '{"signing_secret": "x"}', /not one bare word/],
    ['signing', '', /not one bare word/],
    ['signing', 'a'.repeat(40), /still the placeholder/],
    ['signing', 'short', /not a signing secret/],
    ['signing', 'xoxb-0123456789', /not a signing secret/],
    ['botToken', '"xoxb-0123456789"', /not one bare word/],
    ['botToken', 'xoxp-0123456789', /not a bot token/],
    ['botToken', 'a'.repeat(32), /not a bot token/],
  ])('as %s, %s is nothing to work with', (secret, text, what) => {
    expect(judgeSecret(secret, text, 'do')?.what).toMatch(what);
  });

  test('a line break at the end, as editors leave it, does no harm', () => {
    expect(judgeSecret('signing', `${'a'.repeat(32)}\n`, 'do')).toBeUndefined();
    expect(judgeSecret('botToken', 'xoxb-0123456789\n', 'do')).toBeUndefined();
  });
});

describe('the self-test', () => {
  const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
  const tested = (hours: number, outcome: 'succeeded' | 'failed'): Operation => {
    const at = new Date(NOW_MS - hours * 3_600_000).toISOString();
    return { ended: { outcome, why: 'no message in Slack', at, report: undefined } } as Operation;
  };
  const running = { ended: undefined } as Operation;

  test.each<readonly [string, readonly Operation[], Finding['status'], RegExp]>([
    ['none yet', [], 'warn', /no self-test has run/],
    ['only one that runs', [running], 'warn', /no self-test has run/],
    ['passed', [running, tested(20, 'succeeded')], 'ok', /passed/],
    ['failed', [tested(2, 'failed'), tested(26, 'succeeded')], 'bad', /failed: no message in Slack/],
    ['silent', [tested(30, 'succeeded')], 'bad', /passed for 30 hours/],
  ])('%s', (_, recent, status, what) => {
    expect(judgeTests(recent, NOW_MS, 'do')).toMatchObject({ status, what: expect.stringMatching(what) });
  });
});
