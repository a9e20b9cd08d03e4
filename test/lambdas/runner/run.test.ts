import { afterEach, describe, expect, test, vi } from 'vitest';
import type { EventType, LedgerRecord } from '../../../core/ledger.ts';
import { scaleOut as definition } from '../../../core/steps/scale-out.ts';
import { streamsOf } from '../../../core/streams.ts';
import type { Ledger } from '../../../lambdas/adapters/ledger.ts';
import { runStep } from '../../../lambdas/runner/run.ts';
import type { Decision, Step, StepChange } from '../../../lambdas/runner/step.ts';
import type { StepWorld } from '../../../lambdas/runner/world.ts';
import { chain, config, ID, later, opening, planned, shop, timed, vote } from '../../core/fixture.ts';
import { ended, remembered } from '../steps/fixture.ts';

type Timed = ReturnType<typeof timed>;
const from = planned();
const yes: Timed = timed(
  { type: 'approval-decided', by: 'muster', data: { round: 1, decision: 'approved', by: ['ana', 'bo'] } },
  60,
);

/** A ledger in memory with an approved operation and `more` events; what is appended carries the time `seconds`. */
function ledgerWith(more: readonly Timed[], seconds: number, votes = [vote('bo', 'approve', 59, from.plan)]) {
  const streams = new Map<string, Timed[]>([
    [`op#us-west-2#${ID}`, [...opening(from.plan, from.facts), yes, ...more]],
    [`vote#us-west-2#${ID}`, votes],
  ]);
  const read = async (stream: LedgerRecord['event']['stream']) => chain(stream, streams.get(stream) ?? []);
  const ledger: Ledger = {
    ...streamsOf('us-west-2'),
    read,
    newest: async (stream, count) => (await read(stream)).slice(-count),
    append: async (stream, decide) => {
      const event = await decide(await read(stream));
      if (event !== undefined) streams.set(stream, [...(streams.get(stream) ?? []), timed(event, seconds)]);
      const records = await read(stream);
      return { records, appended: event === undefined ? undefined : records.at(-1) };
    },
  };
  const environment = {
    prefix: '',
    region: '',
    table: '',
    macKeyId: '',
    secrets: { signing: '', botToken: '', selfTest: '' },
    machines: '',
  };
  const now_ms = (): number => Date.parse(later(seconds));
  const world = { config: config(), environment, ledger, now_ms } as StepWorld;
  const told = (): EventType[] =>
    (streams.get(`op#us-west-2#${ID}`) ?? []).slice(4 + more.length).map(({ event }) => event.type);
  const outcome = (): unknown => streams.get(`op#us-west-2#${ID}`)?.at(-1)?.event.data;
  return { world, told, outcome };
}

const CHANGE: StepChange<string> = { action: 'x', says: 'move it', noReturn: true };
const performed: string[] = [];
afterEach(() => {
  performed.length = 0;
});

/** A step whose change is still to be made; making it fails with `ends`, or succeeds. */
function step(
  decision: Decision<string>,
  ends: Error | undefined,
  atLimit: 'pause' | 'go-on' = 'pause',
): Step<null, string> {
  return {
    definition,
    limit_s: () => 600,
    atLimit,
    observe: async () => null,
    // What was accepted is under way when it looks again.
    decide: () => (performed.length > 0 && ends === undefined ? { do: 'wait', why: 'it moves' } : decision),
    perform: async (action) => {
      performed.push(action);
      if (ends !== undefined) throw ends;
    },
  };
}
const changes: Decision<string> = { do: 'change', changes: [CHANGE] };
const failing = (name: string, httpStatusCode: number, attempts: number): Error =>
  Object.assign(new Error('no'), { name, $metadata: { httpStatusCode, attempts } });
const began = timed(
  { type: 'step-started', by: 'step:scale-out', data: { step: 'scale-out', region: 'us-west-2' } },
  100,
);
const tried = [began, ...remembered('scale-out', changes, 101)];
const run = (of: Step<null, string>, world: StepWorld) => runStep(of, { operation: ID, step: 'scale-out' }, world);

test('a step that does not apply to the plan observes nothing, and ends with the reason that people have read', async () => {
  const { world, told, outcome } = ledgerWith([], 100);
  const bare = { ...world, config: { ...world.config, applications: { shop: { ...shop(), services: [] } } } };
  const looked = vi.fn(async () => null);
  expect(await run({ ...step(changes, undefined), observe: looked }, bare)).toMatchObject({ status: 'done' });
  expect(looked).not.toHaveBeenCalled();
  expect(told()).toEqual(['step-started', 'step-done']);
  expect(outcome()).toMatchObject({ outcome: 'not-needed', detail: 'the application has no services' });
});

test('a change is in the ledger before it is made', async () => {
  const { world, told } = ledgerWith([], 100);
  expect(await run(step(changes, undefined), world)).toMatchObject({ status: 'again' });
  expect(told()).toEqual(['step-started', 'step-acting', 'step-accepted']);
  expect(performed).toEqual(['x']);
});

test('a change that is tried again is in the ledger once', async () => {
  const { world, told } = ledgerWith(tried, 110);
  await run(step(changes, undefined), world);
  expect([told(), performed]).toEqual([['step-accepted'], ['x']]);
});

test('a change is not made after an abort', async () => {
  const abort = [vote('bo', 'approve', 59, from.plan), vote('chen', 'abort', 99, from.plan)];
  const { world } = ledgerWith([], 100, abort);
  expect(await run(step(changes, undefined), world)).toMatchObject({ status: 'stop' });
  expect(performed).toEqual([]);
});

