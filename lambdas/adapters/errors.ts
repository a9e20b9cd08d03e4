/** How an error of a call looks to a decision. Errors cross contexts and bundles: told by name, never by `instanceof`. */
export type Failure =
  /** Nobody answered in time, or the connection broke: whether it had an effect is unknown. */
  | { readonly kind: 'silent'; readonly text: string }
  | { readonly kind: 'throttled'; readonly text: string }
  /** The service answered with a failure of its own (5xx). */
  | { readonly kind: 'failing'; readonly text: string }
  /** The service refused the call (4xx): it had no effect. */
  | { readonly kind: 'refused'; readonly code: string; readonly text: string };

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

const THROTTLES =
  /^(Throttl\w*|TooManyRequests\w*|RequestLimitExceeded|PriorRequestNotComplete|SlowDown|ProvisionedThroughputExceeded\w*|RequestThrottled\w*)$/;

/** Reads an SDK error. Source: AWS SDK for JavaScript v3, "Error handling": `name` is the code, `$metadata` the answer. */
export function failureOf(error: unknown): Failure {
  const sdk = (error ?? {}) as SdkError;
  const name = sdk.name ?? 'Error';
  const status = sdk.$metadata?.httpStatusCode;
  const text = `${name}: ${sdk.message ?? ''}`.trim();
  if (THROTTLES.test(name)) return { kind: 'throttled', text };
  if (status === undefined || name === 'TimeoutError') return { kind: 'silent', text };
  return status >= 500 ? { kind: 'failing', text } : { kind: 'refused', code: name, text };
}

/**
 * How often the SDK tried before it gave this answer. A refusal after the first attempt proves nothing: the one before
 * may have had its effect, and that is why the next was refused.
 */
export const attemptsOf = (error: unknown): number => ((error ?? {}) as SdkError).$metadata?.attempts ?? 1;

/** Runs a call that nothing may depend on. */
export async function attempt<T>(call: Promise<T>): Promise<{ ok: true; value: T } | { ok: false; failure: Failure }> {
  try {
    return { ok: true, value: await call };
  } catch (error) {
    return { ok: false, failure: failureOf(error) };
  }
}
