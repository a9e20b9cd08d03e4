import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';

/** What Route 53's health checkers see: a status is all that they judge by. */
interface Answer {
  readonly statusCode: 200 | 404 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Below the 4 s that Route 53 gives a connection and the 2 s that it gives an answer (Route 53, "How health checks work"). */
const LIMIT_MS = 1_200;

const s3 = new S3Client({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: LIMIT_MS / 2, throwOnRequestTimeout: true },
});

/**
 * 200 while the flag exists, 404 when it surely does not, 503 in doubt. The check is inverted: 200 leads users to the
 * standby, everything else leaves them where they are, so that a defect here moves nobody.
 */
export async function handler(): Promise<Answer> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: variable('FLAG_BUCKET'), Key: variable('FLAG_KEY') }));
    return answer(200, 'the standby is active');
  } catch (error) {
    if (isAbsent(error)) return answer(404, 'home is active');
    console.error(`in doubt: ${String(error)}`);
    return answer(503, 'in doubt');
  }
}

/** S3 answers 404 only to who may list the bucket, and 403 otherwise: a 403 proves nothing (API reference, HeadObject). */
const isAbsent = (error: unknown): boolean =>
  ((error ?? {}) as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404;

const answer = (statusCode: Answer['statusCode'], body: string): Answer => ({
  statusCode,
  headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
  body,
});

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set`);
  return value;
}
