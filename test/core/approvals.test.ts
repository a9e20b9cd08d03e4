import { describe, expect, test } from 'vitest';
import {
  accountRefusal,
  identityOf,
  judgeVote,
  quorum,
  remainingNames,
  ruleOf,
  type VoteRequest,
  withRole,
} from '../../core/approvals.ts';
import type { ApprovalConfig } from '../../core/config/schema.ts';
import type { NewEvent } from '../../core/ledger.ts';
import { currentRound, type Operation } from '../../core/operation.ts';
import { isRefusal } from '../../core/reasons.ts';
import { rulesOf, selfTestPlan } from '../../core/self-test.ts';
import { known } from '../../core/topology.ts';
import { approvedOperation, config, database, fold, later, members, opening, planned, timed, vote } from './fixture.ts';

const { plan, facts } = planned();
const CONFIG = config();
const rule = (change = {}): ApprovalConfig => ({ ...ruleOf(CONFIG, { plan }), ...change });
const asked = (...votes: Parameters<typeof fold>[1] & object): Operation => fold(opening(plan, facts), votes);

function state(operation: Operation, at = later(100), by = rule(), of = CONFIG) {
  const round = currentRound(operation);
  if (round === undefined) throw new Error('nobody was asked');
  return quorum(of, by, operation, round, at);
}

describe('the quorum', () => {
  test('the request of an approver is their vote: one more is missing', () => {
    expect(state(asked())).toEqual({ state: 'pending', votes: ['ana'], missing: 1 });
  });
  test('a second approver completes it', () => {
    const votes = asked(vote('bo', 'approve', 50, plan));
    expect(state(votes)).toEqual({ state: 'approved', by: ['ana', 'bo'], at: later(50) });
  });
  test('the request of somebody who may not approve does not count as an approval', () => {
    const of = (...votes: Parameters<typeof fold>[1] & object) => fold(opening(plan, facts, 'dee'), votes);
    expect(state(of(vote('bo', 'approve', 50, plan)))).toMatchObject({ state: 'pending', missing: 1 });
    expect(state(of(vote('bo', 'approve', 50, plan), vote('chen', 'approve', 51, plan)))).toMatchObject({
      by: ['bo', 'chen'],
    });
  });
  test('one person is one vote, however often they vote', () => {
    const twice = asked(vote('ana', 'approve', 40, plan), vote('ana', 'approve', 50, plan));
    expect(state(twice)).toMatchObject({ state: 'pending', votes: ['ana'] });
  });
  test('the vote of somebody who is no approver any more does not count', () => {
    const less = config((raw) => {
      Object.assign((raw['people'] as Record<string, object>)['bo'] ?? {}, { approver: false });
    });
    expect(state(asked(vote('bo', 'approve', 50, plan)), later(100), rule(), less).state).toBe('pending');
  });
  test('where the requester does not count, two others are needed', () => {
    const strict = rule({ requesterCounts: false });
    const one = asked(vote('ana', 'approve', 40, plan), vote('bo', 'approve', 50, plan));
    expect(state(one, later(100), strict)).toMatchObject({ state: 'pending', votes: ['bo'], missing: 1 });
    const two = asked(vote('bo', 'approve', 50, plan), vote('chen', 'approve', 55, plan));
    expect(state(two, later(100), strict)).toMatchObject({ state: 'approved', by: ['bo', 'chen'] });
  });
  test('one decline ends it', () => {
    const declined = asked(vote('chen', 'decline', 50, plan, { reason: 'home is back' }));
    expect(state(declined)).toEqual({ state: 'declined', by: ['chen'], reason: 'home is back' });
  });
  test('when an approval and a decline cross, the first one decides', () => {
    const no = vote('chen', 'decline', 50, plan);
    const yes = vote('bo', 'approve', 50, plan);
    expect(state(asked(no, yes)).state).toBe('declined');
    expect(state(asked(yes, no)).state).toBe('approved');
  });
  test('it expires after its deadline and not on it', () => {
    expect(state(asked(), later(900)).state).toBe('pending');
    expect(state(asked(), later(901)).state).toBe('expired');
  });
  test('it does not expire once it was complete', () => {
    expect(state(asked(vote('bo', 'approve', 50, plan)), later(9000)).state).toBe('approved');
  });
  test('an abort overrides an approval', () => {
    const aborted = asked(vote('bo', 'approve', 50, plan), vote('chen', 'abort', 60, plan, { reason: 'wrong one' }));
    expect(state(aborted)).toEqual({ state: 'aborted', by: ['chen'], reason: 'wrong one' });
  });
  test('the request was for its own plan: asked about another, the requester must vote again', () => {
    const fresh = { ...plan, maxLoss_s: 900 };
    const again: NewEvent = {
      type: 'approval-asked',
      by: 'step:preflight',
      data: { round: 2, planHash: 'other', deadline: later(2000), why: 'the lag grew', plan: fresh, facts },
    };
    expect(state(approvedOperation([timed(again, 70)]))).toMatchObject({ state: 'pending', votes: [], missing: 2 });
  });
});

