import type { Caller, WireRequest, WireResponse } from '../wire.ts';

/** Something that answers at once, whose answer is a pure function of the world: an application, a flag endpoint. */
export interface Host {
  /** Where it runs: lost with its region. */
  readonly region: string;
  /** Undefined: no answer, whether the connection is accepted or not. */
  respond(request: WireRequest): WireResponse | undefined;
}

/** Something whose answer takes time and depends on the caller: the AWS endpoint, Slack, a function URL. */
export interface Handler {
  handle(request: WireRequest, caller: Caller): Promise<WireResponse>;
}
