import { StateError, type TaskState } from './asl.ts';
import { isObject, type Json, type JsonObject, toJson } from './json.ts';
import { causeIn, inState, type LambdaOutcome, type Line, limited, sight, transition, visitOf } from './line.ts';
import { parsePath, resolve } from './path.ts';
import { functionReference, integration } from './resource.ts';
import { type TaskLog, taskLog } from './tasklog.ts';
import { fill } from './template.ts';
import type { Callback } from './tokens.ts';

interface Limits {
  readonly timeout_s: number | undefined;
  readonly heartbeat_s: number | undefined;
}

interface Call {
  readonly functionName: string;
  readonly payload: Json;
}

type Ending =
  | { readonly kind: 'result'; readonly value: Json }
  | { readonly kind: 'failed'; readonly error: string | undefined; readonly cause: string | undefined }
  | { readonly kind: 'timeout'; readonly heartbeat: boolean };

/** One attempt of a Task state; throws StateError. */
export async function attemptTask(line: Line, state: TaskState, input: Json): Promise<Json> {
  const kind = integration(state.Resource);
  if (kind === undefined) throw new Error(`A state machine with the resource ${state.Resource} was accepted`);
  const visit = visitOf(line);
  if (kind === 'lambda:invoke.waitForTaskToken') visit.token = line.run.tokens.issue(line.run.random);
  const limits = limitsOf(line, state, input);
  const template = state.Parameters;
  const parameters = template === undefined ? input : inState(line, () => fill(template, sight(line, input)));
  limited(visit.name, parameters);
  const log = taskLog(line, state.Resource, kind);
  log.scheduled(parameters, limits.timeout_s, limits.heartbeat_s);
  const call = inState(line, () => callOf(line, kind === 'lambda-arn' ? state.Resource : undefined, parameters));
  await transition(line);
  log.started();
  const ending = await contest(line, call, limits, visit.token, log);
  await transition(line);
  return conclude(ending, log, kind === 'lambda:invoke' ? (value) => invokeResult(line, value) : undefined);
}

function conclude(ending: Ending, log: TaskLog, wrap: ((value: Json) => Json) | undefined): Json {
  switch (ending.kind) {
    case 'timeout': {
      log.timedOut();
      // Histories say States.Timeout for a missed heartbeat too; Retry and Catch know it by both names.
      const aliases = ending.heartbeat ? ['States.HeartbeatTimeout'] : [];
      throw new StateError('States.Timeout', undefined, { aliases });
    }
    case 'failed':
      log.failed(ending.error, ending.cause);
      throw new StateError(ending.error, ending.cause);
    case 'result': {
      const value = wrap ? wrap(ending.value) : ending.value;
      try {
        log.succeeded(limited('lambda', value));
      } catch (error) {
        if (error instanceof StateError && !error.terminal) log.failed(error.error, error.errorCause);
        throw error;
      }
      return value;
    }
  }
}

function limitsOf(line: Line, state: TaskState, input: Json): Limits {
  const at = (path: string | undefined, fixed: number | undefined, field: string): number | undefined => {
    if (path === undefined) return fixed;
    const found = inState(line, () => {
      const parsed = parsePath(path);
      return resolve(parsed, parsed.context ? sight(line, input).context : input);
    });
    if (typeof found === 'number' && Number.isInteger(found) && found > 0 && found <= 99_999_999) return found;
    const cause = causeIn(
      line,
      `The ${field} parameter must refer to a positive integer: ${path} == ${JSON.stringify(found)}`,
    );
    throw new StateError('States.Runtime', cause, { terminal: true });
  };
  return {
    timeout_s: at(state.TimeoutSecondsPath, state.TimeoutSeconds, 'TimeoutSecondsPath'),
    heartbeat_s: at(state.HeartbeatSecondsPath, state.HeartbeatSeconds, 'HeartbeatSecondsPath'),
  };
}

/** Which function to call with which payload. A FunctionName from a path may still be wrong. */
function callOf(line: Line, resource: string | undefined, parameters: Json): Call {
  const fields: JsonObject = resource === undefined && isObject(parameters) ? parameters : {};
  const name = resource ?? fields['FunctionName'];
  const reference = typeof name === 'string' ? functionReference(name) : undefined;
  const runtime = (sentence: string): StateError =>
    new StateError('States.Runtime', causeIn(line, sentence), { terminal: true });
  if (!reference) throw runtime(`FunctionName ${JSON.stringify(name ?? null)} does not name a function`);
  if (reference.qualifier !== undefined)
    throw runtime(`versions and aliases of functions are not simulated: ${String(name)}`);
  if (reference.region !== undefined && reference.region !== line.run.region) {
    throw new StateError(
      'Lambda.ResourceNotFoundException',
      `Functions from '${reference.region}' are not reachable in this region ('${line.run.region}')`,
    );
  }
  return { functionName: reference.name, payload: resource === undefined ? (fields['Payload'] ?? {}) : parameters };
}

