import { describe, expect, test } from 'vitest';
import { known, type TrafficObserved, unknown } from '../../../core/topology.ts';
import type { StepChange, StepContext } from '../../../lambdas/runner/step.ts';
import {
  type SwitchAction,
  type SwitchSeen,
  switchTraffic,
  typesToMove,
} from '../../../lambdas/steps/switch-traffic.ts';
import { acted, contextOf, says } from './fixture.ts';

const flag: StepChange<SwitchAction> = { action: { kind: 'flag' }, says: 'put the flag' };
const pin: StepChange<SwitchAction> = { action: { kind: 'pin' }, says: 'pin the health check' };
const answering = (answer: TrafficObserved['answer']) => known({ answer, addresses: ['192.0.2.1'] });
const seen = (change: Partial<SwitchSeen>): SwitchSeen => ({
  answer: answering('standby'),
  set: true,
  changes: [],
  note: '',
  ...change,
});
const decide = (of: SwitchSeen, events: Parameters<typeof acted>[1][] = []) =>
  switchTraffic.decide(of, {
    ...contextOf('switch-traffic', 130, { events: events.map((says) => acted('switch-traffic', says, 110)) }),
  } as StepContext);

describe('traffic', () => {
  test('is switched though resolvers cannot be asked', () => {
    expect(says(decide(seen({ answer: unknown('silent'), set: false, changes: [flag] })))).toEqual(['put the flag']);
  });
  test('is switched though it already leads there: the switch itself must be set', () => {
    expect(says(decide(seen({ set: false, changes: [flag] })))).toEqual(['put the flag']);
  });
  test('is switched again when the switch was set back', () => {
    expect(says(decide(seen({ set: false, changes: [flag] }), ['put the flag']))).toEqual(['put the flag']);
  });
  test.each(['home', 'mixed', 'neither'] as const)('is waited for while resolvers answer %s', (answer) => {
    expect(decide(seen({ answer: answering(answer) }))).toMatchObject({
      do: 'wait',
      why: expect.stringContaining(answer),
    });
  });
  test('is waited for while no resolver answers: not seen is not done', () => {
    expect(decide(seen({ answer: unknown('none answered') }))).toEqual({ do: 'wait', why: 'none answered' });
  });
  test('has arrived when the standby is what they answer', () => {
    expect(decide(seen({}), ['put the flag'])).toMatchObject({ outcome: 'done', data: { pinned: true } });
    expect(decide(seen({}))).toMatchObject({ outcome: 'adopted' });
  });
});

describe('of the strategy record', () => {
  const at = 'shop-use1.elb.us-east-1.amazonaws.com';
  test.each([
    ['A alone moves alone', { A: at }, false, ['A']],
    ['AAAA that muster.yaml does not speak of moves too', { A: at, AAAA: at }, false, ['A', 'AAAA']],
    ['AAAA that muster.yaml speaks of is made where it is missing', { A: at }, true, ['A', 'AAAA']],
    ['a name without records gets what muster.yaml speaks of', {}, true, ['A', 'AAAA']],
    ['a name without records gets an A record', {}, false, ['A']],
  ] as const)('%s', (_, targets, ipv6, types) => {
    expect(typesToMove(targets, { ipv6 })).toEqual(types);
  });
});

describe('the pin', () => {
  test('is tried once', () => {
    expect(says(decide(seen({ changes: [pin] }), ['put the flag']))).toEqual(['pin the health check']);
  });
  test('that does not hold holds up nothing, and is not claimed', () => {
    const tried = ['put the flag', 'pin the health check'];
    expect(decide(seen({ changes: [pin] }), tried)).toMatchObject({ do: 'done', data: { pinned: false } });
  });
});
