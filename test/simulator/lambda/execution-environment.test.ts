import { describe, expect, it } from 'vitest';
import { WallClock } from '../../../simulator/clock.ts';
import { createLambda } from '../../../simulator/lambda/functions.ts';
import { seeded } from '../../../simulator/random.ts';
import { handler } from './function-world.ts';
import { createWorld, json, never, REGION, real_ms, START_MS } from './world.ts';

async function result(body: string, top = '', world = createWorld()): Promise<unknown> {
  world.define('f', handler(body, top));
  const { error, value } = await world.call('f');
  if (error) throw new Error(JSON.stringify(value));
  return value;
}

describe('time in an environment', () => {
  it('is the world’s, on every clock that Node has', async () => {
    const body = `
      const start = { date: Date.now(), performance: performance.now(), hr: process.hrtime.bigint() };
      await new Promise((resolve) => setTimeout(resolve, 90_000));
      const hr = process.hrtime();
      return { iso: new Date().toISOString(), text: Date(), date: Date.now() - start.date, performance: performance.now() - start.performance,
        hr: Number(process.hrtime.bigint() - start.hr), rest: process.hrtime(hr), isDate: new Date() instanceof Date, ctor: new Date().constructor === Date,
        format: new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', timeStyle: 'medium' }).format() }`;
    const world = createWorld();
    world.define('f', handler(body), { timeout_s: 120 });
    let value: unknown;
    const spent_ms = await real_ms(async () => {
      value = (await world.call('f')).value;
    });
    const now_ms = Math.floor(world.clock.now_ms());
    expect(value).toMatchObject({
      date: 90_000,
      performance: 90_000,
      hr: 90_000_000_000,
      rest: [0, 0],
      isDate: true,
      ctor: true,
    });
    expect(value).toMatchObject({ iso: new Date(now_ms).toISOString(), text: new Date(now_ms).toString() });
    expect(value).toMatchObject({ format: new Date(now_ms).toISOString().slice(11, 19) });
    expect(now_ms).toBeGreaterThan(START_MS + 90_000);
    expect(spent_ms).toBeLessThan(2000);
  });

  it('drives node:timers, node:timers/promises, promisify, AbortSignal.timeout and intervals', async () => {
    const body = `
      const order = []; const start = Date.now(); const mark = (name) => order.push(name + '@' + (Date.now() - start));
      const { setTimeout: sleep, setInterval: every } = require('node:timers/promises');
      await sleep(1000); mark('promises');
      await require('node:util').promisify(setTimeout)(1000); mark('promisify');
      await require('timers/promises').scheduler.wait(500); mark('scheduler');
      for await (const _ of every(100)) { mark('every'); break; }
      const aborted = await sleep(5000, 1, { signal: AbortSignal.timeout(250) }).catch((error) => error.name); mark(aborted);
      const signal = AbortSignal.timeout(100);
      await new Promise((resolve) => signal.addEventListener('abort', resolve)); mark(signal.reason.name);
      let count = 0; await new Promise((resolve) => { const id = setInterval(() => { if (++count === 3) { clearInterval(id); resolve(); } }, 10); }); mark('interval');
      const gone = setTimeout(() => mark('never'), 1); clearTimeout(Number(gone));
      await new Promise((resolve) => setImmediate(resolve)); await sleep(5); mark('end');
      return order`;
    expect(await result(body)).toEqual([
      'promises@1000',
      'promisify@2000',
      'scheduler@2500',
      'every@2600',
      'AbortError@2850',
      'TimeoutError@2950',
      'interval@2980',
      'end@2985',
    ]);
  });
});

