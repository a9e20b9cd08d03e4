import { describe, expect, it } from 'vitest';
import type { FailureRecord } from '../../../simulator/lambda/spec.ts';
import { handler, WAIT } from './function-world.ts';
import { createWorld, json, REGION, START_MS, type World } from './world.ts';

describe('environments', () => {
  it('start cold in 200 to 500 ms, stay warm, keep their state and end after long idleness', async () => {
    const world = createWorld();
    world.define('f', handler('count += 1; return [count, born]', 'let count = 0; const born = Date.now();'));
    const first = (await world.call('f')).value as number[];
    const cold_ms = world.clock.now_ms() - START_MS;
    expect(cold_ms).toBeGreaterThanOrEqual(200);
    expect(cold_ms).toBeLessThan(500);
    expect((await world.call('f')).value).toEqual([2, first[1]]);
    expect(world.clock.now_ms() - START_MS).toBe(cold_ms);
    await world.until(world.clock.sleep(3_600_000));
    expect((await world.call('f')).value).toEqual([1, expect.any(Number)]);
    expect(world.lambda.find(REGION, 'f')?.environmentsStarted).toBe(2);
  });

  it('serve one invocation each, and are frozen in between', async () => {
    const world = createWorld();
    const top = `${WAIT} let id; let ticks = [];`;
    const body = `if (event.start) { setTimeout(() => ticks.push(Date.now()), 1000); setTimeout(() => ticks.push('second'), 2000); return Date.now(); }
      await wait(10); return { ticks, now: Date.now() }`;
    world.define('f', handler(body, top));
    const started = (await world.call('f', { start: true })).value as number;
    await world.until(world.clock.sleep(60_000));
    const { value } = await world.call('f');
    const thawed_ms = started + 60_000;
    expect(value).toEqual({ ticks: [thawed_ms, 'second'], now: thawed_ms + 10 });
  });

  it('gives an answer that came while frozen to the next invocation', async () => {
    const world = createWorld({ send: async (_, { clock }) => clock.sleep(5000).then(() => json({ late: true })) });
    const body = `if (event.start) { fetch('https://x.test').then((r) => r.json()).then((value) => { answer = [value, Date.now()] }); await wait(1); return Date.now(); }
      const before = answer; await wait(10); return [before, answer]`;
    world.define('f', handler(body, `${WAIT} let answer;`));
    const started_ms = (await world.call('f', { start: true })).value as number;
    await world.until(world.clock.sleep(60_000));
    const [before, after] = (await world.call('f')).value as unknown[];
    expect(after).toEqual([{ late: true }, started_ms + 60_000]);
    expect(before === null || before === undefined || Array.isArray(before)).toBe(true);
  });

  it('run in parallel without sharing anything', async () => {
    const world = createWorld();
    world.define('f', handler('mine.push(event.n); await wait(1000); return mine', `${WAIT} const mine = [];`));
    const answers = await world.until(Promise.all([1, 2, 3].map((n) => world.lambda.invoke(REGION, 'f', { n }))));
    expect(answers.map(({ payload }) => JSON.parse(payload))).toEqual([[1], [2], [3]]);
    expect(world.lambda.find(REGION, 'f')?.environmentsStarted).toBe(3);
  });

  it('are replaced when a new version is deployed', async () => {
    const world = createWorld();
    world.define('f', handler('return 1'));
    expect((await world.call('f')).value).toBe(1);
    world.define('f', handler('return process.env.NAME', ''), { environment: { NAME: 'two' } });
    expect((await world.call('f')).value).toBe('two');
  });

  it('know what Lambda tells them', async () => {
    const world = createWorld();
    const body = `const before = context.getRemainingTimeInMillis(); await wait(1500);
      return { ...context, left: [before, context.getRemainingTimeInMillis()], env: process.env, keys: Object.keys(context).length }`;
    world.define('f', handler(body, WAIT), { timeout_s: 10, memory_mb: 1024, environment: { MUSTER_STEP: 'verify' } });
    const { value } = await world.call('f');
    expect(value).toMatchObject({
      left: [10_000, 8500],
      functionName: 'f',
      invokedFunctionArn: `arn:aws:lambda:${REGION}:123456789012:function:f`,
      memoryLimitInMB: '1024',
      env: { AWS_REGION: REGION, AWS_LAMBDA_FUNCTION_NAME: 'f', MUSTER_STEP: 'verify', LAMBDA_TASK_ROOT: '/var/task' },
    });
    const key = (value as { env: Record<string, string> }).env['AWS_ACCESS_KEY_ID'] ?? '';
    expect(world.lambda.functionOf(key)).toEqual({ region: REGION, name: 'f' });
  });
});

