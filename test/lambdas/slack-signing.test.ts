import { createHash, createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { command, type Sent, SlackWorld, signedEvent } from './slack-world.ts';

vi.mock('../../lambdas/receiver/http.ts');

let world: SlackWorld;
beforeEach(() => {
  world = new SlackWorld();
  world.connect();
});
afterEach(() => vi.restoreAllMocks());

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Signature Version 4 by its specification: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function expectedSignature(sent: Sent, service: string): string {
  const all = new Headers(sent.headers);
  all.set('host', sent.host);
  const names = [...all.keys()].filter((name) => name !== 'authorization').sort();
  const signedNames = names.join(';');
  const canonical = [
    'POST',
    sent.path,
    '',
    ...names.map((name) => `${name}:${all.get(name)}`),
    '',
    signedNames,
    sha256(JSON.stringify(sent.body)),
  ].join('\n');
  const time = all.get('x-amz-date') ?? '';
  const scope = `${time.slice(0, 8)}/eu-west-1/${service}/aws4_request`;
  const key = ['eu-west-1', service, 'aws4_request'].reduce(hmac, hmac('AWS4example', time.slice(0, 8)));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${signedNames}, Signature=${signature}`;
}

test('calls to Lambda carry the signature that its specification gives', async () => {
  await world.answer(signedEvent(command('status')));
  const sent = world.to('lambda.')[0];
  if (sent === undefined) throw new Error('nothing was invoked');
  expect(sent.headers.get('authorization')).toBe(expectedSignature(sent, 'lambda'));
});

test('calls to Secrets Manager carry the signature that its specification gives', async () => {
  await world.answer(signedEvent(command('status')));
  const sent = world.to('secretsmanager.')[0];
  if (sent === undefined) throw new Error('no secret was read');
  expect(sent.headers.get('authorization')).toBe(expectedSignature(sent, 'secretsmanager'));
  expect(sent.headers.get('x-amz-target')).toBe('secretsmanager.GetSecretValue');
});

test('endpoints can be given by the standard variables', async () => {
  world.variables['AWS_ENDPOINT_URL'] = 'https://lambda.internal:8443';
  world.variables['AWS_ENDPOINT_URL_SECRETS_MANAGER'] = 'https://secretsmanager.internal';
  await world.answer(signedEvent(command('status')));
  expect(world.sent.map((sent) => sent.host)).toEqual([
    'secretsmanager.internal',
    'secretsmanager.internal',
    'lambda.internal:8443',
  ]);
});
