import { SlackApiError } from '../body.ts';
import type { UserGroup } from '../model.ts';
import { userJson } from '../shapes.ts';
import { type Method, type MethodCall, type Methods, page } from './method.ts';

const authTest: Method = {
  scopes: [],
  limit: 'special',
  takesJson: true,
  run: (_args, { workspace: { spec } }) => ({
    url: `https://${spec.teamDomain}.slack.com/`,
    team: spec.teamDomain,
    user: 'muster',
    team_id: spec.teamId,
    user_id: spec.botUserId,
    bot_id: spec.botId,
    is_enterprise_install: false,
  }),
};

/** https://docs.slack.dev/reference/methods/bots.info; this workspace knows the app's own bot alone. */
const botsInfo: Method = {
  scopes: ['users:read'],
  limit: 'tier3',
  takesJson: false,
  run: (args, { workspace: { spec } }) => {
    if (args.required('bot', 'bot_not_found') !== spec.botId) throw new SlackApiError('bot_not_found');
    return { bot: { id: spec.botId, deleted: false, name: 'muster', app_id: spec.appId, user_id: spec.botUserId } };
  },
};

const usersInfo: Method = {
  scopes: ['users:read'],
  limit: 'tier4',
  takesJson: false,
  run: (args, { workspace }) => {
    const user = workspace.user(args.required('user', 'user_not_found'));
    if (user === undefined) throw new SlackApiError('user_not_found');
    return { user: userJson(user, workspace.spec) };
  },
};

const usersList: Method = {
  scopes: ['users:read'],
  limit: 'tier2',
  takesJson: false,
  run: (args, { workspace: { spec } }) => {
    const { items, response_metadata } = page(spec.users, args);
    return { members: items.map((user) => userJson(user, spec)), response_metadata };
  },
};

/** User groups are a paid feature: https://docs.slack.dev/reference/methods/usergroups.list */
function groupsOf({ workspace: { spec } }: MethodCall): readonly UserGroup[] {
  if (spec.plan === 'free') throw new SlackApiError('plan_upgrade_required');
  return spec.userGroups;
}

const groups = { scopes: ['usergroups:read'], limit: 'tier2', takesJson: false } as const;

const usergroupsList: Method = {
  ...groups,
  run: (args, call) => ({
    usergroups: groupsOf(call).map((group) => ({
      id: group.id,
      team_id: call.workspace.spec.teamId,
      is_usergroup: true,
      handle: group.handle,
      name: group.name,
      user_count: group.users.length,
      ...(args.flag('include_users') ? { users: group.users } : {}),
    })),
  }),
};

const usergroupsUsersList: Method = {
  ...groups,
  run: (args, call) => {
    const id = args.required('usergroup', 'invalid_arguments');
    const group = groupsOf(call).find((g) => g.id === id);
    if (group === undefined) throw new SlackApiError('no_such_subteam');
    const includeDisabled = args.flag('include_disabled');
    const present = (user: string): boolean => includeDisabled || call.workspace.user(user)?.deleted !== true;
    return { users: group.users.filter(present) };
  },
};

export const PEOPLE: Methods = {
  'auth.test': authTest,
  'bots.info': botsInfo,
  'users.info': usersInfo,
  'users.list': usersList,
  'usergroups.list': usergroupsList,
  'usergroups.users.list': usergroupsUsersList,
};
