import type { Config } from '../../core/config/schema.ts';
import { DEFAULT_PREFIX, FUNCTIONS } from '../../core/functions.ts';
import { KINDS, SELF_TEST } from '../../core/kinds.ts';
import * as names from '../../core/names.ts';
import { type Secret, secretName } from '../../core/secrets.ts';
import type { Call } from '../../simulator/aws/service.ts';
import type { TableHandle } from '../../simulator/aws/services/dynamodb.ts';
import type { Lambda } from '../../simulator/lambda/functions.ts';
import type { StreamMapping } from '../../simulator/lambda/stream-mapping.ts';
import type { WorkspaceSpec } from '../../simulator/slack/model.ts';
import type { StepFunctions } from '../../simulator/stepfunctions/stepfunctions.ts';
import type { RegionalServices } from './services.ts';

/** What is deployed: the built bundles and the committed state machines. */
export interface Artifacts {
  /** Bundle name -> its text. */
  readonly bundles: Readonly<Record<string, string>>;
  /** State machine name -> its definition, with `${Prefix}` still in it. */
  readonly machines: Readonly<Record<string, string>>;
}

export interface Deployment {
  readonly region: string;
  readonly prefix: string;
  readonly table: TableHandle;
  readonly stream: StreamMapping;
  /** The second reader of the ledger's stream: every event goes to the archive's bucket. */
  readonly archive: StreamMapping;
  /** Where Slack posts to. */
  readonly requestUrl: string;
}

const TABLE = names.tableName(DEFAULT_PREFIX);
/** Generated at deployment; nobody needs to know it. */
const SELF_TEST_KEY = 'the-key-of-the-daily-self-test-0000000';
const ARCHIVE = 'muster-archive';

