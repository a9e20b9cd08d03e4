/** One line a subcommand; the help text and the dispatch come from this table. */
const COMMANDS = {
  rehearse: {
    says: 'simulate a disaster on this machine and watch Muster handle it',
    run: async (args: readonly string[]) => (await import('./rehearse.ts')).rehearseCommand(args),
  },
  sandbox: {
    says: 'open the simulated AWS, Slack, DNS and application on local ports',
    run: async (args: readonly string[]) => (await import('./sandbox.ts')).runSandbox([...args]),
  },
  init: {
    says: 'ask what AWS does not know, read the rest from the account, and write muster.yaml',
    run: async (args: readonly string[]) => (await import('./init.ts')).initCommand(args),
  },
  discover: {
    says: 'read an AWS account, without questions, and write a commented muster.yaml',
    run: async (args: readonly string[]) => (await import('./discover/discover.ts')).discoverCommand(args),
  },
  manifest: {
    says: "print the Slack app's manifest",
    run: async (args: readonly string[]) => (await import('./manifest.ts')).manifestCommand(args),
  },
  doctor: {
    says: 'check configuration, AWS, secrets and Slack, and say the next step',
    run: async (args: readonly string[]) => (await import('./doctor/doctor.ts')).doctorCommand(args),
  },
} as const;

const USAGE = [
  'usage: muster <command> [options]',
  '',
  ...Object.entries(COMMANDS).map(([name, { says }]) => `  ${name.padEnd(10)} ${says}`),
  '',
  "'muster <command> --help' shows the options of one.",
].join('\n');

/** Exit status: 0 done, 1 the operation did not succeed, 2 wrong usage. */
async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h') {
    console.log(USAGE);
    return name === undefined ? 2 : 0;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    console.error(`muster: there is no command '${name}'\n\n${USAGE}`);
    return 2;
  }
  return COMMANDS[name as keyof typeof COMMANDS].run(rest);
}

// No top-level await: the bundle that `npx muster` runs is CommonJS.
void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
