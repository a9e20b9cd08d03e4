import { createHash } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { brokenLink } from '../../core/ledger.ts';
import { BO, DEE, HOME, STANDBY } from '../../sandbox/rehearsal/actions.ts';
import type { World } from '../../sandbox/world/world.ts';
import { insistOnApproving, insistOnAsking, untilOver } from './insist.ts';
import { askedFor, click } from './pending.ts';
import { snapshot } from './snapshot.ts';
import { eventsOf, type Stage, setStage } from './world.ts';

// A machine that does other things meanwhile may take its time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const INTERNAL = { code: 'InternalServerError', message: 'The request processing has failed.', status: 500 };

/** Every function that a promote needs, and how often it is called at least. */
const FUNCTIONS = {
  command: 2,
  approve: 1,
  'step-prewarm': 1,
  'step-request-approval': 1,
  'step-read-approval': 1,
  'step-preflight': 1,
  'step-fence-home': 1,
  'step-promote-database': 3,
  'step-scale-out': 1,
  'step-switch-traffic': 2,
  'step-verify': 1,
  'step-report': 1,
  notify: 2,
} as const;
type Name = keyof typeof FUNCTIONS;
const NAMES = Object.keys(FUNCTIONS) as readonly Name[];

const KILLED = /signal: killed/;
const deaths = (world: World): readonly string[] =>
  world.lambda.logs
    .filter((line) => line.level === 'PLATFORM' && KILLED.test(line.message))
    .map((line) => line.functionName.replace(/^muster-/, ''));

/** The nth invocation from now dies after its kth outgoing call has had its effect. */
function killNth(world: World, name: string, nth: number, afterCalls: number): void {
  for (let before = 1; before < nth; before += 1) world.lambda.killNext(STANDBY, `muster-${name}`, {});
  world.lambda.killNext(STANDBY, `muster-${name}`, { afterCalls });
}

async function promoted(stage: Stage): Promise<string> {
  const operation = await insistOnAsking(stage);
  await insistOnApproving(stage, operation);
  await untilOver(stage, operation);
  await stage.pass(10);
  return operation;
}

/** One failover, one end, an unbroken ledger, and the application where it was meant to go. */
async function expectPromotedOnce(stage: Stage, operation: string): Promise<void> {
  const { world } = stage;
  const ends = eventsOf(world, world.streams.op(operation)).filter((event) => event.type === 'operation-ended');
  expect(ends.map((event) => event.data)).toMatchObject([{ outcome: 'succeeded' }]);
  const accepted = world.calls.filter((call) => call.action === 'FailoverGlobalCluster' && call.outcome === 'ok');
  expect(accepted).toHaveLength(1);
  expect(world.stepFunctions.executions(STANDBY).map((one) => [one.name, one.status])).toEqual([
    [operation, 'SUCCEEDED'],
  ]);
  const after = await snapshot(world);
  expect(after).toMatchObject({
    writer: STANDBY,
    dnsAnswer: ['203.0.113.10'],
    desired: { 'us-west-2 web': 6, 'us-west-2 orders': 3 },
    flag: operation,
  });
  await expectVerified(world);
}

/** Links and MACs of every stream, checked with the key that signed them. */
async function expectVerified(world: World): Promise<void> {
  const verify = world.services.kms.service.operations['VerifyMac'];
  if (verify === undefined) throw new Error('VerifyMac is gone');
  const call = {
    clock: world.clock,
    random: world.random,
    accountId: '111122223333',
    region: STANDBY,
    caller: { name: 'auditor', region: STANDBY },
  };
  for (const records of world.ledger().values()) {
    expect(brokenLink(records)).toBeUndefined();
    for (const record of records) {
      const Message = createHash('sha256').update(record.body, 'utf8').digest();
      const Mac = Buffer.from(record.mac, 'base64url');
      await verify({ KeyId: 'alias/muster-ledger', MacAlgorithm: 'HMAC_SHA_256', Message, Mac }, call);
    }
  }
}

async function lostHome(seed: string): Promise<Stage> {
  const stage = await setStage(seed);
  stage.world.lose(HOME);
  return stage;
}

