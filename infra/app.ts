import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeProblem, parseConfig } from '../core/config/parse.ts';
import { createMusterApp } from './muster-app.ts';

/** What `cdk synth` and `cdk deploy` run (cdk.json). An invalid configuration ends here, with what to fix. */
const file = fileURLToPath(new URL('../muster.yaml', import.meta.url));
const parsed = parseConfig(readFileSync(file, 'utf8'));
if (parsed.ok) {
  createMusterApp(parsed.config).app.synth();
} else {
  for (const problem of parsed.problems) console.error(describeProblem(problem));
  process.exitCode = 1;
}
