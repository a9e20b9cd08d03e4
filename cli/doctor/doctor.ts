import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { describeProblem, parseConfig } from '../../core/config/parse.ts';
import type { Config } from '../../core/config/schema.ts';
import { DEFAULT_PREFIX } from '../../core/functions.ts';
import { callerIdentity, type Identity, NoCredentials, whyNot } from '../aws-account.ts';
import { Wrong, withWords } from '../words.ts';
import { examineApplications, isOwn } from './applications.ts';
import { examineDeployment, requestUrl } from './deployment.ts';
import type { DeploymentTarget } from './deployment-target.ts';
import { bad, type Finding, ok, unknown, warn } from './finding.ts';
import { type Report, reportLines, reportOf } from './report.ts';
import { examineSecrets } from './secret.ts';
import { examineSlack } from './slack.ts';
import { slackCaller } from './slack-api.ts';

const USAGE = `usage: muster doctor [--config FILE] [--prefix PREFIX] [--json]

  Checks that everything that a promote needs is there, by calls that change nothing, and says what to do next.
  --config FILE    the configuration (default muster.yaml)
  --prefix PREFIX  what the deployed names begin with (default ${DEFAULT_PREFIX})
  --json           print one JSON object and nothing else

exit status: 0 ready, 1 something is wrong or could not be checked, 2 wrong usage`;

export function doctorCommand(args: readonly string[]): Promise<number> {
  return withWords('doctor', USAGE, async () => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        prefix: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) {
      console.log(USAGE);
      return 0;
    }
    const file = values.config ?? 'muster.yaml';
    const report = await examine(await textOf(file), file, values.prefix ?? DEFAULT_PREFIX);
    console.log(values.json === true ? JSON.stringify(report) : reportLines(report));
    return report.ready ? 0 : 1;
  });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Wrong(`${file} cannot be read (${why}); muster init writes it, --config names another`);
  }
}

/** Everything, in the order in which a set-up goes. */
export async function examine(text: string, file: string, prefix: string): Promise<Report> {
  const result = parseConfig(text);
  if (!result.ok) {
    const means = 'Muster is neither built nor deployed with it';
    const findings = result.problems.map((problem) =>
      bad('configuration', {
        what: describeProblem(problem, file),
        means,
        todo: 'fix it, then run muster doctor again',
      }),
    );
    return reportOf(findings, '');
  }
  const { config } = result;
  const deployment = deploymentOf(config, prefix);
  const { account, findings } = await examineAccount(deployment.region);
  const first = [ok('configuration', `${file}: ${Object.keys(config.applications).join(', ')}`), ...findings];
  if (account === undefined || findings.some((each) => each.status === 'bad')) return reportOf(first, '');
  const found = [
    ...first,
    ...(await examineApplications(config, account)),
    ...(isOwn(config, account) ? await examineOwn(config, deployment) : [notOwn(config, account)]),
  ];
  return reportOf(found, `type /dr status in Slack, then rehearse a promote with your team: npm run rehearse`);
}

const examineOwn = async (config: Config, deployment: DeploymentTarget): Promise<readonly Finding[]> => [
  ...(await examineDeployment(config, deployment)),
  ...(await examineSecretsAndSlack(config, deployment)),
];

const notOwn = (config: Config, account: string): Finding =>
  unknown('deployment', {
    what: `Muster is in account ${config.account}, and these credentials are of ${account}`,
    means: 'the deployment, the ledger, the secrets and Slack were not checked',
    todo: `run muster doctor with credentials of account ${config.account} as well`,
  });

function deploymentOf(config: Config, prefix: string): DeploymentTarget {
  const apps = Object.values(config.applications);
  // One standby for all, as core/config/rules.ts demands.
  const region = apps[0]?.standby ?? '';
  const homes = [...new Set(apps.map((app) => app.home))].filter((home) => home !== region);
  return { prefix, region, homes };
}

/** `account` undefined: there are no valid credentials. */
async function examineAccount(
  region: string,
): Promise<{ readonly account: string | undefined; readonly findings: readonly Finding[] }> {
  const area = 'credentials';
  try {
    const identity = await callerIdentity(region);
    const findings = [ok(area, `account ${identity.account}, as ${identity.arn}`), clockFinding(identity)];
    return { account: identity.account, findings };
  } catch (error) {
    const means = 'nothing in AWS can be checked';
    const trouble =
      error instanceof NoCredentials
        ? { what: error.message, todo: error.todo }
        : {
            what: `STS in ${region} failed: ${whyNot(error).text}`,
            todo: "check this machine's network and status.aws",
          };
    return { account: undefined, findings: [bad(area, { ...trouble, means })] };
  }
}

/** AWS refuses requests signed more than 5 minutes off (IAM User Guide, "Troubleshooting signed requests"). */
const REFUSED_MS = 5 * 60_000;
const NOTICED_MS = 30_000;

function clockFinding({ skew_ms }: Identity): Finding {
  const area = 'credentials';
  if (skew_ms === undefined)
    return unknown(area, {
      what: 'AWS did not say what time it is',
      means: "this machine's clock may be off",
      todo: 'compare it with a time server',
    });
  const off_s = Math.round(Math.abs(skew_ms) / 1000);
  if (Math.abs(skew_ms) < NOTICED_MS)
    return ok(area, `this machine's clock agrees with AWS within ${Math.max(1, off_s)} s`);
  const what = `this machine's clock is ${off_s} s ${skew_ms > 0 ? 'behind' : 'ahead of'} AWS's`;
  const todo = 'set it by NTP';
  if (Math.abs(skew_ms) < REFUSED_MS)
    return warn(area, { what, means: 'times shown here and in Slack disagree', todo });
  return bad(area, {
    what,
    means: 'AWS refuses what this machine signs: it cannot be used to work by hand',
    todo,
  });
}

async function examineSecretsAndSlack(config: Config, deployment: DeploymentTarget): Promise<readonly Finding[]> {
  const { findings, token } = await examineSecrets(deployment, await requestUrl(deployment));
  if (token !== undefined) return [...findings, ...(await examineSlack(config, slackCaller(token)))];
  const means = 'token, scopes, channel and people could not be checked';
  const todo = 'fix the secrets first';
  return [...findings, unknown('Slack', { what: 'without a bot token Slack cannot be asked', means, todo })];
}
