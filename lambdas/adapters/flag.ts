import { GetHealthCheckCommand, Route53Client, UpdateHealthCheckCommand } from '@aws-sdk/client-route-53';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ApplicationConfig } from '../../core/config.ts';
import { bestEffort, clientSettings, NEEDED, perRegion, type Reach } from './clients.ts';
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

/** Route 53's control plane is in us-east-1: best effort, always. */
const ROUTE53_MS = 3_000;
const route53 = (app: Owner, limit_ms: number): Route53Client =>
  new Route53Client(clientSettings('us-east-1', inAccountOf(app, bestEffort(limit_ms))));

/**
 * Latched: `Disabled` counts as healthy and `Inverted` turns that into always unhealthy, so that PRIMARY stays out
 * even when the flag's endpoint is lost (Route 53 API reference, UpdateHealthCheck).
 */
export async function isLatched(app: Owner, healthCheckId: string, limit_ms = ROUTE53_MS): Promise<boolean> {
  const answer = await route53(app, limit_ms).send(new GetHealthCheckCommand({ HealthCheckId: healthCheckId }));
  const config = answer.HealthCheck?.HealthCheckConfig;
  return config?.Disabled === true && config.Inverted === true;
}

export async function latch(app: Owner, healthCheckId: string): Promise<void> {
  await route53(app, ROUTE53_MS).send(
    new UpdateHealthCheckCommand({ HealthCheckId: healthCheckId, Disabled: true, Inverted: true }),
  );
}
