import { readdirSync, readFileSync } from 'node:fs';
import validate from 'asl-validator';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS } from '../../core/functions.ts';
import { KINDS } from '../../core/kinds.ts';
import { STEPS, stepsOf } from '../../core/operations/registry.ts';
import { compileMachine, machineFile } from '../../scripts/compile-machines.ts';
import { type AslMachine, allStates, successors } from '../statemachines/asl.ts';

const ROOT = new URL('../../', import.meta.url);
/** What steps share lives beside them and is no step. */
const NOT_STEPS = ['capacity-change', 'promotion-stuck'];
const NOT_DEFINITIONS = ['capacity-calls', 'definition', 'result'];
const names = KINDS;

test('every committed machine has a source', () => {
  const committed = readdirSync(new URL('statemachines/', ROOT)).filter((file) => file.endsWith('.asl.json'));
  expect(committed.sort()).toEqual(names.map((name) => `${name}.asl.json`).sort());
});

describe.each(names)('%s', (name) => {
  const text = readFileSync(machineFile(name), 'utf8');
  const machine = JSON.parse(text) as AslMachine;
  const states = allStates(machine);
  const tasks = states.filter(([, state]) => state.Type === 'Task');

  test('what is committed is what the source compiles to (npm run machines)', () => {
    expect(text).toBe(compileMachine(name));
  });

  test('is valid in the Amazon States Language', () => {
    const result = validate(JSON.parse(text));
    expect(result.isValid, result.errorsText('\n')).toBe(true);
  });

  test('every state says what it does', () => {
    for (const [state, { Comment }] of states) expect(Comment?.length, state).toBeGreaterThan(10);
  });

  test('no two states share a name, and none is longer than AWS allows', () => {
    expect(new Set(states.map(([state]) => state)).size).toBe(states.length);
    for (const [state] of states) expect(state.length).toBeLessThanOrEqual(80);
  });

  test('every Task has a finite time limit, a Retry, and a Catch for everything', () => {
    expect(tasks.length).toBeGreaterThan(0);
    for (const [task, state] of tasks) {
      expect(state.TimeoutSeconds, task).toBeGreaterThan(0);
      expect(state.TimeoutSeconds, task).toBeLessThanOrEqual(900);
      expect(state.Retry?.length, task).toBeGreaterThan(0);
      expect(state.Catch?.at(-1)?.ErrorEquals, task).toEqual(['States.ALL']);
      // Names that no function may have would fail on every attempt.
      expect(FUNCTIONS.map((spec) => `\${Prefix}-${spec.name}`)).toContain(state.Parameters?.FunctionName);
    }
  });

  test('the machine ends after a day at the latest, and no wait is longer than an hour', () => {
    expect(machine.TimeoutSeconds).toBeLessThanOrEqual(86_400);
    for (const [, state] of states) expect(state.Seconds ?? 0).toBeLessThanOrEqual(3_600);
  });

  test('nothing but Succeed ends an execution', () => {
    for (const [state, { Type, End }] of states) {
      expect(Type, state).not.toBe('Fail');
      expect(End, state).toBeUndefined();
    }
  });

  test('every state can be reached, and every name that is led to exists', () => {
    for (const part of [machine, ...states.flatMap(([, state]) => state.Branches ?? [])]) {
      const reached = reachable(part);
      expect([...reached].sort()).toEqual(Object.keys(part.States).sort());
    }
  });

  test('uses neither Assign nor JSONata, so that any interpreter runs it', () => {
    expect(text).not.toMatch(/"Assign"|"QueryLanguage"|\{%/);
  });
});

test.each(names)('the Tasks of %s are its steps', (name) => {
  const machine = JSON.parse(readFileSync(machineFile(name), 'utf8')) as AslMachine;
  const tasks = allStates(machine).filter(([task, state]) => state.Type === 'Task' && !task.endsWith('-crashed'));
  expect(tasks.map(([task]) => task).sort()).toEqual(
    stepsOf(name)
      .map(({ id }) => id)
      .sort(),
  );
});

test('each step has a file that says what it is, and one that does it', () => {
  const filesIn = (folder: string): string[] =>
    readdirSync(new URL(folder, ROOT)).map((file) => file.replace(/\.ts$/, ''));
  const ids = STEPS.map(({ id }) => id).sort();
  expect(
    filesIn('core/steps/')
      .filter((file) => !NOT_DEFINITIONS.includes(file))
      .sort(),
  ).toEqual(ids);
  expect(
    filesIn('lambdas/steps/')
      .filter((file) => !NOT_STEPS.includes(file))
      .sort(),
  ).toEqual(ids);
});

function reachable(machine: AslMachine): Set<string> {
  const reached = new Set<string>();
  const open = [machine.StartAt];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    const state = machine.States[name];
    if (state === undefined) throw new Error(`${name} does not exist`);
    open.push(...successors(state));
  }
  return reached;
}
