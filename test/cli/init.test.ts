import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { initAt } from '../../cli/init.ts';
import { parseConfig } from '../../core/config/parse.ts';
import { type CliWorld, openCliWorld } from './world.ts';

const REGIONS = ['--home', 'us-east-1', '--standby', 'us-west-2'];
const SLACK = ['--team', 'T0MUSTER1', '--channel', 'C0INCIDENT'];
const PEOPLE = ['--approver', 'Ana Souza:U0ANA,U0ANA2', '--approver', 'José Luís:U0BO'];
let cli: CliWorld;

beforeAll(async () => {
  cli = await openCliWorld();
  Object.assign(process.env, cli.environment);
});
afterAll(() => cli.close());

const written = async (file: string) => {
  const result = parseConfig(await readFile(join(cli.folder, file), 'utf8'));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
};

describe('with flags, for scripts', () => {
  test('writes a configuration that is complete, and doctor finds it right but for the app', async () => {
    const said = await cli.muster(['init', ...REGIONS, ...SLACK, ...PEOPLE, '--out', 'muster.yaml']);
    expect(said).toMatchObject({ status: 0 });
    expect(said.out).toContain('slack.app_id is A0PLACEHOLDER until the Slack app exists');
    const config = await written('muster.yaml');
    expect(config.people).toEqual({
      ana: { name: 'Ana Souza', slack: ['U0ANA', 'U0ANA2'], approver: true },
      jose: { name: 'José Luís', slack: ['U0BO'], approver: true },
    });
    // Which endpoint an application writes through no API tells: the file has the default.
    expect(config.applications['shop']?.database).toEqual({
      ...cli.config.applications['shop']?.database,
      writesThrough: 'cluster',
    });
    const doctor = await cli.muster(['doctor']);
    const crosses = doctor.out.split('\n').filter((line) => /^ {2}[✗?]/.test(line));
    expect(crosses).toEqual([
      '  ✗ slack.app_id of muster.yaml changed since the deployment',
      '  ✗ slack.app_id is still the placeholder',
    ]);
  });

  test('never overwrites without being told to', async () => {
    await writeFile(join(cli.folder, 'mine.yaml'), 'mine\n');
    const said = await cli.muster(['init', ...REGIONS, ...SLACK, ...PEOPLE, '--out', 'mine.yaml']);
    expect(said.status).toBe(2);
    expect(said.err).toContain('stays as it is');
    expect(await readFile(join(cli.folder, 'mine.yaml'), 'utf8')).toBe('mine\n');
  });

  test.each([
    ['no channel', [...REGIONS, '--team', 'T0MUSTER1', ...PEOPLE], /--channel is missing/],
    [
      'a team that is none',
      [...REGIONS, '--team', 'muster', '--channel', 'C0INCIDENT', ...PEOPLE],
      /--team 'muster': write the Slack team's id/,
    ],
    ['one approver', [...REGIONS, ...SLACK, '--approver', 'Ana:U0ANA'], /needed 2 times/],
    [
      'an account of two people',
      [...REGIONS, ...SLACK, '--approver', 'Ana:U0ANA', '--approver', 'Bo:U0ANA'],
      /U0ANA is named twice/,
    ],
    [
      'an approver without an account',
      [...REGIONS, ...SLACK, '--approver', 'Ana', '--approver', 'Bo:U0BO'],
      /--approver 'Ana'/,
    ],
    ['a region twice', ['--home', 'us-west-2', '--standby', 'us-west-2', ...SLACK, ...PEOPLE], /are both/],
  ])('%s: a sentence, and no file', async (_, args, sentence) => {
    const said = await cli.muster(['init', ...args, '--out', 'never.yaml']);
    expect(said.status).toBe(2);
    expect(said.err.split('\n')[0]).toMatch(sentence);
    await expect(readFile(join(cli.folder, 'never.yaml'))).rejects.toThrow('ENOENT');
  });
});

/** A person who answers each question as it comes; what was asked. */
async function answered(
  args: readonly string[],
  answers: readonly string[],
): Promise<{ status: number; asked: string }> {
  const input = new PassThrough();
  const output = new PassThrough();
  let asked = '';
  let next = 0;
  output.on('data', (chunk: Buffer) => {
    asked += chunk.toString();
    if (!/[:\]] $/.test(chunk.toString())) return;
    const answer = answers[next];
    next += 1;
    setImmediate(() => (answer === undefined ? input.end() : input.write(`${answer}\n`)));
  });
  const terminal = createInterface({ input, output });
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    return { status: await initAt(args, terminal), asked };
  } finally {
    terminal.close();
    log.mockRestore();
    error.mockRestore();
  }
}

describe('with a person', () => {
  test('asks again after a slip, and takes an empty line for an app that does not exist yet', async () => {
    const out = join(cli.folder, 'asked.yaml');
    const answers = [
      ...['us-east-1', 'us-east-1', 'us-west-2', 'T0MUSTER1', '#incident', 'C0INCIDENT', ''],
      ...['Ana Souza:U0ANA', '', 'Bo Larsen:U0BO', ''],
    ];
    const { status, asked } = await answered(['--out', out], answers);
    expect(status).toBe(0);
    expect(asked.match(/Standby region/g)).toHaveLength(2);
    expect(asked.match(/Slack channel id/g)).toHaveLength(2);
    const config = await written('asked.yaml');
    expect(config.slack).toMatchObject({ team_id: 'T0MUSTER1', channel: 'C0INCIDENT', app_id: 'A0PLACEHOLDER' });
    expect(Object.keys(config.people)).toEqual(['ana', 'bo']);
  });

  test('overwrites only after a yes', async () => {
    const out = join(cli.folder, 'kept.yaml');
    const args = [...REGIONS, ...SLACK, ...PEOPLE, '--app', 'A0MUSTER1', '--out', out];
    await writeFile(out, 'kept\n');
    await expect(answered(args, [''])).rejects.toThrow('stays as it is');
    expect(await readFile(out, 'utf8')).toBe('kept\n');
    expect(await answered(args, ['y'])).toMatchObject({ status: 0 });
    expect((await written('kept.yaml')).slack.app_id).toBe('A0MUSTER1');
  });
});
