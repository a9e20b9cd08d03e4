import type { WireResponse } from '../../wire.ts';
import { readStruct, writeJson, writeStruct } from './json.ts';
import type { OperationModel, ServiceModel, Shape } from './model.ts';
import type { WirePayload } from './payload.ts';
import {
  asBytes,
  DATE_TIME,
  formatScalar,
  HTTP_DATE,
  isRecord,
  malformed,
  parseScalar,
  wrongOutput,
} from './scalars.ts';
import { readXml, readXmlStruct, writeXmlMember, writeXmlMembers } from './xml.ts';
import { element, escapeXml, parseXml, XML_DECLARATION } from './xml-document.ts';

interface RestRequest extends WirePayload {
  readonly query: URLSearchParams;
  /** Values of the path's labels, decoded; S3's bucket among them. */
  readonly labels: Readonly<Record<string, string>>;
}

/** HTTP bindings of the REST protocols: https://smithy.io/2.0/spec/http-bindings.html. */
export function readRest(
  model: ServiceModel,
  operation: OperationModel,
  request: RestRequest,
): Record<string, unknown> {
  const { input } = operation;
  const read = readBody(model, input, request);
  for (const [name, member] of input.isUnitSchema() ? [] : input.structIterator()) {
    const value = readBound(name, member, request);
    if (value !== undefined) read[name] = value;
  }
  return read;
}

function readBound(name: string, member: Shape, request: RestRequest): unknown {
  const { httpLabel, httpQuery, httpHeader, httpPrefixHeaders, httpQueryParams } = member.getMergedTraits();
  if (httpLabel === 1) {
    const label = request.labels[name];
    return label === undefined ? undefined : parseScalar(member, label, DATE_TIME);
  }
  if (httpQuery !== undefined) return readQueryParameter(member, request.query.getAll(httpQuery));
  if (httpHeader !== undefined) return readHeader(member, request.headers[httpHeader.toLowerCase()]);
  if (httpPrefixHeaders !== undefined) return readPrefixed(httpPrefixHeaders.toLowerCase(), request.headers);
  if (httpQueryParams === 1) return Object.fromEntries(request.query);
  return undefined;
}

function readQueryParameter(member: Shape, values: readonly string[]): unknown {
  const [first] = values;
  if (first === undefined) return undefined;
  if (!member.isListSchema()) return parseScalar(member, first, DATE_TIME);
  const item = member.getValueSchema();
  return values.map((value) => parseScalar(item, value, DATE_TIME));
}

function readHeader(member: Shape, value: string | undefined): unknown {
  if (value === undefined) return undefined;
  if (!member.isListSchema()) return parseScalar(member, value, HTTP_DATE);
  const item = member.getValueSchema();
  return value.split(',').map((part) => parseScalar(item, part.trim(), HTTP_DATE));
}

function readPrefixed(prefix: string, headers: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const found = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  return found.length === 0
    ? undefined
    : Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
}

function readBody(model: ServiceModel, input: Shape, { body }: RestRequest): Record<string, unknown> {
  const payload = payloadMember(input);
  if (payload === undefined) {
    if (body.length === 0 || !bodyMembers(input)) return {};
    if (model.protocol === 'restJson1') return readStruct(input, parseJson(body));
    return readXmlStruct(input, parseXml(textOf(body)), isInBody);
  }
  const [name, member] = payload;
  if (member.isBlobSchema()) return { [name]: body };
  if (body.length === 0) return {};
  const text = textOf(body);
  if (member.isStringSchema()) return { [name]: text };
  return {
    [name]: model.protocol === 'restJson1' ? readStruct(member, parseJson(body)) : readXml(member, parseXml(text)),
  };
}

export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(body));
  } catch {
    throw malformed('Could not parse request body into json');
  }
}

