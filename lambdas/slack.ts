import { createHandler } from './receiver/handler.ts';

/** The function URL that Slack calls: verifies, hands over to `command` or `approve`, answers within Slack's 3 s. */
export const handler = createHandler({ variables: process.env, now_ms: () => Date.now() });
