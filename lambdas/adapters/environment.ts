/** What the deployment tells every function, by environment variable. A missing one is a deployment error, said by name. */
export interface Environment {
  /** Deployed names are `<prefix>-<name>`. */
  readonly prefix: string;
  /** The standby region, where Muster runs. */
  readonly region: string;
  /** The ledger's table. */
  readonly table: string;
  /** The KMS key (HMAC_256) that signs the ledger's chain. */
  readonly macKeyId: string;
  /** Secrets, each of them one bare word, and each with readers of its own (infra/grants.ts). */
  readonly secrets: {
    /** Proves that a request is Slack's. */
    readonly signing: string;
    /** Speaks in Slack. */
    readonly botToken: string;
    /** Proves that a request is the daily self-test's. */
    readonly selfTest: string;
  };
  /** What the ARNs of all state machines begin with: `arn:aws:states:...:stateMachine:muster`, then `-promote`. */
  readonly machines: string;
}

export function environment(): Environment {
  return {
    prefix: variable('MUSTER_PREFIX'),
    region: variable('AWS_REGION'),
    table: variable('MUSTER_TABLE'),
    macKeyId: variable('MUSTER_MAC_KEY_ID'),
    secrets: {
      signing: variable('MUSTER_SIGNING_SECRET_ID'),
      botToken: variable('MUSTER_BOT_TOKEN_ID'),
      selfTest: variable('MUSTER_SELF_TEST_KEY_ID'),
    },
    machines: variable('MUSTER_MACHINES'),
  };
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`environment variable ${name} is not set: deploy Muster again, its stack sets it`);
  }
  return value;
}
