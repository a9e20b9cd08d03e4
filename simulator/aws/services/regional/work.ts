import type { Clock, Timer } from '../../../clock.ts';
import type { WatchableEnvironment } from '../../../environment.ts';

export interface Work {
  cancel(): void;
}

interface Job extends Work {
  readonly regions: readonly string[];
  readonly fn: () => void;
  remaining_ms: number;
  startedAt_ms: number;
  timer: Timer | undefined;
}

/**
 * Work that takes time and makes progress only while all the regions that it needs serve: one timer a job, none while
 * it is paused. A job of infinite duration never ends, which is how a scenario makes something stuck.
 */
export class RegionalWork {
  readonly #clock: Clock;
  readonly #environment: WatchableEnvironment;
  readonly #jobs = new Set<Job>();

  constructor(clock: Clock, environment: WatchableEnvironment) {
    this.#clock = clock;
    this.#environment = environment;
    environment.onRegionChange((region) => this.#changed(region));
  }

  after(regions: readonly string[], duration_ms: number, fn: () => void): Work {
    const job: Job = {
      regions,
      fn,
      remaining_ms: Math.max(0, duration_ms),
      startedAt_ms: this.#clock.now_ms(),
      timer: undefined,
      cancel: () => {
        job.timer?.cancel();
        job.timer = undefined;
        this.#jobs.delete(job);
      },
    };
    // Otherwise the clock would treat an infinite delay as no delay.
    if (!Number.isFinite(duration_ms)) return job;
    this.#jobs.add(job);
    if (this.#mayRun(job)) this.#resume(job);
    return job;
  }

  #mayRun(job: Job): boolean {
    return job.regions.every((region) => this.#environment.regionServes(region));
  }

  #resume(job: Job): void {
    job.startedAt_ms = this.#clock.now_ms();
    job.timer = this.#clock.after(job.remaining_ms, () => {
      this.#jobs.delete(job);
      job.timer = undefined;
      job.fn();
    });
  }

  #changed(region: string): void {
    for (const job of [...this.#jobs]) {
      if (!job.regions.includes(region)) continue;
      const runs = this.#mayRun(job);
      if (runs && job.timer === undefined) this.#resume(job);
      if (!runs && job.timer !== undefined) {
        job.timer.cancel();
        job.timer = undefined;
        job.remaining_ms -= this.#clock.now_ms() - job.startedAt_ms;
      }
    }
  }
}
