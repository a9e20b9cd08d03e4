import type { WireRequest, WireResponse } from '../../wire.ts';
import { AwsError } from '../service.ts';
import { checkMembers, readStruct, writeStruct } from './json.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import { payloadOf, type WirePayload } from './payload.ts';
import { type Parameter, parseQuery, QueryReader } from './query.ts';
import { encode, parseJson, readRest, textOf, writeRest, xmlns } from './rest.ts';
import { type Route, routeOf } from './routes.ts';
import { isRecord, malformed } from './scalars.ts';
import { nameMalformed } from './validate.ts';
import { writeXmlMembers } from './xml.ts';
import { element, XML_DECLARATION } from './xml-document.ts';

/** A request whose operation is known and whose input is still to be read. */
export interface OpenedRequest {
  readonly operation: OperationModel;
  /** Throws AwsError when the input is not what the operation takes. */
  readonly readInput: () => Record<string, unknown>;
}

/** Finds the operation. Throws AwsError: no such operation, or a body that cannot be decoded. */
export function openRequest(model: ServiceModel, request: WireRequest, bucket: string | undefined): OpenedRequest {
  const opened = open(model, request, bucket);
  const readInput = (): Record<string, unknown> => {
    try {
      return opened.readInput();
    } catch (error) {
      throw nameMalformed(model, error);
    }
  };
  return { operation: opened.operation, readInput };
}

function open(model: ServiceModel, request: WireRequest, bucket: string | undefined): OpenedRequest {
  switch (model.protocol) {
    case 'awsQuery':
    case 'ec2Query':
      return openQuery(model, request);
    case 'restJson1':
    case 'restXml': {
      const route = routeOf(model, request.method, request.url, request.headers, bucket);
      return { operation: route.operation, readInput: () => readRoute(model, request, route) };
    }
    case 'awsJson1_0':
    case 'awsJson1_1':
      return isForm(request) ? openQuery(model, request) : openJson(model, request);
  }
}

function readRoute(model: ServiceModel, request: WireRequest, { operation, labels }: Route): Record<string, unknown> {
  return readRest(model, operation, { ...payloadOf(request), query: request.url.searchParams, labels });
}

/** CloudWatch is asked in the query protocol by older clients; its answers are JSON then too, which is not simulated. */
function isForm(request: WireRequest): boolean {
  return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
}

function openJson(model: ServiceModel, request: WireRequest): OpenedRequest {
  const header = request.headers['x-amz-target'] ?? '';
  const name = header.slice(header.lastIndexOf('.') + 1);
  const operation = model.operations.get(name);
  if (operation === undefined || header !== `${model.target}.${name}`) {
    throw new AwsError('UnknownOperationException', `Unknown operation: ${header === '' ? 'no X-Amz-Target' : header}`);
  }
  const readInput = (): Record<string, unknown> => {
    const { body }: WirePayload = payloadOf(request);
    const value = body.length === 0 ? {} : parseJson(body);
    if (!isRecord(value)) throw malformed('Start of structure or map found where not expected.');
    return readStruct(operation.input, value);
  };
  return { operation, readInput };
}

function openQuery(model: ServiceModel, request: WireRequest): OpenedRequest {
  if (model.protocol.startsWith('awsJson'))
    throw new AwsError('NotImplemented', `The sandbox speaks JSON only for ${model.id}.`);
  const parameters = parseQuery(request.method === 'GET' ? request.url.search.slice(1) : textOf(request.body));
  const action = parameters.children.get('Action')?.value ?? '';
  const version = parameters.children.get('Version')?.value ?? '';
  const operation = model.operations.get(action);
  if (action === '') throw new AwsError('MissingAction', 'The request is missing an action or a required parameter.');
  if (operation === undefined || version !== model.version) {
    const message =
      model.protocol === 'ec2Query'
        ? `The action ${action} is not valid for this web service.`
        : `Could not find operation ${action} for version ${version === '' ? 'NO_VERSION_SPECIFIED' : version}`;
    throw new AwsError('InvalidAction', message);
  }
  return { operation, readInput: () => readQuery(model, operation, parameters) };
}

function readQuery(model: ServiceModel, operation: OperationModel, parameters: Parameter): Record<string, unknown> {
  const reader = new QueryReader(model.protocol === 'ec2Query');
  if (model.protocol === 'ec2Query') refuseUnknown(operation, reader, parameters);
  return reader.readStruct(operation.input, parameters);
}

function refuseUnknown(operation: OperationModel, reader: QueryReader, parameters: Parameter): void {
  const known = new Set(['Action', 'Version']);
  if (operation.input.isStructSchema()) {
    for (const [name, member] of operation.input.structIterator()) known.add(reader.memberName(name, member));
  }
  for (const name of parameters.children.keys()) {
    if (!known.has(name)) throw new AwsError('UnknownParameter', `The parameter ${name} is not recognized`);
  }
}

/** Encodes an output as the service's protocol has it. */
export function writeOutput(
  model: ServiceModel,
  operation: OperationModel,
  output: object,
  requestId: string,
): WireResponse {
  const value = output as Readonly<Record<string, unknown>>;
  checkMembers(operation.output, value);
  const response = writeBody(model, operation, value, requestId);
  const id = model.signingName === 's3' ? 'x-amz-request-id' : 'x-amzn-requestid';
  return { ...response, headers: { ...response.headers, [id]: requestId } };
}

function writeBody(
  model: ServiceModel,
  operation: OperationModel,
  value: Readonly<Record<string, unknown>>,
  requestId: string,
): WireResponse {
  switch (model.protocol) {
    case 'restJson1':
    case 'restXml':
      return writeRest(model, operation, value);
    case 'awsJson1_0':
    case 'awsJson1_1': {
      const unit = operation.output.isUnitSchema();
      const body = unit ? new Uint8Array() : encode(JSON.stringify(writeStruct(operation.output, value)));
      const version = model.protocol === 'awsJson1_0' ? '1.0' : '1.1';
      return { status: 200, headers: { 'content-type': `application/x-amz-json-${version}` }, body };
    }
    case 'awsQuery': {
      const members = writeXmlMembers(operation.output, value, () => true);
      const result = operation.output.isUnitSchema() ? '' : element(`${operation.name}Result`, members);
      const metadata = element('ResponseMetadata', element('RequestId', requestId));
      return xmlResponse('text/xml', element(`${operation.name}Response`, result + metadata, xmlns(model)));
    }
    case 'ec2Query': {
      const members = writeXmlMembers(operation.output, value, () => true);
      const content = element('requestId', requestId) + members;
      return xmlResponse('text/xml;charset=UTF-8', element(`${operation.name}Response`, content, xmlns(model)));
    }
  }
}

function xmlResponse(contentType: string, body: string): WireResponse {
  return { status: 200, headers: { 'content-type': contentType }, body: encode(XML_DECLARATION + body) };
}
