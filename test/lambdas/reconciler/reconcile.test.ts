import { describe, expect, test } from 'vitest';
import { deathWords, decideReconcile } from '../../../lambdas/reconciler/locks.ts';
import { fold, opening } from '../../core/fixture.ts';
import { approvals, approvedBy, end, lost, noReturn, operationWith } from './operations.ts';

const seen = (status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'MISSING') => ({
  status,
  cause: undefined,
});

describe('a lock that is held', () => {
  test('is left alone while its execution runs, and while it is young', () => {
    expect(decideReconcile(operationWith(), seen('RUNNING'), 9_999).do).toBe('nothing');
    expect(decideReconcile(operationWith(), seen('MISSING'), 119).do).toBe('nothing');
    expect(decideReconcile(operationWith([end('expired', 900)]), seen('FAILED'), 9_999).do).toBe('nothing');
  });

  test('without an execution behind it is started again, but not long after it was asked for', () => {
    expect(decideReconcile(operationWith(), seen('MISSING'), 121).do).toBe('revive');
    expect(decideReconcile(operationWith(), seen('MISSING'), 16 * 60)).toMatchObject({ do: 'end', why: /never ran/ });
  });

  test.each(['FAILED', 'TIMED_OUT', 'ABORTED', 'SUCCEEDED'] as const)('is released when its execution is %s', (how) => {
    expect(decideReconcile(operationWith(), seen(how), 121)).toMatchObject({ do: 'end', why: new RegExp(how) });
  });

  test('of a request that was never written is released', () => {
    const drafted = fold(opening(lost.plan, lost.facts).slice(0, 1));
    expect(decideReconcile(drafted, undefined, 121)).toMatchObject({ do: 'end', why: /never requested/ });
  });
});

test('the words about a dead execution name the next command, and say when nothing is rolled back', () => {
  const early = deathWords(operationWith(), 'TIMED_OUT', 'a day passed');
  expect(early).toMatch(/TIMED_OUT \(a day passed\).*rolled back.*`\/dr promote shop` adopts/);
  const late = deathWords(operationWith([...approvedBy(60), noReturn(80)], approvals), 'ABORTED', undefined);
  expect(late).toMatch(
    /point of no return is passed \(FailoverGlobalCluster was called at .*\), and nothing is rolled back/,
  );
});
