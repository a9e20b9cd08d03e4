import { types } from 'node:util';
import type { Bundle } from './bundle.ts';

/** The payload of an invocation that failed, as the runtime writes it (docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html). */
export interface Failure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** The wording of the nodejs24.x runtime (github.com/aws/aws-lambda-nodejs-runtime-interface-client). */
const CALLBACK_HANDLER =
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';

export function failureOf(thrown: unknown): Failure {
  if (typeof thrown !== 'object' || thrown === null) {
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  }
  const { name, message, stack } = thrown as { name?: unknown; message?: unknown; stack?: unknown };
  const looksLikeError =
    types.isNativeError(thrown) || (name !== undefined && message !== undefined && stack !== undefined);
  if (!looksLikeError) return { errorType: 'object', errorMessage: String(thrown), trace: [] };
  if (name === 'SyntaxError' && String(stack).startsWith('/var/task/')) {
    return { errorType: 'Runtime.UserCodeSyntaxError', errorMessage: `SyntaxError: ${message}`, trace: [] };
  }
  if ((thrown as { code?: unknown }).code === 'MODULE_NOT_FOUND') {
    return {
      errorType: 'Runtime.ImportModuleError',
      errorMessage: `Error: ${message}`,
      trace: String(stack).split('\n'),
    };
  }
  return { errorType: String(name), errorMessage: String(message), trace: String(stack ?? '').split('\n') };
}

export function timedOut(requestId: string, timeout_s: number): Failure {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${timeout_s.toFixed(2)} seconds`;
  return { errorType: 'Sandbox.Timedout', errorMessage };
}

/** `how`: `exit status 1`, `signal: killed`; undefined for an exit that gave no reason. */
export function exited(requestId: string, how: string | undefined): Failure {
  const text = how === undefined ? 'Runtime exited without providing a reason' : `Runtime exited with error: ${how}`;
  return { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: ${text}` };
}

/** Why the runtime refuses an export as a handler; undefined when it does not. */
export function invalidHandler(handler: unknown, bundle: Bundle): Failure | undefined {
  if (typeof handler !== 'function') {
    const what = handler === undefined ? 'is undefined or not exported' : 'is not a function';
    const file = bundle.path.replace('/var/task/', '').replace(/\.js$/, '');
    return { errorType: 'Runtime.HandlerNotFound', errorMessage: `${file}.${bundle.handler} ${what}`, trace: [] };
  }
  if (handler.length < 3) return undefined;
  return { errorType: 'Runtime.CallbackHandlerDeprecated', errorMessage: CALLBACK_HANDLER, trace: [] };
}

/** Wraps a failure of the runtime itself so that it can be thrown. */
export function runtimeFailure(failure: Failure): Error {
  return Object.assign(new Error(failure.errorMessage), { name: failure.errorType });
}

/** Node wraps what an `error` event without listeners carries when it is not an Error of its own context. */
export function unhandledEvent(thrown: unknown): unknown {
  const { code, context } = (thrown ?? {}) as { code?: unknown; context?: unknown };
  return code === 'ERR_UNHANDLED_ERROR' && types.isNativeError(context) ? context : thrown;
}
