import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { request } from 'node:http';

/**
 * The least that does the same work: node's crypto and http, Signature Version 4 by hand. A lower bound, not a
 * proposal.
 */
interface UrlEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const variable = (name: string): string => process.env[name] ?? '';

export async function handler(event: UrlEvent): Promise<{ statusCode: number; body: string }> {
  const target = { 'x-amz-target': 'secretsmanager.GetSecretValue' };
  const read = async (id: string): Promise<string> => {
    const answer = await signed('secretsmanager', '/', target, JSON.stringify({ SecretId: id }));
    return (JSON.parse(answer) as { SecretString: string }).SecretString;
  };
  const [secret] = await Promise.all([
    read(variable('MUSTER_SIGNING_SECRET_ID')),
    read(variable('MUSTER_BOT_TOKEN_ID')),
  ]);
  const timestamp = event.headers['x-slack-request-timestamp'] ?? '';
  const expected = Buffer.from(`v0=${hmac(secret, `v0:${timestamp}:${event.body}`).toString('hex')}`);
  const given = Buffer.from(event.headers['x-slack-signature'] ?? '');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { statusCode: 401, body: '' };
  const path = `/2015-03-31/functions/${variable('MUSTER_PREFIX')}-command/invocations`;
  await signed('lambda', path, { 'x-amz-invocation-type': 'Event' }, JSON.stringify({ body: event.body }));
  return { statusCode: 200, body: '' };
}

function signed(service: string, path: string, more: Record<string, string>, body: string): Promise<string> {
  const url = new URL(path, variable('AWS_ENDPOINT_URL'));
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const headers: Record<string, string> = { host: url.host, 'x-amz-date': time, ...more };
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}`);
  const canonical = ['POST', url.pathname, '', ...lines, '', names.join(';'), sha256(body)].join('\n');
  const scope = `${time.slice(0, 8)}/${variable('AWS_REGION')}/${service}/aws4_request`;
  const key = scope
    .split('/')
    .slice(1)
    .reduce(hmac, hmac(`AWS4${variable('AWS_SECRET_ACCESS_KEY')}`, time.slice(0, 8)));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  const credential = `Credential=${variable('AWS_ACCESS_KEY_ID')}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', headers: { ...headers, authorization } }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => resolve(Buffer.concat(chunks).toString()));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
