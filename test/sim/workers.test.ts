import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { WorkerConfig } from '../../core/config/schema.ts';
import type { Operation } from '../../core/operation.ts';
import { workerFunction } from '../../sandbox/world/seed-workers.ts';
import { ACCOUNT } from '../../sandbox/world/world.ts';
import { WORKER_RUNS } from './expected-runs.ts';
import { calls, expectRun, play, type Run } from './runs.ts';

// A machine that does other things meanwhile may take its time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const HOME = 'us-east-1';
const STANDBY = 'us-west-2';
type Side = 'home' | 'standby';

/** Each run once. */
const playedRuns = new Map<string, Promise<Run>>();
const played = (scenario: string): Promise<Run> => {
  const run = playedRuns.get(scenario) ?? play(scenario);
  playedRuns.set(scenario, run);
  return run;
};

const operationOf = ({ world, result }: Run): Operation => {
  const operation = world.operation(result.operation ?? '');
  if (operation === undefined) throw new Error('the run has no operation');
  return operation;
};
const stepOf = (run: Run, id: string) => {
  const step = run.result.steps.find((one) => one.id === id);
  if (step === undefined) throw new Error(`the step ${id} did not run`);
  return { ...step, endedAt_s: step.endedAt_s ?? Number.POSITIVE_INFINITY };
};
const ms = (iso: string | undefined): number => Date.parse(iso ?? '');

const READS = {
  'eventbridge-rule': ['eventbridge', 'DescribeRule', 'DisableRule', 'EnableRule'],
  schedule: ['scheduler', 'GetSchedule', 'UpdateSchedule', 'UpdateSchedule'],
  'event-source-mapping': ['lambda', 'GetEventSourceMapping', 'UpdateEventSourceMapping', 'UpdateEventSourceMapping'],
} as const;

/** A worker's state as AWS names it, asked behind everybody's back. */
async function stateOf({ world, app }: Run, worker: WorkerConfig, side: Side): Promise<string | undefined> {
  const [name, action] = READS[worker.kind];
  const service = name === 'lambda' ? world.lambda.service : world.services[name].service;
  const input = worker.kind === 'event-source-mapping' ? { UUID: worker[side].uuid } : { Name: worker[side].name };
  const { clock, random } = world;
  const call = { clock, random, accountId: ACCOUNT, region: app[side], caller: { name: 'test', region: app[side] } };
  return ((await service.operations[action]?.(input, call)) as { State?: string } | undefined)?.State;
}

/** When a worker worked in a region, Unix milliseconds: each run of the function that it calls. */
const runs = ({ world }: Run, worker: { readonly name: string }, region: string): readonly number[] =>
  world.lambda.logs
    .filter((line) => line.functionName === workerFunction('shop', worker) && line.region === region)
    .flatMap((line) => (line.message.startsWith('START') ? [line.at_ms] : []));

/** When Muster's calls that turn a worker of this kind were accepted on a side, in seconds from the run's zero. */
const turned = ({ result, app }: Run, kind: WorkerConfig['kind'], side: Side): readonly number[] => {
  const [service, , off, on] = READS[kind];
  const action = side === 'home' ? off : on;
  return result.calls
    .filter((call) => call.service === service && call.action === action && call.outcome === 'ok')
    .flatMap((call) => (call.region === app[side] ? [call.t_s] : []));
};

const zero_ms = (run: Run): number => {
  const operation = operationOf(run);
  return ms(operation.steps.get('verify')?.startedAt) - stepOf(run, 'verify').startedAt_s * 1000;
};
/** Crons: what works without anybody sending anything. */
const crons = ({ app }: Run): readonly WorkerConfig[] =>
  app.workers.filter(({ kind }) => kind !== 'event-source-mapping');

describe.each(WORKER_RUNS)('$scenario', (row) => {
  let run: Run;
  beforeAll(async () => {
    run = await played(row.scenario);
  });

  test('ends as its row says, and its alarms were looked at', () => {
    expectRun(row, run);
    expect(run.app.verify.alarms.length).toBeGreaterThan(0);
    expect(calls(run, 'DescribeAlarms', 'ok')).toBeGreaterThan(0);
  });

  test('every worker is on in the standby and off at home', async () => {
    expect(run.app.workers.map(({ kind }) => kind)).toEqual(Object.keys(READS));
    for (const worker of run.app.workers) {
      expect(await stateOf(run, worker, 'standby'), worker.name).toMatch(/^enabled$/i);
      expect(await stateOf(run, worker, 'home'), worker.name).toMatch(/^disabled$/i);
    }
  });

  test('the standby’s crons work from then on, and none did before', () => {
    const startedAt_ms = ms(operationOf(run).steps.get('switch-workers')?.startedAt);
    for (const worker of crons(run)) {
      const at_ms = runs(run, worker, STANDBY);
      expect(at_ms.length, worker.name).toBeGreaterThan(0);
      expect(Math.min(...at_ms), worker.name).toBeGreaterThan(startedAt_ms);
    }
  });

  test('no task is left that started before the promotion', () => {
    const promotedAt_ms = ms(operationOf(run).steps.get('promote-database')?.endedAt);
    for (const name of ['web', 'orders']) {
      const tasks = run.world.services.ecs.runningTasks(STANDBY, 'shop', name);
      expect(tasks.length, name).toBe(name === 'web' ? 6 : 3);
      for (const task of tasks) expect(task.created_ms, name).toBeGreaterThan(promotedAt_ms);
    }
  });

  test('the listener leads to the application, and users are served only after all of it', () => {
    const { world, app, result } = run;
    const asked = { port: 443, host: app.traffic.record, path: '/' };
    expect(world.services.elb.route(app.traffic.standby.target, asked)).toMatchObject({
      kind: 'target',
      targetGroupArn: app.listener?.activeTargetGroupArn,
    });
    const shop = world.applications.find(({ name }) => name === 'shop')?.application;
    const opened_ms = ms(operationOf(run).steps.get('switch-listener')?.acted[0]?.at);
    expect(shop?.writeAt(STANDBY, opened_ms)).toMatchObject({ served: false, reason: 'maintenance' });
    for (const id of ['switch-workers', 'restart-tasks', 'switch-listener']) {
      expect(stepOf(run, id).endedAt_s, id).toBeLessThanOrEqual(stepOf(run, 'switch-traffic').startedAt_s);
      expect(stepOf(run, id).endedAt_s, id).toBeLessThan(result.rto_s ?? 0);
    }
  });

  test('what was changed is in the list of what differs from the infrastructure code', () => {
    const drift = operationOf(run).ended?.report?.drift.map(({ resource }) => resource) ?? [];
    const changed = [
      ...run.app.workers.map(({ kind, name }) => `${kind} ${name}`),
      `listener ${run.app.listener?.arn}`,
    ];
    for (const resource of changed) expect(drift).toContain(`${resource} (${STANDBY})`);
    expect(drift.join()).toContain('tasks of ecs web');
  });
});

