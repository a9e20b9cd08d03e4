import { createInterface, type Interface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { ConfigSchema } from '../core/config/schema.ts';
import { type Survey, summary, surveyed } from './discover/discover.ts';
import { shortName, unique } from './discover/names.ts';
import type { Answers, Person } from './discover/write.ts';
import { exists, writeNew } from './files.ts';
import { type Pair, regionPair, Wrong, withWords } from './words.ts';

const USAGE = `usage: muster init [--home REGION] [--standby REGION] [--team T...] [--channel C...] [--app A...]
                   [--approver 'Ana Souza:U024BE7LH']... [--tfstate FILE]... [--offline] [--out FILE] [--force]

  Asks what cannot be found out, reads the rest from AWS (as muster discover does) and writes muster.yaml.
  Whatever a flag answers is not asked; without a terminal nothing is asked and every answer must be a flag.
  --team      the Slack workspace's id
  --channel   the id of the channel where operations are shown
  --app       the Slack app's id; leave it out before the app exists, and fill it in afterwards
  --approver  a person who may approve: the name, ':' and all Slack user ids of that person, separated by ','
  --tfstate, --offline, --out, --force, --any-region   as in muster discover

exit status: 0 complete, 1 something is left to fill in or could not be read, 2 wrong usage`;

/** Written where the app does not exist yet: the app needs the URL, the URL the deployment, the deployment this file. */
export const APP_PLACEHOLDER = 'A0PLACEHOLDER';

export function initCommand(args: readonly string[]): Promise<number> {
  return withWords('init', USAGE, () => init(args));
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      home: { type: 'string' },
      standby: { type: 'string' },
      team: { type: 'string' },
      channel: { type: 'string' },
      app: { type: 'string' },
      approver: { type: 'string', multiple: true },
      tfstate: { type: 'string', multiple: true },
      offline: { type: 'boolean' },
      out: { type: 'string' },
      force: { type: 'boolean' },
      'any-region': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}

type Values = ReturnType<typeof parse>;

async function init(args: readonly string[]): Promise<number> {
  const terminal =
    process.stdin.isTTY === true ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
  try {
    return await initAt(args, terminal);
  } finally {
    terminal?.close();
  }
}

/** `terminal` undefined: nobody can be asked. */
export async function initAt(args: readonly string[], terminal: Interface | undefined): Promise<number> {
  const values = parse(args);
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const out = values.out ?? 'muster.yaml';
  const overwrite = values.force === true || (await mayOverwrite(out, terminal));
  const { pair, answers } = await asked(values, terminal);
  const scope = { pair, files: values.tfstate ?? [], offline: values.offline === true };
  const survey: Survey | number = await surveyed(scope, answers);
  if (typeof survey === 'number') return survey;
  await writeNew(out, survey.text, overwrite);
  console.log(summary(survey, out));
  if (answers.app === APP_PLACEHOLDER) {
    console.log(
      `slack.app_id is ${APP_PLACEHOLDER} until the Slack app exists: the first deployment prints the URL that it needs.`,
    );
  }
  return survey.problems.length === 0 && survey.unread === 0 ? 0 : 1;
}

/** A file that is there is overwritten when a person says so, and never otherwise. */
async function mayOverwrite(out: string, terminal: Interface | undefined): Promise<boolean> {
  if (!(await exists(out))) return false;
  const answer = await terminal?.question(`${out} is there already. Overwrite it? [y/N] `);
  if (answer !== undefined && /^y(es)?$/i.test(answer.trim())) return true;
  throw new Wrong(`${out} is there already, and stays as it is: --force overwrites it, --out names another file`);
}

const { team_id, channel } = ConfigSchema.entries.slack.entries;
const AppId = ConfigSchema.entries.slack.entries.app_id;
const PersonSchema = ConfigSchema.entries.people.value;

async function asked(values: Values, terminal: Interface | undefined): Promise<{ pair: Pair; answers: Answers }> {
  const ask = questioner(terminal);
  const anyRegion = values['any-region'];
  const home = await ask('--home', values.home, 'Home region (serves in normal times)', identity);
  const standby = await ask(
    '--standby',
    values.standby,
    'Standby region',
    (text) => regionPair(home, text, anyRegion).standby,
  );
  const pair = regionPair(home, standby, anyRegion);
  const team = await ask('--team', values.team, 'Slack workspace id (T...)', checked('--team', team_id));
  const where = await ask('--channel', values.channel, 'Slack channel id (C...)', checked('--channel', channel));
  const appOf = (text: string): string => (text === '' ? APP_PLACEHOLDER : checked('--app', AppId)(text));
  const given = values.app ?? (terminal === undefined ? '' : undefined);
  const app = await ask('--app', given, 'Slack app id (A...; empty: it does not exist yet)', appOf);
  const people = await approvers(values.approver, terminal);
  return { pair, answers: { team, app, channel: where, people } };
}

const identity = (text: string): string => text;

const checked =
  (flag: string, schema: v.GenericSchema<string, string>) =>
  (text: string): string => {
    const parsed = v.safeParse(schema, text);
    if (parsed.success) return parsed.output;
    throw new Wrong(`${flag} '${text}': ${parsed.issues[0].message}`);
  };

type Ask = (
  flag: string,
  given: string | undefined,
  question: string,
  accept: (text: string) => string,
) => Promise<string>;

/** Asks again until the answer is good; a flag that is wrong ends it. */
function questioner(terminal: Interface | undefined): Ask {
  return async (flag, given, question, accept) => {
    if (given !== undefined) return accept(given);
    if (terminal === undefined) throw new Wrong(`${flag} is missing, and there is no terminal to ask at`);
    for (;;) {
      try {
        return accept((await terminal.question(`${question}: `)).trim());
      } catch (error) {
        if (!(error instanceof Wrong)) throw error;
        console.error(`  ${error.message}`);
      }
    }
  };
}

/** As many as the quorum of `writeConfig` needs. */
const FEWEST = 2;

async function approvers(given: readonly string[] | undefined, terminal: Interface | undefined): Promise<Person[]> {
  const ids = new Set<string>();
  const people = (given ?? []).map((text) => approver(text, ids));
  if (given === undefined && terminal !== undefined) {
    const ask = questioner(terminal);
    for (let done = false; !done; ) {
      const more = people.length >= FEWEST ? ', empty: no more' : '';
      await ask('--approver', undefined, `Approver ${people.length + 1} (Ana Souza:U024BE7LH${more})`, (text) => {
        done = text === '' && people.length >= FEWEST;
        if (!done) people.push(approver(text, ids));
        return text;
      });
    }
  }
  if (people.length < FEWEST)
    throw new Wrong(`--approver is needed ${FEWEST} times: two people must approve a promote`);
  const accounts = people.flatMap((person) => person.slack);
  const twice = accounts.find((account, index) => accounts.indexOf(account) !== index);
  if (twice !== undefined) throw new Wrong(`--approver: the account ${twice} is named twice; it belongs to one person`);
  return people;
}

/** `Ana Souza:U024BE7LH,U0ANA2` */
function approver(text: string, ids: Set<string>): Person {
  const at = text.lastIndexOf(':');
  const name = text.slice(0, Math.max(0, at)).trim();
  const slack = text
    .slice(at + 1)
    .split(',')
    .map((id) => id.trim());
  const parsed = v.safeParse(PersonSchema, { name, slack, approver: true });
  if (at < 1 || !parsed.success) {
    const why = parsed.success ? '' : ` (${parsed.issues[0].message})`;
    throw new Wrong(`--approver '${text}': write a name, ':' and Slack user ids, such as 'Ana Souza:U024BE7LH'${why}`);
  }
  const id = unique(shortName((name.split(/\s+/)[0] ?? '').normalize('NFD').replaceAll(/\p{M}/gu, '')), ids);
  return { id, name, slack };
}
