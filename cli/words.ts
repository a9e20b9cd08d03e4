import { nearest } from '../core/nearest.ts';

/** A usage error, told in one sentence before the usage. */
export class Wrong extends Error {
  override readonly name = 'Wrong';
}

/** Runs a command. Exit status 2: wrong usage. */
export async function withWords(command: string, usage: string, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    const why = wordsOf(error);
    if (why === undefined) throw error;
    console.error(`muster ${command}: ${why}\n\n${usage}`);
    return 2;
  }
}

/** `parseArgs` of node throws plain TypeErrors with a code. */
function wordsOf(error: unknown): string | undefined {
  if (error instanceof Wrong) return error.message;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: string };
  return typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS') ? message : undefined;
}

/**
 * Regions of the partition `aws` where a failover could lead, from "AWS Regions" (docs.aws.amazon.com/global-infrastructure),
 * November 2026. A new one is accepted with `--any-region`.
 */
const REGIONS = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'ca-west-1', 'mx-central-1', 'sa-east-1'],
  ...['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1', 'eu-central-2', 'eu-north-1', 'eu-south-1', 'eu-south-2'],
  ...['ap-south-1', 'ap-south-2', 'ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3', 'ap-southeast-4'],
  ...['ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
  ...['ap-east-1', 'ap-east-2', 'af-south-1', 'il-central-1', 'me-central-1', 'me-south-1'],
  ...['us-gov-east-1', 'us-gov-west-1', 'cn-north-1', 'cn-northwest-1', 'eusc-de-east-1'],
];

export interface Pair {
  readonly home: string;
  readonly standby: string;
}

/** Two different regions that exist. Throws Wrong. */
export function regionPair(home: string | undefined, standby: string | undefined, any = false): Pair {
  const pair = { home: region('home', home, any), standby: region('standby', standby, any) };
  if (pair.home === pair.standby) {
    throw new Wrong(`--home and --standby are both '${pair.home}': a standby in the lost region would be lost with it`);
  }
  return pair;
}

function region(flag: string, name: string | undefined, any: boolean): string {
  if (name === undefined || name === '') throw new Wrong(`--${flag} is missing: name a region, such as 'us-west-2'`);
  const looksRight = /^[a-z]{2}(-[a-z]+)+-\d$/.test(name);
  if (REGIONS.includes(name) || (any && looksRight)) return name;
  const near = nearest(name, REGIONS);
  const hint = near === undefined ? '' : `; did you mean '${near}'?`;
  const newer = looksRight ? ' If AWS has it by now, add --any-region.' : '';
  throw new Wrong(`--${flag} '${name}' is no AWS region that Muster knows${hint}${newer}`);
}
