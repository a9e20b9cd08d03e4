import type { Shape } from './model.ts';
import { DATE_TIME, malformed, parseScalar } from './scalars.ts';

/** `Filters.Filter.1.Name=x` as a tree: every dot a level. */
export interface Parameter {
  value: string | undefined;
  readonly children: Map<string, Parameter>;
}

export function parseQuery(body: string): Parameter {
  const root: Parameter = { value: undefined, children: new Map() };
  for (const [key, value] of new URLSearchParams(body)) {
    let node = root;
    for (const segment of key.split('.')) {
      let child = node.children.get(segment);
      if (child === undefined) {
        child = { value: undefined, children: new Map() };
        node.children.set(segment, child);
      }
      node = child;
    }
    node.value = value;
  }
  return root;
}

/**
 * Input of the AWS query and EC2 query protocols
 * (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html, aws-ec2-query-protocol.html).
 */
export class QueryReader {
  readonly #ec2: boolean;

  constructor(ec2: boolean) {
    this.#ec2 = ec2;
  }

  readStruct(shape: Shape, node: Parameter): Record<string, unknown> {
    const read: Record<string, unknown> = {};
    if (shape.isUnitSchema()) return read;
    for (const [name, member] of shape.structIterator()) {
      const child = node.children.get(this.memberName(name, member));
      if (child !== undefined) read[name] = this.#read(member, child);
    }
    return read;
  }

  memberName(name: string, member: Shape): string {
    const { ec2QueryName, xmlName } = member.getMergedTraits();
    if (!this.#ec2) return xmlName ?? name;
    if (typeof ec2QueryName === 'string') return ec2QueryName;
    const key = xmlName ?? name;
    return key.charAt(0).toUpperCase() + key.slice(1);
  }

  #read(shape: Shape, node: Parameter): unknown {
    if (shape.isListSchema()) return this.#readList(shape, node);
    if (shape.isMapSchema()) return this.#readMap(shape, node);
    if (shape.isStructSchema()) return this.readStruct(shape, node);
    if (node.value === undefined) throw malformed('Unexpected complex element');
    return parseScalar(shape, node.value, DATE_TIME);
  }

  /** `name.member.1`, `name.ItemName.1` or, flattened, `name.1`; an empty list is `name=`. */
  #readList(shape: Shape, node: Parameter): unknown[] {
    const item = shape.getValueSchema();
    const flat = this.#ec2 || shape.getMergedTraits().xmlFlattened === 1;
    const named = node.children.get(item.getMergedTraits().xmlName ?? 'member') ?? node.children.get('member');
    const holder = flat ? node : named;
    return holder === undefined ? [] : numbered(holder).map((child) => this.#read(item, child));
  }

  #readMap(shape: Shape, node: Parameter): Record<string, unknown> {
    const value = shape.getValueSchema();
    const keyName = shape.getKeySchema().getMergedTraits().xmlName ?? 'key';
    const valueName = value.getMergedTraits().xmlName ?? 'value';
    const holder = shape.getMergedTraits().xmlFlattened === 1 ? node : node.children.get('entry');
    const read: Record<string, unknown> = {};
    for (const entry of holder === undefined ? [] : numbered(holder)) {
      const key = entry.children.get(keyName)?.value;
      const held = entry.children.get(valueName);
      if (key !== undefined && held !== undefined) read[key] = this.#read(value, held);
    }
    return read;
  }
}

function numbered(node: Parameter): Parameter[] {
  return Array.from(node.children)
    .filter(([key]) => /^\d+$/.test(key))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}
