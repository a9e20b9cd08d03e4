import type { Shape } from './model.ts';
import { DATE_TIME, formatScalar, isRecord, parseScalar, wrongOutput } from './scalars.ts';
import { element, escapeXml, type XmlElement } from './xml-document.ts';

/**
 * XML of REST XML and of the query protocols' answers. Names come from the traits `xmlName`, `xmlFlattened` and
 * `xmlAttribute` (https://smithy.io/2.0/spec/protocol-traits.html#xml-bindings).
 */
export function readXml(shape: Shape, node: XmlElement): unknown {
  if (shape.isStructSchema()) return readXmlStruct(shape, node, () => true);
  if (shape.isListSchema()) {
    const item = shape.getValueSchema();
    return node.children.filter(({ name }) => name === itemName(item)).map((child) => readXml(item, child));
  }
  if (shape.isMapSchema())
    return readEntries(
      shape,
      node.children.filter(({ name }) => name === 'entry'),
    );
  return parseScalar(shape, node.text, DATE_TIME);
}

export function readXmlStruct(
  shape: Shape,
  node: XmlElement,
  wanted: (member: Shape) => boolean,
): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [name, member] of shape.structIterator()) {
    if (!wanted(member)) continue;
    const value = readMember(member, wireName(name, member), node);
    if (value !== undefined) read[name] = value;
  }
  return read;
}

function readMember(member: Shape, name: string, node: XmlElement): unknown {
  const traits = member.getMergedTraits();
  if (traits.xmlAttribute === 1) {
    const value = node.attributes[name];
    return value === undefined ? undefined : parseScalar(member, value, DATE_TIME);
  }
  const found = node.children.filter((child) => child.name === name);
  const [first] = found;
  if (first === undefined) return undefined;
  if (traits.xmlFlattened !== 1) return readXml(member, first);
  if (member.isMapSchema()) return readEntries(member, found);
  const item = member.getValueSchema();
  return found.map((child) => readXml(item, child));
}

function readEntries(shape: Shape, entries: readonly XmlElement[]): Record<string, unknown> {
  const value = shape.getValueSchema();
  const keyName = shape.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const valueName = value.getMergedTraits().xmlName ?? 'value';
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const key = entry.children.find(({ name }) => name === keyName);
      const held = entry.children.find(({ name }) => name === valueName);
      return key === undefined || held === undefined ? [] : [[key.text, readXml(value, held)]];
    }),
  );
}

/** The members of a structure as child elements, in the schema's order. */
export function writeXmlMembers(
  shape: Shape,
  value: Readonly<Record<string, unknown>>,
  wanted: (member: Shape) => boolean,
): string {
  if (shape.isUnitSchema()) return '';
  let written = '';
  for (const [name, member] of shape.structIterator()) {
    const item = value[name];
    if (item === undefined || item === null || member.getMergedTraits().xmlAttribute === 1 || !wanted(member)) continue;
    written += writeXmlMember(member, wireName(name, member), item);
  }
  return written;
}

export function writeXmlMember(member: Shape, name: string, value: unknown): string {
  const flat = member.getMergedTraits().xmlFlattened === 1;
  if (member.isListSchema()) {
    if (!Array.isArray(value)) throw wrongOutput(member, value);
    const item = member.getValueSchema();
    const items = value.map((each) => writeXmlMember(item, flat ? name : itemName(item), each)).join('');
    return flat ? items : element(name, items);
  }
  if (member.isMapSchema()) {
    if (!isRecord(value)) throw wrongOutput(member, value);
    const entries = Object.entries(value).map(([key, held]) =>
      element(flat ? name : 'entry', writeEntry(member, key, held)),
    );
    return flat ? entries.join('') : element(name, entries.join(''));
  }
  if (member.isStructSchema()) {
    if (!isRecord(value)) throw wrongOutput(member, value);
    return element(
      name,
      writeXmlMembers(member, value, () => true),
      attributesOf(member, value),
    );
  }
  return element(name, escapeXml(formatScalar(member, value, DATE_TIME)));
}

function writeEntry(map: Shape, key: string, value: unknown): string {
  const shape = map.getValueSchema();
  const keyName = map.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const valueName = shape.getMergedTraits().xmlName ?? 'value';
  return element(keyName, escapeXml(key)) + writeXmlMember(shape, valueName, value);
}

function attributesOf(shape: Shape, value: Readonly<Record<string, unknown>>): Record<string, string> {
  const attributes: Record<string, string> = {};
  const namespace = shape.getMergedTraits().xmlNamespace;
  if (namespace !== undefined) attributes[namespace[0] === '' ? 'xmlns' : `xmlns:${namespace[0]}`] = namespace[1];
  for (const [name, member] of shape.structIterator()) {
    const item = value[name];
    if (member.getMergedTraits().xmlAttribute !== 1 || item === undefined || item === null) continue;
    attributes[wireName(name, member)] = formatScalar(member, item, DATE_TIME);
  }
  return attributes;
}

/** A member's own name on the wire; the name of the structure it holds does not count. */
function wireName(name: string, member: Shape): string {
  return member.getMemberTraits().xmlName ?? name;
}

function itemName(item: Shape): string {
  return item.getMergedTraits().xmlName ?? 'member';
}
