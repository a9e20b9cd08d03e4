import { expect, test } from 'vitest';
import { isStale } from '../../../lambdas/reconciler/redraw.ts';
import { chain, ID, opening, timed } from '../../core/fixture.ts';
import { at_ms, end, lost } from './operations.ts';

const op = chain(`op#us-west-2#${ID}`, [...opening(lost.plan, lost.facts), end('expired', 1_000)]);
const told = (opSeq: number) =>
  chain(`view#us-west-2#${ID}`, [timed({ type: 'thread-told', by: 'muster', data: { opSeq, voteSeq: 0 } }, 1_001)]);

test('a message that tells everything is not drawn again', () => {
  expect(isStale(op, [], told(4), at_ms(5_000))).toBe(false);
});

test('what the channel does not show after five minutes is drawn again, for a day', () => {
  expect(isStale(op, [], told(3), at_ms(1_000 + 299))).toBe(false);
  expect(isStale(op, [], told(3), at_ms(1_000 + 301))).toBe(true);
  expect(isStale(op, [], [], at_ms(400))).toBe(true);
  expect(isStale(op, [], told(3), at_ms(1_000 + 25 * 3_600))).toBe(false);
});

test('a message is drawn again for a vote that the channel does not show yet', () => {
  const data = { round: 1, planHash: '', identity: null, slackUser: 'U0X', accepted: false, click: 'c' };
  const votes = chain(`vote#us-west-2#${ID}`, [
    timed({ type: 'vote', by: 'U0X', data: { ...data, choice: 'approve' } }, 1_100),
  ]);
  expect(isStale(op, votes, told(4), at_ms(1_500))).toBe(true);
});
