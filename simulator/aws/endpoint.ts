import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import { type Caller, NetworkFailure, type WireRequest, type WireResponse } from '../wire.ts';
import type { CallRecord, Fault, FaultRule } from './faults.ts';
import type { Identities } from './identities.ts';
import { Recorder } from './recorder.ts';
import { AwsError, type Call, type Service } from './service.ts';
import type { StaleReads } from './stale-reads.ts';
import { type Address, addressOf, scopeOf } from './wire/address.ts';
import { type OpenedRequest, openRequest, writeOutput } from './wire/codec.ts';
import { foreignError, writeError } from './wire/errors.ts';
import { modelOf, type OperationModel, type ServiceModel } from './wire/model.ts';
import { nameMalformed, validateInput } from './wire/validate.ts';

interface EndpointOptions {
  readonly services: readonly Service[];
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  /** The services of the other accounts. An account sees its own resources only. */
  readonly others?: ReadonlyMap<string, readonly Service[]>;
  /** Left out: every request is made in `accountId`, whatever its access key. */
  readonly identities?: {
    readonly known: Identities;
    /** Temporary keys that do not come from AssumeRole: a function's own. */
    readonly isFunction: (accessKeyId: string) => boolean;
  };
  /** Without a rule every request is answered at once. */
  readonly faults?: FaultRule;
  /** Left out: every read shows the newest state. */
  readonly staleReads?: StaleReads;
  readonly onCall?: (record: CallRecord) => void;
}

export interface Endpoint {
  /**
   * The wire. Rejects with NetworkFailure when the connection is refused; never settles when nobody answers.
   * A request that was sent has its effect even when the client gives up before the instant of the effect.
   */
  handle(request: WireRequest, caller: Caller): Promise<WireResponse>;
  /** The in-process entrance: same operations, faults and records, no serialisation. Rejects with AwsError, NetworkFailure. */
  invoke(
    region: string,
    serviceId: string,
    action: string,
    input: object,
    caller: Caller,
    signal?: AbortSignal,
  ): Promise<object>;
  /** Records the calls that nobody answered and nobody gave up on. */
  flush(): void;
}

/** A decoded call, ready to run. */
interface Prepared {
  readonly served: Served;
  readonly action: string;
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Set when the operation does not accept the input; answered at the instant of the effect, like any other error. */
  readonly refusal: unknown;
  readonly caller: Caller;
  readonly userAgent: string;
  readonly signal: AbortSignal | undefined;
}

interface Served {
  readonly service: Service;
  readonly model: ServiceModel;
  readonly random: Random;
}

type Outcome =
  | { readonly kind: 'output'; readonly output: object }
  | { readonly kind: 'error'; readonly error: AwsError; readonly status?: number };

const ANSWER_AT_ONCE: Fault = { kind: 'answer', latency_ms: 0 };

