import type { Caller, WireRequest, WireResponse } from '../wire.ts';

/** Something that answers at once, whose answer is a pure function of the world: an application, a flag endpoint. */
export interface Host {
  /** Where it runs: lost with its region. */
  readonly region: string;
  /** Undefined: the connection is taken, or not even that, and nobody answers. */
  respond(request: WireRequest): WireResponse | undefined;
}

/** Something that takes its time and knows who asks: the AWS endpoint, Slack, a Lambda function behind a URL. */
export interface Handler {
  handle(request: WireRequest, caller: Caller): Promise<WireResponse>;
}
