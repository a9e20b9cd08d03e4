import { whyNot } from '../aws-account.ts';

/** A read that failed. */
export interface Unread {
  /** `elasticloadbalancing:DescribeTargetGroups`, as IAM writes it. */
  readonly action: string;
  readonly region: string;
  readonly denied: boolean;
  readonly why: string;
}

/** Reads what can be read, and remembers what could not: a missing permission must not hide the rest. */
export class Reader {
  readonly unread: Unread[] = [];

  /** `read`'s answer; on failure an empty list, and a line in `unread`. */
  async list<T>(region: string, action: string, read: () => Promise<readonly T[]>): Promise<readonly T[]> {
    try {
      return await read();
    } catch (error) {
      const { denied, text } = whyNot(error);
      this.unread.push({ action, region, denied, why: text });
      return [];
    }
  }
}

/** A list longer than this is a defect of the service: no account has that many. */
const MOST_PAGES = 200;

/** All pages of a list: `read` gets the marker of the page before and gives items and the next marker. */
export async function pages<T>(
  read: (marker: string | undefined) => Promise<{ items: readonly T[] | undefined; next: string | undefined }>,
): Promise<readonly T[]> {
  const all: T[] = [];
  let marker: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { items, next } = await read(marker);
    all.push(...(items ?? []));
    if (next === undefined || next === '') return all;
    marker = next;
  }
  throw new Error(`more than ${MOST_PAGES} pages`);
}

/** `{ Marker }` only where there is one: `exactOptionalPropertyTypes` and services alike refuse an undefined one. */
export const marked = <K extends string>(key: K, marker: string | undefined): { [name in K]?: string } =>
  (marker === undefined ? {} : { [key]: marker }) as { [name in K]?: string };
