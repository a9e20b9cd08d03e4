/** The deployment's secrets, by what follows its prefix. Each is one bare word, and each has readers of its own. */
export const SECRETS = {
  /** Proves that a request is Slack's. */
  signing: 'slack-signing-secret',
  /** Posts in Slack. */
  botToken: 'slack-bot-token',
  /** Proves that a request is the daily self-test's; made up by the deployment. */
  selfTest: 'self-test-key',
} as const;
export type Secret = keyof typeof SECRETS;

export const secretName = (prefix: string, secret: Secret): string => `${prefix}/${SECRETS[secret]}`;

/** What is JSON, quoted or of several words was put in by mistake. */
export const isSecretWord = (text: string): boolean => /^[^\s"'`{}]+$/.test(text);
