import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadArtifacts, loadConfig } from '../../cli/artifacts.ts';
import type { Config } from '../../core/config/schema.ts';
import { FUNCTIONS } from '../../core/functions.ts';
import { functionsOf } from '../../infra/constructs/machine.ts';
import { createWorld } from '../../sandbox/world/world.ts';
import { VirtualClock } from '../../simulator/clock.ts';
import { ROOT } from '../contract/sources.ts';
import { list, type Statement } from './policy-evaluator.ts';
import { everyTemplate, type Resource, statementsOf, synthesize, type Template } from './template.ts';

let config: Config;
let muster: Template;
let all: readonly Template[];

beforeAll(async () => {
  config = await loadConfig();
  await loadArtifacts(config);
  const templates = await synthesize(config);
  muster = templates.muster;
  all = everyTemplate(templates);
});

const everywhere = (type: string): readonly Resource[] => all.flatMap((template) => template.ofType(type));
const statements = (): readonly Statement[] => statementsOf(all);
describe('functions', () => {
  test('there is one for each line of core/functions.ts, with its limits', () => {
    const functions = muster.ofType('AWS::Lambda::Function').map(({ Properties }) => Properties);
    expect(functions.map((one) => one.FunctionName).sort()).toEqual(
      FUNCTIONS.map(({ name }) => `muster-${name}`).sort(),
    );
    for (const spec of FUNCTIONS) {
      const found = functions.find((one) => one.FunctionName === `muster-${spec.name}`);
      expect(found).toMatchObject({ Timeout: spec.timeout_s, MemorySize: spec.memory_mb, Handler: 'index.handler' });
      expect(found.ReservedConcurrentExecutions).toBe(spec.reservedConcurrency);
    }
  });

  test('every one is arm64 on Node 24 and has a role and a log group of its own', () => {
    const functions = everywhere('AWS::Lambda::Function').map(({ Properties }) => Properties);
    for (const one of functions) expect(one).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    expect(new Set(functions.map((one) => JSON.stringify(one.Role))).size).toBe(functions.length);
    expect(new Set(functions.map((one) => JSON.stringify(one.LoggingConfig.LogGroup))).size).toBe(functions.length);
  });

  test('no role has a managed policy, and no policy stands beside a role', () => {
    expect(everywhere('AWS::IAM::Role').filter((role) => role.Properties.ManagedPolicyArns !== undefined)).toEqual([]);
    expect(everywhere('AWS::IAM::Policy')).toEqual([]);
    expect(everywhere('AWS::IAM::ManagedPolicy')).toEqual([]);
  });

  test('no environment variable holds a secret', () => {
    for (const { Properties } of everywhere('AWS::Lambda::Function')) {
      const text = JSON.stringify(Properties.Environment ?? {});
      expect(text).not.toMatch(/xox[a-z]-|signing_secret|bot_token|resolve:secretsmanager/);
    }
  });

  test('every log group is cleared in time', () => {
    const groups = everywhere('AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(FUNCTIONS.length);
    for (const { Properties } of groups) expect(Properties.RetentionInDays).toBe(90);
  });

  test('get the variables that the sandbox gives them', async () => {
    const world = createWorld({
      config,
      seed: 'environment',
      clock: new VirtualClock(0),
      artifacts: await loadArtifacts(config),
    });
    for (const { name } of FUNCTIONS) {
      const inSandbox = await world.lambda.service.operations['GetFunctionConfiguration']?.(
        { FunctionName: `muster-${name}` },
        {
          clock: world.clock,
          random: world.random,
          accountId: '111122223333',
          region: 'us-west-2',
          caller: { name: 'test', region: 'us-west-2' },
        },
      );
      const { Variables } = (inSandbox as { Environment: { Variables: Record<string, string> } }).Environment;
      const deployed = muster
        .ofType('AWS::Lambda::Function')
        .find(({ Properties }) => Properties.FunctionName === `muster-${name}`);
      expect(Object.keys(deployed?.Properties.Environment.Variables).sort(), name).toEqual(
        Object.keys(Variables).sort(),
      );
    }
  });
});

describe('the ledger', () => {
  test('is protected, recoverable, encrypted with its own key and streamed whole', () => {
    const [table] = muster.ofType('AWS::DynamoDB::Table');
    expect(table?.Properties).toMatchObject({
      TableName: 'muster-ledger',
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
  });

  test('stays with its keys and its archive when the stack goes', () => {
    const kept = ['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::S3::Bucket'].flatMap((type) => muster.ofType(type));
    expect(kept).toHaveLength(4);
    for (const one of kept) {
      expect(one.DeletionPolicy).toBe('RetainExceptOnCreate');
      expect(one.UpdateReplacePolicy).toBe('Retain');
    }
  });

  test('is archived under Object Lock', () => {
    const [bucket] = muster.ofType('AWS::S3::Bucket');
    expect(bucket?.Properties.ObjectLockConfiguration).toEqual({
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 400 } },
    });
  });

  test('has two readers of its stream, and both give up some day', () => {
    const mappings = muster.ofType('AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties);
    expect(mappings.map((one) => one.FunctionName).sort()).toEqual(['muster-archive', 'muster-notify']);
    for (const one of mappings) {
      expect(one).toMatchObject({ MaximumRetryAttempts: 100, MaximumRecordAgeInSeconds: 3600 });
      expect(one.DestinationConfig.OnFailure.Destination).toContain('AWS::SQS::Queue');
    }
  });
});

describe('what calls functions', () => {
  test('asynchronous events are tried as often as core/functions.ts says, and then kept or told', () => {
    const configs = muster.ofType('AWS::Lambda::EventInvokeConfig').map(({ Properties }) => Properties);
    expect(configs.length).toBeGreaterThan(4);
    for (const one of configs) {
      const spec = FUNCTIONS.find(({ name }) => `muster-${name}` === one.FunctionName);
      expect(one.MaximumRetryAttempts).toBe(spec?.retries);
      expect(one.MaximumEventAgeInSeconds).toBe(spec?.maximumAge_s);
      const to = one.DestinationConfig.OnFailure.Destination;
      expect(to).toContain(spec?.onFailure === undefined ? 'AWS::SQS::Queue' : `function:muster-${spec.onFailure}`);
    }
  });

  test('the state machine calls only functions that exist, and its role allows each of them', async () => {
    const definition = JSON.stringify(JSON.parse(await readFile(`${ROOT}statemachines/promote.asl.json`, 'utf8')));
    const called = functionsOf(definition);
    expect(called).toContain('step-promote-database');
    expect(called.filter((name) => !FUNCTIONS.some((spec) => spec.name === name))).toEqual([]);
    const invoke = statements().find((one) => list(one.Resource).some((arn) => arn.endsWith('muster-step-verify')));
    expect(
      list(invoke?.Resource ?? [])
        .map((arn) => arn.split(':muster-')[1])
        .sort(),
    ).toEqual(called);
  });

  test('the state machine of promote keeps its logical id: a new one of the same name would be refused', () => {
    const ids = Object.entries(muster.resources).flatMap(([id, { Type, Properties }]) =>
      Type === 'AWS::StepFunctions::StateMachine' && Properties.StateMachineName === 'muster-promote' ? [id] : [],
    );
    expect(ids).toEqual([expect.stringMatching(/^PromoteMachine/)]);
  });

  test('the log of the state machine never holds a task token', () => {
    const [machine] = muster.ofType('AWS::StepFunctions::StateMachine');
    expect(machine?.Properties.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
    expect(machine?.Properties.DefinitionSubstitutions).toEqual({ Prefix: 'muster' });
  });

  test('schedules and rules stand where core/functions.ts has them', () => {
    const scheduled = FUNCTIONS.flatMap(({ name, schedule }) => (schedule === undefined ? [] : [[name, schedule]]));
    expect(
      muster
        .ofType('AWS::Scheduler::Schedule')
        .map(({ Properties }) => [Properties.Name.replace('muster-', ''), Properties.ScheduleExpression]),
    ).toEqual(scheduled);
    const watched = FUNCTIONS.flatMap(({ onExecution }) => (onExecution === undefined ? [] : [onExecution]));
    const rules = muster.ofType('AWS::Events::Rule').map(({ Properties }) => Properties.EventPattern.detail.status);
    expect(rules).toEqual(watched);
  });

  test('the receiver’s URL takes anybody, through the URL alone', () => {
    const open = everywhere('AWS::Lambda::Permission').filter(({ Properties }) => Properties.Principal === '*');
    const rights = open.map(({ Properties }) => [
      Properties.Action,
      Properties.FunctionUrlAuthType ?? Properties.InvokedViaFunctionUrl,
    ]);
    // The receiver, and the flag's endpoint that Route 53 asks.
    expect(rights.sort()).toEqual([
      ['lambda:InvokeFunction', true],
      ['lambda:InvokeFunction', true],
      ['lambda:InvokeFunctionUrl', 'NONE'],
      ['lambda:InvokeFunctionUrl', 'NONE'],
    ]);
  });
});
