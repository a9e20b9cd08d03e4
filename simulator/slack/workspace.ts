import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { Caller, WireRequest, WireResponse } from '../wire.ts';
import { Args, argumentsOf, jsonResponse, SlackApiError, textResponse } from './body.ts';
import { type FaultMode, SlackFaults } from './faults.ts';
import type { Json } from './json.ts';
import { RateLimits } from './limits.ts';
import { CHAT } from './methods/chat.ts';
import { CONVERSATIONS } from './methods/conversations.ts';
import { fileMethods } from './methods/files.ts';
import { type Method, type MethodCall, type Methods, needScope } from './methods/method.ts';
import { PEOPLE } from './methods/people.ts';
import { PINS } from './methods/pins.ts';
import { VIEWS } from './methods/views.ts';
import type { WorkspaceSpec } from './model.ts';
import { receiveResponse } from './response-url.ts';
import { Workspace } from './state.ts';
import { Uploads } from './uploads.ts';

/** How long Slack takes, there and back together; `slow` is what an incident looks like. */
const LATENCY_MS = { low: 60, high: 250 } as const;
const SLOW_MS = { low: 5_000, high: 20_000 } as const;

interface SlackOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly spec: WorkspaceSpec;
}

export interface Slack {
  /** Answers slack.com and the hosts below it. Never settles when nobody answers. */
  handle(request: WireRequest, caller: Caller): Promise<WireResponse>;
  readonly workspace: Workspace;
  readonly faults: SlackFaults;
}

export function createSlack({ clock, random, spec }: SlackOptions): Slack {
  const workspace = new Workspace(spec, clock, random.split('workspace'));
  const server = new Server(workspace, clock, random.split('server'));
  return { handle: (request, caller) => server.handle(request, caller), workspace, faults: server.faults };
}

class Server {
  readonly faults = new SlackFaults();
  readonly #workspace: Workspace;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limits = new RateLimits();
  readonly #uploads = new Uploads();
  readonly #methods: Methods;

  constructor(workspace: Workspace, clock: Clock, random: Random) {
    this.#workspace = workspace;
    this.#clock = clock;
    this.#random = random;
    this.#methods = { ...CHAT, ...VIEWS, ...PEOPLE, ...CONVERSATIONS, ...PINS, ...fileMethods(this.#uploads) };
  }

  async handle(request: WireRequest, caller: Caller): Promise<WireResponse> {
    const name = callName(request.url);
    const fault = this.faults.forCall(name, this.#clock.now_ms());
    const latency_ms = this.#random.between(LATENCY_MS.low, LATENCY_MS.high);
    await this.#clock.sleep(latency_ms / 2);
    if (fault === 'hang') return forever();
    if (fault === 'slow') await this.#clock.sleep(this.#random.between(SLOW_MS.low, SLOW_MS.high));
    const response = this.#failed(fault) ?? this.#answer(name, request, caller);
    this.#workspace.calls.push({
      at_ms: this.#clock.now_ms(),
      method: name,
      caller: caller.name,
      result: resultOf(response),
    });
    if (fault === 'effect-then-hang') return forever();
    await this.#clock.sleep(latency_ms / 2);
    return response;
  }

  #failed(fault: FaultMode | undefined): WireResponse | undefined {
    if (fault === '503') return textResponse(503, 'Service Unavailable');
    return fault === 'ratelimited' ? rateLimited(30) : undefined;
  }

  #answer(name: string, request: WireRequest, caller: Caller): WireResponse {
    const { hostname, pathname } = request.url;
    if (hostname === 'hooks.slack.com' && request.method === 'POST')
      return receiveResponse(request, this.#workspace, caller.name);
    if (hostname === 'files.slack.com' && request.method === 'POST') return this.#uploads.receive(request);
    if (!/^(www\.)?slack\.com$/.test(hostname) || !pathname.startsWith('/api/')) return textResponse(404, 'not found');
    const method = Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined;
    if (method === undefined)
      return textResponse(501, `NotImplemented: the sandbox does not simulate Slack's method ${name}`);
    return this.#run(name, method, request, caller);
  }

  #run(name: string, method: Method, request: WireRequest, caller: Caller): WireResponse {
    const { spec } = this.#workspace;
    const headers = {
      'x-oauth-scopes': spec.scopes.join(','),
      ...(method.scopes.length > 0 ? { 'x-accepted-oauth-scopes': method.scopes.join(',') } : {}),
    };
    try {
      const json = argumentsOf(request, method.takesJson);
      this.#authenticate(request, json);
      const args = new Args(json);
      const wait_s = this.#limits.take(name, method.limit, args.string('channel') ?? '', this.#clock.now_ms());
      if (wait_s !== undefined) return rateLimited(wait_s);
      const call: MethodCall = {
        workspace: this.#workspace,
        clock: this.#clock,
        random: this.#random,
        by: caller.name,
      };
      for (const scope of method.scopes) needScope(call, scope);
      return jsonResponse(200, { ok: true, ...method.run(args, call) }, headers);
    } catch (error) {
      if (!(error instanceof SlackApiError)) throw error;
      return jsonResponse(200, { ok: false, error: error.code, ...error.members }, headers);
    }
  }

  /** The token comes in the header or, in forms, as an argument. */
  #authenticate(request: WireRequest, args: Json): void {
    const bearer = /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
    const token = bearer ?? args['token'];
    if (token === undefined || token === '') throw new SlackApiError('not_authed');
    if (token !== this.#workspace.spec.botToken) throw new SlackApiError('invalid_auth');
  }
}

/** `chat.update`, `response_url`, `upload`: the names that faults and call records use. */
function callName(url: URL): string {
  if (url.hostname === 'hooks.slack.com') return 'response_url';
  if (url.hostname === 'files.slack.com') return 'upload';
  return url.pathname.replace(/^\/api\//, '');
}

function rateLimited(wait_s: number): WireResponse {
  return jsonResponse(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(wait_s) });
}

function resultOf(response: WireResponse): string {
  if (response.status !== 200 && response.status !== 429) return String(response.status);
  const text = new TextDecoder().decode(response.body);
  return text.startsWith('{"ok":false') ? (/"error":"([^"]+)"/.exec(text)?.[1] ?? 'error') : 'ok';
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}