describe('home is lost', () => {
  let run: Run;
  beforeAll(async () => {
    run = await played('workers');
  });

  test('its workers are named as not switched off, and stay as they were until it wakes up', () => {
    const { steps, ended, fenceActed } = operationOf(run);
    expect(steps.get('switch-workers')).toMatchObject({ outcome: 'unconfirmed' });
    const said = run.result.channel.map((message) => message.text).join('\n');
    for (const { name, kind } of run.app.workers) {
      expect(ended?.report?.notes).toContainEqual(expect.stringMatching(`^stranded at home: ${name} \\(`));
      expect(said).toContain(`${name} (home was not reached)`);
      const acted = fenceActed.find(({ change }) => change.resource === `${kind} ${name}`);
      expect(acted?.change).toMatchObject({ region: HOME, before: expect.stringMatching(/^enabled$/i) });
      expect(Math.min(...turned(run, kind, 'home')), name).toBeGreaterThan(stepOf(run, 'report').endedAt_s);
    }
  });

  test('its crons, awake again, are stopped by the reconciler and work no more', () => {
    for (const worker of crons(run)) {
      const at_ms = runs(run, worker, HOME);
      const stopped_ms = zero_ms(run) + Math.min(...turned(run, worker.kind, 'home')) * 1000;
      expect(at_ms.filter((one_ms) => one_ms < zero_ms(run)).length, worker.name).toBeGreaterThan(0);
      // What was on its way to its function arrives.
      expect(Math.max(...at_ms), worker.name).toBeLessThan(stopped_ms + 2_500);
    }
    expect(run.result.world.fence).toBe('fenced');
  });
});

describe('home is well', () => {
  let run: Run;
  beforeAll(async () => {
    run = await played('workers-planned');
  });

  test('its workers are off before the standby’s are on', () => {
    for (const { kind, name } of run.app.workers) {
      const [off, on] = [turned(run, kind, 'home'), turned(run, kind, 'standby')];
      expect([off.length, on.length], name).toEqual([1, 1]);
      expect(Math.max(...off), name).toBeLessThan(Math.min(...on));
    }
    expect(stepOf(run, 'switch-workers')).toMatchObject({ outcome: 'done' });
    for (const worker of crons(run)) {
      const off_ms = zero_ms(run) + Math.max(...turned(run, worker.kind, 'home')) * 1000;
      // What was on its way to its function arrives.
      for (const at_ms of runs(run, worker, HOME)) expect(at_ms, worker.name).toBeLessThan(off_ms + 2_500);
    }
  });

  test('no task of its worker service is left when the standby’s begins', () => {
    expect(stepOf(run, 'fence-home')).toMatchObject({
      outcome: 'done',
      detail: expect.stringMatching(/no worker runs/),
    });
    expect(stepOf(run, 'fence-home').endedAt_s).toBeLessThanOrEqual(stepOf(run, 'scale-out').startedAt_s);
    expect(run.world.services.ecs.runningTasks(HOME, 'shop', 'orders')).toEqual([]);
  });

  test('tasks that CodeDeploy owns are stopped one by one, the others redeployed', () => {
    expect(calls(run, 'StopTask', 'ok')).toBe(3);
    const { acted } = operationOf(run).steps.get('restart-tasks') ?? { acted: [] };
    const [stops, redeployed] = ['stop task', 'replace the tasks'].map((words) =>
      acted.filter(({ action }) => action.startsWith(words)),
    );
    expect([stops?.length, redeployed?.length]).toEqual([3, 1]);
    const at_ms = stops?.map(({ at }) => ms(at)) ?? [];
    // Each waits for the one before to be replaced, which takes a task longer than ten seconds.
    for (const [index, one_ms] of at_ms.entries()) {
      if (index > 0) expect(one_ms - (at_ms[index - 1] ?? 0)).toBeGreaterThan(10_000);
    }
  });
});