test('a first try that AWS refuses is recorded as refused, and people are asked', async () => {
  const { world, told } = ledgerWith([began], 101);
  await run(step(changes, failing('InvalidStateFault', 400, 1)), world);
  expect(told()).toEqual(['step-acting', 'step-refused', 'step-paused']);
});

test('a refusal after an earlier try is not recorded as refused: the earlier try may have had an effect', async () => {
  const { world, told } = ledgerWith(tried, 140);
  await run(step(changes, failing('InvalidStateFault', 400, 1)), world);
  expect(told()).toEqual(['step-paused']);
});

test('a refusal of a call that the SDK itself retried proves nothing: the step observes again', async () => {
  const { world, told } = ledgerWith([began], 101);
  expect(await run(step(changes, failing('InvalidStateFault', 400, 2)), world)).toMatchObject({ status: 'again' });
  expect(told()).toEqual(['step-acting']);
});

test.each([
  ['throttled', failing('ThrottlingException', 400, 4)],
  ['failing', failing('InternalFailure', 500, 4)],
  ['silent', Object.assign(new Error('no'), { name: 'TimeoutError' })],
])('a change that is %s is tried again until the limit, and then people are asked', async (_, error) => {
  const early = ledgerWith(tried, 650);
  expect(await run(step(changes, error), early.world)).toMatchObject({ status: 'again' });
  const late = ledgerWith(tried, 700);
  await run(step(changes, error), late.world);
  expect([early.told(), late.told(), performed]).toEqual([[], ['step-paused'], ['x']]);
});

test('at the limit a best-effort step goes on, unconfirmed', async () => {
  const { world, told } = ledgerWith(tried, 700);
  expect(await run(step(changes, undefined, 'go-on'), world)).toMatchObject({ status: 'done' });
  expect(told()).toEqual(['step-done']);
});

test('a change that was never tried is made even after the limit: people may just have approved it', async () => {
  const { world, told } = ledgerWith([began], 5000);
  await run(step(changes, undefined), world);
  expect(told()[0]).toBe('step-acting');
  expect(performed).toEqual(['x']);
});

test('a step that is done answers done again without observing', async () => {
  const { world, told } = ledgerWith([ended('scale-out', 100)], 110);
  expect(await run(step(changes, undefined), world)).toMatchObject({ status: 'done' });
  expect([told(), performed]).toEqual([[], []]);
});

test('what was seen that is news is in the ledger before anything is made of it', async () => {
  const { world, told } = ledgerWith([began], 101);
  const news = () => [
    { type: 'step-noted', by: 'step:scale-out', data: { step: 'scale-out', note: 'it looks odd' } } as const,
  ];
  await run({ ...step(changes, undefined), news }, world);
  expect(told()).toEqual(['step-noted', 'step-acting', 'step-accepted', 'step-noted']);
});

test('a refusal that the step tries again is said once, and is known to have had no effect', async () => {
  const again: Step<null, string> = {
    ...step(changes, failing('InvalidStateFault', 400, 1)),
    refused: () => ({ do: 'retry', why: 'AWS says no, and may say yes' }),
  };
  const { world, told, outcome } = ledgerWith([began], 101);
  expect(await run(again, world)).toMatchObject({ status: 'again' });
  expect(told()).toEqual(['step-acting', 'step-noted']);
  expect(outcome()).toMatchObject({ refused: 'move it' });
  await run(again, world);
  expect(told()).toEqual(['step-acting', 'step-noted']);
});

test('a refusal for good of what was tried again takes the act back, and asks about the plan that the step names', async () => {
  const { plan, facts } = from;
  const gone: Step<null, string> = {
    ...step(changes, failing('InvalidStateFault', 400, 1)),
    refused: () => ({ do: 'ask', why: 'no', plan, facts, certain: true }),
  };
  const { world, told } = ledgerWith(tried, 300);
  await run(gone, world);
  expect(told()).toEqual(['step-refused', 'approval-asked']);
});

test('what AWS gave up again is taken back in the ledger, and people are asked', async () => {
  const { world, told } = ledgerWith(tried, 300);
  await run(step({ do: 'pause', why: 'AWS gave it up', cancelled: 'move it' }, undefined), world);
  expect(told()).toEqual(['step-cancelled', 'step-paused']);
});

describe('a paused step that looks on', () => {
  const paused = timed(
    {
      type: 'step-paused',
      by: 'step:scale-out',
      data: { step: 'scale-out', why: 'it hangs', deadline: later(9_000) },
    },
    200,
  );
  const looking = (decision: Decision<string>): Step<null, string> => ({
    ...step(decision, undefined),
    looksWhilePaused: true,
  });
  test('is done when what people are asked about has come right by itself', async () => {
    const { world, told } = ledgerWith([...tried, paused], 300);
    const done = { do: 'done', outcome: 'done', detail: 'it is there' } as const;
    expect(await run(looking(done), world)).toMatchObject({ status: 'done' });
    expect(told()).toEqual(['step-done']);
  });
  test('changes nothing and goes on waiting for people otherwise', async () => {
    const { world, told } = ledgerWith([...tried, paused], 300);
    expect(await run(looking(changes), world)).toMatchObject({ status: 'again' });
    expect([told(), performed]).toEqual([[], []]);
  });
  test('does not look unless it says so', async () => {
    const { world } = ledgerWith([...tried, paused], 300);
    const looked = vi.fn(async () => null);
    await run({ ...step(changes, undefined), observe: looked }, world);
    expect(looked).not.toHaveBeenCalled();
  });
});
