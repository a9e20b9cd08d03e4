import type { WireRequest, WireResponse } from '../../wire.ts';
import type { AwsError } from '../service.ts';
import { writeStruct } from './json.ts';
import type { ErrorModel, Protocol, ServiceModel, Shape } from './model.ts';
import { encode, isInBody, writeHeader, xmlns } from './rest.ts';
import { writeXmlMembers } from './xml.ts';
import { element, escapeXml, XML_DECLARATION } from './xml-document.ts';

/** What the client reads, whatever the protocol. */
interface WireError {
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly fault: 'client' | 'server';
  readonly model: ErrorModel | undefined;
  readonly members: Readonly<Record<string, unknown>>;
}

/**
 * Statuses of codes that no schema declares, or whose schema does not say (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). Every other code is 400, or 500 when the
 * service is at fault.
 */
const STATUS: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  AuthFailure: 403,
  ExpiredToken: 403,
  InvalidAccessKeyId: 403,
  InvalidClientTokenId: 403,
  MissingAuthenticationToken: 403,
  MissingAuthenticationTokenException: 403,
  OptInRequired: 403,
  SignatureDoesNotMatch: 403,
  InvalidObjectState: 403,
  NoSuchBucket: 404,
  NoSuchBucketPolicy: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotFound: 404,
  NoSuchVersion: 404,
  NoSuchCORSConfiguration: 404,
  NoSuchLifecycleConfiguration: 404,
  NoSuchObjectLockConfiguration: 404,
  NoSuchPublicAccessBlockConfiguration: 404,
  NoSuchTagSet: 404,
  NoSuchWebsiteConfiguration: 404,
  ObjectLockConfigurationNotFoundError: 404,
  OwnershipControlsNotFoundError: 404,
  ReplicationConfigurationNotFoundError: 404,
  ServerSideEncryptionConfigurationNotFoundError: 404,
  UnknownOperationException: 404,
  MethodNotAllowed: 405,
  PermanentRedirect: 301,
  BucketAlreadyExists: 409,
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  OperationAborted: 409,
  PreconditionFailed: 412,
  NotModified: 304,
  TooManyRequestsException: 429,
  InternalError: 500,
  InternalFailure: 500,
  InternalServerError: 500,
  ServiceException: 500,
  NotImplemented: 501,
  RequestLimitExceeded: 503,
  ServiceUnavailable: 503,
  ServiceUnavailableException: 503,
  SlowDown: 503,
  Unavailable: 503,
};

/** Codes that a whole protocol family answers with another status than the table's. */
function statusOf(code: string, protocol: Protocol, fault: 'client' | 'server' = 'client'): number {
  if (code === 'AccessDeniedException') return protocol === 'restJson1' ? 403 : 400;
  if (code === 'ThrottlingException' && protocol === 'restJson1') return 429;
  if (code === 'UnknownOperationException' && protocol.startsWith('awsJson')) return 400;
  return STATUS[code] ?? (fault === 'client' ? 400 : 500);
}

/** `status` overrides what the schema or the table says: a fault of the scenario has its own. */
export function writeError(model: ServiceModel, error: AwsError, requestId: string, status?: number): WireResponse {
  const declared = model.errors.get(error.code);
  const actual = status ?? declared?.status ?? statusOf(error.code, model.protocol, declared?.fault);
  const wire: WireError = {
    code: declared?.code ?? error.code,
    message: error.message,
    status: actual,
    fault: actual < 500 ? 'client' : 'server',
    model: declared,
    members: error.members,
  };
  switch (model.protocol) {
    case 'awsJson1_0':
    case 'awsJson1_1':
      return jsonError(model, wire, requestId);
    case 'restJson1':
      return restJsonError(wire, requestId);
    case 'restXml':
      return model.signingName === 's3' ? s3Error(wire, requestId) : queryError(model, wire, requestId);
    case 'awsQuery':
      return queryError(model, wire, requestId);
    case 'ec2Query':
      return ec2Error(wire, requestId);
  }
}

function jsonError(model: ServiceModel, error: WireError, requestId: string): WireResponse {
  const body = { __type: error.model?.name ?? error.code, ...messageMember(error), ...membersOf(error) };
  const headers: Record<string, string> = {
    'content-type': `application/x-amz-json-${model.protocol === 'awsJson1_0' ? '1.0' : '1.1'}`,
    'x-amzn-requestid': requestId,
  };
  if (model.queryCompatible)
    headers['x-amzn-query-error'] = `${error.code};${error.fault === 'client' ? 'Sender' : 'Receiver'}`;
  return { status: error.status, headers, body: encode(JSON.stringify(body)) };
}

