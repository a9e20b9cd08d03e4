import type { ApplicationConfig } from '../core/config/schema.ts';
import { isHopeless } from '../core/database-state.ts';
import {
  judgeHome,
  known,
  type Observed,
  type Probe,
  type ServiceObserved,
  type Topology,
  unknown,
} from '../core/topology.ts';
import { capacityClient } from './adapters/capacity.ts';
import { bestEffort, NEEDED } from './adapters/clients.ts';
import { databaseClient, observeDatabase } from './adapters/database.ts';
import { attempt, type Failure } from './adapters/errors.ts';
import { assumeRole, inAccountOf } from './adapters/reach.ts';
import { observeTraffic } from './adapters/traffic.ts';
import { ask, resolveAt } from './adapters/web.ts';

/** Home gets this long; a plan is made without it rather than late. */
const HOME_PROBE_MS = 3_000;

/**
 * A look at home alone: its front door, its database's control plane and its services'. Credentials that cannot be had are
 * an answer of a kind: they say nothing of home.
 */
export async function lookAtHome(app: ApplicationConfig): Promise<Topology['home']> {
  const entered = asksAws(app) ? await attempt(assumeRole(app)) : undefined;
  if (entered?.ok === false) {
    const probes: Probe[] = [{ what: `account ${app.account?.id}`, result: 'refused', detail: entered.failure.text }];
    return { verdict: judgeHome(probes), probes };
  }
  const atHome = capacityClient(app.home, 'home', inAccountOf(app, bestEffort(HOME_PROBE_MS)));
  const [probes, services] = await Promise.all([
    probeHome(app),
    Promise.all(app.services.map(async (service) => seen(await attempt(atHome.observe(service))))),
  ]);
  const all = [...probes, ...serviceProbes(app, services)];
  return { verdict: judgeHome(all), probes: all };
}

/** What can be seen of an application, in both regions, from the standby. Home is asked best effort, all at once. */
export async function observe(name: string, app: ApplicationConfig): Promise<Topology> {
  // Before home's time limit starts: late credentials must not look like a silent home.
  const assumed = asksAws(app) ? await attempt(assumeRole(app)) : undefined;
  const now_ms = Date.now();
  if (assumed?.ok === false) {
    return { ...unseen(name, app, assumed.failure.text, now_ms), traffic: await observeTraffic(app) };
  }
  const atHome = capacityClient(app.home, 'home', inAccountOf(app, bestEffort(HOME_PROBE_MS)));
  const atStandby = capacityClient(app.standby, 'standby', inAccountOf(app, NEEDED));
  const [probes, database, standbyServices, homeServices, traffic] = await Promise.all([
    probeHome(app),
    seeDatabase(app, now_ms, true),
    Promise.all(app.services.map(async (service) => seen(await attempt(atStandby.observe(service))))),
    Promise.all(app.services.map(async (service) => seen(await attempt(atHome.observe(service))))),
    observeTraffic(app),
  ]);
  const all = [...probes, ...serviceProbes(app, homeServices)];
  return {
    application: name,
    at: new Date(now_ms).toISOString(),
    home: { verdict: judgeHome(all), probes: all },
    database,
    standbyServices: standbyServices.map(withoutFailure),
    homeServices: homeServices.map(withoutFailure),
    traffic,
  };
}

const asksAws = (app: ApplicationConfig): boolean => app.services.length > 0 || app.database.kind !== 'none';

/** Without access to the application's account AWS cannot be asked, and that says nothing of home. */
function unseen(name: string, app: ApplicationConfig, why: string, now_ms: number): Omit<Topology, 'traffic'> {
  const services = app.services.map(() => unknown(why));
  const probes: Probe[] = [{ what: `account ${app.account?.id}`, result: 'refused', detail: why }];
  return {
    application: name,
    at: new Date(now_ms).toISOString(),
    noAccess: why,
    home: { verdict: judgeHome(probes), probes },
    database: app.database.kind === 'none' ? undefined : unknown(why),
    standbyServices: services,
    homeServices: services,
  };
}

/** Through the standby's endpoints; home is asked its version, best effort, only when `askHome`. */
export function seeDatabase(app: ApplicationConfig, now_ms: number, askHome: boolean): Promise<Topology['database']> {
  const { database } = app;
  if (database.kind === 'none') return Promise.resolve(undefined);
  const home = askHome ? databaseClient(app.home, inAccountOf(app, bestEffort(HOME_PROBE_MS))) : undefined;
  return observeDatabase(databaseClient(app.standby, inAccountOf(app, NEEDED)), home, database, now_ms);
}

type Seen = Observed<ServiceObserved> & { readonly failure?: Failure };

function seen(result: Awaited<ReturnType<typeof attempt<ServiceObserved>>>): Seen {
  return result.ok ? known(result.value) : { ...unknown(result.failure.text), failure: result.failure };
}

const withoutFailure = (value: Seen): Observed<ServiceObserved> =>
  value.known ? known(value.value) : unknown(value.why);

function serviceProbes(app: ApplicationConfig, services: readonly Seen[]): Probe[] {
  return services.map((value, index) => {
    const what = `service ${app.services[index]?.name ?? ''} in ${app.home}`;
    return value.known
      ? { what, result: 'ok', detail: `${value.value.running} of ${value.value.desired} running` }
      : { what, result: value.failure?.kind ?? 'failing', detail: value.why };
  });
}

/** Home's database control plane and the application itself, behind home's own load balancer. */
async function probeHome(app: ApplicationConfig): Promise<Probe[]> {
  const probes = [probeApplication(app)];
  const { database } = app;
  if (database.kind === 'aurora-global') {
    const what = `database ${database.home} in ${app.home}`;
    const client = databaseClient(app.home, inAccountOf(app, bestEffort(HOME_PROBE_MS)));
    probes.push(
      attempt(client.cluster(database.home)).then((result): Probe => {
        if (!result.ok) return { what, result: result.failure.kind, detail: result.failure.text };
        const { status } = result.value;
        // Many statuses serve: only what certainly does not is held against home.
        return { what, result: isHopeless(status) ? 'failing' : 'ok', detail: status };
      }),
    );
  }
  return Promise.all(probes);
}

async function probeApplication(app: ApplicationConfig): Promise<Probe> {
  const what = `application at ${app.traffic.home.target}`;
  const [resolver] = app.verify.resolvers;
  try {
    const [address] = resolver === undefined ? [] : await resolveAt(resolver, app.traffic.home.target, HOME_PROBE_MS);
    if (address === undefined) return { what, result: 'silent', detail: 'its name does not resolve' };
    const answer = await ask('GET', app.verify.healthUrl, address, HOME_PROBE_MS);
    const well = answer.status >= 200 && answer.status < 400;
    return { what, result: well ? 'ok' : 'failing', detail: `HTTP ${answer.status}` };
  } catch (error) {
    return { what, result: 'silent', detail: error instanceof Error ? error.message : String(error) };
  }
}
