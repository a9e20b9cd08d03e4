import type { WireRequest, WireResponse } from '../wire.ts';
import { SYNC_PAYLOAD_BYTES } from './function.ts';
import type { InvokeAnswer } from './spec.ts';

/** Bodies of these types reach the function as text; all others, forms too, as base64. */
const TEXT = /^(text\/|application\/(json|javascript|xml|[\w.-]+\+(json|xml))\b)/i;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface UrlContext {
  readonly requestId: string;
  readonly accountId: string;
  readonly now_ms: number;
}

/** Payload format 2.0 (docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html). Undefined when the request is too large. */
export function eventOf(request: WireRequest, context: UrlContext): object | undefined {
  const { url, method, headers } = request;
  const bytes = Buffer.from(request.body);
  const isBase64Encoded = bytes.length > 0 && !TEXT.test(headers['content-type'] ?? '');
  const body = bytes.toString(isBase64Encoded ? 'base64' : 'utf8');
  if (Buffer.byteLength(body) > SYNC_PAYLOAD_BYTES) return undefined;
  const { cookie, ...rest } = headers;
  const query = [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name).join(',')]);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookie === undefined ? {} : { cookies: cookie.split(/; ?/) }),
    headers: { ...rest, host: url.host, 'x-forwarded-proto': 'https', 'x-forwarded-port': '443' },
    ...(query.length === 0 ? {} : { queryStringParameters: Object.fromEntries(query) }),
    requestContext: requestContext(url, method, headers, context),
    ...(bytes.length === 0 ? {} : { body }),
    isBase64Encoded,
  };
}

function requestContext(url: URL, method: string, headers: WireRequest['headers'], context: UrlContext): object {
  const now = new Date(context.now_ms);
  const day = `${String(now.getUTCDate()).padStart(2, '0')}/${MONTHS[now.getUTCMonth()]}/${now.getUTCFullYear()}`;
  return {
    accountId: 'anonymous',
    apiId: url.hostname.split('.')[0],
    domainName: url.hostname,
    domainPrefix: url.hostname.split('.')[0],
    http: {
      method,
      path: url.pathname,
      protocol: 'HTTP/1.1',
      sourceIp: headers['x-forwarded-for'] ?? '192.0.2.1',
      userAgent: headers['user-agent'] ?? '',
    },
    requestId: context.requestId,
    routeKey: '$default',
    stage: '$default',
    time: `${day}:${now.toISOString().slice(11, 19)} +0000`,
    timeEpoch: Math.floor(context.now_ms),
  };
}

interface Structured {
  readonly statusCode?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly cookies?: readonly string[];
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
}

/** The same page: a result without `statusCode` is a body of JSON with status 200; a failed function is a 502. */
export function answerOf(answer: InvokeAnswer): WireResponse {
  if (answer.functionError !== undefined) return failed(502, { Message: 'Internal Server Error' });
  const result = JSON.parse(answer.payload) as Structured | string | null;
  const amzn = { 'x-amzn-requestid': answer.requestId };
  if (typeof result !== 'object' || result === null || result.statusCode === undefined) {
    const text = typeof result === 'string' ? result : answer.payload;
    return { status: 200, headers: { 'content-type': 'application/json', ...amzn }, body: Buffer.from(text) };
  }
  const status = Number(result.statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599)
    return failed(502, { Message: 'Internal Server Error' });
  const given = Object.entries(result.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const cookies = result.cookies === undefined ? {} : { 'set-cookie': result.cookies.join(', ') };
  const headers = { 'content-type': 'application/json', ...amzn, ...cookies, ...Object.fromEntries(given) };
  const text =
    typeof result.body === 'string' ? result.body : result.body === undefined ? '' : JSON.stringify(result.body);
  return { status, headers, body: Buffer.from(text, result.isBase64Encoded === true ? 'base64' : 'utf8') };
}

export function tooLarge(): WireResponse {
  return failed(413, { Message: 'Request Entity Too Large' });
}

export function failed(status: number, body: object): WireResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
}
