import type { Config } from '../../core/config/schema.ts';
import { FLAG_ENDPOINT } from '../../core/functions.ts';
import type { Resource, Template, Templates } from './template.ts';

/**
 * What the stacks cost while nothing happens, as far as the templates decide it: rows of docs/costs.md, word for word.
 * Prices and their sources stand on that page.
 */
export interface Bill {
  readonly muster: readonly string[];
  /** For one application of the strategy `stop`. */
  readonly stop: readonly string[];
}

const MONTH_S = 730 * 3600;
const USD = {
  alarmMetric: 0.1,
  dashboard: 3,
  key: 1,
  rotatedVersion: 1,
  secret: 0.4,
  perGbSecond: 0.0000133334,
  perRun: 0.2 / 1e6,
  perScheduled: 1 / 1e6,
  perRead: 0.125 / 1e6,
  perHead: 0.4 / 1e6,
  check: { inside: { base: 0, option: 1 }, outside: { base: 0.75, option: 2 } },
} as const;
/** How long a scheduled function runs when nothing happens, in seconds. */
const IDLE_RUN_S: Readonly<Record<string, number>> = { reconciler: 0.1, 'self-test': 20 };
/** Of the reconciler, a run and application: its queries at most, and units a query. */
const RECONCILER = { queries: 16, ofSelfTest: 3, units: 8, quietShare: 1 / 14 };
const ENDPOINT_RUN_S = 0.025;
/** Route 53 asks from eight regions, with two checkers each. */
const CHECKERS = 16;

export function billOf(templates: Templates, config: Config): Bill {
  const { stop } = templates;
  return { muster: musterRows(templates.muster, config), stop: stop === undefined ? [] : stopRows(stop) };
}

function musterRows(muster: Template, config: Config): readonly string[] {
  const keys = muster.ofType('AWS::KMS::Key');
  const rotated = keys.filter(({ Properties }) => Properties.EnableKeyRotation === true).length;
  const [dashboards, secrets] = ['AWS::CloudWatch::Dashboard', 'AWS::SecretsManager::Secret'].map(
    (type) => muster.ofType(type).length,
  ) as [number, number];
  const runs = muster.ofType('AWS::Scheduler::Schedule').map((schedule) => scheduled(muster, schedule));
  const all = runs.reduce((sum, each) => sum + each.runs, 0);
  const gbSeconds = runs.reduce((sum, each) => sum + each.gbSeconds, 0);
  const apps = Object.keys(config.applications).length;
  const units =
    (runs.find(({ name }) => name === 'reconciler')?.runs ?? 0) *
    (apps * RECONCILER.queries + RECONCILER.ofSelfTest) *
    RECONCILER.units;
  const reads = units * USD.perRead;
  return [
    alarmRow(muster, 'CloudWatch alarms'),
    row('CloudWatch dashboards', `${dashboards}`, '3.00', usd(dashboards * USD.dashboard)),
    row('KMS keys', `${keys.length}`, '1.00', usd(keys.length * USD.key)),
    row(
      'KMS, older versions of a rotated key',
      `${rotated} key${rotated === 1 ? '' : 's'}: nothing in the first year, then one version, then two for good`,
      '1.00',
      range(0, rotated * 2 * USD.rotatedVersion),
    ),
    row('Secrets Manager', `${secrets} secret${secrets === 1 ? '' : 's'}`, '0.40', usd(secrets * USD.secret)),
    row(
      'Scheduled functions, Lambda',
      runs.map(({ says }) => says).join('; '),
      '0.0000133334 a GB-s, 0.20 a million runs',
      usd(gbSeconds * USD.perGbSecond + all * USD.perRun),
    ),
    row('EventBridge Scheduler', `${whole(all)} calls`, '1.00 a million', usd(all * USD.perScheduled)),
    row(
      'Reconciler, DynamoDB',
      `at most ${RECONCILER.queries} queries a run and application and ${RECONCILER.ofSelfTest} for the self-test, ${RECONCILER.units} units each: ${(units / 1e6).toFixed(0)} million units for ${apps} applications at worst, under 1 million while nothing happened lately`,
      '0.125 a million',
      range(reads * RECONCILER.quietShare, reads),
    ),
  ];
}

