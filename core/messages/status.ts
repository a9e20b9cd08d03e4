import type { ApplicationConfig, Config } from '../config/schema.ts';
import { isStandalone, sayInstances, writerRegion } from '../database-state.ts';
import { isUnfenced, newestFence } from '../fence.ts';
import type { Operation } from '../operation.ts';
import { planPromote } from '../plan.ts';
import { sayRefusal } from '../reasons.ts';
import type { Observed, Probe, ServiceObserved, Topology } from '../topology.ts';
import { cut, entities, escaped, LIMITS, listed, quoted } from './block-kit.ts';
import { plainLine } from './root.ts';
import { duration, lossShort, methodTitle, when } from './words.ts';

/** `/dr status`: the answer first, then what it rests on, each with its age. Only the person who asks sees it; it changes nothing. */
export function statusText(
  topology: Topology,
  config: Config,
  app: ApplicationConfig,
  inFlight?: Operation,
  /** The operation that decided where it runs now. */
  last?: Operation,
): string {
  const name = topology.application;
  const lines = [
    ...unfencedLine(last, app),
    `*${name}: ${answer(topology, app, inFlight)}*`,
    ...(inFlight === undefined
      ? []
      : [`• *In flight:* ${escaped(plainLine(inFlight, config, topology.at))} (\`${inFlight.id}\`)`]),
    ...(inFlight !== undefined ? [] : readiness(topology, app)),
    `• *Home, ${app.home}:* ${homeWords(topology)}`,
    ...databaseLines(topology, app),
    `• *Traffic:* ${app.traffic.record} ${trafficWords(topology, app)}`,
    `• *Services in ${app.home}* (home): ${services(topology.homeServices)}`,
    `• *Services in ${app.standby}* (standby): ${services(topology.standbyServices)}`,
    `Observed ${when(topology.at)} from ${app.standby}.`,
  ];
  return cut(lines.join('\n'), LIMITS.text);
}

/** A home that may start again and work beside the standby comes before everything else. */
function unfencedLine(last: Operation | undefined, app: ApplicationConfig): readonly string[] {
  const verdict = last === undefined || !isUnfenced(last) ? undefined : newestFence(last);
  if (last === undefined || verdict === undefined) return [];
  return [
    `*${last.application}: HOME ${app.home} IS NOT FENCED* (${verdict.fence}, seen ${when(verdict.at)}): ${quoted(verdict.detail)}. Its tasks, crons and consumers may start again when the region comes back; Muster tries every minute to stop them (\`${last.id}\`).`,
  ];
}

function answer(topology: Topology, app: ApplicationConfig, inFlight: Operation | undefined): string {
  if (inFlight !== undefined) return `an operation is in flight, \`${inFlight.id}\``;
  const planned = planPromote(topology.application, app, topology);
  if (planned.ok) {
    const { plan, facts } = planned;
    return `home ${app.home} is ${topology.home.verdict.toUpperCase()}; ready to promote to ${plan.to} (${methodTitle(plan.database.method)}, ${lossShort(plan, facts)})`;
  }
  if (planned.refusal.code === 'already-promoted') return `runs in ${app.standby}; it has been promoted`;
  if (planned.refusal.code === 'account-closed') return `NOT ready to promote; home ${app.home} was not checked`;
  return `home ${app.home} is ${topology.home.verdict.toUpperCase()}; NOT ready to promote`;
}

function readiness(topology: Topology, app: ApplicationConfig): readonly string[] {
  const planned = planPromote(topology.application, app, topology);
  if (planned.ok)
    return [
      `• *Why this method:* ${quoted(planned.facts.why)} ${planned.facts.notices.map((n) => quoted(n)).join(' ')}`.trimEnd(),
    ];
  if (planned.refusal.code === 'already-promoted') return [];
  return [`• *Because:* ${entities(sayRefusal(planned.refusal))}`];
}

/** Without access to the account nothing is known of home. */
const homeWords = ({ home, noAccess }: Topology): string =>
  noAccess === undefined ? `${home.verdict.toUpperCase()}. ${evidence(home.probes)}` : 'not checked.';

/** What was asked of home and what it answered, so that people can check the verdict. */
function evidence(probes: readonly Probe[]): string {
  if (probes.length === 0) return 'No probe was made.';
  return `${listed(
    probes.map(
      (probe) =>
        `${quoted(probe.what, 60)}: ${probe.result}${probe.detail === '' ? '' : ` (${quoted(probe.detail, 100)})`}`,
    ),
    8,
  )}.`;
}

function databaseLines(topology: Topology, app: ApplicationConfig): readonly string[] {
  if (app.database.kind === 'none' || topology.database === undefined) return ['• *Database:* none'];
  if (!topology.database.known) return [`• *Database:* unknown: ${quoted(topology.database.why)}`];
  const database = topology.database.value;
  const writer = writerRegion(database, app.standby);
  const resyncing = database.members.filter((member) => member.synchronization === 'pending-resync');
  const standby = database.standbyCluster.known
    ? `${quoted(database.standbyCluster.value.status, 60)}, ${quoted(sayInstances(database.standbyCluster.value.instances), 200)}${isStandalone(database) ? ', *in no global cluster*' : ''}`
    : `unknown: ${quoted(database.standbyCluster.why)}`;
  return [
    `• *Database:* writer in ${writer ?? 'an unknown region (Aurora names none)'}; ${quoted(database.globalCluster, 80)} is ${quoted(database.status, 60)}${database.failover === undefined ? '' : ` (${quoted(database.failover.status, 60)})`}; standby cluster: ${standby}`,
    `• *Replication lag:* ${lagWords(topology)}`,
    ...(resyncing.length === 0
      ? []
      : [
          `• *NO STANDBY while it resynchronises:* ${listed(
            resyncing.map((member) => member.region),
            3,
          )}`,
        ]),
  ];
}

function lagWords(topology: Topology): string {
  if (topology.database?.known !== true) return 'unknown';
  const { lag } = topology.database.value;
  if (!lag.known) return `unknown: ${quoted(lag.why)}`;
  return `${duration(lag.value.lag_ms / 1000)}, data point ${duration(lag.value.age_s)} old when it was read`;
}

function trafficWords(topology: Topology, app: ApplicationConfig): string {
  if (!topology.traffic.known) return `unknown: ${quoted(topology.traffic.why)}`;
  const { answer: side, addresses } = topology.traffic.value;
  const where = {
    home: `leads to ${app.home} (home)`,
    standby: `leads to ${app.standby} (standby)`,
    mixed: 'leads to BOTH regions: resolvers do not agree',
    neither: 'leads to NEITHER region',
  }[side];
  return `${where}: ${listed(addresses, 6) || 'no addresses'}`;
}

function services(observed: readonly Observed<ServiceObserved>[]): string {
  if (observed.length === 0) return 'none';
  const words = observed.map((service) =>
    service.known
      ? `${service.value.name} ${service.value.running}/${service.value.desired} running${service.value.healthy === undefined ? '' : ` (${service.value.healthy} healthy)`}`
      : `unknown (${quoted(service.why, 100)})`,
  );
  return listed(words, 12);
}
