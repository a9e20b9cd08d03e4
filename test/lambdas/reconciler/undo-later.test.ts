import { describe, expect, test } from 'vitest';
import { owner } from '../../../core/fence.ts';
import { known } from '../../../core/topology.ts';
import { nextUndo } from '../../../lambdas/reconciler/undo-later.ts';
import { toUndo } from '../../../lambdas/undo.ts';
import { database, fold, members, opening, planned, shop } from '../../core/fixture.ts';
import {
  approvals,
  approvedBy,
  at_ms,
  end,
  homeStopped,
  noReturn,
  operationWith,
  prewarmed,
  promoted,
  undone,
} from './operations.ts';

const app = shop();
const HOUR = 3_600;
const expired = operationWith([prewarmed(10), end('expired', 1_000)]);
const failed = operationWith([prewarmed(10), end('failed', 1_000)]);

describe('what is set back', () => {
  test('the pre-warm of an expired request, an hour after it ended', () => {
    expect(nextUndo([expired], app, at_ms(1_000 + HOUR - 1))).toBeUndefined();
    expect(nextUndo([expired], app, at_ms(1_000 + HOUR))).toBe(expired);
  });

  test('as long as muster.yaml says', () => {
    const short = { ...app, prewarmKept_minutes: 5 };
    expect(nextUndo([expired], short, at_ms(1_301))).toBe(expired);
  });

  test('at once after a death before anything was moved', () => {
    expect(nextUndo([failed], app, at_ms(1_001))).toBe(failed);
  });

  test('home at once, even of an expired request', () => {
    const fenced = operationWith([prewarmed(10), ...approvedBy(60), homeStopped(70), end('expired', 1_000)], approvals);
    expect(nextUndo([fenced], app, at_ms(1_001))).toBe(fenced);
  });

  test('once more what could not be set back, for an hour', () => {
    const left = operationWith([prewarmed(10), undone(['ecs web (throttled)'], 990), end('declined', 1_000)]);
    expect(nextUndo([left], app, at_ms(1_060))).toBe(left);
    expect(nextUndo([left], app, at_ms(1_001 + HOUR))).toBeUndefined();
  });

  test('the older after the newer, once the newer is settled', () => {
    const settled = operationWith([prewarmed(10), undone([], 1_001), end('declined', 1_000)]);
    const nothing = operationWith([end('declined', 4_000)]);
    const late = at_ms(1_000 + HOUR);
    expect(nextUndo([nothing, expired], app, late)).toBe(expired);
    expect(nextUndo([settled, expired], app, late)).toBe(expired);
    expect(nextUndo([failed, expired], app, at_ms(1_002))).toBe(failed);
  });
});

describe('what is left as it is', () => {
  const late = at_ms(1_000 + HOUR);

  test('everything while a new request is under way, or when one succeeded', () => {
    expect(nextUndo([operationWith(), expired], app, late)).toBeUndefined();
    expect(nextUndo([promoted('fenced'), expired], app, late)).toBeUndefined();
  });

  test('everything after the point of no return', () => {
    const moved = operationWith([prewarmed(10), ...approvedBy(60), noReturn(80), end('failed', 1_000)], approvals);
    expect(nextUndo([moved], app, at_ms(1_001))).toBeUndefined();
    // Nor what an older request pre-warmed: the standby serves with it.
    expect(nextUndo([moved, expired], app, late)).toBeUndefined();
  });

  test('everything where the writer was found moved, approved or not: the standby may be serving', () => {
    const moved = planned('lost', { topology: { database: known(database({ members: members('standby') })) } });
    const found = fold([...opening(moved.plan, moved.facts), prewarmed(10), end('declined', 1_000)]);
    expect(toUndo(found, app)).toEqual([]);
    expect(nextUndo([found], app, late)).toBeUndefined();
    // Nobody approved it, so it decides nothing of home either.
    expect(owner([found])).toBeUndefined();
  });

  test('what was set back already', () => {
    expect(
      nextUndo([operationWith([prewarmed(10), undone([], 990), end('declined', 1_000)])], app, late),
    ).toBeUndefined();
  });
});