describe('a request', () => {
  const request = (slackUser: string, change: Partial<VoteRequest> = {}): VoteRequest => ({
    slackUser,
    choice: 'approve',
    round: 1,
    step: undefined,
    reason: undefined,
    ...change,
  });
  const judged = (operation: Operation, of: VoteRequest, at = later(100), by = rule()): string => {
    const judgement = judgeVote(CONFIG, by, operation, of, at);
    return judgement.accepted ? `accepted: ${judgement.identity.id}` : judgement.refusal.code;
  };

  test('of another approver is accepted', () => expect(judged(asked(), request('U0BO'))).toBe('accepted: bo'));
  test('of an account that nobody listed is refused', () =>
    expect(judged(asked(), request('U0EVE'))).toBe('not-listed'));
  test('of somebody who may not approve is refused', () =>
    expect(judged(asked(), request('U0DEE'))).toBe('not-an-approver'));
  test.each(['U0ANA', 'U0ANA2'])('of the requester, by the account %s, is refused', (account) =>
    expect(judged(asked(), request(account))).toBe('requester-does-not-count'),
  );
  test('of somebody who has already voted is refused', () => {
    const wanting = rule({ people: 3 });
    expect(judged(asked(vote('bo', 'approve', 50, plan)), request('U0BO'), later(100), wanting)).toBe('already-voted');
  });
  test('that comes after the quorum is refused', () =>
    expect(judged(asked(vote('bo', 'approve', 50, plan)), request('U0CHEN'))).toBe('already-decided'));
  test('that comes after a decline is refused', () =>
    expect(judged(asked(vote('bo', 'decline', 50, plan)), request('U0CHEN'))).toBe('already-decided'));
  test('that comes after the deadline is refused', () =>
    expect(judged(asked(), request('U0BO'), later(901))).toBe('request-expired'));
  test('from the button of another round is refused', () =>
    expect(judged(asked(), request('U0BO', { round: 2 }))).toBe('request-outdated'));
  test('to decline is open to the requester too', () =>
    expect(judged(asked(), request('U0ANA', { choice: 'decline' }))).toBe('accepted: ana'));

  describe('to abort', () => {
    const abort = request('U0CHEN', { choice: 'abort' });
    const call = { step: 'promote-database', action: 'failover of shop', noReturn: true } as const;
    test('is accepted before and after the approval', () => {
      expect(judged(asked(), abort)).toBe('accepted: chen');
      expect(judged(approvedOperation(), abort)).toBe('accepted: chen');
    });
    test('is refused from the first irreversible call on', () => {
      const called = approvedOperation([timed({ type: 'step-acting', by: 'step:promote-database', data: call }, 80)]);
      expect(judged(called, abort)).toBe('past-no-return');
    });
    test('is refused where the plan found the writer moved already: that is past no return, whoever moved it', () => {
      const there = planned('lost', { topology: { database: known(database({ members: members('standby') })) } });
      const operation = fold(opening(there.plan, there.facts));
      expect(judged(operation, abort)).toBe('past-no-return');
      const refusal = judgeVote(config(), ruleOf(config(), operation), operation, abort, later(30));
      expect(refusal.accepted ? '' : refusal.refusal.sentence).toMatch(/the writer is in us-west-2, as seen at/);
    });
    test('is refused once the writer was seen where it was on its way to, and not before', () => {
      const underWay = planned('lost', { topology: { database: known(database({ status: 'failing-over' })) } });
      const look = { step: 'promote-database', movement: 'settled', says: '' } as const;
      const seen = (writer: string) =>
        timed({ type: 'database-observed', by: 'step:promote-database', data: { ...look, writer } }, 80);
      expect(judged(approvedOperation([], underWay), abort)).toBe('accepted: chen');
      expect(judged(approvedOperation([seen('us-east-1')], underWay), abort)).toBe('accepted: chen');
      expect(judged(approvedOperation([seen('us-west-2')], underWay), abort)).toBe('past-no-return');
    });
    test('is refused when the operation has ended', () => {
      const ended = { outcome: 'succeeded', why: '' } as const;
      const over = approvedOperation([timed({ type: 'operation-ended', by: 'step:report', data: ended }, 400)]);
      expect(judged(over, abort)).toBe('operation-over');
    });
  });

  describe('to retry or skip a step', () => {
    const paused = (step: 'verify' | 'promote-database' | 'preflight') =>
      approvedOperation([
        timed({ type: 'step-paused', by: `step:${step}`, data: { step, why: 'no', deadline: later(9000) } }, 80),
      ]);
    const choose = (choice: 'retry' | 'skip', step: VoteRequest['step']) => request('U0BO', { choice, step });
    test('is accepted for the step that is paused', () => {
      expect(judged(paused('verify'), choose('retry', 'verify'))).toBe('accepted: bo');
      expect(judged(paused('verify'), choose('skip', 'verify'))).toBe('accepted: bo');
    });
    test('is refused for a step that is not paused', () => {
      expect(judged(paused('verify'), choose('retry', 'scale-out'))).toBe('nothing-to-decide');
      expect(judged(paused('verify'), choose('retry', undefined))).toBe('nothing-to-decide');
    });
    test('to skip the database, or the check before the first change, is refused', () => {
      expect(judged(paused('promote-database'), choose('skip', 'promote-database'))).toBe('skip-not-allowed');
      expect(judged(paused('preflight'), choose('skip', 'preflight'))).toBe('skip-not-allowed');
      expect(judged(paused('promote-database'), choose('retry', 'promote-database'))).toBe('accepted: bo');
    });
  });
});

