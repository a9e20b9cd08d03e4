import { roleName } from '../../core/access.ts';
import type { Config } from '../../core/config/schema.ts';
import { bodyOf, type LedgerEvent, type LedgerRecord } from '../../core/ledger.ts';
import { foldOperation, type Operation } from '../../core/operation.ts';
import { parseStream, type Streams, streamsOf } from '../../core/streams.ts';
import { createEndpoint, type Endpoint } from '../../simulator/aws/endpoint.ts';
import type { CallRecord } from '../../simulator/aws/faults.ts';
import { Identities } from '../../simulator/aws/identities.ts';
import { type FaultOf, faultRule } from '../../simulator/aws/latency.ts';
import type { Call } from '../../simulator/aws/service.ts';
import type { Route53 } from '../../simulator/aws/services/route-53/route-53.ts';
import { together } from '../../simulator/aws/services/route-53/together.ts';
import { StaleReads } from '../../simulator/aws/stale-reads.ts';
import type { Clock } from '../../simulator/clock.ts';
import { createEnvironment, type WorldEnvironment } from '../../simulator/environment.ts';
import type { Lambda } from '../../simulator/lambda/functions.ts';
import { createDns } from '../../simulator/network/dns.ts';
import { createNetwork, isServiceHost, type SimulatedNetwork } from '../../simulator/network/network.ts';
import { type Random, seeded } from '../../simulator/random.ts';
import { SlackClient } from '../../simulator/slack/client.ts';
import { Person } from '../../simulator/slack/person.ts';
import { createSlack, type Slack } from '../../simulator/slack/workspace.ts';
import { createStepFunctions, type StepFunctions } from '../../simulator/stepfunctions/stepfunctions.ts';
import { type Accounts, createAccounts, seedRoles, servicesOf } from './accounts.ts';
import { createApplications, type RunningApplication, seedAlarms } from './applications.ts';
import { type Artifacts, type Deployment, deployMuster } from './deployment.ts';
import { createFlagEndpoint, type FlagEndpoint } from './flag-endpoint.ts';
import { originRegion } from './origin.ts';
import { workspaceOf } from './people.ts';
import { seedZones } from './records.ts';
import { type SeedChanges, seedApplications } from './seed.ts';
import { seedWorkers } from './seed-workers.ts';
import type { RegionalServices } from './services.ts';

/** Muster's own, where the configuration does not name it. */
export const ACCOUNT = '111122223333';

interface WorldOptions {
  readonly config: Config;
  readonly seed: string;
  readonly clock: Clock;
  readonly artifacts: Artifacts;
  readonly changes?: SeedChanges;
}

/** Two regions, applications in both, Muster in the standby, Slack and its people. A seed decides everything. */
export interface World {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: WorldEnvironment;
  /** Of Muster's own account. */
  readonly services: RegionalServices;
  readonly accounts: Accounts;
  readonly identities: Identities;
  /** The API of Muster's own account; DNS answers from every account's zones. */
  readonly route53: Route53;
  readonly network: SimulatedNetwork;
  readonly endpoint: Endpoint;
  readonly lambda: Lambda;
  readonly stepFunctions: StepFunctions;
  readonly slack: Slack;
  readonly client: SlackClient;
  readonly deployment: Deployment;
  readonly flag: FlagEndpoint;
  readonly applications: readonly RunningApplication[];
  /** Every AWS call, in the order in which they ended. */
  readonly calls: readonly CallRecord[];
  /** Scenarios add fault rules here; the first rule that returns a fault decides. */
  readonly rules: FaultOf[];
  /** Makes the reads of a service lag behind its writes, in every account. */
  readonly staleReads: StaleReads;
  /** Told of every AWS call as it ends. */
  readonly onCall: ((record: CallRecord) => void)[];
  /** Someone at a keyboard, by Slack account. */
  person(user: string): Person;
  /** The region's machines stop. Nothing in it answers until `wake`. */
  lose(region: string): void;
  wake(region: string): void;
  /** An operation as the ledger has it, read without an AWS call; undefined before its draft. */
  operation(id: string): Operation | undefined;
  /** Ids of every operation that the ledger knows, refused ones too, in the order of their beginning. */
  operationIds(): readonly string[];
  /** How Muster's region names its streams. */
  readonly streams: Streams;
  /** Every stream of the ledger, each in order. */
  ledger(): ReadonlyMap<string, readonly LedgerRecord[]>;
}

