import { expect } from 'vitest';
import { loadConfig, loadScenario } from '../../cli/artifacts.ts';
import type { ApplicationConfig } from '../../core/config/schema.ts';
import type { OperationOutcome } from '../../core/ledger.ts';
import { rehearse } from '../../sandbox/rehearsal/rehearse.ts';
import type { RehearsalResult } from '../../sandbox/rehearsal/result.ts';
import { PROMOTE_SCENARIOS } from '../../sandbox/rehearsal/scenarios.ts';
import type { World } from '../../sandbox/world/world.ts';
import { keepNeeds, SEED } from '../infra/recorded-calls.ts';

/** How a scenario must end. */
export interface ExpectedRun {
  readonly scenario: string;
  readonly outcome: OperationOutcome;
  readonly database: 'switchover' | 'failover' | 'detach' | 'adopted' | 'none';
  /** Where the writer and the traffic are at the end; null: the application has no database. */
  readonly writer: 'home' | 'standby' | null;
  readonly traffic: 'home' | 'standby';
  /** A fault of Muster's own parts: then the overhead has no bound. */
  readonly ownFault?: true;
  /** Aurora documents no fence that holds here: home may take writes beside the standby until it rejoins. */
  readonly mayOverlap?: true;
  /** Home is asked for its switchover: the one call that cannot be best effort. */
  readonly asksHome?: true;
}

/** A scenario that was played. */
export interface Run {
  readonly world: World;
  readonly result: RehearsalResult;
  readonly app: ApplicationConfig;
}

export async function play(name: string, seed = '1'): Promise<Run> {
  const scenario = PROMOTE_SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const { config, artifacts } = await loadScenario(await loadConfig(), scenario);
  const app = config.applications[scenario.application];
  if (app === undefined) throw new Error(`there is no application ${scenario.application}`);
  const run = await rehearse({ scenario, seed, config, artifacts });
  // test/infra/privilege.test.ts judges the same calls.
  if (seed === SEED) keepNeeds(scenario, config, artifacts, run.world);
  return { ...run, app };
}

/** That the run ended as its row says, and what must hold in every run. */
export function expectRun(row: ExpectedRun, run: Run): void {
  const { result, app } = run;
  expect({
    outcome: result.outcome,
    database: databaseBy(result),
    writer: sideOf(app, result.world.writerRegion),
    traffic: sideOf(app, result.world.trafficRegion),
  }).toEqual({ outcome: row.outcome, database: row.database, writer: row.writer, traffic: row.traffic });
  expect(result.ledger.verified, 'the ledger is verified').toBe(true);
  expect(overlaps(run).length > 0, 'two writers at once').toBe(row.mayOverlap === true);
  expect(neededCallsToHome(run)).toEqual(row.asksHome === true ? ['rds:SwitchoverGlobalCluster'] : []);
  expect(run.world.slack.workspace.notices.map((notice) => notice.code)).not.toContain('operation_timeout');
  expectFenceBound(row, result);
  expectFinalMessage(row, run);
  if (row.ownFault !== true) expectSwift(result);
  // What Muster says was lost at most is never less than what was lost.
  if (result.rpo_s !== null && result.trueLoss_s !== null) {
    expect(result.rpo_s).toBeGreaterThanOrEqual(result.trueLoss_s);
  }
}

const METHODS = {
  SwitchoverGlobalCluster: 'switchover',
  FailoverGlobalCluster: 'failover',
  RemoveFromGlobalCluster: 'detach',
} as const;

/** By whose call the writer moved: Muster's last accepted one, or somebody else's that was adopted. */
function databaseBy(result: RehearsalResult): ExpectedRun['database'] {
  if (result.steps.find((step) => step.id === 'promote-database')?.outcome === 'adopted') return 'adopted';
  const accepted = result.calls.filter((call) => call.service === 'rds' && call.outcome === 'ok');
  return (
    accepted.map((call) => METHODS[call.action as keyof typeof METHODS]).findLast((by) => by !== undefined) ?? 'none'
  );
}

function sideOf(app: ApplicationConfig, region: string | null): 'home' | 'standby' | null {
  if (region === null) return null;
  return region === app.home ? 'home' : 'standby';
}

/** Spans of time in which both of the application's clusters took writes. */
export function overlaps({ world, app }: Run): { from_ms: number; to_ms: number }[] {
  const { database } = app;
  if (database.kind === 'none') return [];
  const spans = world.accounts.of(app).services.rds.writableSpans();
  const of = (id: string) => spans.filter((span) => span.clusterId === id);
  return of(database.home).flatMap((home) =>
    of(database.standby).flatMap((standby) => {
      const from_ms = Math.max(home.from_ms, standby.from_ms);
      const to_ms = Math.min(home.to_ms ?? Number.POSITIVE_INFINITY, standby.to_ms ?? Number.POSITIVE_INFINITY);
      return to_ms > from_ms ? [{ from_ms, to_ms }] : [];
    }),
  );
}

/** Accepted or not: calls to the region being left that something depends on. */
function neededCallsToHome({ result, app }: Run): string[] {
  // Route 53's control plane is in us-east-1 whoever's home that is.
  const needed = result.calls.filter(
    (call) => call.region === app.home && !call.bestEffort && call.service !== 'route-53',
  );
  return needed.map((call) => `${call.service}:${call.action}`);
}

/** 15 s, or in a planned move 130 s for workers that stop; and the time that one more look takes. */
function expectFenceBound(row: ExpectedRun, result: RehearsalResult): void {
  const fence = result.steps.find((step) => step.id === 'fence-home');
  const bound_s = row.database === 'switchover' ? 130 : 15;
  if (fence?.endedAt_s != null) expect(fence.endedAt_s - fence.startedAt_s).toBeLessThan(bound_s + 3);
}

const HEADLINES = {
  succeeded: 'DONE',
  declined: 'DECLINED',
  expired: 'EXPIRED',
  refused: 'REFUSED',
  aborted: 'ABORTED',
  failed: 'FAILED',
};

/** The message’s `text` alone says how it ended, and the next command. */
function expectFinalMessage(row: ExpectedRun, { result }: Run): void {
  const root = result.channel.find((message) => message.text.includes('promote of'));
  // What was refused has no operation, and no message but to the person who asked.
  if (row.outcome === 'refused') expect(root).toBeUndefined();
  else expect(root?.text).toMatch(new RegExp(`^${HEADLINES[row.outcome]}.*Next: /dr `, 's'));
}

/** The bound on what Muster adds to what nobody could have made faster. */
function expectSwift({ overhead_s, lowerBound_s }: RehearsalResult): void {
  if (overhead_s === null || lowerBound_s === null) return;
  expect(overhead_s, `with a lower bound of ${lowerBound_s} s`).toBeLessThanOrEqual(0.05 * lowerBound_s + 5);
}

/** Capacity of a region at the end, by service. */
export const capacity = ({ result }: Run, region: string): Readonly<Record<string, number>> =>
  Object.fromEntries(result.world.services.filter((s) => s.region === region).map((s) => [s.service, s.desired]));

/** How many of Muster's calls of this action were answered so. */
export const calls = ({ result }: Run, action: string, outcome: string): number =>
  result.calls.filter((call) => call.action === action && call.outcome === outcome).length;
