import { FUNCTIONS } from '../core/functions.ts';
import type { OperationDefinition } from '../core/operations/definition.ts';
import type { Part } from '../core/operations/flow.ts';
import type { StepDefinition } from '../core/steps/definition.ts';
import { type State, type States, waitTask, workTask } from './tasks.ts';

export interface Machine {
  readonly Comment: string;
  readonly StartAt: string;
  readonly TimeoutSeconds: number;
  readonly States: States;
}

/** Where a part leads. `ask` is undefined in a machine that asks nobody: then the answer `ask` is an unknown one. */
interface Exits {
  readonly done: string;
  readonly stop: string;
  readonly ask: string | undefined;
}

/**
 * The state machine of an operation, in the Amazon States Language (https://states-language.net/spec.html). Its close is
 * where `stop` leads; how the operation ended is in the ledger, so both ways out succeed.
 */
export function compile({ comment, timeout_s, flow, close }: OperationDefinition): Machine {
  const first = flow[0];
  if (first === undefined) throw new Error('a flow needs at least one part');
  const ask = flow.find((part) => part.kind === 'approval');
  const exits = { done: 'ended', stop: close.id, ask: ask && entry(ask) };
  return {
    Comment: comment,
    StartAt: entry(first),
    TimeoutSeconds: timeout_s,
    States: merged([
      chain(flow, exits),
      stepStates(close, { done: 'ended', stop: 'ended', ask: undefined }),
      { ended: { Type: 'Succeed', Comment: 'The execution is over; how the operation ended is in the ledger.' } },
    ]),
  };
}

function entry(part: Part): string {
  switch (part.kind) {
    case 'step':
      return part.step.id;
    case 'approval':
      return part.request.id;
    case 'together':
      return part.name;
  }
}

function chain(parts: readonly Part[], exits: Exits): States {
  return merged(
    parts.map((part, index) => {
      const next = parts[index + 1];
      return partStates(part, { ...exits, done: next === undefined ? exits.done : entry(next) });
    }),
  );
}

function partStates(part: Part, exits: Exits): States {
  switch (part.kind) {
    case 'step':
      return stepStates(part.step, exits);
    case 'approval':
      return approvalStates(part, exits);
    case 'together':
      return togetherStates(part, exits);
  }
}

/** `again` waits as long as the step asked for and calls it once more, unless another state does the waiting. */
function stepStates({ id, comment }: StepDefinition, exits: Exits, again = `${id}-wait`): States {
  return {
    [id]: workTask({
      comment,
      function: `step-${id}`,
      timeout_s: timeout_s(`step-${id}`),
      step: id,
      next: `${id}-next`,
      caught: `${id}-crashed`,
    }),
    [`${id}-next`]: decide(`Goes where ${id} says.`, { ...exits, again, unknown: `${id}-unknown` }),
    ...(again === `${id}-wait` ? { [again]: waitAsked(id) } : {}),
    [`${id}-unknown`]: {
      Type: 'Pass',
      Comment: `${id} answered something that no state machine knows: a defect, treated as a crash.`,
      Result: { Error: 'Muster.UnknownAnswer', Cause: `${id} answered neither done, again, ask nor stop` },
      ResultPath: '$.error',
      Next: `${id}-crashed`,
    },
    ...crashStates(id, id, { ...exits, again }),
  };
}

/**
 * The states behind a part that failed for good: the function `crashed` writes it to the ledger, where people decide.
 * Whatever is broken there, too, the operation goes on trying: it never ends because something crashed.
 */
function crashStates(name: string, about: string, exits: Exits & { readonly again: string }): States {
  return {
    [`${name}-crashed`]: workTask({
      comment: `Writes to the ledger that ${name} failed for good, and asks people.`,
      function: 'crashed',
      timeout_s: timeout_s('crashed'),
      step: about,
      error: '$.error',
      next: `${name}-crashed-next`,
      caught: `${name}-crashed-wait`,
    }),
    [`${name}-crashed-next`]: decide(`Goes where people said after ${name} failed.`, {
      ...exits,
      unknown: `${name}-crashed-wait`,
    }),
    [`${name}-crashed-wait`]: {
      Type: 'Wait',
      Comment: `Even the record of the failure failed; tries ${name} again.`,
      Seconds: 30,
      Next: name,
    },
  };
}

