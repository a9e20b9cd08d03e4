import type { ApplicationConfig, Config } from './config/schema.ts';

/**
 * How Muster reaches an application that lives in another account: each of its functions assumes a role there that
 * trusts the role of this function alone. Names are known beforehand on both sides, so that each can be deployed first.
 */
export type AccountConfig = NonNullable<ApplicationConfig['account']>;

/**
 * The name of a function's role, in Muster's account and in every other alike. With the region, since IAM knows none:
 * two Musters in two regions may meet in one account. IAM takes at most 64 characters (IAM user guide, "IAM and AWS STS
 * quotas").
 */
export const roleName = (functionName: string, region: string): string => `${functionName}-${region}`;

export const roleArn = (partition: string, account: string, name: string): string =>
  `arn:${partition}:iam::${account}:role/${name}`;

/** The stack that makes these roles in the other account. */
export const accessStack = (account: string): string => `Access-${account}`;

/** Every other account, each once, in the order of the applications. */
export function otherAccounts(config: Config): readonly AccountConfig[] {
  const found = new Map<string, AccountConfig>();
  for (const { account } of Object.values(config.applications))
    if (account !== undefined) found.set(account.id, account);
  return [...found.values()];
}

/** The configuration with the applications of one account only; `undefined`: of Muster's own. */
export function configIn(config: Config, account: string | undefined): Config {
  const entries = Object.entries(config.applications).filter(([, app]) => app.account?.id === account);
  return { ...config, applications: Object.fromEntries(entries) };
}
