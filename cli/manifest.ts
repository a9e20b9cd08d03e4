import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { Wrong, withWords } from './words.ts';

const USAGE = `usage: muster manifest --url URL [--command /dr] [--name Muster] [--json]

  Prints the Slack app's manifest: paste it at api.slack.com/apps, "Create New App", "From a manifest".
  --url URL       where Slack sends requests: the function URL that the deployment printed
  --command /dr   the slash command
  --name Muster   the app's name, as people see it
  --json          as JSON instead of YAML

exit status: 0 printed, 2 wrong usage`;

/** What Muster's calls need, and nothing more. `muster doctor` compares the token's scopes with these. */
export const SCOPES = [
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
] as const;

/** Slack's limits in characters: docs.slack.dev/reference/app-manifest. A command counts with its slash. */
const MOST = { name: 35, description: 140, command: 32, botName: 80, usageHint: 1000 } as const;

export interface ManifestOptions {
  readonly url: string;
  readonly command: string;
  readonly name: string;
}

/** The manifest as an object. Throws Wrong for what Slack would refuse, or would accept and then fail with. */
export function manifestOf({ url, command, name }: ManifestOptions): object {
  const request_url = requestUrl(url);
  if (!/^\/[a-z0-9_-]+$/.test(command)) {
    throw new Wrong(`--command '${command}': write a slash and lower-case letters, digits, '-' or '_', such as '/dr'`);
  }
  const bot = name.trim();
  if (bot === '') throw new Wrong("--name is empty: write the app's name");
  const description = 'Moves an application out of a lost AWS region, and back, when two people approve.';
  const usage_hint = 'help | status [app] | promote [app] [reason] | abort <operation>';
  const parts = { name: bot, description, command, botName: bot, usageHint: usage_hint };
  for (const [part, text] of Object.entries(parts)) capped(part as keyof typeof MOST, text);
  return {
    display_information: { name: bot, description, background_color: '#1d2b3a' },
    features: {
      // No direct messages: Muster posts to the channel.
      app_home: { home_tab_enabled: false, messages_tab_enabled: true, messages_tab_read_only_enabled: true },
      bot_user: { display_name: bot, always_online: true },
      slash_commands: [
        {
          command,
          url: request_url,
          description: 'Disaster recovery: status, promote',
          usage_hint,
          // Users and channels arrive as ids, which cannot be spoofed by a display name.
          should_escape: true,
        },
      ],
    },
    oauth_config: { scopes: { bot: [...SCOPES] } },
    settings: {
      interactivity: { is_enabled: true, request_url },
      org_deploy_enabled: false,
      socket_mode_enabled: false,
      // A rotated token would have to be written back into the secret, which may fail during an outage.
      token_rotation_enabled: false,
    },
  };
}

function requestUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Wrong(`--url '${text}' is not a URL: give the function URL, https://...lambda-url.us-west-2.on.aws/`);
  }
  if (url.protocol !== 'https:') throw new Wrong(`--url '${text}': Slack sends commands to https addresses only`);
  if (url.username !== '' || url.hash !== '')
    throw new Wrong(`--url '${text}': leave out the user name and the '#...'`);
  return url.href;
}

function capped(part: keyof typeof MOST, text: string): void {
  const most = MOST[part];
  if (text.length > most) throw new Wrong(`the ${part} '${text}' has ${text.length} characters; Slack takes ${most}`);
}

export function manifestCommand(args: readonly string[]): Promise<number> {
  return withWords('manifest', USAGE, async () => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        command: { type: 'string' },
        name: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) {
      console.log(USAGE);
      return 0;
    }
    if (values.url === undefined) throw new Wrong('--url is missing: the function URL that the deployment printed');
    const manifest = manifestOf({ url: values.url, command: values.command ?? '/dr', name: values.name ?? 'Muster' });
    process.stdout.write(values.json === true ? `${JSON.stringify(manifest, undefined, 2)}\n` : stringify(manifest));
    return 0;
  });
}