/** Answer, callback, time limit, missed heartbeat: the first one counts. Time limits count from the started event. */
function contest(line: Line, call: Call, limits: Limits, token: string | undefined, log: TaskLog): Promise<Ending> {
  const { run, scope } = line;
  return new Promise((resolve, reject) => {
    const undo: (() => void)[] = [];
    let over = false;
    const end = (ending: Ending): void => {
      if (over || scope.stopped) return;
      over = true;
      for (const fn of undo) fn();
      resolve(ending);
    };
    const { timeout_s } = limits;
    if (timeout_s !== undefined) {
      undo.push(scope.after(timeout_s * 1_000, () => end({ kind: 'timeout', heartbeat: false })));
    }
    if (token !== undefined) undo.push(awaitCallback(line, token, limits.heartbeat_s, end));
    run.invokeLambda(run.region, call.functionName, call.payload).then((outcome) => {
      if (over || scope.stopped) return;
      if (!outcome.ok) end(failure(outcome));
      else if (token === undefined) end({ kind: 'result', value: toJson(outcome.payload) });
      else submit(line, toJson(outcome.payload), log, end, reject);
    }, reject);
  });
}

/** The request went out; the task now waits for its callback. */
function submit(line: Line, payload: Json, log: TaskLog, end: (e: Ending) => void, reject: (e: unknown) => void): void {
  try {
    log.submitted(limited('lambda', invokeResult(line, payload)));
  } catch (error) {
    if (error instanceof StateError && !error.terminal)
      end({ kind: 'failed', error: error.error, cause: error.errorCause });
    else reject(error);
  }
}

/** Opens the token; the returned function closes it. */
function awaitCallback(
  line: Line,
  token: string,
  heartbeat_s: number | undefined,
  end: (e: Ending) => void,
): () => void {
  const { scope, run } = line;
  let cancelHeartbeat: () => void = () => undefined;
  const expectHeartbeat = (): void => {
    cancelHeartbeat();
    if (heartbeat_s === undefined) return;
    cancelHeartbeat = scope.after(heartbeat_s * 1_000, () => end({ kind: 'timeout', heartbeat: true }));
  };
  const detach = scope.onStop(() => run.tokens.close(token));
  run.tokens.open(token, { answer: (callback) => end(endingOf(callback)), heartbeat: expectHeartbeat });
  expectHeartbeat();
  return () => {
    detach();
    cancelHeartbeat();
    run.tokens.close(token);
  };
}

function endingOf(callback: Callback): Ending {
  if (callback.kind === 'success') return { kind: 'result', value: callback.output };
  return { kind: 'failed', error: callback.error, cause: callback.cause };
}

/** Errors of the Lambda API; every other name is the function's own `errorType`. */
const API_ERRORS =
  /^(TooManyRequests|Service|AWSLambda|SdkClient|ClientExecutionTimeout|ResourceNotFound|ResourceConflict|ResourceNotReady|RequestTooLarge|InvalidParameterValue|InvalidRequestContent|AccessDenied|EC2\w*|ENILimitReached|KMS\w*|CodeArtifact\w*|SnapStart\w*|RecursiveInvocation)Exception$/;

/**
 * API errors are reported as `Lambda.<name>`, function errors by their `errorType` (a function that ran out of time is
 * `Sandbox.Timedout`, one that exited `Runtime.ExitError`), and what has no name as `Lambda.Unknown`.
 * https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
 */
function failure(outcome: LambdaOutcome & { ok: false }): Ending {
  const { error, cause } = outcome;
  if (error === '' || error === 'Unknown') return { kind: 'failed', error: 'Lambda.Unknown', cause };
  return { kind: 'failed', error: API_ERRORS.test(error) ? `Lambda.${error}` : error, cause };
}

/** What `lambda:invoke` answers around the function's payload. */
function invokeResult(line: Line, payload: Json): Json {
  const requestId = line.run.random.uuid();
  const headers = {
    'X-Amz-Executed-Version': '$LATEST',
    Connection: 'keep-alive',
    'x-amzn-RequestId': requestId,
    'Content-Length': String(Buffer.byteLength(JSON.stringify(payload))),
    Date: new Date(line.run.clock.now_ms()).toUTCString(),
    'Content-Type': 'application/json',
  };
  return {
    ExecutedVersion: '$LATEST',
    Payload: payload,
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      HttpHeaders: headers,
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  };
}
