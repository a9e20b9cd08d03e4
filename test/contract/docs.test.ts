import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import { afterAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../core/commands.ts';
import { ConfigSchema } from '../../core/config/schema.ts';
import { FUNCTIONS } from '../../core/functions.ts';
import { bodyOf, type LedgerEvent, nextEvent } from '../../core/ledger.ts';
import { stepsOf } from '../../core/operations/registry.ts';
import type { Stream } from '../../core/streams.ts';
import { commandsOf, complaint } from './aws-commands.ts';
import { ROOT, withoutComments } from './sources.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const pages = [
  'README.md',
  ...globSync('docs/**/*.md', { cwd: ROOT }).map((path) => path.replaceAll('\\', '/')),
].sort();
/** Prose: what stands in fenced blocks is no heading, no link and no name. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '');
const runbook = read('docs/runbook.md');
const headings = (text: string, level: number): string[] =>
  [...prose(text).matchAll(new RegExp(`^#{${level}} (.+)$`, 'gm'))].map((match) => (match[1] ?? '').trim());

describe('the runbook', () => {
  const steps = stepsOf('promote').map(({ id }) => id);
  const sections = new Map(
    prose(runbook)
      .split(/^(?=##+ )/m)
      .map((section) => [/^##+ (.+)/.exec(section)?.[1]?.trim() ?? '', section] as const),
  );

  test('has one section for each step, in their order, and no other at that level', () => {
    expect(headings(runbook, 3)).toEqual(steps);
  });

  test.each(steps)('%s: says what it does, where, when it is paused, what to press and what to type', (id) => {
    const section = sections.get(id) ?? '';
    for (const part of [/\*\*Does\*\*/, /\*\*Where\*\*/, /\*\*Paused:\*\*/, /\*\*Retry/, /by hand/i]) {
      expect(section).toMatch(part);
    }
  });

  test('has the sections that an outage without Muster or Slack needs', () => {
    expect(headings(runbook, 2)).toEqual(
      expect.arrayContaining([
        'Slack is down',
        'Muster itself is dead',
        'Home wakes up',
        'Two root messages',
        'Ledger verification',
      ]),
    );
  });

  test('every aws command is one that AWS has, with its required options and no others', () => {
    const commands = commandsOf(runbook);
    expect(commands.length).toBeGreaterThan(40);
    expect(commands.flatMap((command) => complaint(command) ?? [])).toEqual([]);
  });

  test('every command for a region names it: a default region is nobody knows which at three in the morning', () => {
    const global = ['route53'];
    const silent = commandsOf(runbook).filter(
      ({ service, options }) => !global.includes(service) && !options.includes('region'),
    );
    expect(silent.map(({ line }) => line)).toEqual([]);
  });

  test('every function that it names is deployed', () => {
    const named = [...runbook.matchAll(/(?:\/aws\/lambda\/|--function-name )muster-([a-z-]+)(?![a-z<-])/g)];
    expect(named.length).toBeGreaterThan(3);
    const known = FUNCTIONS.map((spec) => spec.name);
    for (const [, name = ''] of named) if (name !== 'step-') expect(known).toContain(name);
  });

  test('every variable in its commands is set at its top', () => {
    const blocks = [...runbook.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '').join('\n');
    const set = new Set([...blocks.matchAll(/\b([A-Z][A-Z_]+)=/g)].map((match) => match[1]));
    const used = [...blocks.matchAll(/\$([A-Z][A-Z_]+)/g)].map((match) => match[1]);
    expect(used.filter((name) => !set.has(name))).toEqual([]);
  });
});