export function writeRest(
  model: ServiceModel,
  operation: OperationModel,
  value: Readonly<Record<string, unknown>>,
): WireResponse {
  const { output } = operation;
  const { body, contentType } = writeBody(model, output, value);
  const headers: Record<string, string> = body.length === 0 ? {} : { 'content-type': contentType };
  let status = operation.http?.[2] ?? 200;
  for (const [name, member] of output.isUnitSchema() ? [] : output.structIterator()) {
    const item = value[name];
    if (item === undefined || item === null) continue;
    if (member.getMergedTraits().httpResponseCode === 1) status = Number(item);
    else writeHeader(headers, member, item);
  }
  return { status, headers, body };
}

/** Headers of an error's members (S3, Lambda) are bound as an output's are. */
export function writeHeader(headers: Record<string, string>, member: Shape, value: unknown): void {
  const { httpHeader, httpPrefixHeaders } = member.getMergedTraits();
  if (httpHeader !== undefined) {
    const text = Array.isArray(value)
      ? value.map((item) => formatScalar(member.getValueSchema(), item, HTTP_DATE)).join(', ')
      : formatScalar(member, value, HTTP_DATE);
    headers[httpHeader.toLowerCase()] = text;
  } else if (httpPrefixHeaders !== undefined) {
    if (!isRecord(value)) throw wrongOutput(member, value);
    for (const [name, item] of Object.entries(value)) headers[(httpPrefixHeaders + name).toLowerCase()] = String(item);
  }
}

interface Body {
  readonly body: Uint8Array;
  readonly contentType: string;
}

function writeBody(model: ServiceModel, output: Shape, value: Readonly<Record<string, unknown>>): Body {
  const json = model.protocol === 'restJson1';
  const contentType = json ? 'application/json' : 'application/xml';
  const payload = payloadMember(output);
  if (payload !== undefined) return writePayload(model, payload, value[payload[0]], contentType);
  if (!bodyMembers(output)) return { body: new Uint8Array(), contentType };
  const inBody = Object.fromEntries(Object.entries(value).filter(([name]) => isInBody(output.getMemberSchema(name))));
  if (json) return { body: encode(JSON.stringify(writeStruct(output, inBody))), contentType };
  const root = output.getMergedTraits().xmlName ?? output.getName() ?? 'Response';
  // GetBucketLocation answers the bare text: https://smithy.io/2.0/aws/customizations/s3-customizations.html
  const bare = root === 'LocationConstraint' && model.signingName === 's3';
  const content = bare
    ? escapeXml(String(value['LocationConstraint'] ?? ''))
    : writeXmlMembers(output, value, isInBody);
  return { body: encode(XML_DECLARATION + element(root, content, xmlns(model))), contentType };
}

function writePayload(model: ServiceModel, [, member]: [string, Shape], value: unknown, contentType: string): Body {
  if (value === undefined || value === null) return { body: new Uint8Array(), contentType };
  if (member.isBlobSchema()) return { body: asBytes(member, value), contentType: 'application/octet-stream' };
  if (member.isStringSchema()) return { body: encode(String(value)), contentType: 'text/plain' };
  if (model.protocol === 'restJson1') return { body: encode(JSON.stringify(writeJson(member, value))), contentType };
  const root = member.getMergedTraits().xmlName ?? member.getName() ?? 'Response';
  return { body: encode(XML_DECLARATION + writeXmlMember(member, root, value)), contentType };
}

export function xmlns(model: ServiceModel): Record<string, string> {
  return model.xmlNamespace === undefined ? {} : { xmlns: model.xmlNamespace };
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

export function encode(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf8'));
}

function payloadMember(shape: Shape): [string, Shape] | undefined {
  if (shape.isUnitSchema()) return undefined;
  for (const entry of shape.structIterator()) {
    if (entry[1].getMergedTraits().httpPayload === 1) return entry;
  }
  return undefined;
}

function bodyMembers(shape: Shape): boolean {
  if (shape.isUnitSchema()) return false;
  for (const [, member] of shape.structIterator()) if (isInBody(member)) return true;
  return false;
}

export function isInBody(member: Shape): boolean {
  const traits = member.getMergedTraits();
  const bound = traits.httpLabel ?? traits.httpQuery ?? traits.httpHeader ?? traits.httpPrefixHeaders;
  return (bound ?? traits.httpQueryParams ?? traits.httpPayload ?? traits.httpResponseCode) === undefined;
}
