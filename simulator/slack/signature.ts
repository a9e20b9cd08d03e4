import { createHmac } from 'node:crypto';

/** Slack's signature of a request: https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function signatureOf(secret: string, timestamp_s: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp_s}:${body}`).digest('hex')}`;
}

interface SignedBody {
  readonly url: URL;
  readonly body: string;
  readonly secret: string;
  /** Unix seconds. */
  readonly timestamp_s: number;
}

/** Headers as Slack sends them with commands and interactions. */
export function headersOf({ body, secret, timestamp_s }: Omit<SignedBody, 'url'>): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    accept: 'application/json,*/*',
    'accept-encoding': 'gzip,deflate',
    'x-slack-request-timestamp': String(timestamp_s),
    'x-slack-signature': signatureOf(secret, timestamp_s, body),
  };
}