describe('the context of an environment', () => {
  it('bridges instanceof between the bundle’s classes and Node’s', async () => {
    const body = `
      const { once, EventEmitter } = require('node:events'); const e = new EventEmitter();
      class Mine extends Error {}
      let parse; try { new URL('nonsense') } catch (error) { parse = error }
      return [parse instanceof TypeError, parse instanceof Error, parse instanceof Mine, new Mine() instanceof Error, new Error() instanceof Mine,
        Buffer.from('x') instanceof Uint8Array, new TextEncoder().encode('x') instanceof Uint8Array, once(e, 'x') instanceof Promise,
        structuredClone({ a: [1] }).a instanceof Array, new File(['x'], 'a') instanceof Blob, AbortSignal.abort() instanceof AbortSignal,
        structuredClone(new Map()) instanceof Map, require('node:util').types.isDate(new Date())]`;
    expect(await result(body)).toEqual([true, true, false, true, false, ...Array(8).fill(true)]);
  });

  it('draws every random number from the seed', async () => {
    const body = `
      const crypto = require('node:crypto');
      return [Math.random(), crypto.randomUUID(), globalThis.crypto.randomUUID(), crypto.randomBytes(4).toString('hex'), crypto.randomInt(1000),
        [...globalThis.crypto.getRandomValues(new Uint8Array(4))], [...crypto.randomFillSync(Buffer.alloc(2))], context.awsRequestId,
        await new Promise((resolve) => crypto.randomBytes(2, (_, bytes) => resolve(bytes.toString('hex'))))]`;
    const [first, again, other] = [
      await result(body),
      await result(body),
      await result(body, '', createWorld(undefined, 'other')),
    ];
    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
    expect(new Set((first as unknown[]).map(String)).size).toBe(9);
  });

  it('computes hashes, signatures and subtle digests as Node does, with time paused', async () => {
    const body = `
      const before = Date.now(); let fired = false; setTimeout(() => { fired = true }, 1);
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('muster'));
      return [Buffer.from(digest).toString('hex') === require('crypto').createHash('sha256').update('muster').digest('hex'), Date.now() - before, fired]`;
    expect(await result(body)).toEqual([true, 0, false]);
  });

  it('shows nothing of the host: files, environment, machine', async () => {
    const top = `const fs = require('node:fs'); const os = require('os');`;
    const body = `
      const order = []; const code = (error) => error.code;
      const all = await Promise.all([fs.promises.readFile('/root/.aws/config').catch(code), require('fs/promises').readFile('/etc/passwd', 'utf8').catch(code),
        new Promise((resolve) => fs.readFile('/etc/hosts', 'utf8', (error) => resolve(error.code)))]);
      return { all, self: fs.readFileSync(__filename, 'utf8').length, exists: fs.existsSync('/etc/passwd'), ls: fs.readdirSync('/var/task'),
        home: os.homedir(), path: process.env.PATH.startsWith('/var/lang'), host: Object.keys(process.env).length, cwd: process.cwd(), missing: process.env.HOME === undefined }`;
    const world = createWorld();
    const value = await result(body, top, world);
    expect(value).toMatchObject({
      all: ['ENOENT', 'ENOENT', 'ENOENT'],
      exists: false,
      ls: ['index.js'],
      home: '/home/sbx_user1051',
    });
    expect(value).toMatchObject({ path: true, cwd: '/var/task', missing: true, self: handler(body, top).length });
  });

  it.each([
    `require('node:net').connect(80)`,
    `require('tls').connect(443)`,
    `require('child_process').execSync('true')`,
    `new (require('worker_threads').Worker)('x')`,
    `require('fs').writeFileSync('/tmp/x', 'y')`,
    `require('http').createServer()`,
    `require('node:dns').resolveTxt('x', () => {})`,
    `require('crypto').generateKeyPairSync('rsa')`,
    `require('zlib').createGzip()`,
    `new WebSocket('wss://example.com')`,
    `new MessageChannel()`,
    `new CompressionStream('gzip')`,
    `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)`,
    `require('process').getBuiltinModule('fs')`,
  ])('refuses %s', async (code) => {
    const world = createWorld();
    world.define('f', handler(`${code}; return 'reached'`));
    const { error, value } = await world.call('f');
    expect(error).toBe(true);
    expect(value).toMatchObject({ errorMessage: expect.stringMatching(/not simulated|is not a function/) });
  });

  it('has the builtin module behind a dynamic import', async () => {
    expect(
      await result(
        `const { isIP, default: net } = await import("node:net"); return [isIP('::1'), net.isIP('1.2.3.4')]`,
      ),
    ).toEqual([6, 4]);
  });

  it('keeps what a function logs, with its request id and the time of the world', async () => {
    const world = createWorld();
    world.define(
      'f',
      handler(
        `console.log('%s is %d', 'lag', 4, { a: [1] }); console.warn(new Error('odd').message); process.stdout.write('raw\\n')`,
      ),
    );
    await world.call('f');
    const lines = world.lambda.logs.filter((line) => line.level !== 'PLATFORM');
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['INFO', 'lag is 4 { a: [ 1 ] }'],
      ['WARN', 'odd'],
      ['INFO', 'raw'],
    ]);
    expect(new Set(lines.map((line) => line.requestId)).size).toBe(1);
    expect(lines[0]).toMatchObject({ functionName: 'f', region: REGION, at_ms: world.clock.now_ms() });
  });
});

