import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { atMost, CallFailure, call, callTwice, type Time } from './calls.ts';
import type { Environment } from './environment.ts';
import type { Answer } from './http.ts';

/** Connection and answer of one call; a regional endpoint that is well answers in some tens of milliseconds. */
const CALL_LIMIT_MS = 1_500;
/** Reading may be repeated, so one slow answer need not cost all the time that Slack gives. */
const READ_LIMIT_MS = 900;
/** A dialog's errors are worth waiting for, within Slack's 3 s. */
const SUBMISSION_LIMIT_MS = 2_000;

/** Lambda Invoke, asynchronous: returns once Lambda has accepted the event. */
export async function invokeLater(env: Environment, name: string, payload: unknown, time: Time): Promise<void> {
  await callTwice((limit_ms) => invoke(env, name, 'Event', payload, Math.min(limit_ms, CALL_LIMIT_MS)), time);
}

/** Lambda Invoke, synchronous: the function's answer, parsed. Never repeated once sent. */
export async function invokeNow(env: Environment, name: string, payload: unknown, time: Time): Promise<unknown> {
  const attempt = (limit_ms: number) =>
    invoke(env, name, 'RequestResponse', payload, Math.min(limit_ms, SUBMISSION_LIMIT_MS));
  const answer = await callTwice(attempt, time);
  const failed = answer.headers['x-amz-function-error'];
  if (failed !== undefined) throw new CallFailure('unknown', `${name} failed: ${failed}`);
  return parsed(answer.text, name);
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
async function invoke(
  env: Environment,
  name: string,
  type: string,
  payload: unknown,
  limit_ms: number,
): Promise<Answer> {
  const url = new URL(`/2015-03-31/functions/${env.prefix}-${name}/invocations`, env.endpoints.lambda);
  const headers = { 'content-type': 'application/json', 'x-amz-invocation-type': type };
  return await signedCall(env, 'lambda', url, headers, JSON.stringify(payload), limit_ms);
}

/** Secrets Manager GetSecretValue: the secret's string. Reading has no effect, so any failure is tried once more. */
export async function readSecret(env: Environment, id: string, time: Time): Promise<string> {
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'secretsmanager.GetSecretValue',
  };
  const body = JSON.stringify({ SecretId: id });
  const read = () =>
    signedCall(env, 'secretsmanager', env.endpoints.secretsManager, headers, body, atMost(time, READ_LIMIT_MS));
  const answer = await read().catch(read);
  const value = parsed(answer.text, 'Secrets Manager');
  if (
    typeof value === 'object' &&
    value !== null &&
    'SecretString' in value &&
    typeof value.SecretString === 'string'
  ) {
    return value.SecretString;
  }
  throw new CallFailure('none', `the secret ${id} has no SecretString`);
}

async function signedCall(
  env: Environment,
  service: 'lambda' | 'secretsmanager',
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  limit_ms: number,
): Promise<Answer> {
  const signer = new SignatureV4({ service, region: env.region, credentials: env.credentials, sha256: Sha256 });
  const signed = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { ...headers, host: url.host },
    body,
  });
  const answer = await call({ method: 'POST', url, headers: signed.headers, body }, limit_ms);
  if (answer.status >= 200 && answer.status < 300) return answer;
  // Refused requests (throttled, forbidden, not found) had no effect; what a server error left behind nobody knows.
  const effect = answer.status < 500 ? 'none' : 'unknown';
  throw new CallFailure(effect, `${service} answered ${answer.status} ${answer.headers['x-amzn-errortype'] ?? ''}`);
}

function parsed(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CallFailure('unknown', `${source} answered what is not JSON`, { cause });
  }
}

/** The hash that the signer asks for, from node's own crypto instead of a package. */
class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    throw new Error('a hash is used once');
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data);
}