test('every /dr command that a page names exists, or the sentence says that it does not', () => {
  const known: readonly string[] = COMMANDS.map((command) => command.name);
  const unknown = pages.flatMap((page) =>
    read(page)
      .split('\n')
      .filter((line) => !/\b(no|not)\b.*\byet\b|later/i.test(line))
      .flatMap((line) => [...line.matchAll(/`\/dr ([a-z]+)/g)].map((match) => match[1] ?? ''))
      .filter((name) => !known.includes(name))
      .map((name) => `${page}: /dr ${name}`),
  );
  expect(unknown).toEqual([]);
});

describe.each(pages)('%s', (page) => {
  const text = prose(read(page));
  const links = [...text.matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)].map(([, label = '', target = '']) => ({
    label,
    target,
  }));
  const local = links.filter(({ target }) => !/^[a-z]+:/.test(target));
  const fileOf = (target: string): string =>
    target.startsWith('#') ? page : posix.join(posix.dirname(page), target.split('#')[0] ?? '');

  test('no relative link is dead, and every anchor is a heading', () => {
    const dead = local.filter(({ target }) => {
      const file = fileOf(target);
      if (!existsSync(join(ROOT, file))) return true;
      const anchor = target.split('#')[1];
      return anchor !== undefined && !anchors(read(file)).includes(anchor);
    });
    expect(dead).toEqual([]);
  });

  test('every symbol that links to a file is declared there', () => {
    const missing = local.flatMap(({ label, target }) => {
      const symbol = /^`([A-Za-z_]\w*)`$/.exec(label)?.[1];
      const file = fileOf(target);
      if (symbol === undefined || !file.endsWith('.ts')) return [];
      const declared = new RegExp(`\\b(function|const|class|interface|type)\\s+${symbol}\\b`);
      return declared.test(withoutComments(read(file))) ? [] : [`${symbol} in ${file}`];
    });
    expect(missing).toEqual([]);
  });

  test('every path of ours in backticks exists', () => {
    const named = [...text.matchAll(/`([^`\s]+)`/g)]
      .map((match) => match[1] ?? '')
      .filter((name) =>
        /^(core|lambdas|statemachines|simulator|sandbox|cli|scripts|test|docs|bench)\/[\w./-]*$/.test(name),
      );
    expect(named.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
  });
});

describe('decisions', () => {
  const index = read('docs/decisions/README.md');
  const decisions = pages
    .filter((page) => /^docs\/decisions\/(?!README)/.test(page))
    .flatMap((page) =>
      prose(read(page))
        .split(/^(?=## )/m)
        .slice(1)
        .map((text) => ({ page, heading: headings(text, 2)[0] ?? '', text })),
    );

  test('are there: a page that is read otherwise would have none', () => {
    expect(decisions.length).toBeGreaterThan(30);
    expect(new Set(decisions.map(({ page }) => page)).size).toBeGreaterThan(10);
  });

  test.each(decisions)('$page, $heading: listed, dated, with context, decision and consequences', (decision) => {
    const { page, heading, text } = decision;
    expect(index).toContain(`[${heading}](${posix.basename(page)}#${anchors(text)[0]})`);
    expect(text).toMatch(/^## .+\n\n20\d\d-\d\d\n/);
    const parts = [...text.matchAll(/^\*\*([A-Z][a-z ]+)\.\*\*(?= |$)/gm)].map((match) => match[1]);
    const later = posix.basename(page) === 'frozen-at-first-deployment.md' ? ['To change it later'] : [];
    expect(parts).toEqual(['Context', 'Decision', 'Consequences', ...later]);
  });
});

describe('docs/configuration.md', () => {
  const known = keysOf(toJsonSchema(ConfigSchema, { errorMode: 'ignore' }) as Node);
  const documented = documentedKeys(read('docs/configuration.md'));

  test('has a row for every key of muster.yaml and for nothing else', () => {
    expect([...documented.keys()].sort()).toEqual([...known.keys()].sort());
  });

  test('names the default that the key has', () => {
    const wrong = [...known].filter(([key, value]) => {
      const cell = documented.get(key) ?? '';
      return value === undefined ? /^`/.test(cell) : cell !== `\`${value}\``;
    });
    expect(wrong.map(([key, value]) => `${key}: ${value ?? 'no default'}, not ${documented.get(key)}`)).toEqual([]);
  });
});

describe('the script that verifies the ledger', () => {
  const STREAM = 'op#us-west-2#promote-shop-20261120-2314-7f3a';
  const script = /node -e '\n([\s\S]*?)\n?'$/m.exec(runbook)?.[1] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'muster-docs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (rows: readonly (readonly string[])[]): string => {
    writeFileSync(join(folder, 'stream.json'), JSON.stringify(rows));
    return execFileSync(process.execPath, ['-e', script], { cwd: folder, env: { STREAM }, encoding: 'utf8' });
  };
  const rows = chain(STREAM, 3);

  test('is silent about a whole stream, and leaves what KMS is to verify', () => {
    expect(run(rows)).toBe('');
    const [, mac = '', body = ''] = rows[1] ?? [];
    const digest = createHash('sha256').update(body, 'utf8').digest();
    expect(readFileSync(join(folder, 'digest.2'))).toEqual(digest);
    expect(readFileSync(join(folder, 'mac.2')).toString('base64url')).toBe(mac);
    expect(statSync(join(folder, 'mac.2')).size).toBe(32);
  });

  test('finds an event that is missing in the middle', () => {
    expect(run(rows.filter((_, index) => index !== 1))).toMatch(/GAP at 2/);
  });

  test('finds a whole stream that was copied from another operation', () => {
    expect(run(chain('op#us-west-2#promote-shop-20261101-0000-0000', 2))).toMatch(
      /OF ANOTHER STREAM 1\nOF ANOTHER STREAM 2/,
    );
  });

  test('finds an event that was put in the place of another', () => {
    const [first = [], second = [], third = []] = rows;
    const forged = [second[0] ?? '', Buffer.alloc(32, 9).toString('base64url'), second[2] ?? ''];
    expect(run([first, forged, third])).toMatch(/NOT CHAINED 3/);
  });
});

/** `[seq, mac, body]` as the runbook's query answers, with MACs of the right form. */
function chain(stream: Stream, length: number): readonly (readonly [string, string, string])[] {
  const made: [string, string, string][] = [];
  let last: { event: LedgerEvent; body: string; mac: string } | undefined;
  for (let seq = 1; seq <= length; seq += 1) {
    const wanted = { type: 'step-noted', by: 'muster', data: { step: 'close', note: `note ${seq}, ünïcödé` } } as const;
    const event = nextEvent(stream, last, wanted, `id-${seq}`, '2026-11-20T23:14:00.000Z');
    const body = bodyOf(event);
    const mac = createHash('sha256').update(`key ${body}`).digest('base64url');
    last = { event, body, mac };
    made.push([String(seq), mac, body]);
  }
  return made;
}

/** As GitHub makes them. https://docs.github.com/en/get-started/writing-on-github (section links) */
function anchors(text: string): string[] {
  return [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

interface Node {
  readonly default?: unknown;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly allOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: boolean | Node;
  readonly items?: Node;
}

/** Every key that holds a value or a list of values -> its default as JSON; undefined: it has none. */
function keysOf(root: Node): ReadonlyMap<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  const visit = (node: Node, path: string): void => {
    const variants = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
    const properties = Object.entries(node.properties ?? {});
    const more = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
    const inside = more ?? (isMapping(node.items) ? node.items : undefined);
    for (const variant of variants) if (isMapping(variant)) visit(variant, path);
    for (const [key, value] of properties) visit(value, path === '' ? key : `${path}.${key}`);
    if (inside !== undefined) visit(inside, more === undefined ? `${path}[]` : `${path}.<name>`);
    if (properties.length > 0 || inside !== undefined || variants.some(isMapping)) return;
    found.set(path, node.default === undefined ? found.get(path) : JSON.stringify(node.default));
  };
  visit(root, '');
  return found;
}

function isMapping(node: Node | undefined): boolean {
  if (node === undefined) return false;
  const variants = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  return node.properties !== undefined || variants.some(isMapping);
}

describe('what messages tell people to do next', () => {
  const said = globSync('{core,lambdas}/**/*.ts', { cwd: ROOT }).map((path) => withoutComments(read(path)));

  test('every section of the runbook that they name is there', () => {
    const named = said.flatMap((text) => [...text.matchAll(/section "([^"$]+)"/g)].map((match) => match[1] ?? ''));
    expect(new Set(named).size).toBeGreaterThan(2);
    const runbook = read('docs/runbook.md');
    const there = [2, 3, 4].flatMap((level) => headings(runbook, level));
    expect(named.filter((section) => !there.includes(section))).toEqual([]);
  });

  test('none promises a way in that is not built: votes are counted through Slack alone', () => {
    expect(said.filter((text) => /command line \(|does not need Slack/.test(text))).toEqual([]);
  });
});

/** Rows below a heading that is a path of keys: `heading.key` -> the cell of its default. */
function documentedKeys(page: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let path = '';
  for (const line of prose(page).split('\n')) {
    path = /^## (.+)$/.exec(line)?.[1]?.replaceAll('\\', '').trim() ?? path;
    const [, key, cell = ''] = /^\| `([^`]+)` \| ([^|]+?) \|/.exec(line) ?? [];
    if (key === undefined) continue;
    for (const each of unfolded(key)) found.set(path === '(top)' ? each : `${path}.${each}`, cell);
  }
  return found;
}

/** `{home,standby}.target` -> both. */
function unfolded(key: string): string[] {
  const [, before = '', list = '', after = ''] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(key) ?? [];
  return list === '' ? [key] : list.split(',').flatMap((one) => unfolded(`${before}${one}${after}`));
}
