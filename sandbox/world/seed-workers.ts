import type { Config, WorkerConfig } from '../../core/config/schema.ts';
import type { Call } from '../../simulator/aws/service.ts';
import type { Account, Accounts } from './accounts.ts';

/** What workers are made of, in the account of their application. */
interface WorkerParts extends Pick<Account, 'services' | 'lambda'> {
  readonly callIn: (region: string) => Call;
}

/** A worker in one of its regions. */
interface WorkerSide {
  readonly region: string;
  readonly side: 'home' | 'standby';
  /** The team's function that the worker calls. */
  readonly functionName: string;
}

/** How often workers run; the function's log shows when and where. */
const EVERY = 'rate(1 minute)';

/** The team's own crons and consumers at the start: on at home, off in the standby. */
export function seedWorkers(
  config: Config,
  accounts: Accounts,
  callIn: (accountId: string, region: string) => Call,
): void {
  for (const [application, app] of Object.entries(config.applications)) {
    const { id, services, lambda } = accounts.of(app);
    const parts = { services, lambda, callIn: (region: string) => callIn(id, region) };
    for (const worker of app.workers) {
      for (const side of ['home', 'standby'] as const) {
        seedWorker(worker, { side, region: app[side], functionName: workerFunction(application, worker) }, parts);
      }
    }
  }
}

/** The function that an application's worker calls, the same name in both regions. */
export const workerFunction = (application: string, { name }: { readonly name: string }): string =>
  `${application}-${name}`;

function seedWorker(worker: WorkerConfig, at: WorkerSide, parts: WorkerParts): void {
  const { region, functionName } = at;
  parts.lambda.define(region, {
    name: functionName,
    source: 'exports.handler = async () => undefined;',
    handler: 'index.handler',
    timeout_s: 60,
    memory_mb: 128,
    environment: {},
    retries: 0,
    maximumAge_s: 60,
  });
  switch (worker.kind) {
    case 'eventbridge-rule':
      seedRule(worker[at.side].name, at, parts);
      return;
    case 'schedule':
      seedSchedule(worker[at.side], at, parts);
      return;
    case 'event-source-mapping':
      seedMapping(worker[at.side].uuid, at, parts);
      return;
  }
}

const stateOf = ({ side }: WorkerSide): 'ENABLED' | 'DISABLED' => (side === 'home' ? 'ENABLED' : 'DISABLED');
const arnOf = ({ region, functionName }: WorkerSide, { accountId }: Call): string =>
  `arn:aws:lambda:${region}:${accountId}:function:${functionName}`;

function seedRule(Name: string, at: WorkerSide, { services, callIn }: WorkerParts): void {
  const call = callIn(at.region);
  const { operations } = services.eventbridge.service;
  operations['PutRule']?.({ Name, ScheduleExpression: EVERY, State: stateOf(at) }, call);
  operations['PutTargets']?.({ Rule: Name, Targets: [{ Id: 'function', Arn: arnOf(at, call) }] }, call);
}

type RegionalSchedule = Extract<WorkerConfig, { kind: 'schedule' }>['home'];

function seedSchedule({ name, roleName }: RegionalSchedule, at: WorkerSide, { services, callIn }: WorkerParts): void {
  const call = callIn(at.region);
  services.scheduler.service.operations['CreateSchedule']?.(
    {
      Name: name,
      Description: 'what the team wrote there',
      ScheduleExpression: EVERY,
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: stateOf(at),
      Target: { Arn: arnOf(at, call), RoleArn: `arn:aws:iam::${call.accountId}:role/${roleName}` },
    },
    call,
  );
}

/** From the stream of a table of the team's own, in which nothing happens. */
function seedMapping(uuid: string, at: WorkerSide, { services, lambda }: WorkerParts): void {
  const { region, functionName } = at;
  const { streamArn } = services.dynamodb.createTable({
    name: functionName,
    region,
    key: { partition: { name: 'id', type: 'S' } },
    stream: 'NEW_AND_OLD_IMAGES',
  });
  const enabled = at.side === 'home';
  lambda.mapStream(region, { uuid, functionName, eventSourceArn: streamArn ?? '', partitionKey: 'id', enabled });
}