export function createEndpoint(options: EndpointOptions): Endpoint {
  const { clock, accountId } = options;
  const random = options.random.split('aws');
  const requestIds = random.split('request-ids');
  const servedBy = (services: readonly Service[], draws: Random): readonly Served[] =>
    services.map((service) => ({ service, model: modelOf(service), random: draws.split(service.id) }));
  const accounts = new Map<string, readonly Served[]>([[accountId, servedBy(options.services, random)]]);
  for (const [id, services] of options.others ?? []) accounts.set(id, servedBy(services, random.split(id)));
  const servedTo = ({ role }: Caller): readonly Served[] => accounts.get(role?.accountId ?? accountId) ?? [];
  const recorder = new Recorder(clock, options.onCall);

  const effect = async (prepared: Prepared, end: (outcome: string) => void): Promise<Outcome> => {
    const { served: target, action, input, region, caller } = prepared;
    try {
      if (prepared.refusal !== undefined) throw prepared.refusal;
      const operation = target.service.operations[action];
      if (operation === undefined) throw notSimulated(target.service.id, action);
      const account = caller.role?.accountId ?? accountId;
      const call: Call = { clock, random: target.random, accountId: account, region, caller };
      const { staleReads } = options;
      const output =
        staleReads === undefined ? operation(input, call) : staleReads.run(target.service, action, input, call);
      return { kind: 'output', output: await output };
    } catch (error) {
      if (error instanceof AwsError) return { kind: 'error', error };
      end('SandboxDefect'); // a bug of the sandbox must surface, not look like an answer of AWS
      throw error;
    }
  };

  const serve = async (prepared: Prepared): Promise<Outcome> => {
    const { region, action, input, caller } = prepared;
    const service = prepared.served.service.id;
    const fault = options.faults?.({ region, service, action, input, caller }) ?? ANSWER_AT_ONCE;
    const end = recorder.begin(
      { region, service, action, input, caller, userAgent: prepared.userAgent },
      prepared.signal,
    );
    const pause = async (): Promise<void> => {
      if (fault.latency_ms > 0) await clock.sleep(fault.latency_ms / 2);
    };
    await pause();
    if (fault.kind === 'hang') return never();
    const takesEffect = fault.kind !== 'error' && fault.kind !== 'refuse-connection';
    const outcome = takesEffect ? await effect(prepared, end) : undefined;
    if (fault.kind === 'effect-then-hang') return never();
    await pause();
    if (fault.kind === 'refuse-connection') {
      end('ECONNREFUSED');
      throw new NetworkFailure('ECONNREFUSED', `connect ECONNREFUSED ${service}.${region}.amazonaws.com:443`);
    }
    const answer = outcome === undefined || fault.kind === 'effect-then-error' ? faultOutcome(fault) : outcome;
    end(answer.kind === 'output' ? 'ok' : answer.error.code);
    return answer;
  };

  const handle = async (request: WireRequest, caller: Caller): Promise<WireResponse> => {
    const requestId = requestIds.uuid();
    const response = await answer(request, caller, requestId);
    const headers = { ...response.headers, date: new Date(clock.now_ms()).toUTCString() };
    return request.method === 'HEAD' ? { ...response, headers, body: new Uint8Array() } : { ...response, headers };
  };

  const answer = async (request: WireRequest, from: Caller, requestId: string): Promise<WireResponse> => {
    const address = addressOf(request);
    const { caller, stale } = identify(options, request, from);
    const target = address === undefined ? undefined : select(servedTo(caller), address, request);
    if (address === undefined || target === undefined) return foreignError(refuse(address), request, requestId);
    const userAgent = request.headers['user-agent'] ?? request.headers['x-amz-user-agent'] ?? '';
    const prepared = { served: target, region: address.region, caller, userAgent, signal: request.signal };
    const opened = open(target.model, request, address);
    if (opened instanceof AwsError) {
      const outcome = await serve({ ...prepared, action: '', input: {}, refusal: opened });
      return outcome.kind === 'error' ? writeError(target.model, outcome.error, requestId, outcome.status) : never();
    }
    const { operation } = opened;
    const read = readInput(target.model, opened);
    const refusal = stale === undefined ? read.refusal : staleKey(target.model, stale);
    const outcome = await serve({ ...prepared, action: operation.name, ...read, refusal });
    if (outcome.kind === 'output') return writeOutput(target.model, operation, outcome.output, requestId);
    return writeError(target.model, outcome.error, requestId, outcome.status);
  };

  const invoke: Endpoint['invoke'] = async (region, serviceId, action, input, caller, signal) => {
    const target = servedTo(caller).find(({ service }) => service.id === serviceId);
    const operation = target?.model.operations.get(action);
    if (target === undefined || operation === undefined)
      throw new Error(`The sandbox has no operation ${serviceId}:${action}.`);
    const checked = checkInput(target.model, operation, structuredClone(input) as Record<string, unknown>);
    const outcome = await serve({ served: target, action, region, caller, userAgent: '', signal, ...checked });
    if (outcome.kind === 'error') throw outcome.error;
    return structuredClone(outcome.output);
  };

  return { handle, invoke, flush: () => recorder.flush() };
}