export function createWorld(options: WorldOptions): World {
  const { config, clock, artifacts, changes = {} } = options;
  const random = seeded(options.seed);
  const environment = createEnvironment(random.split('nature'));
  const accountId = config.account ?? ACCOUNT;
  const base = { clock, random, environment, accountId };
  const calls: CallRecord[] = [];
  const onCall: ((record: CallRecord) => void)[] = [];
  // These parts refer to each other; nothing is called before all of them exist.
  const late: {
    touch: () => void;
    applications: readonly RunningApplication[];
    stream?: Deployment['stream'];
    archive?: Deployment['archive'];
    endpoint?: Endpoint;
    network?: SimulatedNetwork;
    read?: ReadLedger | undefined;
  } = {
    touch: () => undefined,
    applications: [],
  };
  const identities = new Identities(roleName);
  const staleReads = new StaleReads(clock);
  const accounts = createAccounts(config, accountId, {
    ...base,
    identities,
    network: {
      send: (request, caller) => late.network?.send(request, caller) ?? never(),
      resolve: (...question) => late.network?.resolve(...question) ?? never(),
    },
    touch: () => late.touch(),
    tableChanged: (_, change) => {
      late.read = undefined;
      late.stream?.push(change);
      late.archive?.push(change);
    },
    probe: (target) => late.network?.probe(target),
    awsName: (name, at_ms) => first(late.applications, ({ application }) => application.awsName(name, at_ms)),
  });
  const { services, lambda } = accounts.own;
  const route53 = together(
    accounts.own.route53,
    accounts.others.map((account) => account.route53),
  );
  const region = Object.values(config.applications)[0]?.standby ?? '';
  const flag = createFlagEndpoint({
    environment,
    region,
    host: `flag0000.lambda-url.${region}.on.aws`,
    exists: (key) => flagExists(config, accounts, key),
  });
  seedRoles(config, identities, { id: accountId, region });
  const callIn = (account: string, where: string): Call => ({
    clock,
    random,
    accountId: account,
    region: where,
    caller: { name: 'seed', region: where },
  });
  seedApplications(config, accounts, flag.host, changes, callIn);
  const applications = createApplications(config, base, accounts, changes, (application, record, at_ms) =>
    originRegion(route53.view, application, record, at_ms),
  );
  late.applications = applications;
  seedAlarms(applications);
  const slack = createSlack({ clock, random, spec: workspaceOf(config) });
  const rules: FaultOf[] = [lostRegions(environment)];
  const lambdaHost = {
    handle: (request: Parameters<Lambda['serveUrl']>[0]) => lambda.serveUrl(request) ?? never(),
  };
  const network = createNetwork({
    clock,
    random,
    environment,
    aws: { handle: (request, caller) => late.endpoint?.handle(request, caller) ?? never() },
    slack,
    functionUrls: lambdaHost,
    hosts: (name) => (name === flag.host ? flag : undefined),
    addresses: (address) => first(applications, ({ application }) => application.hostAt(address)),
    dns: createDns({ clock, route53, isService: isServiceHost }),
  });
  late.network = network;
  seedZones(config, accounts, flag.host, changes.records ?? {}, (name) => homeAddress(applications, name));
  const stepFunctions = createStepFunctions({
    ...base,
    onStatusChange: ({ source, 'detail-type': detailType, detail, resources, region: where }) =>
      services.eventbridge.emit(where, { source, detailType, detail, resources }),
    invokeLambda: async (where, name, payload) => {
      const answer = await lambda.invoke(where, name, payload);
      if (answer.functionError === undefined) return { ok: true, payload: JSON.parse(answer.payload) as unknown };
      const said = JSON.parse(answer.payload) as { errorType?: string };
      return { ok: false, error: said.errorType ?? 'Unknown', cause: answer.payload };
    },
  });
  const endpoint = createEndpoint({
    services: [...servicesOf(accounts.own), stepFunctions.service],
    others: new Map(accounts.others.map((account) => [account.id, servicesOf(account)])),
    identities: { known: identities, isFunction: (key) => lambda.functionOf(key) !== undefined },
    clock,
    random,
    accountId,
    faults: faultRule(random.split('latency'), rules),
    staleReads,
    onCall: (record) => {
      calls.push(record);
      for (const listener of onCall) listener(record);
    },
  });
  late.endpoint = endpoint;
  const deployment = deployMuster(config, artifacts, slack.workspace.spec, {
    services,
    lambda,
    stepFunctions,
    callIn: (where) => callIn(accountId, where),
  });
  seedWorkers(config, accounts, callIn);
  late.stream = deployment.stream;
  late.archive = deployment.archive;
  late.touch = () => {
    for (const { application } of applications) application.touch();
    route53.touch();
  };
  const tick = (): void => {
    late.touch();
    clock.after(1_000, tick);
  };
  tick();
  const client = new SlackClient({ slack, network, clock, requestUrl: new URL(deployment.requestUrl) });
  const serve = (where: string, serves: boolean): void => {
    environment.setServes(where, serves);
    late.touch();
  };
  // Scripts ask after every tick of the clock; the ledger changes only about a hundred times in a run.
  const read = (): ReadLedger => {
    late.read ??= { streams: readLedger(deployment), operations: new Map() };
    return late.read;
  };
  const ours = streamsOf(deployment.region);
  return {
    config,
    clock,
    random,
    environment,
    services,
    accounts,
    identities,
    route53,
    network,
    endpoint,
    lambda,
    stepFunctions,
    slack,
    client,
    deployment,
    flag,
    applications,
    calls,
    rules,
    staleReads,
    onCall,
    person: (user) =>
      new Person({ slack, client, clock, random: random.split(`person/${user}`), user, channel: config.slack.channel }),
    lose: (where) => serve(where, false),
    wake: (where) => serve(where, true),
    operation: (id) => {
      const { streams, operations } = read();
      const events = (stream: string): LedgerEvent[] => (streams.get(stream) ?? []).map((record) => record.event);
      if (!operations.has(id)) operations.set(id, foldOperation(id, events(ours.op(id)), events(ours.vote(id))));
      return operations.get(id);
    },
    streams: ours,
    operationIds: () =>
      [...read().streams.keys()].flatMap((stream) => {
        const parsed = parseStream(stream);
        return parsed?.kind === 'op' ? [parsed.name] : [];
      }),
    ledger: () => read().streams,
  };
}

