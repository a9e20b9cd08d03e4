import { describe, expect, it } from 'vitest';
import { handler, WAIT } from './function-world.ts';
import { createWorld, json, REGION, type World } from './world.ts';

describe('failures', () => {
  it.each([
    [
      'a thrown error',
      'throw new RangeError("too far")',
      { errorType: 'RangeError', errorMessage: 'too far', trace: expect.any(Array) },
    ],
    ['something that is no error', 'throw "words"', { errorType: 'string', errorMessage: 'words', trace: [] }],
    [
      'process.exit',
      'process.exit(3)',
      {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 3$/),
      },
    ],
    [
      'process.exit(0)',
      'process.exit(0)',
      { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('without providing a reason') },
    ],
    [
      'an uncaught exception in a timer',
      'setTimeout(() => { throw new TypeError("later") }, 5); await wait(100)',
      { errorType: 'TypeError', errorMessage: 'later' },
    ],
    [
      'an uncaught exception in a tick',
      'process.nextTick(() => { throw new TypeError("tick") }); await wait(100)',
      { errorType: 'TypeError', errorMessage: 'tick' },
    ],
    [
      'an error event that nobody hears',
      'new (require("stream").Readable)({ read() {} }).destroy(new Error("stream")); await wait(100)',
      { errorType: 'Error', errorMessage: 'stream' },
    ],
    [
      'an unhandled rejection',
      'Promise.reject(new Error("nobody")); await wait(100)',
      { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'Error: nobody' },
    ],
    [
      'a result that is no JSON',
      'return 1n',
      { errorType: 'Runtime.JSONStringifyError', errorMessage: expect.any(String) },
    ],
    [
      'an answer that is too large',
      'return "x".repeat(7_000_000)',
      { errorType: 'Function.ResponseSizeTooLarge', errorMessage: expect.stringContaining('6291556') },
    ],
    [
      'a timeout',
      'await new Promise(() => {})',
      {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 3\.00 seconds$/),
      },
    ],
  ])('%s is answered as Lambda answers it', async (_, body, expected) => {
    const world = createWorld();
    world.define('f', handler(body, WAIT), { timeout_s: 3 });
    const { error, value } = await world.call('f');
    expect(error).toBe(true);
    expect(value).toMatchObject(expected);
  });

  it.each([
    [
      'a handler with a callback',
      'exports.handler = async (event, context, callback) => 1',
      'Runtime.CallbackHandlerDeprecated',
    ],
    ['a bundle without the handler', 'exports.other = 1', 'Runtime.HandlerNotFound'],
    ['a bundle that is no JavaScript', 'exports.handler = ;', 'Runtime.UserCodeSyntaxError'],
    ['a bundle that wants a package', 'require("left-pad")', 'Runtime.ImportModuleError'],
    ['a bundle that throws', 'throw new RangeError("top")', 'RangeError'],
  ])('%s fails every invocation', async (_, source, errorType) => {
    const world = createWorld();
    world.define('f', source);
    expect((await world.call('f')).value).toMatchObject({ errorType });
    expect((await world.call('f')).value).toMatchObject({ errorType });
    expect(world.lambda.find(REGION, 'f')?.environmentsStarted).toBe(2);
  });

  it('after a timeout or a crash the next invocation starts in a new process', async () => {
    const world = createWorld();
    world.define(
      'f',
      handler(
        'count += 1; if (event.hang) await wait(60_000); if (event.exit) process.exit(1); return count',
        `${WAIT} let count = 0;`,
      ),
      { timeout_s: 3 },
    );
    expect((await world.call('f')).value).toBe(1);
    const start_ms = world.clock.now_ms();
    expect((await world.call('f', { hang: true })).error).toBe(true);
    expect(world.clock.now_ms() - start_ms).toBe(3000);
    expect((await world.call('f')).value).toBe(1);
    expect((await world.call('f', { exit: true })).error).toBe(true);
    expect((await world.call('f')).value).toBe(1);
  });
});

describe('a function that is killed', () => {
  const source = handler(
    `for (let n = 1; n <= 3; n += 1) { console.log('before ' + n); await fetch('https://x.test/' + n); console.log('after ' + n); } return 'done'`,
  );
  const logged = (world: World) =>
    world.lambda.logs.filter(({ level }) => level === 'INFO').map(({ message }) => message);

  it.each([0, 1, 2, 3])('dies after %i requests have had their effect, and never runs again', async (afterCalls) => {
    const world = createWorld({ send: async (_, { clock }) => clock.sleep(100).then(() => json({})) });
    world.define('f', source);
    world.lambda.killNext(REGION, 'f', { afterCalls });
    const { error, value } = await world.call('f');
    expect(error).toBe(true);
    expect(value).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('signal: killed'),
    });
    await world.run();
    expect(world.sent.length).toBe(afterCalls);
    expect(logged(world)).toEqual(
      ['before 1', 'after 1', 'before 2', 'after 2', 'before 3'].slice(0, Math.max(1, 2 * afterCalls - 1)),
    );
    expect((await world.call('f')).value).toBe('done');
  });

  it('loses its requests under way', async () => {
    const world = createWorld({ send: async (_, { clock }) => clock.sleep(10_000).then(() => json({})) });
    world.define('f', source);
    world.lambda.killNext(REGION, 'f', { after_ms: 500 });
    expect((await world.call('f')).error).toBe(true);
    expect(world.sent.map(({ request }) => request.signal?.aborted)).toEqual([true]);
    await world.run();
    expect(logged(world)).toEqual(['before 1']);
  });

  it('in a lost region stops where it is, and answers nobody', async () => {
    const world = createWorld({ send: async (_, { clock }) => clock.sleep(1000).then(() => json({})) });
    world.define('f', source);
    let answered = false;
    world.lambda.invoke(REGION, 'f', {}).finally(() => {
      answered = true;
    });
    await world.run(world.clock.now_ms() + 1800);
    world.lost.add(REGION);
    await world.run();
    expect(answered).toBe(false);
    expect(logged(world)).toEqual(['before 1', 'after 1', 'before 2']);
    world.lost.clear();
    expect((await world.call('f')).value).toBe('done');
  });
});

describe('an error of the simulated world itself', () => {
  it('is never taken for an error of the function that asked', async () => {
    const reasons: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => reasons.push(reason));
    const world = createWorld({
      send: async () => {
        void Promise.reject(new Error('a bug in a service'));
        return json({});
      },
    });
    world.define('f', handler('await fetch("https://x.test"); await wait(10); return 1', WAIT));
    expect((await world.call('f')).value).toBe(1);
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
    expect(reasons).toMatchObject([{ message: 'a bug in a service' }]);
  });
});
