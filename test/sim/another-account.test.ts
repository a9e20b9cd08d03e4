import { describe, expect, test, vi } from 'vitest';
import { ANA, askForPromote, BO, HOME, promoteByTwo, STANDBY } from '../../sandbox/rehearsal/actions.ts';
import { ELSEWHERE, inAnotherAccount } from '../../sandbox/rehearsal/scenarios/accounts.ts';
import { ACCOUNT, type World } from '../../sandbox/world/world.ts';
import type { CallRecord } from '../../simulator/aws/faults.ts';
import { typed } from './requests.ts';
import { play } from './runs.ts';
import { eventsOf, newestOperation, type Stage, setStage } from './world.ts';

// A machine that does other things meanwhile may take its time.
vi.setConfig({ testTimeout: 240_000 });

/** What is Muster's own, whoever's application is moved. */
const OWN = ['dynamodb', 'kms', 'secrets-manager', 'sfn', 'lambda', 'sns', 'sts'];
const OF_APPLICATIONS = [
  'application-auto-scaling',
  'cloudwatch',
  'ecs',
  'elastic-load-balancing-v2',
  'rds',
  'route-53',
  's3',
];
const byMuster = (world: World): readonly CallRecord[] =>
  world.calls.filter((call) => call.caller.name.startsWith('muster-'));
const isOwn = ({ service, input }: CallRecord): boolean =>
  OWN.includes(service) || input['Bucket'] === 'muster-archive';
const roleOf = (name: string): string => `${name}-${STANDBY}`;

/** The stack there was deployed with another external id than `muster.yaml` has; only these functions' roles. */
function close(world: World, names: readonly string[], externalId = 'of-somebody-else'): void {
  for (const name of names) {
    world.identities.createRole({
      accountId: ELSEWHERE.id,
      name: roleOf(name),
      trusts: `arn:aws:iam::${ACCOUNT}:role/${roleOf(name)}`,
      externalId,
    });
  }
}
const FUNCTIONS = ['command', 'step-prewarm', 'step-promote-database'].map((name) => `muster-${name}`);
const stageElsewhere = (seed: string): Promise<Stage> => setStage(`another-account/${seed}`, inAnotherAccount);

const changes = (world: World): readonly string[] =>
  byMuster(world)
    .filter(
      (call) => !isOwn(call) && /^(Update|Register|Failover|Switchover|Remove|Put|Change|Modify)/.test(call.action),
    )
    .map((call) => call.action);

describe('a promote of an application in another account', () => {
  const run = play('another-account');

  test('makes every call about the application with its function’s role there, and none about Muster’s own', async () => {
    const { world } = await run;
    const calls = byMuster(world);
    expect(new Set(calls.filter((call) => !isOwn(call)).map((call) => call.service))).toEqual(new Set(OF_APPLICATIONS));
    const wrong = calls.filter((call) => {
      const { name, role } = call.caller;
      if (isOwn(call)) return role !== undefined;
      return role?.accountId !== ELSEWHERE.id || role.name !== roleOf(name) || role.session !== name;
    });
    expect(wrong).toEqual([]);
  });

  test('asks the standby’s STS alone, no more often than functions start', async () => {
    const { world } = await run;
    const asked = byMuster(world).filter((call) => call.service === 'sts');
    expect(new Set(asked.map((call) => `${call.region} ${call.action} ${call.outcome}`))).toEqual(
      new Set([`${STANDBY} AssumeRole ok`]),
    );
    for (const name of new Set(asked.map((call) => call.caller.name))) {
      const started = world.lambda.find(STANDBY, name)?.environmentsStarted ?? 0;
      expect(asked.filter((call) => call.caller.name === name).length, name).toBeLessThanOrEqual(started);
    }
  });

  test('is about what Muster’s own credentials do not show', async () => {
    const stage = await stageElsewhere('unseen');
    const role = { accountId: ELSEWHERE.id, name: 'any', session: 'any' };
    const see = async (
      caller: CallRecord['caller'],
      service: string,
      action: string,
      input: object,
    ): Promise<string> => {
      const said = stage.world.endpoint.invoke(STANDBY, service, action, input, caller).then(
        () => 'seen',
        (error: unknown) => String((error as { code?: string }).code),
      );
      return stage.play(() => said);
    };
    const own = { name: 'muster-command', region: STANDBY };
    const cluster = { DBClusterIdentifier: 'shop-usw2' };
    const ledger = { TableName: 'muster-ledger' };
    expect(await see(own, 'rds', 'DescribeDBClusters', cluster)).toBe('DBClusterNotFoundFault');
    expect(await see({ ...own, role }, 'rds', 'DescribeDBClusters', cluster)).toBe('seen');
    expect(await see(own, 'dynamodb', 'DescribeTable', ledger)).toBe('seen');
    expect(await see({ ...own, role }, 'dynamodb', 'DescribeTable', ledger)).toBe('ResourceNotFoundException');
  });
});

