import { describe, expect, test } from 'vitest';
import { KINDS, kindOf } from '../../core/kinds.ts';
import { shownSteps } from '../../core/operations/describe.ts';
import { OPERATIONS, operationOf, STEPS, stepOf, stepsOf } from '../../core/operations/registry.ts';
import { capacityCalls } from '../../core/steps/capacity-calls.ts';
import { planned, shop } from './fixture.ts';
import { ALL_STEPS, PROMOTE_STEPS, SELF_TEST_STEPS, SHOWN_STEPS, UNAPPROVED_STEPS } from './step-ids.ts';

const idsOf = (steps: readonly { readonly id: string }[]): string[] => steps.map(({ id }) => id);

describe('what every operation is made of', () => {
  test('there are these kinds, each with a flow', () => {
    expect(KINDS).toEqual(['promote', 'self-test']);
    expect(Object.keys(OPERATIONS).sort()).toEqual(['promote', 'self-test']);
  });

  test('the flows have their steps, in order', () => {
    expect(idsOf(stepsOf('promote'))).toEqual(PROMOTE_STEPS);
    expect(idsOf(stepsOf('self-test'))).toEqual(SELF_TEST_STEPS);
    expect(idsOf(STEPS)).toEqual(ALL_STEPS);
  });

  test('only these steps run before people have approved', () => {
    expect(idsOf(STEPS.filter(({ isUnapproved }) => isUnapproved)).sort()).toEqual([...UNAPPROVED_STEPS].sort());
  });

  test('people follow these', () => {
    expect(idsOf(shownSteps('promote'))).toEqual(SHOWN_STEPS);
  });

  test('the writer and the check before it cannot be skipped', () => {
    const never = STEPS.filter(({ neverSkipped }) => neverSkipped !== undefined);
    expect(idsOf(never).sort()).toEqual(['preflight', 'promote-database']);
  });

  test('the steps that ask and end are called again when they crash; people are asked about all others', () => {
    const again = STEPS.filter(({ afterCrash }) => afterCrash === 'call-again');
    expect(idsOf(again).sort()).toEqual(['close', 'confirm', 'read-approval', 'report', 'request-approval']);
  });

  test('capacity that was changed before the end is set back: that of these steps', () => {
    expect(idsOf(STEPS.filter(({ isUndone }) => isUndone))).toEqual(['prewarm', 'fence-home', 'scale-out']);
  });

  test('an id that is no operation’s is refused', () => {
    expect(operationOf('promote-shop-20261120-2314-7f3a')).toBe(OPERATIONS.promote);
    expect(kindOf('drop-table')).toBeUndefined();
    expect(() => operationOf('drop-table')).toThrow('no operation of ours');
  });
});

describe('what a step does for a plan', () => {
  const app = shop();
  const { plan } = planned('healthy');
  const lost = planned('lost');
  const does = (id: Parameters<typeof stepOf>[0], of = plan, on = app) => stepOf(id).describe(of, on);

  test('an application without services has nothing to scale, and says so everywhere in the same words', () => {
    const bare = { ...app, services: [] };
    for (const id of ['prewarm', 'scale-out', 'scale-in-home'] as const) {
      expect(does(id, plan, bare)).toEqual({ applies: false, why: 'the application has no services' });
    }
    expect(does('fence-home', lost.plan, bare)).toEqual({ applies: false, why: 'the application has no services' });
  });

  test('only workers: nothing is started before the approval, since they run in one region at a time', () => {
    const services = app.services.map((one) => (one.kind === 'ecs' ? { ...one, worker: true } : one));
    expect(does('prewarm', plan, { ...app, services })).toMatchObject({
      applies: false,
      why: expect.stringContaining('only workers'),
    });
  });

  test('a planned move leaves the fence to the switchover, a forced one stops everything of ours', () => {
    expect(does('fence-home', plan, { ...app, services: app.services.slice(0, 1) })).toMatchObject({ applies: false });
    expect(does('fence-home', lost.plan)).toMatchObject({
      applies: true,
      region: lost.plan.from,
      calls: capacityCalls(app.services),
    });
  });

  test('the point of no return is said of the database alone', () => {
    const last = STEPS.filter((step) => {
      const described = step.describe(lost.plan, app);
      return described.applies && described.irreversible;
    });
    expect(idsOf(last)).toEqual(['promote-database']);
  });
});
