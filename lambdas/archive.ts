import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { parseStream } from '../core/streams.ts';
import { clientSettings, NEEDED, setPurpose } from './adapters/clients.ts';
import { count } from './adapters/metric.ts';

/**
 * Every new event of the ledger goes to a bucket with Object Lock, as it was written. An event that was changed or
 * removed is told as a metric, on which there is an alarm: nothing of Muster ever does that.
 */
export async function handler(event: DynamoDBStreamEvent): Promise<void> {
  setPurpose('archive');
  const bucket = variable('MUSTER_ARCHIVE_BUCKET');
  const region = variable('AWS_REGION');
  const s3 = new S3Client(clientSettings(region, NEEDED));
  const changed = event.Records.filter((record) => record.eventName !== 'INSERT');
  if (changed.length > 0) tell(changed);
  // A batch that fails half way comes again: the same object with the same content, one version more.
  await Promise.all(
    event.Records.filter((record) => isKept(record, region)).map((record) => {
      const { key, body } = archived(record);
      return s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' }));
    }),
  );
}

/** New events of another region's streams, replicated here, are kept by the region that wrote them; a change by whoever sees it. */
function isKept({ eventName, dynamodb }: DynamoDBRecord, region: string): boolean {
  const stream = parseStream(dynamodb?.Keys?.['stream']?.S ?? '');
  return eventName !== 'INSERT' || stream === undefined || stream.region === region;
}

/** `op/us-west-2/promote-shop-20261120-2314-7f3a/000007-insert.json`; a change is kept beside what it changed. */
export function archived(record: DynamoDBRecord): { readonly key: string; readonly body: string } {
  const { Keys, NewImage, OldImage } = record.dynamodb ?? {};
  const stream = Keys?.['stream']?.S ?? 'unknown';
  const seq = (Keys?.['seq']?.N ?? '0').padStart(6, '0');
  const what = (record.eventName ?? 'unknown').toLowerCase();
  const mark = what === 'insert' ? '' : `-${record.eventID ?? ''}`;
  return {
    key: `${stream.replaceAll('#', '/')}/${seq}-${what}${mark}.json`,
    body: JSON.stringify({ event: what, new: NewImage ?? null, old: OldImage ?? null }),
  };
}

function tell(changed: readonly DynamoDBRecord[]): void {
  const where = changed.map((r) => `${r.eventName} ${r.dynamodb?.Keys?.['stream']?.S} ${r.dynamodb?.Keys?.['seq']?.N}`);
  count(variable('MUSTER_PREFIX'), 'LedgerChanged', changed.length, { where });
}

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set: deploy Muster again, its stack sets it`);
  return value;
}
