import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ApplicationConfig } from '../../core/config/schema.ts';
import { clientSettings, NEEDED, perRegion, type Reach } from './clients.ts';
import { failureOf } from './errors.ts';
import { inAccountOf } from './reach.ts';

/** Whose flag and whose health check it is. */
type Owner = Pick<ApplicationConfig, 'account'>;

const s3In = perRegion((region, reach: Reach) => new S3Client(clientSettings(region, reach)));

/** Strategy `stop`: the flag object in the standby region that the inverted health check watches. */
export async function flagStands(
  app: Owner,
  region: string,
  flag: { readonly bucket: string; readonly key: string },
): Promise<boolean> {
  try {
    await s3In(region, inAccountOf(app, NEEDED)).send(new HeadObjectCommand({ Bucket: flag.bucket, Key: flag.key }));
    return true;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === 'refused' && (failure.code === 'NotFound' || failure.code === 'NoSuchKey')) return false;
    throw error;
  }
}

export async function setFlag(
  app: Owner,
  region: string,
  flag: { readonly bucket: string; readonly key: string },
  operation: string,
): Promise<void> {
  await s3In(region, inAccountOf(app, NEEDED)).send(
    new PutObjectCommand({ Bucket: flag.bucket, Key: flag.key, Body: operation, ContentType: 'text/plain' }),
  );
}
