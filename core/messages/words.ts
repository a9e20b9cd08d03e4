import { OPERATIONS, type StepId, stepOf } from '../operations/registry.ts';
import type { DatabaseMethod, Plan, PlanFacts } from '../plan.ts';
import { assertNever } from '../reasons.ts';
import { quoted } from './block-kit.ts';

/** `40 ms`, `20 s`, `3 min 20 s`, `1 h 30 min`, `2 d 3 h`. */
export function duration(span_s: number): string {
  if (!Number.isFinite(span_s) || span_s < 0) return 'unknown';
  if (span_s === 0) return '0 s';
  if (span_s < 1) return `${Math.max(1, Math.round(span_s * 1000))} ms`;
  const whole = Math.round(span_s);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

export const secondsBetween = (from: string, to: string): number =>
  Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);

/** In the reader's own zone, with UTC for clients that cannot. https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
export function when(at: string): string {
  const unix_s = Math.floor(Date.parse(at) / 1000);
  return Number.isFinite(unix_s) ? `<!date^${unix_s}^{date_short_pretty} {time_secs}|${utc(at)}>` : quoted(at, 40);
}

/** `2026-11-20 23:14:05 UTC`: for the record. */
export function utc(at: string): string {
  const time_ms = Date.parse(at);
  return Number.isFinite(time_ms) ? `${new Date(time_ms).toISOString().slice(0, 19).replace('T', ' ')} UTC` : at;
}

/** `23:14 UTC`: for a notification, where dates are not rendered. */
export const utcTime = (at: string): string => `${utc(at).slice(11, 16)} UTC`;

/** For people. */
export const stepTitle = (step: StepId): string => stepOf(step).title;

export const kindTitle = (plan: Plan): string => OPERATIONS[plan.kind].title;

export function methodTitle(method: DatabaseMethod): string {
  switch (method) {
    case 'switchover':
      return 'Switchover (planned)';
    case 'failover':
      return 'Failover by force';
    case 'detach':
      return 'Detach the standby';
    case 'adopt':
      return 'Adopt: the writer is already there or on its way';
    case 'none':
      return 'No database';
    default:
      return assertNever(method);
  }
}

/** What may be lost, in words; unknown is never zero. `planned`: when the facts were observed. */
export function lossWords(plan: Plan, facts: PlanFacts, planned: string): string {
  const { method } = plan.database;
  if (method === 'none') return 'none: the application has no database';
  if (method === 'switchover') return 'none: a switchover waits until the standby has everything';
  const { expectedLoss_s: loss, lag } = facts;
  if (method === 'adopt') return `unknown: ${loss.known ? 'not measured by Muster' : quoted(loss.why)}`;
  if (!loss.known) return `*unknown*: ${quoted(loss.why)}. Approving accepts a loss that nobody could measure`;
  const basis = lag.known
    ? `lag ${duration(lag.value.lag_ms / 1000)}, measured ${duration(lag.value.age_s)} before the plan of ${when(planned)}`
    : `bound from the plan of ${when(planned)}`;
  return `up to *${duration(loss.value)}* of writes (${basis})`;
}

/** The same for a notification or a dialog's plain text. */
export function lossShort(plan: Plan, facts: PlanFacts): string {
  const { method } = plan.database;
  if (method === 'none') return 'no database, no data lost';
  if (method === 'switchover') return 'no data lost';
  if (method === 'adopt') return 'data loss unknown: the database was moved before';
  const { expectedLoss_s: loss } = facts;
  return loss.known ? `up to ${duration(loss.value)} of writes may be lost` : 'data loss UNKNOWN: not measurable';
}

export const downtimeWords = (facts: PlanFacts): string => {
  const [low, high] = facts.expectedDowntime_s;
  return `about ${duration(low)} to ${duration(high)}`;
};

/** The call after which nothing brings the old state back. */
export function noReturnCall(plan: Plan): string | undefined {
  switch (plan.database.method) {
    case 'switchover':
      return 'SwitchoverGlobalCluster';
    case 'failover':
      return 'FailoverGlobalCluster';
    case 'detach':
      return 'RemoveFromGlobalCluster';
    case 'adopt':
    case 'none':
      return undefined;
    default:
      return assertNever(plan.database);
  }
}

export function noReturnWords(plan: Plan): string {
  const call = noReturnCall(plan);
  if (call !== undefined) return `once AWS has accepted \`${call}\`, it cannot be aborted; the way back is a failback`;
  if (plan.database.method !== 'adopt') return 'none; there is no database to move';
  return plan.database.writerArn === plan.database.targetArn
    ? 'already passed: the writer was moved before this operation'
    : `passed as soon as the writer is in ${plan.to}; it was being moved before this operation`;
}