/** Nothing in a lost region answers: the client waits until its own time limit. */
const lostRegions =
  (environment: WorldEnvironment): FaultOf =>
  (at) =>
    environment.regionServes(at.region) ? undefined : { kind: 'hang', latency_ms: 0 };

const homeAddress = (applications: readonly RunningApplication[], name: string): string =>
  applications.find((running) => running.name === name)?.application.regions[0]?.address ?? '';

function flagExists(config: Config, accounts: Accounts, key: string): boolean {
  return Object.values(config.applications).some(
    (app) =>
      app.traffic.strategy === 'stop' &&
      app.traffic.flag.key === key &&
      accounts.of(app).services.s3.read(app.traffic.flag.bucket, key) !== undefined,
  );
}

/** The ledger as last read, while nothing has been written since. */
interface ReadLedger {
  readonly streams: ReadonlyMap<string, readonly LedgerRecord[]>;
  readonly operations: Map<string, Operation | undefined>;
}

function readLedger(deployment: Deployment): ReadonlyMap<string, readonly LedgerRecord[]> {
  const streams = new Map<string, LedgerRecord[]>();
  for (const item of deployment.table.items()) {
    const body = item['body']?.S ?? '';
    const event = JSON.parse(body) as LedgerEvent;
    const record = { event, body, mac: item['mac']?.S ?? '' };
    if (bodyOf(event) !== body) throw new Error(`${event.stream} ${event.seq} is not canonical`);
    streams.set(event.stream, [...(streams.get(event.stream) ?? []), record]);
  }
  return streams;
}

function first<T, R>(list: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of list) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
