import { describe, expect, it } from 'vitest';
import { AwsError, type Call } from '../../../simulator/aws/service.ts';
import { seeded } from '../../../simulator/random.ts';
import { handler } from './function-world.ts';
import { createWorld, REGION, type World } from './world.ts';

async function api(world: World, operation: string, input: object): Promise<Record<string, unknown>> {
  const call: Call = {
    clock: world.clock,
    random: seeded('api'),
    accountId: '123456789012',
    region: REGION,
    caller: { name: 'person:ana', region: undefined },
  };
  const run = world.lambda.service.operations[operation];
  if (run === undefined) throw new Error(`no operation ${operation}`);
  return (await world.until((async () => run(input, call))())) as Record<string, unknown>;
}

describe('the API', () => {
  it('invokes synchronously, asynchronously and dry, by name and by ARN', async () => {
    const world = createWorld();
    world.define('f', handler('if (event.fail) throw new Error("no"); console.log("ran"); return event'));
    const Payload = Buffer.from('{"a":1}');
    const answer = await api(world, 'Invoke', { FunctionName: 'f', Payload });
    expect([answer['StatusCode'], String(answer['Payload']), answer['FunctionError']]).toEqual([
      200,
      '{"a":1}',
      undefined,
    ]);
    const failed = await api(world, 'Invoke', {
      FunctionName: `arn:aws:lambda:${REGION}:123456789012:function:f:$LATEST`,
      Payload: Buffer.from('{"fail":1}'),
    });
    expect(failed).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(await api(world, 'Invoke', { FunctionName: 'f', InvocationType: 'DryRun' })).toEqual({ StatusCode: 204 });
    expect(await api(world, 'Invoke', { FunctionName: 'f', InvocationType: 'Event' })).toEqual({ StatusCode: 202 });
    await world.run();
    expect(world.lambda.logs.filter(({ message }) => message === 'ran').length).toBe(2);
  });

  it.each([
    ['ResourceNotFoundException', { FunctionName: 'nobody' }],
    ['ResourceNotFoundException', { FunctionName: 'f', Qualifier: 'live' }],
    ['InvalidRequestContentException', { FunctionName: 'f', Payload: Buffer.from('{') }],
    ['RequestTooLargeException', { FunctionName: 'f', Payload: Buffer.alloc(6_291_457, '1') }],
    ['RequestTooLargeException', { FunctionName: 'f', Payload: Buffer.alloc(1_048_577, '1'), InvocationType: 'Event' }],
    ['NotImplemented', { FunctionName: 'f', LogType: 'Tail' }],
  ])('answers %s', async (code, input) => {
    const world = createWorld();
    world.define('f', handler('return 1'));
    const error = await api(world, 'Invoke', input).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AwsError);
    expect((error as AwsError).code).toBe(code);
  });

  it('shows functions, their concurrency and their policy', async () => {
    const world = createWorld();
    world.define('a', handler('return 1'), { reservedConcurrency: 5, policy: { Version: '2012-10-17' } });
    world.define('b', handler('return 1'));
    expect(await api(world, 'GetFunction', { FunctionName: 'a' })).toMatchObject({
      Configuration: { Runtime: 'nodejs24.x', Timeout: 30 },
      Concurrency: { ReservedConcurrentExecutions: 5 },
    });
    expect(await api(world, 'GetFunctionConcurrency', { FunctionName: 'b' })).toEqual({});
    expect(await api(world, 'GetPolicy', { FunctionName: 'a' })).toEqual({ Policy: '{"Version":"2012-10-17"}' });
    await expect(api(world, 'GetPolicy', { FunctionName: 'b' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
    const page = await api(world, 'ListFunctions', { MaxItems: 1 });
    expect(page).toMatchObject({ Functions: [{ FunctionName: 'a' }], NextMarker: '1' });
    expect(await api(world, 'ListFunctions', { Marker: page['NextMarker'] })).toMatchObject({
      Functions: [{ FunctionName: 'b' }],
    });
  });
});

describe('a function URL', () => {
  const post = (world: World, type: string, body: string, path = '/slack?x=1&x=2') => {
    const url = new URL(`https://${world.lambda.urlHost(REGION, 'f')}${path}`);
    const answer = world.lambda.serveUrl({
      method: 'POST',
      url,
      headers: { 'content-type': type, cookie: 'a=1; b=2' },
      body: Buffer.from(body),
    });
    if (answer === undefined) throw new Error('no such host');
    return world.until(answer);
  };

  it('hands over a payload of format 2.0, forms as base64 and JSON as text', async () => {
    const world = createWorld();
    world.define('f', handler('return event'));
    const form = JSON.parse(
      Buffer.from((await post(world, 'application/x-www-form-urlencoded', 'a=b')).body).toString(),
    );
    expect(form).toMatchObject({
      version: '2.0',
      rawPath: '/slack',
      rawQueryString: 'x=1&x=2',
      queryStringParameters: { x: '1,2' },
      cookies: ['a=1', 'b=2'],
      body: Buffer.from('a=b').toString('base64'),
      isBase64Encoded: true,
      requestContext: {
        http: { method: 'POST', path: '/slack' },
        time: expect.stringMatching(/^20\/Nov\/2026:23:14:\d\d \+0000$/),
      },
    });
    const text = JSON.parse(
      Buffer.from((await post(world, 'application/json; charset=utf-8', '{"a":1}')).body).toString(),
    );
    expect(text).toMatchObject({ body: '{"a":1}', isBase64Encoded: false });
  });

  it.each([
    ['return { statusCode: 201, headers: { "X-A": "b" }, body: "made" }', 201, 'made'],
    ['return { statusCode: 200, body: Buffer.from("bytes").toString("base64"), isBase64Encoded: true }', 200, 'bytes'],
    ['return { ok: true }', 200, '{"ok":true}'],
    ['return "words"', 200, 'words'],
    ['return { statusCode: 200 }', 200, ''],
    ['return { statusCode: "yes" }', 502, '{"Message":"Internal Server Error"}'],
    ['throw new Error("no")', 502, '{"Message":"Internal Server Error"}'],
  ])('answers %s', async (body, status, text) => {
    const world = createWorld();
    world.define('f', handler(body));
    const answer = await post(world, 'text/plain', 'x');
    expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([status, text]);
  });

  it('throttles with 429, refuses what is too large, knows no other host', async () => {
    const world = createWorld();
    world.define('f', handler('return 1'), { reservedConcurrency: 0 });
    expect((await post(world, 'text/plain', 'x')).status).toBe(429);
    expect((await post(world, 'text/plain', 'x'.repeat(6_291_457))).status).toBe(413);
    const url = new URL(`https://abc.lambda-url.${REGION}.on.aws/`);
    expect(world.lambda.serveUrl({ method: 'GET', url, headers: {}, body: new Uint8Array() })).toBeUndefined();
  });
});
