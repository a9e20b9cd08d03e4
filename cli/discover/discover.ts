import { parseArgs } from 'node:util';
import { callerIdentity, NoCredentials } from '../aws-account.ts';
import { exists, writeNew } from '../files.ts';
import { type Pair, regionPair, Wrong, withWords } from '../words.ts';
import { draftApplications } from './draft.ts';
import { emptyRegion, type Inventory, merged } from './inventory.ts';
import { readAccount } from './read-account.ts';
import { Reader } from './reader.ts';
import { readTerraform } from './terraform.ts';
import { type Answers, NO_ANSWERS, type Written, writeConfig } from './write.ts';

const USAGE = `usage: muster discover --home REGION --standby REGION [--tfstate FILE]... [--out FILE] [--force] [--offline]

  Reads an AWS account (it changes nothing in it) and writes a commented muster.yaml.
  --home REGION     the region that serves in normal times
  --standby REGION  the region that takes over
  --tfstate FILE    a Terraform state file to read names from, too; may be given several times
  --out FILE        where to write (default muster.yaml); - is standard output
  --force           overwrite the file if it is there
  --offline         read the Terraform state files alone, no account
  --any-region      take region names that this version does not know

exit status: 0 complete, 1 something is left to fill in or could not be read, 2 wrong usage`;

export function discoverCommand(args: readonly string[]): Promise<number> {
  return withWords('discover', USAGE, () => discover(args));
}

async function discover(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      home: { type: 'string' },
      standby: { type: 'string' },
      tfstate: { type: 'string', multiple: true },
      out: { type: 'string' },
      force: { type: 'boolean' },
      offline: { type: 'boolean' },
      'any-region': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const pair = regionPair(values.home, values.standby, values['any-region']);
  const out = values.out ?? 'muster.yaml';
  // Checked before minutes of reading, not after.
  if (out !== '-' && values.force !== true && (await exists(out))) {
    throw new Wrong(`${out} is there already: --force overwrites it, --out names another file`);
  }
  const scope = { pair, files: values.tfstate ?? [], offline: values.offline === true };
  const survey = await surveyed(scope, NO_ANSWERS);
  if (typeof survey === 'number') return survey;
  if (out === '-') process.stdout.write(survey.text);
  else await writeNew(out, survey.text, values.force === true);
  console.error(summary(survey, out));
  return survey.problems.length === 0 && survey.unread === 0 ? 0 : 1;
}

export interface Scope {
  readonly pair: Pair;
  /** Terraform state files. */
  readonly files: readonly string[];
  readonly offline: boolean;
}

export interface Survey extends Written {
  /** How many reads failed. */
  readonly unread: number;
}

/** Reads everything there is and writes the file's text, or tells why not and gives the exit status. */
export async function surveyed(scope: Scope, answers: Answers): Promise<Survey | number> {
  const { pair, files, offline } = scope;
  if (offline && files.length === 0) throw new Wrong('--offline needs at least one --tfstate');
  const states = await Promise.all(files.map((file) => readTerraform(file, pair)));
  const reader = new Reader();
  try {
    const account = offline ? nothing(pair) : await readWith(pair, reader);
    const found = states.reduce(merged, account);
    const written = writeConfig(draftApplications(found, reader.unread), answers, {
      pair,
      found,
      unread: unreadOnce(reader),
      files,
    });
    return { ...written, unread: reader.unread.length };
  } catch (error) {
    if (!(error instanceof NoCredentials)) throw error;
    console.error(`muster: ${error.message}\n  What to do: ${error.todo}`);
    return 1;
  }
}

async function readWith(pair: Pair, reader: Reader): Promise<Inventory> {
  const { account, arn } = await callerIdentity(pair.standby);
  console.error(`Reading account ${account} as ${arn}: ${pair.home} and ${pair.standby}.`);
  return readAccount(pair, account, reader);
}

const nothing = ({ home, standby }: Pair): Inventory => ({
  account: undefined,
  home: emptyRegion(home),
  standby: emptyRegion(standby),
  globals: [],
  zones: [],
  records: [],
  checks: [],
  buckets: [],
});

/** One line an action and region, however many clusters it was asked about. */
function unreadOnce({ unread }: Reader): Reader['unread'] {
  return [...new Map(unread.map((each) => [`${each.action} ${each.region}`, each])).values()];
}

export function summary({ problems, unread }: Survey, out: string): string {
  const file = out === '-' ? 'The text' : out;
  const lines = [
    problems.length === 0
      ? `${file} is complete. Read it, then: muster doctor`
      : `${file} is written; ${problems.length} ${problems.length === 1 ? 'key is' : 'keys are'} left to fill in:`,
    ...problems.map(({ key, fix }) => `  ${key}: ${fix}`),
    ...(unread === 0 ? [] : [`${unread} reads failed (AccessDenied or no answer); the head of the file lists them.`]),
  ];
  return lines.join('\n');
}
