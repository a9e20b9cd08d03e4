import type { Timer } from '../../../clock.ts';
import { nextTime, type Schedule } from '../scheduler/expressions.ts';
import type { ServiceOptions } from './options.ts';
import type { Work } from './work.ts';

interface Timetable {
  readonly region: string;
  readonly schedule: Schedule;
  /** What lies before or after is not done; undefined: no bound. */
  readonly start_ms?: number | undefined;
  readonly end_ms?: number | undefined;
}

/**
 * Calls `fire` at each time of a schedule, "generally within seconds" (EC2 Auto Scaling User Guide, "Scheduled scaling",
 * "Considerations"). What is due while the region does not serve is missed, as nobody says that it is made up for.
 */
export function follow(options: ServiceOptions, table: Timetable, fire: () => void): Work {
  const { clock, environment } = options;
  const created_ms = clock.now_ms();
  let timer: Timer | undefined;
  const arm = (after_ms: number): void => {
    const from_ms = Math.max(after_ms, (table.start_ms ?? after_ms) - 1);
    const due_ms = nextTime(table.schedule, table.start_ms ?? created_ms, from_ms);
    if (due_ms === undefined || due_ms > (table.end_ms ?? Number.POSITIVE_INFINITY)) return;
    const late_ms = environment.duration_ms('scaling.scheduled-action', 0, 10_000);
    timer = clock.after(due_ms + late_ms - clock.now_ms(), () => {
      if (environment.regionServes(table.region)) fire();
      arm(due_ms);
    });
  };
  arm(created_ms);
  return { cancel: () => timer?.cancel() };
}
