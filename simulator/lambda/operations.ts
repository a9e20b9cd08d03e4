import type {
  EventSourceMappingConfiguration,
  FunctionConfiguration,
  GetEventSourceMappingRequest,
  GetFunctionCommandOutput,
  GetFunctionConcurrencyCommandOutput,
  GetFunctionConfigurationRequest,
  GetFunctionUrlConfigCommandOutput,
  GetPolicyCommandOutput,
  InvocationRequest,
  InvokeCommandOutput,
  ListEventSourceMappingsCommandOutput,
  ListEventSourceMappingsRequest,
  ListFunctionsCommandOutput,
  ListFunctionsRequest,
  UpdateEventSourceMappingRequest,
} from '@aws-sdk/client-lambda';
import { AwsError, type Call, type Operation } from '../aws/service.ts';
import { ASYNC_PAYLOAD_BYTES, type LambdaFunction, SYNC_PAYLOAD_BYTES } from './function.ts';
import type { StreamMapping } from './stream-mapping.ts';

type Output<T> = Omit<T, '$metadata'>;

interface Registry {
  /** Throws ResourceNotFoundException. */
  readonly need: (region: string, name: string) => LambdaFunction;
  readonly inRegion: (region: string) => readonly LambdaFunction[];
  readonly mappings: (region: string) => readonly StreamMapping[];
  readonly urlHost: (region: string, name: string) => string;
}

interface Named {
  readonly FunctionName?: string | undefined;
  readonly Qualifier?: string | undefined;
}

/** A name, `<account>:function:<name>`, or an ARN, each with an optional qualifier after it. */
function nameOf(input: Named, call: Call): string {
  const text = input.FunctionName ?? '';
  const parts = text.match(
    /^(?:arn:aws[a-z-]*:lambda:([a-z0-9-]+):\d{12}:|(?:\d{12}:))?(?:function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?$/,
  );
  if (parts === null) {
    const message = `1 validation error detected: Value '${text}' at 'functionName' failed to satisfy constraint`;
    throw new AwsError('ValidationException', message);
  }
  const [, region = call.region, name = '', suffix = '$LATEST'] = parts;
  const qualifier = input.Qualifier ?? suffix;
  const arn = `arn:aws:lambda:${region}:${call.accountId}:function:${name}`;
  if (region !== call.region) {
    throw new AwsError(
      'ResourceNotFoundException',
      `Functions from '${region}' are not reachable in this region ('${call.region}')`,
      { Type: 'User' },
    );
  }
  if (qualifier !== '$LATEST') {
    throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}:${qualifier}`, { Type: 'User' });
  }
  return name;
}

export function operationsOf(registry: Registry): Readonly<Record<string, Operation>> {
  const need = (input: Named, call: Call) => registry.need(call.region, nameOf(input, call));
  return {
    Invoke: (input: InvocationRequest, call: Call) => invoke(need(input, call), input),
    GetFunctionConfiguration: (input: GetFunctionConfigurationRequest, call: Call): Output<FunctionConfiguration> =>
      configuration(need(input, call)),
    GetFunction: (input: GetFunctionConfigurationRequest, call: Call): Output<GetFunctionCommandOutput> => {
      const target = need(input, call);
      return { Configuration: configuration(target), Code: { RepositoryType: 'S3' }, ...concurrency(target) };
    },
    GetFunctionConcurrency: (input: Named, call: Call): Output<GetFunctionConcurrencyCommandOutput> =>
      concurrency(need(input, call)).Concurrency ?? {},
    GetPolicy: (input: Named, call: Call): Output<GetPolicyCommandOutput> => {
      const { policy } = need(input, call).spec;
      if (policy === undefined) {
        throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', { Type: 'User' });
      }
      return { Policy: JSON.stringify(policy) };
    },
    GetFunctionUrlConfig: (input: Named, call: Call): Output<GetFunctionUrlConfigCommandOutput> => {
      const target = need(input, call);
      if (target.spec.url === undefined) {
        throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', { Type: 'User' });
      }
      const changed = new Date(target.lastModified_ms).toISOString();
      return {
        FunctionUrl: `https://${registry.urlHost(call.region, target.spec.name)}/`,
        FunctionArn: target.arn,
        AuthType: target.spec.url,
        InvokeMode: 'BUFFERED',
        CreationTime: changed,
        LastModifiedTime: changed,
      };
    },
    ListFunctions: (input: ListFunctionsRequest, call: Call): Output<ListFunctionsCommandOutput> => {
      const all = registry.inRegion(call.region).map(configuration);
      const { page, next } = paged(all, input.Marker, input.MaxItems ?? 50);
      return { Functions: page, ...(next === undefined ? {} : { NextMarker: next }) };
    },
    ...mappingOperations(registry),
  };
}

