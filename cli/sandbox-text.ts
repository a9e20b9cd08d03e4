import type { PortNumbers } from '../sandbox/ports/ports.ts';
import type { World } from '../sandbox/world/world.ts';

/** What the terminal shows once the ports are open: each port with a line to try. */
export function sandboxText(world: World, ports: PortNumbers, speed: number): string {
  const { config, slack } = world;
  const [first = ''] = Object.keys(config.applications);
  const app = config.applications[first];
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  const control = at(ports.control);
  return [
    `The sandbox is open on 127.0.0.1; its clock runs ${speed === 1 ? 'in real time' : `at ${speed} times real time`}. Ctrl-C ends it.`,
    '',
    'AWS',
    `  export AWS_ENDPOINT_URL=${at(ports.aws)} AWS_ACCESS_KEY_ID=you AWS_SECRET_ACCESS_KEY=any`,
    `  aws rds describe-global-clusters --region ${app?.standby ?? ''}`,
    '',
    'Slack',
    `  Web API (slackApiUrl)   ${at(ports.slack)}/api/      token ${slack.workspace.spec.botToken}`,
    `  the app's request URL   ${at(ports.requestUrl)}/          signing secret ${slack.workspace.spec.signingSecret}`,
    '',
    'DNS',
    `  dig @127.0.0.1 -p ${ports.dns} ${app?.traffic.record ?? ''}          what the resolver 1.1.1.1 answers`,
    `  dig @127.0.0.1 -p ${ports.nameServer} ${app?.traffic.record ?? ''}          what the zone's name servers answer`,
    '',
    'Applications',
    ...Object.entries(ports.applications).flatMap(([name, { home, standby }]) => [
      `  curl ${at(home)}/healthz                   ${name} in ${config.applications[name]?.home}`,
      `  curl -X POST ${at(standby)}/muster/check-write    ${name} in ${config.applications[name]?.standby}`,
    ]),
    '',
    `By hand (curl ${control}/ lists all)`,
    `  curl ${control}/state`,
    `  curl ${control}/faults -d '{"lose": "${app?.home ?? ''}"}'`,
    `  curl ${control}/people/${Object.values(config.people)[0]?.slack[0] ?? ''} -d '{"type": "/dr status ${first}"}'`,
  ].join('\n');
}
