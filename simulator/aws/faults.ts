import type { Caller } from '../wire.ts';

/** Where a request is about to be served; what a scenario's rule decides by. */
export interface FaultPoint {
  readonly region: string;
  readonly service: string;
  readonly action: string;
  /** As decoded; empty when the request could not be decoded. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
}

/** How a request fares. Half of the latency passes before the effect, half after it. */
export type Fault =
  | { readonly kind: 'answer'; readonly latency_ms: number }
  /** No effect, no answer: the client's time limit is all there is. */
  | { readonly kind: 'hang'; readonly latency_ms: number }
  | { readonly kind: 'refuse-connection'; readonly latency_ms: number }
  /** No effect, and the answer says so. */
  | ({ readonly kind: 'error'; readonly latency_ms: number } & FaultError)
  /** The effect happens, the client never learns. */
  | { readonly kind: 'effect-then-hang'; readonly latency_ms: number }
  /** The effect happens, the client is told otherwise. */
  | ({ readonly kind: 'effect-then-error'; readonly latency_ms: number } & FaultError);

interface FaultError {
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

export type FaultRule = (at: FaultPoint) => Fault;

/** One call, recorded once: when it was answered or when its client gave up. */
export interface CallRecord {
  /** When the request arrived. */
  readonly at_ms: number;
  readonly region: string;
  readonly service: string;
  /** Empty when the request names no operation that the service has. */
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** `ok`, the error's code, `ECONNREFUSED`, or `NoAnswer`: the client gave up, or still waits. */
  readonly outcome: string;
  readonly latency_ms: number;
  readonly caller: Caller;
  /** Empty for an in-process call. */
  readonly userAgent: string;
}