describe('every function of a promote dies once, half way, and the promote succeeds all the same', () => {
  const died = new Map<string, number>();

  test.each([0, 1, 2, 3, 4, 5])('after %i outgoing calls', async (k) => {
    const stage = await lostHome(`killed/${k}`);
    const random = stage.world.random.split('kills');
    for (const name of NAMES) killNth(stage.world, name, 1 + Math.floor(random.next() * FUNCTIONS[name]), k);
    const operation = await promoted(stage);
    for (const name of deaths(stage.world)) died.set(name, (died.get(name) ?? 0) + 1);
    await expectPromotedOnce(stage, operation);
  });

  test('each function did die in most of the runs', () => {
    // An invocation that makes fewer calls than that ends before it would die.
    for (const name of NAMES) expect([name, (died.get(name) ?? 0) >= 3]).toEqual([name, true]);
  });
});

test('a step whose function dies again and again asks people, even when the one that asks dies too', async () => {
  const stage = await lostHome('killed/crashed');
  const { world } = stage;
  // Step Functions tries a step three times; the second time `crashed` dies, its pause is in the ledger already.
  for (const k of [1, 2, 1]) world.lambda.killNext(STANDBY, 'muster-step-scale-out', { afterCalls: k });
  for (const k of [1, 5]) world.lambda.killNext(STANDBY, 'muster-crashed', { afterCalls: k });
  const operation = await promoted(stage);
  expect(deaths(world).toSorted()).toEqual([
    'crashed',
    'crashed',
    ...Array.from({ length: 3 }, () => 'step-scale-out'),
  ]);
  const events = eventsOf(world, world.streams.op(operation));
  expect(events.filter((event) => event.type === 'step-paused').map((event) => event.data)).toMatchObject([
    { step: 'scale-out', why: expect.stringContaining('its function failed again and again') },
  ]);
  expect(events.filter((event) => event.type === 'step-resumed').map((event) => event.data)).toEqual([
    { step: 'scale-out', choice: 'retry', by: 'chen' },
  ]);
  await expectPromotedOnce(stage, operation);
});

test('a vote whose function dies before it could wake the state machine is noticed within 35 s', async () => {
  const stage = await setStage('killed/vote');
  const { world } = stage;
  const pending = await askedFor(stage);
  // Two votes of somebody who is no approver: the second shows how many calls a warm function makes to write a vote.
  await click(pending, DEE, 'approve');
  const seen = world.calls.length;
  await click(pending, DEE, 'approve');
  const calls = world.calls.slice(seen).filter((call) => call.caller.name === 'muster-approve');
  const written = calls.findIndex((call) => call.action === 'PutItem');
  expect(written).toBeGreaterThan(0);
  const slack = 1;
  killNth(world, 'approve', 1, written + 1 + slack);
  await click(pending, BO, 'approve');
  expect(deaths(world)).toEqual(['approve']);
  const vote = eventsOf(world, world.streams.vote(pending.operation)).at(-1);
  expect(vote?.data).toMatchObject({ identity: 'bo', accepted: true });
  expect(world.calls.filter((call) => call.action === 'SendTaskSuccess')).toEqual([]);
  const decided = () =>
    eventsOf(world, world.streams.op(pending.operation)).find((event) => event.type === 'approval-decided');
  await stage.until(() => decided() !== undefined, 60);
  const waited_s = (Date.parse(decided()?.at ?? '') - Date.parse(vote?.at ?? '')) / 1000;
  expect(waited_s).toBeLessThan(35);
  expect(world.calls.filter((call) => call.action === 'SendTaskSuccess')).toEqual([]);
});

describe('an append whose answer is lost is not doubled', () => {
  test.each([
    ['the connection hangs', 11, { kind: 'effect-then-hang', latency_ms: 10 }],
    ['DynamoDB says 500', 3, { ...INTERNAL, kind: 'effect-then-error', latency_ms: 10 }],
  ] as const)('%s after every %ith write', async (_, every, fault) => {
    const stage = await lostHome(`killed/lost-answer/${every}`);
    const { world } = stage;
    let writes = 0;
    let lost = 0;
    world.rules.push((at) => {
      if (at.action !== 'PutItem') return undefined;
      writes += 1;
      if (writes % every !== 0) return undefined;
      lost += 1;
      return fault;
    });
    const operation = await promoted(stage);
    expect(lost).toBeGreaterThanOrEqual(4);
    for (const stream of world.ledger().keys()) expect(doubled(world, stream)).toEqual([]);
    expect(eventsOf(world, world.streams.vote(operation))).toHaveLength(1);
    await expectPromotedOnce(stage, operation);
  });
});

/** What a stream says twice: the same event but for its id, time and number. */
function doubled(world: World, stream: string): readonly string[] {
  const said = eventsOf(world, stream).map(({ type, by, data }) => JSON.stringify({ type, by, data }));
  return said.filter((text, index) => said.indexOf(text) !== index);
}
