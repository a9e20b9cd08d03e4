import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { Caller } from '../wire.ts';

/** What an operation knows of the moment it runs in. */
export interface Call {
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  /** The region of the endpoint that was called; `us-east-1` for global services. */
  readonly region: string;
  readonly caller: Caller;
}

/** Thrown by an operation: the error's code as the SDK's schema names it, answered with that schema's HTTP status. */
export class AwsError extends Error {
  readonly code: string;
  /** Members of the error's shape beyond `message`. */
  readonly members: Readonly<Record<string, unknown>>;
  constructor(code: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.members = members;
  }
}

/** An operation: validates, changes the service's state, schedules what happens later on the clock, answers. */
// biome-ignore lint/suspicious/noExplicitAny: the registry holds operations of every input and output type.
export type Operation = (input: any, call: Call) => object | Promise<object>;

/**
 * One simulated service. `schemas` is the namespace of its SDK client, whose exported schemas drive the wire codec;
 * an operation that the SDK knows and `operations` lacks answers NotImplemented.
 */
export interface Service {
  /** As in the SDK's package and in call records: `rds`, `route-53`, `application-auto-scaling`. */
  readonly id: string;
  readonly schemas: Readonly<Record<string, unknown>>;
  readonly operations: Readonly<Record<string, Operation>>;
}
