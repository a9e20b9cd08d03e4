import { malformed } from './scalars.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

const TOKEN =
  /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([^\s>]+)\s*>|<([^\s/>!?]+)((?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** The subset of XML 1.0 that requests use: elements, attributes, text, CDATA; no document types. */
export function parseXml(source: string): XmlElement {
  const top: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open: OpenElement[] = [top];
  const text = source.replace(/^\uFEFF/, '');
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) throw malformed('The XML you provided was not well-formed');
    accept(open, match);
  }
  const root = top.children[0];
  if (open.length !== 1 || root === undefined || top.children.length !== 1) {
    throw malformed('The XML you provided was not well-formed');
  }
  return root;
}

function accept(open: OpenElement[], match: RegExpExecArray): void {
  const current = open.at(-1);
  if (current === undefined) throw malformed('The XML you provided was not well-formed');
  const [, cdata, close, name, attributes, empty, text] = match;
  if (close !== undefined) {
    if (close !== current.name || open.length === 1) throw malformed(`Unexpected end of element ${close}`);
    open.pop();
  } else if (name !== undefined) {
    const element: OpenElement = { name, attributes: parseAttributes(attributes ?? ''), children: [], text: '' };
    current.children.push(element);
    if (empty !== '/') open.push(element);
  } else if (cdata !== undefined) {
    current.text += cdata;
  } else if (text !== undefined) {
    current.text += decodeEntities(text);
  }
}

function parseAttributes(source: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, double, single] of source.matchAll(ATTRIBUTE)) {
    if (name !== undefined) attributes[name] = decodeEntities(double ?? single ?? '');
  }
  return attributes;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (whole, entity: string) => {
    if (entity.startsWith('#x')) return String.fromCodePoint(Number.parseInt(entity.slice(2), 16));
    if (entity.startsWith('#')) return String.fromCodePoint(Number(entity.slice(1)));
    return ENTITIES[entity] ?? whole;
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  '\r': '&#xD;',
};

export function escapeXml(text: string): string {
  return text.replace(/[<>&"\r]/g, (character) => ESCAPES[character] ?? character);
}

/** An element with content that is XML already. */
export function element(name: string, content: string, attributes: Readonly<Record<string, string>> = {}): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  return `<${name}${list.join('')}>${content}</${name}>`;
}

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
