import { describe, expect, test } from 'vitest';
import { FUNCTIONS } from '../../core/functions.ts';
import { step } from '../../core/operations/flow.ts';
import { OPERATIONS } from '../../core/operations/registry.ts';
import { prewarm } from '../../core/steps/prewarm.ts';
import { verify } from '../../core/steps/verify.ts';
import { compile } from '../../statemachines/compile.ts';
import { PROMOTE_STEPS } from '../core/step-ids.ts';
import { type AslMachine, type AslState, allStates, choose } from './asl.ts';

const compiled = (flow = OPERATIONS.promote.flow): AslMachine =>
  JSON.parse(JSON.stringify(compile({ ...OPERATIONS.promote, flow }))) as AslMachine;
const PROMOTE = compiled();
const STATES = new Map(allStates(PROMOTE));
const TOGETHER = {
  'promote-and-scale': ['promote-database', 'scale-out'],
  'make-ready': ['switch-workers', 'restart-tasks', 'switch-listener'],
};
const IN_BRANCHES: readonly string[] = Object.values(TOGETHER).flat();
const WORK = PROMOTE_STEPS.filter((id) => id !== 'request-approval');
const MAIN = WORK.filter((id) => !IN_BRANCHES.includes(id));

function state(name: string, states: Map<string, AslState> = STATES): AslState {
  const found = states.get(name);
  if (found === undefined) throw new Error(`no state ${name}`);
  return found;
}

const leadsTo = (id: string, answer: unknown): string => choose(state(`${id}-next`), answer);
const afterCrash = (id: string, answer: unknown): string => choose(state(`${id}-crashed-next`), answer);
const answer = (status: string) => ({ status, wait_s: 5 });

/** The names of Tasks and Parallels from the start, when every step answers `done`. */
function happyPath(from: AslMachine): string[] {
  const states = new Map(allStates(from));
  const path: string[] = [];
  for (let name: string | undefined = from.StartAt; name !== undefined; ) {
    const current: AslState = state(name, states);
    if (current.Type !== 'Choice') path.push(name);
    name = current.Type === 'Choice' ? choose(current, answer('done')) : current.Next;
  }
  return path;
}

test('the steps follow one another in the order of a promote, what does not need each other at once', () => {
  const groupOf = (id: string): string =>
    Object.entries(TOGETHER).find(([, members]) => members.includes(id))?.[0] ?? id;
  const expected = [...new Set(PROMOTE_STEPS.filter((id) => id !== 'close').map(groupOf))];
  expect(happyPath(PROMOTE)).toEqual([...expected, 'ended']);
  for (const [group, members] of Object.entries(TOGETHER)) {
    expect(state(group).Branches?.map(happyPath)).toEqual(members.map((id) => [id, `${id}-branch-ended`]));
  }
});

describe('the answer of a step', () => {
  test.each(WORK.filter((id) => id !== 'read-approval'))(
    '%s: again waits as long as asked, then the step again',
    (id) => {
      expect(leadsTo(id, answer('again'))).toBe(`${id}-wait`);
      expect(state(`${id}-wait`)).toMatchObject({ Type: 'Wait', SecondsPath: '$.result.answer.wait_s', Next: id });
    },
  );

  test.each(MAIN.filter((id) => id !== 'close'))('%s: stop closes the operation, ask asks people again', (id) => {
    expect(leadsTo(id, answer('stop'))).toBe('close');
    expect(leadsTo(id, answer('ask'))).toBe('request-approval');
  });

  test.each(IN_BRANCHES)('%s: stop and ask end its branch in peace, for the next step to read the ledger', (id) => {
    for (const status of ['stop', 'ask', 'done']) expect(leadsTo(id, answer(status))).toBe(`${id}-branch-ended`);
  });

  const nonsense = [null, {}, 'done', { status: 'finished' }, { status: 7 }, { status: null }, { status: 'again' }];
  const waits = [0, -1, 3601, 'soon', null].map((wait_s) => ({ status: 'again', wait_s }));
  test.each(WORK)('%s: an answer that nobody knows is treated as a crash, and never ends the execution', (id) => {
    for (const value of [...nonsense, ...waits]) expect(leadsTo(id, value)).toBe(`${id}-unknown`);
    expect(state(`${id}-unknown`)).toMatchObject({ Type: 'Pass', ResultPath: '$.error', Next: `${id}-crashed` });
  });

  test('close ends the execution, whatever it leads to', () => {
    expect(leadsTo('close', answer('done'))).toBe('ended');
    expect(leadsTo('close', answer('stop'))).toBe('ended');
    expect(state('ended').Type).toBe('Succeed');
  });
});

