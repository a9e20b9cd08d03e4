import { GetHealthCheckCommand, Route53Client, UpdateHealthCheckCommand } from '@aws-sdk/client-route-53';
import type { ApplicationConfig } from '../../core/config/schema.ts';
import { bestEffort, clientSettings } from './clients.ts';
import { inAccountOf } from './reach.ts';

/** Whose health check it is. */
type Owner = Pick<ApplicationConfig, 'account'>;

/** Route 53's control plane is in us-east-1: best effort, always. */
const ROUTE53_MS = 3_000;
const route53 = (app: Owner, limit_ms: number): Route53Client =>
  new Route53Client(clientSettings('us-east-1', inAccountOf(app, bestEffort(limit_ms))));

/**
 * Pinned: `Disabled` counts as healthy and `Inverted` turns that into always unhealthy, so that PRIMARY stays out
 * even when the flag's endpoint is lost (Route 53 API reference, UpdateHealthCheck).
 */
export async function isPinned(app: Owner, healthCheckId: string, limit_ms = ROUTE53_MS): Promise<boolean> {
  const answer = await route53(app, limit_ms).send(new GetHealthCheckCommand({ HealthCheckId: healthCheckId }));
  const config = answer.HealthCheck?.HealthCheckConfig;
  return config?.Disabled === true && config.Inverted === true;
}

export async function pin(app: Owner, healthCheckId: string): Promise<void> {
  await route53(app, ROUTE53_MS).send(
    new UpdateHealthCheckCommand({ HealthCheckId: healthCheckId, Disabled: true, Inverted: true }),
  );
}
