import {
  type FunctionConfiguration,
  GetFunctionUrlConfigCommand,
  LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Config } from '../../core/config/schema.ts';
import { FUNCTIONS } from '../../core/functions.ts';
import { KINDS, type OperationKind } from '../../core/kinds.ts';
import { cliSettings } from '../aws-account.ts';
import { marked, pages } from '../discover/reader.ts';
import { DEPLOY, type DeploymentTarget, NOT_DEPLOYED, partsOf } from './deployment-target.ts';
import { all, bad, type Finding, look, ok } from './finding.ts';
import { ledgerLooks } from './ledger.ts';
import { selfTestLook } from './self-test.ts';

const AREA = 'deployment';

/** Whether all of Muster is there, where it belongs, and as `muster.yaml` has it now. */
export function examineDeployment(config: Config, deployment: DeploymentTarget): Promise<readonly Finding[]> {
  return all([
    functionsLook(config, deployment),
    urlLook(deployment),
    ...KINDS.map((kind) => machineLook(deployment, kind)),
    ...ledgerLooks(deployment),
    selfTestLook(deployment),
    ...deployment.homes.map((home) => strayLook(deployment, home)),
  ]);
}

async function deployed(region: string, prefix: string): Promise<readonly FunctionConfiguration[]> {
  const lambda = new LambdaClient(cliSettings(region));
  const found = await pages(async (marker) => {
    const page = await lambda.send(new ListFunctionsCommand(marked('Marker', marker)));
    return { items: page.Functions, next: page.NextMarker };
  });
  return found.filter((each) => each.FunctionName?.startsWith(`${prefix}-`));
}

function functionsLook(config: Config, { prefix, region }: DeploymentTarget): Promise<readonly Finding[]> {
  return look({
    area: AREA,
    thing: 'list of functions',
    region,
    action: 'lambda:ListFunctions',
    read: () => deployed(region, prefix),
    judge: (found) => judgeFunctions(config, prefix, region, found),
    absent: NOT_DEPLOYED,
  });
}

function judgeFunctions(
  config: Config,
  prefix: string,
  region: string,
  found: readonly FunctionConfiguration[],
): readonly Finding[] {
  const names = new Set(found.map((each) => each.FunctionName));
  const wanted = FUNCTIONS.map((spec) => partsOf(prefix).function(spec.name));
  const missing = wanted.filter((name) => !names.has(name));
  if (missing.length === wanted.length)
    return [bad(AREA, { what: `Muster is not deployed in ${region}`, means: 'nothing answers Slack', todo: DEPLOY })];
  if (missing.length > 0) {
    const what = `${missing.length} of ${wanted.length} functions are missing in ${region}: ${missing.join(', ')}`;
    return [bad(AREA, { what, means: 'operations would stop at them', todo: DEPLOY })];
  }
  const failed = found.filter((each) => each.State === 'Failed' || each.LastUpdateStatus === 'Failed');
  const broken = failed.map((each) =>
    bad(AREA, {
      what: `the function ${each.FunctionName} is in state Failed`,
      means: 'operations would stop at it',
      todo: DEPLOY,
    }),
  );
  return [ok(AREA, `all ${wanted.length} functions are in ${region}`), ...broken, ...stale(config, prefix, found)];
}

/** The receiver refuses requests of another app or team than it was deployed with. */
function stale(config: Config, prefix: string, found: readonly FunctionConfiguration[]): readonly Finding[] {
  const receiver = found.find((each) => each.FunctionName === partsOf(prefix).function('slack'));
  const variables = receiver?.Environment?.Variables ?? {};
  const differing = [
    ...(variables['MUSTER_SLACK_APP_ID'] === config.slack.app_id ? [] : ['slack.app_id']),
    ...(variables['MUSTER_SLACK_TEAM_ID'] === config.slack.team_id ? [] : ['slack.team_id']),
  ];
  if (differing.length === 0) return [];
  const what = `${differing.join(' and ')} of muster.yaml changed since the deployment`;
  return [bad(AREA, { what, means: 'every command from Slack is refused', todo: DEPLOY })];
}

/** Nothing in home may be needed when home is lost: a Muster deployed there is lost with it. */
function strayLook({ prefix }: DeploymentTarget, home: string): Promise<readonly Finding[]> {
  return look({
    area: AREA,
    thing: 'list of functions',
    region: home,
    action: 'lambda:ListFunctions',
    read: () => deployed(home, prefix),
    judge: (found) => {
      const known = new Set(FUNCTIONS.map((spec) => partsOf(prefix).function(spec.name)));
      if (!found.some((each) => known.has(each.FunctionName ?? ''))) return [];
      const what = `Muster's functions are in ${home}, which is home`;
      return [
        bad(AREA, {
          what,
          means: 'it is lost together with the region that it should move applications out of',
          todo: `remove it there: aws cloudformation delete-stack --region ${home} --stack-name ${prefix}`,
        }),
      ];
    },
    absent: NOT_DEPLOYED,
  });
}

/** Where Slack posts to; undefined: it could not be read. */
export async function requestUrl({ prefix, region }: DeploymentTarget): Promise<string | undefined> {
  try {
    return (await readUrl(prefix, region)).FunctionUrl;
  } catch {
    return undefined;
  }
}

async function readUrl(prefix: string, region: string) {
  const lambda = new LambdaClient(cliSettings(region));
  const FunctionName = partsOf(prefix).function('slack');
  try {
    return await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }));
  } catch (error) {
    // Kept warm, the receiver has its URL at an alias (infra/constructs/receiver-url.ts).
    return lambda.send(new GetFunctionUrlConfigCommand({ FunctionName, Qualifier: 'warm' })).catch(() => {
      throw error;
    });
  }
}

function urlLook({ prefix, region }: DeploymentTarget): Promise<readonly Finding[]> {
  return look({
    area: AREA,
    thing: 'function URL of the receiver',
    region,
    action: 'lambda:GetFunctionUrlConfig',
    read: () => readUrl(prefix, region),
    judge: ({ FunctionUrl, AuthType }) =>
      AuthType === 'NONE'
        ? [ok(AREA, `Slack's request URL is ${FunctionUrl}`)]
        : [
            bad(AREA, {
              what: `the function URL wants ${AuthType}`,
              means: 'Slack cannot sign AWS requests: it is refused',
              todo: DEPLOY,
            }),
          ],
    absent: NOT_DEPLOYED,
  });
}

function machineLook({ prefix, region }: DeploymentTarget, kind: OperationKind): Promise<readonly Finding[]> {
  const machine = partsOf(prefix).machine(kind);
  const sfn = new SFNClient(cliSettings(region));
  return look({
    area: AREA,
    thing: `state machine ${machine}`,
    region,
    action: 'states:DescribeStateMachine',
    read: async () => {
      const machines = await pages(async (marker) => {
        const page = await sfn.send(new ListStateMachinesCommand(marked('nextToken', marker)));
        return { items: page.stateMachines, next: page.nextToken };
      });
      const stateMachineArn = machines.find((each) => each.name === machine)?.stateMachineArn;
      return stateMachineArn === undefined ? undefined : sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    },
    judge: (found) =>
      found?.status === 'ACTIVE'
        ? [ok(AREA, `the state machine ${machine} is active`)]
        : [bad(AREA, { what: `there is no active state machine ${machine} in ${region}`, ...NOT_DEPLOYED })],
    absent: NOT_DEPLOYED,
  });
}