describe('concurrency', () => {
  it('beyond the reserved number is throttled', async () => {
    const world = createWorld();
    world.define('f', handler('await wait(1000); return 1', WAIT), { reservedConcurrency: 2 });
    const three = [1, 2, 3].map(() => world.lambda.invoke(REGION, 'f', {}));
    const results = await world.until(Promise.allSettled(three));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({
      reason: {
        code: 'TooManyRequestsException',
        members: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
      },
    });
    expect((await world.call('f')).value).toBe(1);
  });
});

describe('a region that comes back', () => {
  it('has its concurrency again, and the events that it had accepted', async () => {
    const world = createWorld({ send: async (_, { clock }) => clock.sleep(1000).then(() => json({})) });
    const source = handler('await fetch("https://x.test"); console.log(event.n); return 1');
    world.define('f', source, { reservedConcurrency: 1, maximumAge_s: 3600 });
    world.lambda.invokeAsync(REGION, 'f', { n: 'event' });
    await world.run(world.clock.now_ms() + 700);
    expect(world.lambda.find(REGION, 'f')?.running).toBe(1);
    world.lost.add(REGION);
    await world.until(world.clock.sleep(120_000));
    expect(world.lambda.find(REGION, 'f')?.running).toBe(0);
    world.lost.clear();
    await world.run();
    expect(world.lambda.logs.filter(({ level }) => level === 'INFO').map(({ message }) => message)).toEqual(['event']);
    expect((await world.call('f', { n: 'call' })).value).toBe(1);
  });
});

describe('asynchronous invocation', () => {
  const failing = handler('console.log(context.awsRequestId + " " + Date.now()); throw new Error("no")');
  const times = (world: World) =>
    world.lambda.logs
      .filter(({ level }) => level === 'INFO')
      .map(({ message }) => Number(message.split(' ')[1]) - START_MS);

  it('retries after one and after two minutes with the same request id, then tells the failure destination', async () => {
    const world = createWorld();
    const records: FailureRecord[] = [];
    world.define('f', failing, { retries: 2, onFailure: (record) => records.push(record) });
    const requestId = world.lambda.invokeAsync(REGION, 'f', { n: 1 });
    await world.run();
    const [a = 0, b = 0, c = 0] = times(world);
    expect([Math.round(b - a), Math.round(c - b), times(world).length]).toEqual([60_000, 120_000, 3]);
    expect(records).toMatchObject([
      {
        requestContext: { requestId, condition: 'RetriesExhausted', approximateInvokeCount: 3 },
        requestPayload: { n: 1 },
        responseContext: { functionError: 'Unhandled' },
        responsePayload: { errorMessage: 'no' },
      },
    ]);
    expect(world.lambda.find(REGION, 'f')?.queue.pending).toBe(0);
  });

  it('drops an event that became too old, and another function can be told', async () => {
    const world = createWorld();
    world.define('told', handler('console.warn(event.requestContext.condition); return 1'));
    world.define('f', failing, { retries: 2, maximumAge_s: 60, onFailure: 'told' });
    world.lambda.invokeAsync(REGION, 'f', {});
    await world.run();
    expect(times(world).length).toBe(1);
    expect(world.lambda.logs.filter(({ level }) => level === 'WARN').map(({ message }) => message)).toEqual([
      'EventAgeExceeded',
    ]);
  });

  it('is delivered twice when a fault asks for it, and waits while throttled', async () => {
    const world = createWorld();
    world.define('f', handler('console.log(context.awsRequestId); await wait(2000)', WAIT), { reservedConcurrency: 1 });
    world.lambda.duplicateNext(REGION, 'f', 100);
    const requestId = world.lambda.invokeAsync(REGION, 'f', {});
    await world.run();
    const lines = world.lambda.logs.filter(({ level }) => level === 'INFO');
    expect(lines.map(({ message }) => message)).toEqual([requestId, requestId]);
    expect((lines[1]?.at_ms ?? 0) - (lines[0]?.at_ms ?? 0)).toBeGreaterThanOrEqual(2000);
  });
});