describe('an account', () => {
  const account = { user: 'U0BO', team: 'T0MUSTER1', deleted: false, bot: false, guest: false };
  test('that is active, of the team and a person’s is not refused', () =>
    expect(accountRefusal(CONFIG, account)).toBeUndefined());
  test.each([
    ['of another team', { team: 'T0OTHER' }, 'wrong-team'],
    ['that was deactivated', { deleted: true }, 'guest-or-bot'],
    ['of a bot', { bot: true }, 'guest-or-bot'],
    ['of a guest', { guest: true }, 'guest-or-bot'],
  ])('%s is refused', (_, change, code) => {
    expect(accountRefusal(CONFIG, { ...account, ...change })?.code).toBe(code);
  });
  test('and a second one of the same person are one person', () => {
    expect(identityOf(CONFIG, 'U0ANA')?.id).toBe('ana');
    expect(identityOf(CONFIG, 'U0ANA2')?.id).toBe('ana');
    expect(identityOf(CONFIG, 'constructor')).toBeUndefined();
  });
});

test.each([
  ['listed', 'ana', undefined],
  ['listed', 'dee', undefined],
  ['listed', 'nobody', 'not-listed'],
  ['approver', 'ana', undefined],
  ['approver', 'dee', 'not-an-approver'],
  ['approver', 'nobody', 'not-listed'],
] as const)('the role %s: %s is refused as %s', (role, who, code) => {
  const person = identityOf(CONFIG, `U0${who.toUpperCase()}`);
  const answer = withRole(CONFIG, role, person);
  expect(isRefusal(answer) ? answer.code : undefined).toBe(code);
  if (code === undefined) expect(answer).toBe(person);
});

test('the rule of an operation is that of its kind, and for a kind without a rule that of a promote', () => {
  const selfTest = selfTestPlan('us-west-2');
  const rules = rulesOf(CONFIG, 'self-test-20261121-0917-7f3a');
  expect(ruleOf(rules, selfTest)).toMatchObject({ people: 1, requesterCounts: false, page_minutes: [] });
  expect(ruleOf(rules, { plan })).toBe(CONFIG.approvals.promote);
  expect(ruleOf(CONFIG, selfTest)).toBe(CONFIG.approvals.promote);
});

test('those who can still approve are named', () => {
  const operation = asked(vote('bo', 'approve', 50, plan));
  const round = currentRound(operation);
  expect(round && remainingNames(CONFIG, rule(), operation, round)).toBe('Chen Wei');
});