describe('a step that fails for good', () => {
  test.each([...WORK, 'promote-and-scale'])('%s: goes to crashed, whose answer people decided', (id) => {
    expect(state(id).Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: `${id}-crashed` }]);
    expect(state(`${id}-crashed`).Parameters?.Payload).toMatchObject({ 'error.$': '$.error' });
    expect(state(`${id}-crashed`).Parameters?.FunctionName).toBe('$' + '{Prefix}-crashed');
    expect(state(`${id}-crashed`).Next).toBe(`${id}-crashed-next`);
  });

  test.each(WORK)('%s: a skip, a retry and an abort lead where the step itself would', (id) => {
    for (const status of ['done', 'again', 'stop'])
      expect(afterCrash(id, answer(status))).toBe(leadsTo(id, answer(status)));
  });

  test.each([...WORK, 'promote-and-scale'])('%s: a broken crashed only waits and tries again', (id) => {
    expect(state(`${id}-crashed`).Catch?.[0]).toMatchObject({
      ErrorEquals: ['States.ALL'],
      Next: `${id}-crashed-wait`,
    });
    expect(afterCrash(id, { status: 'nonsense' })).toBe(`${id}-crashed-wait`);
    expect(afterCrash(id, null)).toBe(`${id}-crashed-wait`);
    expect(state(`${id}-crashed-wait`)).toMatchObject({ Type: 'Wait', Seconds: 30, Next: id });
  });
});

describe('the approval', () => {
  const request = state('request-approval');

  test('sleeps on a task token for at most 30 s', () => {
    expect(request.Resource).toBe('arn:aws:states:::lambda:invoke.waitForTaskToken');
    expect(request.TimeoutSeconds).toBe(30);
    expect(request.Parameters?.Payload).toEqual({
      'operation.$': '$$.Execution.Input.operation',
      step: 'request-approval',
      'token.$': '$$.Task.Token',
    });
  });

  test('reads the ledger whatever woke it, and rests before it when the request failed', () => {
    expect(request.Next).toBe('read-approval');
    expect(request.Catch?.map((catcher) => [catcher.ErrorEquals, catcher.Next])).toEqual([
      [['States.Timeout'], 'read-approval'],
      [['States.ALL'], 'request-approval-failed'],
    ]);
    expect(state('request-approval-failed')).toMatchObject({ Type: 'Wait', Seconds: 10, Next: 'read-approval' });
  });

  test('a time limit is not retried: nobody having answered yet is no error', () => {
    expect(request.Retry?.flatMap((retrier) => retrier.ErrorEquals)).not.toContain('States.Timeout');
    expect(request.Retry?.flatMap((retrier) => retrier.ErrorEquals)).not.toContain('States.ALL');
  });

  test('not decided, or to be asked again: sleeps on a new token', () => {
    expect(leadsTo('read-approval', answer('again'))).toBe('request-approval');
    expect(leadsTo('read-approval', answer('ask'))).toBe('request-approval');
    expect(leadsTo('read-approval', answer('done'))).toBe('preflight');
    expect(leadsTo('read-approval', answer('stop'))).toBe('close');
  });
});

test('a step gets the operation, its own name and ten seconds more than its function', () => {
  for (const id of WORK) {
    const spec = FUNCTIONS.find((each) => each.name === `step-${id}`);
    expect(state(id).Parameters).toEqual({
      FunctionName: `\${Prefix}-step-${id}`,
      Payload: { 'operation.$': '$$.Execution.Input.operation', step: id },
    });
    expect(state(id).TimeoutSeconds).toBe((spec?.timeout_s ?? 0) + 10);
  }
});

test('errors of the Lambda service are retried five times, time limits once, States.ALL stands alone and last', () => {
  const retry = state('verify').Retry ?? [];
  expect(retry.map((retrier) => retrier.MaxAttempts)).toEqual([5, 1, 2]);
  expect(retry[0]?.ErrorEquals).toContain('Lambda.TooManyRequestsException');
  expect(retry[1]?.ErrorEquals).toContain('States.Timeout');
  expect(retry[2]?.ErrorEquals).toEqual(['States.ALL']);
});

describe('another flow', () => {
  test('without an approval treats `ask` as an unknown answer', () => {
    const states = new Map(allStates(compiled([step(prewarm)])));
    expect(choose(state('prewarm-next', states), answer('ask'))).toBe('prewarm-unknown');
  });

  test('of nothing is refused', () => {
    expect(() => compiled([])).toThrow('at least one part');
  });

  test('in which a step appears twice is refused', () => {
    expect(() => compiled([step(verify), step(verify)])).toThrow('same name');
  });
});
