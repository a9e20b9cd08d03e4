import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LiveClock } from '../../../sandbox/ports/clock.ts';
import { WallClock } from '../../../simulator/clock.ts';

const NOW_MS = Date.parse('2026-11-20T03:00:00Z');

describe('the clock of an open sandbox', () => {
  beforeEach(() => {
    // The virtual clock settles with setImmediate: that one stays real.
    vi.useFakeTimers({ now: NOW_MS, toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('plays the warm-up at once, then follows the wall clock at its speed', async () => {
    const clock = new LiveClock(NOW_MS - 60_000, 10);
    const ticks: number[] = [];
    const tick = (): void => {
      ticks.push(clock.now_ms() - NOW_MS);
      clock.after(20_000, tick);
    };
    clock.after(0, tick);
    await clock.goLive(NOW_MS);
    expect(ticks).toEqual([-60_000, -40_000, -20_000, 0]);
    vi.advanceTimersByTime(1_999);
    expect(ticks).toHaveLength(4);
    vi.advanceTimersByTime(2_001);
    expect(ticks).toEqual([-60_000, -40_000, -20_000, 0, 20_000, 40_000]);
  });

  test('keeps what was cancelled cancelled, before and after the warm-up', async () => {
    const clock = new LiveClock(NOW_MS - 1_000, 1);
    const fn = vi.fn();
    clock.after(500, fn).cancel();
    const later = clock.after(5_000, fn);
    const last = clock.after(6_000, fn);
    await clock.goLive(NOW_MS);
    later.cancel();
    vi.advanceTimersByTime(4_999);
    expect(fn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fn).toHaveBeenCalledTimes(1);
    last.cancel();
  });

  test('a wait of more than 24 days is as long as it says', () => {
    const fn = vi.fn();
    const month_ms = 30 * 86_400_000;
    new WallClock().after(month_ms, fn);
    const cancelled = new WallClock().after(month_ms, fn);
    vi.advanceTimersByTime(25 * 86_400_000);
    cancelled.cancel();
    expect(fn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5 * 86_400_000);
    expect(fn).toHaveBeenCalledTimes(1);
  });
});
