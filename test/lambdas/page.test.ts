import { describe, expect, test } from 'vitest';
import { ruleOf } from '../../core/approvals.ts';
import { pageText } from '../../core/messages/page.ts';
import { pageDue } from '../../lambdas/page.ts';
import { config, later, timed } from '../core/fixture.ts';
import { at_ms, end, hash, operationWith } from './reconciler/operations.ts';

const rule = ruleOf(config(), operationWith());
/** People are asked at second 6. */
const minutes = (count: number): number => at_ms(6 + count * 60);
const paged = (stage: number, seconds: number, round = 1) =>
  timed({ type: 'approval-paged', by: 'step:read-approval', data: { round, stage, stages: 2, why: 'so' } }, seconds);

describe('a page is due', () => {
  test('after three and after seven minutes without a decision, once each', () => {
    expect(pageDue(operationWith(), rule, minutes(3) - 1)).toBeUndefined();
    expect(pageDue(operationWith(), rule, minutes(3))).toMatchObject({ round: 1, stage: 1, stages: 2 });
    const once = operationWith([paged(1, 200)]);
    expect(pageDue(once, rule, minutes(6.9))).toBeUndefined();
    expect(pageDue(once, rule, minutes(7))).toMatchObject({ stage: 2 });
    expect(pageDue(operationWith([paged(1, 200), paged(2, 430)]), rule, minutes(14))).toBeUndefined();
  });

  test('for the newest stage alone when earlier ones were slept through', () => {
    expect(pageDue(operationWith(), rule, minutes(8))).toMatchObject({ stage: 2 });
  });

  test('never for what is decided or over', () => {
    const data = { round: 1, decision: 'declined' as const, by: ['bo'] };
    expect(
      pageDue(operationWith([timed({ type: 'approval-decided', by: 'muster', data }, 30)]), rule, minutes(8)),
    ).toBeUndefined();
    expect(pageDue(operationWith([end('aborted', 30)]), rule, minutes(8))).toBeUndefined();
  });

  test('at once in the round that follows an unanswered one', () => {
    const expired = { round: 1, decision: 'expired' as const, by: [] };
    const again = { round: 2, planHash: hash, deadline: later(1_900), why: 'nobody answered' };
    const louder = operationWith([
      timed({ type: 'approval-decided', by: 'muster', data: expired }, 910),
      timed({ type: 'approval-asked', by: 'step:read-approval', data: again }, 911),
    ]);
    expect(pageDue(louder, rule, at_ms(912))).toMatchObject({ round: 2, stage: 1, stages: 3 });
  });
});

test('a page names who can still approve, the way into Slack and the runbook, in plain ASCII', () => {
  const { subject, text } = pageText(operationWith(), config(), 'APPROVAL NEEDED', 'nobody answered');
  expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/);
  expect(text).toMatch(/Bo Larsen, Chen Wei/);
  expect(text).not.toMatch(/Ana Souza,|<@|<!/);
  expect(text).toMatch(/https:\/\/slack\.com\/app_redirect\?team=T0MUSTER1&channel=C0INCIDENT/);
  expect(text).toMatch(/docs\/runbook.md, section "Slack is down"/);
});
