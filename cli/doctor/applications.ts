import { accessStack } from '../../core/access.ts';
import type { ApplicationConfig, Config } from '../../core/config/schema.ts';
import { databaseLooks } from './database.ts';
import { all, type Finding, unknown } from './finding.ts';
import { serviceLooks } from './services.ts';
import { trafficLooks } from './traffic.ts';
import { listenerLooks, pagingLooks, workerLooks } from './workers.ts';

/**
 * Whether what `muster.yaml` names is there, in both regions, by calls that change nothing. Only what lives in
 * `account`, whose credentials these are: of another account nothing can be seen, and unseen is not the same as absent.
 */
export async function examineApplications(config: Config, account: string): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  // One application after the other: together they could be throttled.
  for (const [name, app] of Object.entries(config.applications)) {
    const area = `application ${name}`;
    const lives = app.account?.id ?? config.account ?? account;
    found.push(
      ...(lives === account
        ? await examine(area, app)
        : [elsewhere(area, name, lives, account, app.account !== undefined)]),
    );
  }
  return isOwn(config, account) ? [...found, ...(await all(pagingLooks(config)))] : found;
}

/** Whether Muster itself is in the account of these credentials; taken to be when `muster.yaml` names no account. */
export const isOwn = (config: Config, account: string): boolean => (config.account ?? account) === account;

function elsewhere(area: string, name: string, lives: string, account: string, isOther: boolean): Finding {
  return unknown(area, {
    what: `${name} lives in account ${lives}, and these credentials are of ${account}`,
    means: 'what muster.yaml names in that account was not checked',
    todo: `run muster doctor with credentials of account ${lives} as well${isOther ? `; its stack ${accessStack(lives)} gives Muster access` : ''}`,
  });
}

function examine(area: string, app: ApplicationConfig): Promise<readonly Finding[]> {
  const looks = [databaseLooks, serviceLooks, trafficLooks, workerLooks, listenerLooks];
  return all(looks.flatMap((looksOf) => looksOf(area, app)));
}
