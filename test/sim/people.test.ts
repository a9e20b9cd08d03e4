import { expect, test } from 'vitest';
import { loadArtifacts, loadConfig } from '../../cli/artifacts.ts';
import type { Operation } from '../../core/operation.ts';
import { rehearse } from '../../sandbox/rehearsal/rehearse.ts';
import type { RehearsalResult } from '../../sandbox/rehearsal/result.ts';
import type { Scenario } from '../../sandbox/rehearsal/scenario.ts';
import {
  ANA_TOO,
  expired,
  oneApproverOnly,
  requested,
  requesterApprovesSelf,
  twoAccountsOnePerson,
} from '../../sandbox/rehearsal/scenarios/people.ts';
import { executionDies, homeWakesUpLater } from '../../sandbox/rehearsal/scenarios/reconciler.ts';
import type { World } from '../../sandbox/world/world.ts';

interface Run {
  readonly result: RehearsalResult;
  readonly world: World;
  readonly operation: Operation;
}

async function run(scenario: Scenario): Promise<Run> {
  const config = await loadConfig();
  const played = await rehearse({ scenario, seed: 'people', config, artifacts: await loadArtifacts(config) });
  const operation = requested(played.world);
  if (operation === undefined) throw new Error('nobody asked');
  expect(played.result.ledger.verified).toBe(true);
  expect(played.result.calls.filter((call) => call.region === 'us-east-1' && !call.bestEffort)).toEqual([]);
  return { ...played, operation };
}

/** Nothing moved: the writer and the traffic are where they were, and nobody made a call that cannot be rolled back. */
function expectNothingMoved({ result, operation }: Run): void {
  expect(result.outcome).toBe('expired');
  expect(result.world).toMatchObject({ writerRegion: 'us-east-1', trafficRegion: 'us-east-1' });
  expect(result.calls.map((call) => call.action)).not.toContain('FailoverGlobalCluster');
  expect(operation.noReturn).toBeUndefined();
}

const minutes = (from: string, to_ms: number): number => (to_ms - Date.parse(from)) / 60_000;
const votes = (world: World, operation: Operation) =>
  (world.ledger().get(world.streams.vote(operation.id)) ?? []).flatMap(({ event }) =>
    event.type === 'vote' ? [event.data] : [],
  );

test('nobody answers: paged after 3 and 7 minutes, asked once more, paged at once, and the pre-warm undone an hour later', async () => {
  const one = await run(expired);
  expectNothingMoved(one);
  const [first, second, ...more] = one.operation.rounds;
  if (first === undefined || second === undefined) throw new Error('people were asked twice');
  expect(more).toEqual([]);
  const pages = one.world.services.sns.published().map((page) => page.at_ms);
  const after = [3, 7].map((due) => [first, due] as const).concat([0, 3, 7].map((due) => [second, due] as const));
  expect(pages).toHaveLength(after.length);
  for (const [index, [round, due]] of after.entries()) {
    const late = minutes(round.askedAt, pages[index] ?? 0) - due;
    // The state comes by every 30 s at most, and then some calls.
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(0.7);
  }
  const kept = minutes(one.operation.ended?.at ?? '', Date.parse(one.operation.undone?.at ?? ''));
  expect(kept).toBeGreaterThanOrEqual(60);
  expect(kept).toBeLessThan(62.5);
  const standby = one.result.world.services.filter((service) => service.region === 'us-west-2');
  expect(standby.map(({ service, desired }) => [service, desired])).toEqual([
    ['web', 1],
    ['orders', 0],
  ]);
});

test('one approver is not enough, whatever the extension', async () => {
  const one = await run(oneApproverOnly);
  expectNothingMoved(one);
  const [round] = one.operation.rounds;
  expect(minutes(round?.askedAt ?? '', Date.parse(round?.deadline ?? ''))).toBeCloseTo(30, 0);
  expect(round?.decision?.what).toBe('expired');
  expect(Date.parse(round?.decision?.at ?? '')).toBeGreaterThan(Date.parse(round?.deadline ?? ''));
  expect(votes(one.world, one.operation).map((vote) => [vote.identity, vote.choice, vote.refusal])).toEqual([
    ['bo', 'approve', undefined],
    ['bo', 'extend', undefined],
    ['dee', 'approve', 'not-an-approver'],
  ]);
});

test('a requester who approves herself is told why it does not count', async () => {
  const one = await run(requesterApprovesSelf);
  expectNothingMoved(one);
  expect(votes(one.world, one.operation)).toMatchObject([
    { identity: 'ana', accepted: false, refusal: 'requester-does-not-count' },
  ]);
});

test('two accounts of one person are one vote', async () => {
  const one = await run(twoAccountsOnePerson);
  expectNothingMoved(one);
  expect(votes(one.world, one.operation)).toMatchObject([
    { identity: 'ana', accepted: true },
    { identity: 'ana', slackUser: ANA_TOO, accepted: false, refusal: 'already-voted' },
  ]);
});

test('home that wakes up later is fenced, and the root message says so', async () => {
  const { result, world, operation } = await run(homeWakesUpLater);
  expect(result.outcome).toBe('succeeded');
  expect(result.world.fence).toBe('fenced');
  const home = result.world.services.filter((service) => service.region === 'us-east-1');
  expect(home.map(({ desired, running }) => [desired, running])).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(operation.fenceActed.map(({ change }) => change.before)).toEqual([
    { min: 4, desired: 6, max: 24 },
    { min: 2, desired: 3, max: 12 },
  ]);
  const [root] = world.slack.workspace.messages.in(world.config.slack.channel);
  expect(JSON.stringify(root?.blocks)).toMatch(/Home fenced:\* \*fenced later\*/);
});

test('the health check is pinned as soon as Route 53 answers again, and not a single time before', async () => {
  const { world, operation } = await run(homeWakesUpLater);
  const pins = world.calls.filter((call) => call.action === 'UpdateHealthCheck');
  expect(pins.map((call) => call.outcome).slice(0, -1)).toEqual(pins.slice(0, -1).map(() => 'NoAnswer'));
  expect(pins.at(-1)?.outcome).toBe('ok');
  expect(pins.at(-1)?.caller.name).toBe('muster-reconciler');
  expect(operation.notes.filter(({ note }) => note.includes('the health check is pinned'))).toHaveLength(1);
});

test('an execution that dies frees the lock, and the next promote adopts what is done', async () => {
  const { result, world } = await run(executionDies);
  expect(result.outcome).toBe('failed');
  const [first, second] = world.stepFunctions.executions('us-west-2');
  expect([first?.status, second?.status]).toEqual(['ABORTED', 'SUCCEEDED']);
  const again = world.operation(second?.name ?? '');
  expect(again?.plan.database.method).toBe('adopt');
  expect(again?.ended?.outcome).toBe('succeeded');
  expect(result.calls.filter((call) => call.action === 'FailoverGlobalCluster')).toHaveLength(1);
  expect(result.world).toMatchObject({ writerRegion: 'us-west-2', trafficRegion: 'us-west-2' });
});
