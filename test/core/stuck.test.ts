import { describe, expect, test } from 'vitest';
import type { NewEvent } from '../../core/ledger.ts';
import { stuckWhy } from '../../core/stuck.ts';
import { fold, later, opening, planned, timed, vote } from './fixture.ts';

const lost = planned('lost');
const yes = [vote('bo', 'approve', 59, lost.plan)];
const at_ms = (minutes: number): number => Date.parse(later(minutes * 60));
const operationWith = (...more: readonly (readonly [NewEvent, number])[]) =>
  fold([...opening(lost.plan, lost.facts), ...more.map(([event, seconds]) => timed(event, seconds))], yes);

const STEP = 'promote-database';
const started: NewEvent = { type: 'step-started', by: 'x', data: { step: STEP, region: 'us-west-2' } };
const paused: NewEvent = {
  type: 'step-paused',
  by: 'x',
  data: { step: STEP, why: 'no answer', deadline: later(9_999) },
};
const resumed: NewEvent = { type: 'step-resumed', by: 'bo', data: { step: STEP, choice: 'retry', by: 'bo' } };
const done: NewEvent = { type: 'step-done', by: 'x', data: { step: STEP, outcome: 'done', detail: '' } };
const ended: NewEvent = { type: 'operation-ended', by: 'x', data: { outcome: 'failed', why: '' } };

describe('an operation is stuck', () => {
  test('when a step is paused for more than ten minutes and nobody decides', () => {
    const operation = operationWith([started, 60], [paused, 120]);
    expect(stuckWhy(operation, at_ms(11.9))).toBeUndefined();
    expect(stuckWhy(operation, at_ms(12.1))).toBe('promote-database is paused, and nobody has decided');
  });

  test('when a step runs for more than an hour, counted from the last Retry', () => {
    expect(stuckWhy(operationWith([started, 60]), at_ms(60.9))).toBeUndefined();
    expect(stuckWhy(operationWith([started, 60]), at_ms(61.1))).toMatch(/has run for more than 60 minutes/);
    const retried = operationWith([started, 60], [paused, 120], [resumed, 1_800]);
    expect(stuckWhy(retried, at_ms(89))).toBeUndefined();
    expect(stuckWhy(retried, at_ms(91))).toMatch(/has run for more than 60 minutes/);
  });

  test('when nobody was asked within five minutes of the request', () => {
    const unasked = fold(opening(lost.plan, lost.facts).slice(0, 2));
    expect(stuckWhy(unasked, at_ms(5))).toBeUndefined();
    expect(stuckWhy(unasked, at_ms(5.1))).toBe('nobody was asked for an approval');
  });
});

test('an operation that has ended, waits for approval or is a draft is not stuck, however old it is', () => {
  expect(stuckWhy(operationWith([started, 60], [paused, 120], [ended, 180]), at_ms(600))).toBeUndefined();
  expect(stuckWhy(operationWith([started, 60], [done, 120]), at_ms(600))).toBeUndefined();
  expect(stuckWhy(fold(opening(lost.plan, lost.facts)), at_ms(600))).toBeUndefined();
  expect(stuckWhy(fold(opening(lost.plan, lost.facts).slice(0, 1)), at_ms(600))).toBeUndefined();
});
