import { describe, expect, test } from 'vitest';
import { approved, gate, wait_s } from '../../core/gate.ts';
import type { EventData, NewEvent } from '../../core/ledger.ts';
import type { StepId } from '../../core/operations/registry.ts';
import { approvedOperation, config, fold, later, opening, planned, timed, vote } from './fixture.ts';
import { PROMOTE_STEPS, UNAPPROVED_STEPS } from './step-ids.ts';

const { plan, facts } = planned();
const CONFIG = config();
const done = (step: StepId, outcome: EventData['step-done']['outcome'] = 'done'): NewEvent => ({
  type: 'step-done',
  by: `step:${step}`,
  data: { step, outcome, detail: 'because' },
});
const go = (operation: ReturnType<typeof fold>, step: StepId, at = later(100), of = CONFIG) =>
  gate(of, operation, step, at);
const mutating = PROMOTE_STEPS.filter((step) => !UNAPPROVED_STEPS.includes(step));

describe('without the quorum', () => {
  const decided: NewEvent = {
    type: 'approval-decided',
    by: 'muster',
    data: { round: 1, decision: 'approved', by: ['ana', 'bo'] },
  };
  test.each(mutating)('%s does not run', (step) => {
    expect(go(fold(opening(plan, facts)), step)).toMatchObject({ go: 'stop', why: expect.stringMatching(/quorum/) });
  });
  test.each(mutating)('%s does not run though an event says approved', (step) => {
    const claimed = fold([...opening(plan, facts), timed(decided, 60)]);
    expect(go(claimed, step).go).toBe('stop');
  });
  test('the steps that change nothing, and the pre-warm, run', () => {
    for (const step of UNAPPROVED_STEPS) expect(go(fold(opening(plan, facts)), step).go).toBe('run');
  });
  test('a quorum of votes without the event that says approved is not enough', () => {
    expect(approved(CONFIG, fold(opening(plan, facts), [vote('bo', 'approve', 59, plan)]))).toBe(false);
  });
  test('the vote of somebody who is no approver any more does not count', () => {
    const less = config((raw) => {
      Object.assign((raw['people'] as Record<string, object>)['bo'] ?? {}, { approver: false });
    });
    expect(go(approvedOperation(), 'fence-home', later(100), less).go).toBe('stop');
  });
});

describe('with the quorum', () => {
  test.each(mutating)('%s runs', (step) => {
    expect(go(approvedOperation(), step)).toEqual({ go: 'run' });
  });
  test('it runs long after the deadline of the approval', () => {
    expect(go(approvedOperation(), 'switch-traffic', later(90_000))).toEqual({ go: 'run' });
  });
  test('it runs on under the old plan while people are asked about another', () => {
    const data = {
      round: 2,
      planHash: 'x',
      deadline: later(900),
      why: 'stuck',
      plan: { ...plan, maxLoss_s: 1 },
      facts,
    };
    const asking = approvedOperation([timed({ type: 'approval-asked', by: 'muster', data }, 70)]);
    expect(go(asking, 'scale-out')).toEqual({ go: 'run' });
  });
});

describe('a step', () => {
  test('that is done is not run again', () => {
    expect(go(approvedOperation([timed(done('scale-out'), 80)]), 'scale-out')).toEqual({ go: 'done' });
  });
  test('does not run after another has failed', () => {
    const failed = approvedOperation([timed(done('scale-out', 'failed'), 80)]);
    expect(go(failed, 'switch-traffic')).toEqual({ go: 'stop', why: 'scale-out failed' });
  });
  test('that people skipped, or that went unconfirmed, stops no other', () => {
    const outcomes = [timed(done('fence-home', 'unconfirmed'), 80), timed(done('scale-out', 'skipped'), 81)];
    expect(go(approvedOperation(outcomes), 'switch-traffic')).toEqual({ go: 'run' });
  });
  test('does not run in an operation that is over', () => {
    const data = { outcome: 'succeeded', why: '' } as const;
    const over = approvedOperation([timed({ type: 'operation-ended', by: 'step:report', data }, 400)]);
    for (const step of mutating) expect(go(over, step).go).toBe('stop');
    expect(go(over, 'close')).toEqual({ go: 'done' });
  });
  test('does not run after an abort, and close does', () => {
    const from = planned();
    const aborted = fold(opening(from.plan, from.facts), [vote('bo', 'abort', 20, from.plan)]);
    expect(go(aborted, 'prewarm')).toEqual({ go: 'stop', why: 'aborted by bo' });
    expect(go(aborted, 'close')).toEqual({ go: 'run' });
  });
});

describe('a paused step', () => {
  const pause = timed(
    { type: 'step-paused', by: 'step:verify', data: { step: 'verify', why: 'no', deadline: later(500) } },
    80,
  );
  const decided: NewEvent = {
    type: 'approval-decided',
    by: 'muster',
    data: { round: 1, decision: 'approved', by: ['ana', 'bo'] },
  };
  const paused = (...votes: ReturnType<typeof vote>[]) =>
    fold([...opening(plan, facts), timed(decided, 60), pause], [vote('bo', 'approve', 59, plan), ...votes]);

  test('waits for people until its deadline, and then gives up', () => {
    expect(go(paused(), 'verify', later(500))).toEqual({ go: 'wait' });
    expect(go(paused(), 'verify', later(501))).toEqual({ go: 'give-up' });
  });
  test.each(['retry', 'skip'] as const)('goes on as a person decides: %s', (choice) => {
    const verdict = go(paused(vote('chen', choice, 90, plan, { step: 'verify', reason: 'seen by eye' })), 'verify');
    expect(verdict).toMatchObject({ go: 'resume', choice, vote: { identity: 'chen', reason: 'seen by eye' } });
  });
  test('ignores a decision about another step, or from before the pause', () => {
    expect(go(paused(vote('chen', 'retry', 90, plan, { step: 'scale-out' })), 'verify')).toEqual({ go: 'wait' });
    expect(go(paused(vote('chen', 'retry', 70, plan, { step: 'verify' })), 'verify')).toEqual({ go: 'wait' });
  });
  test('runs again once it was resumed', () => {
    const data = { step: 'verify', choice: 'retry', by: 'chen' } as const;
    const resumed = approvedOperation([pause, timed({ type: 'step-resumed', by: 'chen', data }, 91)]);
    expect(go(resumed, 'verify')).toEqual({ go: 'run' });
  });
});

test('a waiting step looks often at first, less often the longer it takes, and at least every 20 s', () => {
  const waits = Array.from({ length: 360 }, (_, tens) => wait_s(tens * 10));
  expect(waits[0]).toBeLessThanOrEqual(2);
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(waits.every((wait) => Number.isInteger(wait) && wait >= 1)).toBe(true);
  expect(waits.at(-1)).toBe(20);
});
