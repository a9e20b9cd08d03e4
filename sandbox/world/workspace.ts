import type { WorkspaceSpec } from '../../simulator/slack/model.ts';

/** The scopes of the app's manifest. */
const SCOPES = [
  'commands',
  'chat:write',
  'users:read',
  'users:read.email',
  'usergroups:read',
  'im:write',
  'channels:read',
  'groups:read',
  'pins:write',
  'files:write',
];

const BOT = 'U0MUSTERBOT';

/** A small team with every kind of account that authorisation must tell apart. */
export function sampleWorkspace(changes: Partial<WorkspaceSpec> = {}): WorkspaceSpec {
  return {
    teamId: 'T0HARBOUR',
    teamDomain: 'harbour',
    plan: 'paid',
    appId: 'A0MUSTER',
    botId: 'B0MUSTER',
    botUserId: BOT,
    botToken: 'xoxb-sandbox-muster',
    scopes: SCOPES,
    signingSecret: '8f742231b10e8888abcd99yyyzzz85a5',
    commands: ['/dr'],
    shouldEscape: true,
    progressBlocksInUpdate: false,
    users: [
      { id: 'U0ANA', name: 'ana', realName: 'Ana Reyes', email: 'ana@harbour.example', tz: 'Europe/Lisbon' },
      { id: 'U0BEN', name: 'ben', realName: 'Ben Okafor', email: 'ben@harbour.example', tz: 'Europe/London' },
      { id: 'U0CHEN', name: 'chen', realName: 'Chen Wei', email: 'chen@harbour.example', tz: 'Asia/Singapore' },
      { id: 'U0DORA', name: 'dora', realName: 'Dora Lind', email: 'dora@harbour.example', tz: 'Europe/Stockholm' },
      { id: 'U0GUEST', name: 'gil', email: 'gil@contractor.example', isRestricted: true },
      { id: 'U0SINGLE', name: 'sol', email: 'sol@contractor.example', isRestricted: true, isUltraRestricted: true },
      { id: 'U0LEFT', name: 'lee', email: 'lee@harbour.example', deleted: true },
      { id: 'U0STRANGER', name: 'sam', email: 'sam@elsewhere.example', teamId: 'T0ELSEWHERE', isStranger: true },
      { id: 'U0OTHERBOT', name: 'deploybot', isBot: true },
      { id: BOT, name: 'muster', isBot: true },
    ],
    channels: [
      {
        id: 'C0DR',
        name: 'dr',
        kind: 'public',
        members: [BOT, 'U0ANA', 'U0BEN', 'U0CHEN', 'U0DORA', 'U0GUEST', 'U0STRANGER', 'U0OTHERBOT'],
      },
      { id: 'C0GENERAL', name: 'general', kind: 'public', members: ['U0ANA', 'U0BEN', 'U0CHEN', 'U0DORA'] },
      { id: 'G0SECRET', name: 'secret', kind: 'private', members: ['U0ANA', 'U0BEN'] },
    ],
    userGroups: [{ id: 'S0ONCALL', handle: 'oncall', name: 'On call', users: ['U0ANA', 'U0BEN', 'U0LEFT'] }],
    ...changes,
  };
}