function stopRows(stop: Template): readonly string[] {
  const [check] = stop.ofType('AWS::Route53::HealthCheck');
  const { Type, RequestInterval: interval_s } = check?.Properties.HealthCheckConfig ?? {};
  const options = (Type === 'HTTPS' ? 1 : 0) + (interval_s === 10 ? 1 : 0);
  const price = ({ base, option }: { base: number; option: number }): number => base + options * option;
  const runs = (MONTH_S / Number(interval_s)) * CHECKERS;
  const gbSeconds = runs * ENDPOINT_RUN_S * (FLAG_ENDPOINT.memory_mb / 1024);
  const compute = runs * USD.perRun + gbSeconds * USD.perGbSecond;
  const ms = ENDPOINT_RUN_S * 1000;
  return [
    row(
      'Health check of `stop`',
      `${String(Type)}, ${String(interval_s)} s: ${options} optional features; more if AWS counts a function URL as an endpoint outside AWS`,
      'inside: nothing (the first 50), 1.00 a feature; outside: 0.75, 2.00 a feature',
      range(price(USD.check.inside), price(USD.check.outside)),
    ),
    row(
      'Endpoint of `stop`, Lambda',
      `${(CHECKERS / Number(interval_s)).toFixed(1)} requests a second: ${(runs / 1e6).toFixed(1)} million runs of ${ms} ms at ${FLAG_ENDPOINT.memory_mb} MB`,
      '0.20 a million runs, 0.0000133334 a GB-s',
      usd(compute),
    ),
    row('Endpoint of `stop`, S3', 'as many HEAD requests', '0.40 a million', usd(runs * USD.perHead)),
    alarmRow(stop, 'Alarm of `stop`'),
  ];
}

/** An alarm over several metrics is billed for each of them. */
function alarmRow(template: Template, what: string): string {
  const alarms = template.ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
  const metrics = alarms.reduce<number>((sum, { Metrics }) => sum + metricsOf(Metrics), 0);
  const words = metrics === 1 ? '1 alarm metric' : `${metrics} alarm metrics (${alarms.length} alarms)`;
  return row(what, words, '0.10', usd(metrics * USD.alarmMetric));
}

const metricsOf = (metrics: readonly { readonly MetricStat?: unknown }[] | undefined): number =>
  metrics === undefined ? 1 : metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;

interface Scheduled {
  readonly name: string;
  readonly runs: number;
  readonly gbSeconds: number;
  readonly says: string;
}

function scheduled(template: Template, { Properties }: Resource): Scheduled {
  const name = String(Properties.Name).replace(/^muster-/, '');
  const found = template
    .ofType('AWS::Lambda::Function')
    .find((each) => each.Properties.FunctionName === Properties.Name);
  const memory_mb = Number(found?.Properties.MemorySize ?? 0);
  const run_s = IDLE_RUN_S[name];
  if (run_s === undefined) throw new Error(`say in IDLE_RUN_S of test/infra/bill.ts how long a run of ${name} takes`);
  const runs = MONTH_S / every_s(String(Properties.ScheduleExpression));
  const gbSeconds = runs * run_s * (memory_mb / 1024);
  const says = `${name}: ${whole(runs)} runs of ${run_s} s at ${memory_mb} MB, ${whole(gbSeconds)} GB-s`;
  return { name, runs, gbSeconds, says };
}

/** `rate(1 minute)`, or a cron expression for one time of every day. */
function every_s(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const units: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };
  const unit_s = units[unit ?? ''];
  if (unit_s !== undefined) return Number(count) * unit_s;
  if (/^cron\(\d+ \d+ (\*|\?) \* (\*|\?) \*\)$/.test(expression)) return 86_400;
  throw new Error(`teach test/infra/bill.ts how often ${expression} is`);
}

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const usd = (amount: number): string => amount.toFixed(2);
const whole = (count: number): string => Math.round(count).toLocaleString('en-US');
const range = (low: number, high: number): string => (low === high ? usd(low) : `${usd(low)} to ${usd(high)}`);

/** The sum of the rows' last cells, as a row of it says it: `1.00`, `1.00 to 2.00` or `under 0.10`. */
export function sumOf(rows: readonly string[]): string {
  let [low, high] = [0, 0];
  for (const one of rows) {
    const cell = one.split('|').at(-2)?.trim() ?? '';
    const numbers = (cell.match(/\d+\.\d\d/g) ?? []).map(Number);
    const [first = Number.NaN, last = first] = numbers;
    low += cell.startsWith('under') ? 0 : first;
    high += last;
  }
  return range(low, high);
}
