/** What a function is deployed with. */
export interface FunctionOptions {
  readonly name: string;
  /** The CommonJS bundle's text. */
  readonly source: string;
  /** `index.handler`: file and export. */
  readonly handler: string;
  readonly timeout_s: number;
  readonly memory_mb: number;
  readonly environment: Readonly<Record<string, string>>;
  /** For asynchronous invocations. */
  readonly retries: 0 | 1 | 2;
  readonly maximumAge_s: number;
  readonly reservedConcurrency?: number;
  /** The name of a function in the same region, or a hook. Gets events that were given up. */
  readonly onFailure?: string | ((record: FailureRecord) => void);
  /** The resource policy, as `GetPolicy` shows it. */
  readonly policy?: object;
  /** Who may call its URL, as `GetFunctionUrlConfig` shows it; undefined: it shows none. */
  readonly url?: 'NONE' | 'AWS_IAM';
}

/** What a failure destination is sent (docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html). */
export interface FailureRecord {
  readonly version: '1.0';
  readonly timestamp: string;
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: 'RetriesExhausted' | 'EventAgeExceeded';
    readonly approximateInvokeCount: number;
  };
  readonly requestPayload: unknown;
  readonly responseContext?: {
    readonly statusCode: 200;
    readonly executedVersion: '$LATEST';
    readonly functionError: 'Unhandled';
  };
  readonly responsePayload?: unknown;
}

/** The answer of an invocation. */
export interface InvokeAnswer {
  readonly requestId: string;
  /** JSON text: the handler's result, or `{ errorType, errorMessage, trace }`. */
  readonly payload: string;
  readonly functionError?: 'Unhandled';
}