describe('with another external id than the other account wants', () => {
  test('a promote is refused with the reason, and nothing is changed', async () => {
    const stage = await stageElsewhere('refused');
    stage.world.lose(HOME);
    close(stage.world, FUNCTIONS);
    const told = await typed(stage, ANA, '/dr promote shop');
    const said = JSON.stringify(told);
    expect(said).toContain(`Muster cannot access account ${ELSEWHERE.id}`);
    expect(said).toContain('AWS refused to let muster-command assume the role');
    expect(said).toContain(`arn:aws:iam::${ELSEWHERE.id}:role/muster-command-${STANDBY}`);
    expect(said).toContain(`Access-${ELSEWHERE.id}`);
    expect(changes(stage.world)).toEqual([]);
    expect(stage.world.stepFunctions.executions(STANDBY)).toEqual([]);
  });

  test('/dr status says nothing of home, which nobody asked, and where users are led all the same', async () => {
    const stage = await stageElsewhere('unseen-home');
    close(stage.world, FUNCTIONS);
    const { ephemeral } = await typed(stage, ANA, '/dr status shop');
    const said = ephemeral.join('\n');
    expect(said).toContain(`*shop: NOT ready to promote; home ${HOME} was not checked*`);
    expect(said).not.toMatch(/HEALTHY|IMPAIRED|LOST/);
    expect(said).toMatch(/\*Traffic:\* \S+ leads to us-east-1 \(home\)/);
  });

  test('a step that finds out later pauses at once with the reason, changes nothing, and goes on when it is fixed', async () => {
    const stage = await stageElsewhere('paused');
    const { world } = stage;
    world.lose(HOME);
    close(world, ['muster-step-promote-database']);
    await stage.play(() => promoteByTwo(world, stage.script, { reason: 'us-east-1 does not answer' }));
    const operation = newestOperation(world);
    const pauses = () => eventsOf(world, world.streams.op(operation)).filter((event) => event.type === 'step-paused');
    await stage.until(() => pauses().length > 0, 60);
    expect(pauses().map((event) => event.data)).toEqual([
      expect.objectContaining({
        step: 'promote-database',
        why: `AWS refused to let muster-step-promote-database assume the role arn:aws:iam::${ELSEWHERE.id}:role/muster-step-promote-database-${STANDBY} in account ${ELSEWHERE.id}: deploy the stack Access-${ELSEWHERE.id} there, or check externalId`,
      }),
    ]);
    expect(changes(world).filter((action) => /Failover|Remove|Switchover/.test(action))).toEqual([]);
    close(world, ['muster-step-promote-database'], ELSEWHERE.externalId);
    await stage.play(async () => {
      const bo = world.person(BO);
      await bo.waitForMessage(/Retry/, { timeout_s: 120 });
      await bo.click('retry');
    });
    await stage.until(() => world.operation(operation)?.ended?.outcome === 'succeeded', 3_600);
  });
});

test('an STS that does not answer is no refusal: neither the advice nor a step takes it for one', async () => {
  const stage = await stageElsewhere('silent-sts');
  const { world } = stage;
  let silent = true;
  world.rules.push((at) =>
    at.service === 'sts' && silent && /-(command|step-promote-database)$/.test(at.caller.name)
      ? { kind: 'hang', latency_ms: 0 }
      : undefined,
  );
  world.lose(HOME);
  const told = JSON.stringify(await typed(stage, ANA, '/dr promote shop'));
  expect(told).toContain('*Next:* Try again');
  silent = false;
  close(world, ['muster-step-promote-database']);
  await stage.play(() => promoteByTwo(world, stage.script, { reason: 'us-east-1 does not answer' }));
  const operation = newestOperation(world);
  const pauses = () =>
    eventsOf(world, world.streams.op(operation)).filter((event) => event.type === 'step-paused').length;
  await stage.until(() => pauses() > 0, 60);
  silent = true;
  close(world, ['muster-step-promote-database'], ELSEWHERE.externalId);
  await stage.play(async () => {
    const bo = world.person(BO);
    await bo.waitForMessage(/Retry/, { timeout_s: 120 });
    await bo.click('retry');
  });
  await stage.pass(60);
  expect(pauses()).toBe(1);
  silent = false;
  await stage.until(() => world.operation(operation)?.ended?.outcome === 'succeeded', 3_600);
  expect(pauses()).toBe(1);
});

