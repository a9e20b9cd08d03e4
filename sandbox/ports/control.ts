import * as v from 'valibot';
import { commandBody, commandForm } from '../../simulator/slack/payloads.ts';
import { headersOf } from '../../simulator/slack/signature.ts';
import type { WireRequest, WireResponse } from '../../simulator/wire.ts';
import type { World } from '../world/world.ts';
import { bodyOf, json, Refused, text } from './answer.ts';
import { type Breaker, createBreaker } from './breakage.ts';
import { createPeople, type People } from './people.ts';
import { operationView, stateOf } from './state.ts';

const USAGE = `GET  /state                the world as nobody in it can see it
GET  /operations           every operation of the ledger
GET  /operations/<id>      one, step by step
GET  /calls                the newest 200 AWS calls
POST /faults               break and fix: {"lose": region} {"wake": region} {"slack": "hang"} {"throttle": {"service": "rds"}}
                           {"hang": {"region": region}} {"flag": "lose"} {"durations_s": {"rds.failover": 600}}
                           {"status": {"region": region, "id": cluster or instance, "status": "backing-up", "for_s": 300}}
                           {"rds": {"failover-hangs": {}}} {"cancel_transfer": global cluster} {"stale_reads": {"service": "ecs", "seconds": 20}}
                           {"writes_through": {"application": name, "way": "own-cluster"}}
                           {"fail": {"service": "ecs", "share": 0.3, "how": "503"}} {"names": {"region": region, "as": "not-found"}}
                           {"application": {"name": "shop", "region": region, "status": 503, "share": 0.5}}; null fixes
GET  /people               who is in the workspace
GET  /people/<id>          what that person has on the screen
POST /people/<id>          {"type": "/dr status"}, {"fill": {field: value}}, {"submit": true}, {"click": button}, ...
POST /signed-command       {"user": id, "text": "status shop"}: a request as Slack signs it, for curl to send
`;
const SHOWN_CALLS = 200;

/** Longer than any request that this port knows. */
const BODY_BYTES = 64 * 1024;
const Typed = v.strictObject({ user: v.string(), text: v.pipe(v.string(), v.maxLength(4000)) });

interface Parts {
  readonly world: World;
  readonly speed: number;
  readonly breaker: Breaker;
  readonly people: People;
}

type Route = (parts: Parts, argument: string, request: WireRequest) => WireResponse | Promise<WireResponse>;

const ROUTES: readonly (readonly [string, RegExp, Route])[] = [
  ['GET', /^\/()$/, () => text(200, USAGE)],
  [
    'GET',
    /^\/()state$/,
    ({ world, speed, breaker }) =>
      json(
        200,
        fromLedger(() => stateOf(world, speed, breaker.broken())),
      ),
  ],
  [
    'GET',
    /^\/()operations$/,
    ({ world }) =>
      json(
        200,
        world.operationIds().map((id) => operationView(world, id)),
      ),
  ],
  ['GET', /^\/operations\/([\w-]+)$/, ({ world }, id) => oneOperation(world, id)],
  ['GET', /^\/()calls$/, ({ world }) => json(200, world.calls.slice(-SHOWN_CALLS).map(callView))],
  ['GET', /^\/()people$/, ({ people }) => json(200, people.names())],
  ['GET', /^\/people\/(\w+)$/, ({ people }, user) => text(200, `${people.screen(user)}\n`)],
  [
    'POST',
    /^\/people\/(\w+)$/,
    async ({ people }, user, request) => json(200, await people.act(user, bodyOf(request))),
  ],
  ['POST', /^\/()signed-command$/, ({ world }, _, request) => json(200, signedCommand(world, bodyOf(request)))],
  [
    'POST',
    /^\/()faults$/,
    ({ world, speed, breaker }, _, request) => {
      breaker.apply(bodyOf(request));
      return json(
        200,
        fromLedger(() => stateOf(world, speed, breaker.broken())),
      );
    },
  ],
];

/** The port for people who break things by hand and watch the effect. */
export function controlPort(world: World, speed: number): (request: WireRequest) => Promise<WireResponse> {
  const parts = { world, speed, breaker: createBreaker(world), people: createPeople(world) };
  return async (request) => {
    try {
      return await answer(parts, request);
    } catch (error) {
      if (error instanceof Refused) return json(error.status, { error: error.message });
      throw error;
    }
  };
}

function answer(parts: Parts, request: WireRequest): WireResponse | Promise<WireResponse> {
  // A page of another site must not break worlds through its visitor's browser.
  if (!isLoopback(request.headers['origin'])) throw new Refused(403, 'only pages of this machine may ask');
  if (request.body.length > BODY_BYTES) throw new Refused(413, `a body may have ${BODY_BYTES} bytes here`);
  const path = request.url.pathname;
  const there = ROUTES.filter(([, pattern]) => pattern.test(path));
  const route = there.find(([method]) => method === request.method);
  if (route !== undefined) return route[2](parts, route[1].exec(path)?.[1] ?? '', request);
  if (there.length > 0) throw new Refused(405, `${path} takes ${there.map(([method]) => method).join(' and ')}`);
  throw new Refused(404, `there is no ${path}; GET / lists what there is`);
}

function isLoopback(origin: string | undefined): boolean {
  return origin === undefined || ['127.0.0.1', 'localhost'].includes(URL.parse(origin)?.hostname ?? '');
}

function oneOperation(world: World, id: string): WireResponse {
  const view = fromLedger(() => operationView(world, id));
  if (view === undefined) throw new Refused(404, `the ledger knows no operation ${id}; GET /operations lists them`);
  return json(200, view);
}

/** A write by hand into the ledger's table can make it unreadable: the answer says so. */
function fromLedger<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Refused(409, `the ledger cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const callView = ({ at_ms, region, service, action, outcome, latency_ms, caller }: World['calls'][number]): object => ({
  at: new Date(at_ms).toISOString(),
  region,
  service,
  action,
  outcome,
  latency_ms: Math.round(latency_ms),
  caller: caller.name,
});

/** A slash command with a fresh trigger and response URL, signed at the sandbox's time, not the machine's. */
function signedCommand(world: World, wanted: unknown): object {
  const parsed = v.safeParse(Typed, wanted);
  if (!parsed.success) throw new Refused(400, 'write {"user": a Slack user id, "text": what follows /dr}');
  const { workspace } = world.slack;
  const { user, text: words } = parsed.output;
  if (workspace.user(user) === undefined) throw new Refused(404, `there is no user ${user}; GET /people lists them`);
  const typed = { user, channel: world.config.slack.channel, command: '/dr', text: words };
  const body = commandBody(commandForm(typed, workspace));
  const timestamp_s = Math.floor(world.clock.now_ms() / 1000);
  return { headers: headersOf({ body, secret: workspace.spec.signingSecret, timestamp_s }), body };
}
