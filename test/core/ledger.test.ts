import { describe, expect, test } from 'vitest';
import { canonical } from '../../core/canonical.ts';
import { bodyOf, brokenLink, type LedgerRecord } from '../../core/ledger.ts';
import { foldOperation } from '../../core/operation.ts';
import { approvedOperation, chain, fold, ID, later, opening, planned, timed, vote } from './fixture.ts';

const { plan, facts } = planned();
const records = chain(`op#us-west-2#${ID}`, opening(plan, facts));
const replaced = (index: number, change: (record: LedgerRecord) => LedgerRecord): LedgerRecord[] =>
  records.map((record, at) => (at === index ? change(record) : record));

describe('the chain', () => {
  test('is whole as it was written', () => {
    expect(brokenLink(records)).toBeUndefined();
    expect(records.map(({ event }) => event.seq)).toEqual([1, 2, 3]);
    expect(brokenLink([])).toBeUndefined();
  });
  test('shows an event that was taken out, wherever it stood', () => {
    expect(brokenLink(records.slice(1))).toMatch(/event 1 is missing/);
    expect(brokenLink([...records.slice(0, 1), ...records.slice(2)])).toMatch(/event 2 is missing/);
  });
  test('shows an event that was changed after it was signed', () => {
    const changed = replaced(1, (r) => ({ ...r, event: { ...r.event, by: 'mallory' } }));
    expect(brokenLink(changed)).toMatch(/event 2 is not the text that was signed/);
  });
  test('shows an event that was replaced by another with a valid signature', () => {
    const swapped = replaced(1, (r) => {
      const event = { ...r.event, by: 'mallory' };
      return { event, body: bodyOf(event), mac: 'another' };
    });
    expect(brokenLink(swapped)).toMatch(/event 3 does not follow/);
  });
  test('shows two events that were swapped', () => {
    const [a, b, c] = records;
    expect(brokenLink([a, c, b].filter((r) => r !== undefined))).toMatch(/event 2 is missing \(found 3\)/);
  });
});

test('canonical text knows no order of keys and leaves out what is undefined', () => {
  expect(canonical({ b: 1, a: [{ d: null, c: undefined }] })).toBe('{"a":[{"d":null}],"b":1}');
  expect(canonical({ a: 'ü"\n' })).toBe(JSON.stringify({ a: 'ü"\n' }));
  expect(canonical([undefined, 1])).toBe('[null,1]');
});

describe('the fold', () => {
  const acting = (action: string, noReturn = false) =>
    ({
      type: 'step-acting',
      by: 'step:promote-database',
      data: { step: 'promote-database', action, noReturn },
    }) as const;

  test('knows nothing of a stream that does not begin with a draft', () => {
    const events = chain(`op#us-west-2#${ID}`, opening(plan, facts)).map(({ event }) => event);
    expect(foldOperation(ID, events, [])?.application).toBe('shop');
    expect(foldOperation(ID, events.slice(1), [])).toBeUndefined();
  });
  test('passes the point of no return with the first irreversible call, and with no other', () => {
    const operation = approvedOperation([timed(acting('look'), 70), timed(acting('failover', true), 80)]);
    expect(operation.noReturn).toEqual({ how: 'called', action: 'failover', at: later(80) });
  });
  test('is before the point of no return again when that very call was refused for certain', () => {
    const refused = { step: 'promote-database', action: 'failover', error: 'no' } as const;
    const operation = approvedOperation([
      timed(acting('failover', true), 80),
      timed({ type: 'step-refused', by: 'step:promote-database', data: refused }, 81),
    ]);
    expect(operation.noReturn).toBeUndefined();
    expect(operation.steps.get('promote-database')?.acted).toEqual([]);
  });
  test('does not count a vote for another plan than the one that was asked about', () => {
    const other = { ...plan, maxLoss_s: 1 };
    const operation = fold(opening(plan, facts), [vote('bo', 'approve', 20, other)]);
    expect(operation.rounds[0]?.votes).toEqual([]);
  });
  test('does not count a vote that was refused', () => {
    const operation = fold(opening(plan, facts), [vote('bo', 'approve', 20, plan, { accepted: false })]);
    expect(operation.rounds[0]?.votes).toEqual([]);
  });
  test('keeps the first abort', () => {
    const operation = fold(opening(plan, facts), [vote('bo', 'abort', 20, plan), vote('chen', 'abort', 21, plan)]);
    expect(operation.abort?.identity).toBe('bo');
  });
  test('a new plan comes into force with its approval and not before', () => {
    const fresh = { ...plan, maxLoss_s: 900 };
    const asked = { round: 2, planHash: 'h2', deadline: later(1000), why: 'the lag grew', plan: fresh, facts };
    const round2 = timed({ type: 'approval-asked', by: 'step:preflight', data: asked }, 70);
    expect(approvedOperation([round2]).plan.maxLoss_s).toBe(plan.maxLoss_s);
    const decided = { round: 2, decision: 'approved', by: ['bo', 'chen'] } as const;
    const yes = timed({ type: 'approval-decided', by: 'muster', data: decided }, 90);
    expect(approvedOperation([round2, yes])).toMatchObject({ plan: { maxLoss_s: 900 }, planHash: 'h2' });
  });
});
