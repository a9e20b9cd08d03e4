/** What the deployment tells the receiver. */
export interface Environment {
  readonly region: string;
  /** Functions are named `<prefix>-<name>`. */
  readonly prefix: string;
  /** Names or ARNs of the secrets, each one bare word. */
  readonly secrets: { readonly signing: string; readonly botToken: string; readonly selfTest: string };
  readonly slackAppId: string;
  readonly slackTeamId: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly endpoints: { readonly lambda: URL; readonly secretsManager: URL };
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Throws an error that names what is missing: a receiver that does not know whose requests it takes takes none. */
export function readEnvironment(variables: Variables): Environment {
  const region = required(variables, 'AWS_REGION');
  const sessionToken = variables['AWS_SESSION_TOKEN'];
  return {
    region,
    prefix: required(variables, 'MUSTER_PREFIX'),
    secrets: {
      signing: required(variables, 'MUSTER_SIGNING_SECRET_ID'),
      botToken: required(variables, 'MUSTER_BOT_TOKEN_ID'),
      selfTest: required(variables, 'MUSTER_SELF_TEST_KEY_ID'),
    },
    slackAppId: required(variables, 'MUSTER_SLACK_APP_ID'),
    slackTeamId: required(variables, 'MUSTER_SLACK_TEAM_ID'),
    credentials: {
      accessKeyId: required(variables, 'AWS_ACCESS_KEY_ID'),
      secretAccessKey: required(variables, 'AWS_SECRET_ACCESS_KEY'),
      ...(sessionToken ? { sessionToken } : {}),
    },
    endpoints: {
      lambda: endpoint(variables, 'AWS_ENDPOINT_URL_LAMBDA', `https://lambda.${region}.amazonaws.com`),
      secretsManager: endpoint(
        variables,
        'AWS_ENDPOINT_URL_SECRETS_MANAGER',
        `https://secretsmanager.${region}.amazonaws.com`,
      ),
    },
  };
}

function required(variables: Variables, name: string): string {
  const value = variables[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

/** The standard variables of the AWS tools: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
function endpoint(variables: Variables, name: string, regional: string): URL {
  return new URL(variables[name] || variables['AWS_ENDPOINT_URL'] || regional);
}
