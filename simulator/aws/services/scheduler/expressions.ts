/**
 * Schedule expressions: `rate(5 minutes)`, `cron(0 8 ? * MON-FRI *)`, `at(2026-11-20T23:14:00)`, in UTC
 * (EventBridge Scheduler User Guide, "Schedule types"). Rules of EventBridge take the first two.
 */
export type Schedule =
  | { readonly kind: 'at'; readonly at_ms: number }
  | { readonly kind: 'rate'; readonly every_ms: number }
  | { readonly kind: 'cron'; readonly fields: CronFields };

interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Undefined: `?`, the other of the two day fields decides. */
  readonly days: readonly number[] | undefined;
  readonly months: readonly number[];
  readonly weekdays: readonly number[] | undefined;
  readonly years: readonly number[];
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const DAY_MS = 86_400_000;
/** Beyond this no day is looked for. */
const HORIZON_DAYS = 366 * 5;

/** Undefined: not an expression that AWS takes (or one with L, W or #, which the sandbox does not know). */
export function parseSchedule(expression: string): Schedule | undefined {
  const [, kind, body = ''] = /^(at|rate|cron)\((.*)\)$/.exec(expression.trim()) ?? [];
  if (kind === 'at') return parseAt(body);
  if (kind === 'rate') return parseRate(body);
  return kind === 'cron' ? parseCron(body) : undefined;
}

function parseAt(body: string): Schedule | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body)) return undefined;
  const at_ms = Date.parse(`${body}Z`);
  return Number.isNaN(at_ms) ? undefined : { kind: 'at', at_ms };
}

/** "If the value is 1, the unit must be singular" (User Guide, "Rate-based schedules"). */
function parseRate(body: string): Schedule | undefined {
  const [, digits, unit = '', plural] = /^(\d+) (minute|hour|day)(s?)$/.exec(body) ?? [];
  const value = Number(digits);
  const unit_ms = UNIT_MS[unit];
  if (unit_ms === undefined || value < 1 || (value === 1) !== (plural === '')) return undefined;
  return { kind: 'rate', every_ms: value * unit_ms };
}

function parseCron(body: string): Schedule | undefined {
  const texts = body.trim().split(/\s+/);
  const [minute = '', hour = '', day = '', month = '', weekday = '', year = ''] = texts;
  // "You can't specify the Day-of-month and Day-of-week fields in the same cron expression": one is `?`.
  if (texts.length !== 6 || (day === '?') === (weekday === '?')) return undefined;
  const minutes = field(minute, 0, 59);
  const hours = field(hour, 0, 23);
  const months = field(named(month, MONTHS, 1), 1, 12);
  const years = field(year, 1970, 2199);
  const days = day === '?' ? undefined : field(day, 1, 31);
  const weekdays = weekday === '?' ? undefined : field(named(weekday, WEEKDAYS, 1), 1, 7);
  if (minutes === undefined || hours === undefined || months === undefined || years === undefined) return undefined;
  if (days === undefined && weekdays === undefined) return undefined;
  return { kind: 'cron', fields: { minutes, hours, days, months, weekdays, years } };
}

function named(text: string, names: readonly string[], first: number): string {
  return text.toUpperCase().replace(/[A-Z]{3}/g, (name) => {
    const index = names.indexOf(name);
    return index === -1 ? name : String(index + first);
  });
}

function field(text: string, low: number, high: number): readonly number[] | undefined {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [, range = '', step] = /^(\*|\d+(?:-\d+)?)(?:\/(\d+))?$/.exec(part) ?? [];
    if (range === '') return undefined;
    const [from = low, to] = range === '*' ? [low, high] : range.split('-').map(Number);
    const last = to ?? (step === undefined ? from : high);
    const stride = Number(step ?? 1);
    if (from < low || last > high || from > last || stride < 1) return undefined;
    for (let value = from; value <= last; value += stride) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

/** The first time after `after_ms`; `from_ms` is when a rate began. Undefined: never again. */
export function nextTime(schedule: Schedule, from_ms: number, after_ms: number): number | undefined {
  switch (schedule.kind) {
    case 'at':
      return schedule.at_ms > after_ms ? schedule.at_ms : undefined;
    case 'rate':
      return from_ms + Math.max(1, Math.floor((after_ms - from_ms) / schedule.every_ms) + 1) * schedule.every_ms;
    case 'cron':
      return nextCron(schedule.fields, after_ms);
  }
}

function nextCron(fields: CronFields, after_ms: number): number | undefined {
  const today_ms = Math.floor(after_ms / DAY_MS) * DAY_MS;
  for (let day = 0; day < HORIZON_DAYS; day += 1) {
    const day_ms = today_ms + day * DAY_MS;
    if (!onDay(fields, new Date(day_ms))) continue;
    for (const hour of fields.hours) {
      for (const minute of fields.minutes) {
        const at_ms = day_ms + (hour * 60 + minute) * 60_000;
        if (at_ms > after_ms) return at_ms;
      }
    }
  }
  return undefined;
}

function onDay(fields: CronFields, date: Date): boolean {
  return (
    fields.years.includes(date.getUTCFullYear()) &&
    fields.months.includes(date.getUTCMonth() + 1) &&
    (fields.days === undefined || fields.days.includes(date.getUTCDate())) &&
    (fields.weekdays === undefined || fields.weekdays.includes(date.getUTCDay() + 1))
  );
}
