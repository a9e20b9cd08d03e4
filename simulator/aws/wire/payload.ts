import { createHash } from 'node:crypto';
import { crc32, gunzipSync } from 'node:zlib';
import type { WireRequest } from '../../wire.ts';
import { AwsError } from '../service.ts';

export interface WirePayload {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The decoded body: without aws-chunked and gzip, its checksums compared. */
export function payloadOf(request: WireRequest): WirePayload {
  const codings = (request.headers['content-encoding'] ?? '')
    .split(',')
    .map((coding) => coding.trim())
    .filter(Boolean);
  const sha = request.headers['x-amz-content-sha256'] ?? '';
  let payload: WirePayload = { headers: request.headers, body: request.body };
  if (codings.includes('aws-chunked') || sha.startsWith('STREAMING-')) payload = unchunk(payload, codings);
  else if (codings.includes('gzip') && request.headers['content-type']?.startsWith('application/x-amz-json')) {
    payload = { headers: request.headers, body: new Uint8Array(gunzipSync(request.body)) };
  }
  verifyChecksums(payload);
  return payload;
}

/**
 * `<hex size>[;chunk-signature=...]\r\n<bytes>\r\n ... 0\r\n<trailers>\r\n`
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html, sigv4-streaming-trailers.html).
 */
function unchunk({ headers, body }: WirePayload, codings: readonly string[]): WirePayload {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    const size = end < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, end), 16);
    if (Number.isNaN(size)) throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly');
    at = end + 2;
    if (size === 0) break;
    if (at + size > bytes.length) throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly');
    chunks.push(bytes.subarray(at, at + size));
    at += size + 2;
  }
  const decoded = new Uint8Array(Buffer.concat(chunks));
  const announced = headers['x-amz-decoded-content-length'];
  if (announced !== undefined && Number(announced) !== decoded.length) {
    throw new AwsError(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
    );
  }
  const rest = codings.filter((coding) => coding !== 'aws-chunked').join(',');
  const { 'content-encoding': _, ...kept } = headers;
  const plain = { ...kept, ...trailersOf(bytes.toString('latin1', at)), 'content-length': String(decoded.length) };
  return { headers: rest === '' ? plain : { ...plain, 'content-encoding': rest }, body: decoded };
}

function trailersOf(text: string): Record<string, string> {
  const lines = text.split('\r\n').map((line) => /^([\w-]+):(.*)$/.exec(line));
  return Object.fromEntries(
    lines.flatMap((line) => (line === null ? [] : [[(line[1] ?? '').toLowerCase(), (line[2] ?? '').trim()]])),
  );
}

/** Checksums that node can compute; others (CRC32C, CRC64NVME, xxHash) are taken as sent. */
const CHECKSUMS: Readonly<Record<string, (body: Uint8Array) => string>> = {
  'content-md5': (body) => createHash('md5').update(body).digest('base64'),
  'x-amz-checksum-sha1': (body) => createHash('sha1').update(body).digest('base64'),
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest('base64'),
  'x-amz-checksum-crc32': (body) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return sum.toString('base64');
  },
};

function verifyChecksums({ headers, body }: WirePayload): void {
  for (const [name, compute] of Object.entries(CHECKSUMS)) {
    const sent = headers[name];
    if (sent !== undefined && sent !== compute(body)) {
      throw new AwsError('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
    }
  }
}