/** Keys that begin so are temporary (IAM user guide, "IAM identifiers", unique ID prefixes). */
const TEMPORARY = /^ASIA/;

/** Whose credentials a request is signed with. The signature itself is not checked, the session's token is. */
function identify(
  { identities, clock }: EndpointOptions,
  request: WireRequest,
  from: Caller,
): { readonly caller: Caller; readonly stale?: 'expired' | 'unknown' } {
  const key = scopeOf(request)?.accessKeyId ?? '';
  if (identities === undefined || !TEMPORARY.test(key) || identities.isFunction(key)) return { caller: from };
  const session = identities.known.session(key);
  const token = request.headers['x-amz-security-token'] ?? request.url.searchParams.get('X-Amz-Security-Token');
  if (session === undefined || session.sessionToken !== token) return { caller: from, stale: 'unknown' };
  const caller = { ...from, role: session.role };
  return clock.now_ms() < session.expires_ms ? { caller } : { caller, stale: 'expired' };
}

/** Each family of services has its own code (API references, "Common errors"; S3, "Error responses"). */
function staleKey({ id, protocol }: ServiceModel, stale: 'expired' | 'unknown'): AwsError {
  const json = protocol.startsWith('awsJson') || protocol === 'restJson1';
  if (stale === 'expired') {
    return new AwsError(
      json ? 'ExpiredTokenException' : 'ExpiredToken',
      'The security token included in the request is expired',
    );
  }
  const query = id === 's3' ? 'InvalidAccessKeyId' : 'InvalidClientTokenId';
  return new AwsError(
    json ? 'UnrecognizedClientException' : query,
    'The security token included in the request is invalid.',
  );
}

/** Two services may share a signing name; the target header tells Application Auto Scaling from Auto Scaling. */
function select(served: readonly Served[], address: Address, request: WireRequest): Served | undefined {
  const target = (request.headers['x-amz-target'] ?? '').split('.')[0];
  const named = served.filter(({ model }) => model.signingName === address.signingName);
  const shared = address.signingName === 'autoscaling' ? served.filter(({ model }) => model.target === target) : [];
  return shared[0] ?? named.find(({ model }) => model.target === target) ?? named[0];
}

function open(model: ServiceModel, request: WireRequest, address: Address): OpenedRequest | AwsError {
  try {
    if (scopeOf(request) === undefined) throw unsigned(model);
    return openRequest(model, request, address.bucket);
  } catch (error) {
    const named = nameMalformed(model, error);
    if (named instanceof AwsError) return named;
    throw named;
  }
}

function readInput(
  model: ServiceModel,
  { operation, readInput: read }: OpenedRequest,
): Pick<Prepared, 'input' | 'refusal'> {
  try {
    return checkInput(model, operation, read());
  } catch (error) {
    if (error instanceof AwsError) return { input: {}, refusal: error };
    throw error;
  }
}

function checkInput(
  model: ServiceModel,
  operation: OperationModel,
  input: Record<string, unknown>,
): Pick<Prepared, 'input' | 'refusal'> {
  try {
    validateInput(model, operation.input, input);
    return { input, refusal: undefined };
  } catch (refusal) {
    return { input, refusal };
  }
}

function notSimulated(service: string, action: string): AwsError {
  return new AwsError('NotImplemented', `The sandbox does not simulate ${service}:${action}.`);
}

function unsigned(model: ServiceModel): AwsError {
  if (model.id === 's3') return new AwsError('AccessDenied', 'Access Denied');
  return new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token');
}

function refuse(address: Address | undefined): AwsError {
  if (address === undefined)
    return new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token');
  return new AwsError('NotImplemented', `The sandbox does not simulate the service ${address.signingName}.`);
}

function faultOutcome(fault: Fault): Outcome {
  if (fault.kind !== 'error' && fault.kind !== 'effect-then-error')
    throw new Error(`A fault of kind ${fault.kind} answers nothing.`);
  return { kind: 'error', error: new AwsError(fault.code, fault.message), status: fault.status };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
