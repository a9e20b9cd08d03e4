import type { Config } from '../../core/config/schema.ts';
import { APP_PLACEHOLDER } from '../init.ts';
import { SCOPES } from '../manifest.ts';
import { bad, type Finding, ok, type Trouble, unknown } from './finding.ts';
import { type SlackAnswer, type SlackCall, SlackSilent } from './slack-api.ts';

const AREA = 'Slack';
const REINSTALL =
  "add them at api.slack.com/apps, 'OAuth & Permissions' (muster manifest has them all), and reinstall the app";

/** Whether the token is of the right app in the right workspace, may do what Muster does, and sees its people. */
export async function examineSlack(config: Config, call: SlackCall): Promise<readonly Finding[]> {
  try {
    return await examine(config, call);
  } catch (error) {
    if (!(error instanceof SlackSilent)) throw error;
    const means = 'the token, the channel and the people could not be checked';
    return [
      unknown(AREA, { what: error.message, means, todo: 'check slack-status.com, then run muster doctor again' }),
    ];
  }
}

async function examine(config: Config, call: SlackCall): Promise<readonly Finding[]> {
  const test = await call('auth.test');
  if (!test.ok) {
    const todo = "copy the bot token again ('OAuth & Permissions'), and store it in the secret";
    return [
      bad(AREA, { what: `Slack refuses the bot token: ${test.error}`, means: 'Muster cannot post to Slack', todo }),
    ];
  }
  const rest = [
    await appFinding(config, call, test),
    ...(await channelFindings(config, call)),
    ...(await selfTestChannelFindings(config, call)),
    ...(await peopleFindings(config, call)),
  ];
  return [teamFinding(config, test), scopeFinding(test), ...rest];
}

function teamFinding(config: Config, test: SlackAnswer): Finding {
  const team = String(test.body['team_id']);
  if (team === config.slack.team_id) return ok(AREA, `the bot token is good in workspace ${team}`);
  const what = `the bot token is of workspace ${team}, slack.team_id is ${config.slack.team_id}`;
  return bad(AREA, {
    what,
    means: 'every command is refused',
    todo: 'fix slack.team_id and deploy, or store the right token',
  });
}

function scopeFinding(test: SlackAnswer): Finding {
  const missing = SCOPES.filter((scope) => !test.scopes.includes(scope));
  if (missing.length === 0) return ok(AREA, `the token has all ${SCOPES.length} scopes`);
  const what = `the token lacks the scopes ${missing.join(', ')}`;
  return bad(AREA, { what, means: 'what needs them fails in the middle of an operation', todo: REINSTALL });
}

/** auth.test does not say which app it is; the bot's own record does. */
async function appFinding(config: Config, call: SlackCall, test: SlackAnswer): Promise<Finding> {
  const wanted = config.slack.app_id;
  const answer = await call('bots.info', { bot: String(test.body['bot_id'] ?? '') });
  const app = (answer.body['bot'] as { app_id?: string } | undefined)?.app_id;
  const means = 'every command is refused: it names another app';
  if (!answer.ok || app === undefined)
    return unknown(AREA, {
      what: `bots.info does not say which app this is (${answer.error})`,
      means: 'slack.app_id may be wrong',
      todo: REINSTALL,
    });
  if (app === wanted) return ok(AREA, `it is the app ${app}`);
  const what =
    wanted === APP_PLACEHOLDER
      ? 'slack.app_id is still the placeholder'
      : `slack.app_id is ${wanted}, the token is of ${app}`;
  return bad(AREA, { what, means, todo: `write slack.app_id: ${app} into muster.yaml, then: npx cdk deploy Muster` });
}

const channelFindings = ({ slack }: Config, call: SlackCall): Promise<readonly Finding[]> =>
  channelLook(call, 'channel', slack.channel, 'no operation can be shown, and nobody can approve by button');

async function selfTestChannelFindings({ slack }: Config, call: SlackCall): Promise<readonly Finding[]> {
  const { channel, selfTestChannel = channel } = slack;
  if (selfTestChannel === channel) return [];
  return channelLook(call, 'selfTestChannel', selfTestChannel, 'every self-test fails, and its alarm rings');
}

async function channelLook(
  call: SlackCall,
  key: 'channel' | 'selfTestChannel',
  id: string,
  means: string,
): Promise<readonly Finding[]> {
  const answer = await call('conversations.info', { channel: id });
  if (!answer.ok) {
    const todo = `invite Muster to the channel if it is private (/invite), or fix slack.${key} in muster.yaml`;
    return [bad(AREA, { what: `the channel ${id} cannot be seen: ${answer.error}`, means, todo })];
  }
  const channel = answer.body['channel'] as { name?: string; is_member?: boolean; is_archived?: boolean };
  const name = `the channel #${channel.name ?? id}`;
  if (channel.is_archived === true)
    return [bad(AREA, { what: `${name} is archived`, means, todo: `name another in slack.${key}, then deploy` })];
  if (channel.is_member === true) return [ok(AREA, `Muster is a member of ${name}`)];
  return [
    bad(AREA, {
      what: `Muster is no member of ${name}`,
      means,
      todo: `type in #${channel.name ?? id}: /invite @Muster`,
    }),
  ];
}

/** `users.info` takes 100 requests a minute and more (tier 4): nobody lists that many approvers. */
async function peopleFindings(config: Config, call: SlackCall): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const approvers = Object.entries(config.people).filter(([, person]) => person.approver);
  for (const [id, person] of approvers) {
    for (const account of person.slack) {
      const trouble = accountTrouble(await call('users.info', { user: account }));
      if (trouble !== undefined)
        found.push(
          bad(AREA, {
            ...trouble,
            what: `${person.name}'s account ${account} ${trouble.what}`,
            todo: `fix people.${id}.slack in muster.yaml, then deploy`,
          }),
        );
    }
  }
  return found.length > 0 ? found : [ok(AREA, `all accounts of the ${approvers.length} approvers can vote`)];
}

interface SlackUser {
  readonly deleted?: boolean;
  readonly is_bot?: boolean;
  readonly is_restricted?: boolean;
  readonly is_ultra_restricted?: boolean;
  readonly is_stranger?: boolean;
}

function accountTrouble(answer: SlackAnswer): Omit<Trouble, 'todo'> | undefined {
  const means = 'its vote is refused: the quorum may not be reached';
  if (!answer.ok) return { what: `is not known to Slack (${answer.error})`, means };
  const user = answer.body['user'] as SlackUser;
  const kinds = [
    ...(user.deleted === true ? ['deactivated'] : []),
    ...(user.is_bot === true ? ['a bot'] : []),
    ...(user.is_restricted === true || user.is_ultra_restricted === true ? ['a guest'] : []),
    ...(user.is_stranger === true ? ['of another workspace'] : []),
  ];
  return kinds.length === 0 ? undefined : { what: `is ${kinds.join(', ')}`, means };
}