describe('the network of an environment', () => {
  const slow = { send: async () => json({ ok: true }) };

  it('answers fetch with the bundle’s own objects, sends bodies and headers, and names the caller', async () => {
    const world = createWorld(slow);
    const body = `
      const form = new FormData(); form.set('file', new File(['x'.repeat(300_000)], 'a.txt'));
      await fetch('https://slack.com/upload', { method: 'POST', body: form });
      const response = await fetch(new URL('https://slack.com/api/x?y=1'), { method: 'POST', body: new URLSearchParams({ a: 'b c' }), headers: { authorization: 'Bearer t' } });
      const parsed = await response.json();
      return [response.status, response.url, Object.getPrototypeOf(parsed) === Object.prototype, response instanceof Response]`;
    expect(await result(body, '', world)).toEqual([200, 'https://slack.com/api/x?y=1', true, true]);
    const [upload, post] = world.sent;
    expect(upload?.request.body.length).toBeGreaterThan(300_000);
    expect(post?.request.headers).toMatchObject({
      authorization: 'Bearer t',
      'content-type': expect.stringContaining('x-www-form-urlencoded'),
    });
    expect(Buffer.from(post?.request.body ?? []).toString()).toBe('a=b+c');
    expect(post?.caller).toMatchObject({
      name: 'f',
      region: REGION,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('draws a multipart boundary from the seed', async () => {
    const bodyOf = async (): Promise<string> => {
      const world = createWorld(slow);
      await result(
        `const form = new FormData(); form.set('a', 'b'); await fetch('https://x.test', { method: 'POST', body: form })`,
        '',
        world,
      );
      return Buffer.from(world.sent[0]?.request.body ?? []).toString();
    };
    expect(await bodyOf()).toBe(await bodyOf());
    expect(await bodyOf()).toContain('name="a"');
  });

  it('gives up a fetch that nobody answers when its signal says so, and tells the network', async () => {
    const world = createWorld({ send: () => never });
    const body = `const start = Date.now(); return fetch('https://x.test', { signal: AbortSignal.timeout(3000) }).catch((error) => [error.name, Date.now() - start])`;
    const spent_ms = await real_ms(async () => expect(await result(body, '', world)).toEqual(['TimeoutError', 3000]));
    expect(world.sent[0]?.request.signal?.aborted).toBe(true);
    expect(spent_ms).toBeLessThan(1000);
  });

  it('ends an unanswered fetch after undici’s 300 s', async () => {
    const world = createWorld({ send: () => never });
    world.define(
      'f',
      handler(
        `const start = Date.now(); return fetch('https://x.test').catch((error) => [error.message, error.cause.code, Date.now() - start])`,
      ),
      { timeout_s: 900 },
    );
    expect((await world.call('f')).value).toEqual(['fetch failed', 'UND_ERR_HEADERS_TIMEOUT', 300_000]);
  });

  it('follows redirects without handing credentials to another origin', async () => {
    const world = createWorld({
      send: async ({ url }) =>
        url.pathname === '/a'
          ? { status: 302, headers: { location: 'https://b.test/c' }, body: new Uint8Array() }
          : json('here'),
    });
    const body = `const r = await fetch('https://a.test/a', { headers: { authorization: 'secret', 'x-kept': '1' } }); return [r.url, r.redirected, await r.json()]`;
    expect(await result(body, '', world)).toEqual(['https://b.test/c', true, 'here']);
    expect(world.sent[1]?.request.headers).toMatchObject({ 'x-kept': '1', host: 'b.test' });
    expect(world.sent[1]?.request.headers['authorization']).toBeUndefined();
  });

  it('speaks http.request: events in Node’s order, a real stream as response', async () => {
    const world = createWorld({
      send: async (_, { clock }) => {
        await clock.sleep(40);
        return json({ a: 1 });
      },
    });
    const body = `
      const events = [];
      const text = await new Promise((resolve, reject) => {
        const req = require('node:https').request({ hostname: 'x.test', path: '/p?q=1', method: 'PUT', headers: { 'X-One': 'a' }, timeout: 100 }, async (res) => {
          events.push('response ' + res.statusCode + ' ' + res.headers['content-type']);
          let text = ''; for await (const chunk of res) text += chunk; resolve(text); });
        req.on('socket', (socket) => { events.push('socket ' + socket.connecting); socket.on('secureConnect', () => events.push('secureConnect')); });
        for (const name of ['finish', 'close', 'timeout']) req.on(name, () => events.push(name));
        req.on('error', reject); req.write('ab'); req.end('cd');
      });
      await new Promise((resolve) => setTimeout(resolve, 500));
      return [text, ...events]`;
    expect(await result(body, '', world)).toEqual([
      '{"a":1}',
      'socket true',
      'secureConnect',
      'finish',
      'response 200 application/json',
      'close',
    ]);
    const request = world.sent[0]?.request;
    expect([
      request?.method,
      request?.url.href,
      Buffer.from(request?.body ?? []).toString(),
      request?.headers['x-one'],
    ]).toEqual(['PUT', 'https://x.test/p?q=1', 'abcd', 'a']);
  });

  it('ends a request that nobody answers as Node does: timeout, destroy, abort, refused connection', async () => {
    const { NetworkFailure } = await import('../../../simulator/wire.ts');
    const world = createWorld({
      send: ({ url }) =>
        url.hostname === 'gone.test'
          ? Promise.reject(new NetworkFailure('ECONNREFUSED', 'connect ECONNREFUSED 203.0.113.7:443'))
          : never,
    });
    const body = `
      const { get } = require('node:https'); const start = Date.now();
      const run = (url, options, act) => new Promise((resolve) => { const events = []; const req = get(url, options);
        req.on('timeout', () => { events.push('timeout'); req.destroy(new Error('too slow')); });
        req.on('error', (error) => events.push(error.name + ' ' + (error.code ?? error.message)));
        req.on('close', () => resolve([...events, Date.now() - start])); act?.(req); });
      return [await run('https://a.test', { timeout: 200 }), await run('https://a.test', {}, (req) => setTimeout(() => req.destroy(), 50)),
        await run('https://a.test', { signal: AbortSignal.timeout(30) }), await run('https://gone.test', {})]`;
    expect(await result(body, '', world)).toEqual([
      ['timeout', 'Error too slow', 200],
      ['Error ECONNRESET', 250],
      ['AbortError ABORT_ERR', 280],
      ['Error ECONNREFUSED', 280],
    ]);
    expect(world.sent.filter(({ request }) => request.signal?.aborted).length).toBe(3);
  });

  it('asks the world’s DNS, with c-ares’ timeouts', async () => {
    const { NetworkFailure } = await import('../../../simulator/wire.ts');
    const world = createWorld({
      send: () => never,
      resolve: (name, server) => {
        if (name === 'dead.test') return never;
        if (name === 'none.test') return Promise.reject(new NetworkFailure('ENOTFOUND', name));
        if (name === 'sick.test') return Promise.reject(new NetworkFailure('ESERVFAIL', name));
        return Promise.resolve({ addresses: [server === undefined ? '203.0.113.1' : '203.0.113.2'], ttl_s: 30 });
      },
    });
    const body = `
      const dns = require('node:dns'); const { Resolver, lookup } = require('node:dns/promises');
      const resolver = new Resolver({ timeout: 500, tries: 2 }); resolver.setServers(['198.51.100.53:53']);
      const start = Date.now(); const code = (error) => [error.code, Date.now() - start];
      const cancelled = new dns.Resolver(); setTimeout(() => cancelled.cancel(), 10);
      return [await lookup('a.test'), await dns.promises.lookup('a.test', { all: true }), await resolver.resolve4('a.test', { ttl: true }), await dns.promises.resolve('a.test'),
        await new Promise((resolve) => dns.lookup('a.test', (_, address, family) => resolve([address, family]))),
        await lookup('none.test').catch(code), await new Promise((resolve) => cancelled.resolve4('dead.test', (error) => resolve(code(error)))),
        await resolver.resolve4('dead.test').catch(code), await lookup('sick.test').catch(code), await resolver.resolve4('sick.test').catch(code)]`;
    expect(await result(body, '', world)).toEqual([
      { address: '203.0.113.1', family: 4 },
      [{ address: '203.0.113.1', family: 4 }],
      [{ address: '203.0.113.2', ttl: 30 }],
      ['203.0.113.1'],
      ['203.0.113.1', 4],
      ['ENOTFOUND', 0],
      ['ECANCELLED', 10],
      ['ETIMEOUT', 1510],
      ['EAI_AGAIN', 1510],
      ['ESERVFAIL', 1510],
    ]);
  });
});

describe('an environment on the wall clock', () => {
  it('works the same, at the speed of the wall clock', async () => {
    const network = {
      send: async () => json({ ok: true }),
      resolve: async () => ({ addresses: ['203.0.113.1'], ttl_s: 60 }),
    };
    const environment = { regionServes: () => true, duration_ms: (_: string, low_ms: number) => low_ms };
    const lambda = createLambda({
      clock: new WallClock(20),
      random: seeded('wall'),
      environment,
      network,
      accountId: '123456789012',
    });
    const body = `const start = Date.now(); await new Promise((resolve) => setTimeout(resolve, 2000));
      const response = await fetch('https://x.test'); return [Date.now() - start >= 2000, await response.json()]`;
    const base = {
      handler: 'index.handler',
      timeout_s: 30,
      memory_mb: 128,
      environment: {},
      retries: 0,
      maximumAge_s: 60,
    } as const;
    lambda.define(REGION, { ...base, name: 'f', source: handler(body) });
    const spent_ms = await real_ms(async () => {
      const answer = await lambda.invoke(REGION, 'f', {});
      expect(JSON.parse(answer.payload)).toEqual([true, { ok: true }]);
    });
    expect(spent_ms).toBeGreaterThan(90);
    expect(spent_ms).toBeLessThan(2000);
  });
});
