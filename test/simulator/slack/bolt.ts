import { App, AwsLambdaReceiver } from '@slack/bolt';
import { vi } from 'vitest';
import type { WireRequest, WireResponse } from '../../../simulator/wire.ts';
import { fetchOf, silent, type World } from './world.ts';

/** A real Bolt app behind the receiver for Lambda, with the simulation behind its client. */
export function boltApp(world: World): App {
  const { spec } = world.slack.workspace;
  const receiver = new AwsLambdaReceiver({ signingSecret: spec.signingSecret, logger: silent });
  const app = new App({
    receiver,
    logger: silent,
    authorize: () => Promise.resolve({ botToken: spec.botToken, botId: spec.botId, botUserId: spec.botUserId }),
    clientOptions: { fetch: fetchOf(world.slack, { name: 'muster-slack', region: 'eu-central-1' }) },
  });
  const handler = receiver.toHandler();
  world.app = async (request) => {
    vi.setSystemTime(world.clock.now_ms());
    return asResponse(await handler(asEvent(request), {}));
  };
  return app;
}

/** As a function URL hands a request over. */
function asEvent(request: WireRequest): Parameters<ReturnType<AwsLambdaReceiver['toHandler']>>[0] {
  const isBase64Encoded = !/^(application\/x-www-form-urlencoded|text\/|application\/json)/.test(
    request.headers['content-type'] ?? '',
  );
  return {
    rawPath: request.url.pathname,
    headers: request.headers,
    body: Buffer.from(request.body).toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  } as never;
}

function asResponse(result: { statusCode: number; headers?: object; body: string }): WireResponse {
  const given = Object.entries(result.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return {
    status: result.statusCode,
    // What a function URL adds when the function names no type.
    headers: { 'content-type': 'application/json', ...Object.fromEntries(given) },
    body: new TextEncoder().encode(result.body),
  };
}
