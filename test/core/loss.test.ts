import { describe, expect, test } from 'vitest';
import {
  copiedUntil,
  type FirstLook,
  type ForcedMove,
  latestCopy,
  lossBound_s,
  lossNow_s,
  plannedLoss_s,
  reportedLoss,
  silentSince,
} from '../../core/loss.ts';
import { known, unknown } from '../../core/topology.ts';
import { later, START } from './fixture.ts';

const point = (lag_ms: number, age_s: number) => known({ lag_ms, age_s });
const lost: FirstLook = { verdict: 'lost', lag: point(1_500, 90), observedAt: START };
const impaired: FirstLook = { ...lost, verdict: 'impaired' };
const second = (
  seconds: number,
  home: 'silent' | 'answered' | 'not-asked',
  lag = unknown('none') as FirstLook['lag'],
) => ({
  at: later(seconds),
  home,
  lag,
});

describe('what is copied', () => {
  test('is everything from before the data point, less its lag', () => {
    expect(copiedUntil(point(1_500, 40), later(100))).toEqual(known(later(58.5)));
    expect(copiedUntil(unknown('no data point'), START)).toEqual(unknown('no data point'));
  });
  test('stays copied: the latest of several looks, and one that saw nothing takes nothing back', () => {
    expect(latestCopy(known(later(10)), known(later(70)), known(later(40)))).toEqual(known(later(70)));
    expect(latestCopy(known(later(10)), unknown('silent'))).toEqual(known(later(10)));
    expect(latestCopy(unknown('silent'), known(later(10)))).toEqual(known(later(10)));
  });
  test('after the last write leaves no loss, and never less', () => {
    expect(lossBound_s(known(later(10)), later(5))).toEqual(known(0));
  });
});

describe('a plan', () => {
  test('of a silent home bounds the loss by lag, age and the look itself', () => {
    expect(plannedLoss_s('lost', point(1_500, 90), START)).toEqual(known(94.5));
  });
  test('of a home that answers leaves the minute until the next data point', () => {
    expect(plannedLoss_s('impaired', point(1_500, 90), START)).toEqual(known(151.5));
  });
  test('of a home that answers and sends no data points any more leaves the time that people take', () => {
    expect(plannedLoss_s('impaired', point(1_500, 181), START)).toEqual(known(482.5));
  });
});

describe('after the approval', () => {
  test('a home that is silent again has written until the first look, however long people thought', () => {
    expect(silentSince(lost, second(600, 'silent'))).toBe(later(3));
    expect(lossNow_s(lost, second(600, 'silent'))).toEqual(plannedLoss_s('lost', lost.lag, START));
  });
  test.each(['answered', 'not-asked'] as const)('a home that is %s may have written until now', (home) => {
    expect(silentSince(lost, second(600, home))).toBeUndefined();
    expect(lossNow_s(lost, second(600, home))).toEqual(known(691.5));
  });
  test('a home that answered at first fixes nothing by being silent later', () => {
    expect(silentSince(impaired, second(600, 'silent'))).toBeUndefined();
  });
  test('a data point from after the first look was sent by a home that was back', () => {
    expect(silentSince(lost, second(600, 'silent', point(200, 500)))).toBeUndefined();
    expect(lossNow_s(lost, second(600, 'silent', point(200, 500)))).toEqual(known(500.2));
  });
  test('a data point from before it is only late, and shortens the bound', () => {
    expect(silentSince(lost, second(60, 'silent', point(200, 90)))).toBe(later(3));
    expect(lossNow_s(lost, second(60, 'silent', point(200, 90)))).toEqual(known(33.2));
  });
  test('while data points come, the bound of a home that answers grows no further than was planned', () => {
    const planned = plannedLoss_s('impaired', point(200, 60), START);
    for (let seconds = 0; seconds < 600; seconds += 7) {
      const now = lossNow_s(
        { ...impaired, lag: point(200, 60) },
        second(seconds, 'not-asked', point(200, 60 + (seconds % 60))),
      );
      expect(now.known && planned.known && now.value <= planned.value).toBe(true);
    }
  });
});

describe('a report', () => {
  const move: ForcedMove = {
    from: 'us-east-1',
    copied: known(START),
    silentSince: undefined,
    fencedAt: undefined,
    writesAcross: undefined,
  };
  const across = 'the application writes through the global writer endpoint';
  test('counts until home was silent for good, or until it was seen stopped', () => {
    expect(reportedLoss({ ...move, silentSince: later(90) })).toMatchObject({ rpo_s: 90 });
    expect(reportedLoss({ ...move, fencedAt: later(40) })).toMatchObject({ rpo_s: 40 });
  });
  test('says of a home that answered and was not seen to stop that nothing bounds it', () => {
    expect(reportedLoss(move)).toEqual({
      rpo_s: null,
      how: 'not bounded: us-east-1 answered, and was not seen to stop writing',
    });
  });
  test('does not take a fence at home for an end where the standby may write there', () => {
    const { rpo_s, how } = reportedLoss({ ...move, fencedAt: later(40), writesAcross: across });
    expect(rpo_s).toBeNull();
    expect(how).toMatch(/^not bounded: the application writes through the global writer endpoint/);
  });
  test('of a silent home does not ask who may write to it', () => {
    expect(reportedLoss({ ...move, silentSince: later(90), writesAcross: across })).toMatchObject({ rpo_s: 90 });
  });
  test('without a data point has measured nothing, and says why', () => {
    expect(reportedLoss({ ...move, copied: unknown('no data point'), silentSince: later(9) })).toEqual({
      rpo_s: null,
      how: 'not measured: no data point',
    });
  });
});
