import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../../core/topology.ts';
import type { TasksObserved } from '../../../lambdas/adapters/tasks.ts';
import { decideRestart, restartTasks } from '../../../lambdas/steps/restart-tasks.ts';
import { config, later, planned, shop } from '../../core/fixture.ts';
import { contextOf, ended, remembered, says } from './fixture.ts';

const on = shop(
  config((raw) => {
    raw.applications.shop['restartTasks'] = true;
  }),
);
const ms = (seconds: number): number => Date.parse(later(seconds));
/** The database was moved by second 90. */
const promoted = [ended('promote-database', 90)];
const at = (seconds: number, events = promoted, app = on) => contextOf('restart-tasks', seconds, { events, app });
const tasks = (starts: readonly (number | undefined)[], change: Partial<TasksObserved> = {}): TasksObserved => ({
  controller: 'ECS',
  deployedAt_ms: ms(-100_000),
  tasks: starts.map((start, index) => ({
    arn: `task-${index}`,
    running: start !== undefined,
    startedAt_ms: start === undefined ? undefined : ms(start),
  })),
  ...change,
});
const web = (starts: readonly (number | undefined)[], change: Partial<TasksObserved> = {}) =>
  known(tasks(starts, change));
const fresh = [95, 95, 95, 95, 95, 95];
const old = [10, 20, 20, 20, 20, 20];
const orders = known(tasks([95, 95, 95]));
const REPLACE = `replace the tasks of ecs web in us-west-2 that started before ${later(90)}`;

describe('nothing is replaced', () => {
  const nothing = (events: typeof promoted, app = on, seen = [web(old), orders]) =>
    expect(decideRestart(seen, at(100, events, app))).toMatchObject({ do: 'done', outcome: 'not-needed' });
  test('when it is switched off, as it is by default', () =>
    expect(restartTasks.definition.describe(planned().plan, shop())).toMatchObject({ applies: false }));
  test.each([
    ['there was no database to move', [ended('promote-database', 90, 'not-needed')]],
    ['the database has not been moved', []],
  ])('when %s', (_, events) => nothing(events));
  test('when no task is older than the promotion', () => nothing(promoted, on, [web(fresh), orders]));
  test('and nothing is waited for when too few run but none is old: scale-out waits for those', () =>
    nothing(promoted, on, [web([95]), orders]));
});

describe('tasks that are older than the promotion', () => {
  const first = decideRestart([web(old), orders], at(100));
  const events = [...promoted, ...remembered('restart-tasks', first, 100)];
  test('are replaced by one deployment of their service, and of no other', () => {
    expect(says(first)).toEqual([REPLACE]);
    expect(says(decideRestart([web([95, 95, 95, 95, 95, 89]), orders], at(100)))).toEqual([REPLACE]);
  });
  test('are replaced too when the database had been moved by somebody else', () => {
    const adopted = [ended('promote-database', 90, 'adopted')];
    expect(says(decideRestart([web(old), orders], at(100, adopted)))).toEqual([REPLACE]);
  });
  test('are waited for while the deployment runs', () => {
    expect(decideRestart([web([...old, 101, 102], { deployedAt_ms: ms(100) }), orders], at(130, events))).toEqual({
      do: 'wait',
      why: 'web: 6 older than the promotion, 8 of 6 running',
    });
  });
  test('are not replaced by a second deployment before the first can show', () => {
    expect(decideRestart([web(old), orders], at(105, events)).do).toBe('wait');
  });
  test('are replaced again when the first deployment never came to be', () => {
    expect(says(decideRestart([web(old), orders], at(111, events)))).toEqual([REPLACE]);
  });
  test('are left to a deployment that somebody else has begun since the promotion', () => {
    expect(decideRestart([web(old, { deployedAt_ms: ms(92) }), orders], at(100)).do).toBe('wait');
  });
  test('are gone when all that run are younger and enough of them run', () => {
    const since = (starts: readonly (number | undefined)[]) =>
      decideRestart([web(starts, { deployedAt_ms: ms(100) }), orders], at(150, events));
    expect(since([120, 120, 120, 120, 120, 120])).toMatchObject({ do: 'done', outcome: 'done' });
    expect(since([120, 120, 120, 120, 120, undefined]).do).toBe('wait');
    expect(since([120, 120, 120, 120, 120, 10]).do).toBe('wait');
  });
});

describe('a service that CodeDeploy deploys', () => {
  const codeDeploy = (starts: readonly (number | undefined)[]) => [
    web(starts, { controller: 'CODE_DEPLOY', deployedAt_ms: undefined }),
    orders,
  ];
  const first = decideRestart(codeDeploy(old), at(100));
  const events = [...promoted, ...remembered('restart-tasks', first, 100)];
  test('loses its oldest task first, and one alone', () => {
    expect(says(first)).toEqual(['stop task task-0 of ecs web in us-west-2: ECS starts another']);
  });
  test('keeps the next until enough run again', () => {
    const left = [20, 20, 20, 20, 20].map((start, index) => ({ arn: `task-${index + 1}`, start }));
    const seen = (more: readonly (number | undefined)[]) => [
      known({
        ...tasks(more, { controller: 'CODE_DEPLOY' }),
        tasks: [
          ...left.map(({ arn, start }) => ({ arn, running: true, startedAt_ms: ms(start) })),
          ...tasks(more).tasks.map((task) => ({ ...task, arn: `new-${task.arn}` })),
        ],
      }),
      orders,
    ];
    expect(decideRestart(seen([undefined]), at(120, events)).do).toBe('wait');
    expect(says(decideRestart(seen([115]), at(120, events)))).toEqual([
      'stop task task-1 of ecs web in us-west-2: ECS starts another',
    ]);
  });
  test('is done when all are younger', () => {
    expect(decideRestart(codeDeploy(fresh), at(400, events))).toMatchObject({ do: 'done', outcome: 'done' });
  });
});

test('a service that cannot be seen is waited for', () => {
  expect(decideRestart([unknown('silent'), orders], at(100))).toEqual({
    do: 'wait',
    why: 'web cannot be seen (silent)',
  });
});
