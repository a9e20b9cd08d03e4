import type * as Route53 from '@aws-sdk/client-route-53';
import { AwsError, type Operation } from '../../service.ts';
import { CHECKER_REGIONS, type Check, type Checks, describeCheck } from './checks.ts';
import { page } from './links.ts';
import { compareText } from './names.ts';

type Output<T> = Omit<T, '$metadata'>;

export function checkOperations(checks: Checks, now_ms: () => number) {
  return {
    CreateHealthCheck: (input: Route53.CreateHealthCheckRequest): Output<Route53.CreateHealthCheckCommandOutput> => {
      const check = existing(checks, input) ?? checks.add(input.CallerReference ?? '', given(input), false);
      return {
        HealthCheck: describeCheck(check),
        Location: `https://route53.amazonaws.com/2013-04-01/healthcheck/${check.id}`,
      };
    },
    GetHealthCheck: (input: Route53.GetHealthCheckRequest): Output<Route53.GetHealthCheckCommandOutput> => ({
      HealthCheck: describeCheck(checks.get(input.HealthCheckId)),
    }),
    ListHealthChecks: (input: Route53.ListHealthChecksRequest): Output<Route53.ListHealthChecksCommandOutput> => {
      const all = checks.all().sort((a, b) => compareText(a.id, b.id));
      const start = input.Marker ?? '';
      const { items, next } = page(all, input.MaxItems, (check) => check.id >= start);
      return {
        HealthChecks: items.map(describeCheck),
        Marker: start,
        IsTruncated: next !== undefined,
        ...(next === undefined ? {} : { NextMarker: next.id }),
        MaxItems: Number(input.MaxItems ?? 100),
      };
    },
    UpdateHealthCheck: (input: Route53.UpdateHealthCheckRequest): Output<Route53.UpdateHealthCheckCommandOutput> => {
      const check = checks.get(input.HealthCheckId);
      checks.update(check, input);
      return { HealthCheck: describeCheck(check) };
    },
    GetHealthCheckStatus: (
      input: Route53.GetHealthCheckStatusRequest,
    ): Output<Route53.GetHealthCheckStatusCommandOutput> => ({
      HealthCheckObservations: observations(checks.get(input.HealthCheckId), now_ms()),
    }),
  } satisfies Record<string, Operation>;
}

function given(input: Route53.CreateHealthCheckRequest): Route53.HealthCheckConfig {
  if (input.HealthCheckConfig === undefined) throw new AwsError('InvalidInput', 'HealthCheckConfig is required.');
  return input.HealthCheckConfig;
}

/** The same reference with the same settings is the same check; with others it is refused. */
function existing(checks: Checks, input: Route53.CreateHealthCheckRequest): Check | undefined {
  const check = checks.all().find((one) => one.callerReference === input.CallerReference);
  if (check === undefined) return undefined;
  const same = Object.entries(given(input)).every(([key, value]) => {
    const current: Readonly<Record<string, unknown>> = { ...check.config };
    return JSON.stringify(current[key]) === JSON.stringify(value);
  });
  if (same) return check;
  throw new AwsError('HealthCheckAlreadyExists', 'The health check already exists with other settings.');
}

/** Each checker's last result. The endpoint's own: inversion does not show here (API reference, GetHealthCheckStatus). */
function observations(check: Check, now_ms: number): Route53.HealthCheckObservation[] {
  const { phases_ms, interval_ms } = check.history;
  return phases_ms.flatMap((phase_ms, checker) => {
    const probed_ms = phase_ms + Math.floor((now_ms - phase_ms) / interval_ms) * interval_ms;
    const seen = check.history.observations.filter((entry) => entry.at_ms <= probed_ms).at(-1);
    const region = CHECKER_REGIONS[checker % CHECKER_REGIONS.length];
    if (seen === undefined || region === undefined) return [];
    const status = statusText(seen.ok, seen.status);
    return [
      {
        Region: region,
        IPAddress: `15.177.${checker}.1`,
        StatusReport: { Status: status, CheckedTime: new Date(probed_ms) },
      },
    ];
  });
}

function statusText(ok: boolean, status: number | undefined): string {
  if (status === undefined) return 'Failure: Connection timed out. The endpoint or the internet connection is down.';
  return `${ok ? 'Success' : 'Failure'}: HTTP Status Code ${status}`;
}
