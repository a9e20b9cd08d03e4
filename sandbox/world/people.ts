import type { Config } from '../../core/config/schema.ts';
import type { SlackUser, WorkspaceSpec } from '../../simulator/slack/model.ts';
import { sampleWorkspace } from './workspace.ts';

/** The configured people as a Slack workspace, with some whom Muster must refuse. */
export function workspaceOf(config: Config): WorkspaceSpec {
  const sample = sampleWorkspace();
  const listed = Object.entries(config.people).flatMap(([id, person]) =>
    person.slack.map((account, index) => ({
      id: account,
      name: index === 0 ? id : `${id}${index + 1}`,
      realName: person.name,
      email: `${id}@example.com`,
      tz: 'Europe/Lisbon',
    })),
  );
  const known = new Set(listed.map((user) => user.id));
  const outsiders = sample.users.filter((user) => !known.has(user.id));
  const users: readonly SlackUser[] = [...listed, ...outsiders];
  const group = config.slack.approverGroup;
  return {
    ...sample,
    ...(group === undefined
      ? {}
      : { userGroups: [{ id: group, handle: 'oncall', name: 'On call', users: onCall(config) }] }),
    teamId: config.slack.team_id,
    appId: config.slack.app_id,
    users,
    channels: [
      {
        id: config.slack.channel,
        name: 'incident',
        kind: 'public',
        members: users.filter((user) => user.deleted !== true).map((user) => user.id),
      },
    ],
  };
}

/** Every approver but the last, by the first account: a group that had all of them would test nothing. */
const onCall = (config: Config): string[] =>
  Object.values(config.people)
    .filter((person) => person.approver)
    .slice(0, -1)
    .flatMap((person) => person.slack.slice(0, 1));
