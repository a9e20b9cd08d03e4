/** A state of the Amazon States Language. Every state says what it does. */
export interface State {
  readonly Type: 'Task' | 'Choice' | 'Wait' | 'Pass' | 'Parallel' | 'Succeed';
  readonly Comment: string;
  readonly [field: string]: unknown;
}

export type States = Readonly<Record<string, State>>;

/**
 * How much longer than the function's own time limit the state waits, so that Lambda reports the timeout, with its
 * cause.
 */
const GRACE_S = 10;

/**
 * Errors of the Lambda service, not of our code; the invocation had no effect or is safe to repeat
 * (https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html).
 */
const LAMBDA_ERRORS = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
];

const transient = (attempts: number) => ({
  ErrorEquals: LAMBDA_ERRORS,
  IntervalSeconds: 1,
  BackoffRate: 2,
  MaxDelaySeconds: 10,
  MaxAttempts: attempts,
});

/**
 * Steps are idempotent, so every error may be retried. A timeout only once: each costs a minute of the outage.
 * Everything else (a thrown error, a killed process) twice, then people are asked.
 */
const RETRY = [
  transient(5),
  { ErrorEquals: ['States.Timeout', 'Sandbox.Timedout'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 1 },
  { ErrorEquals: ['States.ALL'], IntervalSeconds: 1, BackoffRate: 2, MaxDelaySeconds: 10, MaxAttempts: 2 },
];

interface TaskOptions {
  readonly comment: string;
  /** The function's name without the deployment's prefix. */
  readonly function: string;
  readonly timeout_s: number;
  readonly step: string;
  readonly next: string;
}

/** Calls a function and keeps its answer (a StepResult) in `$.result.answer`; nothing else travels through the machine. */
export function workTask(options: TaskOptions & { readonly error?: string; readonly caught: string }): State {
  return {
    Type: 'Task',
    Comment: options.comment,
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: parameters(options, options.error === undefined ? {} : { 'error.$': options.error }),
    ResultSelector: { 'answer.$': '$.Payload' },
    ResultPath: '$.result',
    TimeoutSeconds: options.timeout_s + GRACE_S,
    Retry: RETRY,
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: options.caught }],
    Next: options.next,
  };
}

/** Calls a function with the task's token and sleeps until the token comes back or the time is over: both are normal. */
export function waitTask(options: TaskOptions & { readonly failed: string }): State {
  return {
    Type: 'Task',
    Comment: options.comment,
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Parameters: parameters(options, { 'token.$': '$$.Task.Token' }),
    ResultPath: null,
    TimeoutSeconds: options.timeout_s,
    Retry: [transient(2)],
    Catch: [
      { ErrorEquals: ['States.Timeout'], ResultPath: null, Next: options.next },
      { ErrorEquals: ['States.ALL'], ResultPath: null, Next: options.failed },
    ],
    Next: options.next,
  };
}

/** `${Prefix}` is filled in at deployment; the context object is the same inside a Parallel's branches. */
function parameters(options: TaskOptions, more: Readonly<Record<string, string>>): object {
  return {
    FunctionName: `\${Prefix}-${options.function}`,
    Payload: { 'operation.$': '$$.Execution.Input.operation', step: options.step, ...more },
  };
}
