import type { Fault, FaultPoint } from '../../simulator/aws/faults.ts';
import type { FaultOf } from '../../simulator/aws/latency.ts';
import type { Random } from '../../simulator/random.ts';

/**
 * How calls of the AWS APIs fail while what they manage is well: databases answer, tasks serve. `500` and `503` have no
 * effect; with `effect-then-500` and `effect-then-hang` the call was done, and its caller is not told.
 */
export const API_FAILURES = ['throttle', '500', '503', 'hang', 'effect-then-500', 'effect-then-hang'] as const;

export interface ApiFault {
  /** Only calls that match every one that is given. */
  readonly region?: string | undefined;
  /** As in call records: `rds`, `route-53`. */
  readonly service?: string | undefined;
  readonly action?: string | undefined;
  readonly how: (typeof API_FAILURES)[number];
  /** Of the calls, above 0 and at most 1; all of them unless told. */
  readonly share?: number;
}

/**
 * From now on such calls fail; what is returned ends it. Several faults may hold at once: the first that hits decides.
 * `name` is that of its draws, so that two faults of one scenario hit different calls.
 */
export function failCalls(
  { rules, random }: { readonly rules: FaultOf[]; readonly random: Random },
  fault: ApiFault,
  name = 'calls',
): () => void {
  const draws = random.split(`api-faults/${name}`);
  const share = fault.share ?? 1;
  const rule: FaultOf = (at) => {
    if (!matches(fault, at) || (share < 1 && draws.next() >= share)) return undefined;
    return outcomeOf(fault.how, at.service, draws);
  };
  rules.push(rule);
  return () => {
    const index = rules.indexOf(rule);
    if (index !== -1) rules.splice(index, 1);
  };
}

function matches(fault: ApiFault, at: FaultPoint): boolean {
  return (
    (fault.region ?? at.region) === at.region &&
    (fault.service ?? at.service) === at.service &&
    (fault.action ?? at.action) === at.action
  );
}

function outcomeOf(how: ApiFault['how'], service: string, draws: Random): Fault {
  switch (how) {
    case 'throttle':
      return { kind: 'error', latency_ms: 30, ...throttled(service) };
    case '500':
      return { kind: 'error', latency_ms: draws.between(50, 2_000), ...internal(service) };
    case '503': {
      const error = { code: 'ServiceUnavailable', message: 'Service is unavailable.', status: 503 };
      return { kind: 'error', latency_ms: draws.between(50, 2_000), ...error };
    }
    case 'hang':
      return { kind: 'hang', latency_ms: 0 };
    case 'effect-then-500':
      return { kind: 'effect-then-error', latency_ms: draws.between(50, 2_000), ...internal(service) };
    case 'effect-then-hang':
      return { kind: 'effect-then-hang', latency_ms: draws.between(50, 2_000) };
  }
}

/** `InternalFailure` where the service has no name of its own ("Common errors" page of each API reference). */
function internal(service: string): { code: string; message: string; status: number } {
  const codes: Readonly<Record<string, string>> = {
    s3: 'InternalError',
    dynamodb: 'InternalServerError',
    ecs: 'ServerException',
    'application-auto-scaling': 'InternalServiceException',
    lambda: 'ServiceException',
    cloudwatch: 'InternalServiceFault',
  };
  const message = 'The request processing has failed because of an unknown error, exception or failure.';
  return { code: codes[service] ?? 'InternalFailure', message, status: 500 };
}

/** Each family of services has its own error code ("Common errors" page of each API reference). */
function throttled(service: string): { code: string; message: string; status: number } {
  switch (service) {
    case 's3':
      return { code: 'SlowDown', message: 'Please reduce your request rate.', status: 503 };
    case 'ec2':
      return { code: 'RequestLimitExceeded', message: 'Request limit exceeded.', status: 503 };
    case 'lambda':
      return { code: 'TooManyRequestsException', message: 'Rate Exceeded.', status: 429 };
    case 'rds':
    case 'elastic-load-balancing-v2':
    case 'auto-scaling':
    case 'sns':
    case 'sts':
    case 'route-53':
      return { code: 'Throttling', message: 'Rate exceeded', status: 400 };
    default:
      return { code: 'ThrottlingException', message: 'Rate exceeded', status: 400 };
  }
}
