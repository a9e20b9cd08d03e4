import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { loadArtifacts, loadConfig } from '../../cli/artifacts.ts';
import type { Config } from '../../core/config/schema.ts';
import { BO, CHEN, DEE, HOME, STANDBY } from '../../sandbox/rehearsal/actions.ts';
import { rehearse } from '../../sandbox/rehearsal/rehearse.ts';
import type { RehearsalResult } from '../../sandbox/rehearsal/result.ts';
import type { Scenario } from '../../sandbox/rehearsal/scenario.ts';
import { declined, fiftyClicks, homeRegionLost, planned } from '../../sandbox/rehearsal/scenarios/basic.ts';
import type { Artifacts } from '../../sandbox/world/deployment.ts';
import type { World } from '../../sandbox/world/world.ts';
import { ROOT } from '../contract/sources.ts';
import { keepNeeds, SEED } from '../infra/recorded-calls.ts';
import { KINDS, usedIn } from './operation-costs.ts';
import { eventsOf } from './world.ts';

// A machine that does other things meanwhile may take its time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let config: Config;
let artifacts: Artifacts;
beforeAll(async () => {
  config = await loadConfig();
  artifacts = await loadArtifacts(config);
});

interface Played {
  readonly result: RehearsalResult;
  readonly world: World;
}
const play = (scenario: Scenario, seed = SEED): Promise<Played> => rehearse({ scenario, seed, config, artifacts });

/** The first play of a scenario; fifty clicks take some seconds of real time, so each is played no more than needed. */
const plays = new Map<Scenario, Promise<Played>>();
function first(scenario: Scenario): Promise<Played> {
  const played = plays.get(scenario) ?? keptPlay(scenario);
  plays.set(scenario, played);
  return played;
}

/** test/infra/privilege.test.ts judges the same calls, and need not play them again. */
async function keptPlay(scenario: Scenario): Promise<Played> {
  const played = await play(scenario);
  keepNeeds(scenario, config, artifacts, played.world);
  return played;
}

describe('the same scenario and seed give the same result, to the byte', () => {
  test.each([planned, homeRegionLost, declined, fiftyClicks])('$name', async (scenario) => {
    const [{ result }, again] = [await first(scenario), await play(scenario)];
    expect(JSON.stringify(again.result)).toBe(JSON.stringify(result));
    expect(result.ledger.verified).toBe(true);
    expect(result.outcome).toBe(scenario === declined ? 'declined' : 'succeeded');
  });

  test('and another seed another one', async () => {
    const [one, other] = [await first(declined), await play(declined, '8')];
    expect(JSON.stringify(other.result.calls)).not.toBe(JSON.stringify(one.result.calls));
  });
});

describe('fifty approvals in the same instant', () => {
  let result: RehearsalResult;
  let world: World;
  beforeAll(async () => {
    ({ result, world } = await first(fiftyClicks));
  });
  const votes = () =>
    eventsOf(world, world.streams.vote(result.operation ?? '')).flatMap((event) =>
      event.type === 'vote' ? [event.data] : [],
    );

  test('are fifty votes in the ledger, and one of them counts', () => {
    expect(votes()).toHaveLength(50);
    expect(new Set(votes().map((vote) => vote.click)).size).toBe(50);
    expect(votes().filter((vote) => vote.accepted)).toHaveLength(1);
    const refusals = votes().flatMap((vote) => (vote.accepted ? [] : [vote.refusal]));
    expect(new Set(refusals)).toEqual(new Set(['already-decided', 'not-an-approver']));
  });

  test('are one quorum of two people and one execution', () => {
    const decided = eventsOf(world, world.streams.op(result.operation ?? '')).filter(
      (event) => event.type === 'approval-decided',
    );
    expect(decided).toHaveLength(1);
    expect(result.approvals.map((one) => one.by)).toHaveLength(2);
    expect(world.stepFunctions.executions(STANDBY)).toHaveLength(1);
    expect(world.calls.filter((c) => c.action === 'StartExecution' && c.outcome === 'ok')).toHaveLength(1);
    expect(world.calls.filter((c) => c.action === 'FailoverGlobalCluster' && c.outcome === 'ok')).toHaveLength(1);
  });

  test('and the other forty-nine are told why theirs did not count, one by one', () => {
    const told = world.slack.workspace.messages.in(config.slack.channel).filter((m) => m.ephemeralFor !== undefined);
    expect(told).toHaveLength(49);
    for (const message of told) {
      expect([BO, CHEN, DEE]).toContain(message.ephemeralFor);
      expect(message.text).toMatch(
        message.ephemeralFor === DEE
          ? /^You are not an approver, so this does not count\./
          : /^This is already approved, by /,
      );
    }
    expect(world.slack.workspace.notices).toEqual([]);
  });

  test('end as one promote', () => {
    expect(result).toMatchObject({ outcome: 'succeeded', world: { writerRegion: STANDBY, trafficRegion: STANDBY } });
    expect(result.ledger.verified).toBe(true);
    expect(result.calls.filter((call) => call.region === HOME && !call.bestEffort)).toEqual([]);
  });
});

describe('docs/costs.md', () => {
  test('has of an operation what was counted, rounded up', async () => {
    const runs = await Promise.all([planned, homeRegionLost].map(async (each) => usedIn((await first(each)).world)));
    const page = await readFile(`${ROOT}docs/costs.md`, 'utf8');
    const [, table = ''] = /^## An operation\n([\s\S]*?)^## /m.exec(page) ?? [];
    for (const kind of KINDS) {
      const most = Math.max(...runs.map((used) => used[kind]));
      const said = Number(new RegExp(`(\\d+) ${kind}`).exec(table)?.[1]);
      expect(said, `${kind}: ${most.toFixed(0)} were counted`).toBeGreaterThanOrEqual(Math.floor(most));
      expect(said, `${kind}: ${most.toFixed(0)} were counted`).toBeLessThan(most * 1.5 + 1);
    }
  });
});