test('an STS that is slow is not home’s silence: a healthy home is still asked for a switchover', async () => {
  const stage = await stageElsewhere('slow-sts');
  stage.world.rules.push((at) => (at.service === 'sts' ? { kind: 'answer', latency_ms: 4_200 } : undefined));
  await stage.play(() => askForPromote(stage.script, stage.world.person(ANA), { reason: 'maintenance' }));
  const plan = stage.world.operation(newestOperation(stage.world))?.plan;
  expect(plan).toMatchObject({ from: HOME, forced: false, database: { method: 'switchover' } });
});

test('a best-effort call waits no longer for its credentials than for its answer', async () => {
  const stage = await stageElsewhere('slow-fence');
  const { world } = stage;
  world.lose(HOME);
  const isFence = (name: string): boolean => name === 'muster-step-fence-home';
  world.rules.push((at) =>
    at.service === 'sts' && isFence(at.caller.name) ? { kind: 'answer', latency_ms: 4_200 } : undefined,
  );
  await stage.play(() => promoteByTwo(world, stage.script, { reason: 'us-east-1 does not answer' }));
  const fence = () => world.operation(newestOperation(world))?.steps.get('fence-home');
  await stage.until(() => fence()?.endedAt !== undefined, 120);
  const took_s = (Date.parse(fence()?.endedAt ?? '') - Date.parse(fence()?.startedAt ?? '')) / 1000;
  expect(fence()?.outcome).toBe('unconfirmed');
  expect(took_s).toBeGreaterThan(2.9);
  expect(took_s).toBeLessThan(3.6);
});

test('credentials are renewed before they expire, and no more often', async () => {
  const stage = await stageElsewhere('renewed');
  const { world } = stage;
  world.lose(HOME);
  await stage.play(() => promoteByTwo(world, stage.script, { reason: 'us-east-1 does not answer' }));
  const operation = newestOperation(world);
  await stage.until(() => world.operation(operation)?.ended !== undefined, 3_600);
  // Home is back and its tasks never stop: the reconciler asks it every minute from here on.
  world.environment.fix('ecs.task-stop', Number.POSITIVE_INFINITY);
  world.wake(HOME);
  await stage.pass(120);
  const seen = world.calls.length;
  await stage.pass(1.2 * 3_600);
  const calls = world.calls.slice(seen).filter((call) => call.caller.name === 'muster-reconciler');
  expect(calls.filter((call) => call.caller.role !== undefined).length).toBeGreaterThan(70);
  expect(new Set(calls.map((call) => call.outcome))).toEqual(new Set(['ok']));
  const asked = calls.filter((call) => call.service === 'sts').map((call) => call.at_ms);
  expect(asked.length).toBeGreaterThanOrEqual(1);
  expect(asked.length).toBeLessThanOrEqual(2);
});

test('credentials serve to their end when STS does not answer their renewal', async () => {
  const stage = await stageElsewhere('old-ones');
  const { world } = stage;
  world.lose(HOME);
  await stage.play(() => promoteByTwo(world, stage.script, { reason: 'us-east-1 does not answer' }));
  await stage.until(() => world.operation(newestOperation(world))?.ended !== undefined, 3_600);
  world.environment.fix('ecs.task-stop', Number.POSITIVE_INFINITY);
  world.wake(HOME);
  const byReconciler = (): readonly CallRecord[] =>
    world.calls.filter((call) => call.caller.name === 'muster-reconciler' && call.caller.role !== undefined);
  await stage.until(() => byReconciler().length > 0, 300);
  const asked = world.calls.filter((call) => call.service === 'sts' && call.caller.name === 'muster-reconciler');
  world.rules.push((at) => (at.service === 'sts' ? { kind: 'hang', latency_ms: 0 } : undefined));
  const end_ms = (asked[0]?.at_ms ?? 0) + 3_600_000;
  await stage.pass((end_ms - world.clock.now_ms()) / 1000 - 120);
  const late = byReconciler().filter((call) => call.at_ms > end_ms - 5 * 60_000);
  expect(late.length).toBeGreaterThan(4);
  expect(new Set(late.map((call) => call.outcome))).toEqual(new Set(['ok']));
});
