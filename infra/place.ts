import { Aws } from 'aws-cdk-lib';
import { configIn, roleName } from '../core/access.ts';
import type { Config } from '../core/config/schema.ts';
import * as names from '../core/names.ts';

/**
 * Where Muster is deployed and what its parts are called. Names are known before anything exists, so that grants name
 * resources without needing them, and so that what is kept when the stack goes is found again when it comes back.
 */
export interface Place {
  readonly prefix: string;
  /** The standby region of every application. */
  readonly region: string;
  readonly config: Config;
}

/** Read in deployments of any partition and account; CloudFormation fills both in. */
export const { PARTITION, ACCOUNT_ID } = Aws;

export function placeOf(config: Config, prefix: string): Place {
  const region = Object.values(config.applications)[0]?.standby;
  if (region === undefined)
    throw new Error('muster.yaml describes no application: there is no standby region to deploy to');
  return { prefix, region, config };
}

/** The same deployment with the applications of one account only; `undefined`: of Muster's own. */
export const placeIn = (place: Place, account: string | undefined): Place => ({
  ...place,
  config: configIn(place.config, account),
});

export const functionName = (place: Place, name: string): string => names.functionName(place.prefix, name);
/** Of a function's role, here and in every other account. */
export const roleNameOf = (place: Place, name: string): string => roleName(functionName(place, name), place.region);
export const tableName = (place: Place): string => names.tableName(place.prefix);
export const machineName = (place: Place, name: string): string => names.machineName(place.prefix, name);
export const topicName = (place: Place): string => names.topicName(place.prefix);
export const logGroupName = (place: Place, name: string): string => names.logGroupName(place.prefix, name);

/** `arn:<partition>:<service>:<region>:<this account>:<rest>`. */
export const arn = (service: string, region: string, rest: string): string =>
  `arn:${PARTITION}:${service}:${region}:${ACCOUNT_ID}:${rest}`;
/** Global resources of Route 53 and objects in S3 have neither region nor account in their names. */
export const globalArn = (service: string, rest: string): string => `arn:${PARTITION}:${service}:::${rest}`;

export const functionArn = (place: Place, name: string): string =>
  arn('lambda', place.region, `function:${functionName(place, name)}`);
export const tableArn = (place: Place): string => arn('dynamodb', place.region, `table/${tableName(place)}`);
export const machineArn = (place: Place, name: string): string =>
  arn('states', place.region, `stateMachine:${machineName(place, name)}`);
/** What the ARNs of all state machines begin with; `-<kind>` follows. */
export const machinesArn = (place: Place): string => arn('states', place.region, `stateMachine:${place.prefix}`);
export const topicArn = (place: Place): string => arn('sns', place.region, topicName(place));
export const homeTopicName = (place: Place): string => names.homeTopicName(place.prefix);

/** Every home region, each once, sorted. */
export const homeRegions = (place: Place): readonly string[] =>
  [...new Set(Object.values(place.config.applications).map((app) => app.home))].sort();
