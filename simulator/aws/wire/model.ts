import { NormalizedSchema } from '@smithy/core/schema';
import type { Service } from '../service.ts';

/** A schema of the SDK, with its members, lists, maps and traits readable. */
export type Shape = NormalizedSchema;

export type Protocol = 'awsQuery' | 'ec2Query' | 'awsJson1_0' | 'awsJson1_1' | 'restJson1' | 'restXml';

export interface OperationModel {
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
  /** Method, path pattern with its literal query, success status; only in the REST protocols. */
  readonly http: readonly [string, string, number] | undefined;
}

export interface ErrorModel {
  readonly name: string;
  /** The code on the wire: the query protocols (and the services that were born in them) have codes of their own. */
  readonly code: string;
  /** Undefined: the schema does not say. */
  readonly status: number | undefined;
  readonly fault: 'client' | 'server';
  readonly shape: Shape;
}

/** What the SDK's client package says of a service, independent of what the sandbox does with it. */
export interface ServiceModel {
  readonly id: string;
  readonly protocol: Protocol;
  /** First label of the host name and service of the credential scope alike. */
  readonly signingName: string;
  readonly version: string;
  /** What precedes the dot in `X-Amz-Target`. */
  readonly target: string;
  readonly xmlNamespace: string | undefined;
  /** JSON now, the query protocol before: errors carry the old code in `x-amzn-query-error`. */
  readonly queryCompatible: boolean;
  readonly operations: ReadonlyMap<string, OperationModel>;
  readonly errors: ReadonlyMap<string, ErrorModel>;
}

/** The part of an SDK client's configuration that says how the service speaks. */
interface ClientConfig {
  readonly protocol: { getShapeId(): string };
  readonly protocolSettings: {
    readonly version: string;
    readonly serviceTarget: string;
    readonly xmlNamespace?: string;
    readonly awsQueryCompatible?: boolean;
  };
  readonly defaultSigningName: string;
}

type StaticSchema = readonly [number, string, string, unknown, ...unknown[]];

type ClientClass = new (options: object) => { readonly config: ClientConfig };

const models = new WeakMap<ClientClass, ServiceModel>();

/** Reads the model once for each client package, however many worlds are made of it. */
export function modelOf(service: Service): ServiceModel {
  const client = clientOf(service);
  const known = models.get(client);
  if (known?.id === service.id) return known;
  const model = readModel(service, client);
  models.set(client, model);
  return model;
}

/** The required members' names: the SDK's schemas list those first and say how many they are. */
export function requiredMembers(shape: Shape): readonly string[] {
  const schema: unknown = shape.getSchema();
  if (!Array.isArray(schema)) return [];
  const members: unknown = schema[4];
  const required: unknown = schema[6];
  return Array.isArray(members) ? members.slice(0, typeof required === 'number' ? required : 0) : [];
}

function readModel(service: Service, Client: ClientClass): ServiceModel {
  const credentials = { accessKeyId: 'unused', secretAccessKey: 'unused' };
  const { config } = new Client({ region: 'us-east-1', credentials });
  const operations = new Map<string, OperationModel>();
  const errors = new Map<string, ErrorModel>();
  for (const value of Object.values(service.schemas)) {
    if (!isSchema(value)) continue;
    if (value[0] === 9) operations.set(value[2], operationOf(value));
    if (value[0] === -3) addError(errors, value);
  }
  return {
    id: service.id,
    protocol: protocolOf(config.protocol.getShapeId()),
    signingName: config.defaultSigningName,
    version: config.protocolSettings.version,
    target: config.protocolSettings.serviceTarget,
    xmlNamespace: config.protocolSettings.xmlNamespace,
    queryCompatible: config.protocolSettings.awsQueryCompatible === true,
    operations,
    errors,
  };
}

/** The namespace exports one client class besides the generic `__Client`; its configuration names the protocol. */
function clientOf(service: Service): ClientClass {
  for (const [name, value] of Object.entries(service.schemas)) {
    if (/^[A-Z]\w*Client$/.test(name) && typeof value === 'function') return value as ClientClass;
  }
  throw new Error(`The schemas of service ${service.id} are not those of an SDK client: no client class among them.`);
}

function isSchema(value: unknown): value is StaticSchema {
  return Array.isArray(value) && typeof value[0] === 'number' && typeof value[2] === 'string';
}

function operationOf(schema: StaticSchema): OperationModel {
  const [, , name, traits, input, output] = schema;
  const http = typeof traits === 'object' && traits !== null && 'http' in traits ? traits.http : undefined;
  return {
    name,
    input: NormalizedSchema.of(input as Parameters<typeof NormalizedSchema.of>[0]),
    output: NormalizedSchema.of(output as Parameters<typeof NormalizedSchema.of>[0]),
    http: http as OperationModel['http'],
  };
}

function addError(errors: Map<string, ErrorModel>, schema: StaticSchema): void {
  const shape = NormalizedSchema.of(schema as unknown as Parameters<typeof NormalizedSchema.of>[0]);
  const { error, httpError, awsQueryError } = shape.getMergedTraits();
  if (error === undefined) return; // the client's base exception
  const query = awsQueryError as readonly [string, number] | undefined;
  const status = (httpError as number | undefined) ?? query?.[1];
  const model: ErrorModel = { name: schema[2], code: query?.[0] ?? schema[2], status, fault: error, shape };
  errors.set(model.name, model);
  if (!errors.has(model.code)) errors.set(model.code, model);
}

function protocolOf(shapeId: string): Protocol {
  const name = shapeId.replace('aws.protocols#', '');
  switch (name) {
    case 'awsQuery':
    case 'ec2Query':
    case 'awsJson1_0':
    case 'awsJson1_1':
    case 'restJson1':
    case 'restXml':
      return name;
    default:
      throw new Error(`The sandbox's wire does not speak ${shapeId}.`);
  }
}
