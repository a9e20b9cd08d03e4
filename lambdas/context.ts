import { accountRefusal, type Identity, identityOf, type Role, withRole } from '../core/approvals.ts';
import type { Config } from '../core/config/schema.ts';
import type { SignedRequest } from '../core/inbound.ts';
import { type Refusal, refuse } from '../core/reasons.ts';
import { type SelfTestRequest, selfTestRequest } from '../core/self-test.ts';
import type { Environment } from './adapters/environment.ts';
import { createLedger, type Ledger } from './adapters/ledger.ts';
import { botToken, selfTestKey, signingSecret } from './adapters/secrets.ts';
import { createSlack, type Slack, type SlackFailure, verifySigned } from './adapters/slack.ts';
import { parsePayload, type SlackPayload } from './adapters/slack-payloads.ts';

/** What the functions behind the receiver work with while they handle one request. */
export interface RequestContext {
  readonly config: Config;
  readonly environment: Environment;
  readonly ledger: Ledger;
  readonly slack: Slack;
}

/**
 * Opens a signed request: the signature is verified here again, so that a fault in front of this function cannot make
 * a vote. Throws when it is neither Slack's nor the daily self-test's, or names another team or app. `selfTest`: it
 * is the self-test's and asks for nothing but this; its key opens no other request.
 */
export async function openRequest(
  config: Config,
  environment: Environment,
  signed: SignedRequest,
  now_ms: number,
): Promise<{
  readonly context: RequestContext;
  readonly payload: SlackPayload;
  readonly selfTest: SelfTestRequest | undefined;
}> {
  const now_s = Math.floor(now_ms / 1000);
  const [key, token] = await Promise.all([signingSecret(environment), botToken(environment)]);
  const isSlacks = verifySigned(signed, key, now_s);
  if (!isSlacks && !verifySigned(signed, await selfTestKey(environment), now_s)) {
    throw new Error('the signature is not Slack’s, or too old: nothing was done');
  }
  const payload = parsePayload(signed.body);
  if (payload === undefined) throw new Error('a signed request of a form that Muster does not know: nothing was done');
  if (payload.appId !== config.slack.app_id) throw new Error(`a signed request of another app (${payload.appId})`);
  if (payload.team !== config.slack.team_id) throw new Error(`a signed request of another team (${payload.team})`);
  const selfTest = isSlacks ? undefined : selfTestOf(payload);
  if (!isSlacks && selfTest === undefined)
    throw new Error('signed by the self-test, and no self-test: nothing was done');
  const slack = createSlack(token);
  return { context: { config, environment, ledger: createLedger(environment), slack }, payload, selfTest };
}

function selfTestOf(payload: SlackPayload): SelfTestRequest | undefined {
  switch (payload.kind) {
    case 'command':
      return selfTestRequest(payload.user, { typed: payload.text, triggerId: payload.triggerId });
    case 'action':
      return selfTestRequest(payload.user, { pressed: payload.actionId, operation: payload.ids?.operation ?? '' });
    case 'submission':
      return undefined;
  }
}

/**
 * Who this is, confirmed by Slack now, if they have the role. Fails closed: an account that cannot be looked up may do
 * nothing.
 */
export async function identify(
  context: RequestContext,
  user: string,
  role: Exclude<Role, 'anyone'>,
): Promise<Identity | Refusal> {
  const { config, slack } = context;
  const account = await slack.usersInfo(user);
  if (!account.ok) {
    const why = account.failure.kind === 'rate-limited' ? 'rate limited' : account.failure.why;
    return refuse('person-unverified', { why });
  }
  return accountRefusal(config, account.value) ?? withRole(config, role, identityOf(config, user));
}

/**
 * Why a vote of this account does not count although it is an approver's: the configured Slack group can only narrow
 * the approvers. A look-up that fails refuses, and says what to fix.
 */
export async function groupRefusal(context: RequestContext, user: string): Promise<Refusal | undefined> {
  const group = context.config.slack.approverGroup;
  if (group === undefined) return undefined;
  const members = await context.slack.usergroupMembers(group);
  if (members.ok) return members.value.includes(user) ? undefined : refuse('not-in-group', { group });
  return refuse('person-unverified', { why: groupFailureWords(group, members.failure) });
}

/** https://docs.slack.dev/reference/methods/usergroups.users.list#errors */
export function groupFailureWords(group: string, failure: SlackFailure): string {
  if (failure.kind === 'rate-limited') return `Slack limits the rate of look-ups in the group ${group}`;
  if (failure.kind === 'slack-down') return `the group ${group} could not be looked up: ${failure.why}`;
  switch (failure.code) {
    case 'plan_upgrade_required':
      return `user groups such as ${group} need a paid Slack plan: upgrade, or remove slack.approverGroup from muster.yaml`;
    case 'missing_scope':
      return `the Slack app may not read the group ${group}: give it the scope usergroups:read and install it again`;
    case 'no_such_subteam':
      return `there is no Slack group ${group}: correct slack.approverGroup in muster.yaml`;
    default:
      return `the group ${group} could not be looked up: ${failure.why}`;
  }
}
