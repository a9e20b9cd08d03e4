import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { isSecretWord, type Secret, secretName } from '../../core/secrets.ts';
import { cliSettings } from '../aws-account.ts';
import type { DeploymentTarget } from './deployment-target.ts';
import { bad, type Finding, look, ok, type Trouble } from './finding.ts';

const AREA = 'secret';

export interface SecretSeen {
  readonly findings: readonly Finding[];
  /** The bot token, to ask Slack with; undefined: there is none yet. Never shown. */
  readonly token: string | undefined;
}

/** What people put in after the first deployment. */
const SLACKS = ['signing', 'botToken'] as const satisfies readonly Secret[];
type Slacks = (typeof SLACKS)[number];

/** The secrets are there, and what is in them came from Slack and not from the deployment. Nothing of it is ever printed. */
export async function examineSecrets(deployment: DeploymentTarget, url: string | undefined): Promise<SecretSeen> {
  const make = url === undefined ? '' : `make the app from what this prints: npx muster manifest --url ${url} ; then `;
  const seen = await Promise.all(SLACKS.map((secret) => examineSecret(deployment, secret, make)));
  const [, { word: token } = { word: undefined }] = seen;
  return { findings: seen.flatMap(({ findings }) => findings), token };
}

async function examineSecret({ prefix, region }: DeploymentTarget, secret: Slacks, make: string) {
  const id = secretName(prefix, secret);
  const store =
    `aws secretsmanager put-secret-value --region ${region} --secret-id ${id} ` +
    `--secret-string file:///dev/stdin ; then paste ${EXAMPLES[secret]}, Enter, Ctrl-D`;
  let word: string | undefined;
  const findings = await look({
    area: AREA,
    thing: `secret ${id}`,
    region,
    action: 'secretsmanager:GetSecretValue',
    read: () => new SecretsManagerClient(cliSettings(region)).send(new GetSecretValueCommand({ SecretId: id })),
    judge: ({ SecretString = '' }) => {
      const trouble = judgeSecret(secret, SecretString, `${make}${store}`);
      if (trouble !== undefined) return [bad(AREA, { ...trouble, what: `the secret ${id} ${trouble.what}` })];
      word = SecretString.trim();
      return [ok(AREA, `the secret ${id} holds ${CALLED[secret]}`)];
    },
    absent: { means: MEANS[secret], todo: 'npx cdk deploy Muster, which makes it' },
  });
  return { findings, word };
}

const CALLED = { signing: 'a signing secret', botToken: 'a bot token' } as const;
const EXAMPLES = { signing: 'its 32 characters', botToken: 'it, xoxb-...' } as const;
const MEANS = {
  signing: 'every request of Slack is refused',
  botToken: 'Muster cannot post to Slack; with a user token (xoxp-) it would post as that person',
} as const;
/** A signing secret has 32 characters; the deployment's made-up one has 40 (infra/stacks/muster-stack.ts). */
const FORMS = { signing: /^[0-9a-z]{32}$/, botToken: /^xoxb-.{8,}$/ } as const;
const MADE_UP = /^[0-9A-Za-z]{40}$/;

/** Undefined: it is as it should be. */
export function judgeSecret(secret: Slacks, text: string, todo: string): Trouble | undefined {
  const word = text.trim();
  const means = MEANS[secret];
  if (MADE_UP.test(word)) return { what: 'is still the placeholder', means, todo };
  if (!isSecretWord(word)) return { what: 'is not one bare word (no JSON, no quotes)', means, todo };
  return FORMS[secret].test(word) ? undefined : { what: `is not ${CALLED[secret]} of Slack`, means, todo };
}
