import { Aws } from 'aws-cdk-lib';
import { configIn, roleName } from '../core/access.ts';
import type { Config } from '../core/config/schema.ts';
import * as names from '../core/names.ts';

/**
 * Where Muster is deployed and what its parts are called. Names are known before anything exists, so that grants name
 * resources without needing them, and so that what is kept when the stack goes is found again when it comes back.
 */
export interface DeploymentTarget {
  readonly prefix: string;
  /** The standby region of every application. */
  readonly region: string;
  readonly config: Config;
}

/** The templates fit any partition and account: CloudFormation fills both in. */
export const { PARTITION, ACCOUNT_ID } = Aws;

export function deploymentOf(config: Config, prefix: string): DeploymentTarget {
  const region = Object.values(config.applications)[0]?.standby;
  if (region === undefined)
    throw new Error('muster.yaml describes no application: there is no standby region to deploy to');
  return { prefix, region, config };
}

/** The same deployment with the applications of one account only; `undefined`: of Muster's own. */
export const deploymentIn = (deployment: DeploymentTarget, account: string | undefined): DeploymentTarget => ({
  ...deployment,
  config: configIn(deployment.config, account),
});

export const functionName = (deployment: DeploymentTarget, name: string): string =>
  names.functionName(deployment.prefix, name);
/** Of a function's role, here and in every other account. */
export const roleNameOf = (deployment: DeploymentTarget, name: string): string =>
  roleName(functionName(deployment, name), deployment.region);
export const tableName = (deployment: DeploymentTarget): string => names.tableName(deployment.prefix);
export const machineName = (deployment: DeploymentTarget, name: string): string =>
  names.machineName(deployment.prefix, name);
export const topicName = (deployment: DeploymentTarget): string => names.topicName(deployment.prefix);
export const logGroupName = (deployment: DeploymentTarget, name: string): string =>
  names.logGroupName(deployment.prefix, name);

/** `arn:<partition>:<service>:<region>:<this account>:<rest>`. */
export const arn = (service: string, region: string, rest: string): string =>
  `arn:${PARTITION}:${service}:${region}:${ACCOUNT_ID}:${rest}`;
/** Global resources of Route 53 and objects in S3 have neither region nor account in their names. */
export const globalArn = (service: string, rest: string): string => `arn:${PARTITION}:${service}:::${rest}`;

export const functionArn = (deployment: DeploymentTarget, name: string): string =>
  arn('lambda', deployment.region, `function:${functionName(deployment, name)}`);
export const tableArn = (deployment: DeploymentTarget): string =>
  arn('dynamodb', deployment.region, `table/${tableName(deployment)}`);
export const machineArn = (deployment: DeploymentTarget, name: string): string =>
  arn('states', deployment.region, `stateMachine:${machineName(deployment, name)}`);
/** What the ARNs of all state machines begin with; `-<kind>` follows. */
export const machinesArn = (deployment: DeploymentTarget): string =>
  arn('states', deployment.region, `stateMachine:${deployment.prefix}`);
export const topicArn = (deployment: DeploymentTarget): string => arn('sns', deployment.region, topicName(deployment));
export const homeTopicName = (deployment: DeploymentTarget): string => names.homeTopicName(deployment.prefix);

/** Every home region, each once, sorted. */
export const homeRegions = (deployment: DeploymentTarget): readonly string[] =>
  [...new Set(Object.values(deployment.config.applications).map((app) => app.home))].sort();