/** Muster in the standby region, as its stack deploys it. */
export function deployMuster(
  config: Config,
  artifacts: Artifacts,
  slack: WorkspaceSpec,
  world: {
    readonly services: RegionalServices;
    readonly lambda: Lambda;
    readonly stepFunctions: StepFunctions;
    readonly callIn: (region: string) => Call;
  },
): Deployment {
  const region = Object.values(config.applications)[0]?.standby ?? '';
  const { services, lambda, stepFunctions } = world;
  const call = world.callIn(region);
  const { accountId } = call;
  const table = services.dynamodb.createTable({
    name: TABLE,
    region,
    key: { partition: { name: 'stream', type: 'S' }, sort: { name: 'seq', type: 'N' } },
    stream: 'NEW_AND_OLD_IMAGES',
    deletionProtection: true,
    pointInTimeRecovery: true,
  });
  const key = services.kms.createKey({ region, usage: 'GENERATE_VERIFY_MAC', alias: names.macKeyName(DEFAULT_PREFIX) });
  const secret = (which: Secret, value: string): string => {
    const name = secretName(DEFAULT_PREFIX, which);
    services.secrets.createSecret({ name, region, value });
    return name;
  };
  for (const kind of KINDS) {
    const name = names.machineName(DEFAULT_PREFIX, kind);
    const definition = (artifacts.machines[kind] ?? '').replaceAll(`\${Prefix}`, DEFAULT_PREFIX);
    stepFunctions.seed(region, { name, definition, roleArn: `arn:aws:iam::${accountId}:role/${name}-machine` });
  }
  const machines = `arn:aws:states:${region}:${accountId}:stateMachine:${DEFAULT_PREFIX}`;
  const common = {
    MUSTER_PREFIX: DEFAULT_PREFIX,
    MUSTER_TABLE: TABLE,
    MUSTER_MAC_KEY_ID: key.arn,
    MUSTER_SIGNING_SECRET_ID: secret('signing', slack.signingSecret),
    MUSTER_BOT_TOKEN_ID: secret('botToken', slack.botToken),
    MUSTER_SELF_TEST_KEY_ID: secret('selfTest', SELF_TEST_KEY),
    MUSTER_SLACK_APP_ID: config.slack.app_id,
    MUSTER_SLACK_TEAM_ID: config.slack.team_id,
    MUSTER_MACHINES: machines,
  };
  services.s3.seedBucket({
    name: ARCHIVE,
    region,
    versioning: 'Enabled',
    objectLock: { mode: 'GOVERNANCE', days: 400 },
  });
  const requestUrl = (): string => `https://${lambda.urlHost(region, names.functionName(DEFAULT_PREFIX, 'slack'))}/`;
  const special: Readonly<Record<string, () => Record<string, string>>> = {
    archive: () => ({ MUSTER_ARCHIVE_BUCKET: ARCHIVE }),
    relay: () => ({ MUSTER_PAGES_TOPIC_ARN: `arn:aws:sns:${region}:${accountId}:${names.topicName(DEFAULT_PREFIX)}` }),
    [SELF_TEST]: () => ({ MUSTER_RECEIVER_URL: requestUrl() }),
  };
  for (const spec of FUNCTIONS) {
    const source = artifacts.bundles[spec.bundle];
    if (source === undefined) throw new Error(`the bundle ${spec.bundle} is not built: run npm run build`);
    lambda.define(region, {
      name: names.functionName(DEFAULT_PREFIX, spec.name),
      source,
      handler: 'index.handler',
      timeout_s: spec.timeout_s,
      memory_mb: spec.memory_mb,
      retries: spec.retries,
      maximumAge_s: spec.maximumAge_s,
      ...(spec.reservedConcurrency === undefined ? {} : { reservedConcurrency: spec.reservedConcurrency }),
      ...(spec.onFailure === undefined ? {} : { onFailure: names.functionName(DEFAULT_PREFIX, spec.onFailure) }),
      environment: { ...common, ...special[spec.name]?.(), ...spec.environment },
      // Slack cannot sign AWS requests: the receiver's URL is public and checks Slack's own signature.
      ...(spec.name === 'slack' ? { url: 'NONE' as const } : {}),
    });
  }
  callFunctions(
    services,
    KINDS.map((kind) => `${machines}-${kind}`),
    call,
  );
  const topic = config.paging?.topicArn.split(':');
  if (topic !== undefined) services.sns.seedTopic(topic[3] ?? '', topic[5] ?? '');
  const read = (reader: string): StreamMapping =>
    lambda.mapStream(region, {
      functionName: names.functionName(DEFAULT_PREFIX, reader),
      eventSourceArn: table.streamArn ?? '',
      partitionKey: 'stream',
      batchSize: 100,
      // Slack may be down for a while. Once it is back only the newest state is drawn, so older records may be dropped.
      maximumRetryAttempts: 100,
      maximumRecordAge_s: 3600,
    });
  const stream = read('notify');
  const archive = read('archive');
  return {
    region,
    prefix: DEFAULT_PREFIX,
    table,
    stream,
    archive,
    requestUrl: requestUrl(),
  };
}

/** Functions that are called by EventBridge Scheduler on time, and by EventBridge when one of our executions dies. */
function callFunctions({ scheduler, eventbridge }: RegionalServices, machineArns: readonly string[], call: Call): void {
  for (const spec of FUNCTIONS) {
    const name = names.functionName(DEFAULT_PREFIX, spec.name);
    const arn = `arn:aws:lambda:${call.region}:${call.accountId}:function:${name}`;
    if (spec.schedule !== undefined) {
      scheduler.service.operations['CreateSchedule']?.(
        {
          Name: name,
          ScheduleExpression: spec.schedule,
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: {
            Arn: arn,
            RoleArn: `arn:aws:iam::${call.accountId}:role/${name}-schedule`,
            RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
          },
        },
        call,
      );
    }
    if (spec.onExecution !== undefined) {
      const pattern = {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status: spec.onExecution, stateMachineArn: machineArns },
      };
      eventbridge.service.operations['PutRule']?.({ Name: name, EventPattern: JSON.stringify(pattern) }, call);
      eventbridge.service.operations['PutTargets']?.({ Rule: name, Targets: [{ Id: 'function', Arn: arn }] }, call);
    }
  }
}