function approvalStates(part: Extract<Part, { kind: 'approval' }>, exits: Exits): States {
  const { request, read } = part;
  const [ask, next] = [request.id, read.id];
  return {
    [ask]: waitTask({
      comment: request.comment,
      function: `step-${ask}`,
      timeout_s: 30,
      step: ask,
      next,
      failed: `${ask}-failed`,
    }),
    // Without it, a request that fails at once would be posted in a tight loop until the history is full.
    [`${ask}-failed`]: {
      Type: 'Wait',
      Comment: `${ask} failed; waits a moment, then reads the ledger.`,
      Seconds: 10,
      Next: next,
    },
    // Not decided yet: the request itself sleeps up to 30 s on its token, so no wait of our own.
    ...stepStates(read, { ...exits, ask }, ask),
  };
}

/**
 * In a branch `stop` and `ask` end the branch without an error, so that the other branch is not cancelled half way
 * through a change; the step after it reads the ledger itself and stops or asks.
 */
function togetherStates(part: Extract<Part, { kind: 'together' }>, exits: Exits): States {
  const { name, branches } = part;
  const about = branches[0]?.[0];
  if (about?.kind !== 'step') throw new Error(`${name}: a branch begins with a step`);
  return {
    [name]: {
      Type: 'Parallel',
      Comment: part.comment,
      Branches: branches.map(branchMachine),
      ResultPath: null,
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: `${name}-crashed` }],
      Next: exits.done,
    },
    [`${name}-wait`]: waitAsked(name),
    ...crashStates(name, about.step.id, { ...exits, again: `${name}-wait` }),
  };
}

function branchMachine(parts: readonly Part[]): { StartAt: string; States: States } {
  const first = parts[0];
  if (first === undefined) throw new Error('a branch needs at least one part');
  const end = `${entry(first)}-branch-ended`;
  return {
    StartAt: entry(first),
    States: merged([
      chain(parts, { done: end, stop: end, ask: end }),
      { [end]: { Type: 'Succeed', Comment: 'This branch is over; the next step reads the ledger.' } },
    ]),
  };
}

function waitAsked(name: string): State {
  return {
    Type: 'Wait',
    Comment: `As long as the answer asked for, then ${name} again.`,
    SecondsPath: '$.result.answer.wait_s',
    Next: name,
  };
}

/**
 * A path that is missing ends an execution with States.Runtime, which nothing can catch
 * (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html): so presence is asked first.
 */
function decide(comment: string, to: Exits & { readonly again: string; readonly unknown: string }): State {
  const status = '$.result.answer.status';
  const wait_s = '$.result.answer.wait_s';
  return {
    Type: 'Choice',
    Comment: comment,
    Choices: [
      { Not: { Variable: status, IsPresent: true }, Next: to.unknown },
      { Variable: status, StringEquals: 'done', Next: to.done },
      {
        And: [
          { Variable: status, StringEquals: 'again' },
          { Variable: wait_s, IsPresent: true },
          { Variable: wait_s, NumericGreaterThanEquals: 1 },
          { Variable: wait_s, NumericLessThanEquals: 3600 },
        ],
        Next: to.again,
      },
      ...(to.ask === undefined ? [] : [{ Variable: status, StringEquals: 'ask', Next: to.ask }]),
      { Variable: status, StringEquals: 'stop', Next: to.stop },
    ],
    Default: to.unknown,
  };
}

function timeout_s(name: string): number {
  const spec = FUNCTIONS.find((candidate) => candidate.name === name);
  if (spec === undefined) throw new Error(`core/functions.ts has no function ${name}`);
  return spec.timeout_s;
}

function merged(groups: readonly States[]): States {
  const all = groups.flatMap((group) => Object.entries(group));
  const names = new Set(all.map(([name]) => name));
  if (names.size !== all.length) throw new Error('two states have the same name');
  return Object.fromEntries(all);
}
