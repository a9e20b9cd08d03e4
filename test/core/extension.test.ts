import { describe, expect, test } from 'vitest';
import { judgeVote, quorum, ruleOf } from '../../core/approvals.ts';
import type { NewEvent } from '../../core/ledger.ts';
import { rootMessage } from '../../core/messages/root.ts';
import { wantedApprovers } from '../../core/messages/state.ts';
import { currentRound, type Operation } from '../../core/operation.ts';
import { planHash } from '../../core/plan.ts';
import { config, digest, fold, later, opening, planned, timed } from './fixture.ts';

const base = config();
const lost = planned('lost');
const rule = ruleOf(base, lost);

function extend(who: string, seconds: number, change: { accepted?: boolean } = {}) {
  const data: Extract<NewEvent, { type: 'vote' }>['data'] = {
    round: 1,
    planHash: planHash(lost.plan, digest),
    identity: who,
    slackUser: `U0${who.toUpperCase()}`,
    choice: 'extend',
    accepted: true,
    click: `${who}-${seconds}`,
    ...change,
  };
  return timed({ type: 'vote', by: who, data }, seconds);
}
const asked = (votes: Parameters<typeof fold>[1] = [], notCounted?: string): Operation => {
  const events = opening(lost.plan, lost.facts).map((one) =>
    one.event.type === 'operation-requested' && notCounted !== undefined
      ? timed({ ...one.event, data: { ...one.event.data, notCounted } }, 5)
      : one,
  );
  return fold(events, votes);
};
const deadline = (operation: Operation): string | undefined => currentRound(operation)?.deadline;
const request = (slackUser: string, choice: 'extend' | 'approve') => ({
  slackUser,
  choice,
  round: 1,
  step: undefined,
  reason: undefined,
});

describe('an extension', () => {
  test('moves the deadline by fifteen minutes, twice, and never a third time', () => {
    expect(deadline(asked())).toBe(later(900));
    expect(deadline(asked([extend('bo', 100)]))).toBe(later(1_800));
    expect(deadline(asked([extend('bo', 100), extend('chen', 200)]))).toBe(later(2_700));
    expect(deadline(asked([extend('bo', 100), extend('chen', 200), extend('ana', 300)]))).toBe(later(2_700));
    expect(deadline(asked([extend('dee', 100, { accepted: false })]))).toBe(later(900));
  });

  test('keeps the request open, and does not count as an approval', () => {
    const operation = asked([extend('bo', 100)]);
    const round = currentRound(operation);
    if (round === undefined) throw new Error('people are asked');
    expect(quorum(base, rule, operation, round, later(1_500))).toMatchObject({ state: 'pending', votes: ['ana'] });
    expect(quorum(base, rule, operation, round, later(1_801)).state).toBe('expired');
  });

  test('may come from any approver, the requester too, and from nobody else', () => {
    expect(judgeVote(base, rule, asked(), request('U0ANA', 'extend'), later(60)).accepted).toBe(true);
    expect(judgeVote(base, rule, asked(), request('U0DEE', 'extend'), later(60))).toMatchObject({
      refusal: { code: 'not-an-approver' },
    });
  });

  test('is refused when two were given, and when it comes too late', () => {
    const twice = asked([extend('bo', 100), extend('bo', 200)]);
    expect(judgeVote(base, rule, twice, request('U0CHEN', 'extend'), later(300))).toMatchObject({
      refusal: { code: 'extended-enough' },
    });
    expect(judgeVote(base, rule, asked(), request('U0CHEN', 'extend'), later(901))).toMatchObject({
      refusal: { code: 'request-expired' },
    });
  });

  test('has its button while people are asked, until there are two', () => {
    const shown = (operation: Operation): string => JSON.stringify(rootMessage(operation, base, later(300)).blocks);
    expect(shown(asked())).toContain('Extend 15 minutes');
    expect(shown(asked([extend('bo', 100)]))).toContain('extended once');
    expect(shown(asked([extend('bo', 100), extend('bo', 200)]))).not.toContain('Extend 15 minutes');
  });
});

describe('a requester outside the Slack group that narrows the approvers', () => {
  const outside = asked([], 'not in the group');

  test('asks without approving', () => {
    const round = currentRound(outside);
    if (round === undefined) throw new Error('people are asked');
    expect(quorum(base, rule, outside, round, later(60))).toMatchObject({ votes: [], missing: 2 });
    expect(wantedApprovers(outside, base, round).map((person) => person.id)).toEqual(['ana', 'bo', 'chen']);
  });

  test('may still approve once the look-up says otherwise', () => {
    expect(judgeVote(base, rule, outside, request('U0ANA', 'approve'), later(60)).accepted).toBe(true);
    expect(judgeVote(base, rule, asked(), request('U0ANA', 'approve'), later(60)).accepted).toBe(false);
  });
});
