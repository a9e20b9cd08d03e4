/** A request as every client in the world sends it: Lambdas by virtual `node:https` and `fetch`, people, checkers. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Aborts when the client gave up waiting or died; what was already done stays done. */
  readonly signal?: AbortSignal;
}

export interface WireResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A role whose session's credentials a request is signed with. */
export interface AssumedRole {
  readonly accountId: string;
  readonly name: string;
  readonly session: string;
}

/** Who sends: a Lambda function (with the role it assumes), a person at a keyboard, or a part of the simulated world. */
export interface Caller {
  /** The function's or the person's name: `muster-step-fence-home`, `person:ana`, `route53-checker`. */
  readonly name: string;
  /** Where it runs; undefined for what runs in no region (a laptop, Slack). */
  readonly region: string | undefined;
  /** Lambda request id, where there is one. */
  readonly requestId?: string;
  /** Set by the endpoint from the access key; absent: the sender's own credentials, of the first account. */
  readonly role?: AssumedRole;
}

/** Codes as node reports them: ECONNREFUSED, ECONNRESET, ENOTFOUND, ETIMEDOUT. */
export class NetworkFailure extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'NetworkFailure';
    this.code = code;
  }
}

export interface DnsAnswer {
  /** A or AAAA addresses. */
  readonly addresses: readonly string[];
  readonly ttl_s: number;
}

export interface Network {
  /** Rejects with NetworkFailure. A promise that never settles is a request that nobody answers: the client's time limit is all there is. */
  send(request: WireRequest, caller: Caller): Promise<WireResponse>;
  /** What `server` (an address; undefined: the platform's resolver) answers for `name` now. Rejects with NetworkFailure ENOTFOUND, or never. */
  resolve(name: string, type: 'A' | 'AAAA', server: string | undefined, caller: Caller): Promise<DnsAnswer>;
}