function restJsonError(error: WireError, requestId: string): WireResponse {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-amzn-requestid': requestId,
    'x-amzn-errortype': error.code,
  };
  for (const [name, member] of bound(error.model?.shape)) {
    const value = error.members[name];
    if (value !== undefined && value !== null) writeHeader(headers, member, value);
  }
  const body = { ...messageMember(error), ...membersOf(error) };
  return { status: error.status, headers, body: encode(JSON.stringify(body)) };
}

function queryError(model: ServiceModel, error: WireError, requestId: string): WireResponse {
  const type = element('Type', error.fault === 'client' ? 'Sender' : 'Receiver');
  const inner = type + codeAndMessage(error) + xmlMembers(error);
  const body = element('ErrorResponse', element('Error', inner) + element('RequestId', requestId), xmlns(model));
  const headers = { 'content-type': 'text/xml', 'x-amzn-requestid': requestId };
  return { status: error.status, headers, body: encode(XML_DECLARATION + body) };
}

function ec2Error(error: WireError, requestId: string): WireResponse {
  const errors = element('Errors', element('Error', codeAndMessage(error)));
  const body = element('Response', errors + element('RequestID', requestId));
  const headers = { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId };
  return { status: error.status, headers, body: encode(XML_DECLARATION + body) };
}

/** S3's errors have no wrapper: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses */
function s3Error(error: WireError, requestId: string): WireResponse {
  const headers: Record<string, string> = { 'content-type': 'application/xml', 'x-amz-request-id': requestId };
  if (error.status === 304) return { status: 304, headers: { 'x-amz-request-id': requestId }, body: new Uint8Array() };
  const body = element('Error', codeAndMessage(error) + xmlMembers(error) + element('RequestId', requestId));
  return { status: error.status, headers, body: encode(XML_DECLARATION + body) };
}

function codeAndMessage(error: WireError): string {
  return element('Code', escapeXml(error.code)) + element('Message', escapeXml(error.message));
}

/** Most shapes say `message`, some `Message`. */
function messageMember(error: WireError): Record<string, string> {
  const names = Object.keys(error.model?.shape.getMemberSchemas() ?? {});
  return { [names.find((name) => /^message$/i.test(name)) ?? 'message']: error.message };
}

function membersOf(error: WireError): Record<string, unknown> {
  if (error.model === undefined) return {};
  const { shape, fault } = error.model;
  const inBody = Object.fromEntries(
    Object.entries(error.members).filter(([name]) => isInBody(shape.getMemberSchema(name))),
  );
  // Lambda's errors say whose fault it is in a member of their own.
  const type = 'Type' in shape.getMemberSchemas() ? { Type: fault === 'client' ? 'User' : 'Service' } : {};
  return { ...type, ...writeStruct(shape, inBody) };
}

function xmlMembers(error: WireError): string {
  if (error.model === undefined) return '';
  return writeXmlMembers(error.model.shape, error.members, (member) => !/^message$/i.test(member.getMemberName()));
}

function bound(shape: Shape | undefined): Iterable<[string, Shape]> {
  return shape === undefined ? [] : Array.from(shape.structIterator()).filter(([, member]) => !isInBody(member));
}

/** The answer of a host behind which there is no service that could choose the protocol. */
export function foreignError(error: AwsError, request: WireRequest, requestId: string): WireResponse {
  const status = statusOf(error.code, 'restJson1');
  const wire: WireError = {
    code: error.code,
    message: error.message,
    status,
    fault: 'client',
    model: undefined,
    members: {},
  };
  const json =
    request.headers['x-amz-target'] !== undefined || request.headers['content-type']?.includes('json') === true;
  if (json) {
    const response = restJsonError(wire, requestId);
    return { ...response, body: encode(JSON.stringify({ __type: error.code, message: error.message })) };
  }
  const inner = element('Error', element('Type', 'Sender') + codeAndMessage(wire));
  const body = element('ErrorResponse', inner + element('RequestId', requestId));
  return {
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: encode(XML_DECLARATION + body),
  };
}
