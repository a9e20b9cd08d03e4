import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { checkKey, type KeySchema, keyOfItem, pick } from './keys.ts';
import { canonical, compareValues, equalItems, type Item, itemBytes, normaliseItem } from './values.ts';

type StreamView = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

/** One change as the table's stream reports it; the stream's view type decides which images it has. */
export interface TableChange {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly keys: Item;
  readonly newImage?: Item;
  readonly oldImage?: Item;
  /** Grows with every change of the table. */
  readonly sequenceNumber: string;
  readonly at_ms: number;
}

export interface TableSpec {
  readonly name: string;
  readonly region: string;
  readonly key: KeySchema;
  readonly stream?: StreamView;
  /** Other regions of a global table (version 2019.11.21). */
  readonly replicas?: readonly string[];
  /** From a write here until it can be read there; 1 s unless told. */
  readonly replicationLag_ms?: number;
  /** Off by default. It is only shown: DeleteTable is not simulated. */
  readonly deletionProtection?: boolean;
  readonly pointInTimeRecovery?: boolean;
}

interface Version {
  readonly at_ms: number;
  /** When the write happened in the region where it happened: the last writer wins. */
  readonly written_ms: number;
  /** The region of the write. Breaks ties: of two writes in one millisecond the same one wins in every region. */
  readonly origin: string;
  readonly item: Item | undefined;
}

interface Row {
  readonly key: Item;
  /** Oldest first; the last one is current, the others are what a stale read may still see. */
  versions: Version[];
}

/** How long an eventually consistent read may look back. */
const HISTORY_MS = 60_000;

/** One table in one region. Every method is synchronous: nothing comes between a condition and its write. */
export class Table {
  readonly spec: TableSpec;
  readonly arn: string;
  readonly created_ms: number;
  readonly streamArn: string | undefined;
  onCommit: (key: Item, item: Item | undefined, at_ms: number) => void = () => undefined;
  readonly #onChange: (change: TableChange) => void;
  readonly #partitions = new Map<string, Row[]>();
  #sequence = 100_000_000_000_000_000_000n;

  constructor(spec: TableSpec, accountId: string, now_ms: number, onChange: (change: TableChange) => void) {
    this.spec = spec;
    this.created_ms = now_ms;
    this.arn = `arn:aws:dynamodb:${spec.region}:${accountId}:table/${spec.name}`;
    const label = new Date(now_ms).toISOString().replace('Z', '');
    this.streamArn = spec.stream === undefined ? undefined : `${this.arn}/stream/${label}`;
    this.#onChange = onChange;
  }

  /** `asOf_ms` undefined: a consistent read. */
  get(key: Item, asOf_ms?: number): Item | undefined {
    const row = this.#find(checkKey(this.spec.key, key));
    return row === undefined ? undefined : itemOf(row, asOf_ms);
  }

  put(item: Item, now_ms: number): void {
    const stored = normaliseItem(item);
    this.#commitHere(keyOfItem(this.spec.key, stored), stored, now_ms);
  }

  delete(key: Item, now_ms: number): void {
    this.#commitHere(checkKey(this.spec.key, normaliseItem(key)), undefined, now_ms);
  }

  /** A write that arrives from another region. */
  replicate(key: Item, item: Item | undefined, written_ms: number, origin: string, now_ms: number): void {
    const last = this.#find(key)?.versions.at(-1);
    const wins =
      last === undefined || last.written_ms < written_ms || (last.written_ms === written_ms && last.origin <= origin);
    if (wins) this.#commit(key, { at_ms: now_ms, written_ms, origin, item });
  }

  /** The items of one partition in the order of the sort key, or of all partitions. */
  items(partition?: AttributeValue, asOf_ms?: number): Item[] {
    const rows =
      partition === undefined
        ? Array.from(this.#partitions.values()).flat()
        : (this.#partitions.get(canonical(partition)) ?? []);
    return rows.map((row) => itemOf(row, asOf_ms)).filter((item) => item !== undefined);
  }

  sizeBytes(): number {
    return this.items().reduce((sum, item) => sum + itemBytes(item), 0);
  }

  #find(key: Item): Row | undefined {
    const { rows, at } = this.#locate(key);
    const row = rows[at];
    return row !== undefined && this.#order(row.key, key) === 0 ? row : undefined;
  }

  /** Where the key is, or would be, in its partition. */
  #locate(key: Item): { rows: Row[]; at: number } {
    const partition = canonical(key[this.spec.key.partition.name] ?? { NULL: true });
    let rows = this.#partitions.get(partition);
    if (rows === undefined) {
      rows = [];
      this.#partitions.set(partition, rows);
    }
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = rows[middle];
      if (row !== undefined && this.#order(row.key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return { rows, at: low };
  }

  #order(a: Item, b: Item): number {
    const name = this.spec.key.sort?.name;
    const [left, right] = name === undefined ? [] : [a[name], b[name]];
    return left === undefined || right === undefined ? 0 : (compareValues(left, right) ?? 0);
  }

  #commitHere(key: Item, item: Item | undefined, now_ms: number): void {
    this.#commit(key, { at_ms: now_ms, written_ms: now_ms, origin: this.spec.region, item });
    this.onCommit(key, item, now_ms);
  }

  #commit(key: Item, version: Version): void {
    const { rows, at } = this.#locate(key);
    const found = rows[at];
    const row: Row = found !== undefined && this.#order(found.key, key) === 0 ? found : { key, versions: [] };
    if (row !== found) rows.splice(at, 0, row);
    const before = row.versions.at(-1)?.item;
    const recent = row.versions.findLastIndex(({ at_ms }) => at_ms <= version.at_ms - HISTORY_MS);
    row.versions = [...row.versions.slice(Math.max(0, recent)), version];
    this.#tell(key, before, version.item, version.at_ms);
  }

  /** A write that changes nothing leaves no stream record. */
  #tell(key: Item, before: Item | undefined, after: Item | undefined, at_ms: number): void {
    const view = this.spec.stream;
    if (view === undefined || (before === undefined && after === undefined)) return;
    if (before !== undefined && after !== undefined && equalItems(before, after)) return;
    this.#sequence += 1n;
    const wantsNew = view === 'NEW_IMAGE' || view === 'NEW_AND_OLD_IMAGES';
    const wantsOld = view === 'OLD_IMAGE' || view === 'NEW_AND_OLD_IMAGES';
    this.#onChange({
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      keys: structuredClone(pick(this.spec.key, key)),
      ...(wantsNew && after !== undefined ? { newImage: structuredClone(after) } : {}),
      ...(wantsOld && before !== undefined ? { oldImage: structuredClone(before) } : {}),
      sequenceNumber: String(this.#sequence),
      at_ms,
    });
  }
}

function itemOf(row: Row, asOf_ms: number | undefined): Item | undefined {
  if (asOf_ms === undefined) return row.versions.at(-1)?.item;
  return row.versions.findLast(({ at_ms }) => at_ms <= asOf_ms)?.item;
}
