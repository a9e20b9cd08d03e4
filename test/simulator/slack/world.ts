import { WebClient } from '@slack/web-api';
import { sampleWorkspace } from '../../../sandbox/world/workspace.ts';
import { VirtualClock } from '../../../simulator/clock.ts';
import { seeded } from '../../../simulator/random.ts';
import { SlackClient } from '../../../simulator/slack/client.ts';
import type { Json } from '../../../simulator/slack/json.ts';
import type { WorkspaceSpec } from '../../../simulator/slack/model.ts';
import { Person } from '../../../simulator/slack/person.ts';
import { createSlack, type Slack } from '../../../simulator/slack/workspace.ts';
import {
  type Caller,
  type Network,
  NetworkFailure,
  type WireRequest,
  type WireResponse,
} from '../../../simulator/wire.ts';

export const START_MS = Date.UTC(2026, 10, 20, 23, 14);

type App = (request: WireRequest) => Promise<WireResponse>;

/** A workspace, an app behind the network, the real Web API client, and people. */
export class World {
  readonly clock = new VirtualClock(START_MS);
  readonly random = seeded('slack');
  readonly slack: Slack;
  readonly client: SlackClient;
  app: App = () => Promise.resolve(answer(200, ''));

  constructor(changes: Partial<WorkspaceSpec> = {}) {
    const { clock, random } = this;
    this.slack = createSlack({ clock, random, spec: sampleWorkspace(changes) });
    const network: Network = {
      send: (request) => this.app(request),
      resolve: () => Promise.reject(new NetworkFailure('ENOTFOUND', 'no names here')),
    };
    this.client = new SlackClient({
      slack: this.slack,
      network,
      clock,
      requestUrl: new URL('https://app.example/slack'),
    });
  }

  web(token = 'xoxb-sandbox-muster'): WebClient {
    return new WebClient(token, {
      fetch: fetchOf(this.slack, { name: 'muster-notify', region: 'eu-central-1' }),
      rejectRateLimitedCalls: true,
      retryConfig: { retries: 0 },
      logger: silent,
    });
  }

  person(user: string, options: { readonly patience_s?: number; readonly channel?: string } = {}): Person {
    const { slack, client, clock, random } = this;
    return new Person({ slack, client, clock, random, user, channel: 'C0DR', ...options });
  }

  /** Lets time pass until the work is done. */
  async during<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const end = (): void => {
      settled = true;
    };
    work.then(end, end);
    for (let idle = 0; !settled; ) {
      const result = await this.clock.run({ until: () => settled, limit_ms: START_MS + 24 * 3_600_000 });
      idle = result === 'idle' ? idle + 1 : 0;
      if (result === 'limit') throw new Error('a day has passed, and the work is not done');
      if (idle > 200) throw new Error('nothing is left that could happen, and the work is not done');
    }
    return work;
  }

  pass(duration_ms: number): Promise<void> {
    return this.during(this.clock.sleep(duration_ms));
  }
}

export const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => undefined,
  setName: () => undefined,
} as unknown as NonNullable<NonNullable<ConstructorParameters<typeof WebClient>[1]>['logger']>;

/** `fetch` into the simulation, with the bytes that the real one would send. */
export function fetchOf(slack: Slack, caller: Caller): typeof fetch {
  return async (input, init) => {
    const request = new Request(input as string, init);
    const response = await slack.handle(
      {
        method: request.method,
        url: new URL(request.url),
        headers: Object.fromEntries(request.headers),
        body: new Uint8Array(await request.arrayBuffer()),
      },
      caller,
    );
    return new Response(Buffer.from(response.body), { status: response.status, headers: response.headers });
  };
}

export function answer(status: number, body: string | Json): WireResponse {
  const isText = typeof body === 'string';
  return {
    status,
    headers: { 'content-type': isText ? 'text/plain' : 'application/json' },
    body: new TextEncoder().encode(isText ? body : JSON.stringify(body)),
  };
}

/** What the app got: the form, or the payload inside it. */
export function received(request: WireRequest): Json {
  const form = Object.fromEntries(new URLSearchParams(new TextDecoder().decode(request.body)));
  return form['payload'] === undefined ? form : (JSON.parse(form['payload']) as Json);
}

/** Slack's error code of a failing call. */
export async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const data = (error as { data?: { error?: string } }).data;
    return data?.error ?? String((error as Error).message);
  }
  return 'no error';
}

export const section = (text: string): Json => ({ type: 'section', text: { type: 'mrkdwn', text } });
export const button = (label: string, action_id: string, more: Json = {}): Json => ({
  type: 'button',
  text: { type: 'plain_text', text: label },
  action_id,
  ...more,
});
export const actions = (...elements: readonly Json[]): Json => ({ type: 'actions', block_id: 'decide', elements });