function mappingOperations(registry: Registry): Readonly<Record<string, Operation>> {
  const need = (uuid: string | undefined, call: Call): StreamMapping => {
    const found = registry.mappings(call.region).find((mapping) => mapping.uuid === uuid);
    if (found !== undefined) return found;
    throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', { Type: 'User' });
  };
  return {
    GetEventSourceMapping: (input: GetEventSourceMappingRequest, call: Call): EventSourceMappingConfiguration =>
      need(input.UUID, call).configuration(),
    ListEventSourceMappings: (
      input: ListEventSourceMappingsRequest,
      call: Call,
    ): Output<ListEventSourceMappingsCommandOutput> => {
      const name = input.FunctionName === undefined ? undefined : nameOf(input, call);
      const all = registry
        .mappings(call.region)
        .filter((mapping) => name === undefined || mapping.options.functionName === name)
        .filter(
          (mapping) => input.EventSourceArn === undefined || mapping.options.eventSourceArn === input.EventSourceArn,
        )
        .map((mapping) => mapping.configuration());
      const { page, next } = paged(all, input.Marker, input.MaxItems ?? 100);
      return { EventSourceMappings: page, ...(next === undefined ? {} : { NextMarker: next }) };
    },
    UpdateEventSourceMapping: (input: UpdateEventSourceMappingRequest, call: Call): EventSourceMappingConfiguration => {
      const { UUID, ...changes } = input;
      const mapping = need(UUID, call);
      mapping.update(changes);
      return mapping.configuration();
    },
  };
}

async function invoke(target: LambdaFunction, input: InvocationRequest): Promise<Output<InvokeCommandOutput>> {
  const type = input.InvocationType ?? 'RequestResponse';
  const bytes = Buffer.from((input.Payload ?? '') as Uint8Array | string);
  const limit = type === 'Event' ? ASYNC_PAYLOAD_BYTES : SYNC_PAYLOAD_BYTES;
  if (bytes.length > limit) {
    const message = `${bytes.length} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`;
    throw new AwsError('RequestTooLargeException', message, { Type: 'User' });
  }
  const payload = bytes.length === 0 ? '{}' : bytes.toString();
  try {
    JSON.parse(payload);
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    throw new AwsError('InvalidRequestContentException', message, { Type: 'User' });
  }
  if (input.LogType === 'Tail') throw new AwsError('NotImplemented', 'Invoke with LogType Tail is not simulated');
  if (type === 'DryRun') return { StatusCode: 204 };
  const requestId = target.newRequestId();
  if (type === 'Event') {
    target.queue.accept(requestId, payload);
    return { StatusCode: 202 };
  }
  const answer = await target.invoke(requestId, payload);
  return {
    StatusCode: 200,
    ExecutedVersion: '$LATEST',
    Payload: Buffer.from(answer.payload) as unknown as NonNullable<InvokeCommandOutput['Payload']>,
    ...(answer.functionError === undefined ? {} : { FunctionError: answer.functionError }),
  };
}

function configuration(target: LambdaFunction): FunctionConfiguration {
  const { spec, arn, bundle } = target;
  const account = arn.split(':')[4];
  return {
    FunctionName: spec.name,
    FunctionArn: arn,
    Runtime: 'nodejs24.x',
    Role: `arn:aws:iam::${account}:role/${spec.name}`,
    Handler: spec.handler,
    CodeSize: bundle.size,
    CodeSha256: bundle.sha256,
    Description: '',
    Timeout: spec.timeout_s,
    MemorySize: spec.memory_mb,
    LastModified: new Date(target.lastModified_ms).toISOString().replace('Z', '+0000'),
    Version: '$LATEST',
    Environment: { Variables: { ...spec.environment } },
    TracingConfig: { Mode: 'PassThrough' },
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: ['arm64'],
    EphemeralStorage: { Size: 512 },
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${spec.name}` },
  };
}

function concurrency(target: LambdaFunction): { Concurrency?: { ReservedConcurrentExecutions: number } } {
  const reserved = target.spec.reservedConcurrency;
  return reserved === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: reserved } };
}

/** A marker is the index of the next item. */
function paged<T>(
  all: readonly T[],
  marker: string | undefined,
  size: number,
): { page: T[]; next: string | undefined } {
  const start = marker === undefined ? 0 : Number(marker);
  if (!Number.isInteger(start))
    throw new AwsError('InvalidParameterValueException', 'Invalid Marker', { Type: 'User' });
  const end = start + size;
  return { page: all.slice(start, end), next: end < all.length ? String(end) : undefined };
}
